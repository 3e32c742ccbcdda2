package exchange

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// cooperationKeys maps the headings of table 29 to the keys of the report tables.
var cooperationKeys = map[string]string{"牵头职教集团": "group_led", "参与职教集团": "group_joined", "组建产业学院": "industry_college",
	"校企合作企业数": "partner_companies", "校外实训基地数": "external_bases", "企业提供的实践教学设备总值": "company_equipment_10k_yuan", "顶岗实习岗位数": "internship_slots",
	"合作企业教师实践基地数": "teacher_practice_bases", "合作开发课程": "courses_co_developed", "合作开发教材": "textbooks_co_developed",
	"学校培训企业员工": "company_staff_trained", "订单班人数": "order_class_students", "生均企业实习经费补贴": "internship_subsidy_yuan", "生均财政专项补贴": "special_subsidy_yuan"}

// Report fills the tables of the annual quality report of a school (or, for "", of the
// district) as far as the data reach; each missing cell says who can supply it.
// forPublic hides groups of fewer than 20 people.
func (x *Exchange) Report(ctx context.Context, actor partnership.Actor, school string, year int, forPublic bool) ([]rates.Table, error) {
	if school == "" && !actor.SeesAll() || school != "" && !actor.SeesAll() && !actor.SpeaksFor(school) {
		return nil, partnership.Refuse(partnership.ErrNotFound, "没有这所学校的报表，或者您无权查看")
	}
	t, err := x.tallyOutcomes(ctx)
	if err != nil {
		return nil, err
	}
	names, err := x.schoolNames(ctx)
	if err != nil {
		return nil, err
	}
	f := rates.Facts{School: names[school], Year: year, CutOff: cutOff(year, x.today())}
	if forPublic {
		f.Minimum = rates.PublicationMinimum
	}
	scopes := make([]rates.Scope, 0, len(t.buckets))
	for s := range t.buckets {
		scopes = append(scopes, s)
	}
	slices.SortFunc(scopes, rates.Scope.Compare)
	for _, s := range scopes {
		g := t.buckets[s].group
		g.Scope.School = names[s.School]
		f.Groups = append(f.Groups, &g)
	}
	if err := x.addPublished(ctx, &f, names); err != nil {
		return nil, err
	}
	if err := x.addBases(ctx, &f, names); err != nil {
		return nil, err
	}
	return rates.Tables(&f), nil
}

// addPublished reads what the platform cannot compute from the schools' own figures.
func (x *Exchange) addPublished(ctx context.Context, f *rates.Facts, names map[string]string) error {
	paths := map[string]*rates.Pathway{}
	surveys := map[string]*rates.Survey{}
	satisfied := map[string]float64{}
	var pathOrder, surveyOrder []string
	for p, err := range x.published.Find(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}}) {
		if err != nil {
			return fmt.Errorf("published figures: %w", err)
		}
		school := names[p.School]
		switch p.Table {
		case "enrolment":
			if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
				f.Enrolment = append(f.Enrolment, rates.Enrolment{School: school, Category: p.Note, Major: p.Group, Year: p.Year, Students: n})
			}
		case "path":
			key := p.School + p.Group
			if paths[key] == nil {
				paths[key] = &rates.Pathway{School: school, Major: p.Group}
				pathOrder = append(pathOrder, key)
			}
			switch p.Item {
			case "高校专业":
				paths[key].CollegeMajor = p.Value
			case "高校":
				paths[key].College = p.Value
			case "说明":
				paths[key].Note = p.Value
			}
		case "satisfaction":
			key := fmt.Sprint(p.School, p.Group, p.Year)
			if surveys[key] == nil {
				surveys[key] = &rates.Survey{School: school, Indicator: p.Group, Year: p.Year}
				surveyOrder = append(surveyOrder, key)
			}
			switch p.Item {
			case "满意度":
				if v, err := strconv.ParseFloat(p.Value, 64); err == nil {
					satisfied[key] = v
				}
			case "调查人次":
				if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
					surveys[key].Answers = n
				}
			case "调查方式":
				surveys[key].Method = p.Value
			}
		case "cooperation":
			if key := cooperationKeys[p.Item]; key != "" {
				f.Reported = append(f.Reported, rates.Reported{School: school, Key: key, Value: p.Value, Year: p.Year})
			}
		}
	}
	for _, k := range pathOrder {
		f.Pathways = append(f.Pathways, *paths[k])
	}
	for _, k := range surveyOrder {
		s := surveys[k]
		// A printed share is carried over only if a whole number of people gives it.
		n := int64(satisfied[k]*float64(s.Answers)/100 + 0.5)
		if s.Answers > 0 && strings.TrimSuffix(strings.TrimRight(rates.Percent(n, s.Answers), "0"), ".") == strconv.FormatFloat(satisfied[k], 'f', -1, 64) {
			s.Satisfied = n
			f.Surveys = append(f.Surveys, *s)
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
