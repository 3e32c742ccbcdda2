package web

import (
	"context"
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// schoolRoutes are the schools as their district manages them.
func (s *Site) schoolRoutes() []route {
	seers := access{roles: overseers}
	return []route{
		{http.MethodGet, "/schools", seers, s.schoolList},
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
