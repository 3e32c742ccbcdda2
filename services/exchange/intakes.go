package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// defaultRegion is the district a row without a place belongs to.
const defaultRegion = "500153"

// postIntake offers posts for review; the company must be registered.
type postIntake struct {
	x     *Exchange
	names *importNames
	fresh []partnership.Post
}

// company is the row's company, by its code if there is one, else by its name.
func (in *postIntake) company(r sheets.Row) *partnership.Company {
	if i := in.names.companyNamed(r.Text("credit_code")); i >= 0 && r.Has("credit_code") {
		return &in.names.companies[i]
	}
	id := in.names.find(NameCompany, r.Text("company"))
	for i := range in.names.companies {
		if in.names.companies[i].ID == id {
			return &in.names.companies[i]
		}
	}
	return nil
}

func (in *postIntake) row(ctx context.Context, r sheets.Row, problem func(field, what, allowed string)) error {
	c := in.company(r)
	if c == nil {
		problem("company", in.names.lookUp(NameCompany, r.Text("company")).Question.Ask, "先导入或登记这家企业，或改成企业库里的写法")
		return nil
	}
	p := postOf(r, c)
	if err := in.x.checkPost(ctx, &p); err != nil {
		var bad partnership.Invalid
		if !errors.As(err, &bad) {
			return err
		}
		for field, sentences := range bad {
			problem(postField(field), sentences[0], "按提示改正")
		}
		return nil
	}
	if err := p.Submit(in.names.actor, in.x.stamp()); err != nil {
		return err
	}
	p.ID = in.x.newID()
	in.fresh = append(in.fresh, p)
	return nil
}

// postField is the import's name of a post's field.
func postField(field string) string {
	return map[string]string{"from": "start", "to": "end", "pay_fen": "pay", "hours_per_day": "daily_hours", "days_per_week": "weekly_hours"}[field]
}

var postKinds = map[string]partnership.PostKind{"认识实习": partnership.KindObservation, "岗位实习": partnership.KindInternship, "就业": partnership.KindJob}

func postOf(r sheets.Row, c *partnership.Company) partnership.Post {
	p := partnership.Post{Company: c.ID, CompanyName: c.Name, State: partnership.PostDraft, Kind: partnership.KindInternship, Title: r.Text("title"),
		Duties: r.Text("duties"), Skills: r.Texts("tasks"), Majors: r.Texts("majors"), Occupation: r.Text("occupation"), Slots: r.Count("slots"),
		From: r.Text("start"), To: r.Text("end"), ClosesOn: r.Text("start"), HoursPerDay: r.Number("daily_hours"), Overtime: r.Number("overtime_hours") > 0,
		RestDayWork: r.Bool("rest_day_work") || r.Bool("holiday_work"), Hazards: r.Texts("hazards"), SamePostStaff: r.Count("same_post_staff"),
		PayFen: r.Fen("pay"), PayWageFen: r.Fen("same_post_wage"), PayForm: r.Text("pay_form"), PayCycle: r.Count("pay_cycle_days"), PayTo: r.Text("payee"),
		Lodging: r.Text("lodging") == "统一住宿", Meals: r.Has("meals"), Region: r.Text("region"), Address: r.Text("site"), Point: c.Point, Cluster: c.Cluster}
	if k, ok := postKinds[r.Text("kind")]; ok {
		p.Kind = k
	}
	if p.Duties == "" {
		p.Duties = p.Title
	}
	if p.Region == "" {
		p.Region = c.Region
	}
	if r.Has("company_tutor") {
		p.Tutors = 1
	}
	if w := r.Number("weekly_hours"); w > 0 && p.HoursPerDay > 0 {
		p.DaysPerWeek = w / p.HoursPerDay
	}
	p.LabourGrade = slices.Index([]string{"", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}, r.Text("labour_grade"))
	p.Hazards = slices.DeleteFunc(p.Hazards, func(h string) bool { return h == "无" })
	p.PayFen *= map[string]int64{"": 1, "月": 1, "周": 4, "日": 22, "小时": 174}[r.Text("pay_unit")]
	for _, fee := range r.Texts("fees") {
		if fee != "无" {
			p.Fees = fee
		}
	}
	for _, s := range r.Texts("shifts") {
		p.NightShift = p.NightShift || touchesNight(s)
	}
	return p
}

// touchesNight reports whether a shift like 20:00-08:00 touches 22:00 to 06:00.
func touchesNight(shift string) bool {
	var h1, m1, h2, m2 int
	if n, err := fmt.Sscanf(shift, "%d:%d-%d:%d", &h1, &m1, &h2, &m2); n != 4 || err != nil {
		return false
	}
	from, to := h1*60+m1, h2*60+m2
	return from < 6*60 || to > 22*60 || to <= from && to > 0 || from >= 22*60
}

func (in *postIntake) flush(ctx context.Context, report *ImportReport) error {
	if err := in.x.posts.InsertMany(ctx, in.fresh); err != nil {
		return err
	}
	report.Written = len(in.fresh)
	_, err := in.x.SettleAll(ctx)
	return err
}

// cohortIntake adds cohorts of a school; one with the same name replaces the old one.
type cohortIntake struct {
	x      *Exchange
	names  *importNames
	school string
	fresh  []partnership.Cohort
}

func (in *cohortIntake) row(ctx context.Context, r sheets.Row, problem func(field, what, allowed string)) error {
	school, ok := in.names.school(in.school, r, problem)
	if !ok {
		return nil
	}
	c := partnership.Cohort{School: school, State: partnership.CohortOpen, Name: r.Text("name"), Major: r.Text("major"), EntryYear: r.Count("entry_year"),
		Programme: r.Text("programme"), Size: r.Count("size"), From: r.Text("start"), To: r.Text("end"), Unsettled: true}
	if n := r.Count("needs"); n > 0 {
		c.Size = n
	}
	if err := in.x.checkCohort(ctx, &c); err != nil {
		for field, sentences := range invalidFields(err) {
			problem(postField(field), sentences[0], "按提示改正")
		}
		return nil
	}
	in.fresh = append(in.fresh, c)
	return nil
}

func (in *cohortIntake) flush(ctx context.Context, report *ImportReport) error {
	var insert []partnership.Cohort
	for i := range in.fresh {
		c := &in.fresh[i]
		old, err := in.x.cohorts.First(ctx, store.Query{Where: store.And(store.Field("school").Eq(c.School), store.Field("name").Eq(c.Name))})
		switch {
		case errors.Is(err, partnership.ErrNotFound):
			c.ID = in.x.newID()
			insert = append(insert, *c)
		case err != nil:
			return err
		default:
			c.Record = old.Record
			if err := in.x.cohorts.Replace(ctx, c); err != nil {
				return err
			}
		}
	}
	if err := in.x.cohorts.InsertMany(ctx, insert); err != nil {
		return err
	}
	report.Written = len(in.fresh)
	_, err := in.x.SettleAll(ctx)
	return err
}

// graduateIntake keeps published counts as ledger rows, at the grain of the file, and
// adds the sums that a coarser grain needs and the file does not have.
type graduateIntake struct {
	x      *Exchange
	names  *importNames
	school string
	rows   []partnership.Outcome
}

func (in *graduateIntake) row(ctx context.Context, r sheets.Row, problem func(field, what, allowed string)) error {
	school, ok := in.names.school(in.school, r, problem)
	if !ok {
		return nil
	}
	n, err := in.x.outcomes.Count(ctx, store.And(store.Field("school").Eq(school), store.Field("year").Eq(r.Count("year")), store.Field("student").Exists()))
	if err != nil {
		return err
	}
	if n > 0 {
		problem("year", fmt.Sprintf("该校 %d 年已有 %d 条学生级去向，不能再用合计数覆盖", r.Count("year"), n), "没有学生级数据的年份")
		return nil
	}
	measure := func(field string) *int64 {
		if !r.Has(field) {
			return nil
		}
		v := int64(r.Count(field))
		return &v
	}
	o := partnership.Outcome{School: school, Year: r.Count("year"), Category: r.Text("category"), Major: r.Text("major"),
		Ledger: &partnership.Ledger{Graduates: measure("graduates"), Progressed: measure("progressed"), Direct: measure("employed"), Aligned: measure("aligned")}}
	if slices.Contains([]string{"合计", "总计", "全校"}, o.Category) {
		o.Category = ""
	}
	if m, ok := in.x.cat().Major(o.Major); ok {
		o.MajorName = m.Name
	}
	in.rows = append(in.rows, o)
	return nil
}

func (in *graduateIntake) flush(ctx context.Context, report *ImportReport) error {
	report.Written = len(in.rows)
	for _, o := range withSums(in.rows) {
		o.ID = fmt.Sprintf("ledger:%s:%d:%s:%s", o.School, o.Year, o.Category, o.MajorName)
		if err := in.x.RecordOutcome(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// withSums adds, for every school and year, the category rows that the majors imply
// and the school's row that the categories imply, where the file has none.
func withSums(rows []partnership.Outcome) []partnership.Outcome {
	type key struct {
		school, category string
		year             int
	}
	have := map[key]bool{}
	for _, o := range rows {
		if o.MajorName == "" {
			have[key{o.School, o.Category, o.Year}] = true
		}
	}
	sums := map[key]*partnership.Ledger{}
	var order []key
	add := func(k key, l *partnership.Ledger) {
		if have[k] {
			return
		}
		if sums[k] == nil {
			sums[k] = &partnership.Ledger{Graduates: zero(), Progressed: zero(), Direct: zero(), Aligned: zero()}
			order = append(order, k)
		}
		s := sums[k]
		s.Graduates, s.Progressed = plus(s.Graduates, l.Graduates), plus(s.Progressed, l.Progressed)
		s.Direct, s.Aligned = plus(s.Direct, l.Direct), plus(s.Aligned, l.Aligned)
	}
	for _, o := range rows {
		if o.MajorName != "" && o.Category != "" {
			add(key{o.School, o.Category, o.Year}, o.Ledger)
		}
	}
	out := slices.Clone(rows)
	for _, k := range order {
		out = append(out, partnership.Outcome{School: k.school, Year: k.year, Category: k.category, Ledger: sums[k]})
	}
	fromCategories := out
	order = nil
	for _, o := range fromCategories {
		if whole := (key{o.School, "", o.Year}); o.MajorName == "" && o.Category != "" || o.MajorName != "" && o.Category == "" {
			add(whole, o.Ledger)
		}
	}
	for _, k := range order {
		out = append(out, partnership.Outcome{School: k.school, Year: k.year, Ledger: sums[k]})
	}
	return out
}

func zero() *int64 { return new(int64) }

// plus adds a measure; a sum with an unpublished part is unpublished.
func plus(a, b *int64) *int64 {
	if a == nil || b == nil {
		return nil
	}
	n := *a + *b
	return &n
}
