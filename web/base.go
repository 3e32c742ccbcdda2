package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// baseRoutes are the pages of training bases (实训基地).
func (s *Site) baseRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	every, both := access{roles: everyRole}, access{roles: parties}
	return []route{
		{get, "/bases", every, s.bases},
		{get, "/bookings", every, s.bookings},
		{get, "/bases/new", both, s.baseForm},
		{post, "/bases", both, s.saveBase},
		{get, "/bases/:id", every, s.base},
		{get, "/bases/:id/edit", both, s.baseForm},
		{post, "/bases/:id", both, s.saveBase},
		{post, "/bases/:id/book", both, s.bookBase},
	}
}

func baseURL(id string) string { return pageOf(exchange.KindBase, id) }

func (s *Site) base(v *visit) error {
	view, err := s.exchange.Base(v.ctx(), v.actor, v.Param("id"), whole(v.Query("year"), 2100))
	if err != nil {
		return err
	}
	if v.Query("format") == "xlsx" {
		return s.sendGrids(v, "base", view.Base.Name, baseGrids(&view)...)
	}
	return s.showBase(v, http.StatusOK, &view, nil)
}

func (s *Site) showBase(v *visit, status int, view *exchange.BaseView, refused *form) error {
	b := &view.Base
	at := baseURL(b.ID)
	year := plain(view.Year)
	p := &recordPage{page: page{Title: b.Name, Crumbs: []link{{URL: "/bases", Label: "实训基地"}, {Label: b.Name}}}, Sample: b.Sample, Grids: baseGrids(view),
		Links: []link{{URL: at + "?year=" + plain(view.Year+1), Label: "下一学年"}, {URL: at + "?format=xlsx&year=" + year, Label: "下载 Excel"}}}
	if view.Owns {
		p.Links = append([]link{{URL: at + "/edit", Label: "修改"}}, p.Links...)
	}
	money, open := "未填写", "不对外开放"
	if b.EquipmentCents > 0 {
		money = yuan(b.EquipmentCents) + " 元"
	}
	if b.OpenToOthers {
		open = "对其他学校开放 " + number(b.OpenTo()) + " 个工位"
	}
	p.Facts = []fact{{"所有者", b.OwnerName}, {"类型与级别", joinWords("，", b.Kind, b.Level)}, {"专业", orDash(b.Trades)}, {"工位", count(b.Workstations, "个")}, {"设备总值", money}, {"开放", open},
		{"教师实践岗位", count(b.TeacherPlaces, "个")}, {"学年", year + "—" + plain(view.Year+1)},
		{"工位使用率", shareWords(view.Taken, view.All) + "（周一到周五的半天，" + number(view.Taken) + " / " + number(view.All) + "）"}, {"教师实践", decimal(view.PracticeDays) + " 人天（到今天）"}}
	cohorts, err := s.bookableCohorts(v, view)
	if err != nil {
		return err
	}
	p.Forms = baseForms(view, cohorts, refused)
	return s.showRecord(v, status, p)
}

// bookableCohorts are the cohorts of the reader's school.
func (s *Site) bookableCohorts(v *visit, view *exchange.BaseView) ([]option, error) {
	if !view.Books {
		return nil, nil
	}
	found, _, err := s.exchange.Cohorts(v.ctx(), v.actor, exchange.List{Limit: 100})
	if err != nil {
		return nil, err
	}
	var out []option
	for i := range found {
		out = append(out, option{Value: found[i].ID, Label: found[i].Name + "（" + number(found[i].Size) + " 人）"})
	}
	return out, nil
}

var weekdayNames = []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}

// baseGrids are the tables of a base, on the page and in the workbook alike.
func baseGrids(view *exchange.BaseView) []grid {
	weeks := grid{Title: "往后十二周的空余", Head: []string{"周", "最满的半天已订", "剩余工位", "其中对外开放"}, Empty: "本学年已结束。"}
	for _, w := range view.Weeks {
		weeks.add(words(span(w.From, w.To)), amount(w.Peak), amount(w.Left), amount(w.Open))
	}
	booked := grid{Title: "预订", Head: []string{"学校与班级", "内容", "人数", "时间", "状态", "编号"}, Empty: "还没有预订。"}
	for i := range view.Bookings {
		k := &view.Bookings[i]
		state := toned(k.State.Words(), bookingTones[k.State])
		if k.Why != "" {
			state.Words += "：" + k.Why
		}
		booked.add(words(bookedBy(k)), words(k.Subject), amount(k.Seats), words(bookingDays(k)), state, words(k.ID))
	}
	return []grid{weeks, booked}
}

func bookingDays(k *partnership.BaseBooking) string {
	var days, parts []string
	for _, d := range k.Weekdays {
		days = append(days, weekdayNames[d-1])
	}
	for _, p := range k.Parts {
		parts = append(parts, map[string]string{partnership.Morning: "上午", partnership.Afternoon: "下午"}[p])
	}
	return span(k.From, k.To) + "，" + joinWords("、", days...) + joinWords("、", parts...)
}

func baseForms(view *exchange.BaseView, cohorts []option, refused *form) []smallForm {
	to := baseURL(view.Base.ID) + "/book"
	var out []smallForm
	week := make([]option, 7)
	for i, d := range weekdayNames {
		week[i] = option{Value: plain(i + 1), Label: d}
	}
	when := func(f *form, prefix string) []field {
		return []field{f.field(prefix+"from", "开始日期", field{Kind: "date", Width: 6, Required: true}), f.field(prefix+"to", "结束日期", field{Kind: "date", Width: 6, Required: true}),
			f.field(prefix+"weekdays", "星期", field{Kind: "checks", Width: 12, Options: slices.Clone(week)}),
			f.field(prefix+"parts", "时段", field{Kind: "checks", Width: 12, Options: []option{{Value: partnership.Morning, Label: "上午"}, {Value: partnership.Afternoon, Label: "下午"}}})}
	}
	if view.Books {
		f := small("book", "预订工位", "预订", to, refused, func(f *form) []field {
			return append([]field{f.field("cohort", "班级批次", field{Kind: "select", Width: 12, Required: true, Options: openOr("请选择", cohorts)}),
				f.field("subject", "实训内容", field{Width: 12, Required: true}), f.field("seats", "人数", field{Kind: "number", Width: 12, Required: true, Unit: "人"})}, when(f, "")...)
		})
		f.Note = "两个班同时预订，也不会超过工位数：后到的会被告知哪一天不够。"
		out = append(out, f)
		if view.Base.TeacherPlaces > 0 {
			out = append(out, small("teachers", "预订教师实践", "预订岗位", to, refused, func(f *form) []field {
				return append([]field{f.field("t_subject", "实践内容", field{Width: 12, Required: true}), f.field("t_seats", "教师人数", field{Kind: "number", Width: 12, Required: true, Unit: "人"})}, when(f, "t_")...)
			}))
		}
	}
	var own []option
	for i := range view.Bookings {
		if k := &view.Bookings[i]; k.State.Holds() {
			own = append(own, option{Value: k.ID, Label: joinWords("，", k.SchoolName, k.CohortName, k.Subject, span(k.From, k.To))})
		}
	}
	if len(own) > 0 && (view.Owns || view.Books) {
		verbs := []option{{Value: "cancel", Label: "取消"}}
		if view.Owns {
			verbs = []option{{Value: "confirm", Label: "确认"}, {Value: "decline", Label: "谢绝"}, {Value: "cancel", Label: "取消"}}
		}
		out = append(out, small("answer", "答复或取消", "登记", to, refused, func(f *form) []field {
			return []field{f.field("booking", "哪一条", field{Kind: "select", Width: 12, Options: own}), f.field("verb", "怎样", field{Kind: "select", Width: 12, Options: verbs}),
				f.field("why", "原因", field{Width: 12, Hint: "谢绝或取消要写明"})}
		}))
		out[len(out)-1].Hidden = []pair{{"year", plain(view.Year)}}
	}
	return out
}

func (s *Site) bookBase(v *visit) error {
	id := v.Param("id")
	do := func(key string, f *form) (string, error) {
		if key == "answer" {
			k, err := s.exchange.ActBooking(v.ctx(), v.actor, id, f.whole("year"), f.text("booking"), f.text("verb"), f.text("why"))
			return "预订" + k.State.Words(), err
		}
		prefix := ""
		if key == "teachers" {
			prefix = "t_" // fields of another form have other names on one page
		}
		k := partnership.BaseBooking{Teachers: prefix != "", Cohort: f.text("cohort"), Subject: f.text(prefix + "subject"), Seats: f.whole(prefix + "seats"), From: f.text(prefix + "from"), To: f.text(prefix + "to"), Parts: f.values[prefix+"parts"]}
		for _, d := range f.values[prefix+"weekdays"] {
			k.Weekdays = append(k.Weekdays, whole(d, 7))
		}
		if err := f.bad.Err(); err != nil {
			return "", err
		}
		k, err := s.exchange.BookBase(v.ctx(), v.actor, id, k)
		for _, name := range []string{"subject", "seats", "from", "to", "weekdays", "parts"} {
			if prefix != "" {
				err = renamed(err, name, prefix+name)
			}
		}
		if err != nil {
			return "", err
		}
		return "预订" + k.State.Words() + "：" + bookingDays(&k), nil
	}
	return s.sentForm(v, baseURL(id), do, func(status int, f *form) error {
		view, err := s.exchange.Base(v.ctx(), v.actor, id, whole(f.text("year"), 2100))
		if err != nil {
			return err
		}
		return s.showBase(v, status, &view, f)
	})
}

func (s *Site) baseForm(v *visit) error {
	values := url.Values{"kind": {"校内"}, "level": {"校级"}, "region": {s.region}}
	if id := v.Param("id"); id != "" {
		view, err := s.exchange.Base(v.ctx(), v.actor, id, 0)
		if err != nil {
			return err
		}
		if !view.Owns {
			return partnership.Refuse(partnership.ErrForbidden, "只有基地的所有者可以修改")
		}
		b := &view.Base
		values = url.Values{"rev": {strconv.FormatInt(b.Rev, 10)}, "name": {b.Name}, "kind": {b.Kind}, "level": {b.Level}, "majors": b.Majors, "region": {b.Region}}
		for name, n := range map[string]int{"workstations": b.Workstations, "open_seats": b.OpenSeats, "teacher_places": b.TeacherPlaces} {
			if n > 0 {
				values.Set(name, plain(n))
			}
		}
		if b.EquipmentCents > 0 {
			values.Set("equipment_fen", typedYuan(b.EquipmentCents))
		}
		if b.OpenToOthers {
			values.Set("open", "1")
		}
	}
	return s.showBaseForm(v, http.StatusOK, v.Param("id"), newForm(values))
}

func (s *Site) showBaseForm(v *visit, status int, id string, f *form) error {
	p := &formPage{page: page{Title: "登记实训基地", Crumbs: []link{{URL: "/bases", Label: "实训基地"}, {Label: "登记"}}}, Submit: "保存", Cancel: "/bases",
		Intro: "登记后学校可以按班级预订工位。对外开放的，其他学校也能找到并预订，由您确认。"}
	f.Action = "/bases"
	if id != "" {
		p.Title, p.Cancel, f.Action = "修改实训基地", baseURL(id), baseURL(id)
		p.Crumbs = []link{{URL: "/bases", Label: "实训基地"}, {URL: p.Cancel, Label: f.text("name")}, {Label: "修改"}}
		f.Hidden = append(f.Hidden, pair{"rev", f.text("rev")})
	}
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return err
	}
	f.done([]section{{Legend: "基地", Fields: []field{
		f.field("name", "基地名称", field{Required: true, Width: 6}),
		f.field("kind", "类型", field{Kind: "select", Required: true, Width: 3, Options: choices(partnership.BaseKinds())}),
		f.field("level", "级别", field{Kind: "select", Required: true, Width: 3, Options: choices(partnership.BaseLevels())}),
		f.field("workstations", "工位", field{Kind: "number", Required: true, Width: 3, Unit: "个"}),
		f.field("equipment_fen", "设备总值", field{Kind: "number", Width: 3, Unit: "元"}),
		f.field("teacher_places", "教师实践岗位", field{Kind: "number", Width: 3, Unit: "个"}),
		f.field("region", "区县代码", field{Required: true, Width: 3}),
		f.field("open", "对其他学校开放", field{Kind: "check", Width: 6}),
		f.field("open_seats", "最多开放", field{Kind: "number", Width: 3, Unit: "个", Hint: "留空为全部"}),
		f.field("majors", "专业", field{Kind: "checks", Width: 12, Options: s.offeredMajors(schools, f.values["majors"])})}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) saveBase(v *visit) error {
	id := v.Param("id")
	f := newForm(v.Request.PostForm)
	draft := partnership.TrainingBase{Name: f.text("name"), Kind: f.text("kind"), Level: f.text("level"), Majors: f.values["majors"], Workstations: f.whole("workstations"), EquipmentCents: f.fen("equipment_fen"),
		TeacherPlaces: f.whole("teacher_places"), OpenToOthers: f.on("open"), OpenSeats: f.whole("open_seats"), Region: f.text("region")}
	if draft.ID = id; id != "" {
		if _, err := s.exchange.Base(v.ctx(), v.actor, id, 0); err != nil {
			return err
		}
		var err error
		if draft.Rev, err = strconv.ParseInt(f.text("rev"), 10, 64); err != nil {
			return errStale
		}
	}
	err := f.bad.Err()
	if err == nil {
		draft, err = s.exchange.SaveBase(v.ctx(), v.actor, draft)
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showBaseForm(v, explain(err).Status, id, f)
	}
	v.flash("实训基地已保存")
	return redirectTo(v, baseURL(draft.ID))
}
