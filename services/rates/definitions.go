package rates

// The words that most definitions share.
const (
	halfUp     = "四舍五入，保留两位小数，用整数计算"
	asReported = "统计截止日为快照当日；年度口径为当年8月31日"
	ledger     = "平台去向登记（学校填报，企业和毕业生确认；有异议还没有裁定的按去向不明计）"
	allGrads   = "当年毕业生数"
	noIntern   = "实习、见习不算就业；去向不明者留在分母"
	byOne      = "直接就业人数（有逐人登记的）"
	onlyListed = "只报合计数、没有逐人登记的不在分母；升学者不在分母"
	v1         = "1"
	v2         = "2" // the denominator leaves out people who are known as a count only
	v2Stated   = "2" // both sides leave out the schools that state one of the two alone
	bothStated = "；只填报其中一项的学校两边都不计"
)

// Definitions returns every rate the platform computes, in the order of the glossary.
// They are data: the glossary page and docs/rates.md are printed from them.
func Definitions() []Definition {
	all := [][]Definition{destinationRates(), alignmentRates(), placeRates(), payRates(), surveyRates(), practiceRates(), schoolRates()}
	var out []Definition
	for _, part := range all {
		for _, d := range part {
			d.Rounding = halfUp
			if d.Version == "" {
				d.Version = v1
			}
			if d.Unit == "" {
				d.Unit = "%"
			}
			if d.CutOff == "" {
				d.CutOff = asReported
			}
			out = append(out, d)
		}
	}
	return out
}

func destinationRates() []Definition {
	return []Definition{
		{Key: "destination", Name: "毕业去向落实率", Numerator: "直接就业人数 + 升学人数", Denominator: allGrads, Exclusions: noIntern,
			Source: ledger, Scope: "全区、学校、专业大类、专业、批次、年度；不与含实习的旧口径“就业率”比较",
			Why: "2021年起代替“就业率”；未落实 = 待就业 + 暂不就业 + 去向不明，不能从分母去掉", num: []Count{Direct, Progressed}, den: []Count{Graduates}},
		{Key: "direct_employment", Name: "直接就业率", Numerator: "直接就业人数（签约、灵活就业、自主创业、参军、出国）", Denominator: allGrads, Exclusions: noIntern,
			Source: ledger, Scope: "与“扣除贯通”的直接就业率不能比较；与对口率不是一回事",
			Why: "分母为全部毕业生的口径，质量年报各表使用", num: []Count{Direct}, den: []Count{Graduates}},
		{Key: "direct_employment_excl_through", Name: "直接就业率（扣除贯通）", Numerator: "直接就业人数", Denominator: "当年毕业生数 − 贯通转段升学人数",
			Exclusions: "3+2、3+4、五年制转段学生不在分母；" + noIntern, Source: ledger, Scope: "只与同口径比较，例如上海2018年公布的数字",
			Why: "贯通学生入学时已定去向，部分地区把他们从分母去掉；两种口径都在用，所以分开命名", num: []Count{Direct}, den: []Count{Graduates}, less: []Count{Through}},
		{Key: "progression", Name: "升学率", Numerator: "升学人数（以录取注册为准，含贯通）", Denominator: allGrads, Exclusions: "未注册者不算升学",
			Source: ledger, Scope: "各校之间只能用人数相加后再算，不能平均百分比",
			Why: "贯通转段计入并另列；技工学校升技师学院是否计入，以主管部门口径为准", num: []Count{Progressed}, den: []Count{Graduates}},
		{Key: "progression_through", Name: "贯通升学率", Numerator: "贯通转段升学人数", Denominator: allGrads, Exclusions: "高考、职教高考、对口单招升学不在分子",
			Source: ledger, Scope: "是升学率的一部分", Why: "贯通与考试升学性质不同，合在一起看不出变化来自哪里", num: []Count{Through}, den: []Count{Graduates}},
		{Key: "startup", Name: "自主创业率", Numerator: "自主创业人数", Denominator: allGrads, Exclusions: noIntern,
			Source: ledger + "，附营业执照", Scope: "高职计分卡同口径", Why: "创业者已在直接就业里，不能再加一次", num: []Count{Startup}, den: []Count{Graduates}},
	}
}

func alignmentRates() []Definition {
	return []Definition{
		{Key: "alignment", Name: "对口率（按编码）", Version: v2, Numerator: "逐人登记的直接就业者中，职业或行业编码与专业对应（完全对应或相近）的人数", Denominator: byOne,
			Exclusions: onlyListed + "；登记了去向但没有编码的人留在分母", Source: "去向登记的职业、行业编码，对照专业目录的面向职业表（每条去向记有表的版本和理由）",
			Scope: "与学校自报、问卷两种方法的对口率不能相加，也不能混用", Why: "分母用毕业生数或含升学的就业数都会算错；由编码判定，谁来算都一样",
			num: []Count{AlignedExact, AlignedNear}, den: []Count{Listed}},
		{Key: "alignment_exact", Name: "对口率（按编码，完全对应）", Version: v2, Numerator: "编码在专业面向职业表之内的直接就业人数", Denominator: byOne,
			Exclusions: onlyListed + "；相近不算", Source: "同对口率（按编码）", Scope: "最严的口径", Why: "把“相近”分开，读者可以自己选松紧", num: []Count{AlignedExact}, den: []Count{Listed}},
		{Key: "alignment_school", Name: "对口率（学校自报）", Version: v2, Numerator: "学校报为对口的直接就业人数", Denominator: "直接就业人数（学校报了是否对口的）",
			Exclusions: "学校没有报的不在分母；升学者不在分母", Source: "学校台账与质量年度报告", Scope: "方法不同，不与编码判定的、问卷的对口率比较或相加", Why: "各校标准不一，单列备查；质量年度报告公布的对口率就是这一种", num: []Count{LabelAligned}, den: []Count{LabelKnown}},
		{Key: "alignment_survey", Name: "对口率（毕业生问卷）", Numerator: "回答“对口”的人数", Denominator: "有效回答人数",
			Exclusions: "未作答者不在分母", Source: "毕业生问卷", Scope: "抽样结果，须同时给出回答人数；不与另外两种方法比较或相加", Why: "回答者不是全体，不能当作全体的比例", num: []Count{SurveyAligned}, den: []Count{SurveyKnown}},
		{Key: "major_industry_match", Name: "专业与产业匹配度", Numerator: "服务本区产业集群的专业数", Denominator: "开设专业数",
			Exclusions: "已停招的专业不计；多校开设同一专业，全区只计一个", Source: "专业目录、产业集群表与专业设置", Scope: "全区、学校、年度；与按学生数算的匹配度不能比较", Why: "按编码对应（专业→职业→行业→集群），不凭专业名称猜", things: true, num: []Count{MajorsServing}, den: []Count{Majors}},
		{Key: "major_industry_match_students", Name: "专业与产业匹配度（按学生）", Numerator: "服务本区产业集群的专业的在校生数", Denominator: "开设专业的在校生数",
			Exclusions: "没有报在校生数的专业不计", Source: "同专业与产业匹配度，加在校生数", Scope: "全区、学校、年度；与按专业数算的匹配度不能比较", Why: "专业有大有小，两种算法都有人用，所以分开命名", num: []Count{ServingStudents}, den: []Count{MajorStudents}},
	}
}

func placeRates() []Definition {
	local := func(key, name, where string, c Count) Definition {
		return Definition{Key: key, Name: name, Version: v2, Numerator: "在" + where + "工作的直接就业人数", Denominator: byOne,
			Exclusions: onlyListed + "；工作地点不明者留在分母", Source: ledger, Scope: "“本地”指" + where + "；三种本地口径不能互相比较",
			Why: "“本地”不写明范围就无法比较；分母不含升学", num: []Count{c}, den: []Count{Listed}}
	}
	sector := func(key, name, sector string, c Count) Definition {
		return Definition{Key: key, Name: name, Version: v2, Numerator: "在" + sector + "就业的人数", Denominator: byOne,
			Exclusions: onlyListed + "；行业不明者留在分母", Source: "用人单位的国民经济行业分类代码（GB/T 4754-2017）", Scope: "三项相加，再加行业不明，等于100%",
			Why: "由行业代码得出产业，不由单位名称猜", num: []Count{c}, den: []Count{Listed}}
	}
	return []Definition{
		local("local_county", "本地就业率（本区县）", "本区县", LocalCounty),
		local("local_city", "本地就业率（本市）", "本市（含本区县）", LocalCity),
		local("local_province", "本地就业率（本省、直辖市）", "本省或本直辖市（含本市）", LocalProvince),
		sector("sector1", "第一产业就业占比", "第一产业", Sector1),
		sector("sector2", "第二产业就业占比", "第二产业", Sector2),
		sector("sector3", "第三产业就业占比", "第三产业", Sector3),
	}
}

func payRates() []Definition {
	return []Definition{
		{Key: "pay_mean", Name: "平均起薪", Numerator: "首月税前工资总和（分）", Denominator: "工资已知的直接就业人数", Unit: "元/月",
			Exclusions: "升学、实习报酬不计；工资不明者不计", Source: ledger, Scope: "按人数加权；必在各专业最低与最高之间",
			Why: "不能把各专业平均数再平均", kind: Mean, num: []Count{PayFen}, den: []Count{Paid}, scale: 100},
		{Key: "pay_median", Name: "起薪中位数", Numerator: "首月税前工资由低到高排在正中的一人（或两人的平均），计到元", Denominator: "工资已知的直接就业人数", Unit: "元/月",
			Exclusions: "同平均起薪", Source: ledger, Scope: "同平均起薪", Why: "少数高薪会拉高平均数，中位数更接近多数人", kind: Median, num: []Count{Paid}, den: []Count{Paid}},
	}
}

func surveyRates() []Definition {
	const bands = "81–100非常满意、61–80基本满意、41–60一般、21–40不满意、0–20很不满意"
	share := func(key, name, who string, yes, n Count) Definition {
		return Definition{Key: key, Name: name, Numerator: "打61分及以上的" + who + "有效回答数", Denominator: who + "有效回答数",
			Exclusions: "未作答、无效卷不计", Source: "问卷或回访，须写明方式和回答数", Scope: "量表：" + bands + "；与平均分不能比较",
			Why: "n个回答只可能得到k/n的比例；不给n的满意度无法核对", num: []Count{yes}, den: []Count{n}}
	}
	score := func(key, name, who string, points, n Count) Definition {
		return Definition{Key: key, Name: name, Numerator: who + "打分总和", Denominator: who + "打了分的有效回答数", Unit: "分",
			Exclusions: "未作答、无效卷不计", Source: "问卷或回访", Scope: "百分制平均分；与满意比例不能比较",
			Why: "平均分不是比例，二者分开命名", kind: Mean, num: []Count{points}, den: []Count{n}}
	}
	return []Definition{
		share("satisfaction_graduate", "毕业生满意度（比例）", "毕业生", GraduateSatisfied, GraduateAnswers),
		score("satisfaction_graduate_score", "毕业生满意度（平均分）", "毕业生", GraduatePoints, GraduateScored),
		share("satisfaction_employer", "用人单位满意度（比例）", "用人单位", EmployerSatisfied, EmployerAnswers),
		score("satisfaction_employer_score", "用人单位满意度（平均分）", "用人单位", EmployerPoints, EmployerScored),
	}
}

func practiceRates() []Definition {
	const plan = "平台安置记录"
	return []Definition{
		{Key: "internship_coverage", Name: "岗位实习覆盖率", Numerator: "期内在岗位实习的学生数", Denominator: "按培养方案期内应参加岗位实习的学生数",
			Exclusions: "认识实习不计；一人多岗只计一次", Source: plan, Scope: "学校、专业、批次", Why: "分母是应参加的人，不是在校生", num: []Count{Interns}, den: []Count{InternsDue}},
		{Key: "internship_alignment", Name: "对口实习率", Numerator: "岗位编码与专业对应（含相近）的岗位实习学生数", Denominator: "岗位实习学生数",
			Exclusions: "认识实习不计", Source: plan, Scope: "不是就业对口率", Why: "实习从不当作就业，两种对口率分开", num: []Count{InternsAligned}, den: []Count{Interns}},
		{Key: "retention", Name: "留用率", Numerator: "毕业去向登记为同一实习单位的人数", Denominator: "在该单位完成实习并已登记毕业去向的人数",
			Exclusions: "提前终止的安置不计", Source: plan + "与去向登记", Scope: "平台自用口径，非官方；按毕业去向登记时在不在该单位算", Why: "看实习是否变成就业，不看承诺", num: []Count{Retained}, den: []Count{Completed}},
		{Key: "slot_fill", Name: "实习岗位到岗率", Numerator: "已到岗名额", Denominator: "审核发布的岗位名额",
			Exclusions: "撤回的岗位不计", Source: "岗位与安置记录", Scope: "企业、专业、产业集群", Why: "看需求是否被满足", num: []Count{SlotsFilled}, den: []Count{Slots}},
		{Key: "order_fill", Name: "订单班满员率", Numerator: "订单班在班人数", Denominator: "订单班计划人数",
			Exclusions: "未开班的计划人数留在分母", Source: "订单班记录", Scope: "学校、企业", Why: "既数班也数人，不能只报班数", num: []Count{OrderEnrolled}, den: []Count{OrderSeats}},
		{Key: "promise_kept", Name: "订单承诺兑现率", Numerator: "到期且兑现的承诺项数", Denominator: "到期的承诺项数",
			Exclusions: "未到期的承诺不计", Source: "订单班记录与去向登记", Scope: "学校、企业", Why: "承诺按到期日核对，兑现要有去向记录为证", things: true, num: []Count{PromisesKept}, den: []Count{PromisesDue}},
	}
}

func schoolRates() []Definition {
	const roll = "学校年报数据"
	return []Definition{
		{Key: "certificate", Version: v2Stated, Name: "证书获取率", Numerator: "取得职业资格或技能等级证书的毕业生数", Denominator: "应考毕业生数",
			Exclusions: "一人多证只计一人" + bothStated, Source: roll, Scope: "学校、专业", Why: "分母是应考的人；只除以报考人数会偏高", num: []Count{AssessedPassed}, den: []Count{Assessed}},
		{Key: "certificate_middle", Version: v2Stated, Name: "中级及以上证书获取率", Numerator: "取得中级及以上证书的毕业生数", Denominator: "应考毕业生数",
			Exclusions: "一人多证只计一人" + bothStated, Source: roll, Scope: "同一学校必不高于证书获取率", Why: "分母同证书获取率，是应考的人", num: []Count{CertifiedMiddle}, den: []Count{MiddleOf}},
		{Key: "course_pass", Version: v2Stated, Name: "专业课合格率", Numerator: "专业课合格的毕业生数", Denominator: "参加专业课考核的毕业生数",
			Exclusions: "补考合格者另注" + bothStated, Source: roll, Scope: "学校、专业", Why: "按人计，不按门次计", num: []Count{CoursePassed}, den: []Count{CourseTaken}},
		{Key: "dual_teachers", Version: v2Stated, Name: "双师型教师比例", Numerator: "认定的双师型教师数", Denominator: "专业课教师数",
			Exclusions: "公共课教师只在任教专业课时计入" + bothStated, Source: "教师厅〔2022〕2号认定名单", Scope: "与除以专任教师的旧数不能比较",
			Why: "双师型按专业课教师认定；除以全部专任教师会低得多，两个数不能混用", num: []Count{DualTeachers}, den: []Count{DualOf}},
		{Key: "practice_days", Version: v2Stated, Name: "教师人均企业实践天数", Numerator: "专业课教师企业实践天数", Denominator: "专业课教师数", Unit: "天",
			Exclusions: "校内培训不计" + bothStated, Source: "教师企业实践记录", Scope: "年度；五年累计另看（教师〔2016〕3号：五年不少于6个月）", Why: "存天数不存月数，避免一个月算30天还是22天的分歧",
			kind: Mean, num: []Count{PracticeDays}, den: []Count{PracticeOf}},
		{Key: "students_per_teacher", Name: "生师比", Numerator: "在校生数", Denominator: "专任教师数", Unit: "人",
			Exclusions: "兼职教师折算前不计", Source: roll, Scope: "学校、年度；分子分母须同一年", Why: "常见错误是用上年学生除以今年教师", kind: Mean, num: []Count{Students}, den: []Count{Teachers}},
	}
}
