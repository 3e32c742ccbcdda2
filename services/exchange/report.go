package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// Report fills the tables of the annual quality report of a school (or, for "", of the
// district) as far as the data reach; each missing cell says who can supply it.
// forPublic hides groups of fewer than 20 people. How far it is, it tells the context.
func (x *Exchange) Report(ctx context.Context, actor partnership.Actor, school string, year int, forPublic bool) ([]rates.Table, error) {
	if ok, err := x.readsSchool(ctx, actor, school); err != nil || !ok && (school != "" || !actor.SeesAll()) {
		return nil, errors.Join(err, partnership.Refuse(partnership.ErrNotFound, "没有这所学校的报表，或者您无权查看"))
	}
	only, err := x.sightOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	where := store.And(store.Field("year").Gt(year-reportYears), store.Field("year").Le(year))
	if school != "" && !forPublic { // what is published is judged together with all other publications
		where = store.And(store.Field("school").Eq(school), where)
	}
	if err := partnership.Tell(ctx, "读出毕业去向和在校生，按学校、专业和年度计数", 0); err != nil {
		return nil, err
	}
	t, err := x.tallyWhere(ctx, 0, where, only)
	if err != nil {
		return nil, err
	}
	if err := partnership.Tell(ctx, "取出学校填报的数、教师实践和实训基地", 600); err != nil {
		return nil, err
	}
	f, err := x.reportFacts(ctx, t)
	if err != nil {
		return nil, err
	}
	f.School, f.Year, f.CutOff = t.names[school], year, cutOff(year, x.today())
	if err := partnership.Tell(ctx, "从合作、联合体和基地的登记算产教融合情况", 750); err != nil {
		return nil, err
	}
	if f.Registered, err = x.registered(ctx, t.names, []int{year - 1, year}); err != nil {
		return nil, err
	}
	if forPublic {
		f.Minimum = rates.PublicationMinimum
	}
	if err := partnership.Tell(ctx, "计算并编出各张表", 900); err != nil {
		return nil, err
	}
	return rates.Tables(f), nil
}

// reportYears is how many years a report sets side by side.
const reportYears = 3

// reportFacts gathers what the tables are filled from, with schools by their names.
func (x *Exchange) reportFacts(ctx context.Context, t *tally) (*rates.Facts, error) {
	f := &rates.Facts{Years: reportYears}
	named := func(s rates.Scope) rates.Scope {
		s.School = t.names[s.School]
		return s
	}
	for _, g := range t.groups {
		g := *g
		g.Scope = named(g.Scope)
		f.Groups = append(f.Groups, &g)
	}
	for _, n := range t.nests {
		parts := make([]rates.Scope, len(n.Parts))
		for i, p := range n.Parts {
			parts[i] = named(p)
		}
		f.Nests = append(f.Nests, rates.Nest{Total: named(n.Total), Parts: parts})
	}
	if err := x.addPublished(ctx, f, t.names); err != nil {
		return nil, err
	}
	if err := x.addPractice(ctx, f, t.names, x.today()); err != nil {
		return nil, err
	}
	return f, x.addBases(ctx, f, t.names)
}

// addPublished adds what the platform cannot compute from the schools' own figures.
func (x *Exchange) addPublished(ctx context.Context, f *rates.Facts, schools map[string]string) error {
	p, err := x.publishedFacts(ctx)
	if err != nil {
		return err
	}
	p.keep(schools)
	f.Pathways, f.Progress, f.Training, f.Pay = p.pathways, p.progress, p.training, p.pay
	for _, e := range p.enrolment {
		f.Enrolment = append(f.Enrolment, e.Enrolment)
	}
	for _, v := range p.items {
		f.Reported = append(f.Reported, v.Reported)
	}
	for _, s := range p.surveys {
		if s.Answers > 0 && s.counted {
			f.Surveys = append(f.Surveys, s.Survey)
		}
	}
	return nil
}

func (x *Exchange) addBases(ctx context.Context, f *rates.Facts, names map[string]string) error {
	for b, err := range x.bases.Find(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}}) {
		if err != nil {
			return fmt.Errorf("bases: %w", err)
		}
		if _, ok := names[b.School]; b.School != "" && !ok {
			continue
		}
		f.Bases = append(f.Bases, rates.Base{School: names[b.School], Name: b.Name, Level: b.Level, Majors: b.Trades,
			EquipmentYuan: b.EquipmentCents / 100, Workstations: int64(b.Workstations)})
	}
	return nil
}

// WriteReport writes report tables as a workbook, one sheet a table, the missing cells
// of all tables on the last.
func WriteReport(w io.Writer, title string, tables []rates.Table) error {
	out := make([]sheets.SheetTable, 0, len(tables)+1)
	missing := sheets.SheetTable{Sheet: "待补", Title: title + missingTitle, Columns: []sheets.TableColumn{{Header: "表"}, {Header: "行"}, {Header: "列"}, {Header: "谁来补"}, {Header: "应于何时前"}}}
	for i, t := range tables {
		s := sheets.SheetTable{Sheet: fmt.Sprintf("%02d %s", i+1, t.Title), Title: t.Title, Notes: t.Notes}
		for _, c := range t.Columns {
			header := c.Header
			if c.Unit != "" {
				header += "（" + c.Unit + "）"
			}
			s.Columns = append(s.Columns, sheets.TableColumn{Group: c.Group, Header: header})
		}
		for _, r := range t.Rows {
			row := make([]any, len(r))
			for j, cell := range r {
				row[j] = cell
				if j < len(t.Columns) && t.Columns[j].Numeric {
					row[j] = sheets.Decimal(cell)
				}
			}
			s.Rows = append(s.Rows, row)
		}
		out = append(out, s)
		for _, m := range t.Missing {
			missing.Rows = append(missing.Rows, []any{t.Title, m.Row, m.Column, m.WhoCanSupply, m.Due})
		}
	}
	return sheets.WriteTables(w, append(out, missing))
}
