package search

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A relevance script (testdata/*.txt) describes a small world and says what must be found in it:
//
//	word 铣工                         a word of the domain
//	synonym CNC = 数控                a group of phrases that mean the same
//	alias 养猪 > 生猪饲养             one way
//	place 荣昌 = 500153
//	fact 订单班 = kind class
//	doc p1 post 数控车工 | company=… | tags=a,b | text=… | pay=4500 | region=500153 | point=105.6,29.4
//	query 数控 车工                   followed by indented demands:
//	  kind post                       filters of the query
//	  filter region=500153
//	  pay 3000 5000
//	  literal place:荣昌
//	  sort newest
//	  loosen region                   what nearest may do without
//	  first p1 p2                     these come first, in this order
//	  found p3 p4                     these are found
//	  forbid p5                       these are not
//	  total 3
//	  chip 地点：荣昌                  exactly these chips, in order
//	  mark 数控车工                    marked in the first title
//	  why 标题含                       in the reasons of the first hit
//	  nearest p1                      nothing is found, these are offered
//	  sound / relaxed / exact         flags of the answer
type script struct {
	cfg     Config
	docs    []Document
	queries []*scriptQuery
}

type scriptQuery struct {
	line    int
	query   Query
	demands [][2]string
}

func readScript(t *testing.T, path string) *script {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{cfg: Config{Aliases: map[string][]string{}, Places: map[string][]string{}, Facts: map[string]Key{},
		Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }}}
	var words []string
	for i, line := range strings.Split(string(text), "\n") {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		if line[0] == ' ' {
			q := s.queries[len(s.queries)-1]
			if !q.ask(mark, rest) {
				q.demands = append(q.demands, [2]string{mark, rest})
			}
			continue
		}
		switch mark {
		case "word":
			words = append(words, rest)
		case "synonym":
			s.cfg.Synonyms = append(s.cfg.Synonyms, splitTrim(rest, "="))
		case "alias":
			from, to, _ := strings.Cut(rest, " > ")
			s.cfg.Aliases[from] = append(s.cfg.Aliases[from], to)
		case "place":
			p := splitTrim(rest, "=")
			s.cfg.Places[p[0]] = p[1:]
		case "fact":
			p := splitTrim(rest, "=")
			k := strings.Fields(p[1])
			s.cfg.Facts[p[0]] = Key{k[0], k[1]}
		case "doc":
			s.docs = append(s.docs, scriptDoc(rest))
		case "query":
			s.queries = append(s.queries, &scriptQuery{line: i + 1, query: Query{Text: rest, Explain: true, Limit: 50, Filters: map[string][]string{}}})
		default:
			t.Fatalf("%s:%d: %q is not known", path, i+1, mark)
		}
	}
	s.cfg.Words = slices.Values(words)
	return s
}

func splitTrim(s, sep string) []string {
	out := strings.Split(s, sep)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

func scriptDoc(s string) Document {
	parts := splitTrim(s, "|")
	head := strings.SplitN(parts[0], " ", 3)
	d := Document{ID: head[0], Kind: head[1], Title: head[2], Keys: map[string][]string{}}
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(p, "=")
		switch name {
		case "company":
			d.Company = value
		case "text":
			d.Text = value
		case "tags":
			d.Tags = strings.Split(value, ",")
		case "pay":
			d.Pay, _ = strconv.Atoi(value)
		case "updated":
			d.Updated, _ = strconv.ParseInt(value, 10, 64)
		case "point":
			d.Point = &Point{}
			fmt.Sscanf(value, "%f,%f", &d.Point.Lng, &d.Point.Lat)
		default:
			d.Keys[name] = strings.Split(value, ",")
		}
	}
	return d
}

// ask reads demands that are part of the query.
func (q *scriptQuery) ask(mark, rest string) bool {
	switch mark {
	case "kind":
		q.query.Kinds = strings.Fields(rest)
	case "filter":
		name, value, _ := strings.Cut(rest, "=")
		q.query.Filters[name] = strings.Split(value, ",")
	case "pay":
		fmt.Sscan(rest, &q.query.PayMin, &q.query.PayMax)
	case "loosen":
		q.query.Loosen = append(q.query.Loosen, rest)
	case "literal":
		q.query.Literal = append(q.query.Literal, rest)
	case "near":
		q.query.Near = &Near{}
		fmt.Sscan(rest, &q.query.Near.Lng, &q.query.Near.Lat, &q.query.Near.KM)
	case "sort":
		q.query.Sort = rest
	default:
		return false
	}
	return true
}

func TestScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := readScript(t, path)
			x, err := OpenMemory(s.cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer x.Close()
			if err := x.Put(context.Background(), s.docs...); err != nil {
				t.Fatal(err)
			}
			for _, q := range s.queries {
				r, err := x.Find(context.Background(), q.query)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range q.demands {
					if wrong := demand(r, d[0], d[1]); wrong != "" {
						t.Errorf("%s:%d: query %q: %s %s: %s", path, q.line, q.query.Text, d[0], d[1], wrong)
					}
				}
			}
		})
	}
}

// demand checks one demand and says what is wrong, "" if nothing.
func demand(r Result, mark, rest string) string {
	got := strings.Fields(ids(r.Hits))
	want := strings.Fields(rest)
	saw := func() string {
		var b strings.Builder
		for _, h := range r.Hits {
			fmt.Fprintf(&b, "\n      %s %.1f %s %v", h.ID, h.Score, h.Title, h.Why)
		}
		return "found" + b.String()
	}
	switch mark {
	case "first":
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			return saw()
		}
	case "found":
		for _, id := range want {
			if !slices.Contains(got, id) {
				return saw()
			}
		}
	case "forbid":
		for _, id := range want {
			if slices.Contains(got, id) {
				return saw()
			}
		}
	case "total":
		if strconv.Itoa(r.Total) != rest {
			return saw()
		}
	case "chip":
		var labels []string
		for _, c := range r.Chips {
			labels = append(labels, c.Label)
		}
		if strings.Join(labels, " ; ") != rest {
			return fmt.Sprintf("chips %q", labels)
		}
	case "mark":
		var marked string
		if len(r.Hits) > 0 {
			for _, s := range r.Hits[0].TitleSpans {
				marked += string([]rune(r.Hits[0].Title)[s.Start:s.End])
			}
		}
		if marked != rest {
			return "marked " + marked
		}
	case "snippet":
		if len(r.Hits) == 0 || !strings.Contains(r.Hits[0].Snippet, rest) {
			return saw()
		}
	case "why":
		if len(r.Hits) == 0 || !strings.Contains(strings.Join(r.Hits[0].Why, " "), rest) {
			return saw()
		}
	case "nearest":
		if r.Total != 0 || ids(r.Nearest) != rest {
			return saw() + "; nearest " + ids(r.Nearest)
		}
	case "sound":
		if !r.Sound {
			return "not found by sound or likeness"
		}
	case "relaxed":
		if !r.Relaxed {
			return "not relaxed"
		}
	case "exact":
		if r.Sound || r.Relaxed {
			return saw()
		}
	default:
		return "not a demand"
	}
	return ""
}
