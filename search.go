package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/exchange"
)

type searchCmd struct {
	Query  string   `arg:"" help:"要找的词，可以是汉字、拼音或首字母；\"\" 只按筛选列出。" placeholder:"词"`
	Kind   []string `help:"只找这些种类：post、company、base、class、major、cohort。" placeholder:"种类"`
	Filter []string `sep:"none" help:"筛选，可重复，同一字段的几个值任一即可（pay 和 distance 只能给一次）：${filters}。" placeholder:"字段=值"`
	Sort   string   `help:"次序：fit 相关、newest 最近更新、pay 报酬、distance 距离；不给时有词按相关。" placeholder:"次序"`
	Limit  int      `default:"20" help:"最多列出几条（1 到 100）。" placeholder:"条数"`
	Format string   `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

// searchFilter is a field that --filter takes.
type searchFilter struct {
	name, form string // form is how its value is written
	set        func(cat *catalogue.Catalogue, q *search.Query, value string) error
}

// key filters by one of the index's fields, after a look at the value.
func key(name, form string, check func(cat *catalogue.Catalogue, value string) (string, error)) searchFilter {
	return searchFilter{name, form, func(cat *catalogue.Catalogue, q *search.Query, value string) error {
		if check != nil {
			var err error
			if value, err = check(cat, value); err != nil {
				return err
			}
		}
		q.Filters[name] = append(q.Filters[name], value)
		return nil
	}}
}

func oneOf(values ...string) func(*catalogue.Catalogue, string) (string, error) {
	return func(_ *catalogue.Catalogue, value string) (string, error) {
		if !slices.Contains(values, value) {
			return "", usagef("应为 %s 之一", strings.Join(values, "、"))
		}
		return value, nil
	}
}

var kinds = []string{exchange.KindPost, exchange.KindCompany, exchange.KindBase, exchange.KindClass, exchange.KindMajor, exchange.KindCohort}

// searchFilters are all fields that can be filtered by.
func searchFilters() []searchFilter {
	return []searchFilter{
		{"kind", "kind=post", func(_ *catalogue.Catalogue, q *search.Query, value string) error {
			if _, err := oneOf(kinds...)(nil, value); err != nil {
				return err
			}
			q.Kinds = append(q.Kinds, value)
			return nil
		}},
		key(exchange.RegionField, "region=500153（行政区划代码或名称）", regionCode),
		{"distance", "distance=105.59,29.40,10（经度,纬度,公里，GCJ-02）", setNear},
		key(exchange.MajorField, "major=660103（专业代码或名称）", majorCode),
		key(exchange.CategoryField, "category=66（专业大类代码）", categoryCode),
		key(exchange.OccupationField, "occupation=6-18-01-01（职业代码）", occupationCode),
		{"pay", "pay=3000-5000（元/月；3000- 不低于，-5000 不高于）", setPay},
		key(exchange.PeriodField, "period=2027-03（在岗月份）", func(_ *catalogue.Catalogue, value string) (string, error) {
			if _, err := time.Parse("2006-01", value); err != nil {
				return "", usagef("应写成年-月，如 2027-03")
			}
			return value, nil
		}),
		key(exchange.LodgingField, "lodging=yes 或 no（提供或需要住宿）", oneOf("yes", "no")),
		key(exchange.OpenField, "open=yes 或 no（岗位还有空位，基地对外开放）", oneOf("yes", "no")),
		key(exchange.StateField, "state=open（状态）", nil),
		key(exchange.ClusterField, "cluster=智能装备（产业集群）", nil),
		key(exchange.IndustryField, "industry=C36（企业的行业代码，门类或大类）", nil),
		key(exchange.SchoolField, "school=学校编号", nil),
	}
}

func regionCode(cat *catalogue.Catalogue, value string) (string, error) {
	if r, ok := cat.Region(value); ok {
		return r.Code, nil
	}
	for _, r := range cat.Regions() {
		if r.Name == value || r.Short == value {
			return r.Code, nil
		}
	}
	return "", usagef("没有这个行政区划，请写六位代码或全名，如 500153、荣昌区")
}

func majorCode(cat *catalogue.Catalogue, value string) (string, error) {
	r := cat.ResolveMajor(value, catalogue.Secondary)
	if r.Sure {
		return r.Major.Code, nil
	}
	names := ""
	for _, c := range r.Candidates[:min(3, len(r.Candidates))] {
		names += "、" + c.Major.String()
	}
	if names != "" {
		return "", usagef("不能确定是哪个专业，相近的有%s", strings.TrimPrefix(names, "、"))
	}
	return "", usagef("专业目录里没有，请写六位专业代码")
}

func categoryCode(cat *catalogue.Catalogue, value string) (string, error) {
	if _, ok := cat.GroupOf(value); !ok || len(value) != 2 {
		return "", usagef("没有这个专业大类，请写两位代码，如 66")
	}
	return value, nil
}

func occupationCode(cat *catalogue.Catalogue, value string) (string, error) {
	o, ok := cat.Occupation(value)
	if !ok {
		return "", usagef("职业分类大典里没有，请写职业代码，如 6-18-01-01；代码可以用 sunmao occupation 名称 查到")
	}
	return o.Code, nil
}

func setNear(_ *catalogue.Catalogue, q *search.Query, value string) error {
	if q.Near != nil {
		return usagef("只能给一次：一次只从一处算距离")
	}
	parts := strings.Split(value, ",")
	var n [3]float64
	for i, part := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || i > 2 {
			parts = nil
			break
		}
		n[i] = v
	}
	if len(parts) != 3 || !(math.Abs(n[0]) <= 180 && math.Abs(n[1]) <= 90) || !(n[2] > 0 && n[2] <= 5000) {
		return usagef("应写成 经度,纬度,公里，如 105.59,29.40,10")
	}
	q.Near = &search.Near{Point: search.Point{Lng: n[0], Lat: n[1]}, KM: n[2]}
	return nil
}

func setPay(_ *catalogue.Catalogue, q *search.Query, value string) error {
	if q.PayMin+q.PayMax != 0 {
		return usagef("只能给一次：把范围写在一起，如 3000-5000")
	}
	low, high, ranged := strings.Cut(value, "-")
	var err error
	read := func(text string) (n int) {
		if text = strings.TrimSpace(text); text != "" && err == nil {
			n, err = strconv.Atoi(text)
		}
		return n
	}
	q.PayMin, q.PayMax = read(low), read(high)
	if err != nil || !ranged && low == "" || q.PayMin+q.PayMax == 0 || q.PayMax < 0 || q.PayMax > 0 && q.PayMax < q.PayMin {
		return usagef("应写成每月多少元，如 3000、3000-5000 或 -5000")
	}
	return nil
}

// filterHelp lists the filters for --help and for the error of an unknown one.
func filterHelp() string {
	forms := make([]string, 0, 16)
	for _, f := range searchFilters() {
		forms = append(forms, f.form)
	}
	return strings.Join(forms, "；")
}

// query reads the flags.
func (c *searchCmd) query(cat *catalogue.Catalogue) (search.Query, error) {
	q := search.Query{Text: c.Query, Filters: map[string][]string{}, Sort: c.Sort, Limit: c.Limit, Explain: true}
	given := c.Filter
	for _, k := range c.Kind {
		given = append(given, "kind="+k)
	}
	for _, text := range given {
		field, value, ok := strings.Cut(text, "=")
		if !ok || field == "" || value == "" {
			return q, usagef("--filter 应写成 字段=值，例如 region=500153，现在是 %q", text)
		}
		all := searchFilters()
		at := slices.IndexFunc(all, func(f searchFilter) bool { return f.name == field })
		if at < 0 {
			return q, usagef("没有名为 %q 的筛选。可以用的有：%s", field, filterHelp())
		}
		if err := all[at].set(cat, &q, value); err != nil {
			return q, usagef("筛选 %s=%s 不对：%v", field, value, err)
		}
	}
	if orders := []string{"", search.SortFit, search.SortNewest, search.SortPay, search.SortDistance}; !slices.Contains(orders, q.Sort) {
		return q, usagef("--sort 应为 %s 之一，现在是 %q", strings.Join(orders[1:], "、"), q.Sort)
	}
	if q.Sort == search.SortDistance && q.Near == nil {
		return q, usagef("按距离排序要说从哪里算起：--filter distance=经度,纬度,公里")
	}
	return q, nil
}

type hitLine struct {
	ID    string   `json:"id"`
	Kind  string   `json:"kind"`
	Title string   `json:"title"`
	Score float64  `json:"score"`
	Why   []string `json:"why"`
}

func (c *searchCmd) Run(app *App) error {
	if c.Limit < 1 || c.Limit > 100 {
		return usagef("--limit 应在 1 到 100 之间")
	}
	cat, err := catalogue.Load()
	if err != nil {
		return err
	}
	q, err := c.query(cat)
	if err != nil {
		return err
	}
	return app.with(func(h *house) error {
		r, err := h.exchange.Search(app.Ctx, operator(), q)
		if err != nil {
			return err
		}
		lines := make([]hitLine, 0, len(r.Hits))
		rows := make([][]string, 0, len(r.Hits))
		for _, hit := range r.Hits {
			why := hit.Why
			if why == nil {
				why = []string{}
			}
			lines = append(lines, hitLine{hit.ID, hit.Kind, hit.Title, hit.Score, why})
			rows = append(rows, []string{hit.ID, hit.Kind, hit.Title, fmt.Sprintf("%.2f", hit.Score), strings.Join(why, "；")})
		}
		if err := app.Table(c.Format, []string{"id", "kind", "title", "score", "why"}, rows, lines); err != nil {
			return err
		}
		if r.Total == 0 && c.Format == "table" {
			fmt.Fprintln(app.Err, "没有找到。")
			for _, n := range r.Nearest {
				fmt.Fprintf(app.Err, "  相近：%s（%s）\n", n.Title, n.ID)
			}
		}
		return nil
	})
}

type reindexCmd struct{}

// Run rebuilds the index, whether it needs it or not.
func (reindexCmd) Run(app *App) (err error) {
	h, err := openHouse(app)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.exchange.Reindex(app.Ctx); err != nil {
		return err
	}
	counts, err := h.index.Count(app.Ctx)
	if err != nil {
		return err
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	_, err = fmt.Fprintf(app.Out, "检索索引已重建：%d 条\n", total)
	return err
}
