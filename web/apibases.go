package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// baseOperations are training bases (实训基地) and their bookings in the API.
func (s *Site) baseOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/bases", id: "list-bases", summary: "实训基地", roles: everyRole, add: serves(s.apiBases)},
		{method: get, path: "/bookings", id: "list-bookings", summary: "一个学年的工位预订：本校的、本单位基地的、本区基地的", roles: everyRole, add: serves(s.apiBookings)},
		{method: post, path: "/bases", id: "create-base", summary: "登记本单位的实训基地", roles: parties, add: serves(s.apiCreateBase)},
		{method: get, path: "/bases/{id}", id: "get-base", summary: "一个实训基地：往后十二周的空余、预订、使用率", roles: everyRole, add: serves(s.apiBase)},
		{method: post, path: "/bases/{id}", id: "change-base", summary: "修改实训基地；带回 rev", roles: parties, add: serves(s.apiSaveBase)},
		{method: post, path: "/bases/{id}/book", id: "book-base", summary: "预订工位或教师实践岗位；名额不够时说明哪一天", roles: schools, add: serves(s.apiBookBase)},
		{method: post, path: "/bases/{id}/answer", id: "answer-booking", summary: "确认、谢绝（所有者）或取消一条预订", roles: parties, add: serves(s.apiAnswerBooking)},
	}
}

func (s *Site) apiBases(ctx context.Context, v *visit, in *stated) (*pageOfDocs[baseDoc], error) {
	found, next, err := s.exchange.Bases(ctx, v.actor, in.list())
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, baseDocOf), nil
}

type baseTerms struct {
	Rev           int64    `json:"rev,omitempty" doc:"修改时带回"`
	Name          string   `json:"name" maxLength:"80"`
	Kind          string   `json:"kind" enum:"校内,校外,共享,虚拟仿真,校中厂,厂中校"`
	Level         string   `json:"level" enum:"国家级,市级,区级,校级"`
	Majors        []string `json:"majors,omitempty" maxItems:"50"`
	Workstations  int      `json:"workstations"`
	EquipmentFen  int64    `json:"equipment_fen,omitempty" doc:"设备总值，分"`
	Open          bool     `json:"open,omitempty" doc:"对其他学校开放"`
	OpenSeats     int      `json:"open_seats,omitempty" doc:"最多开放几个工位；0 为全部"`
	TeacherPlaces int      `json:"teacher_places,omitempty" doc:"教师实践岗位"`
	Region        string   `json:"region,omitempty" maxLength:"6"`
}

type baseAsk struct{ Body baseTerms }

type baseChange struct {
	ID   string `path:"id" maxLength:"200"`
	Body baseTerms
}

func (s *Site) apiCreateBase(ctx context.Context, v *visit, in *baseAsk) (*one[baseDoc], error) {
	return s.apiSaveBase(ctx, v, &baseChange{Body: in.Body})
}

func (s *Site) apiSaveBase(ctx context.Context, v *visit, in *baseChange) (*one[baseDoc], error) {
	t := &in.Body
	b := partnership.TrainingBase{Name: t.Name, Kind: t.Kind, Level: t.Level, Majors: t.Majors, Workstations: t.Workstations, EquipmentCents: t.EquipmentFen, OpenToOthers: t.Open, OpenSeats: t.OpenSeats,
		TeacherPlaces: t.TeacherPlaces, Region: t.Region}
	b.ID, b.Rev = in.ID, t.Rev
	b, err := s.exchange.SaveBase(ctx, v.actor, b)
	return &one[baseDoc]{baseDocOf(&b)}, err
}

type bookingDoc struct {
	ID         string   `json:"id"`
	State      string   `json:"state" doc:"asked 待确认（占着名额）| confirmed 已确认 | declined 已谢绝 | cancelled 已取消"`
	School     string   `json:"school"`
	SchoolName string   `json:"school_name"`
	Cohort     string   `json:"cohort"`
	CohortName string   `json:"cohort_name"`
	Teachers   bool     `json:"teachers" doc:"教师实践"`
	Subject    string   `json:"subject"`
	Seats      int      `json:"seats"`
	From       string   `json:"from"`
	To         string   `json:"to"`
	Weekdays   []int    `json:"weekdays" doc:"1 周一 … 7 周日"`
	Parts      []string `json:"parts" doc:"am 上午 | pm 下午"`
	Why        string   `json:"why"`
}

func bookingDocOf(k *partnership.BaseBooking) bookingDoc {
	return bookingDoc{k.ID, string(k.State), k.School, k.SchoolName, k.Cohort, k.CohortName, k.Teachers, k.Subject, k.Seats, k.From, k.To, append([]int{}, k.Weekdays...), list(k.Parts), k.Why}
}

type baseWeekDoc struct {
	From string `json:"from"`
	To   string `json:"to"`
	Peak int    `json:"peak" doc:"最满的半天已订的工位"`
	Left int    `json:"left"`
	Open int    `json:"open" doc:"其中其他学校可以订的"`
}

type baseWhole struct {
	Base         baseDoc       `json:"base"`
	Year         int           `json:"year" doc:"学年从哪一年 9 月开始"`
	Weeks        []baseWeekDoc `json:"weeks"`
	Bookings     []bookingDoc  `json:"bookings" doc:"所有者和区教委看到全部，学校看到自己的"`
	Taken        int           `json:"taken" doc:"本学年周一到周五已订的工位半天"`
	All          int           `json:"all" doc:"本学年周一到周五全部的工位半天；使用率 = taken ÷ all"`
	PracticeDays float64       `json:"practice_days" doc:"教师实践人天，到今天"`
}

type baseWholeAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Year int    `query:"year" minimum:"0" maximum:"2100" doc:"学年从哪一年 9 月开始；0 为本学年"`
}

func (s *Site) apiBase(ctx context.Context, v *visit, in *baseWholeAsk) (*one[baseWhole], error) {
	view, err := s.exchange.Base(ctx, v.actor, in.ID, in.Year)
	if err != nil {
		return nil, err
	}
	return &one[baseWhole]{baseWholeOf(&view)}, nil
}

func baseWholeOf(view *exchange.BaseView) baseWhole {
	d := baseWhole{Base: baseDocOf(&view.Base), Year: view.Year, Weeks: []baseWeekDoc{}, Bookings: []bookingDoc{}, Taken: view.Taken, All: view.All, PracticeDays: view.PracticeDays}
	for _, w := range view.Weeks {
		d.Weeks = append(d.Weeks, baseWeekDoc(w))
	}
	for i := range view.Bookings {
		d.Bookings = append(d.Bookings, bookingDocOf(&view.Bookings[i]))
	}
	return d
}

type bookAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Cohort   string   `json:"cohort,omitempty" maxLength:"200" doc:"班级批次编号；教师实践不给"`
		Teachers bool     `json:"teachers,omitempty" doc:"预订的是教师实践岗位"`
		Subject  string   `json:"subject" maxLength:"100"`
		Seats    int      `json:"seats"`
		From     string   `json:"from"`
		To       string   `json:"to"`
		Weekdays []int    `json:"weekdays" maxItems:"7" doc:"1 周一 … 7 周日"`
		Parts    []string `json:"parts" maxItems:"2" doc:"am 上午 | pm 下午"`
	}
}

func (s *Site) apiBookBase(ctx context.Context, v *visit, in *bookAsk) (*one[bookingDoc], error) {
	b := &in.Body
	k, err := s.exchange.BookBase(ctx, v.actor, in.ID, partnership.BaseBooking{Cohort: b.Cohort, Teachers: b.Teachers, Subject: b.Subject, Seats: b.Seats, From: b.From, To: b.To, Weekdays: b.Weekdays, Parts: b.Parts})
	return &one[bookingDoc]{bookingDocOf(&k)}, err
}

type bookingAnswer struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Booking string `json:"booking" maxLength:"100"`
		Year    int    `json:"year,omitempty" doc:"预订所在的学年；不给为本学年"`
		Verb    string `json:"verb" enum:"confirm,decline,cancel"`
		Why     string `json:"why,omitempty" maxLength:"200"`
	}
}

func (s *Site) apiAnswerBooking(ctx context.Context, v *visit, in *bookingAnswer) (*one[bookingDoc], error) {
	b := &in.Body
	k, err := s.exchange.ActBooking(ctx, v.actor, in.ID, b.Year, b.Booking, b.Verb, b.Why)
	return &one[bookingDoc]{bookingDocOf(&k)}, err
}
