package web

import (
	"net/http"

	"sunmao/services/catalogue"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
)

// The two definitions of 专业与产业匹配度, by their keys among the rates.
const (
	fitByMajors   = "major_industry_match"
	fitByStudents = "major_industry_match_students"
)

func percentOf(sh catalogue.Share) string { return rates.Percent(int64(sh.Num), int64(sh.Den)) }

// shareCell is a share of majors or students in words.
func shareCell(key string, sh catalogue.Share) figureCell {
	c := figureCell{Key: key, Percent: "—", Fraction: number(sh.Num) + "/" + number(sh.Den)}
	if def, ok := rates.Find(key); ok {
		c.Name, c.Version = def.Name, def.Version
	}
	if p := percentOf(sh); p != "" {
		c.Has, c.Value, c.Percent = true, p, p+"%"
	}
	return c
}

type industryFitPage struct {
	page
	Filters       []field
	Where, System string
	Year, Version string
	ByMajors      figureCell
	ByStudents    figureCell
	Rows          []clusterLine
	Unserving     []servedLine
	Uncounted     []servedLine
	SameSystem    bool
	Excel, CSV    string
}

type clusterLine struct {
	Name, Tier, Industries, Source string
	Count, Students                string
	CountN, StudentsN              int // for the picture
	Majors                         []servedLine
}

type servedLine struct{ Code, Name, Students, Path string }

// industryFit shows which majors serve the industry clusters that the district named.
func (s *Site) industryFit(v *visit) error {
	f, err := s.exchange.IndustryFit(v.ctx(), v.actor, exchange.IndustryFitQuery{School: v.Query("school"), System: v.Query("system")})
	if err != nil {
		return err
	}
	if name := v.Query("format"); name != "" {
		return s.exportIndustryFit(v, name, &f)
	}
	p := &industryFitPage{page: page{Title: "专业与产业匹配度", Crumbs: []link{{URL: "/dashboard", Label: "数据看板"}, {Label: "专业与产业匹配度"}}, Charts: true}, Where: "全区", System: f.System,
		Year: plain(f.Year), Version: f.Version, SameSystem: f.SameSystem, ByMajors: shareCell(fitByMajors, f.ByMajors), ByStudents: shareCell(fitByStudents, f.ByStudents),
		Excel: sameWith(v.Request.URL, "xlsx"), CSV: sameWith(v.Request.URL, "csv")}
	schools, systems := []option{{Label: "全区"}}, []option{}
	for _, sc := range f.Schools {
		schools = append(schools, option{Value: sc.ID, Label: sc.Short})
		if sc.ID == f.School {
			p.Where = sc.Short
		}
	}
	for _, name := range f.Systems {
		systems = append(systems, option{Value: name, Label: name})
	}
	p.Filters = []field{{Name: "school", Label: "学校", Options: choose(schools, f.School)}, {Name: "system", Label: "产业集群体系", Options: choose(systems, f.System)}}
	for i := range f.Rows {
		p.Rows = append(p.Rows, s.clusterLine(&f.Rows[i]))
	}
	p.Unserving, p.Uncounted = majorLines(f.Unserving), majorLines(f.Uncounted)
	return s.render(v, http.StatusOK, "industryfit", p)
}

func (s *Site) clusterLine(r *catalogue.ClusterRow) clusterLine {
	out := clusterLine{Name: r.Cluster.Name, Tier: r.Cluster.Tier, Source: r.Cluster.Source, Count: number(len(r.Majors)), Students: number(r.Students), CountN: len(r.Majors), StudentsN: r.Students}
	for _, code := range r.Cluster.Industries {
		out.Industries = joinWords("、", out.Industries, s.industryName(code))
	}
	for _, m := range r.Majors {
		out.Majors = append(out.Majors, servedLine{m.Major.Code, m.Major.Name, studentsWords(m.Students), joinWords(" → ", m.Path...)})
	}
	return out
}

// studentsWords writes the students of a major; 0 means that nobody reported them.
func studentsWords(n int) string {
	if n == 0 {
		return "人数未报"
	}
	return number(n) + " 人"
}

func majorLines(all []catalogue.Major) []servedLine {
	var out []servedLine
	for _, m := range all {
		out = append(out, servedLine{Code: m.Code, Name: m.Name})
	}
	return out
}

// exportIndustryFit writes a row for each cluster and major, and one for each major that
// serves none.
func (s *Site) exportIndustryFit(v *visit, name string, f *exchange.IndustryFit) error {
	format, err := sheets.ParseFormat(name)
	if err != nil {
		return partnership.Invalid{"format": {"导出格式可选 csv 或 xlsx"}}
	}
	v.Header("Content-Type", format.ContentType())
	download(v, format, "industry-fit", "专业与产业匹配度")
	w, err := sheets.NewListWriter(v.Writer, format, "专业与产业匹配度", []string{"产业集群体系", "产业集群", "层次", "专业代码", "专业", "在校生", "年份", "对应过程", "对照表版本"})
	if err != nil {
		return err
	}
	students := func(n int) any {
		if n == 0 {
			return nil
		}
		return n
	}
	for _, r := range f.Rows {
		for _, m := range r.Majors {
			if err := w.Write([]any{f.System, r.Cluster.Name, r.Cluster.Tier, m.Major.Code, m.Major.Name, students(m.Students), f.Year, joinWords(" → ", m.Path...), f.Version}); err != nil {
				return err
			}
		}
	}
	for _, m := range f.Unserving {
		if err := w.Write([]any{f.System, "没有对应的集群", "", m.Code, m.Name, nil, f.Year, "", f.Version}); err != nil {
			return err
		}
	}
	return w.Close()
}
