package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
)

// The shares of the internship regulation (art. 11), percent: interns of all schools
// present at once, of the staff on post and of those on the same kind of post.
const (
	companyPercent = 10
	postPercent    = 20
)

// CapacityView answers "how many more interns may this company take, on which dates".
type CapacityView struct {
	Company string
	Name    string
	From    string
	To      string
	Staff   int                  // on post; 0 if the company has not said
	Limit   int                  // 10 % of them
	Spans   []regulation.DaySpan // how many more, by days; nil while Staff is not known
	Posts   []PostCapacity
	Words   string
}

// PostCapacity is the same for one post: the least of the company's rule, the post's
// own 20 % (where its staff is known) and its free slots.
type PostCapacity struct {
	Post, Title string
	Slots, Left int // free slots
	Staff       int // on the same kind of post
	Limit       int // 20 % of them
	Spans       []regulation.DaySpan
}

// Capacity counts the interns of ALL schools already confirmed at the company against
// the 10 % and 20 % rules, day by day from one day to another, both included. The
// company sees its own; schools see approved companies; only numbers are told.
func (x *Exchange) Capacity(ctx context.Context, actor partnership.Actor, company, from, to string) (CapacityView, error) {
	c, err := x.companies.Get(ctx, company)
	if err != nil {
		return CapacityView{}, known(err, errNoCompany)
	}
	if !maySeeCompany(actor, &c) {
		return CapacityView{}, errNoCompany
	}
	if regulation.Capacity(0, nil, from, to) == nil {
		return CapacityView{}, partnership.Invalid{"from": {"日期请写成 2027-03-01 这样，开始不晚于结束"}}
	}
	all, err := x.bookings(ctx, company, nil)
	if err != nil {
		return CapacityView{}, err
	}
	view := CapacityView{Company: c.ID, Name: c.Name, From: from, To: to, Staff: c.Staff, Limit: regulation.InternLimit(c.Staff, companyPercent)}
	if c.Staff > 0 {
		view.Spans = regulation.Capacity(view.Limit, all, from, to)
	}
	view.Words = capacityWords(&view)
	posts, err := x.posts.All(ctx, store.Query{Where: store.And(store.Field("company").Eq(company),
		store.Field("state").In(string(partnership.PostOpen), string(partnership.PostFull))), Sort: []store.Sort{store.Asc("title")}})
	if err != nil {
		return view, err
	}
	for i := range posts {
		view.Posts = append(view.Posts, postCapacity(&posts[i], &view, all))
	}
	return view, nil
}

func postCapacity(p *partnership.Post, view *CapacityView, all []regulation.Booking) PostCapacity {
	pc := PostCapacity{Post: p.ID, Title: p.Title, Slots: p.Slots, Left: p.Left(), Staff: p.SamePostStaff, Limit: regulation.InternLimit(p.SamePostStaff, postPercent)}
	from, to := max(view.From, p.From), min(view.To, p.To)
	if from > to {
		return pc
	}
	pc.Spans = regulation.Capacity(p.Left(), nil, from, to)
	if view.Staff > 0 {
		pc.Spans = least(pc.Spans, regulation.Capacity(view.Limit, all, from, to))
	}
	if p.SamePostStaff > 0 {
		here := slices.DeleteFunc(slices.Clone(all), func(b regulation.Booking) bool { return b.Post != p.ID })
		pc.Spans = least(pc.Spans, regulation.Capacity(pc.Limit, here, from, to))
	}
	return pc
}

// least is the smaller of two runs of spans over the same days.
func least(a, b []regulation.DaySpan) []regulation.DaySpan {
	var out []regulation.DaySpan
	for i, j := 0, 0; i < len(a) && j < len(b); {
		s := regulation.DaySpan{From: max(a[i].From, b[j].From), To: min(a[i].To, b[j].To), Left: min(a[i].Left, b[j].Left)}
		if n := len(out); n > 0 && out[n-1].Left == s.Left {
			out[n-1].To = s.To
		} else {
			out = append(out, s)
		}
		if a[i].To == s.To {
			i++
		}
		if b[j].To == s.To {
			j++
		}
	}
	return out
}

func capacityWords(v *CapacityView) string {
	if v.Staff <= 0 {
		return "企业没有填写在岗职工人数，算不出还能接收多少实习生。请企业补填人数、日期和证明"
	}
	var parts []string
	for _, s := range v.Spans {
		if s.Left < 0 {
			parts = append(parts, fmt.Sprintf("%s 到 %s 已超出 %d 人", s.From, s.To, -s.Left))
		} else {
			parts = append(parts, fmt.Sprintf("%s 到 %s 还能接收 %d 人", s.From, s.To, s.Left))
		}
	}
	return fmt.Sprintf("在岗职工 %d 人，实习生一般不超过 10%%，即 %d 人：%s", v.Staff, v.Limit, strings.Join(parts, "；"))
}

// bookings are the interns of all schools confirmed at a company by post and days,
// without the placement under check itself.
func (x *Exchange) bookings(ctx context.Context, company string, without *partnership.Placement) ([]regulation.Booking, error) {
	where := store.And(store.Field("company").Eq(company), store.Field("state").In(holding()), store.Field("kind").Eq(string(partnership.KindInternship)))
	rows, err := x.placements.Group(ctx, where, []string{"post", "from", "to"})
	if err != nil {
		return nil, fmt.Errorf("interns of company %s: %w", company, err)
	}
	var out []regulation.Booking
	for _, r := range rows {
		b := regulation.Booking{Post: r.Text(0), From: r.Text(1), To: r.Text(2), Count: int(r.Count)}
		if without != nil && without.State.Holds() && without.Post == b.Post && without.From == b.From && without.To == b.To {
			b.Count--
		}
		out = append(out, b)
	}
	return out, nil
}
