package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// outcomes goes through the graduates of the year. A school's year that has them one by
// one leaves its published counts aside, as the tally does.
func (o *opening) outcomes(ctx context.Context) error {
	where := store.Field("year").Eq(o.scope.Year)
	if o.scope.School != "" {
		where = store.And(where, store.Field("school").Eq(o.scope.School))
	}
	var completed map[string]string
	if !o.out.Definition.OfOutcomes() {
		var err error
		if completed, err = o.x.completedPlacements(ctx, o.out.AsOf); err != nil {
			return err
		}
	}
	var ledger []partnership.Outcome
	single := map[string]bool{}
	for doc, err := range o.x.outcomes.Find(ctx, store.Query{Where: o.only.where(where), WithDeleted: o.out.AsOf != 0}) {
		if err != nil {
			return fmt.Errorf("rows: %w", err)
		}
		then, ok := doc.AsOf(o.out.AsOf)
		switch {
		case !ok:
		case then.Ledger != nil:
			ledger = append(ledger, *then)
		default:
			single[then.School] = true
			o.outcome(then, completed)
		}
	}
	for i := range ledger {
		if !single[ledger[i].School] && completed == nil {
			o.ledger(&ledger[i])
		}
	}
	return nil
}

func (o *opening) outcome(doc *partnership.Outcome, completed map[string]string) {
	r := o.reader.row(doc)
	if !o.member(&r) {
		return
	}
	row := FigureRow{Den: 1, School: o.reader.names[doc.School], Sample: doc.Sample, Code: o.code(doc.ID)}
	if completed == nil {
		row.Part, row.Why = o.out.Definition.Place(&r)
	} else {
		company, ok := completed[studentOf(doc)]
		switch {
		case !ok:
			return
		case doc.Direction == partnership.Employed && company == doc.Employer:
			row.Part, row.Why = rates.InNumerator, "在实习单位就业"
		default:
			row.Part, row.Why = rates.InDenominator, "没有在实习单位就业"
		}
	}
	if row.Part == rates.Excluded {
		row.Den = 0
	}
	if row.Part == rates.InNumerator {
		row.Num = 1
	}
	if o.out.Own || o.actor.SpeaksFor(doc.School) {
		row.ID, row.Number, row.Cohort, row.Major, row.Direction, row.Employer = doc.ID, doc.Student, doc.Cohort, r.Major, doc.Direction.Words(), doc.Employer
		row.PayFen, row.AlignWhy, row.AlignBy = doc.PayFen, doc.AlignWhy, doc.AlignedBy
		if region, ok := o.reader.cat.Region(doc.Region); ok {
			row.Region = region.Name
		}
	} else if !o.actor.SeesAll() {
		o.out.Others++
		return
	}
	o.put(row)
}

// member reports whether an outcome belongs to the figure's group.
func (o *opening) member(r *rates.Row) bool {
	v := o.scope.Value
	switch o.scope.Dim {
	case rates.Class:
		return r.Class == v
	case rates.Category:
		return r.Category == v
	case rates.Major:
		return o.present(r.Major) == v
	case rates.Cohort:
		return r.Cohort == v
	case rates.Company:
		return r.Company == v
	case rates.Industry:
		return r.Industry == v
	case rates.Cluster:
		return slices.Contains(strings.Split(r.Cluster, "|"), v)
	}
	return true
}

// present is the name a major goes on under.
func (o *opening) present(major string) string {
	return cmp.Or(o.reader.successor[major], major)
}

// ledger adds a line of published counts, if it was printed at the figure's grain.
func (o *opening) ledger(doc *partnership.Outcome) {
	l := o.reader.ledger(doc)
	grain, value := rates.Whole, ""
	switch {
	case l.Major != "":
		grain, value = rates.Major, o.present(l.Major)
	case l.Category != "" && o.scope.Dim == rates.Class:
		grain, value = rates.Class, l.Class
	case l.Category != "":
		grain, value = rates.Category, l.Category
	}
	if grain != o.scope.Dim || value != o.scope.Value {
		return
	}
	u := rates.NewRollup(nil)
	if err := u.AddLedger(&l); err != nil {
		return
	}
	g := u.Group(rates.Scope{Year: l.Year, School: l.School, Dim: grain, Value: value})
	if g == nil {
		return
	}
	rate := o.out.Definition.Rate(g, "")
	row := FigureRow{Part: rates.InNumerator, Num: rate.Numerator, Den: rate.Denominator, School: o.reader.names[doc.School], Code: o.code(doc.ID),
		What: ledgerWords(doc), Why: "学校报的合计数"}
	if rate.Empty() {
		row.Part, row.Why = rates.Excluded, "学校只报了合计数，其中没有这个指标要的数"
	}
	if !o.actor.SeesAll() && !o.actor.SpeaksFor(doc.School) {
		o.out.Others += rate.Denominator
		return
	}
	o.put(row)
}

func ledgerWords(doc *partnership.Outcome) string {
	parts := []string{}
	for _, m := range []struct {
		name string
		n    *int64
	}{{"毕业", doc.Ledger.Graduates}, {"升学", doc.Ledger.Progressed}, {"直接就业", doc.Ledger.Direct}, {"对口", doc.Ledger.Aligned}} {
		if m.n != nil {
			parts = append(parts, fmt.Sprintf("%s %d", m.name, *m.n))
		} else {
			parts = append(parts, m.name+"未报")
		}
	}
	what := cmp.Or(doc.MajorName, doc.Category, "全校")
	return fmt.Sprintf("%d 年%s合计：%s", doc.Year, what, strings.Join(parts, "，"))
}

// nameRows adds the masked names of the actor's own students, where the roster has them.
func (o *opening) nameRows(ctx context.Context, rows []FigureRow) error {
	at := map[string]*FigureRow{}
	var ids []any
	for i := range rows {
		if r := &rows[i]; r.Number != "" && o.actor.Role == partnership.RoleSchool {
			id := studentID(o.actor.Party, r.Number)
			at[id] = r
			ids = append(ids, id)
		}
	}
	for part := range slices.Chunk(ids, RowsAPage) {
		for s, err := range o.x.students.Find(ctx, store.Query{Where: store.Field("_id").In(part...)}) {
			if err != nil {
				return fmt.Errorf("names of rows: %w", err)
			}
			name, err := o.x.personal(&s, FieldName)
			if err != nil {
				return err
			}
			at[s.ID].Student, at[s.ID].Name = s.ID, partnership.MaskName(name)
		}
	}
	return nil
}

// ExportRows gives all rows behind a figure for a file. Where they are those of the
// actor's own students the reason is asked for and logged before anything is given.
func (x *Exchange) ExportRows(ctx context.Context, actor partnership.Actor, q RowsQuery, reason string) (*FigureRows, error) {
	q.Page = AllRows
	r, err := x.Rows(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	if n := r.People(); n > 0 {
		err = x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: actor.Party, Field: FieldExportRows, Count: n, Reason: reason})
	}
	return r, err
}

// People is how many of the rows name a single student.
func (r *FigureRows) People() int {
	n := 0
	for i := range r.Rows {
		if r.Rows[i].Number != "" {
			n++
		}
	}
	return n
}
