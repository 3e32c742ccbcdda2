package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/regulation"
)

type capacityPage struct {
	page
	Action, From, To string
	Words            string
	Refused          []string
	Spans            []spanRow
	Posts            []postSpans
}

// spanRow is how many more interns fit on a run of days.
type spanRow struct {
	Window, Left string
	Over         bool
}

type postSpans struct {
	URL, Title, Rule string
	Spans            []spanRow
}

func spanRows(spans []regulation.DaySpan) []spanRow {
	out := make([]spanRow, 0, len(spans))
	for _, s := range spans {
		row := spanRow{Window: span(s.From, s.To), Left: "还能接收 " + number(s.Left) + " 人"}
		if s.Left < 0 {
			row.Left, row.Over = "已超出 "+number(-s.Left)+" 人", true
		}
		out = append(out, row)
	}
	return out
}

// capacityDays are the days asked for, else the half year from today.
func (s *Site) capacityDays(from, to string) (string, string) {
	if from == "" {
		from = s.today()
	}
	if to == "" {
		to = partnership.Day(s.now().AddDate(0, 6, 0))
	}
	return from, to
}

// capacityGrids are the answer as worksheets: the whole company, then post by post.
func capacityGrids(view *exchange.CapacityView) []grid {
	whole := grid{Title: "全企业", Head: []string{"从", "到", "还能接收（人）"}, Note: view.Words}
	for _, sp := range view.Spans {
		whole.add(words(sp.From), words(sp.To), amount(sp.Left))
	}
	posts := grid{Title: "按岗位", Head: []string{"岗位", "招收人数", "剩余名额", "同岗位职工", "从", "到", "还能接收（人）"},
		Note: "取全企业 10%、同岗位 20% 和剩余名额中最小的，含所有学校已确定的实习生。依据《职业学校学生实习管理规定》第十一条。"}
	for _, one := range view.Posts {
		for _, sp := range one.Spans {
			posts.add(words(one.Title), amount(one.Slots), amount(one.Left), amount(one.Staff), words(sp.From), words(sp.To), amount(sp.Left))
		}
	}
	return []grid{whole, posts}
}

// capacity answers how many more interns a company may take, on which dates.
func (s *Site) capacity(v *visit) error {
	id := v.Param("id")
	from, to := s.capacityDays(v.Query("from"), v.Query("to"))
	status, refused := http.StatusOK, []string(nil)
	view, err := s.exchange.Capacity(v.ctx(), v.actor, id, from, to)
	if f := newForm(nil); err != nil && f.refused(err, nil) && len(f.bad) > 0 { // the days; ask again for those that are always right
		status, refused = http.StatusUnprocessableEntity, f.bad["from"]
		usualFrom, usualTo := s.capacityDays("", "")
		view, err = s.exchange.Capacity(v.ctx(), v.actor, id, usualFrom, usualTo)
	}
	if err != nil {
		return err
	}
	if v.Query("format") == "xlsx" && status == http.StatusOK {
		return s.sendGrids(v, "capacity", view.Name+" 接收能力", capacityGrids(&view)...)
	}
	at := pageOf(exchange.KindCompany, id)
	p := &capacityPage{page: page{Title: view.Name + "：还能接收多少实习生", Crumbs: []link{{URL: "/companies", Label: "企业"}, {URL: at, Label: view.Name}, {Label: "接收能力"}}},
		Action: at + "/capacity", From: from, To: to, Words: view.Words, Refused: refused, Spans: spanRows(view.Spans)}
	if v.actor.Role == partnership.RoleCompany {
		p.Crumbs = p.Crumbs[1:]
	}
	for _, one := range view.Posts {
		row := postSpans{URL: pageOf(exchange.KindPost, one.Post), Title: one.Title, Rule: "剩余名额 " + number(one.Left) + " / " + number(one.Slots), Spans: spanRows(one.Spans)}
		if one.Staff > 0 {
			row.Rule += "；同岗位职工 " + number(one.Staff) + " 人，20% 即 " + number(one.Limit) + " 人"
		}
		p.Posts = append(p.Posts, row)
	}
	return s.render(v, status, "capacity", p)
}

type capacityAsk struct {
	ID   string `path:"id" maxLength:"200"`
	From string `query:"from" maxLength:"10" doc:"从哪天起；不给则为今天"`
	To   string `query:"to" maxLength:"10" doc:"到哪天；不给则为半年后"`
}

type spanDoc struct {
	From string `json:"from"`
	To   string `json:"to"`
	Left int    `json:"left" doc:"还能接收的人数；负数为已超出"`
}

func spanDocs(spans []regulation.DaySpan) []spanDoc {
	out := make([]spanDoc, 0, len(spans))
	for _, s := range spans {
		out = append(out, spanDoc{s.From, s.To, s.Left})
	}
	return out
}

type capacityDoc struct {
	Staff int           `json:"staff" doc:"在岗职工；0 为企业没有填写"`
	Limit int           `json:"limit" doc:"其 10%"`
	Spans []spanDoc     `json:"spans"`
	Posts []postSpanDoc `json:"posts"`
	Words string        `json:"words"`
}

type postSpanDoc struct {
	Post  string    `json:"post"`
	Title string    `json:"title"`
	Slots int       `json:"slots"`
	Free  int       `json:"free"`
	Limit int       `json:"limit" doc:"同岗位职工的 20%；0 为没有填写"`
	Spans []spanDoc `json:"spans"`
}

func (s *Site) apiCapacity(ctx context.Context, v *visit, in *capacityAsk) (*one[capacityDoc], error) {
	from, to := s.capacityDays(in.From, in.To)
	view, err := s.exchange.Capacity(ctx, v.actor, in.ID, from, to)
	if err != nil {
		return nil, err
	}
	d := capacityDoc{view.Staff, view.Limit, spanDocs(view.Spans), []postSpanDoc{}, view.Words}
	for _, p := range view.Posts {
		d.Posts = append(d.Posts, postSpanDoc{p.Post, p.Title, p.Slots, p.Left, p.Limit, spanDocs(p.Spans)})
	}
	return &one[capacityDoc]{d}, nil
}
