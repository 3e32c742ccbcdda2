package web

import (
	"context"
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/matching"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

type unmetPage struct {
	page
	List    cursorList
	Sums    []unmetSumRow
	Majors  []unmetMajorRow
	Demand  []unmetDemandRow
	Side    []option
	Reason  []option
	Export  string
	Words   bool // what was searched for and not found is shown
	Rows    []unmetRowOfSearch
	Overall bool // the actor sees both sides
}

type unmetSumRow struct{ URL, Side, Kind, Entries, Heads string }

type unmetMajorRow struct{ Major, Students, Slots string }

// unmetDemandRow is a post that nobody answers, or a cohort without posts.
type unmetDemandRow struct {
	URL, Name, Party, Side, Count, Kind, Why, Since string
	Near                                            []unmetNearRow
	Sample                                          bool
}

type unmetNearRow struct{ URL, Name, Party, Score, Why string }

// unmetRowOfSearch is a query that found nothing.
type unmetRowOfSearch struct {
	ID, Text, URL, Times, Who, Last, Now string
	Answers                              []stepRow
}

// majorsShown is how many lines of the roll-up by major a page shows; the file has all entries.
const majorsShown = 15

func unmetSide(side string) string {
	return map[string]string{partnership.UnmetPost: "没有人应的岗位", partnership.UnmetCohort: "没有岗位的班级"}[side]
}

var unmetKinds = []string{partnership.UnmetMajor, partnership.UnmetDistance, partnership.UnmetPay, partnership.UnmetWindow, partnership.UnmetRule, partnership.UnmetCapacity, partnership.UnmetOpen}

func unmetQuery(v *visit) exchange.UnmetQuery {
	return exchange.UnmetQuery{Side: v.Query("side"), Kind: v.Query("kind"), List: exchange.List{After: v.Query("after"), Limit: 50}}
}

func unmetDemandRowOf(u *partnership.UnmetDemand) unmetDemandRow {
	kind, other, unit := exchange.KindPost, exchange.KindCohort, " 个名额"
	if u.Side == partnership.UnmetCohort {
		kind, other, unit = other, kind, " 名学生"
	}
	row := unmetDemandRow{URL: pageOf(kind, u.Doc), Name: u.Name, Party: u.PartyName, Side: unmetSide(u.Side), Count: number(u.Count) + unit, Kind: partnership.UnmetWords(u.Kind), Why: u.Why, Since: day(u.Since), Sample: u.Sample}
	for _, n := range u.Near {
		near := unmetNearRow{URL: pageOf(other, n.ID), Name: n.Name, Party: n.Party, Why: n.Why}
		if n.Score > 0 {
			near.Score = matching.Points(n.Score) + " 分"
		}
		row.Near = append(row.Near, near)
	}
	return row
}

// unmet lists what stayed open on either side, with the reason and the nearest
// alternatives; for the district also what was searched for and not found.
func (s *Site) unmet(v *visit) error {
	if v.Query("format") != "" {
		return s.exportUnmet(v)
	}
	q := unmetQuery(v)
	found, next, err := s.exchange.UnmetDemand(v.ctx(), v.actor, q)
	if err != nil {
		return err
	}
	sums, majors, err := s.exchange.UnmetSums(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &unmetPage{page: page{Title: "未满足的需求", Crumbs: []link{{Label: "未满足的需求"}}}, List: cursorList{Path: "/unmet"}, Words: v.actor.SeesAll(), Overall: v.actor.SeesAll()}
	kept := url.Values{}
	for name, value := range map[string]string{"side": q.Side, "kind": q.Kind} {
		if value != "" {
			kept.Set(name, value)
		}
	}
	p.List.follow(kept, q.After, next)
	file := url.Values{"format": {"xlsx"}}
	for name := range kept {
		file.Set(name, kept.Get(name))
	}
	p.Export = "/unmet?" + file.Encode()
	p.Side = []option{{Label: "全部"}, {Value: partnership.UnmetPost, Label: unmetSide(partnership.UnmetPost), Chosen: q.Side == partnership.UnmetPost}, {Value: partnership.UnmetCohort, Label: unmetSide(partnership.UnmetCohort), Chosen: q.Side == partnership.UnmetCohort}}
	p.Reason = []option{{Label: "全部"}}
	for _, k := range unmetKinds {
		p.Reason = append(p.Reason, option{Value: k, Label: partnership.UnmetWords(k), Chosen: q.Kind == k})
	}
	for _, one := range sums {
		unit := map[string]string{partnership.UnmetPost: " 个名额", partnership.UnmetCohort: " 名学生"}[one.Side]
		p.Sums = append(p.Sums, unmetSumRow{"/unmet?" + url.Values{"side": {one.Side}, "kind": {one.Kind}}.Encode(), unmetSide(one.Side), partnership.UnmetWords(one.Kind), number(one.Entries), number(one.Heads) + unit})
	}
	for _, m := range majors[:min(len(majors), majorsShown)] {
		p.Majors = append(p.Majors, unmetMajorRow{m.Major, number(m.Students), number(m.Slots)})
	}
	for i := range found {
		p.Demand = append(p.Demand, unmetDemandRowOf(&found[i]))
	}
	if p.Words {
		all, err := s.exchange.Missed(v.ctx(), v.actor)
		if err != nil {
			return err
		}
		for i := range all {
			p.Rows = append(p.Rows, missedRow(&all[i]))
		}
	}
	return s.render(v, http.StatusOK, "unmet", p)
}

func (s *Site) exportUnmet(v *visit) error {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return err
	}
	q := unmetQuery(v)
	q.After, q.Limit = "", 100
	return s.sendRows(v, format, sheets.UnmetDemand(), false, func(yield func(map[string]any, error) bool) {
		for {
			found, next, err := s.exchange.UnmetDemand(v.ctx(), v.actor, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found {
				r := unmetDemandRowOf(&found[i])
				row := map[string]any{"side": r.Side, "name": r.Name, "party": r.Party, "count": found[i].Count, "kind": r.Kind, "why": r.Why, "since": found[i].Since, "majors": found[i].Majors}
				for k, n := range r.Near {
					row["near"+plain(k+1)] = joinWords("：", joinWords(" ", n.Party, n.Name), n.Why)
				}
				if !yield(row, nil) {
					return
				}
			}
			if q.After = next; next == "" {
				return
			}
		}
	})
}

func missedRow(m *exchange.MissedView) unmetRowOfSearch {
	row := unmetRowOfSearch{ID: m.ID, Text: m.Text, URL: "/search?q=" + url.QueryEscape(m.Text), Times: number(m.Times), Last: moment(m.Last), Now: "仍然没有"}
	if m.Now > 0 {
		row.Now = "现在有 " + number(m.Now) + " 条"
	}
	if m.Schools > 0 {
		row.Who = "学校 " + number(m.Schools) + " 次"
	}
	if m.Companies > 0 {
		row.Who = joinWords("，", row.Who, "企业 "+number(m.Companies)+" 次")
	}
	if other := m.Times - m.Schools - m.Companies; other > 0 {
		row.Who = joinWords("，", row.Who, "区里 "+number(other)+" 次")
	}
	for _, a := range m.Answers {
		row.Answers = append(row.Answers, stepRow{moment(a.At), "处理", a.Why})
	}
	return row
}

func (s *Site) answerUnmet(v *visit) error {
	if err := s.exchange.DoneMissed(v.ctx(), v.actor, v.PostForm("id"), v.PostForm("how")); err != nil {
		return err
	}
	v.flash("已记下。以后再有人找不到，会重新出现在这里")
	return redirectTo(v, "/unmet")
}

type unmetAsk struct {
	Paging
	Side string `query:"side" enum:"post,cohort" doc:"post 没有人应的岗位 | cohort 没有岗位的班级"`
	Kind string `query:"kind" enum:"major,distance,pay,window,rule,capacity,open" doc:"原因"`
}

type unmetDemandDoc struct {
	Side  string            `json:"side"`
	ID    string            `json:"id" doc:"岗位或班级批次的编号"`
	Name  string            `json:"name"`
	Party string            `json:"party"`
	Count int               `json:"count" doc:"名额或学生数"`
	Kind  string            `json:"kind"`
	Why   string            `json:"why"`
	Since string            `json:"since" doc:"从哪天起一直没有满足"`
	Near  []unmetNearestDoc `json:"near" doc:"最近的三个选择"`
}

type unmetNearestDoc struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Party string `json:"party"`
	Score int    `json:"score" doc:"百分之一分"`
	Kind  string `json:"kind"`
	Why   string `json:"why"`
}

func (s *Site) apiUnmetDemand(ctx context.Context, v *visit, in *unmetAsk) (*pageOfDocs[unmetDemandDoc], error) {
	found, next, err := s.exchange.UnmetDemand(ctx, v.actor, exchange.UnmetQuery{Side: in.Side, Kind: in.Kind, List: exchange.List{After: in.After, Limit: in.Limit}})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, func(u *partnership.UnmetDemand) unmetDemandDoc {
		d := unmetDemandDoc{u.Side, u.Doc, u.Name, u.PartyName, u.Count, u.Kind, u.Why, u.Since, []unmetNearestDoc{}}
		for _, n := range u.Near {
			d.Near = append(d.Near, unmetNearestDoc(n))
		}
		return d
	}), nil
}
