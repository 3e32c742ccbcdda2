package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
)

// figureRoutes open a figure down to what it was counted from, and check what was published.
func (s *Site) figureRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/rows", access{roles: schoolSide}, s.figureRows},
		{post, "/rows/export", access{roles: schoolSide}, s.exportRows},
		{get, "/report", access{roles: schoolSide}, s.report},
		{get, "/report/check", access{roles: schoolSide}, s.checkReport},
		{get, reportReturnPath, access{roles: schoolSide}, s.returnedReport},
		{post, reportReturnPath, access{roles: schoolSide, limit: uploadBody}, s.returnReport},
		{post, "/report/fill", access{roles: schoolSide}, s.fillReport},
		{get, "/snapshots", access{roles: overseers}, s.snapshots},
		{post, "/snapshots/check", access{roles: overseers}, s.recheckSnapshots},
		{get, "/audit", access{roles: schoolSide}, s.auditForm},
		{post, "/audit", access{roles: schoolSide, limit: uploadBody}, s.audit},
		{get, "/audit/download", access{roles: schoolSide}, s.saveFindings},
	}
}

// rowsURL is the address of the rows behind a figure; a hidden figure has none.
func rowsURL(f *partnership.Figure) string {
	if f == nil || f.Hidden || f.Denominator <= 0 {
		return ""
	}
	q := url.Values{"rate": {f.Rate}, "by": {f.By}, "year": {plain(f.Year)}}
	if f.School != "" {
		q.Set("school", f.School)
	}
	if f.By != exchange.ByDistrict && f.By != exchange.BySchool {
		q.Set("group", f.Group)
	}
	return "/rows?" + q.Encode()
}

func rowsQuery(values url.Values) exchange.RowsQuery {
	q := exchange.RowsQuery{Rate: values.Get("rate"), By: values.Get("by"), School: values.Get("school"), Group: values.Get("group"), Part: values.Get("part"), Day: values.Get("day")}
	q.Year, _ = strconv.Atoi(values.Get("year"))
	q.Page, _ = strconv.Atoi(values.Get("page"))
	q.Page = max(1, q.Page)
	return q
}

// rowsAsked are the parts of an address that name a figure and its rows.
var rowsAsked = []string{"rate", "by", "school", "group", "year", "part", "day"}

type rowsPage struct {
	page
	Cell       figureCell
	Whose      string
	Definition rates.Definition
	Day, AsOf  string
	Parts      []link
	Reasons    []reasonRow
	Rows       []behindRow
	Own        bool // single people of the actor's own school
	Schools    bool // some row may say its school
	Total      string
	Cut        string
	Others     string
	Kept       []pair
	Formats    []option
	People     bool // an export asks for a reason
	Reason     string
	Whole      []string
	Pages      []link
}

type reasonRow struct{ Part, Why, People string }

// behindRow is one row behind a figure.
type behindRow struct {
	Part             mark
	Who, URL, School string
	Facts, Rests     []string // what is registered; what its alignment rests on
	Why              string
	Num, Den         string
	Sample           bool
}

func partMark(p rates.Part) mark {
	tones := map[rates.Part]string{rates.InNumerator: "good", rates.InDenominator: "info"}
	return mark{p.Name(), tones[p]}
}

func (s *Site) figureRows(v *visit) error {
	return s.showRows(v, http.StatusOK, v.Request.URL.Query(), nil)
}

func (s *Site) showRows(v *visit, status int, values url.Values, refused partnership.Invalid) error {
	q := rowsQuery(values)
	r, err := s.exchange.Rows(v.ctx(), v.actor, q)
	if err != nil {
		return err
	}
	p := &rowsPage{Cell: cellOf(&r.Figure), Definition: r.Definition, Day: day(r.Day), Total: number(r.Total), Formats: exportFormats(), Reason: values.Get("reason")}
	if p.AsOf = "此刻"; r.AsOf != 0 {
		p.AsOf = moment(r.AsOf)
	}
	p.Whose = joinWords(" ", orWord(r.SchoolName, "全区"), groupWords(&r.Figure), plain(r.Figure.Year)+" 届")
	p.page = page{Title: p.Whose + r.Figure.Name, Crumbs: []link{{URL: "/rates", Label: "就业指标"}, {Label: "数字背后的记录"}}}
	s.rowParts(p, values, q.Part, r)
	for _, one := range r.Reasons {
		p.Reasons = append(p.Reasons, reasonRow{partMark(one.Part).Words, one.Why, number(one.People)})
	}
	for i := range r.Rows {
		row := behindOf(&r.Rows[i])
		p.Own = p.Own || r.Rows[i].Number != ""
		p.Schools = p.Schools || row.School != ""
		p.Rows = append(p.Rows, row)
	}
	p.People = r.People() > 0
	if r.Cut {
		p.Cut = number(exchange.RowsKept)
	}
	if r.Others > 0 {
		p.Others = number(r.Others)
	}
	for _, name := range sortedKeys(refused) {
		p.Whole = append(p.Whole, refused[name]...)
	}
	return s.render(v, status, "rows", p)
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

// groupWords names the group of a figure; a whole school or district has no other name.
func groupWords(f *partnership.Figure) string {
	if f.By == exchange.ByDistrict || f.By == exchange.BySchool {
		return ""
	}
	return f.Group
}

// rowParts makes the links to the parts and pages, and what an export must carry.
func (s *Site) rowParts(p *rowsPage, values url.Values, part string, r *exchange.FigureRows) {
	kept := url.Values{}
	for _, name := range rowsAsked {
		if text := values.Get(name); text != "" {
			kept.Set(name, text)
			p.Kept = append(p.Kept, pair{name, text})
		}
	}
	kept.Del("part")
	p.Parts = []link{{"/rows?" + kept.Encode(), "全部", part == ""}}
	for _, one := range []rates.Part{rates.InNumerator, rates.InDenominator, rates.Excluded} {
		kept.Set("part", one.String())
		p.Parts = append(p.Parts, link{"/rows?" + kept.Encode(), one.Name(), one.String() == part})
	}
	if kept.Del("part"); part != "" {
		kept.Set("part", part)
	}
	last := (min(r.Total, exchange.RowsKept) + exchange.RowsAPage - 1) / exchange.RowsAPage
	at := rowsQuery(values).Page
	for i := 1; i <= last && last > 1; i++ {
		if i != 1 && i != last && (i < at-3 || i > at+3) {
			continue
		}
		kept.Set("page", plain(i))
		p.Pages = append(p.Pages, link{"/rows?" + kept.Encode(), plain(i), i == at})
	}
}

func behindOf(r *exchange.FigureRow) behindRow {
	row := behindRow{Part: partMark(r.Part), School: r.School, Why: r.Why, Num: number(r.Num), Den: number(r.Den), Sample: r.Sample}
	switch {
	case r.Number != "":
		row.Who = joinWords(" ", r.Number, r.Name)
		if r.Student != "" {
			row.URL = studentURL(r.Student)
		}
	case r.What != "":
		row.Who = r.What
	default:
		row.Who = "编号 " + r.Code
	}
	if row.Facts, row.Rests = rowFacts(r), r.AlignWhy; r.Number != "" {
		row.Facts = append(row.Facts, "编号 "+r.Code)
	}
	return row
}

// rowFacts are what a school reads of its own graduate.
func rowFacts(r *exchange.FigureRow) []string {
	var out []string
	for _, one := range []string{r.Cohort, r.Major, r.Direction, r.Employer, r.Region} {
		if one != "" {
			out = append(out, one)
		}
	}
	if r.PayFen > 0 {
		out = append(out, "起薪 "+yuan(r.PayFen)+" 元/月")
	}
	return out
}

// exportRows sends all rows of a figure. It is a form as the roster's export is: rows of
// single students ask for a reason, which the log has first.
func (s *Site) exportRows(v *visit) error {
	f := v.Request.PostForm
	format, err := sheets.ParseFormat(f.Get("format"))
	if err != nil {
		return partnership.Invalid{"format": {"导出格式可选 xlsx、csv 或 gb18030"}}
	}
	r, err := s.exchange.ExportRows(v.ctx(), v.actor, rowsQuery(f), f.Get("reason"))
	if err != nil {
		var bad partnership.Invalid
		if errors.As(err, &bad) && bad["reason"] != nil {
			return s.showRows(v, http.StatusUnprocessableEntity, f, bad)
		}
		return err
	}
	v.Header("Content-Type", format.ContentType())
	download(v, format, "rows", r.Figure.Name+"背后的记录")
	w, err := sheets.NewListWriter(v.Writer, format, r.Figure.Name, []string{"位置", "记录", "编号", "学校", "班级", "专业", "去向", "单位", "地点", "起薪（元/月）", "为什么", "计入分子", "计入分母", "对口依据", "示例"})
	if err != nil {
		return err
	}
	for i := range r.Rows {
		one := &r.Rows[i]
		row := behindOf(one)
		var pay any
		if one.PayFen > 0 {
			pay = float64(one.PayFen) / 100
		}
		if err := w.Write([]any{row.Part.Words, row.Who, one.Code, one.School, one.Cohort, one.Major, one.Direction, one.Employer, one.Region, pay, one.Why, one.Num, one.Den,
			joinWords("；", one.AlignWhy...), yesNo(one.Sample, "示例", "")}); err != nil {
			return s.cutOff(v, err)
		}
	}
	if err := w.Close(); err != nil {
		return s.cutOff(v, err)
	}
	return nil
}

type rowsAsk struct {
	Rate   string `query:"rate" required:"true" maxLength:"60" doc:"指标，如 direct_employment"`
	By     string `query:"by" enum:"district,school,class,category,major,cohort,company,industry,cluster" default:"district" doc:"分组"`
	School string `query:"school" maxLength:"100" doc:"学校编号；空为全区"`
	Group  string `query:"group" maxLength:"200" doc:"组名；全区或整所学校时为空"`
	Year   int    `query:"year" required:"true" minimum:"2000" maximum:"2100" doc:"毕业年份"`
	Part   string `query:"part" enum:"numerator,denominator,excluded" doc:"只要这一部分"`
	Day    string `query:"day" maxLength:"10" doc:"快照日期；空为最新"`
	Page   int    `query:"page" minimum:"1" maximum:"100" default:"1" doc:"第几页，每页 50 行"`
}

type rowsDoc struct {
	Figure  figureDoc      `json:"figure"`
	Day     string         `json:"day" doc:"快照日期"`
	AsOf    int64          `json:"as_of" doc:"数据取自这一刻，1970 年起的毫秒；0 为此刻"`
	Reasons []reasonDoc    `json:"reasons"`
	Items   []figureRowDoc `json:"items"`
	Total   int            `json:"total"`
	Cut     bool           `json:"cut" doc:"行数超过可列出的上限"`
	Others  int64          `json:"others" doc:"属于其他学校、您无权查看的人数"`
}

type reasonDoc struct {
	Part   string `json:"part"`
	Why    string `json:"why"`
	People int64  `json:"people"`
}

type figureRowDoc struct {
	Part        string   `json:"part"`
	Why         string   `json:"why"`
	Code        string   `json:"code" doc:"同一数字里各方看到的编号相同"`
	School      string   `json:"school"`
	What        string   `json:"what" doc:"合计行或单据的说明"`
	Numerator   int64    `json:"numerator"`
	Denominator int64    `json:"denominator"`
	Sample      bool     `json:"sample"`
	ID          string   `json:"id,omitempty" doc:"以下各项只给本校"`
	Number      string   `json:"number,omitempty" doc:"学号"`
	Student     string   `json:"student,omitempty" doc:"名册编号；查看姓名须写明原因"`
	Name        string   `json:"name,omitempty" doc:"已遮盖"`
	Cohort      string   `json:"cohort,omitempty"`
	Major       string   `json:"major,omitempty"`
	Direction   string   `json:"direction,omitempty"`
	Employer    string   `json:"employer,omitempty"`
	Region      string   `json:"region,omitempty"`
	PayFen      int64    `json:"pay_fen,omitempty"`
	AlignWhy    []string `json:"align_why,omitempty"`
}

// figureOperations are the drill-down in the API.
func (s *Site) figureOperations() []operation {
	return []operation{
		{method: http.MethodGet, path: "/rows", id: "list-rows", summary: "一个数字背后的记录：分子、只在分母、不计入，及原因", roles: schoolSide, add: serves(s.apiRows)},
		{method: http.MethodGet, path: "/snapshots", id: "list-snapshots", summary: "有快照的日子，新的在前", roles: overseers, add: serves(s.apiSnapshots)},
		{method: http.MethodGet, path: "/snapshots/changes", id: "compare-snapshots", summary: "两天之间全区和各校的指标变了什么", roles: overseers, add: serves(s.apiCompareDays)},
		{method: http.MethodPost, path: "/snapshots/check", id: "check-snapshots", summary: "用那一天的数据重算快照并逐一比较", roles: overseers, reads: true, add: serves(s.apiRecheck)},
		{method: http.MethodPost, path: "/audit", id: "audit-tables", summary: "核对公布的表格，返回对不上的数；不保存文件", roles: schoolSide, limit: uploadBody, reads: true, add: serves(s.apiAudit)},
	}
}

func (s *Site) apiRows(ctx context.Context, v *visit, in *rowsAsk) (*one[rowsDoc], error) {
	r, err := s.exchange.Rows(ctx, v.actor, exchange.RowsQuery{Rate: in.Rate, By: in.By, School: in.School, Group: in.Group, Year: in.Year, Part: in.Part, Day: in.Day, Page: in.Page})
	if err != nil {
		return nil, err
	}
	out := rowsDoc{Figure: figureDocs([]partnership.Figure{r.Figure})[0], Day: r.Day, AsOf: int64(r.AsOf), Total: r.Total, Cut: r.Cut, Others: r.Others, Reasons: []reasonDoc{}, Items: []figureRowDoc{}}
	for _, one := range r.Reasons {
		out.Reasons = append(out.Reasons, reasonDoc{one.Part.String(), one.Why, one.People})
	}
	for i := range r.Rows {
		d := &r.Rows[i]
		out.Items = append(out.Items, figureRowDoc{d.Part.String(), d.Why, d.Code, d.School, d.What, d.Num, d.Den, d.Sample, d.ID, d.Number, d.Student, d.Name, d.Cohort, d.Major, d.Direction,
			d.Employer, d.Region, d.PayFen, d.AlignWhy})
	}
	return &one[rowsDoc]{out}, nil
}
