package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// schoolRoutes are the schools as their district manages them.
func (s *Site) schoolRoutes() []route {
	seers := access{roles: overseers}
	return []route{
		{http.MethodGet, "/schools", seers, s.schoolList},
		{http.MethodGet, "/schools/new", seers, s.newSchool},
		{http.MethodPost, "/schools", seers, s.saveSchool},
		{http.MethodGet, "/schools/:id/edit", seers, s.editSchool},
		{http.MethodPost, "/schools/:id", seers, s.saveSchool},
		{http.MethodPost, "/schools/:id/act", seers, s.actSchool},
	}
}

func (s *Site) schoolOperations() []operation {
	return []operation{
		{method: http.MethodGet, path: "/schools", id: "list-schools", summary: "本区的学校", roles: overseers, add: serves(s.apiSchools)},
		{method: http.MethodPost, path: "/schools/{id}/act", id: "act-school", summary: "暂停一所学校的账号（写明原因），或恢复", roles: overseers, add: serves(s.apiActSchool)},
	}
}

type schoolsPage struct {
	page
	List   cursorList
	Rows   []schoolRow
	Bad    string
	Export string
}

type schoolRow struct {
	ID, Name, Kind, Authority, Place, Majors, Accounts string
	State                                              mark
	Suspended, Sample                                  bool
	Steps                                              []stepRow
}

func (s *Site) schoolList(v *visit) error {
	if v.Query("format") != "" {
		return s.exportSchools(v)
	}
	return s.showSchools(v, http.StatusOK, nil)
}

func (s *Site) showSchools(v *visit, status int, refused error) error {
	list, ask := readCursor(v, "/schools")
	found, next, err := s.exchange.OverseenSchools(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.follow(url.Values{}, ask.After, next)
	p := &schoolsPage{page: page{Title: "学校", Crumbs: []link{{Label: "学校"}}}, List: list, Export: "/schools?format=xlsx"}
	if refused != nil {
		p.Bad = explain(refused).Detail
		for _, sentences := range explain(refused).Fields {
			p.Bad = sentences[0]
		}
	}
	for i := range found {
		p.Rows = append(p.Rows, s.schoolRowOf(&found[i]))
	}
	return s.render(v, status, "schools", p)
}

func (s *Site) schoolRowOf(c *partnership.School) schoolRow {
	row := schoolRow{ID: c.ID, Name: c.Name, Kind: orDash(c.Kind), Authority: orDash(c.Authority), Place: orDash(s.countyName(c.Region)), Majors: number(len(c.Majors)), State: mark{"正常", "good"}, Suspended: c.Suspended, Sample: c.Sample,
		Accounts: "/accounts/invite?role=school&admin=1&party=" + queryEscape(c.ID)}
	if c.Suspended {
		row.State = mark{"已暂停", "bad"}
	}
	for _, st := range c.Steps {
		row.Steps = append(row.Steps, stepRow{moment(st.At), yesNo(st.To == "suspended", "暂停：", "恢复") + st.Why, ""})
	}
	return row
}

func (s *Site) exportSchools(v *visit) error {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return err
	}
	return s.sendRows(v, format, sheets.Schools(), false, func(yield func(map[string]any, error) bool) {
		for after := ""; ; {
			found, next, err := s.exchange.OverseenSchools(v.ctx(), v.actor, exchange.List{After: after, Limit: 100})
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found {
				r := s.schoolRowOf(&found[i])
				if !yield(map[string]any{"name": r.Name, "kind": r.Kind, "authority": r.Authority, "region": r.Place, "majors": len(found[i].Majors), "state": r.State.Words}, nil) {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	})
}

func (s *Site) actSchool(v *visit) error {
	c, err := s.exchange.ActSchool(v.ctx(), v.actor, v.Param("id"), v.PostForm("verb"), v.PostForm("why"))
	if err != nil {
		if f := newForm(nil); f.refused(err, nil) {
			return s.showSchools(v, explain(err).Status, err)
		}
		return err
	}
	v.flash(c.Name + yesNo(c.Suspended, "：已暂停，它的账号都已退出", "：已恢复"))
	return redirectTo(v, "/schools")
}

const (
	schoolIntro = "登记之后可以邀请学校的账号。专业是班级批次、毕业去向和匹配的依据；改动不影响已经登记的批次。"
	majorsHint  = "一行一个：六位代码或目录里的名称，后面可以写开设年份和学制，如“710205 大数据技术应用 2021 三年”。名称只是相近的会问您，不会替您猜"
)

func (s *Site) newSchool(v *visit) error {
	region := v.actor.Region
	if region == "" {
		region = s.region
	}
	return s.showSchoolForm(v, http.StatusOK, "", newForm(url.Values{"region": {region}}))
}

func (s *Site) editSchool(v *visit) error {
	c, err := s.exchange.OverseenSchool(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	values := url.Values{"rev": {strconv.FormatInt(c.Rev, 10)}, "name": {c.Name}, "short": {c.Short}, "kind": {c.Kind}, "authority": {c.Authority}, "region": {c.Region},
		"majors": {exchange.OfferedLines(c.Majors)}}
	if c.Point != nil {
		values.Set("lng", strconv.FormatFloat(c.Point.Lng, 'f', -1, 64))
		values.Set("lat", strconv.FormatFloat(c.Point.Lat, 'f', -1, 64))
	}
	return s.showSchoolForm(v, http.StatusOK, c.ID, newForm(values))
}

func (s *Site) showSchoolForm(v *visit, status int, id string, f *form) error {
	p := &formPage{page: page{Title: "登记学校", Crumbs: []link{{URL: "/schools", Label: "学校"}, {Label: "登记"}}}, Intro: schoolIntro, Submit: "登记", Cancel: "/schools"}
	f.Action = "/schools"
	if id != "" {
		p.Title, p.Crumbs[1].Label, p.Submit = "修改学校信息", "修改", "保存修改"
		f.Action, f.Hidden = "/schools/"+url.PathEscape(id), []pair{{"rev", f.text("rev")}}
	}
	kinds := []option{{Label: "请选择"}, {Value: "中职", Label: "中等职业学校"}, {Value: "技工", Label: "技工院校"}, {Value: "高职", Label: "高等职业学校"}}
	f.done([]section{
		{Legend: "学校", Fields: []field{
			f.field("name", "学校名称", field{Required: true, Width: 6, Hint: "全称，与印章一致", Auto: "organization"}),
			f.field("short", "简称", field{Width: 3, Hint: "图表里用，可以留空"}),
			f.field("kind", "类别", field{Kind: "select", Required: true, Width: 3, Options: kinds}),
			f.field("authority", "主管部门", field{Required: true, Width: 6, Hint: "实习向它备案"}),
			f.field("region", "所在区县", field{Kind: "select", Required: true, Width: 6, Options: s.counties(v)}),
		}},
		{Legend: "位置", Fields: []field{
			f.field("lng", "经度", field{Width: 3, Hint: "GCJ-02，如 105.5943；用来算学生离岗位多远"}),
			f.field("lat", "纬度", field{Width: 3, Hint: "如 29.4049；不知道请两项都留空"}),
		}},
		{Legend: "专业设置", Fields: []field{f.field("majors", "开设的专业", field{Kind: "textarea", Rows: 12, Required: true, Width: 12, Hint: majorsHint})}},
	})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) saveSchool(v *visit) error {
	f, id := newForm(v.Request.PostForm), v.Param("id")
	draft := partnership.School{Name: f.text("name"), Short: f.text("short"), Kind: f.text("kind"), Authority: f.text("authority"), Region: f.text("region")}
	if id != "" {
		old, err := s.exchange.OverseenSchool(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		draft.Record = old.Record
		if f.text("rev") != strconv.FormatInt(old.Rev, 10) {
			return partnership.Refuse(partnership.ErrConflict, "学校信息刚被别人改过，您的修改没有保存。请返回重新打开")
		}
	}
	if f.text("lng") != "" || f.text("lat") != "" {
		draft.Point = &partnership.Point{Lng: f.decimal("lng"), Lat: f.decimal("lat")}
	}
	err := f.bad.Err()
	if err == nil {
		draft, err = s.exchange.SaveSchool(v.ctx(), v.actor, draft, f.values.Get("majors"))
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showSchoolForm(v, explain(err).Status, id, f)
	}
	v.flash(draft.Name + yesNo(id == "", "：已登记，请邀请它的账号", "：已保存"))
	return redirectTo(v, "/schools")
}

type schoolDoc struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Authority string `json:"authority" doc:"主管部门"`
	Region    string `json:"region"`
	Suspended bool   `json:"suspended"`
}

func schoolDocOf(c *partnership.School) schoolDoc {
	return schoolDoc{c.ID, c.Name, c.Kind, c.Authority, c.Region, c.Suspended}
}

func (s *Site) apiSchools(ctx context.Context, v *visit, in *Paging) (*pageOfDocs[schoolDoc], error) {
	found, next, err := s.exchange.OverseenSchools(ctx, v.actor, exchange.List{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, schoolDocOf), nil
}

type actSchoolAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"suspend,resume"`
		Why  string `json:"why,omitempty" maxLength:"500" doc:"暂停时必填"`
	}
}

func (s *Site) apiActSchool(ctx context.Context, v *visit, in *actSchoolAsk) (*one[schoolDoc], error) {
	c, err := s.exchange.ActSchool(ctx, v.actor, in.ID, in.Body.Verb, in.Body.Why)
	if err != nil {
		return nil, err
	}
	return &one[schoolDoc]{schoolDocOf(&c)}, nil
}
