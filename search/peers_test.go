package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	_ "modernc.org/sqlite"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The peers: SQLite FTS5 over bigrams, and bleve's cjk analyser as it is usually set up. Both get the
// same documents and the same questions in the same run; CPU time is compared, not wall time.

// cpu returns the user and system time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// question of a benchmark, in a form that each engine can ask.
type benchQuery struct {
	words    []string // all required
	phrase   bool
	typing   bool
	district string // "": any
	payMin   int
	period   string
	facets   bool
}

// engine is one of the systems compared.
type engine interface {
	load(t testing.TB, c *Corpus)
	ask(t testing.TB, q *benchQuery) int
	size() int64
}

type ours struct {
	dir string
	x   *Index
}

func (o *ours) load(t testing.TB, c *Corpus) {
	var err error
	if o.x, err = Open(o.dir, c.Config()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.x.Close() })
	if err := o.x.Rebuild(context.Background(), c.Docs(), "1"); err != nil {
		t.Fatal(err)
	}
}

func (o *ours) ask(t testing.TB, q *benchQuery) int {
	if q.typing {
		s, err := o.x.Suggest(context.Background(), q.words[0], nil, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(s)
	}
	r, err := o.x.Find(context.Background(), q.query())
	if err != nil {
		t.Fatal(err)
	}
	return r.Total
}

// query is the question in the form that Find takes.
func (q *benchQuery) query() Query {
	ask := Query{Text: strings.Join(q.words, " "), Plain: true, Filters: map[string][]string{}, PayMin: q.payMin}
	if q.phrase {
		ask.Text = `"` + ask.Text + `"`
	}
	if q.district != "" {
		ask.Filters["region"] = []string{q.district}
	}
	if q.period != "" {
		ask.Filters["period"] = []string{q.period}
	}
	if q.facets {
		ask.Facets = []string{"category", "region", PayField}
	}
	return ask
}

func (o *ours) size() int64 { return treeSize(o.dir) }

func treeSize(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// fts5 is SQLite with FTS5 over bigrams, filters and facets in an ordinary table.
type fts5 struct {
	path string
	db   *sql.DB
}

// bigrams writes s as bigrams and latin words between blanks.
func bigrams(s string) string {
	var b strings.Builder
	runes := []rune(fold(s))
	for i, r := range runes {
		switch {
		case isHan(r) && i+1 < len(runes) && isHan(runes[i+1]):
			b.WriteString(string(runes[i:i+2]) + " ")
		case isHan(r) && (i == 0 || !isHan(runes[i-1])):
			b.WriteString(string(r) + " ")
		case isWordRune(r):
			b.WriteRune(r)
			if i+1 == len(runes) || !isWordRune(runes[i+1]) {
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

func (f *fts5) load(t testing.TB, c *Corpus) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	f.db, err = sql.Open("sqlite", f.path)
	must(err)
	f.db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = f.db.Close() })
	for _, s := range []string{"PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA cache_size=-65536",
		"CREATE VIRTUAL TABLE ft USING fts5(title, company, tags, text, tokenize='unicode61', content='')",
		"CREATE TABLE doc(id INTEGER PRIMARY KEY, key TEXT, kind TEXT, title TEXT, company TEXT, text TEXT, category TEXT, district TEXT, period TEXT, pay INT, updated INT)",
		"CREATE INDEX by_district ON doc(district)", "CREATE INDEX by_title ON doc(title)"} {
		_, err := f.db.Exec(s)
		must(err)
	}
	tx, err := f.db.Begin()
	must(err)
	n := 0
	for d := range c.Docs() {
		n++
		_, err := tx.Exec("INSERT INTO ft(rowid,title,company,tags,text) VALUES(?,?,?,?,?)", n, bigrams(d.Title), bigrams(d.Company),
			bigrams(strings.Join(d.Tags, " ")), bigrams(d.Text))
		must(err)
		_, err = tx.Exec("INSERT INTO doc VALUES(?,?,?,?,?,?,?,?,?,?,?)", n, d.ID, d.Kind, d.Title, d.Company, d.Text, d.Keys["category"][0],
			d.Keys["region"][2], d.Keys["period"][0], d.Pay, d.Updated)
		must(err)
		if n%2000 == 0 {
			must(tx.Commit())
			tx, err = f.db.Begin()
			must(err)
		}
	}
	must(tx.Commit())
	_, err = f.db.Exec("INSERT INTO ft(ft) VALUES('optimize')")
	must(err)
}

// match writes words as FTS5 phrases of their bigrams.
func (f *fts5) match(words []string) string {
	var parts []string
	for _, w := range words {
		parts = append(parts, `"`+strings.TrimSpace(bigrams(w))+`"`)
	}
	return strings.Join(parts, " AND ")
}

func (f *fts5) ask(t testing.TB, q *benchQuery) int {
	ctx := context.Background()
	count := func(query string, args ...any) (n int) {
		rows, err := f.db.QueryContext(ctx, query, args...)
		if err != nil {
			t.Fatal(query, err)
		}
		defer rows.Close()
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if q.typing {
		return count("SELECT DISTINCT d.title FROM ft JOIN doc d ON d.id=ft.rowid WHERE ft MATCH ? ORDER BY bm25(ft) LIMIT 10", "title: ^"+f.match(q.words)+"*")
	}
	m := f.match(q.words)
	if q.phrase {
		m = f.match([]string{strings.Join(q.words, "")})
	}
	where, args := "ft MATCH ?", []any{m}
	if q.district != "" {
		where, args = where+" AND d.district=?", append(args, q.district)
	}
	if q.payMin > 0 {
		where, args = where+" AND d.pay>=?", append(args, q.payMin)
	}
	if q.period != "" {
		where, args = where+" AND d.period=?", append(args, q.period)
	}
	from := " FROM ft JOIN doc d ON d.id=ft.rowid WHERE " + where
	n := count("SELECT d.key, d.title, bm25(ft,12,1.5,1.5,1) s"+from+" ORDER BY s LIMIT 20", args...)
	if q.facets {
		count("SELECT d.category, count(*)"+from+" GROUP BY 1", args...)
		count("SELECT d.district, count(*)"+from+" GROUP BY 1", args...)
		count("SELECT d.pay/1000, count(*)"+from+" GROUP BY 1", args...)
	}
	return n
}

func (f *fts5) size() int64 { return treeSize(filepath.Dir(f.path)) }

// benchClasses are the questions of each class; the corpus gives the words.
func benchClasses(c *Corpus) map[string][]benchQuery {
	out := map[string][]benchQuery{}
	for i, t := range c.trades {
		title := t.titles[i%len(t.titles)]
		d := districts[i%len(districts)].code
		period := fmt.Sprintf("2026-%02d", i%12+1)
		out["1 term"] = append(out["1 term"], benchQuery{words: []string{t.titles[0]}})
		out["3 terms"] = append(out["3 terms"], benchQuery{words: []string{title, "中专", "包吃住"}})
		out["phrase"] = append(out["phrase"], benchQuery{words: []string{t.duties[0]}, phrase: true})
		short := []rune(title)
		out["typing"] = append(out["typing"], benchQuery{words: []string{string(short[:2])}, typing: true})
		out["filtered"] = append(out["filtered"], benchQuery{words: []string{t.titles[0]}, district: d, payMin: 4000, period: period, facets: true})
		out["pay facets"] = append(out["pay facets"], benchQuery{words: []string{title}, payMin: 5000, facets: true})
	}
	return out
}

// BenchmarkPeers loads -corpus documents into each engine and asks the same questions, reporting CPU
// time a question and documents a CPU second.
func BenchmarkPeers(b *testing.B) {
	c := NewCorpus(*corpusSize, 1)
	var text int64
	for d := range c.Docs() {
		text += int64(len(d.Title) + len(d.Company) + len(d.Text) + len(d.Tags[0]))
	}
	start := cpu()
	for range c.Docs() {
	}
	compose := cpu() - start
	classes := benchClasses(c)
	for _, e := range []struct {
		name string
		make func(dir string) engine
	}{
		{"ours", func(dir string) engine { return &ours{dir: dir} }},
		{"fts5", func(dir string) engine { return &fts5{path: filepath.Join(dir, "x.db")} }},
		{"cjk", func(dir string) engine { return &usual{dir: filepath.Join(dir, "x")} }},
	} {
		b.Run(e.name, func(b *testing.B) {
			g := e.make(b.TempDir())
			start := cpu()
			g.load(b, c)
			spent := cpu() - start - compose
			b.ReportMetric(float64(*corpusSize)/spent.Seconds(), "docs/cpu-s")
			b.ReportMetric(float64(g.size())/float64(text), "size/text")
			for _, class := range []string{"1 term", "3 terms", "phrase", "typing", "filtered", "pay facets"} {
				for _, q := range classes[class][:8] {
					g.ask(b, &q) // warm
				}
				n := 0
				for start = cpu(); cpu()-start < 400*time.Millisecond; {
					for i := range classes[class] {
						g.ask(b, &classes[class][i])
					}
					n += len(classes[class])
				}
				b.ReportMetric(float64((cpu()-start).Microseconds())/1000/float64(n), strings.ReplaceAll(class, " ", "-")+"-ms")
			}
		})
	}
}

// judged answers a query with FTS5: the same facts read out of it, the same synonyms, all words and
// then, where they find little, any.
func (f *fts5) judged(t testing.TB, l *lexicon, text string, n int) []string {
	asked := l.parse(text, nil)
	where, args := "", []any{}
	var all []string
	for i := range asked.terms {
		q := &asked.terms[i]
		if c := q.chip; c != nil {
			switch c.Field {
			case PayField:
				where, args = where+" AND d.pay>=?", append(args, c.Min)
			case KindField:
				where, args = where+" AND d.kind=?", append(args, c.Values[0])
			case "region":
				where, args = where+" AND d.district=?", append(args, c.Values[0])
			}
			continue
		}
		ways := []string{f.match([]string{q.text})}
		for _, v := range l.variants(q) {
			ways = append(ways, "("+f.match(v.words)+")")
		}
		all = append(all, "("+strings.Join(ways, " OR ")+")")
	}
	var out []string
	for _, m := range []string{strings.Join(all, " AND "), strings.Join(strings.Fields(f.any(asked)), " OR ")} {
		if len(out) >= n || m == "" {
			continue
		}
		rows, err := f.db.QueryContext(context.Background(), "SELECT d.key FROM ft JOIN doc d ON d.id=ft.rowid WHERE ft MATCH ?"+where+
			" ORDER BY bm25(ft,12,1.5,1.5,1) LIMIT ?", append(append([]any{m}, args...), n)...)
		if err != nil {
			t.Fatal(m, err)
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(out, id) && len(out) < n {
				out = append(out, id)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// any lists the quoted bigrams of all terms.
func (f *fts5) any(q question) string {
	var b strings.Builder
	for _, t := range q.terms {
		if t.chip == nil {
			for _, g := range strings.Fields(bigrams(t.text)) {
				b.WriteString(`"` + g + `" `)
			}
		}
	}
	return b.String()
}

// BenchmarkRelevance compares nDCG@10 on the judged queries with FTS5, which gets the same facts and
// synonyms.
func BenchmarkRelevance(b *testing.B) {
	c := NewCorpus(*corpusSize, 1)
	f := &fts5{path: filepath.Join(b.TempDir(), "x.db")}
	f.load(b, c)
	o := &ours{dir: b.TempDir()}
	o.load(b, c)
	for _, e := range []struct {
		name string
		find func(context.Context, string, int) ([]string, error)
	}{
		{"ours", func(ctx context.Context, text string, n int) ([]string, error) {
			r, err := o.x.Find(ctx, Query{Text: text, Limit: n, Plain: true})
			return strings.Fields(ids(r.Hits)), err
		}},
		{"fts5", func(_ context.Context, text string, n int) ([]string, error) {
			return f.judged(b, o.x.lexicon, text, n), nil
		}},
	} {
		b.Run(e.name, func(b *testing.B) {
			scores, err := Evaluate(context.Background(), c.Judgements(), e.find)
			if err != nil {
				b.Fatal(err)
			}
			for _, s := range scores {
				b.ReportMetric(s.NDCG, s.Class+"-nDCG")
			}
			b.ReportMetric(scores[len(scores)-1].Zero, "zero")
		})
	}
}
