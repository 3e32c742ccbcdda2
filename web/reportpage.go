package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"

	"sunmao/jobs"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
)

// reportAsk is whose report of which year is asked for.
type reportAsk struct {
	School, Name string
	Year         int
	Public       bool
	Filters      []field
}

// query is the address of the same report.
func (a *reportAsk) query() string {
	q := url.Values{"year": {plain(a.Year)}}
	if a.School != "" {
		q.Set("school", a.School)
	}
	if a.Public {
		q.Set("public", "1")
	}
	return q.Encode()
}

// readReport reads the address. A school's own report is the only one it has.
func (s *Site) readReport(v *visit) (reportAsk, error) {
	a := reportAsk{School: v.Query("school"), Name: "全区", Public: v.Query("public") != ""}
	if !v.actor.SeesAll() && a.School == "" {
		a.School = v.actor.Party
	}
	d, err := s.exchange.Dashboard(v.ctx(), v.actor, exchange.DashboardQuery{})
	if err != nil {
		return a, err
	}
	if a.Year, err = strconv.Atoi(v.Query("year")); err != nil || a.Year < 2000 || a.Year > 2100 {
		if a.Year = d.Year; a.Year == 0 {
			a.Year = s.now().In(partnership.Beijing).Year()
		}
	}
	years := []option{}
	for i := len(d.Years) - 1; i >= 0; i-- {
		years = append(years, option{Value: plain(d.Years[i]), Label: plain(d.Years[i]) + " 年度"})
	}
	whose := []option{}
	if v.actor.SeesAll() {
		whose = append(whose, option{Label: "全区"})
	}
	for _, sc := range d.Schools {
		whose = append(whose, option{Value: sc.ID, Label: sc.Name})
		if sc.ID == a.School {
			a.Name = sc.Name
		}
	}
	hide := []option{{Label: "内部使用：全部数字"}, {Value: "1", Label: "用于公开：隐去不足 20 人的组"}}
	a.Filters = []field{{Name: "year", Label: "年度", Options: choose(years, plain(a.Year))}, {Name: "school", Label: "谁的报告", Options: choose(whose, a.School)},
		{Name: "public", Label: "用途", Options: choose(hide, yesNo(a.Public, "1", ""))}}
	return a, nil
}

type reportPage struct {
	page
	Path     string
	Filters  []field
	Tables   []reportTable
	Missing  []missingRow
	Excel    string
	Check    string
	Report   string
	Checked  string
	Findings []faultRow
	Counts   []countRow
	Work     string
	At       string // when it was made or checked
	Again    string
	Formats  []option
	More     string
}

type reportTable struct {
	ID, Title string
	Groups    []spanned // nil: no row of groups
	Heads     []reportHead
	Rows      [][]string
	Notes     []string
	Missing   int
}

type spanned struct {
	Text string
	Span int
}

type reportHead struct {
	Text    string
	Numeric bool
}

type missingRow struct{ Table, URL, Row, Column, Who, Due string }

func tableOf(t *rates.Table) reportTable {
	out := reportTable{ID: "t-" + t.Key, Title: t.Title, Rows: t.Rows, Notes: t.Notes, Missing: len(t.Missing)}
	grouped := false
	for _, c := range t.Columns {
		head := reportHead{c.Header, c.Numeric}
		if c.Unit != "" {
			head.Text += "（" + c.Unit + "）"
		}
		out.Heads = append(out.Heads, head)
		if n := len(out.Groups); n > 0 && out.Groups[n-1].Text == c.Group {
			out.Groups[n-1].Span++
		} else {
			out.Groups = append(out.Groups, spanned{c.Group, 1})
		}
		grouped = grouped || c.Group != ""
	}
	if !grouped {
		out.Groups = nil
	}
	return out
}

// report shows all tables of an annual report on one page, to be read and printed.
func (s *Site) report(v *visit) error {
	a, err := s.readReport(v)
	if err != nil {
		return err
	}
	title := a.Name + " " + plain(a.Year) + " 年度质量报告数据表"
	var tables []rates.Table
	at, err := s.found(v, &tables, reportPath)
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		if at == "" { // else the workbook is what the page shows
			if tables, err = s.exchange.Report(v.ctx(), v.actor, a.School, a.Year, a.Public); err != nil {
				return err
			}
		}
		var b bytes.Buffer
		if err := exchange.WriteReport(&b, title, tables); err != nil {
			return err
		}
		download(v, sheets.XLSX, "report", title)
		v.Data(http.StatusOK, sheets.XLSX.ContentType(), b.Bytes())
		return nil
	}
	again := reportPath + "?" + a.query()
	if at == "" {
		actor := v.actor
		return s.work(v, "编"+title, func(ctx context.Context) (jobs.Outcome, error) {
			tables, err := s.exchange.Report(ctx, actor, a.School, a.Year, a.Public)
			return jobs.Outcome{Words: "编出 " + number(len(tables)) + " 张表", URL: again, Found: tables}, err
		})
	}
	p := &reportPage{page: page{Title: title, Broad: true, Crumbs: []link{{URL: "/dashboard", Label: "数据看板"}, {Label: "报告数据表"}}}, Path: reportPath, Filters: a.Filters,
		Excel: reportPath + "?format=xlsx&" + a.query() + "&work=" + url.QueryEscape(v.Query("work")), Check: reportCheckPath + "?" + a.query(), At: at, Again: again}
	for i := range tables {
		t := tableOf(&tables[i])
		p.Tables = append(p.Tables, t)
		for _, m := range tables[i].Missing {
			p.Missing = append(p.Missing, missingRow{t.Title, "#" + t.ID, m.Row, m.Column, m.WhoCanSupply, day(m.Due)})
		}
	}
	return s.render(v, http.StatusOK, "report", p)
}

const (
	reportPath      = "/report"
	reportCheckPath = "/report/check"
)

// checkReport lists the numbers of a report that do not add up, before it is published.
func (s *Site) checkReport(v *visit) error {
	a, err := s.readReport(v)
	if err != nil {
		return err
	}
	again := reportCheckPath + "?" + a.query()
	var checked auditFound
	at, err := s.found(v, &checked, reportCheckPath)
	if err != nil {
		return err
	}
	if at == "" {
		actor := v.actor
		return s.work(v, "核对"+a.Name+" "+plain(a.Year)+" 年度报告", func(ctx context.Context) (jobs.Outcome, error) {
			tables, err := s.exchange.Report(partnership.Within(ctx, 0, 700), actor, a.School, a.Year, a.Public)
			if err != nil {
				return jobs.Outcome{}, err
			}
			found, err := exchange.CheckReport(partnership.Within(ctx, 700, 1000), tables)
			return auditOutcome(again, auditFound{Tables: len(tables), Findings: found}), err
		})
	}
	r := auditResult(checked.Findings)
	p := &reportPage{page: page{Broad: true, Title: a.Name + " " + plain(a.Year) + " 年度对不上的数", Crumbs: []link{{URL: "/dashboard", Label: "数据看板"}, {URL: "/report?" + a.query(), Label: "报告数据表"}, {Label: "对不上的数"}}},
		Path: reportCheckPath, Filters: a.Filters, Report: "/report?" + a.query(), Checked: number(checked.Tables), Findings: r.Findings, Counts: r.Counts, Work: v.Query("work"), At: at, Again: again, Formats: exportFormats(), More: r.More}
	return s.render(v, http.StatusOK, "reportcheck", p)
}

type snapshotsPage struct {
	page
	Days     []snapshotDayRow
	From, To []option
	Compared bool
	Changes  []string
	Check    *exchange.Recheck
	Checked  string // when
	CheckDay string
	AsOf     string
	Figures  string
}

type snapshotDayRow struct {
	Day, Label, AsOf, Scopes string
	Changed                  []string
}

const (
	snapshotsPath     = "/snapshots"
	snapshotDaysShown = 60
)

// snapshots lists the days that have snapshots and says what changed between two.
func (s *Site) snapshots(v *visit) error {
	check := &exchange.Recheck{}
	at, err := s.found(v, check, snapshotsPath)
	if err != nil {
		return err
	}
	if at == "" {
		check = nil
	}
	found, err := s.exchange.SnapshotDays(v.ctx(), v.actor, snapshotDaysShown)
	if err != nil {
		return err
	}
	p := &snapshotsPage{Checked: at, page: page{Title: "指标快照", Crumbs: []link{{URL: "/dashboard", Label: "数据看板"}, {Label: "指标快照"}}}, Check: check}
	var days []option
	for _, d := range found {
		days = append(days, option{Value: d.Day, Label: day(d.Day)})
		p.Days = append(p.Days, snapshotDayRow{d.Day, day(d.Day), moment(d.AsOf), number(d.Scopes), d.Changed})
	}
	from, to := v.Query("from"), v.Query("to")
	p.From, p.To = choose(days, from), choose(days, to)
	if check != nil {
		p.CheckDay, p.AsOf, p.Figures = day(check.Day), moment(check.AsOf), number(check.Figures)
	}
	if from != "" && to != "" {
		changes, err := s.exchange.CompareDays(v.ctx(), v.actor, from, to)
		if err != nil {
			return err
		}
		p.Compared = true
		for _, c := range changes {
			p.Changes = append(p.Changes, c.Words)
		}
	}
	return s.render(v, http.StatusOK, "snapshots", p)
}

// recheckSnapshots counts a day again from the data of that day and compares.
func (s *Site) recheckSnapshots(v *visit) error {
	actor, when := v.actor, v.PostForm("day")
	return s.work(v, "重算"+day(when)+"的快照", func(ctx context.Context) (jobs.Outcome, error) {
		r, err := s.exchange.RecheckRates(ctx, actor, when)
		said := "全部一致"
		if n := len(r.Differences); n > 0 {
			said = "有 " + number(n) + " 处不同"
		}
		return jobs.Outcome{Words: said, URL: snapshotsPath, Found: r}, err
	})
}

type snapshotDayDoc struct {
	Day     string   `json:"day"`
	AsOf    int64    `json:"as_of" doc:"数据取自这一刻，1970 年起的毫秒"`
	Scopes  int64    `json:"scopes" doc:"这一天的快照份数"`
	Changed []string `json:"changed" doc:"与上一份相比，全区的变化"`
}

type snapshotDays struct {
	Items []snapshotDayDoc `json:"items"`
}

func (s *Site) apiSnapshots(ctx context.Context, v *visit, _ *none) (*one[snapshotDays], error) {
	found, err := s.exchange.SnapshotDays(ctx, v.actor, snapshotDaysShown)
	if err != nil {
		return nil, err
	}
	out := snapshotDays{Items: []snapshotDayDoc{}}
	for _, d := range found {
		out.Items = append(out.Items, snapshotDayDoc{d.Day, int64(d.AsOf), d.Scopes, list(d.Changed)})
	}
	return &one[snapshotDays]{out}, nil
}

type twoDays struct {
	From string `query:"from" required:"true" maxLength:"10" doc:"较早的一天，如 2025-12-30"`
	To   string `query:"to" required:"true" maxLength:"10" doc:"较晚的一天"`
}

type changesDoc struct {
	Changes []rates.Change `json:"changes"`
}

func (s *Site) apiCompareDays(ctx context.Context, v *visit, in *twoDays) (*one[changesDoc], error) {
	changes, err := s.exchange.CompareDays(ctx, v.actor, in.From, in.To)
	if err != nil {
		return nil, err
	}
	return &one[changesDoc]{changesDoc{append([]rates.Change{}, changes...)}}, nil
}

type recheckAsk struct {
	Body struct {
		Day string `json:"day" minLength:"10" maxLength:"10" doc:"快照日期"`
	}
}

type recheckDoc struct {
	Day         string   `json:"day"`
	AsOf        int64    `json:"as_of"`
	Scopes      int      `json:"scopes"`
	Figures     int      `json:"figures"`
	Differences []string `json:"differences" doc:"空为完全一致"`
}

func (s *Site) apiRecheck(ctx context.Context, v *visit, in *recheckAsk) (*one[recheckDoc], error) {
	r, err := s.exchange.RecheckRates(ctx, v.actor, in.Body.Day)
	if err != nil {
		return nil, err
	}
	return &one[recheckDoc]{recheckDoc{r.Day, int64(r.AsOf), r.Scopes, r.Figures, list(r.Differences)}}, nil
}
