package exchange

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// EvidencePack is what stands on the platform for a company that applies as 产教融合型企业, or
// is judged as one, over three years: each figure with the rows behind it and what is missing.
type EvidencePack struct {
	Company      partnership.Company
	From, To     string // days, both included
	Part         bool   // only the rows of the actor's school or district
	Items        []EvidenceItem
	Interns      []EvidenceYear
	Cooperations []partnership.Cooperation
	Alliances    []partnership.Alliance
	Classes      []partnership.OrderClass
	Bases        []partnership.TrainingBase
	Posts        []partnership.Post
	Hires        []HireRow
	Practice     []PracticeRow
}

// EvidenceItem is one figure of the pack. Rows counts the records it was made of; Missing says
// what the platform does not know, and who can give it.
type EvidenceItem struct {
	Name, Value, Unit string
	Rows              int
	From              string // which table of the pack has the rows
	Missing           string
}

// EvidenceYear counts the internships of a company that began in one calendar year.
type EvidenceYear struct {
	Year, Students, ThreeMonths, Completed, Early int
	School                                        string
}

// HireRow counts the graduates of a school and year whom the company employs.
type HireRow struct {
	School    string
	Year      int
	Hired     int
	Confirmed int // by the company
}

// PracticeRow is teachers' practice in a base of the company.
type PracticeRow struct {
	School, Base, Until string
	Days                int
}

// evidenceYears is how far back a pack goes: the usual conditions speak of three years.
const evidenceYears = 3

// evidence gathers one pack.
type evidence struct {
	*EvidencePack
	x      *Exchange
	school store.Filter      // of the rows the actor may read
	names  map[string]string // of schools
	may    func(school string) bool
}

// Evidence gathers the pack of a company: for itself and its operator whole, for a district
// with the rows of its schools, for a school with its own.
func (x *Exchange) Evidence(ctx context.Context, actor partnership.Actor, company string) (EvidencePack, error) {
	c, err := x.companies.Get(ctx, company)
	if err != nil {
		return EvidencePack{}, known(err, errNoCompany)
	}
	if !maySeeCompany(actor, &c) {
		return EvidencePack{}, errNoCompany
	}
	now := x.now().In(partnership.Beijing)
	e := &evidence{EvidencePack: &EvidencePack{Company: c, To: partnership.Day(now), From: partnership.Day(now.AddDate(-evidenceYears, 0, 1))}, x: x, names: map[string]string{}}
	if e.school, err = x.between(ctx, actor); err != nil {
		return *e.EvidencePack, err
	}
	if actor.Role == partnership.RoleCompany {
		e.school = store.Filter{}
	}
	e.Part = actor.Role == partnership.RoleSchool || actor.Role == partnership.RoleDistrict
	inside := map[string]bool{}
	schools, err := x.Schools(ctx)
	if err != nil {
		return *e.EvidencePack, err
	}
	for i := range schools {
		s := &schools[i]
		e.names[s.ID] = s.Name
		inside[s.ID] = !e.Part || actor.SpeaksFor(s.ID) || actor.Role == partnership.RoleDistrict && actor.Covers(s.Region)
	}
	e.may = func(school string) bool { return inside[school] }
	for _, gather := range []func(context.Context) error{e.interns, e.classes, e.bases, e.practice, e.posts, e.hires, e.register} {
		if err := gather(ctx); err != nil {
			return *e.EvidencePack, fmt.Errorf("evidence of a company: %w", err)
		}
	}
	e.itself()
	return *e.EvidencePack, nil
}

func (e *evidence) item(name string, value int64, unit string, rows int, from, missing string) {
	e.Items = append(e.Items, EvidenceItem{Name: name, Value: strconv.FormatInt(value, 10), Unit: unit, Rows: rows, From: from, Missing: missing})
}

// mine narrows to the company and to the rows the actor may read.
func (e *evidence) mine(more ...store.Filter) store.Filter {
	return store.And(append([]store.Filter{store.Field("company").Eq(e.Company.ID), e.school}, more...)...)
}

// threeMonths is the least length of an internship that the conditions usually ask for.
const threeMonths = 90

func (e *evidence) interns(ctx context.Context) error {
	where := e.mine(store.Field("kind").Eq(string(partnership.KindInternship)), store.Field("started_on").Ge(e.From), store.Field("started_on").Le(e.To))
	years := map[EvidenceYear]int{}
	people := map[string]bool{}
	long := map[string]bool{}
	rows, done, early := 0, 0, 0
	for p, err := range e.x.placements.Find(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("started_on")}}) {
		if err != nil {
			return err
		}
		rows++
		people[p.Student] = true
		key := EvidenceYear{Year: yearOf(p.StartedOn), School: p.SchoolName}
		at, ok := years[key]
		if !ok {
			at = len(e.Interns)
			years[key], e.Interns = at, append(e.Interns, key)
		}
		y := &e.Interns[at]
		y.Students++
		switch {
		case p.State == partnership.PlacementCompleted:
			y.Completed++
			done++
		case p.Ended != nil:
			y.Early++
			early++
		}
		if p.Ended == nil && min(p.To, e.To) >= plusDays(p.StartedOn, threeMonths-1) {
			y.ThreeMonths++
			long[p.Student] = true
		}
	}
	e.item("接收实习学生", int64(len(people)), "人", rows, "接收实习学生", say(rows == 0, "平台上没有在这三年上岗的学生；线下安排的由学校导入名册并登记上岗"))
	e.item("其中到今天已满 3 个月", int64(len(long)), "人", rows, "接收实习学生", "")
	e.item("完成实习", int64(done), "人", rows, "接收实习学生", say(rows > done+early, fmt.Sprintf("%d 人还没有办结，由学校在安置页面办结", rows-done-early)))
	return nil
}

// plusDays is the day n days after a day; "" if it is no day.
func plusDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

// say is a sentence if it is wanted.
func say(wanted bool, words string) string {
	if wanted {
		return words
	}
	return ""
}

func (e *evidence) classes(ctx context.Context) error {
	var err error
	if e.Classes, err = e.x.classes.All(ctx, store.Query{Where: e.mine(store.Field("year").Ge(yearOf(e.From))), Sort: []store.Sort{store.Desc("year")}}); err != nil {
		return err
	}
	in, silent := 0, 0
	for i := range e.Classes {
		in += e.Classes[i].Enrolled
		if e.Classes[i].PromisedHirePct > 0 && e.Classes[i].Hired == 0 {
			silent++
		}
	}
	e.item("订单班", int64(len(e.Classes)), "个", len(e.Classes), "订单班", "")
	e.item("订单班学生", int64(in), "人", len(e.Classes), "订单班", say(silent > 0, fmt.Sprintf("%d 个班还没有登记录用人数，由学校或企业在订单班页面登记", silent)))
	return nil
}

func (e *evidence) bases(ctx context.Context) error {
	var err error
	if e.Bases, err = e.x.bases.All(ctx, store.Query{Where: store.Field("owner").Eq(e.Company.ID), Sort: []store.Sort{store.Asc("name")}}); err != nil {
		return err
	}
	var fen int64
	blank := 0
	for i := range e.Bases {
		fen += e.Bases[i].EquipmentCents
		if e.Bases[i].EquipmentCents == 0 {
			blank++
		}
	}
	e.item("实训基地", int64(len(e.Bases)), "个", len(e.Bases), "实训基地", "")
	e.item("基地设备总值", fen/100, "元", len(e.Bases)-blank, "实训基地", say(blank > 0, fmt.Sprintf("%d 个基地没有填设备总值，由企业在基地页面补", blank)))
	return nil
}

func (e *evidence) practice(ctx context.Context) error {
	rows, err := e.x.practice(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for i := range e.Bases {
		names[e.Bases[i].ID] = e.Bases[i].Name
	}
	days, running := 0, 0
	for _, p := range rows {
		switch {
		case p.owner != e.Company.ID || !e.may(p.school) || p.to < e.From:
		case p.to >= e.To:
			running++
		default:
			days += p.days
			e.Practice = append(e.Practice, PracticeRow{e.names[p.school], names[p.base], p.to, p.days})
		}
	}
	missing := say(len(rows) == 0 || len(e.Practice) == 0 && running == 0, "没有经平台预订的教师实践；由学校在基地页面预订，企业确认")
	e.item("接收教师企业实践", int64(days), "人天", len(e.Practice), "教师企业实践", missing+say(running > 0, fmt.Sprintf("%d 次还没有结束，结束后计入", running)))
	return nil
}

func (e *evidence) posts(ctx context.Context) error {
	shown := store.Field("state").In(string(partnership.PostOpen), string(partnership.PostFull), string(partnership.PostClosed), string(partnership.PostExpired))
	where := store.And(store.Field("company").Eq(e.Company.ID), shown, store.Field("from").Ge(e.From))
	var err error
	if e.Posts, err = e.x.posts.All(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("from")}}); err != nil {
		return err
	}
	slots := 0
	for i := range e.Posts {
		slots += e.Posts[i].Slots
	}
	e.item("发布岗位", int64(len(e.Posts)), "个", len(e.Posts), "岗位", say(len(e.Posts) == 0, "没有审核通过的岗位，由企业发布"))
	e.item("岗位名额", int64(slots), "人", len(e.Posts), "岗位", "")
	return nil
}

// hires counts the graduates whose recorded employer is the company.
func (e *evidence) hires(ctx context.Context) error {
	where := store.And(store.Field("employer_id").Eq(e.Company.ID), store.Field("direction").Eq(string(partnership.Employed)), store.Field("year").Ge(yearOf(e.From)), e.school)
	rows, err := e.x.outcomes.Group(ctx, where, []string{"school", "year", "by_company.agrees"})
	if err != nil {
		return err
	}
	at := map[HireRow]int{}
	hired, confirmed := 0, 0
	for _, r := range rows {
		year, err := strconv.Atoi(r.Text(1))
		if err != nil {
			continue
		}
		key := HireRow{School: e.names[r.Text(0)], Year: year}
		i, ok := at[key]
		if !ok {
			i = len(e.Hires)
			at[key], e.Hires = i, append(e.Hires, key)
		}
		e.Hires[i].Hired += int(r.Count)
		hired += int(r.Count)
		if r.Text(2) == "true" {
			e.Hires[i].Confirmed += int(r.Count)
			confirmed += int(r.Count)
		}
	}
	missing := say(hired == 0, "没有学生级毕业去向写明这家企业；由学校登记去向时选企业库里的全称")
	e.item("录用毕业生", int64(hired), "人", hired, "录用毕业生", missing+say(hired > confirmed, fmt.Sprintf("其中 %d 人企业还没有确认，由企业在毕业去向页面确认", hired-confirmed)))
	return nil
}

// register adds what the cooperation register says.
func (e *evidence) register(ctx context.Context) error {
	found, err := e.x.cooperations.All(ctx, store.Query{Where: e.mine(), Sort: []store.Sort{store.Asc("_id")}})
	if err != nil {
		return err
	}
	if err := e.x.namedParties(ctx, found); err != nil {
		return err
	}
	undated, pledges, kept, agreed, money, things := 0, 0, 0, 0, 0, 0
	var funds, equipment int64
	for i := range found {
		c := &found[i]
		if c.From == "" {
			undated++
		}
		if c.To != "" && c.To < e.From {
			continue
		}
		e.Cooperations = append(e.Cooperations, *c)
		funds, equipment = funds+c.FundsFen, equipment+c.EquipmentFen
		if c.FundsFen > 0 {
			money++
		}
		if c.EquipmentFen > 0 {
			things++
		}
		for j := range c.Pledges {
			p := &c.Pledges[j]
			if p.By != partnership.ByCompany {
				continue
			}
			pledges++
			if p.State(e.To) == partnership.PledgeKept {
				kept++
				if p.SaidBy == partnership.BySchool || p.Answer == partnership.PledgeConfirmed {
					agreed++
				}
			}
		}
	}
	n := len(e.Cooperations)
	e.item("校企合作项目", int64(n), "个", n, "合作项目", say(undated > 0, fmt.Sprintf("%d 个项目没有开始日期，由学校在合作登记里补", undated)))
	e.item("投入资金", funds/100, "元", money, "合作项目", say(money < n, fmt.Sprintf("%d 个项目没有登记投入，由学校补；财务凭证由企业另附", n-money)))
	e.item("向学校提供的设备", equipment/100, "元", things, "合作项目", "")
	e.item("企业的承诺", int64(pledges), "条", pledges, "承诺与兑现", say(pledges == 0, "没有登记承诺，由企业在合作项目页面登记"))
	e.item("已兑现的承诺", int64(kept), "条", kept, "承诺与兑现", say(kept > agreed, fmt.Sprintf("其中 %d 条对方还没有核对，由学校在合作项目页面核对", kept-agreed)))
	return e.allied(ctx)
}

func (e *evidence) allied(ctx context.Context) error {
	var err error
	where := store.And(store.Field("parties").Has(e.Company.ID), e.school)
	if e.Alliances, err = e.x.alliances.All(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("name")}}); err != nil {
		return err
	}
	e.item("参加的联合体、共同体和集团", int64(len(e.Alliances)), "个", len(e.Alliances), "联合体、共同体和集团", "")
	return nil
}

// itself adds what is to be known of the company, and what nobody can read off the platform.
func (e *evidence) itself() {
	c := &e.Company
	e.item("在岗职工", int64(c.Staff), "人", min(c.Staff, 1), "", say(c.Staff == 0 || c.StaffProof == "", "人数、日期或依据没有填全，由企业在本企业页面补"))
	for _, s := range []struct {
		name string
		is   partnership.Standing
	}{{"信用记录", c.Credit}, {"安全生产记录", c.Safety}} {
		item := EvidenceItem{Name: s.name, Value: s.is.Words(), Rows: 1}
		if s.is.AsOf == "" {
			item.Value, item.Rows, item.Missing = "未登记", 0, "由企业在本企业页面登记，区教委审核"
		}
		e.Items = append(e.Items, item)
	}
	e.Items = append(e.Items, EvidenceItem{Name: "登记注册年限、纳税和资产证明", Value: "平台没有", Missing: "由企业另附营业执照、纳税证明和审计报告"})
}
