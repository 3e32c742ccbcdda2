package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/search"
	"sunmao/services/exchange"
)

const pageSize = 20

// listing is a list with its search, filters, order and page, all of it in the
// address: what a person sees can be sent to another as a link.
type listing struct {
	Path        string
	Label       string // what is searched, for the box's label
	Placeholder string
	Query       string
	Kept        []pair // filters that the search form carries along
	Selects     []field
	Chips       []chip
	Facets      []facet
	Sorts       []link
	Total       string
	Range       string
	Note        string // how loosely the answer was read
	Pages       []link
	Prev, Next  string
	Clear       string // address without any narrowing
	Nearest     []hit  // when nothing was found
	Empty       string // what to do about an empty list
}

type pair struct{ Name, Value string }

// chip is one narrowing that a click takes away.
type chip struct{ Label, URL string }

type facet struct {
	Title  string
	Values []facetValue
}

type facetValue struct {
	Label, URL, Count string
	Here              bool
}

// hit is one thing found, with the matched characters marked.
type hit struct {
	Kind, URL string
	Title     []piece
	Company   string
	Snippet   []piece
	Why       []string
	Pay       string
}

type piece struct {
	Text string
	Hit  bool
}

// filterField is one field that a list can be narrowed by.
type filterField struct {
	name  string // in the address and in the index
	title string
	words func(value string) string // value in words; empty leaves the value out
	most  int                       // values shown, 0 = 12
}

// listQuery is what the address asks of a list.
type listQuery struct {
	path    string
	values  url.Values
	kinds   []string
	filters []filterField
	page    int
	query   search.Query
}

var sortWords = []struct{ key, words string }{
	{search.SortFit, "最相关"}, {search.SortNewest, "最近更新"}, {search.SortPay, "报酬从高到低"},
}

// readList reads the address. Unknown names and values are ignored: an old link still
// opens the list.
func readList(path string, values url.Values, kinds []string, filters []filterField) listQuery {
	q := listQuery{path: path, values: values, kinds: kinds, filters: filters}
	text := strings.TrimSpace(values.Get("q"))
	if r := []rune(text); len(r) > 100 {
		text = string(r[:100])
	}
	q.query = search.Query{Text: text, Kinds: kinds, Filters: map[string][]string{}, Limit: pageSize, Explain: true, Literal: values["not"]}
	for _, f := range filters {
		for _, v := range values[f.name] {
			if v != "" && f.words(v) != "" {
				q.query.Filters[f.name] = append(q.query.Filters[f.name], v)
			}
		}
		q.query.Facets = append(q.query.Facets, f.name)
	}
	if n, err := strconv.Atoi(values.Get("pay")); err == nil && n > 0 && n <= 1_000_000 {
		q.query.PayMin = n
	}
	q.query.Sort = search.SortNewest
	if text != "" {
		q.query.Sort = search.SortFit
	}
	for _, s := range sortWords {
		if values.Get("sort") == s.key {
			q.query.Sort = s.key
		}
	}
	n, err := strconv.Atoi(values.Get("page"))
	q.page = min(max(1, n), search.MaxWindow/pageSize)
	if err != nil {
		q.page = 1
	}
	q.query.Offset = (q.page - 1) * pageSize
	return q
}

// with is the list's address with a name set to values; the page starts over.
func (q *listQuery) with(name string, values ...string) string {
	next := url.Values{}
	for k, v := range q.values {
		if k != "page" && k != name && slices.ContainsFunc(v, func(s string) bool { return s != "" }) {
			next[k] = v
		}
	}
	if len(values) > 0 {
		next[name] = values
	}
	if len(next) == 0 {
		return q.path
	}
	return q.path + "?" + next.Encode()
}

// show turns an answer into what the page shows.
func (q *listQuery) show(r search.Result) listing {
	l := listing{Path: q.path, Query: q.query.Text, Clear: q.path, Total: number(r.Total)}
	for name, values := range q.values {
		if name == "q" || name == "page" || name == "pay" || name == "not" {
			continue
		}
		for _, v := range values {
			if v != "" {
				l.Kept = append(l.Kept, pair{name, v})
			}
		}
	}
	slices.SortFunc(l.Kept, func(a, b pair) int { return strings.Compare(a.Name+"="+a.Value, b.Name+"="+b.Value) })
	q.showChips(&l, r)
	q.showFacets(&l, r)
	for _, s := range sortWords {
		if s.key == search.SortFit && q.query.Text == "" {
			continue
		}
		l.Sorts = append(l.Sorts, link{q.with("sort", s.key), s.words, s.key == q.query.Sort})
	}
	q.showPages(&l, r.Total, len(r.Hits))
	switch {
	case r.Total == 0:
	case r.Sound && r.Exact == 0:
		l.Note = "没有完全相同的结果，下面是读音或写法相近的"
	case r.Exact == 0 && q.query.Text != "":
		l.Note = "没有一条含全部词语，下面是含其中一部分的"
	case r.Relaxed && r.Exact < r.Total:
		l.Note = fmt.Sprintf("%s 条含全部词语，排在前面；其余含一部分", number(r.Exact))
	}
	l.Nearest = hitsOf(r.Nearest)
	return l
}

func (q *listQuery) showChips(l *listing, r search.Result) {
	if q.query.Text != "" {
		l.Chips = append(l.Chips, chip{"搜：" + q.query.Text, q.with("q")})
	}
	for _, c := range r.Chips {
		l.Chips = append(l.Chips, chip{"“" + c.Text + "”理解为" + c.Label, q.with("not", append(slices.Clone(q.values["not"]), c.Key)...)})
	}
	for _, f := range q.filters {
		chosen := q.query.Filters[f.name]
		for _, v := range chosen {
			rest := slices.DeleteFunc(slices.Clone(chosen), func(s string) bool { return s == v })
			l.Chips = append(l.Chips, chip{f.title + "：" + f.words(v), q.with(f.name, rest...)})
		}
	}
	if q.query.PayMin > 0 {
		l.Chips = append(l.Chips, chip{fmt.Sprintf("报酬不低于 %s 元/月", number(q.query.PayMin)), q.with("pay")})
	}
}

func (q *listQuery) showFacets(l *listing, r search.Result) {
	for _, f := range q.filters {
		most := f.most
		if most == 0 {
			most = 12
		}
		chosen := q.query.Filters[f.name]
		shown := facet{Title: f.title}
		for _, c := range r.Facets[f.name] {
			words := f.words(c.Value)
			here := slices.Contains(chosen, c.Value)
			if words == "" || len(shown.Values) >= most && !here {
				continue
			}
			next := append(slices.Clone(chosen), c.Value)
			if here {
				next = slices.DeleteFunc(next, func(s string) bool { return s == c.Value })
			}
			shown.Values = append(shown.Values, facetValue{words, q.with(f.name, next...), number(c.Count), here})
		}
		if len(shown.Values) > 1 || len(chosen) > 0 {
			l.Facets = append(l.Facets, shown)
		}
	}
}

func (q *listQuery) showPages(l *listing, total, shown int) {
	last := min((total+pageSize-1)/pageSize, search.MaxWindow/pageSize)
	if shown > 0 {
		l.Range = fmt.Sprintf("第 %s–%s 条", number(q.query.Offset+1), number(q.query.Offset+shown))
	}
	at := func(n int) string {
		u := q.with("page")
		if n == 1 {
			return u
		}
		sep := "?"
		if strings.Contains(u, "?") {
			sep = "&"
		}
		return u + sep + "page=" + strconv.Itoa(n)
	}
	if last < 2 {
		return
	}
	if q.page > 1 {
		l.Prev = at(q.page - 1)
	}
	if q.page < last {
		l.Next = at(q.page + 1)
	}
	from := max(1, min(q.page-2, last-4))
	for n := from; n <= min(last, from+4); n++ {
		l.Pages = append(l.Pages, link{at(n), strconv.Itoa(n), n == q.page})
	}
}

// find runs the list's one search.
func (s *Site) find(ctx context.Context, v *visit, q *listQuery) (search.Result, error) {
	return s.exchange.Search(ctx, v.actor, q.query)
}

// pieces cuts a text at the matched spans, which count characters.
func pieces(text string, spans []search.Span) []piece {
	r := []rune(text)
	var out []piece
	at := 0
	for _, s := range spans {
		if s.Start < at || s.End > len(r) || s.Start >= s.End {
			continue
		}
		if s.Start > at {
			out = append(out, piece{string(r[at:s.Start]), false})
		}
		out = append(out, piece{string(r[s.Start:s.End]), true})
		at = s.End
	}
	if at < len(r) {
		out = append(out, piece{string(r[at:]), false})
	}
	return out
}

// pageOf is where a thing of the index has its page; majors lead to the posts for them.
func pageOf(kind, id string) string {
	id = url.PathEscape(id)
	switch kind {
	case exchange.KindPost:
		return "/posts/" + id
	case exchange.KindCompany:
		return "/companies/" + id
	case exchange.KindCohort:
		return "/cohorts/" + id
	case exchange.KindBase:
		return "/bases#" + id
	case exchange.KindClass:
		return "/order-classes#" + id
	case exchange.KindMajor:
		return "/posts?major=" + strings.TrimPrefix(id, "major-")
	}
	return ""
}

func hitsOf(found []search.Hit) []hit {
	out := make([]hit, 0, len(found))
	for _, h := range found {
		one := hit{Kind: exchange.KindWords(h.Kind), URL: pageOf(h.Kind, h.ID), Title: pieces(h.Title, h.TitleSpans),
			Company: h.Company, Snippet: pieces(h.Snippet, h.SnippetSpans), Why: h.Why}
		if h.Pay > 0 {
			one.Pay = number(h.Pay) + " 元/月"
		}
		out = append(out, one)
	}
	return out
}
