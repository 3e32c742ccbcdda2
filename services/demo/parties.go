package demo

import (
	"fmt"
	"strings"

	"sunmao/services/partnership"
)

// Partner companies per school in 2025: table 29 prints 63 for the vocational
// centre, the report's text 25 for the technician school.
const (
	centrePartners = 63
	yiminPartners  = 25
	centreBases    = 48 // table 29, 校外实训基地数, 2025
)

// Given names of generated companies. None is a real firm; each begins with 示例.
var names = []string{"安和", "博川", "昌瑞", "东原", "恩泽", "丰谷", "广益", "恒远", "吉禾", "嘉木", "景明", "开元", "兰亭", "立新", "茂林",
	"南岸", "宁远", "平湖", "启明", "青禾", "仁和", "润泽", "三江", "盛世", "顺兴", "泰安", "天成", "同心", "万象", "文昌", "西河", "祥云", "新程", "星海",
	"雅静", "阳光", "怡园", "永兴", "远山", "云帆", "长河", "正和", "志远", "中兴田", "众力", "紫荆", "佳联", "宏图", "金穗", "康乐", "丽景", "鸣谦", "朴诚"}

// What a generated company of an industry is called and which cluster it belongs to.
var lines = map[string][2]string{
	"A": {"农牧", "消费品"}, "C1": {"食品纺织", "消费品"}, "C3": {"精密制造", "智能装备"}, "C39": {"电子科技", "电子信息"}, "E": {"建筑工程", ""},
	"F": {"商贸", ""}, "G": {"物流", ""}, "H": {"餐饮管理", ""}, "I": {"信息技术", "电子信息"}, "L": {"商务服务", ""}, "M": {"检测服务", ""},
	"N": {"文旅", ""}, "O": {"生活服务", ""}, "P": {"幼教服务", ""}, "Q": {"健康养老", ""}, "R": {"文化体育", ""},
}

func lineOf(industry string) (word, cluster string) {
	for n := 3; n > 0; n-- {
		if l, ok := lines[industry[:n]]; ok {
			return l[0], l[1]
		}
	}
	return "综合", ""
}

// companies carries over the firms the report names and adds generated ones until
// each school has as many partners as it published.
func (b *builder) companies() error {
	all, err := rows("companies")
	if err != nil {
		return err
	}
	partners := map[string]int{}
	for i, r := range all {
		school := schoolID[r["school"]]
		partners[school]++
		c := partnership.Company{Name: r["company"], Spellings: strings.Split(r["as_written"], "|"), Region: Region, District: Region,
			State: partnership.CompanyApproved, Point: b.near()}
		c.ID = fmt.Sprintf("co-%02d", i+1)
		t := b.tradeFor(r["majors"])
		c.Industry = b.trades[t].industry
		_, c.Cluster = lineOf(c.Industry)
		if strings.HasPrefix(c.Name, "成都") {
			c.Region, c.Point = "510100", &partnership.Point{Lng: 104.0668, Lat: 30.5728}
		}
		for _, form := range strings.Split(r["form"], ";") {
			co := partnership.Cooperation{School: school, Company: c.ID, Form: form, Majors: r["majors"], Detail: r["detail"], Source: source}
			co.ID = c.ID + ":" + school + ":" + form
			b.out.Cooperations = append(b.out.Cooperations, co)
		}
		if school == Centre {
			b.hosts = append(b.hosts, host{len(b.out.Companies), t})
		}
		b.out.Companies = append(b.out.Companies, c)
	}
	n := 0
	for _, want := range []struct {
		school string
		total  int
	}{{Centre, centrePartners}, {Yimin, yiminPartners}} {
		for ; partners[want.school] < want.total; n++ {
			b.generatedCompany(n, want.school)
			partners[want.school]++
		}
	}
	return nil
}

func (b *builder) generatedCompany(n int, school string) {
	t := (n * 7) % len(b.trades)
	if school == Yimin { // its majors are machining, computing and rail
		for !strings.Contains("660108 660103 660303 710201 700604", b.trades[t].major) {
			t = (t + 1) % len(b.trades)
		}
	}
	word, cluster := lineOf(b.trades[t].industry)
	c := partnership.Company{Name: fmt.Sprintf("示例%s%s有限公司", names[n%len(names)], word), Industry: b.trades[t].industry, Cluster: cluster,
		Region: Region, District: Region, Point: b.near(), State: partnership.CompanyApproved, Sample: true,
		Staff: 40 + b.rng.IntN(460), StaffAsOf: CutOff, StaffProof: "示例数据"}
	if n >= len(names) {
		c.Name = fmt.Sprintf("示例%s%s有限公司（%d）", names[n%len(names)], word, n/len(names)+1)
	}
	c.Spellings = []string{c.Name}
	c.ID = fmt.Sprintf("co-s%02d", n+1)
	co := partnership.Cooperation{School: school, Company: c.ID, Form: "岗位实习", Majors: b.majorName(b.trades[t].major), Sample: true}
	co.ID = c.ID + ":" + school + ":岗位实习"
	b.out.Cooperations = append(b.out.Cooperations, co)
	if school == Centre {
		b.hosts = append(b.hosts, host{len(b.out.Companies), t})
	}
	b.out.Companies = append(b.out.Companies, c)
}

// tradeFor picks the first trade of the first major named in a list like 数控…;工业….
func (b *builder) tradeFor(majors string) int {
	first, _, _ := strings.Cut(majors, ";")
	for i, t := range b.trades {
		if t.major == b.major[first] {
			return i
		}
	}
	return 0
}

func (b *builder) majorName(code string) string {
	if m, ok := b.cat.Major(code); ok {
		return m.Name
	}
	return code
}

// bases carries over table 21 and generates the off-campus bases that table 29
// only counts; the two bases that the text names are among them.
func (b *builder) bases() error {
	all, err := rows("training_bases")
	if err != nil {
		return err
	}
	for i, r := range all {
		value, err := fen(r["equipment_value_10k_yuan"])
		if err != nil {
			return err
		}
		base := partnership.TrainingBase{Name: r["base"], Owner: Yimin, OwnerName: "重庆益民技工学校", School: Yimin, Kind: "校内", Level: r["level"],
			Trades: r["majors"], Workstations: number(r["workstations"]), EquipmentCents: value, Region: Region}
		base.ID = fmt.Sprintf("base-%02d", i+1)
		b.out.Bases = append(b.out.Bases, base)
	}
	for i := range centreBases {
		h := b.hosts[i%len(b.hosts)]
		c, t := b.out.Companies[h.company], b.trades[h.trade]
		base := partnership.TrainingBase{Name: c.Name + "校外实训基地", Owner: c.ID, OwnerName: c.Name, School: Centre, Kind: "校外", Level: "校级",
			Majors: []string{t.major}, Trades: b.majorName(t.major), Workstations: 10 + b.rng.IntN(50), Region: c.Region, Point: c.Point, Sample: true}
		base.ID = fmt.Sprintf("base-x%02d", i+1)
		b.out.Bases = append(b.out.Bases, base)
	}
	return nil
}

// orderClasses: table 29 counts 110 students in order classes in 2025; the text
// names the companies that train to order at the technician school without counts.
func (b *builder) orderClasses() error {
	add := func(id, company, school, schoolName string, majors []string, seats, enrolled int) {
		for _, c := range b.out.Companies {
			if c.ID != company {
				continue
			}
			o := partnership.OrderClass{Company: c.ID, CompanyName: c.Name, School: school, SchoolName: schoolName, Kind: "订单班",
				Name: c.Name + "订单班", Majors: majors, Seats: seats, Minimum: seats * 2 / 3, Year: 2025,
				PromisedHirePct: 80, PromisedPayFen: 3600_00, PromisedBy: "2026-07-31", Enrolled: enrolled, Sample: true}
			for _, m := range majors {
				o.MajorNames = strings.TrimPrefix(o.MajorNames+"、"+b.majorName(m), "、")
			}
			o.Trained, o.Interned = enrolled-2, enrolled-5
			o.Hired = o.Interned * 3 / 4
			o.At6 = o.Hired * 9 / 10
			for _, st := range partnership.Stages()[:5] {
				o.Recorded = append(o.Recorded, partnership.StageRecord{Stage: st, N: *o.At(st), Day: CutOff, By: "demo", Name: "示例账号", Proof: "示例数据"})
			}
			o.ID = id
			b.out.OrderClasses = append(b.out.OrderClasses, o)
		}
	}
	add("oc-1", "co-01", Centre, "重庆市荣昌区职业教育中心", []string{"710103"}, 60, 60)
	add("oc-2", "co-04", Centre, "重庆市荣昌区职业教育中心", []string{"610301"}, 60, 50)
	for i, company := range []string{"co-11", "co-12", "co-13"} {
		add(fmt.Sprintf("oc-%d", i+3), company, Yimin, "重庆益民技工学校", []string{"660103", "660303"}, 30, 24+i)
	}
	return nil
}
