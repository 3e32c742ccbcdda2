package exchange

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// Report fills the tables of the annual quality report of a school (or, for "", of the
// district) as far as the data reach; each missing cell says who can supply it.
// forPublic hides groups of fewer than 20 people.
func (x *Exchange) Report(ctx context.Context, actor partnership.Actor, school string, year int, forPublic bool) ([]rates.Table, error) {
	if school == "" && !actor.SeesAll() || school != "" && !actor.SeesAll() && !actor.SpeaksFor(school) {
		return nil, partnership.Refuse(partnership.ErrNotFound, "没有这所学校的报表，或者您无权查看")
	}
	t, err := x.tally(ctx, 0)
	if err != nil {
		return nil, err
	}
	names := t.names
	f := rates.Facts{School: names[school], Year: year, CutOff: cutOff(year, x.today())}
	if forPublic {
		f.Minimum = rates.PublicationMinimum
	}
	for _, g := range t.groups {
		named := *g
		named.Scope.School = names[g.Scope.School]
		f.Groups = append(f.Groups, &named)
	}
	if err := x.addPublished(ctx, &f); err != nil {
		return nil, err
	}
	if err := x.addBases(ctx, &f, names); err != nil {
		return nil, err
	}
	return rates.Tables(&f), nil
}

// addPublished adds what the platform cannot compute from the schools' own figures.
func (x *Exchange) addPublished(ctx context.Context, f *rates.Facts) error {
	p, err := x.publishedFacts(ctx)
	if err != nil {
		return err
	}
	f.Pathways, f.Progress, f.Training = p.pathways, p.progress, p.training
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
		f.Bases = append(f.Bases, rates.Base{School: names[b.School], Name: b.Name, Level: b.Level, Majors: b.Trades,
			EquipmentYuan: b.EquipmentCents / 100, Workstations: int64(b.Workstations)})
	}
	return nil
}

// WriteReport writes report tables as a workbook, one sheet a table, the missing cells
// of all tables on the last.
func WriteReport(w io.Writer, title string, tables []rates.Table) error {
	out := make([]sheets.SheetTable, 0, len(tables)+1)
	missing := sheets.SheetTable{Sheet: "待补", Title: title + "：待补的格子", Columns: []sheets.TableColumn{{Header: "表"}, {Header: "行"}, {Header: "列"}, {Header: "谁来补"}}}
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
				if n, err := strconv.ParseFloat(cell, 64); err == nil && j < len(t.Columns) && t.Columns[j].Numeric {
					row[j] = n
				}
			}
			s.Rows = append(s.Rows, row)
		}
		out = append(out, s)
		for _, m := range t.Missing {
			missing.Rows = append(missing.Rows, []any{t.Title, m.Row, m.Column, m.WhoCanSupply})
		}
	}
	return sheets.WriteTables(w, append(out, missing))
}
