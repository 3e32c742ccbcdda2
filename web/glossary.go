package web

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"

	"sunmao/services/rates"
	"sunmao/services/regulation"
)

// term is one word of the trade with its meaning and where that comes from.
type term struct {
	ID, Word, English, Meaning, Source string

	also []string // other words that stand for it in a heading
}

// rule in place of a source takes the article of a rule (docs/regulation.md), with the
// mark that it has there if nobody has read the official text.
const rule = "rule:"

// tradeWords are the words of the trade, in the order of the work.
var tradeWords = []term{
	{"post", "岗位", "post", "企业提供的认识实习、岗位实习或就业名额，写明内容、人数、时间、报酬和条件。", rule + "K1", nil},
	{"observation", "认识实习", "observation", "学生到企业参观、观摩和体验，不顶岗。", rule + "K1", nil},
	{"internship", "岗位实习", "internship", "具备一定能力的学生在专业人员指导下，辅助或相对独立参与实际工作。原来叫跟岗、顶岗的都算。", rule + "K1", []string{"实习类型", "顶岗实习"}},
	{"cohort", "班级批次", "cohort", "学校一起安排的一批学生：同一专业、同一年级、同一时间段。批次开放后，企业可以看到人数和需求，看不到学生姓名。", "平台", nil},
	{"order-class", "订单班", "order class", "学校与一家企业共同培养的班，包括冠名班、定制班、学徒制班。平台把企业承诺与每一阶段的实到人数放在一起看。", "平台", []string{"冠名班", "定制班"}},
	{"apprentice-class", "学徒制班", "apprentice class", "学生入学时也是企业的学徒：学校与企业一起招生、一起培养，企业师傅带徒，学生两边都有身份。", "《中华人民共和国职业教育法》第三十条", nil},
	{"order-minimum", "最低开班人数", "minimum", "报名截止时不到这个人数，班就不开：学生全部退出，名额放开。", "平台", nil},
	{"promise", "承诺录用", "promise", "企业承诺录用的比例，分母是入班的人，包括中途退出的。到期后与实际录用放在一起看。", "平台", []string{"承诺录用（%）", "录用比例不低于", "承诺"}},
	{"stage", "阶段", "stage", "入班、完成培养、上岗实习、录用、满 6 个月和满 12 个月仍在岗。每一阶段的人数由名单、安置和去向登记数出来，没有逐人登记的由学校填，写明日期。", "平台", []string{"各阶段人数"}},
	{"base", "实训基地", "training base", "学校或企业用于实训的场所，按校内、校外、共享、虚拟仿真分类，登记级别、工位和设备值。", "中等职业学校质量年度报告", nil},
	{"base-kind", "校中厂、厂中校", "plant in a school, school in a plant", "校中厂：企业把生产线办在学校里；厂中校：学校把教室办在企业里。登记为基地的一种类别。", "平台", []string{"校中厂", "厂中校"}},
	{"alliance", "联合体、共同体和集团", "consortium", "市域产教联合体：一个市或园区的学校、企业和政府一起办；行业产教融合共同体：一个行业跨地区一起办；职教集团：学校牵头，企业参加。登记一次，年度报告从这里取数。", "《关于深化现代职业教育体系建设改革的意见》（2022年12月）", []string{"市域产教联合体", "行业产教融合共同体", "职教集团", "联合体与集团"}},
	{"integration-company", "产教融合型企业", "company of industry-education integration", "深度参与办学、由省级发展改革和教育部门认定的企业，可以享受税费优惠。平台按登记的合作、实习和录用汇总佐证，不作认定。", "《建设产教融合型企业实施办法（试行）》（2019年）", nil},
	{"workstation", "工位", "workstation", "基地里可以同时给一名学生实训的位置。预订按半天计，同一工位同一半天只订一次。", "平台", []string{"工位（个）", "剩余工位"}},
	{"equipment", "设备值", "equipment value", "基地教学设备的购置总值，单位万元。", "中等职业学校质量年度报告", []string{"设备值（万元）", "设备总值"}},
	{"match", "匹配", "match", "一个岗位与一个批次的适配程度，0 到 100 分，由专业、技能、距离、报酬、时间等项相加，每项的得分和理由都写出来。它是建议，去不去由学校和企业决定。", "平台", []string{"适配分"}},
	{"alignment", "对口程度", "alignment", "职业与专业的关系分三档：对口，职业在专业的面向职业表里；相近，同一小类或经人认定；不对口，其余。按编码判定，可以更正，更正要写理由。", "职业教育专业目录的面向职业表", []string{"对口", "相近", "不对口"}},
	{"ruling", "对口认定", "ruling", "区教委对一个专业和一个职业是否对口所作的决定，对所有岗位和去向一样有效。学校和企业可以提请。", "平台", nil},
	{"occupation", "职业编码", "occupation code", "国家职业分类大典中的编码。平台由岗位名称和内容推测，企业可以更正。", "中华人民共和国职业分类大典（2022年版）", nil},
	{"cluster", "产业集群", "industry cluster", "政府公布的重点产业，平台按国民经济行业代码归类，不按企业名称猜。", "各级政府公布的产业集群名单；GB/T 4754—2017", nil},
	{"industry", "国民经济行业", "industry", "企业主要活动所属的行业，写代码（如 C3670）或名称。", "GB/T 4754—2017", nil},
	{"capacity", "还能接收", "capacity", "企业在这些天还能接收几名实习生：不超过在岗职工的 10%、同一岗位职工的 20%，所有学校合起来算。确需超过的写明理由。", rule + "Q1", []string{"还能接收（人）"}},
	{"staff", "在岗职工", "staff", "同一天在岗的职工，不含实习生。它是“实习生一般不超过 10%”的分母，所以要写是哪一天的数、有什么凭证。", rule + "Q1", []string{"在岗职工人数"}},
	{"same-post", "同岗位在岗职工", "staff on the same post", "与实习生做同样工作的职工人数。同一岗位的实习生一般不超过它的 20%。", rule + "Q2", []string{"同岗位职工"}},
	{"labour-grade", "体力劳动强度", "labour grade", "按 GB/T 3869 分Ⅰ到Ⅳ级。实习生不得从事Ⅲ级及以上的劳动。", rule + "H1", nil},
	{"hazards", "危害因素", "hazards", "高处、井下、带电、有毒、易燃易爆等作业。专业确有特殊要求的，要先备案。", rule + "H6", nil},
	{"pay-floor", "相同岗位工资", "pay floor", "本单位相同岗位的试用期工资。实习报酬原则上不低于它的 80%，直接付给学生本人。", rule + "P1", []string{"报酬", "最低报酬"}},
	{"through", "贯通培养升学", "through programme", "3+2、3+4、五年制的学生按入学时定好的去向转段升学。它算升学，单列，不与高考升学混在一起。", "平台", []string{"贯通培养升学（3+2、3+4、五年制）"}},
	{"filing", "备案", "filing", "岗位实习开始前，把班级、单位、岗位、日期报学校的主管部门。工作时间、夜班等几条确有专业特殊要求的，也要先备案才可以。", rule + "F1", nil},
	{"authority", "主管部门", "competent authority", "决定实习在哪里备案：中职和高职归教育部门，技工学校归人力社保部门。", rule + "F1", nil},
	{"agreement", "三方协议", "tripartite agreement", "学校、企业、学生先签好协议，才能上岗；协议期要盖住整个实习期。", rule + "A5", nil},
	{"consent", "知情同意书", "consent", "学生和监护人在开始前签字，写明单位、岗位、地点、日期。", rule + "A3", nil},
	{"insurance", "实习责任保险", "liability insurance", "要盖住实习的每一天，名单里有这名学生；保险费由学校或企业付，不由学生付。", rule + "D7", nil},
	{"tutors", "指导教师", "tutors", "学校和企业各指定一名，经常检查、联系学生，写下记录。", rule + "D3", []string{"企业指导教师", "学校指导教师"}},
	{"inspection", "实地考察", "site inspection", "学校选新的实习单位，先去看：资质、诚信、管理、岗位、工作时间、工作环境、生活环境、健康与安全，写成报告，再集体确定并公开。", rule + "C3", nil},
	{"archive", "已归档的材料", "archive", "办结前要有的八类材料：三方协议、实习方案、实习报告、考核结果、实习日志、检查记录、实习总结、其他佐证。", rule + "D8", nil},
	{"round", "匹配轮次", "round", "在同一时刻冻结一组批次和岗位，一起分配一次。先预览，看谁没有安置、为什么，再发布；发布后仍要双方答复。", "平台", nil},
	{"round-mode", "分配方式", "mode of a round", "统筹分配：由平台求出总适配分最高的分法，适合学校统一安排。双向选择：学生填志愿、企业排名次，按双方的意愿来。两种都先预览，发布后仍要双方答复。", "平台", nil},
	{"weights", "计分权重", "weights", "适配分的每一项最多得多少分。一轮可以改，改了什么和结果一起保存。", "平台", nil},
	{"digest", "输入摘要", "input digest", "这一轮所用全部数据的指纹，由程序算出：数据改动一处，它就不同。用来证明结果出自哪一份数据，平时不用看。", "平台", nil},
	{"assign", "统筹分配", "assignment", "让总适配分最高的分配方式；结果附上限值，上限等于得分即说明没有更好的分法。", "平台", nil},
	{"stable", "双向选择", "two-way selection", "双方各自排序，结果里没有任何一对彼此更愿意在一起却没有在一起。", "Gale–Shapley, 1962", []string{"双选"}},
	{"green", "优先安置", "priority", "家庭经济困难等学生，学校在批次中登记人数，分配时先安排。", "平台", []string{"优先安置人数", "绿色通道"}},
	{"rotation", "工读轮换", "work-study rotation", "一个班分成几批，轮流到企业和在校学习：每批轮次一样多，不超过岗位名额和企业能接收的人数。", "平台", []string{"批数"}},
	{"placement", "安置", "placement", "一名学生在一个岗位上的全程：推荐、答复、协议、上岗、结束。名额由它占用和放开。", "平台", nil},
	{"unmet", "未满足的需求", "unmet demand", "没有人应的名额、没有岗位的学生。每晚找出原因（专业、距离、待遇、时间、规定、名额）和最接近的三个替代。", "平台", []string{"卡在哪里", "没有人应的名额", "没有岗位的学生"}},
	{"outcome", "毕业去向", "outcome", "毕业生去了哪里：直接就业、升学、待就业、暂不就业、去向不明。实习、见习不算就业。", "教育部毕业生去向统计口径", []string{"去向", "实际去向"}},
	{"year", "届", "graduation year", "毕业年份。口径为当年 8 月 31 日。", "平台", []string{"毕业年份"}},
	{"numerator", "分子", "numerator", "符合条件的人数。点开数值能看到是哪些记录。", "平台", []string{"计入分子", "分子/分母"}},
	{"denominator", "分母", "denominator", "比率除以的人数。谁不在分母里，每个指标的口径写明。", "平台", []string{"计入分母"}},
	{"cut-off", "统计截止", "cut-off date", "数字算到这一天为止。以后补登记的，进下一份快照，这一份不变。", "平台", []string{"数据取自"}},
	{"definition", "定义版本", "definition version", "同一个名字的指标改过算法，就换一个版本；版本不同的数不能比较。", "平台", nil},
	{"snapshot", "指标快照", "snapshot", "某一天全部指标的存档，不再改动，可以用当天的数据重新算一遍来核对。", "平台", nil},
	{"import", "导入批次", "import batch", "上传一次表就是一个批次：先检查、后写入；没有用过的可以整批撤销。", "平台", nil},
	{"sample", "示例", "sample", "为演示由程序生成的记录，不对应真实的人、岗位或批次。由它算出的数字同样标“示例”。", "平台", nil},
	{"credit-code", "统一社会信用代码", "unified social credit code", "企业的 18 位代码，最后一位是校验码，输错一位即能发现。", "GB 32100—2015", nil},
	{"standing", "失信、经营异常记录", "credit record", "有失信、经营异常记录，或三年内有安全生产处罚的单位，不能作为实习单位。", rule + "C1", []string{"近三年安全生产处罚"}},
	{"scope", "权限", "scope", "接口密钥能读、能改哪些内容。只给对方系统用得着的。", "平台", nil},
	{"webhook", "推送", "webhook", "有变化时，平台把消息发到对方系统的网址，带签名，失败会重试。", "Standard Webhooks", nil},
}

// rateWords are the short words that headings use for a rate, by the key of its definition.
var rateWords = map[string][]string{
	"destination": {"去向落实率", "落实率"}, "alignment": {"对口率"}, "slot_fill": {"到岗率"}, "major_industry_match": {"匹配度"}, "promise_kept": {"承诺兑现率"},
	"local_county": {"本地就业率"}, "internship_coverage": {"实习覆盖率"}, "dual_teachers": {"双师型比例"}, "pay_mean": {"起薪"},
}

// terms are the words of the trade first, then every rate as its definition says it.
var terms = sync.OnceValue(func() []term {
	set, err := regulation.National()
	if err != nil {
		panic(err) // embedded data that a test reads
	}
	var out []term
	for _, t := range tradeWords {
		if id, ok := strings.CutPrefix(t.Source, rule); ok {
			r, known := set.Rule(id)
			if !known {
				panic("glossary: no rule " + id)
			}
			t.Source = set.Citation(r)
		}
		out = append(out, t)
	}
	for _, d := range rates.Definitions() {
		meaning := d.Numerator + " ÷ " + d.Denominator + "。"
		if d.Exclusions != "" {
			meaning += "不计：" + d.Exclusions + "。"
		}
		if d.Scope != "" {
			meaning += "可比范围：" + d.Scope + "。"
		}
		meaning += "为什么：" + d.Why + "。"
		out = append(out, term{"rate-" + d.Key, d.Name, d.Key, meaning, "来源：" + d.Source + "；定义版本 " + d.Version + "；" + d.CutOff, rateWords[d.Key]})
	}
	return out
})

// termsByWord finds a term by its word, or another word for it.
var termsByWord = sync.OnceValue(func() map[string]*term {
	all := terms()
	out := make(map[string]*term, 2*len(all))
	for i := range all {
		for _, w := range append([]string{all[i].Word}, all[i].also...) {
			if _, taken := out[w]; !taken {
				out[w] = &all[i]
			}
		}
	}
	return out
})

// termOf is the term that a heading stands for, with or without its unit; nil if the
// glossary has none.
func termOf(heading string) *term {
	if t := termsByWord()[heading]; t != nil {
		return t
	}
	bare, _, _ := strings.Cut(heading, "（")
	return termsByWord()[bare]
}

// everyday words stand over columns of most tables: a mark on each would help nobody.
var everyday = []string{"岗位", "岗位（个）", "推送"}

// said writes a fact: one that is itself a word of the trade as asTerm does.
func said(value string) template.HTML {
	if termsByWord()[value] != nil {
		return asTerm(value)
	}
	return dated(value)
}

// asTerm writes a heading: one that the glossary knows leads there and says its meaning
// when it is pointed at.
func asTerm(heading string) template.HTML {
	word := template.HTMLEscapeString(heading)
	t := termOf(heading)
	if t == nil || slices.Contains(everyday, heading) {
		return template.HTML(word) // #nosec G203 -- escaped
	}
	return template.HTML(fmt.Sprintf( // #nosec G203 -- the glossary's own words, escaped
		`<a class="term" href="/glossary#%s" title="%s">%s</a>`, t.ID, template.HTMLEscapeString(t.Meaning+"（"+t.Source+"）"), word))
}
