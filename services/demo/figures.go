package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
)

// fen reads a decimal number of 万元 as fen.
func fen(tenThousandYuan string) (int64, error) {
	whole, frac, _ := strings.Cut(tenThousandYuan, ".")
	frac = (frac + "000000")[:6]
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("demo amount %q: %w", tenThousandYuan, err)
	}
	return n, nil
}

// published keeps what the platform cannot compute as it was printed.
func (b *builder) published() error {
	type column struct{ name, item, unit string }
	for _, t := range []struct {
		file, table, group string
		columns            []column
	}{
		{"enrolment_by_major", "enrolment", "major", []column{{"students", "在校生", "人"}}},
		{"satisfaction", "satisfaction", "indicator", []column{{"satisfied_pct", "满意度", "%"}, {"surveyed", "调查人次", "人"}, {"method", "调查方式", ""}}},
		{"starting_pay", "pay", "major", []column{{"yuan_per_month", "平均起薪", "元/月"}}},
		{"certificates", "certificate", "indicator", []column{{"2023_pct", "2023", "%"}, {"2024_pct", "2024", "%"}, {"2025_pct", "2025", "%"}}},
		{"cooperation", "cooperation", "", []column{{"group_led", "牵头职教集团", ""}, {"group_joined", "参与职教集团", ""}, {"industry_college", "组建产业学院", ""},
			{"partner_companies", "校企合作企业数", "个"}, {"external_bases", "校外实训基地数", "个"}, {"company_equipment_value_10k_yuan", "企业提供的实践教学设备总值", "万元"},
			{"post_internship_slots", "顶岗实习岗位数", "个"}, {"teacher_practice_bases", "合作企业教师实践基地数", "个"}, {"courses_co_developed", "合作开发课程", "门"},
			{"textbooks_co_developed", "合作开发教材", "本"}, {"company_staff_trained", "学校培训企业员工", "人"}, {"order_class_students", "订单班人数", "人"},
			{"share_of_graduates_hired_by_partners_pct", "合作企业接收毕业学生比例", "%"}, {"internship_subsidy_yuan_per_student", "生均企业实习经费补贴", "元"},
			{"special_subsidy_yuan_per_student", "生均财政专项补贴", "元"}}},
		{"major_adjustment", "adjustment", "", []column{{"majors", "专业数", "个"}, {"majors_serving_pillar_industries", "服务支柱产业专业数", "个"}, {"added", "新增专业", ""}, {"closed", "停招专业", ""}}},
		{"progression_paths", "path", "secondary_major", []column{{"college_major", "高校专业", ""}, {"college", "高校", ""}, {"note", "说明", ""}}},
	} {
		all, err := rows(t.file)
		if err != nil {
			return err
		}
		for i, r := range all {
			for _, c := range t.columns {
				p := partnership.Published{School: schoolID[r["school"]], Year: number(r["year"]), Table: t.table, Item: c.item,
					Group: r[t.group], Value: r[c.name], Unit: c.unit, Note: r["category"], Source: source}
				if year := number(c.item); t.table == "certificate" {
					p.Year, p.Item = year, p.Group
				}
				if p.Value == "" {
					continue
				}
				p.ID = fmt.Sprintf("%s-%03d-%s", t.table, i+1, c.item)
				b.out.Published = append(b.out.Published, p)
			}
		}
	}
	return nil
}

func whole(n int) *int64 {
	v := int64(n)
	return &v
}

// ledger adds counts that were published without single students. Each grain
// (school, category, major) has rows of its own: the report's tables contradict one
// another here and there, so no grain is computed from another.
func (b *builder) ledger(school string, year int, category, major string, l partnership.Ledger) {
	o := partnership.Outcome{School: school, Year: year, Category: category, Ledger: &l}
	if major != "" {
		o.Major, o.MajorName = b.major[major], major
	}
	o.ID = fmt.Sprintf("ledger:%s:%d:%s:%s", school, year, category, major)
	b.out.Outcomes = append(b.out.Outcomes, o)
}

// ledgers carries over graduates, progression and employment for every school and
// year but the vocational centre's 2025, for which single outcomes are generated.
func (b *builder) ledgers() error {
	grads, err := rows("graduates_by_category")
	if err != nil {
		return err
	}
	jobs, err := rows("employment_by_category")
	if err != nil {
		return err
	}
	type key struct {
		school string
		year   int
	}
	sum := map[key]*partnership.Ledger{}
	category := map[string]partnership.Ledger{} // of the technician school in 2025
	for _, r := range grads {
		k := key{schoolID[r["school"]], number(r["year"])}
		if k == (key{Centre, 2025}) || r["graduates"] == "" {
			continue
		}
		if sum[k] == nil {
			sum[k] = &partnership.Ledger{Graduates: whole(0), Progressed: whole(0)}
		}
		*sum[k].Graduates += int64(number(r["graduates"]))
		*sum[k].Progressed += int64(number(r["progressed"]))
		l := partnership.Ledger{Graduates: whole(number(r["graduates"])), Progressed: whole(number(r["progressed"]))}
		if k == (key{Yimin, 2025}) {
			category[r["category"]] = l
			continue
		}
		b.ledger(k.school, k.year, CategoryName(r["category"]), "", l)
	}
	// The technician school printed employment by major, progression by its own two categories.
	group := map[string]string{"模具制造技术": "装备制造大类", "数控技术应用": "装备制造大类", "工业机器人技术应用": "装备制造大类",
		"计算机应用": "电子与信息大类", "城市轨道交通运营服务": "电子与信息大类"}
	for _, r := range jobs {
		k := key{schoolID[r["school"]], number(r["year"])}
		direct, aligned := number(r["direct_employed"]), number(r["aligned"])
		switch name := r["category_or_major"]; {
		case k == key{Centre, 2025}, k == key{Yimin, 2025} && name == "合计":
		case name == "合计":
			sum[k].Direct, sum[k].Aligned = whole(direct), whole(aligned)
		default:
			b.ledger(k.school, k.year, group[name], name, partnership.Ledger{Graduates: whole(number(r["graduates"])), Direct: whole(direct), Aligned: whole(aligned)})
			l := category[group[name]]
			if l.Direct == nil {
				l.Direct, l.Aligned = whole(0), whole(0)
			}
			*l.Direct += int64(direct)
			*l.Aligned += int64(aligned)
			category[group[name]] = l
		}
	}
	total := sum[key{Yimin, 2025}]
	total.Direct, total.Aligned = whole(0), whole(0)
	for _, name := range []string{"装备制造大类", "电子与信息大类"} {
		b.ledger(Yimin, 2025, name, "", category[name])
		*total.Direct += *category[name].Direct
		*total.Aligned += *category[name].Aligned
	}
	for _, k := range []key{{Centre, 2023}, {Centre, 2024}, {Yimin, 2023}, {Yimin, 2024}, {Yimin, 2025}} {
		b.ledger(k.school, k.year, "", "", *sum[k])
	}
	return nil
}

// graduates2025 generates one outcome per graduate of the vocational centre so that
// every category has exactly the graduates, direct jobs, aligned jobs and progressions
// that tables 15 and 24 print.
func (b *builder) graduates2025() error {
	jobs, err := rows("employment_by_category")
	if err != nil {
		return err
	}
	enrolled, err := rows("enrolment_by_major")
	if err != nil {
		return err
	}
	serial := 0
	for _, r := range jobs {
		if schoolID[r["school"]] != Centre || number(r["year"]) != 2025 || r["category_or_major"] == "合计" {
			continue
		}
		category := r["category_or_major"]
		total, direct, aligned := number(r["graduates"]), number(r["direct_employed"]), number(r["aligned"])
		var majors []string
		var weights []int
		for _, e := range enrolled {
			if schoolID[e["school"]] == Centre && e["year"] == "2023" && CategoryName(e["category"]) == category && b.major[e["major"]] != "" && number(e["students"]) > 0 {
				majors = append(majors, e["major"])
				weights = append(weights, number(e["students"]))
			}
		}
		if len(majors) == 0 {
			return fmt.Errorf("demo: no major enrolled in category %s", category)
		}
		order := spread(total, weights)
		for i, m := range order {
			serial++
			o := partnership.Outcome{School: Centre, Year: 2025, Category: category, Major: b.major[majors[m]], MajorName: majors[m],
				Cohort: "2022级" + majors[m], Student: fmt.Sprintf("示例%04d", serial), Direction: partnership.Progress, Sample: true}
			o.ID = fmt.Sprintf("out-2025-%04d", serial)
			// A fixed stride walks the people so that jobs fall on all majors alike.
			if rank := (i * 7) % total; coprime(7, total) && rank < direct || !coprime(7, total) && i < direct {
				n := rank
				if !coprime(7, total) {
					n = i
				}
				if err := b.job(&o, n < aligned, serial); err != nil {
					return err
				}
			}
			b.out.Outcomes = append(b.out.Outcomes, o)
		}
	}
	return nil
}

// job gives the outcome an occupation on, or off, the paths of its major, which the
// catalogue then judges like any other, and a generated employer of that trade. Whether the
// school itself called it 对口 is what its published count says.
func (b *builder) job(o *partnership.Outcome, aligned bool, serial int) error {
	o.Direction = partnership.Employed
	o.Label = map[bool]string{true: "对口", false: "不对口"}[aligned]
	start := b.rng.IntN(len(b.trades))
	for i := range b.trades {
		t := b.trades[(start+i)%len(b.trades)]
		a := b.cat.Align(o.Major, t.occupation)
		if fits := a.Level == catalogue.Exact || a.Level == catalogue.Near; fits != aligned {
			continue
		}
		o.Occ, o.Industry = t.occupation, t.industry
		o.Aligned, o.AlignedBy, o.AlignWhy = string(a.Level), a.Version, a.Path
		o.Region = Region
		if b.rng.IntN(4) == 0 {
			o.Region = "500106"
		}
		o.Employer, o.EmployerID = b.employer(t.industry, serial)
		said := &partnership.OutcomeAnswer{Agrees: true, At: partnership.At(time.Date(2025, 9, 15, 10, 0, 0, 0, partnership.Beijing)), By: "demo"}
		if o.EmployerID != "" && serial%2 == 0 {
			o.ByCompany = said
		}
		if serial%3 == 0 {
			o.ByGraduate = said
		}
		o.PayFen = (t.pay + int64(serial*37%9-4)*50) * 100
		return nil
	}
	return fmt.Errorf("demo: no trade with aligned=%v for major %s", aligned, o.Major)
}

// employer picks one of the generated companies of an industry, or of its 大类, by turns;
// "" if there is none.
func (b *builder) employer(industry string, serial int) (name, id string) {
	for _, n := range []int{len(industry), 3} {
		var names, ids []string
		for _, c := range b.out.Companies {
			if c.Sample && strings.HasPrefix(c.Industry, industry[:min(n, len(industry))]) {
				names, ids = append(names, c.Name), append(ids, c.ID)
			}
		}
		if len(names) > 0 {
			return names[serial%len(names)], ids[serial%len(ids)]
		}
	}
	return "", ""
}

func coprime(a, b int) bool {
	for b != 0 {
		a, b = b, a%b
	}
	return a == 1
}

// spread shares n among the weights (running sums, cut to whole) and returns the index of
// the weight for each of the n.
func spread(n int, weights []int) []int {
	total := 0
	for _, w := range weights {
		total += w
	}
	out := make([]int, 0, n)
	given := 0
	acc := 0
	for i, w := range weights {
		acc += w
		upto := n * acc / total
		for ; given < upto; given++ {
			out = append(out, i)
		}
	}
	return out
}
