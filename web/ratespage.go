package web

import (
	"net/http"
	"net/url"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
)

type ratesPage struct {
	page
	Filters []field
	Rows    []rateRow
	Small   bool
	Sample  bool
	CSV     string
	Excel   string
	Total   string
	Pages   []link
}

type rateRow struct {
	Year, School, Group string
	Cell                figureCell
}

// rateQuery is what the address asks, with the choices of its filters.
type rateQuery struct {
	exchange.RateQuery
	rate    string
	filters []field
}

func rateGroups() []option {
	var out []option
	for _, g := range exchange.Groupings() {
		out = append(out, option{Value: g[0], Label: g[1]})
	}
	return out
}

func choose(options []option, value string) []option {
	out := make([]option, len(options))
	for i, o := range options {
		o.Chosen = o.Value == value
		out[i] = o
	}
	return out
}

func (s *Site) readRates(v *visit) (rateQuery, error) {
	values := v.Request.URL.Query()
	q := rateQuery{rate: values.Get("rate")}
	q.By = values.Get("by")
	if q.By == "" {
		q.By = exchange.BySchool
	}
	if y, err := strconv.Atoi(values.Get("year")); err == nil && y >= 2000 && y <= 2100 {
		q.Year = y
	}
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return q, err
	}
	named := []option{{Label: "全部"}}
	for _, sc := range schools {
		if v.actor.SeesAll() || v.actor.SpeaksFor(sc.ID) {
			named = append(named, option{Value: sc.ID, Label: sc.Short})
		}
		if sc.ID == values.Get("school") {
			q.School = sc.ID
		}
	}
	d, err := s.exchange.Dashboard(v.ctx(), v.actor, exchange.DashboardQuery{})
	if err != nil {
		return q, err
	}
	years := []option{{Label: "全部年份"}}
	for i := len(d.Years) - 1; i >= 0; i-- {
		years = append(years, option{Value: plain(d.Years[i]), Label: plain(d.Years[i]) + " 届"})
	}
	if q.Year == 0 && !values.Has("year") {
		q.Year = d.Year
	}
	kinds := []option{{Label: "全部指标"}}
	for _, def := range rates.Definitions() {
		kinds = append(kinds, option{Value: def.Key, Label: def.Name})
	}
	yearText := ""
	if q.Year != 0 {
		yearText = plain(q.Year)
	}
	q.filters = []field{
		{Name: "year", Label: "毕业年份", Options: choose(years, yearText)}, {Name: "by", Label: "分组", Options: choose(rateGroups(), q.By)},
		{Name: "school", Label: "学校", Options: choose(named, q.School)}, {Name: "rate", Label: "指标", Options: choose(kinds, q.rate)},
	}
	return q, nil
}

func (s *Site) rates(v *visit) error {
	q, err := s.readRates(v)
	if err != nil {
		return err
	}
	ask := q.RateQuery
	if ask.By == exchange.ByDistrict {
		ask.School = ""
	}
	found, err := s.exchange.Rates(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	kept := found[:0]
	for _, f := range found {
		if (q.rate == "" || f.Rate == q.rate) && (q.School == "" || f.School == "" || f.School == q.School) {
			kept = append(kept, f)
		}
	}
	names, err := s.schoolNames(v)
	if err != nil {
		return err
	}
	if format := v.Query("format"); format != "" {
		return exportRates(v, format, kept, names)
	}
	p := &ratesPage{page: page{Title: "就业指标", Crumbs: []link{{Label: "就业指标"}}}, Filters: q.filters, CSV: sameWith(v.Request.URL, "csv"), Excel: sameWith(v.Request.URL, "xlsx")}
	p.Total = number(len(kept))
	at, pages := ratesPages(v.Request.URL, len(kept))
	p.Pages = pages
	for i := at; i < min(at+ratesAPage, len(kept)); i++ {
		f := &kept[i]
		row := rateRow{Year: plain(f.Year), School: orDash(names[f.School]), Group: f.Group, Cell: cellOf(f)}
		if f.By == exchange.BySchool || f.By == exchange.ByDistrict {
			row.Group = "全部毕业生"
		}
		p.Small, p.Sample = p.Small || row.Cell.Small, p.Sample || f.Sample
		p.Rows = append(p.Rows, row)
	}
	return s.render(v, http.StatusOK, "rates", p)
}

func (s *Site) schoolNames(v *visit) (map[string]string, error) {
	all, err := s.exchange.Schools(v.ctx())
	names := map[string]string{"": "全区"}
	for _, sc := range all {
		names[sc.ID] = sc.Short
	}
	return names, err
}

func sameWith(u *url.URL, format string) string {
	q := u.Query()
	q.Set("format", format)
	return u.Path + "?" + q.Encode()
}

// ratesAPage is how many figures one page shows; an export has them all.
const ratesAPage = 100

// ratesPages is where the asked page begins, and the links to all pages.
func ratesPages(u *url.URL, rows int) (at int, pages []link) {
	last := (rows + ratesAPage - 1) / ratesAPage
	n, err := strconv.Atoi(u.Query().Get("page"))
	if err != nil || n < 1 || n > last {
		n = 1
	}
	if last > 1 {
		q := u.Query()
		for i := 1; i <= last; i++ {
			q.Set("page", plain(i))
			pages = append(pages, link{u.Path + "?" + q.Encode(), plain(i), i == n})
		}
	}
	return (n - 1) * ratesAPage, pages
}

// exportRates writes all the rows that the filters leave, as a table to keep.
func exportRates(v *visit, name string, list []partnership.Figure, names map[string]string) error {
	format, err := sheets.ParseFormat(name)
	if err != nil {
		return partnership.Invalid{"format": {"导出格式可选 csv 或 xlsx"}}
	}
	if err := download(v, format, "rates", "就业指标"); err != nil {
		return err
	}
	v.Header("Content-Type", format.ContentType())
	w, err := sheets.NewListWriter(v.Writer, format, "就业指标", []string{"毕业年份", "学校", "分组", "指标", "分子", "分母", "百分比", "数额", "单位", "定义版本", "统计截止", "示例"})
	if err != nil {
		return err
	}
	for _, f := range list {
		sample := ""
		if f.Sample {
			sample = "示例"
		}
		if err := w.Write([]any{f.Year, names[f.School], f.Group, f.Name, f.Numerator, f.Denominator, f.Percent, f.Amount, f.Unit, f.Version, f.CutOff, sample}); err != nil {
			return err
		}
	}
	return w.Close()
}
