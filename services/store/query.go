package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strings"

	"sunmao/services/partnership"
)

// Query asks for documents. The zero Query is every document that is not deleted, by _id.
type Query struct {
	Where       Filter
	Sort        []Sort // _id follows by itself, in the direction of the last
	After       string // where the page before ended, as Page returned it
	Limit       int    // at most so many; 0 is no limit (for Page: 20)
	WithDeleted bool
}

const pageSize = 20

// docs runs a query.
func (c *collection) docs(ctx context.Context, q Query) iter.Seq2[Doc, error] {
	return func(yield func(Doc, error) bool) {
		err := c.ready(ctx)
		if err == nil {
			var where Filter
			var sort []Sort
			if where, sort, err = c.plan(q); err == nil {
				c.s.b.Find(ctx, c.spec.Name, where, sort, max(q.Limit, 0))(yield)
				return
			}
		}
		yield(Doc{}, err)
	}
}

// plan checks a query and adds what it leaves to the store: deletion, the total order
// and the place to go on from.
func (c *collection) plan(q Query) (Filter, []Sort, error) {
	where := q.Where
	if !q.WithDeleted {
		where = And(alive, where)
	}
	if err := c.shape.fits(where); err != nil {
		return where, nil, err
	}
	sort, err := c.order(q.Sort)
	if err != nil || q.After == "" {
		return where, sort, err
	}
	at, err := parseCursor(q.After, where, sort)
	if err != nil {
		return where, sort, err
	}
	beyond := c.beyond(sort, at)
	if err := c.shape.fits(beyond); err != nil {
		return where, sort, badCursor()
	}
	return And(where, beyond), sort, nil
}

// order makes a sort total by _id. The id runs the way of the last field, so that one
// index serves it forwards or backwards.
func (c *collection) order(by []Sort) ([]Sort, error) {
	sort := make([]Sort, 0, len(by)+1)
	for _, s := range by {
		f, err := c.shape.at(s.Path)
		if err != nil {
			return nil, err
		}
		if f.kind == objectKind || f.kind == arrayKind {
			return nil, fmt.Errorf("sort by %s: it is an %s", s.Path, f.kind)
		}
		if slices.ContainsFunc(sort, func(t Sort) bool { return t.Path == s.Path }) {
			return nil, fmt.Errorf("sort names %s twice", s.Path)
		}
		sort = append(sort, s)
		if s.Path == "_id" {
			return sort, nil
		}
	}
	return append(sort, Sort{Path: "_id", Desc: len(by) > 0 && by[len(by)-1].Desc}), nil
}

// beyond is the filter for what comes after a place in the order, with the bound on
// the first field outermost for the planner: a<=A AND (a<A OR (a=A AND id<I)).
func (c *collection) beyond(sort []Sort, at []any) Filter {
	s, v := sort[0], at[0]
	f := Field(s.Path)
	gap := false // documents without the field
	if known, err := c.shape.at(s.Path); err == nil {
		gap = known.missing
	}
	past, from, same := Or(), Filter{}, Not(f.Exists())
	switch {
	case v == nil && s.Desc: // the gap is last: nothing but the rest of it
		from = same
	case v == nil:
		past = f.Exists()
	case s.Desc:
		past, from, same = f.Lt(v), f.Le(v), f.Eq(v)
		if gap {
			past, from = Or(past, Not(f.Exists())), Or(from, Not(f.Exists()))
		}
	default:
		past, from, same = f.Gt(v), f.Ge(v), f.Eq(v)
	}
	if len(sort) == 1 {
		return past
	}
	return And(from, Or(past, And(same, c.beyond(sort[1:], at[1:]))))
}

// place is a page cursor. It needs no seal: it only says where to go on, its values
// are bound as values, and the filter with the actor's scope is applied anew each time.
type place struct {
	Query uint64 `json:"q"` // hash of filter and order: a cursor fits its own list only
	At    []any  `json:"a"`
}

func queryHash(where Filter, sort []Sort) uint64 {
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode([]any{where, sort}) // scalars only; a hash takes every write
	return h.Sum64()
}

func badCursor() error {
	return partnership.Invalid{"after": {"翻页位置无效：筛选条件可能已经改变。请回到第一页重新翻页。"}}
}

func parseCursor(text string, where Filter, sort []Sort) ([]any, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, badCursor()
	}
	var p place
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&p) != nil || p.Query != queryHash(where, sort) || len(p.At) != len(sort) {
		return nil, badCursor()
	}
	for i, v := range p.At {
		if p.At[i], err = fromJSON(v); err != nil {
			return nil, badCursor()
		}
	}
	return p.At, nil
}

// fromJSON turns a decoded JSON scalar into a filter value; nil stays nil.
func fromJSON(v any) (any, error) {
	switch v := v.(type) {
	case nil, string, bool:
		return v, nil
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	}
	return nil, fmt.Errorf("not a scalar: %T", v)
}

// cursorAt makes the cursor that goes on after doc.
func (c *collection) cursorAt(q Query, doc Doc) (string, error) {
	q.After = ""
	where, sort, err := c.plan(q)
	if err != nil {
		return "", err
	}
	p := place{Query: queryHash(where, sort), At: make([]any, len(sort))}
	var top map[string]any
	d := json.NewDecoder(bytes.NewReader(doc.JSON))
	d.UseNumber()
	if err := d.Decode(&top); err != nil {
		return "", err
	}
	for i, s := range sort {
		if p.At[i], err = fromJSON(lookup(top, s.Path)); err != nil {
			return "", fmt.Errorf("sort field %s: %w", s.Path, err)
		}
	}
	raw, err := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(raw), err
}

func lookup(top map[string]any, path string) any {
	var v any = top
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// page reads one page with read and returns the cursor of the next.
func (c *collection) page(ctx context.Context, q Query, read func(Doc) error) (string, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = pageSize
	}
	q.Limit = limit + 1 // one more tells whether there is a next page
	n := 0
	var last Doc
	for doc, err := range c.docs(ctx, q) {
		if err != nil {
			return "", c.wrap("page of", doc.ID, err)
		}
		if n == limit {
			next, err := c.cursorAt(q, last)
			return next, c.wrap("page of", last.ID, err)
		}
		if err := read(doc); err != nil {
			return "", c.wrap("page of", doc.ID, err)
		}
		n, last = n+1, doc
	}
	return "", nil
}

// Count counts the documents that match and are not deleted.
func (c *collection) Count(ctx context.Context, where Filter) (int64, error) {
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	if err := c.shape.fits(where); err != nil {
		return 0, c.wrap("count", "", err)
	}
	n, err := c.s.b.Count(ctx, c.spec.Name, And(alive, where))
	return n, c.wrap("count", "", err)
}

// Group groups the documents that match and are not deleted by fields, counts each
// group and computes aggs; rows come ordered by the grouping values, missing first. An
// index that begins with the filter's fields and holds the others answers it alone.
func (c *collection) Group(ctx context.Context, where Filter, by []string, aggs ...Agg) ([]GroupRow, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	err := c.shape.fits(where)
	kinds := make([]kind, len(by))
	for i, path := range by {
		f, pathErr := c.shape.at(path)
		if kinds[i] = f.kind; f.kind == arrayKind || f.kind == objectKind {
			pathErr = fmt.Errorf("group by %s: it is an %s", path, f.kind)
		}
		err = cmp.Or(err, pathErr)
	}
	for _, a := range aggs {
		f, pathErr := c.shape.at(a.Path)
		if pathErr == nil && f.kind != numberKind && f.kind != anyKind {
			pathErr = fmt.Errorf("aggregate of %s: it is %s, no number", a.Path, f.kind)
		}
		err = cmp.Or(err, pathErr)
	}
	if err != nil {
		return nil, c.wrap("group", "", err)
	}
	rows, err := c.s.b.Group(ctx, c.spec.Name, And(alive, where), by, aggs)
	if err != nil {
		return nil, c.wrap("group", "", err)
	}
	for _, r := range rows {
		for i, k := range kinds {
			if n, ok := r.By[i].(int64); ok && k == boolKind {
				r.By[i] = n != 0 // SQLite's true is 1
			}
		}
	}
	slices.SortFunc(rows, func(a, b GroupRow) int { return slices.CompareFunc(a.By, b.By, compareScalars) })
	return rows, nil
}

// compareScalars orders missing, numbers, bools, texts.
func compareScalars(a, b any) int {
	if d := cmp.Compare(rank(a), rank(b)); d != 0 {
		return d
	}
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case nil:
		return 0
	}
	return cmp.Compare(number(a), number(b))
}

func rank(v any) int {
	switch v.(type) {
	case nil:
		return 0
	case bool:
		return 2
	case string:
		return 3
	}
	return 1
}

func number(v any) float64 {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	f, _ := v.(float64)
	return f
}
