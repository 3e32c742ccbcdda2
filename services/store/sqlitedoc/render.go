package sqlitedoc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/store"
)

// table names the table of a collection; the seam has checked the name.
func table(coll string) string { return "c_" + coll }

// column is the SQL for a field. Paths were checked against ^[A-Za-z_]\w*(\.\w+)*$, so
// nothing in them needs quoting. An index is used only if its expression is this very text.
func column(path string) string {
	switch path {
	case "_id":
		return "id"
	case "_rev":
		return "rev"
	}
	return "json_extract(doc,'$." + path + "')"
}

// query is SQL text with the values bound to it.
type query struct {
	strings.Builder
	args  []any
	plain bool // the columns written now may not choose an index
}

// named is a column of a condition.
func (q *query) named(path string) string {
	if q.plain {
		return "+" + column(path) // the unary plus keeps the planner from an index
	}
	return column(path)
}

// byID reports whether a filter lets through named documents only. Without statistics SQLite
// takes "_d = 0" for ten rows, and would rather read every document than look up fifty ids.
func byID(f store.Filter) bool {
	switch f.Match {
	case store.MatchEq, store.MatchIn:
		return f.Path == "_id"
	case store.MatchAnd:
		return slices.ContainsFunc(f.Sub, byID)
	}
	return false
}

// where renders a filter. Values are always bound, never written into the text.
func (q *query) where(f store.Filter) {
	switch f.Match {
	case store.MatchAll:
		q.WriteString("1")
	case store.MatchEq, store.MatchLt, store.MatchLe, store.MatchGt, store.MatchGe:
		op := map[store.Match]string{store.MatchEq: "=", store.MatchLt: "<", store.MatchLe: "<=",
			store.MatchGt: ">", store.MatchGe: ">="}[f.Match]
		q.WriteString(q.named(f.Path) + op + "?")
		q.args = append(q.args, f.Values[0])
	case store.MatchIn:
		q.in(f)
	case store.MatchHas:
		q.WriteString("EXISTS(SELECT 1 FROM json_each(doc,'$." + f.Path + "') WHERE value=?)")
		q.args = append(q.args, f.Values[0])
	case store.MatchExists:
		q.WriteString(q.named(f.Path) + " IS NOT NULL")
	case store.MatchAnd:
		was, named := q.plain, byID(f)
		q.join(" AND ", "1", f.Sub, func(sub store.Filter) { q.plain = was || named && !byID(sub) })
		q.plain = was
	case store.MatchOr:
		q.join(" OR ", "0", f.Sub, func(store.Filter) {})
	case store.MatchNot:
		// IS NOT TRUE, because a comparison with a missing field is neither true nor false.
		q.WriteString("(")
		q.where(f.Sub[0])
		q.WriteString(") IS NOT TRUE")
	}
}

// join writes conditions with a word between them, none if there are none; before is told of each.
func (q *query) join(with, none string, fs []store.Filter, before func(store.Filter)) {
	if len(fs) == 0 {
		q.WriteString(none)
		return
	}
	q.WriteString("(")
	for i, f := range fs {
		if i > 0 {
			q.WriteString(with)
		}
		before(f)
		q.where(f)
	}
	q.WriteString(")")
}

// maxIn is how many values are bound one by one; more go as one JSON array, so that
// neither the limit on variables nor the statement cache suffers.
const maxIn = 32

func (q *query) in(f store.Filter) {
	q.WriteString(q.named(f.Path))
	if len(f.Values) <= maxIn {
		values := slices.Clip(f.Values)
		for n := len(values); n&(n-1) != 0; n++ { // up to a power of two: few texts, so that statements are kept
			values = append(values, values[n-1])
		}
		q.WriteString(" IN (" + strings.TrimSuffix(strings.Repeat("?,", len(values)), ",") + ")")
		q.args = append(q.args, values...)
		return
	}
	list, _ := json.Marshal(f.Values) // scalars only
	q.WriteString(" IN (SELECT value FROM json_each(?))")
	q.args = append(q.args, string(list))
}

func (q *query) order(sort []store.Sort) {
	for i, s := range sort {
		if i == 0 {
			q.WriteString(" ORDER BY ")
		} else {
			q.WriteString(",")
		}
		q.WriteString(column(s.Path))
		if s.Desc {
			q.WriteString(" DESC")
		}
	}
}

// apply renders operations as one nested expression over doc.
func (q *query) apply(ops []store.Op) {
	expr := "doc"
	for _, op := range ops {
		at := "'$." + op.Path + "'"
		switch op.Kind {
		case store.OpSet:
			expr = "json_set(" + expr + "," + at + ",json(?))"
			q.args = append(q.args, string(op.JSON))
		case store.OpInc:
			expr = "json_set(" + expr + "," + at + ",coalesce(json_extract(doc," + at + "),0)+?)"
			q.args = append(q.args, op.N)
		case store.OpUnset:
			expr = "json_remove(" + expr + "," + at + ")"
		case store.OpPush:
			expr = "json_insert(" + expr + ",'$." + op.Path + "[#]',json(?))"
			q.args = append(q.args, string(op.JSON))
		}
	}
	q.WriteString(expr)
}

// indexSQL renders the index i of a collection. Its name holds its fields, so a changed
// declaration is a new index.
func indexSQL(coll string, x store.Index) (name, sql string) {
	cols := make([]string, len(x.Fields))
	for i, f := range x.Fields {
		cols[i] = column(f)
	}
	kind := ""
	if x.Unique {
		kind = "UNIQUE "
	}
	name = fmt.Sprintf("i_%s_%s%s", coll, strings.ToLower(strings.TrimSpace(kind)),
		strings.ReplaceAll("_"+strings.Join(x.Fields, "_"), ".", "__"))
	return name, fmt.Sprintf("CREATE %sINDEX IF NOT EXISTS %s ON %s(%s)", kind, name, table(coll), strings.Join(cols, ","))
}
