package audit

import (
	"regexp"
	"strings"
)

// role is what a column or row of numbers means.
type role uint8

const (
	noRole role = iota
	graduates
	direct
	employed // 就业人数: may or may not include 升学; the data tell
	progressed
	aligned
	placed // 落实人数
	waiting
	localWork
	startup
	satisfied
	surveyed
	fullTeachers
	majorTeachers
	dualTeachers
	students
	certified
	assessed
	passed
	majors
	added
	closed

	directRate
	employedRate
	progressRate
	alignedRate
	placedRate
	localRate
	startupRate
	satisfaction
	dualRate
	certRate
	passRate
	shareRate // 占比: of the column's own total
	pay
)

// measure is one kind of number in a table.
type measure struct {
	name  string // words without year and unit
	unit  string
	role  role
	rate  bool // a share, in percent
	mean  bool // an average; no sum, no share
	ratio bool // something : 1
	part  bool // 其中
	index int
}

var unitInName = regexp.MustCompile(`[(\[（【]([^()\[\]（）【】]{1,8})[)\]）】]`)
var unitWords = regexp.MustCompile(`^(?:单位[:：]?)?(%|百分比|人次|人天|人日|人|名|个|元/月|元/生|元/人|元|万元|亿元|家|所|门|本|册|台套|台|套|天|分|项|份|:1|平方米|㎡|学时|个/生|班|岁|位|次|种|亩|Mbps)$`)

// isUnitWord reports a unit as it stands in a 单位 column.
func isUnitWord(s string) bool { return unitWords.MatchString(s) }

func (m *measure) counts() bool { return !m.rate && !m.mean && !m.ratio }

// meaning reads the words above (or beside) a number.
func meaning(words, unit string) measure {
	m := measure{name: words, unit: unit}
	for _, u := range unitInName.FindAllStringSubmatch(words, -1) {
		if unitWords.MatchString(u[1]) {
			if m.unit == "" {
				m.unit = u[1]
			}
			m.name = strings.Replace(m.name, u[0], "", 1)
		}
	}
	n := strings.ToLower(m.name)
	if strings.HasSuffix(n, "%") {
		m.unit, n = "%", strings.TrimSuffix(n, "%")
		m.name = strings.TrimSuffix(m.name, "%")
	}
	if strings.HasSuffix(n, "_pct") {
		m.unit = "%"
	}
	if n == "pct" || n == "percent" || n == "百分比" && m.unit == "%" {
		m.name, m.unit, n = "", "%", ""
	}
	for _, p := range []string{"其中:", "其中", "#"} {
		if strings.HasPrefix(n, p) {
			m.part = true
			n = strings.TrimPrefix(n, p)
		}
	}
	m.ratio = strings.Contains(n, "生师比") || strings.Contains(n, "师生比") || m.unit == ":1"
	m.mean = !m.ratio && meanWords.MatchString(n) && !rateWords.MatchString(n) || m.unit == "元/月" || m.unit == "分" // points are no shares
	m.rate = !m.ratio && !m.mean && (m.unit == "%" || rateWords.MatchString(n) && !notRate.MatchString(n))
	m.role = roleOf(n, m.rate, m.mean)
	return m
}

var meanWords = regexp.MustCompile(`平均|人均|生均|班均|师均|课均|户均|台均|日均|均值|起薪|月薪|月收入|薪资|薪酬|得分|分值|yuan_per|average|avg|mean|salary|starting_pay`)
var rateWords = regexp.MustCompile(`率|比例|占比|比重|百分比|比率|满意度|rate|pct|percent|share|ratio|占.*%`)
var notRate = regexp.MustCompile(`率先|效率|概率|汇率|频率|分辨率|功率|generate`)

// The words of each role, tried in order: the first that fits wins. rate says which
// kind of number it must be.
var roleWords = []struct {
	role  role
	rate  bool
	words *regexp.Regexp
}{
	{satisfaction, true, regexp.MustCompile(`满意|satisf`)},
	{dualRate, true, regexp.MustCompile(`双师`)},
	{certRate, true, regexp.MustCompile(`(证书|取证|双证|证).*(获取|取得|持有|通过|率)|certif`)},
	{passRate, true, regexp.MustCompile(`合格率|及格率|通过率|pass`)},
	{startupRate, true, regexp.MustCompile(`创业`)},
	{localRate, true, regexp.MustCompile(`(本地|区内|县内|市内|省内|本区|本县|本市|本省|当地|就近).*(就业|率)|local`)},
	{alignedRate, true, regexp.MustCompile(`对口(就业)?(率|比例|占比|百分比|比率)|对口就业|专业(相关|匹配|对口)|相关度|aligned|align`)},
	{placedRate, true, regexp.MustCompile(`落实|总就业|就业\(?含升学|placement|destination`)},
	{directRate, true, regexp.MustCompile(`直接就业|direct`)},
	{progressRate, true, regexp.MustCompile(`升学|升入|深造|progress|further`)},
	{employedRate, true, regexp.MustCompile(`就业率|就业比例|就业占比|employ`)},
	{shareRate, true, regexp.MustCompile(`占比|比例|比重|百分比|构成|结构|share|percent`)},

	{surveyed, false, regexp.MustCompile(`调查(人次|人数|数|样本)|样本|回收|问卷(数|份)|有效(回答|问卷|答卷)|受访|参评|surveyed|respond|sample`)},
	{satisfied, false, regexp.MustCompile(`满意(人数|数|人次|的)|satisfied`)},
	{dualTeachers, false, regexp.MustCompile(`双师`)},
	{majorTeachers, false, regexp.MustCompile(`专业(课|技能课)?(专任)?教师|专业课.*教师`)},
	{fullTeachers, false, regexp.MustCompile(`专任教师|专职教师`)},
	{waiting, false, regexp.MustCompile(`待就业|未就业|暂不就业|未落实|unemployed|seeking`)},
	{aligned, false, regexp.MustCompile(`对口(就业)?(人数|数|就业|人|学生|毕业生)|^对口$|aligned|专业对口`)},
	{localWork, false, regexp.MustCompile(`(本地|区内|县内|市内|省内|本区|本县|本市|本省|当地|就近).*就业|local`)},
	{startup, false, regexp.MustCompile(`创业(人数|数|学生|毕业生)|自主创业`)},
	{placed, false, regexp.MustCompile(`落实|总就业|就业\(?含升学`)},
	{certified, false, regexp.MustCompile(`(证书|取证|获证|持证).*(人数|数)|获证|取证`)},
	{assessed, false, regexp.MustCompile(`应考|参考人数|参加考试|鉴定人数|考核人数`)},
	{passed, false, regexp.MustCompile(`合格(人数|数)|通过(人数|数)|及格`)},
	{direct, false, regexp.MustCompile(`直接就业|direct`)},
	{progressed, false, regexp.MustCompile(`升学|升入.*人数|升入.*数|progressed|further`)},
	{employed, false, regexp.MustCompile(`就业(学生|毕业生)?(总)?(人数|数|人)?$|就业(总)?人数|employed`)},
	{graduates, false, regexp.MustCompile(`毕业生?(总)?(人数|数|生数|生)|^毕业生?$|应届.*(人数|数)|graduates|毕业学生`)},
	{students, false, regexp.MustCompile(`在校(学)?生|在籍|学生(总)?(人)?数|^students|enrolment`)},
	{added, false, regexp.MustCompile(`^(新增|增设|新开|added|增加)`)},
	{closed, false, regexp.MustCompile(`^(停招|撤销|停办|取消|closed|减少)`)},
	{majors, false, regexp.MustCompile(`^(开设|招生)?专业(总)?数|专业个数|^majors$|^专业总?数$`)},
}

var progressionKinds = regexp.MustCompile(`单招|对口(升学|高考|招生)|贯通|职教高考|高考|3\+|五年|专升本|中高职|本科|高职|专科`)

// employmentKinds are parts of 就业: an industry, a sort of firm, a form of contract.
var employmentKinds = regexp.MustCompile(`产业|面向|企业就业|基层|协议|签约|合同|灵活|留在|西部|外地|省外|市外|县外|区外|境外|跨省|外省|外市|外县|外区|异地`)

func roleOf(n string, rate, mean bool) role {
	if mean {
		if regexpPay.MatchString(n) {
			return pay
		}
		return noRole
	}
	if !rate && (progressionKinds.MatchString(n) || employmentKinds.MatchString(n)) {
		return noRole // one road of several: no total of its own
	}
	for _, w := range roleWords {
		if w.rate == rate && w.words.MatchString(n) {
			if w.rate && w.role != shareRate && progressionKinds.MatchString(n) && w.role != certRate {
				return noRole
			}
			return w.role
		}
	}
	return noRole
}

var regexpPay = regexp.MustCompile(`薪|收入|工资|yuan_per|salary|pay`)

// schoolish reports a name of a school or of a whole district.
func schoolish(s string) bool {
	return schoolName.MatchString(s) || isArea(s)
}

var schoolName = regexp.MustCompile(`(学校|技校|职校|学院|职教中心|教育中心|职中|职高|中学|大学|校区|学堂)$`)
var areaName = regexp.MustCompile(`^(全区|全县|全市|全省|全校|各校|区县?合计|两校合计|全州|全旗)(合计|总计|平均)?$`)

func isArea(s string) bool { return areaName.MatchString(s) }

// rowKind is the place of a row in the sums.
type rowKind uint8

const (
	item rowKind = iota
	part         // 其中: inside the row above
	subtotal
	total
	average
)

var totalWord = regexp.MustCompile(`^(合计|总计|总数|共计|累计|总和|全校合计|合共|总体|整体|sum|total|grandtotal|all)$|(合计|总计|共计)$|^(合计|总计)|^total`)
var subtotalWord = regexp.MustCompile(`小计$|^小计|^subtotal|sub-total`)
var averageWord = regexp.MustCompile(`^(平均|均值|平均值|平均数|average|mean)$|平均$`)

// isTotal reads a row's label.
func isTotal(label string) rowKind {
	l := strings.ToLower(strings.Trim(label, ":：()（）"))
	switch {
	case subtotalWord.MatchString(l):
		return subtotal
	case averageWord.MatchString(l):
		return average
	case totalWord.MatchString(l) || isArea(l):
		return total
	case strings.HasPrefix(l, "其中") || strings.HasPrefix(l, "#") || strings.HasPrefix(l, "含:"):
		return part
	}
	return item
}
