package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// defaultRegion is the district a row without a place belongs to.
const defaultRegion = "500153"

// The columns of a row that are filled in go over into a record; empty ones leave it as it is.
func setText(to *string, r sheets.Row, field string) {
	if r.Has(field) {
		*to = r.Text(field)
	}
}

func setTexts(to *[]string, r sheets.Row, field string) {
	if r.Has(field) {
		*to = r.Texts(field)
	}
}

func setCount(to *int, r sheets.Row, field string) {
	if r.Has(field) {
		*to = r.Count(field)
	}
}

func setFen(to *int64, r sheets.Row, field string) {
	if r.Has(field) {
		*to = r.Fen(field)
	}
}

func setBool(to *bool, r sheets.Row, field string) {
	if r.Has(field) {
		*to = r.Bool(field)
	}
}

// sheetField is the column of a table that a record's field comes from.
func sheetField(field string) string {
	switch field {
	case "from":
		return "start"
	case "to":
		return "end"
	case "pay_fen":
		return "pay"
	case "hours_per_day":
		return "daily_hours"
	case "days_per_week":
		return "weekly_hours"
	case "staff":
		return "staff_on_post"
	}
	return field
}

// tellInvalid turns the fields of a refused record into problems of the row's cells.
func tellInvalid(err error, bad func(field, what, allowed string)) error {
	var invalid partnership.Invalid
	if err == nil || !errors.As(err, &invalid) {
		return err
	}
	for field, sentences := range invalid {
		bad(sheetField(field), sentences[0], "按提示改正")
	}
	return nil
}

// byField reads the records whose field is one of values, for lookups of a whole run.
func byField[T any](ctx context.Context, c *store.Coll[T], field string, values []string, each func(*T)) error {
	slices.Sort(values)
	if values = slices.Compact(values); len(values) == 0 {
		return nil
	}
	for doc, err := range c.Find(ctx, store.Query{Where: store.Field(field).In(values)}) {
		if err != nil {
			return fmt.Errorf("records by %s: %w", field, err)
		}
		each(&doc)
	}
	return nil
}

// findByPart finds the records of keys whose parts, parted by a zero byte, are values of
// fields: those with one of the values of this part.
func findByPart[T any](c *store.Coll[T], part int, field string, key func(*T) string) func(context.Context, []string) (map[string]T, error) {
	return func(ctx context.Context, keys []string) (map[string]T, error) {
		values := make([]string, len(keys))
		for i, k := range keys {
			values[i] = strings.Split(k, "\x00")[part]
		}
		out := map[string]T{}
		return out, byField(ctx, c, field, values, func(r *T) { out[key(r)] = *r })
	}
}

// cohortTable takes in cohorts (班级批次).
func (x *Exchange) cohortTable(names *importNames, given string) *recordTable[partnership.Cohort] {
	key := func(school, name string) string { return school + "\x00" + name }
	return &recordTable[partnership.Cohort]{
		x: x, coll: x.cohorts, rec: (*partnership.Cohort).Rec, seen: map[string]bool{},
		key: func(_ context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
			school, ok := names.school(given, r, bad)
			if !ok {
				return "", nil
			}
			return key(school, r.Text("name")), nil
		},
		find: findByPart(x.cohorts, 1, "name", func(c *partnership.Cohort) string { return key(c.School, c.Name) }),
		fill: func(ctx context.Context, c *partnership.Cohort, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
			if !there {
				c.School, _ = names.school(given, r, bad)
				c.State = partnership.CohortOpen
			}
			if r.Has("major") && r.Text("major") != c.Major {
				c.Major, c.MajorName = r.Text("major"), ""
			}
			setText(&c.Name, r, "name")
			setCount(&c.EntryYear, r, "entry_year")
			if col, _ := sheets.Cohorts().Column("programme"); r.Text("programme") != col.Meaning(c.Programme) {
				setText(&c.Programme, r, "programme")
			}
			setCount(&c.Size, r, "size")
			if n := r.Count("needs"); n > 0 {
				c.Size = n
			}
			setText(&c.From, r, "start")
			setText(&c.To, r, "end")
			c.Unsettled = true
			return tellInvalid(x.checkCohort(ctx, c), bad)
		},
		own: func(c partnership.Cohort) partnership.Cohort {
			c.Steps, c.Unsettled = nil, false
			return c
		},
		words: map[string]string{"major": "专业", "entry_year": "入学年份", "programme": "学制", "size": "人数", "from": "开始日期", "to": "结束日期"},
		name:  func(c *partnership.Cohort) string { return c.Name },
		used:  x.cohortUsed,
		finish: func(ctx context.Context, ids []string) error {
			return finishRecords(ctx, x, x.cohorts, "cohort", ids, x.settleCohorts)
		},
	}
}

// cohortUsed says what hangs on a cohort.
func (x *Exchange) cohortUsed(ctx context.Context, c *partnership.Cohort) (string, error) {
	n, err := x.students.Count(ctx, store.Field("entry.cohort").Eq(c.ID))
	if err != nil {
		return "", err
	}
	if n > 0 {
		return fmt.Sprintf("已有 %d 名学生的名册", n), nil
	}
	n, err = x.allocations.Count(ctx, store.And(store.Field("cohort").Eq(c.ID), store.Field("state").Ne(offerPreview)))
	if err != nil || n == 0 {
		return "", err
	}
	return "已有匹配轮次的安排", nil
}

// finishRecords settles the records of these ids that are there, and takes those that are
// not out of the index with their matches.
func finishRecords[T any](ctx context.Context, x *Exchange, c *store.Coll[T], side string, ids []string, settle func(context.Context, []T) error) error {
	for run := range slices.Chunk(ids, runLength) {
		gone := map[string]bool{}
		for _, id := range run {
			gone[id] = true
		}
		docs, err := c.All(ctx, store.Query{Where: store.Field("_id").In(run)})
		if err != nil {
			return err
		}
		if err := settle(ctx, docs); err != nil {
			return err
		}
		for i := range docs {
			delete(gone, recordOf(&docs[i]).ID)
		}
		if err := x.forget(ctx, side, gone); err != nil {
			return err
		}
	}
	return nil
}

// recordOf is the record inside any document.
func recordOf[T any](doc *T) *partnership.Record {
	return any(doc).(interface{ Rec() *partnership.Record }).Rec() //nolint:forcetypeassert // every document embeds Record
}

// forget takes documents out of the index and removes their matches; side is the field of
// a match that names them, empty for kinds without any.
func (x *Exchange) forget(ctx context.Context, side string, ids map[string]bool) error {
	if len(ids) == 0 {
		return nil
	}
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	if side != "" {
		if _, err := x.putMatches(ctx, store.Field(side).In(list), nil); err != nil {
			return err
		}
	}
	if err := x.index.Delete(ctx, list...); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// graduateTable keeps published counts as ledger rows, at the grain of the file, and adds
// the sums that a coarser grain needs and the file does not have.
type graduateTable struct {
	*recordTable[partnership.Outcome]
	rows []partnership.Outcome
}

// ledgerKey tells a ledger row by what it counts.
func ledgerKey(o *partnership.Outcome) string {
	return fmt.Sprintf("ledger:%s:%d:%s:%s", o.School, o.Year, o.Category, o.MajorName)
}

func (x *Exchange) graduateTable(names *importNames, given string) *graduateTable {
	read := func(r sheets.Row, bad func(field, what, allowed string)) (o partnership.Outcome) {
		school, ok := names.school(given, r, bad)
		if !ok {
			return o
		}
		o.School = school
		o.Year, o.Category, o.Major = r.Count("year"), r.Text("category"), r.Text("major")
		if slices.Contains([]string{"合计", "总计", "全校"}, o.Category) {
			o.Category = ""
		}
		if m, ok := x.cat().Major(o.Major); ok {
			o.MajorName = m.Name
		}
		return o
	}
	students := map[string]int64{} // students with an outcome of their own, by school and year
	t := &recordTable[partnership.Outcome]{
		x: x, coll: x.outcomes, rec: (*partnership.Outcome).Rec, seen: map[string]bool{},
		restore: func(o *partnership.Outcome, old partnership.Outcome) { o.Amend(old, x.stamp()) },
		key: func(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
			o := read(r, bad)
			if o.School == "" {
				return "", nil
			}
			at := fmt.Sprintf("%s %d", o.School, o.Year)
			if _, asked := students[at]; !asked {
				var err error
				students[at], err = x.outcomes.Count(ctx, store.And(store.Field("school").Eq(o.School), store.Field("year").Eq(o.Year), store.Field("student").Exists()))
				if err != nil {
					return "", err
				}
			}
			if n := students[at]; n > 0 {
				bad("year", fmt.Sprintf("该校 %d 年已有 %d 条学生级去向，不能再用合计数覆盖", o.Year, n), "没有学生级数据的年份")
				return "", nil
			}
			return ledgerKey(&o), nil
		},
		find: func(ctx context.Context, keys []string) (map[string]partnership.Outcome, error) {
			out := map[string]partnership.Outcome{}
			var schools []string
			for _, k := range keys {
				schools = append(schools, strings.Split(k, ":")[1])
			}
			return out, byField(ctx, x.outcomes, "school", schools, func(o *partnership.Outcome) {
				if o.Ledger != nil {
					out[ledgerKey(o)] = *o
				}
			})
		},
		fill: func(_ context.Context, o *partnership.Outcome, r sheets.Row, _ bool, bad func(field, what, allowed string)) error {
			now := read(r, bad)
			measure := func(field string) *int64 {
				if !r.Has(field) {
					return nil
				}
				v := int64(r.Count(field))
				return &v
			}
			now.Ledger = &partnership.Ledger{Graduates: measure("graduates"), Progressed: measure("progressed"), Direct: measure("employed"), Aligned: measure("aligned")}
			now.Record = o.Record
			*o = now
			return nil
		},
		own:   func(o partnership.Outcome) partnership.Outcome { return o },
		words: map[string]string{"ledger": "人数"},
		name: func(o *partnership.Outcome) string {
			return fmt.Sprintf("%d 年 %s%s", o.Year, o.Category, o.MajorName)
		},
		finish: func(context.Context, []string) error { return nil },
	}
	return &graduateTable{recordTable: t}
}

// amendLedger writes a ledger row over what is recorded, which is kept.
func amendLedger(o *partnership.Outcome, now partnership.Outcome, at partnership.Stamp) {
	if o.ID == "" {
		*o = now
		return
	}
	now.Corrections = o.Corrections
	o.Amend(now, at)
}

func (t *graduateTable) take(ctx context.Context, rows []sheets.Row, bad badCell) ([]change, error) {
	out, err := t.recordTable.take(ctx, rows, bad)
	for i := range out {
		t.rows = append(t.rows, out[i].doc.(entry[partnership.Outcome]).doc) //nolint:forcetypeassert // our own
	}
	return out, err
}

// rest adds the sums.
func (t *graduateTable) rest(ctx context.Context, each func([]change) error) error {
	sums := withSums(t.rows)[len(t.rows):]
	keys := make([]string, len(sums))
	for i := range sums {
		keys[i] = ledgerKey(&sums[i])
	}
	known, err := t.find(ctx, slices.Clone(keys))
	if err != nil {
		return err
	}
	out := make([]change, len(sums))
	for i := range sums {
		old, there := known[keys[i]]
		sums[i].Record = old.Record
		out[i] = t.compare(keys[i], &old, &sums[i], there)
		e := out[i].doc.(entry[partnership.Outcome]) //nolint:forcetypeassert // our own
		e.apply = func(_ context.Context, o *partnership.Outcome, _ func(field, what, allowed string)) error {
			amendLedger(o, sums[i], t.x.stamp())
			return nil
		}
		out[i].doc = e
	}
	return each(out)
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
