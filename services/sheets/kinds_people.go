package sheets

// Students is the roster (学生名册).
func Students() Kind {
	return Kind{ID: "students", One: "student", Title: "学生名册", Key: []string{"student_no"}, Columns: []Column{
		{Field: "student_no", Header: "学号", Aliases: []string{"student_number", "学籍号", "编号"}, Required: true, Max: 40, Example: "20240101"},
		{Field: "name", Header: "姓名", Aliases: []string{"student_name", "学生姓名"}, Required: true, Max: 40, Personal: true, Example: "示例学生"},
		{Field: "sex", Header: "性别", Aliases: []string{"gender"}, Type: Enum, Allowed: []string{"男", "女"}, Means: map[string]string{"m": "男", "f": "女", "male": "男", "female": "女", "男性": "男", "女性": "女"}, Example: "男"},
		{Field: "birth_date", Header: "出生日期", Aliases: []string{"birthday", "出生年月日", "生日"}, Type: Date, Personal: true, Help: "年龄是否满 16、18 周岁按它计算", Example: "2008-05-01"},
		{Field: "id_number", Header: "身份证号", Aliases: []string{"id_card", "身份证", "身份证号码", "证件号码"}, Type: IDNumber, Personal: true, Help: "加密保存，默认不显示"},
		{Field: "school", Header: "学校", Aliases: []string{"school_name", "学校名称"}, Max: 60, Example: "重庆市荣昌区职业教育中心"},
		{Field: "class", Header: "班级名称", Aliases: []string{"cohort", "class_name", "班级"}, Required: true, Max: 60, Example: "2024级数控1班"},
		{Field: "major", Header: "专业代码", Aliases: []string{"major_code", "专业", "专业名称"}, Type: MajorCode, Example: "660103"},
		{Field: "entry_year", Header: "入学年份", Aliases: []string{"grade", "年级"}, Type: Count, Min: 2000, Max: 2100, Example: "2024"},
		{Field: "phone", Header: "联系电话", Aliases: []string{"mobile", "手机", "电话", "手机号"}, Type: Phone, Personal: true},
		{Field: "guardian", Header: "监护人姓名", Aliases: []string{"监护人", "家长姓名"}, Max: 40, Personal: true},
		{Field: "guardian_phone", Header: "监护人电话", Aliases: []string{"家长电话"}, Type: Phone, Personal: true},
		{Field: "residence", Header: "常住区县", Aliases: []string{"常住地", "家庭所在地", "户籍地"}, Type: RegionCode, Example: "500153"},
		{Field: "priority", Header: "家庭经济困难", Aliases: []string{"贫困", "优先", "建档立卡"}, Type: Bool, Help: "是则优先安排", Example: "否"},
		{Field: "fit", Header: "校医意见可上岗", Aliases: []string{"健康合格"}, Type: Bool, Help: "只填是或否，不写病情", Example: "是"},
		{Field: "note", Header: "备注", Max: 500},
	}}
}

// Placements is the list of placed students (学生安置) as it is exported. It is written
// only: placements come from offers, not from tables.
func Placements() Kind {
	return Kind{ID: "placements", One: "placement", Title: "学生安置", Columns: []Column{
		{Field: "student_no", Header: "学号"}, {Field: "student", Header: "学生"}, {Field: "class", Header: "班级批次"}, {Field: "school", Header: "学校"},
		{Field: "company", Header: "企业"}, {Field: "post", Header: "岗位"}, {Field: "kind", Header: "类别"}, {Field: "state", Header: "状态"},
		{Field: "start", Header: "开始日期", Type: Date}, {Field: "end", Header: "结束日期", Type: Date}, {Field: "started_on", Header: "实际上岗", Type: Date},
		{Field: "school_tutor", Header: "学校指导教师"}, {Field: "company_tutor", Header: "企业指导教师"}, {Field: "open_marks", Header: "未处理的点名异常", Type: Count},
		{Field: "note", Header: "说明"},
	}}
}

// Offers is the list of a round's offers with their answers (安排与答复). It is written only.
func Offers() Kind {
	return Kind{ID: "offers", One: "offer", Title: "安排与答复", Columns: []Column{
		{Field: "class", Header: "班级批次"}, {Field: "school", Header: "学校"}, {Field: "company", Header: "企业"}, {Field: "post", Header: "岗位"},
		{Field: "count", Header: "人数", Type: Count}, {Field: "score", Header: "适配分"}, {Field: "state", Header: "企业答复"}, {Field: "why", Header: "匹配理由"},
	}}
}

// Supervision is the list of students on post with what needs attention (在岗跟踪). It is
// written only.
func Supervision() Kind {
	return Kind{ID: "supervision", One: "supervision", Title: "在岗跟踪", Columns: []Column{
		{Field: "student_no", Header: "学号"}, {Field: "student", Header: "学生"}, {Field: "class", Header: "班级批次"}, {Field: "school", Header: "学校"},
		{Field: "company", Header: "企业"}, {Field: "post", Header: "岗位"}, {Field: "start", Header: "开始日期", Type: Date}, {Field: "end", Header: "结束日期", Type: Date},
		{Field: "alerts", Header: "需要注意"}, {Field: "last_call", Header: "上次点名", Type: Date}, {Field: "last_note", Header: "上次周志", Type: Date},
		{Field: "school_tutor", Header: "学校指导教师"}, {Field: "company_tutor", Header: "企业指导教师"},
	}}
}

// Bases is the table of training bases (实训基地).
func Bases() Kind {
	return Kind{ID: "bases", One: "base", Title: "实训基地", Key: []string{"owner", "name"}, Columns: []Column{
		{Field: "name", Header: "基地名称", Aliases: []string{"base", "base_name", "实训基地", "实训基地名称"}, Required: true, Max: 80, Example: "数控加工实训基地"},
		{Field: "owner", Header: "所属单位", Aliases: []string{"school", "company", "学校", "企业", "单位"}, Required: true, Max: 100, Example: "重庆益民技工学校"},
		{Field: "kind", Header: "基地类型", Aliases: []string{"类型"}, Type: Enum, Allowed: []string{"校内", "校外", "共享", "虚拟仿真", "校中厂", "厂中校"}, Means: map[string]string{"校内基地": "校内", "校外基地": "校外"}, Example: "校内"},
		{Field: "level", Header: "级别", Aliases: []string{"等级"}, Type: Enum, Allowed: []string{"国家级", "市级", "区级", "校级"}, Means: map[string]string{"国家": "国家级", "省级": "市级", "市": "市级", "区": "区级", "县级": "区级", "校": "校级"}, Example: "市级"},
		{Field: "majors", Header: "面向专业", Aliases: []string{"major", "专业"}, Many: true, Max: 60, Help: "专业代码或名称，多个用 ； 分开", Example: "数控技术应用"},
		{Field: "workstations", Header: "工位数", Aliases: []string{"seats", "工位", "实训工位"}, Type: Count, Max: 1_000_000, Example: "117"},
		{Field: "equipment_value", Header: "设备总值（万元）", Aliases: []string{"equipment_value_10k_yuan", "设备值", "设备价值", "设备总值"}, Type: Money, Wan: true, Max: 10_000_000, Example: "375.4"},
		{Field: "region", Header: "所在区县", Aliases: []string{"region_code", "区县"}, Type: RegionCode, Example: "500153"},
		{Field: "address", Header: "地址", Max: 200, Example: "昌州街道示例路 1 号"},
		{Field: "open", Header: "是否对外开放", Aliases: []string{"open_to_others", "共享开放"}, Type: Bool, Example: "是"},
		{Field: "note", Header: "备注", Max: 500},
	}}
}

// OrderClasses is the table of order classes (订单班).
func OrderClasses() Kind {
	return Kind{ID: "order-classes", One: "order-class", Title: "订单班", Key: []string{"company", "school", "name"}, Columns: []Column{
		{Field: "name", Header: "班名", Aliases: []string{"class", "订单班名称", "名称"}, Required: true, Max: 60, Example: "示例精机订单班"},
		{Field: "company", Header: "企业名称", Aliases: []string{"company_name", "企业", "合作企业"}, Required: true, Max: 100, Example: "重庆示例精密机械有限公司"},
		{Field: "school", Header: "学校", Aliases: []string{"school_name", "学校名称"}, Required: true, Max: 60, Example: "重庆益民技工学校"},
		{Field: "kind", Header: "类别", Aliases: []string{"类型"}, Type: Enum, Allowed: []string{"订单班", "冠名班", "定制班", "学徒制班"}, Means: map[string]string{"现代学徒制": "学徒制班", "学徒制": "学徒制班", "订单": "订单班", "冠名": "冠名班", "定制": "定制班"}, Example: "订单班"},
		{Field: "major", Header: "专业代码", Aliases: []string{"major_code", "专业", "专业名称"}, Required: true, Type: MajorCode, Many: true, Help: "多个用 ； 分开", Example: "660103"},
		{Field: "seats", Header: "计划人数", Aliases: []string{"size", "人数", "名额"}, Required: true, Type: Count, Min: 1, Max: 100_000, Example: "40"},
		{Field: "minimum", Header: "最低开班人数", Aliases: []string{"开班人数"}, Type: Count, Max: 100_000, Example: "25"},
		{Field: "share_hired", Header: "承诺录用比例", Aliases: []string{"录用比例"}, Type: Percent, Example: "80%"},
		{Field: "pay_floor", Header: "承诺最低月薪", Aliases: []string{"最低月薪"}, Type: Money, Max: 1_000_000, Example: "4000"},
		{Field: "start", Header: "开始日期", Type: Date, Example: "2026-09-01"},
		{Field: "end", Header: "结束日期", Type: Date, Example: "2028-06-30"},
		{Field: "note", Header: "备注", Max: 500},
	}, Rules: []RowRule{startBeforeEnd, notMore("minimum", "seats")}}
}

// Choices is the table of students' ranked choices in a two-way selection (双选志愿).
func Choices() Kind {
	cols := []Column{
		{Field: "student_no", Header: "学号", Aliases: []string{"student_number", "学籍号"}, Required: true, Max: 40, Example: "20240101"},
		{Field: "name", Header: "姓名", Aliases: []string{"student_name"}, Max: 40, Personal: true, Example: "示例学生"},
	}
	for i, n := range []string{"一", "二", "三", "四", "五", "六"} {
		d := string(rune('1' + i))
		cols = append(cols, Column{Field: "choice" + d, Header: "第" + n + "志愿", Aliases: []string{"志愿" + d, "志愿" + n}, Required: i == 0, Max: 160,
			Help: "岗位编号，或 企业名称/岗位名称", Example: "重庆示例精密机械有限公司/数控车工"})
	}
	cols = append(cols, Column{Field: "round", Header: "轮次", Aliases: []string{"双选轮次", "匹配轮次"}, Max: 80, Help: "同时有几个轮次征集志愿时才要写"})
	cols = append(cols, Column{Field: "refused", Header: "不愿去的岗位", Many: true, Max: 160, Help: "多个用 ； 分开"})
	return Kind{ID: "choices", One: "choice", Title: "双选志愿", Key: []string{"student_no"}, Columns: cols, Rules: []RowRule{choicesDiffer}}
}

var choicesDiffer = RowRule{Fields: []string{"choice1"}, Check: func(r Row) (string, string) {
	seen := map[string]string{}
	for _, f := range []string{"choice1", "choice2", "choice3", "choice4", "choice5", "choice6"} {
		v := r.Text(f)
		if v == "" {
			continue
		}
		if first, ok := seen[v]; ok {
			return r.header(f) + "与" + r.header(first) + "相同", "每个志愿填不同的岗位"
		}
		seen[v] = f
	}
	return "", ""
}}
