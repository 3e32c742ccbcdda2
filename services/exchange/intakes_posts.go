package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// company is the row's company among those the actor may name, by its code if there is
// one, else by its name; nil after calling bad.
func (n *importNames) company(r sheets.Row, bad func(field, what, allowed string)) *partnership.Company {
	if i := n.companyNamed(r.Text("credit_code")); i >= 0 && r.Has("credit_code") {
		return &n.companies[i]
	}
	m := n.lookUp(NameCompany, r.Text("company"))
	for i := range n.companies {
		if n.companies[i].ID == m.Value {
			return &n.companies[i]
		}
	}
	ask := "企业库里没有“" + r.Text("company") + "”"
	if m.Question != nil {
		ask = m.Question.Ask
	}
	bad("company", ask, "先导入或登记这家企业，或改成企业库里的写法")
	return nil
}

var postKinds = map[string]partnership.PostKind{"认识实习": partnership.KindObservation, "岗位实习": partnership.KindInternship, "就业": partnership.KindJob}

// postTable takes in posts and offers them for review. A row with a number is the post of
// that number, of the company it names. Without one, a post of the same company with the
// same title and days is the same post, unless it is over. A draft that the row leaves as
// it is stays a draft.
func (x *Exchange) postTable(names *importNames) *recordTable[partnership.Post] {
	key := func(p *partnership.Post) string {
		return p.Company + "\x00" + p.Title + "\x00" + p.From + "\x00" + p.To
	}
	t := &recordTable[partnership.Post]{}
	*t = recordTable[partnership.Post]{
		x: x, coll: x.posts, rec: (*partnership.Post).Rec, seen: map[string]bool{},
		key: func(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
			c := names.company(r, bad)
			if c == nil {
				return "", nil
			}
			if id := r.Text("id"); id != "" {
				p, err := x.posts.Get(ctx, id)
				if errors.Is(err, partnership.ErrNotFound) || err == nil && p.Company != c.ID {
					bad("id", "“"+c.Name+"”没有编号为“"+id+"”的岗位", "从平台导出的编号；新岗位空着")
					return "", nil
				}
				return numbered + id, err
			}
			return key(&partnership.Post{Company: c.ID, Title: r.Text("title"), From: r.Text("start"), To: r.Text("end")}), nil
		},
		find: func(ctx context.Context, keys []string) (map[string]partnership.Post, error) {
			out := map[string]partnership.Post{}
			var companies, ids []string
			for _, k := range keys {
				if id, ok := strings.CutPrefix(k, numbered); ok {
					ids = append(ids, id)
					continue
				}
				company, _, _ := strings.Cut(k, "\x00")
				companies = append(companies, company)
			}
			if err := byField(ctx, x.posts, "_id", ids, func(p *partnership.Post) { out[numbered+p.ID] = *p }); err != nil {
				return nil, err
			}
			return out, byField(ctx, x.posts, "company", companies, func(p *partnership.Post) {
				if p.State != partnership.PostClosed && p.State != partnership.PostExpired {
					out[key(p)] = *p
				}
			})
		},
		fill: func(ctx context.Context, p *partnership.Post, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
			if !there {
				newPost(p, names.company(r, bad))
			}
			before := t.digest(p)
			fillPost(p, r)
			if !there && p.ClosesOn == "" {
				p.ClosesOn = p.From
			}
			if err := tellInvalid(x.checkPost(ctx, p), bad); err != nil {
				return err
			}
			if (p.State == partnership.PostDraft || p.State == partnership.PostReturned) && t.digest(p) != before {
				return p.Submit(names.actor, x.stamp())
			}
			return nil
		},
		may: func(old *partnership.Post) (string, string, string) {
			if old.State.Public() {
				return "title", "这个岗位已经发布，表里的内容与它不同", "请到岗位页面修改，或从表里删去这一行"
			}
			return "", "", ""
		},
		own: func(p partnership.Post) partnership.Post {
			p.Steps, p.Findings, p.Guesses, p.Links, p.LinkMajors, p.Category, p.Unsettled, p.SettleErr = nil, nil, nil, nil, nil, "", false, ""
			return p
		},
		words: postWords,
		name:  func(p *partnership.Post) string { return p.CompanyName + " " + p.Title },
		used:  x.postUsed,
		finish: func(ctx context.Context, ids []string) error {
			return finishRecords(ctx, x, x.posts, "post", ids, x.settlePosts)
		},
	}
	return t
}

// postUsed says what hangs on a post.
func (x *Exchange) postUsed(ctx context.Context, p *partnership.Post) (string, error) {
	n, err := x.allocations.Count(ctx, store.And(store.Field("post").Eq(p.ID), store.Field("state").Ne(offerPreview)))
	if err != nil || n == 0 {
		return "", err
	}
	return "已有匹配轮次的安排", nil
}

// postWords are the users' words for the fields of a post that an import may change.
var postWords = map[string]string{
	"duties": "岗位职责", "skills": "典型工作任务", "majors": "接收专业", "occupation": "职业编码", "slots": "招收人数", "hours_per_day": "每日工时",
	"days_per_week": "每周工时", "pay_fen": "报酬", "lodging": "住宿", "meals": "伙食", "address": "工作地点", "state": "状态", "kind": "岗位类型", "hazards": "危险因素",
	"overtime": "加班", "night_shift": "班次", "rest_day_work": "休息日上班", "labour_grade": "体力劳动强度", "same_post_staff": "同岗位在岗职工数", "pay_wage_fen": "相同岗位工资",
	"lowest_wage_fen": "最低档工资", "assists": "相对独立参加工作", "lift_kg": "单次搬举公斤数", "lifts_per_hour": "每小时搬举次数", "motions_per_minute": "每分钟动作次数",
	"sites": "其他工作地点", "transport": "交通", "pay_form": "支付形式", "pay_cycle": "支付周期", "pay_to": "支付对象", "fees": "向学生收费项目", "tutors": "企业指导教师", "region": "工作区县",
}

// numbered begins the key of a row that names its post by number.
const numbered = "\x00"

// newPost is what a post has of its company, and what is usual.
func newPost(p *partnership.Post, c *partnership.Company) {
	*p = partnership.Post{Company: c.ID, CompanyName: c.Name, State: partnership.PostDraft, Kind: partnership.KindInternship,
		Region: c.Region, Point: c.Point, Cluster: c.Cluster, Sample: c.Sample}
}

// fillPost writes what a row says into a post.
func fillPost(p *partnership.Post, r sheets.Row) {
	setText(&p.Title, r, "title")
	setText(&p.Duties, r, "duties")
	setTexts(&p.Skills, r, "tasks")
	setTexts(&p.Majors, r, "majors")
	setText(&p.Occupation, r, "occupation")
	setCount(&p.Slots, r, "slots")
	setText(&p.From, r, "start")
	setText(&p.To, r, "end")
	setText(&p.Region, r, "region")
	setText(&p.Address, r, "site")
	setTexts(&p.Sites, r, "sites")
	setText(&p.Transport, r, "transport")
	setFen(&p.LowestFen, r, "lowest_wage")
	for field, to := range map[string]*float64{"lift_kg": &p.LiftKg, "lifts_per_hour": &p.LiftsPerHour, "motions_per_minute": &p.Motions} {
		if r.Has(field) {
			*to = r.Number(field)
		}
	}
	if r.Has("independent") {
		p.Assists = !r.Bool("independent")
	}
	setCount(&p.SamePostStaff, r, "same_post_staff")
	setFen(&p.PayWageFen, r, "same_post_wage")
	setText(&p.PayForm, r, "pay_form")
	setCount(&p.PayCycle, r, "pay_cycle_days")
	setText(&p.PayTo, r, "payee")
	if k, ok := postKinds[r.Text("kind")]; ok {
		p.Kind = k
	}
	if p.Duties == "" {
		p.Duties = p.Title
	}
	if r.Has("company_tutor") {
		p.Tutors = max(1, p.Tutors)
	}
	if r.Has("pay") {
		p.PayFen, _ = regulation.MonthlyFen(r.Fen("pay"), r.Text("pay_unit")) // the table allows no other unit
	}
	if r.Has("lodging") {
		p.Lodging = r.Text("lodging") == "统一住宿"
	}
	p.Meals = p.Meals || r.Has("meals")
	fillHours(p, r)
	if g := slices.Index([]string{"", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}, r.Text("labour_grade")); g > 0 {
		p.LabourGrade = g
	}
	none := func(s string) bool { return s == "无" }
	if r.Has("hazards") {
		p.Hazards = slices.DeleteFunc(slices.Clone(r.Texts("hazards")), none)
	}
	if r.Has("fees") {
		p.Fees = strings.Join(slices.DeleteFunc(slices.Clone(r.Texts("fees")), none), "；")
	}
}

// fillHours writes the hours and shifts of a row into a post.
func fillHours(p *partnership.Post, r sheets.Row) {
	if r.Has("daily_hours") {
		p.HoursPerDay = r.Number("daily_hours")
	}
	if w := r.Number("weekly_hours"); w > 0 && p.HoursPerDay > 0 {
		p.DaysPerWeek = w / p.HoursPerDay
	}
	if r.Has("overtime_hours") {
		p.Overtime = r.Number("overtime_hours") > 0
	}
	if r.Has("rest_day_work") || r.Has("holiday_work") {
		p.RestDayWork = r.Bool("rest_day_work") || r.Bool("holiday_work")
	}
	if r.Has("shifts") {
		p.NightShift = slices.ContainsFunc(r.Texts("shifts"), touchesNight)
	}
}

// touchesNight reports whether a shift like 20:00-08:00 touches 22:00 to 06:00.
func touchesNight(shift string) bool {
	var h1, m1, h2, m2 int
	if n, err := fmt.Sscanf(shift, "%d:%d-%d:%d", &h1, &m1, &h2, &m2); n != 4 || err != nil {
		return false
	}
	from, to := h1*60+m1, h2*60+m2
	return from < 6*60 || to > 22*60 || to <= from && to > 0 || from >= 22*60
}

// owner finds the school or company of the actor's that a training base belongs to.
func (n *importNames) owner(name string) (id, full, school, region string) {
	for _, s := range n.schools {
		if (s.Name == name || s.Short == name) && (n.actor.Oversees(s.Region) || n.actor.SpeaksFor(s.ID)) {
			return s.ID, s.Name, s.ID, s.Region
		}
	}
	if i := n.companyNamed(name); i >= 0 && (overseesCompany(n.actor, &n.companies[i]) || n.actor.SpeaksFor(n.companies[i].ID)) {
		c := &n.companies[i]
		return c.ID, c.Name, "", c.Region
	}
	return "", "", "", ""
}

// baseTable takes in training bases of the actor's school or company.
func (x *Exchange) baseTable(names *importNames) *recordTable[partnership.TrainingBase] {
	key := func(owner, name string) string { return owner + "\x00" + name }
	return &recordTable[partnership.TrainingBase]{
		x: x, coll: x.bases, rec: (*partnership.TrainingBase).Rec, seen: map[string]bool{},
		key: func(_ context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
			id, _, _, _ := names.owner(r.Text("owner"))
			if id == "" {
				bad("owner", "没有这个单位，或不是您的单位", "学校或已入库企业的全称")
				return "", nil
			}
			return key(id, r.Text("name")), nil
		},
		find: findByPart(x.bases, 0, "owner", func(b *partnership.TrainingBase) string { return key(b.Owner, b.Name) }),
		fill: func(_ context.Context, b *partnership.TrainingBase, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
			if !there {
				b.Owner, b.OwnerName, b.School, b.Region = names.owner(r.Text("owner"))
			}
			setText(&b.Name, r, "name")
			setText(&b.Kind, r, "kind")
			setText(&b.Level, r, "level")
			setCount(&b.Workstations, r, "workstations")
			setFen(&b.EquipmentCents, r, "equipment_value")
			setText(&b.Region, r, "region")
			setBool(&b.OpenToOthers, r, "open")
			if r.Has("majors") {
				var trades []string
				b.Majors = nil
				for _, text := range r.Texts("majors") {
					code, near, ok := names.lookups().Major(text)
					if !ok {
						bad("majors", "不认识专业“"+text+"”", joinOr("专业目录里的代码或名称", near))
						continue
					}
					if m, known := x.cat().Major(code); known && text == code {
						text = m.Name
					}
					b.Majors, trades = append(b.Majors, code), append(trades, text)
				}
				b.Trades = strings.Join(trades, "、")
			}
			return nil
		},
		own: func(b partnership.TrainingBase) partnership.TrainingBase { return b },
		words: map[string]string{"kind": "基地类型", "level": "级别", "majors": "面向专业", "workstations": "工位数", "equipment_fen": "设备总值",
			"open_to_others": "是否对外开放", "region": "所在区县"},
		name: func(b *partnership.TrainingBase) string { return b.Name },
		finish: func(ctx context.Context, ids []string) error {
			return finishRecords(ctx, x, x.bases, "", ids, func(ctx context.Context, bases []partnership.TrainingBase) error {
				return putAll(ctx, x, bases, x.baseDocument)
			})
		},
	}
}

func joinOr(text string, near []string) string {
	if len(near) > 0 {
		return text + "，是不是：" + strings.Join(near, "、")
	}
	return text
}

// classTable takes in order classes.
func (x *Exchange) classTable(names *importNames) *recordTable[partnership.OrderClass] {
	key := func(o *partnership.OrderClass) string { return o.School + "\x00" + o.Company + "\x00" + o.Name }
	return &recordTable[partnership.OrderClass]{
		x: x, coll: x.classes, rec: (*partnership.OrderClass).Rec, seen: map[string]bool{},
		key: func(_ context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
			c := names.company(r, bad)
			if c == nil {
				return "", nil
			}
			school, ok := names.school("", r, bad)
			if !ok {
				return "", nil
			}
			return key(&partnership.OrderClass{School: school, Company: c.ID, Name: r.Text("name")}), nil
		},
		find: findByPart(x.classes, 0, "school", key),
		fill: func(ctx context.Context, o *partnership.OrderClass, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
			if !there {
				c := names.company(r, bad)
				id, _ := names.school("", r, bad)
				s, err := x.schools.Get(ctx, id)
				if err != nil {
					return fmt.Errorf("school of order class: %w", err)
				}
				o.Company, o.CompanyName, o.School, o.SchoolName = c.ID, c.Name, s.ID, s.Name
			}
			setText(&o.Name, r, "name")
			setText(&o.Kind, r, "kind")
			setCount(&o.Seats, r, "seats")
			setCount(&o.Minimum, r, "minimum")
			setFen(&o.PromisedPayFen, r, "pay_floor")
			if r.Has("share_hired") {
				o.PromisedHirePct = int(r.Share("share_hired")*100 + 0.5)
			}
			if r.Has("major") {
				var trades []string
				o.Majors = r.Texts("major")
				for _, code := range o.Majors {
					if m, ok := x.cat().Major(code); ok {
						trades = append(trades, m.Name)
					}
				}
				o.MajorNames = strings.Join(trades, "、")
			}
			if day := r.Text("start"); len(day) == 10 {
				if _, err := fmt.Sscanf(day[:4], "%d", &o.Year); err != nil {
					return err
				}
			}
			if o.Kind == "" {
				o.Kind = "订单班"
			}
			return nil
		},
		own: func(o partnership.OrderClass) partnership.OrderClass {
			return o
		},
		words: map[string]string{"kind": "类别", "majors": "专业", "seats": "计划人数", "minimum": "最低开班人数", "promised_hire_pct": "承诺录用比例",
			"promised_pay_fen": "承诺最低月薪", "year": "开始日期"},
		name: func(o *partnership.OrderClass) string { return o.Name },
		used: func(_ context.Context, o *partnership.OrderClass) (string, error) {
			if o.Enrolled > 0 {
				return fmt.Sprintf("已有 %d 人入班", o.Enrolled), nil
			}
			return "", nil
		},
		finish: func(ctx context.Context, ids []string) error {
			return finishRecords(ctx, x, x.classes, "", ids, func(ctx context.Context, all []partnership.OrderClass) error {
				return putAll(ctx, x, all, x.classDocument)
			})
		},
	}
}
