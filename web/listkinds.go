package web

import (
	"net/http"
	"net/url"
	"strings"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// listKind is one of the lists: what it searches and how it can be narrowed.
type listKind struct {
	path, label, placeholder string
	kinds                    []string
	filters                  []filterField
	pay, near, export        bool
	size                     int // rows a page, 0 = pageSize
}

// listKind describes the list at a path for a role, with the schools' names by id; ok is
// false for what is no list.
func (s *Site) listKind(path string, role partnership.Role, schools map[string]string) (listKind, bool) {
	switch path {
	case "/search":
		return listKind{path: path, label: "搜全部内容", placeholder: "岗位、企业、专业、基地、班级",
			kinds:   []string{exchange.KindPost, exchange.KindCompany, exchange.KindBase, exchange.KindClass, exchange.KindMajor, exchange.KindCohort},
			filters: []filterField{{name: search.KindField, title: "类型", words: exchange.KindWords, open: true}, s.regionFilter(), s.categoryFilter()}}, true
	case "/posts":
		return listKind{path: path, label: "搜岗位", placeholder: "岗位、技能、企业、地点，如：荣昌 数控 包住", kinds: []string{exchange.KindPost},
			filters: s.postFilters(role), pay: true, near: true, export: true}, true
	case "/companies":
		return listKind{path: path, label: "搜企业", placeholder: "名称、曾用写法、行业", kinds: []string{exchange.KindCompany},
			filters: s.companyFilters(role), near: true, export: true}, true
	case "/cohorts":
		return listKind{path: path, label: "搜班级批次", placeholder: "班级、专业、学校、技能", kinds: []string{exchange.KindCohort},
			filters: s.cohortFilters(role, schools), near: true, export: true}, true
	case "/bases":
		return listKind{path: path, label: "搜实训基地", placeholder: "名称、专业、单位", kinds: []string{exchange.KindBase}, size: 50,
			filters: []filterField{{name: exchange.KindOfField, title: "类型", words: asIs, open: true}, {name: exchange.LevelField, title: "级别", words: asIs, open: true},
				{name: exchange.OpenField, title: "开放", words: flagWords("可供他人使用", "不对外"), open: true}, s.categoryFilter(), s.majorFilter(), schoolFilter(schools), s.regionFilter()},
			near: true, export: true}, true
	case "/order-classes":
		return listKind{path: path, label: "搜订单班", placeholder: "名称、企业、学校、专业", kinds: []string{exchange.KindClass}, size: 100,
			filters: []filterField{{name: exchange.StateField, title: "状态", words: classStateWords, open: true}, {name: exchange.KindOfField, title: "类别", words: asIs, open: true}, {name: exchange.YearField, title: "年份", words: yearWords, open: true},
				schoolFilter(schools), s.categoryFilter(), s.majorFilter()}, pay: true, export: true}, true
	}
	return listKind{}, false
}

func classStateWords(state string) string { return partnership.ClassState(state).Words() }

func (s *Site) regionFilter() filterField {
	return filterField{name: exchange.RegionField, title: "地区", words: s.countyName, most: 8}
}

func (s *Site) categoryFilter() filterField {
	return filterField{name: exchange.CategoryField, title: "专业大类", words: s.categoryName, most: 20, open: true}
}

func (s *Site) majorFilter() filterField {
	return filterField{name: exchange.MajorField, title: "对应专业", words: s.majorName, most: 10}
}

func schoolFilter(schools map[string]string) filterField {
	return filterField{name: exchange.SchoolField, title: "学校", words: func(id string) string { return schools[id] }, most: 20}
}

var periodFilter = filterField{name: exchange.PeriodField, title: "在岗月份", words: monthWords}

func (s *Site) postFilters(role partnership.Role) []filterField {
	fields := []filterField{
		{name: exchange.PostKindField, title: "类别", words: func(k string) string { return partnership.PostKind(k).Words() }, open: true},
		{name: exchange.OpenField, title: "名额", words: flagWords("还有空位", "已满或未开放"), open: true},
		{name: exchange.LodgingField, title: "住宿", words: flagWords("提供住宿", "不提供住宿"), open: true},
		s.categoryFilter(), s.majorFilter(),
		{name: exchange.OccupationField, title: "职业", words: s.occupationWords, most: 10},
		s.regionFilter(), periodFilter,
		{name: exchange.ClusterField, title: "产业集群", words: asIs},
	}
	if role != partnership.RoleSchool {
		fields = append([]filterField{{name: exchange.StateField, title: "状态", words: func(k string) string { return partnership.PostState(k).Words() }, open: true}}, fields...)
	}
	return fields
}

func (s *Site) companyFilters(role partnership.Role) []filterField {
	fields := []filterField{
		{name: exchange.IndustryField, title: "行业", words: s.industryName, most: 12, open: true},
		{name: exchange.ClusterField, title: "产业集群", words: asIs, open: true},
		s.regionFilter(),
	}
	if role == partnership.RoleDistrict || role == partnership.RoleOperator {
		fields = append([]filterField{{name: exchange.StateField, title: "状态", words: func(k string) string { return partnership.CompanyState(k).Words() }, open: true}}, fields...)
	}
	return fields
}

func (s *Site) cohortFilters(role partnership.Role, schools map[string]string) []filterField {
	fields := []filterField{s.categoryFilter(), {name: exchange.MajorField, title: "专业", words: s.majorName, most: 12, open: true}, schoolFilter(schools),
		{name: exchange.LodgingField, title: "住宿", words: flagWords("需要住宿", "不要求住宿"), open: true}, periodFilter, s.regionFilter()}
	if role != partnership.RoleCompany {
		fields = append([]filterField{{name: exchange.StateField, title: "状态", words: func(k string) string { return partnership.CohortState(k).Words() }, open: true}}, fields...)
	}
	return fields
}

func asIs(v string) string { return v }

// monthWords writes 2027-03 as 2027年3月.
func monthWords(v string) string {
	y, m, ok := strings.Cut(v, "-")
	if !ok || whole(y, 9999) == 0 || whole(m, 12) == 0 {
		return ""
	}
	return y + "年" + plain(whole(m, 12)) + "月"
}

func yearWords(v string) string {
	if whole(v, 9999) == 0 {
		return ""
	}
	return v + " 年"
}

func flagWords(yes, no string) func(string) string {
	return func(v string) string {
		switch v {
		case "yes":
			return yes
		case "no":
			return no
		}
		return ""
	}
}

func (s *Site) occupationWords(code string) string {
	o, ok := s.catalogue.Occupation(code)
	if !ok {
		return ""
	}
	return o.Name
}

// typing is whether the request comes from a search box while its words are being typed.
func typing(v *visit) bool { return v.GetHeader("HX-Trigger-Name") == "q" }

// list reads the address of a list and asks for its rows. It notes what was asked, unless
// the words are still being typed.
func (s *Site) list(v *visit, path string) (listQuery, exchange.Found, error) {
	q, err := s.readList(v, path, v.Request.URL.Query())
	if err != nil {
		return q, exchange.Found{}, err
	}
	if typing(v) {
		r, err := s.exchange.Peek(v.ctx(), v.actor, q.query)
		return q, r, err
	}
	r, err := s.exchange.Search(v.ctx(), v.actor, q.query)
	if err == nil && q.page == 1 {
		if err := s.exchange.Remember(v.ctx(), v.actor, q.query.Text); err != nil {
			s.log.Warn("search not remembered", "request", v.id, "error", err.Error())
		}
	}
	return q, r, err
}

// readList reads what the address of a list asks for; ErrNotFound if path is no list.
func (s *Site) readList(v *visit, path string, values url.Values) (listQuery, error) {
	schools, err := s.schoolNames(v)
	if err != nil {
		return listQuery{}, err
	}
	delete(schools, "") // the whole district is no school
	kind, ok := s.listKind(path, v.actor.Role, schools)
	if !ok {
		return listQuery{}, partnership.ErrNotFound
	}
	var origins []exchange.Origin
	if kind.near {
		if origins, err = s.exchange.Origins(v.ctx(), v.actor); err != nil {
			return listQuery{}, err
		}
	}
	return readList(kind, values, origins), nil
}

// shown is the listing of a page.
func (s *Site) shown(v *visit, q *listQuery, r exchange.Found) listing {
	l := q.show(r)
	l.Token = v.formToken()
	return l
}

// ids are those of hits, in their order.
func ids(hits []search.Hit) []string {
	out := make([]string, len(hits))
	for i, h := range hits {
		out[i] = h.ID
	}
	return out
}

// byHit pairs documents that were read by id with their hits: rows as they are now, in
// the order of the search.
func byHit[D any](hits []search.Hit, docs []D, id func(*D) string, row func(*D, *search.Hit)) {
	at := make(map[string]int, len(docs))
	for i := range docs {
		at[id(&docs[i])] = i
	}
	for i := range hits {
		if d, ok := at[hits[i].ID]; ok {
			row(&docs[d], &hits[i])
		}
	}
}

// marked is a title with the matched characters marked, if it is still what was matched.
func marked(title string, h *search.Hit) []piece {
	if h != nil && h.Title == title {
		return pieces(title, h.TitleSpans)
	}
	return pieces(title, nil)
}

// redirectTo sends the browser on after a form.
func redirectTo(v *visit, path string) error {
	v.Redirect(http.StatusSeeOther, path)
	return nil
}
