package web

import (
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// placementRoutes are the pages from a published round to a placement: the offers that
// schools and companies answer, and the students placed by them.
func (s *Site) placementRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	every, both := access{roles: everyRole}, access{roles: parties}
	return []route{
		{get, "/offers", every, s.offers},
		{get, "/offers/:id", every, s.offer},
		{post, "/offers/:id/act", both, s.actOffer},
		{get, "/placements", every, s.placements},
		{get, "/placements/:id", every, s.placement},
		{post, "/placements/:id/act", both, s.actPlacement},
		{post, "/placements/:id/sign", both, s.signPlacement},
		{post, "/placements/act", both, s.actPlacements},
		{get, "/placements/:id/papers", both, s.papersForm},
		{post, "/placements/:id/papers", both, s.savePapers},
		{get, "/placements/:id/agreement", both, s.agreementPaper},
		{post, "/placements/:id/agreement", both, s.printAgreement},
		{post, "/placements/:id/reveal", both, s.revealPlaced},
		{post, "/placements/:id/evaluate", both, s.evaluatePlacement},
		{post, "/placements/:id/note", both, s.notePlacement},
		{post, "/placements/:id/answer", access{roles: schools}, s.answerMark},
		{get, "/supervision", both, s.supervision},
		{post, "/supervision/roll", access{roles: companies}, s.callRoll},
	}
}

func offerURL(id string) string     { return "/offers/" + url.PathEscape(id) }
func placementURL(id string) string { return "/placements/" + url.PathEscape(id) }

type offersPage struct {
	page
	List   cursorList
	Rows   []offerRow
	Export string
}

type offerRow struct {
	URL, Cohort, Post, Company, Count, Score string
	State                                    mark
	Sample                                   bool
}

func offerMark(state string) mark {
	return mark{allocationWords(state), map[string]string{"offered": "warn", "accepted": "good", "declined": "bad"}[state]}
}

func offerRowOf(a *partnership.Allocation) offerRow {
	return offerRow{offerURL(a.ID), a.CohortName, a.PostTitle, a.CompanyName, number(a.Count), points(a.Score), offerMark(a.State), a.Sample}
}

func (s *Site) offers(v *visit) error {
	list, ask := readCursor(v, "/offers")
	var states []option
	for _, st := range []string{"offered", "accepted", "declined"} {
		states = append(states, option{Value: st, Label: allocationWords(st)})
	}
	ask.State = list.states(ask.State, states)
	if v.Query("format") != "" {
		return s.exportOffers(v, ask)
	}
	found, next, err := s.exchange.Offers(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	p := &offersPage{page: page{Title: "安排与答复", Crumbs: []link{{Label: "安排与答复"}}}, List: list, Export: "/offers?format=xlsx"}
	if ask.State != "" {
		p.Export += "&state=" + ask.State
	}
	for i := range found {
		p.Rows = append(p.Rows, offerRowOf(&found[i]))
	}
	return s.render(v, http.StatusOK, "offers", p)
}

type offerPage struct {
	page
	Row        offerRow
	Facts      []fact
	Why        []string
	Placements []placementRow
	Verbs      []verbForm
}

func (s *Site) offer(v *visit) error {
	view, err := s.exchange.Offer(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	a := &view.Offer
	p := &offerPage{page: page{Title: a.CohortName + " → " + a.PostTitle, Crumbs: []link{{URL: "/offers", Label: "安排与答复"}, {Label: a.PostTitle}}},
		Row: offerRowOf(a), Why: a.Why, Placements: placementRowsOf(view.Placements), Verbs: verbForms(offerURL(a.ID), view.Verbs)}
	p.Facts = []fact{{"班级批次", a.CohortName}, {"岗位", a.PostTitle}, {"企业", a.CompanyName}, {"人数", number(a.Count) + " 人，还有 " + number(view.Open) + " 个名额没有确定学生"},
		{"起止时间", span(view.From, view.To)}, {"匹配轮次", view.Round}}
	return s.render(v, http.StatusOK, "offer", p)
}

func (s *Site) actOffer(v *visit) error {
	id, verb := v.Param("id"), v.PostForm("verb")
	if verb == "name" {
		named, err := s.exchange.NameStudents(v.ctx(), v.actor, id, nil)
		if err != nil {
			return err
		}
		v.flash("已确定 " + number(len(named)) + " 名学生：先安排轮到次数少的和绿色通道，再按公布的随机数抽签")
	} else {
		a, err := s.exchange.ActOffer(v.ctx(), v.actor, id, verb, v.PostForm("why"))
		if err != nil {
			return err
		}
		v.flash(allocationWords(a.State) + "，学校会看到您的答复")
	}
	v.Redirect(http.StatusSeeOther, offerURL(id))
	return nil
}

type placementsPage struct {
	page
	List   cursorList
	Rows   []placementRow
	Bulk   []option // verbs for the rows that are ticked
	Done   []doneRow
	Export string
}

// doneRow is what became of one row of a bulk action.
type doneRow struct {
	URL, Student, Words string
	OK                  bool
}

type placementRow struct {
	ID, URL, Student, Cohort, Post, Company, Window string
	State                                           mark
	Sample                                          bool
}

func placementMark(st partnership.PlacementState) mark {
	tones := map[partnership.PlacementState]string{partnership.PlacementProposed: "warn", partnership.PlacementAccepted: "warn", partnership.PlacementAgreed: "info",
		partnership.PlacementOnPost: "good", partnership.PlacementCompleted: "good", partnership.PlacementEnded: "bad", partnership.PlacementDeclined: "bad"}
	return mark{st.Words(), tones[st]}
}

func placementRowsOf(rows []exchange.PlacementRow) []placementRow {
	out := make([]placementRow, 0, len(rows))
	for i := range rows {
		p := &rows[i].Placement
		name := joinWords(" ", rows[i].Student.Number, rows[i].Student.Name)
		if name == "" {
			name = "1 名学生"
		}
		out = append(out, placementRow{p.ID, placementURL(p.ID), name, p.CohortName, p.PostTitle, p.CompanyName, span(p.From, p.To), placementMark(p.State), p.Sample})
	}
	return out
}
