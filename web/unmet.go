package web

import (
	"net/http"
	"net/url"

	"sunmao/services/exchange"
)

type unmetPage struct {
	page
	Rows []unmetRowOfSearch
}

// unmetRowOfSearch is a query that found nothing.
type unmetRowOfSearch struct {
	ID, Text, URL, Times, Who, Last, Now string
	Answers                              []stepRow
}

// unmet lists what was searched for and not found, for the district to act on.
func (s *Site) unmet(v *visit) error {
	all, err := s.exchange.Missed(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &unmetPage{page: page{Title: "没人找到的词", Crumbs: []link{{Label: "没人找到的词"}}}}
	for i := range all {
		p.Rows = append(p.Rows, missedRow(&all[i]))
	}
	return s.render(v, http.StatusOK, "unmet", p)
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
