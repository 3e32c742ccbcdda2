package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// show turns an answer into what the page shows.
func (q *listQuery) show(r exchange.Found) listing {
	l := listing{Path: q.path, Label: q.label, Placeholder: q.placeholder, Query: q.query.Text, Clear: q.path, Total: number(r.Total), CatchingUp: r.CatchingUp,
		PageSize: plain(q.size), Here: q.with(nil), Nearest: hitsOf(r.Nearest, "")}
	for name, values := range q.values {
		if slices.Contains(formFields, name) || name == "format" {
			continue
		}
		for _, v := range values {
			if v != "" {
				l.Kept = append(l.Kept, pair{name, v})
			}
		}
	}
	slices.SortFunc(l.Kept, func(a, b pair) int { return strings.Compare(a.Name+"="+a.Value, b.Name+"="+b.Value) })
	l.Selects = q.selects()
	q.showChips(&l, r)
	q.showFacets(&l, r)
	for _, s := range sortWords {
		if slices.Contains(q.sorts(), s.key) {
			l.Sorts = append(l.Sorts, link{q.with(url.Values{"sort": {s.key}}), s.words, s.key == q.query.Sort})
		}
	}
	q.showPages(&l, r)
	if q.export && r.Total > 0 {
		l.Export = q.with(url.Values{"format": {"xlsx"}})
	}
	if q.narrowed() {
		l.Suggested = q.title()
	}
	switch {
	case r.Total == 0:
	case r.Sound && r.Exact == 0:
		l.Note = "没有完全相同的结果，下面是读音或写法相近的"
	case r.Exact == 0 && q.query.Text != "":
		l.Note = "没有一条含全部词语，下面是含其中一部分的"
	case r.Relaxed && r.Exact < r.Total:
		l.Note = fmt.Sprintf("%s 条含全部词语，排在前面；其余含一部分", number(r.Exact))
	}
	return l
}

// title is a name for what is asked: the words, then the first of the filters.
func (q *listQuery) title() string {
	parts := []string{q.query.Text}
	for _, f := range q.filters {
		for _, v := range q.chosen(f.name) {
			parts = append(parts, f.words(v))
		}
	}
	name := []rune(joinWords(" ", parts...))
	return string(name[:min(len(name), 30)])
}

// selects are the controls beside the search box.
func (q *listQuery) selects() []field {
	var out []field
	choose := func(name, label, now string, options []option) {
		for i := range options {
			options[i].Chosen = options[i].Value == now
		}
		out = append(out, field{Name: name, Label: label, Kind: "select", Options: options})
	}
	if q.pay {
		steps := []int{1000, 2000, 3000, 4000, 5000, 6000, 8000, 10000}
		yuan := func(now int) []option {
			list := []option{{Label: "不限"}}
			if now > 0 && !slices.Contains(steps, now) {
				list = append(list, option{Value: plain(now), Label: number(now) + " 元"})
			}
			for _, n := range steps {
				list = append(list, option{Value: plain(n), Label: number(n) + " 元"})
			}
			return list
		}
		choose(payFrom, "报酬不低于", typed(q.query.PayMin), yuan(q.query.PayMin))
		choose(payTo, "不高于", typed(q.query.PayMax), yuan(q.query.PayMax))
	}
	if q.origin != nil {
		far := []option{{Label: "不限"}}
		for _, n := range []int{5, 10, 20, 50, 100} {
			far = append(far, option{Value: plain(n), Label: plain(n) + " 公里内"})
		}
		var from []option
		for _, o := range q.origins {
			from = append(from, option{Value: o.Key, Label: o.Name})
		}
		choose(farKM, "距离", typed(int(q.query.Near.KM)), far)
		choose(farFrom, "从哪里算", q.origin.Key, from)
	}
	return out
}

func typed(n int) string {
	if n == 0 {
		return ""
	}
	return plain(n)
}

func (q *listQuery) showChips(l *listing, r exchange.Found) {
	drop := func(label, name string, rest ...string) {
		l.Chips = append(l.Chips, chip{label, q.with(url.Values{name: rest})})
	}
	if q.query.Text != "" {
		drop("搜："+q.query.Text, "q")
	}
	for _, c := range r.Chips {
		drop("“"+c.Text+"”理解为"+c.Label, "not", append(slices.Clone(q.values["not"]), c.Key)...)
	}
	for _, f := range q.filters {
		chosen := q.chosen(f.name)
		for _, v := range chosen {
			drop(f.title+"："+f.words(v), f.name, slices.DeleteFunc(slices.Clone(chosen), func(s string) bool { return s == v })...)
		}
	}
	if q.query.PayMin > 0 {
		drop("报酬不低于 "+number(q.query.PayMin)+" 元/月", payFrom)
	}
	if q.query.PayMax > 0 {
		drop("报酬不高于 "+number(q.query.PayMax)+" 元/月", payTo)
	}
	if q.origin != nil && q.query.Near.KM > 0 {
		drop("距"+q.origin.Name+" "+decimal(q.query.Near.KM)+" 公里内", farKM)
	}
}

func (q *listQuery) showFacets(l *listing, r exchange.Found) {
	for _, f := range q.filters {
		most := f.most
		if most == 0 {
			most = 12
		}
		chosen := q.chosen(f.name)
		shown := facet{Title: f.title, Open: f.open || len(chosen) > 0}
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
			shown.Values = append(shown.Values, facetValue{words, q.with(url.Values{f.name: next}), number(c.Count), here})
		}
		if len(shown.Values) > 1 || len(chosen) > 0 {
			l.Facets = append(l.Facets, shown)
		}
	}
	if pay := r.Facets[search.PayField]; len(pay) > 1 || q.pay && q.query.PayMin+q.query.PayMax > 0 && len(pay) > 0 {
		l.Facets = append(l.Facets, q.payFacet(pay))
	}
}

// payFacet shows the buckets of pay, each a link that sets both bounds.
func (q *listQuery) payFacet(counts []search.FacetCount) facet {
	f := facet{Title: "报酬（元/月）", Open: q.query.PayMin+q.query.PayMax > 0}
	for _, c := range counts {
		low, high, _ := strings.Cut(c.Value, "-")
		lo, hi := whole(low, 1_000_000), whole(high, 1_000_000)
		words := number(lo) + "–" + number(hi)
		switch {
		case hi == 0:
			words = number(lo) + " 以上"
		case lo <= 1:
			lo, words = 1, number(hi+1)+" 以下"
		}
		here := q.query.PayMin == lo && q.query.PayMax == hi
		set := url.Values{payFrom: {plain(lo)}, payTo: nil}
		if hi > 0 {
			set[payTo] = []string{plain(hi)}
		}
		if here {
			set = url.Values{payFrom: nil, payTo: nil}
		}
		f.Values = append(f.Values, facetValue{words, q.with(set), number(c.Count), here})
	}
	return f
}

// showPages links pages by number, as far as the index counts places, and the next one by
// the place of the last row: it neither repeats nor skips a row when others come or go.
func (q *listQuery) showPages(l *listing, r exchange.Found) {
	shown := len(r.Hits)
	if shown > 0 {
		l.Range = fmt.Sprintf("第 %s–%s 条", number(q.query.Offset+1), number(q.query.Offset+shown))
	}
	at := func(n int, after string) string {
		set := url.Values{}
		if n > 1 {
			set.Set("page", plain(n))
		}
		if after != "" {
			set.Set("after", after)
		}
		return q.with(set)
	}
	pages := (r.Total + q.size - 1) / q.size
	if pages < 2 {
		return
	}
	last := min(pages, search.MaxWindow/q.size)
	if q.page > 1 && q.page-1 <= last {
		l.Prev = at(q.page-1, "")
	}
	if r.Next != "" || r.CatchingUp && q.page < last {
		l.Next = at(q.page+1, r.Next)
	}
	from := max(1, min(q.page-2, last-4))
	for n := from; n <= min(last, from+4); n++ {
		l.Pages = append(l.Pages, link{at(n, ""), plain(n), n == q.page})
	}
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

// lists are where the things of a kind are listed; the page of one lies below.
var lists = map[string]string{
	exchange.KindPost: "/posts", exchange.KindCompany: "/companies", exchange.KindCohort: "/cohorts", exchange.KindBase: "/bases", exchange.KindClass: "/order-classes",
	exchange.KindOffer: "/offers", exchange.KindPlacement: "/placements", exchange.KindRound: "/rounds", exchange.KindImport: "/imports", exchange.KindOutcome: "/graduates",
	exchange.KindFollow: "/supervision", exchange.KindMessage: "/undelivered", exchange.KindUnmet: "/unmet", exchange.KindPledge: "/cooperations",
}

// listOf is the list of a kind for a role: a company's own page stands for its list of companies.
func listOf(kind string, role partnership.Role) string {
	switch {
	case kind == exchange.KindCompany && role == partnership.RoleCompany:
		return "/company"
	case kind == exchange.KindImport:
		return "/import"
	}
	return cmp.Or(lists[kind], "/")
}

// pageOf is where a thing of the index has its page; majors lead to the posts for them.
func pageOf(kind, id string) string {
	if kind == exchange.KindMajor {
		return "/posts?major=" + url.QueryEscape(strings.TrimPrefix(id, "major-"))
	}
	if lists[kind] == "" {
		return ""
	}
	return lists[kind] + "/" + url.PathEscape(id)
}

// hitsOf writes hits for a page; order says what they are sorted by.
func hitsOf(found []search.Hit, order string) []hit {
	out := make([]hit, 0, len(found))
	for _, h := range found {
		one := hit{Kind: exchange.KindWords(h.Kind), URL: pageOf(h.Kind, h.ID), Title: pieces(h.Title, h.TitleSpans),
			Company: h.Company, Snippet: pieces(h.Snippet, h.SnippetSpans), Why: reasonsOf(h, order), Far: farWords(h.Distance)}
		if h.Pay > 0 {
			one.Pay = number(h.Pay) + " 元/月"
		}
		out = append(out, one)
	}
	return out
}

func reasonsOf(h search.Hit, order string) reasons {
	r := reasons{Why: h.Why}
	if order == search.SortFit && h.Score > 0 {
		r.Score = decimal(h.Score)
	}
	return r
}

// farWords writes a distance in a straight line, "" if it is unknown.
func farWords(km float64) string {
	switch {
	case km < 0:
		return ""
	case km < 1:
		return "直线 1 公里内"
	case km < 10:
		return "直线 " + strconv.FormatFloat(km, 'f', 1, 64) + " 公里"
	}
	return "直线 " + number(int(km+0.5)) + " 公里"
}
