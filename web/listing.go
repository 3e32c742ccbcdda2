package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/search"
	"sunmao/services/exchange"
)

// pageSize is how many rows a list shows at once, unless its kind says otherwise.
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
	CatchingUp  bool   // the store answered in place of the index
	Pages       []link
	Prev, Next  string
	PageSize    string
	Clear       string // address without any narrowing
	Nearest     []hit  // when nothing was found
	Empty       string // what to do about an empty list
	Export      string // address of the same list as a workbook; empty for none
	Here        string // address of this list, to be saved
	Suggested   string // a name for it
	Token       string
}

type pair struct{ Name, Value string }

// chip is one narrowing that a click takes away.
type chip struct{ Label, URL string }

type facet struct {
	Title  string
	Values []facetValue
	Open   bool // shown unfolded
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
	Why       reasons
	Pay, Far  string
}

// reasons say why a row stands where it stands.
type reasons struct {
	Score string // 0 to 100 within this answer; empty if the order is another
	Why   []string
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
	open  bool                      // unfolded from the start
}

// listQuery is what the address asks of a list.
type listQuery struct {
	listKind
	values  url.Values
	page    int
	size    int
	query   search.Query
	origins []exchange.Origin
	origin  *exchange.Origin // distances are measured from here
}

var sortWords = []struct{ key, words string }{
	{search.SortFit, "最相关"}, {search.SortNewest, "最近更新"}, {search.SortPay, "报酬从高到低"}, {search.SortDistance, "由近到远"},
}

// payField names the two bounds of pay in the address, in yuan a month.
const (
	payFrom = "pay"
	payTo   = "pay_to"
	farFrom = "from" // key of an origin
	farKM   = "km"
)

// formFields are set by the search form itself and not carried along in hidden fields.
var formFields = []string{"q", "page", "after", "not", payFrom, payTo, farFrom, farKM}

// readList reads the address. Unknown names and values are ignored: an old link still
// opens the list.
func readList(kind listKind, values url.Values, origins []exchange.Origin) listQuery {
	q := listQuery{listKind: kind, values: values, origins: origins, size: kind.size}
	if q.size == 0 {
		q.size = pageSize
	}
	text := strings.TrimSpace(values.Get("q"))
	if r := []rune(text); len(r) > 100 {
		text = string(r[:100])
	}
	q.query = search.Query{Text: text, Kinds: kind.kinds, Filters: map[string][]string{}, Limit: q.size, Explain: true, Literal: values["not"]}
	for _, f := range kind.filters {
		for _, v := range values[f.name] {
			if v != "" && f.words(v) != "" {
				q.query.Filters[f.name] = append(q.query.Filters[f.name], v)
			}
		}
		q.query.Facets = append(q.query.Facets, f.name)
	}
	if kinds := q.query.Filters[search.KindField]; len(kinds) > 0 {
		q.query.Kinds = kinds
		delete(q.query.Filters, search.KindField)
	}
	if kind.pay {
		q.query.PayMin, q.query.PayMax = whole(values.Get(payFrom), 1_000_000), whole(values.Get(payTo), 1_000_000)
		q.query.Facets = append(q.query.Facets, search.PayField)
	}
	q.readNear()
	q.readOrder()
	return q
}

// whole reads a positive whole number up to most; anything else is 0.
func whole(s string, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most {
		return 0
	}
	return n
}

// readNear sets where distances are measured from: what the address says, else the first origin.
func (q *listQuery) readNear() {
	if !q.near || len(q.origins) == 0 {
		return
	}
	q.origin = &q.origins[0]
	for i := range q.origins {
		if q.origins[i].Key == q.values.Get(farFrom) {
			q.origin = &q.origins[i]
		}
	}
	q.query.Near = &search.Near{Point: search.Point{Lng: q.origin.Point.Lng, Lat: q.origin.Point.Lat}, KM: float64(whole(q.values.Get(farKM), 5000))}
}

func (q *listQuery) readOrder() {
	q.query.Sort = search.SortNewest
	if q.query.Text != "" {
		q.query.Sort = search.SortFit
	}
	if asked := q.values.Get("sort"); slices.Contains(q.sorts(), asked) {
		q.query.Sort = asked
	}
	q.page = max(1, whole(q.values.Get("page"), 1_000_000))
	if q.query.After = q.values.Get("after"); q.query.After == "" {
		q.page = min(q.page, search.MaxWindow/q.size)
	}
	q.query.Offset = (q.page - 1) * q.size
}

// sorts are the orders that make sense for this question.
func (q *listQuery) sorts() []string {
	var out []string
	if q.query.Text != "" {
		out = append(out, search.SortFit)
	}
	out = append(out, search.SortNewest)
	if q.pay {
		out = append(out, search.SortPay)
	}
	if q.origin != nil {
		out = append(out, search.SortDistance)
	}
	return out
}

// chosen are the values that a field is narrowed to.
func (q *listQuery) chosen(field string) []string {
	if field == search.KindField && len(q.values[field]) > 0 {
		return q.query.Kinds
	}
	return q.query.Filters[field]
}

// with is the list's address with names set to values; the page starts over. An empty
// list of values drops the name.
func (q *listQuery) with(set url.Values) string {
	next := url.Values{}
	for k, v := range q.values {
		if _, changed := set[k]; !changed && k != "page" && k != "after" && k != "format" && slices.ContainsFunc(v, func(s string) bool { return s != "" }) {
			next[k] = v
		}
	}
	for k, v := range set {
		if len(v) > 0 {
			next[k] = v
		}
	}
	if len(next) == 0 {
		return q.path
	}
	return q.path + "?" + next.Encode()
}

// narrowed reports whether the list is anything but everything.
func (q *listQuery) narrowed() bool {
	return q.query.Text != "" || len(q.query.Filters) > 0 || len(q.values[search.KindField]) > 0 || q.query.PayMin > 0 || q.query.PayMax > 0 || q.query.Near != nil && q.query.Near.KM > 0
}
