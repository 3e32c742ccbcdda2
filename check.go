package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/sheets"
)

type checkCmd struct {
	Post checkPostCmd `cmd:"" help:"按实习规则检查岗位：JSON，或导入岗位用的 CSV、Excel。有禁止项时退出码为 1。"`
}

type checkPostCmd struct {
	File   string   `arg:"" help:"岗位文件：.json 写一个岗位或一组岗位，.csv、.xlsx 与导入岗位的列相同。" placeholder:"文件"`
	Rules  []string `help:"地方规则文件（JSON），可写多个；写法见 docs/regulation.md。" placeholder:"文件"`
	Day    string   `help:"按哪一天有效的规则检查，如 2026-03-01；不写为今天。" placeholder:"日期"`
	Format string   `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

// Run prints a row for each finding. It is refused if a forbidden finding stands in
// any post, or if the file has rows that cannot be read.
func (c *checkPostCmd) Run(app *App) error {
	set, err := rulesOf(c.Rules)
	if err != nil {
		return err
	}
	day := c.Day
	if day == "" {
		day = partnership.Day(app.Now())
	} else if !slices.Contains(regulation.Days(day, day, 1), day) {
		return usagef("日期 %q 要写成 2026-03-01 这样", day)
	}
	posts, unread, err := readPosts(c.File)
	if err != nil {
		return err
	}
	for _, p := range unread {
		fmt.Fprintln(app.Err, p)
	}
	type checked struct {
		Post     string               `json:"post"`
		Findings []regulation.Finding `json:"findings"`
	}
	all := make([]checked, 0, len(posts))
	cols := []string{"post", "rule", "severity", "citation", "field", "value", "limit", "sentence", "fix"}
	rows, forbidden := [][]string{}, 0
	for _, p := range posts {
		found := regulation.CheckPost(p, set, day)
		all = append(all, checked{p.Title, found})
		for _, f := range found {
			severity := f.Severity.Words()
			if c.Format == "csv" {
				severity = string(f.Severity)
			}
			if f.LiftedBy != "" {
				severity += "（已由 " + f.LiftedBy + "）"
			} else if f.Severity == regulation.Forbidden {
				forbidden++
			}
			rows = append(rows, []string{p.Title, f.Rule, severity, f.Citation, f.Field, f.Value, f.Limit, f.Sentence, f.Fix})
		}
	}
	if c.Format == "" || c.Format == "table" { // people read the sentence, which has value and limit in it
		cols = []string{"岗位", "规则", "级别", "问题", "怎么改", "依据"}
		for i, r := range rows {
			rows[i] = []string{r[0], r[1], r[2], r[7], r[8], r[3]}
		}
	}
	if err := app.Table(c.Format, cols, rows, all); err != nil {
		return err
	}
	switch {
	case len(unread) > 0:
		return partnership.Refuse(partnership.ErrConflict, "有 %d 处内容读不了，见上；改好后再查", len(unread))
	case forbidden > 0:
		return partnership.Refuse(partnership.ErrConflict, "查了 %d 个岗位，有 %d 项禁止，改好前不能发布", len(posts), forbidden)
	}
	return nil
}

// rulesOf is the national rules with those of the files added in order.
func rulesOf(files []string) (regulation.Set, error) {
	set, err := regulation.National()
	for _, name := range files {
		if err != nil {
			break
		}
		set, err = withRules(set, name)
	}
	return set, err
}

func withRules(set regulation.Set, name string) (_ regulation.Set, err error) {
	f, err := openNamed(name)
	if err != nil {
		return set, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	more, err := set.With(f)
	if err != nil {
		return set, fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return more, nil
}

// openNamed opens a file that the person named on the command line.
func openNamed(name string) (*os.File, error) {
	f, err := os.Open(filepath.Clean(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, partnership.Refuse(partnership.ErrNotFound, "没有文件 %s", name)
	}
	return f, err
}

// readPosts reads posts from JSON or from a table. Rows that cannot be read come back
// as problems; the others are still checked.
func readPosts(name string) (posts []regulation.PostFacts, unread []sheets.Problem, err error) {
	f, err := openNamed(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	base := filepath.Base(name)
	if strings.EqualFold(filepath.Ext(name), ".json") {
		posts, err = postsFromJSON(f, base)
		return posts, nil, err
	}
	im, err := sheets.NewImport(f, base, sheets.Posts(), sheets.Options{})
	var heading *sheets.HeadingError
	if errors.As(err, &heading) {
		return nil, heading.Problems, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, im.Close()) }()
	for line := range im.Lines() {
		if len(line.Problems) > 0 {
			unread = append(unread, line.Problems...)
			continue
		}
		posts = append(posts, postFactsOf(line.Row))
	}
	return posts, unread, im.Err()
}

// postsFromJSON takes one object or a list of them; an unknown field is refused, since
// a misspelt answer would count as not given.
func postsFromJSON(r io.Reader, name string) ([]regulation.PostFacts, error) {
	data, err := io.ReadAll(io.LimitReader(r, sheets.MaxFile))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	text := strings.TrimSpace(string(data))
	if strings.HasPrefix(text, "{") {
		text = "[" + text + "]"
	}
	var posts []regulation.PostFacts
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&posts); err != nil {
		return nil, partnership.Invalid{"file": {fmt.Sprintf("%s 读不了：%v；要写一个岗位对象或一组岗位", name, err)}}
	}
	return posts, nil
}

// postFactsOf turns an imported row into facts. What the row leaves out stays unknown.
func postFactsOf(r sheets.Row) regulation.PostFacts {
	p := regulation.PostFacts{ID: strconv.Itoa(r.Line), Title: r.Text("title"), Kind: r.Text("kind"), Duties: r.Text("duties"), Start: r.Text("start"), End: r.Text("end"),
		Region: r.Text("region"), Site: r.Text("site"), Majors: r.Texts("majors"), Slots: r.Count("slots"), Shifts: r.Texts("shifts"), Tasks: r.Texts("tasks"),
		Company: regulation.CompanyFacts{Name: r.Text("company")}, PayUnit: r.Text("pay_unit"), PayForm: r.Text("pay_form"), Payee: r.Text("payee"), Fees: r.Texts("fees"),
		DailyHours: known(r, "daily_hours", r.Number), WeeklyHours: known(r, "weekly_hours", r.Number), OvertimeHours: known(r, "overtime_hours", r.Number),
		RestDayWork: known(r, "rest_day_work", r.Bool), HolidayWork: known(r, "holiday_work", r.Bool), LiftKg: known(r, "lift_kg", r.Number),
		LiftsPerHour: known(r, "lifts_per_hour", r.Number), MotionsPerMinute: known(r, "motions_per_minute", r.Number), SamePostStaff: known(r, "same_post_staff", r.Count),
		PayFen: known(r, "pay", r.Fen), SamePostFen: known(r, "same_post_wage", r.Fen), LowestFen: known(r, "lowest_wage", r.Fen),
		Independent: known(r, "independent", r.Bool), PayCycleDays: known(r, "pay_cycle_days", r.Count)}
	if g := slices.Index([]string{"", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}, r.Text("labour_grade")); g > 0 {
		p.LabourGrade = &g
	}
	if r.Has("hazards") {
		p.Hazards = []regulation.Hazard{}
		for _, h := range r.Texts("hazards") {
			if h != "无" {
				p.Hazards = append(p.Hazards, regulation.ParseHazard(h))
			}
		}
	}
	return p
}

// known is a pointer to a field's value, nil if the row leaves it out.
func known[T any](r sheets.Row, field string, get func(string) T) *T {
	if !r.Has(field) {
		return nil
	}
	v := get(field)
	return &v
}
