package sheets

import "sunmao/services/partnership"

// Outcomes is the table of where each graduate of a school went (毕业去向登记), one row each.
// The last two columns are written on export only.
func Outcomes() Kind {
	words := make([]string, 0, len(partnership.Directions()))
	for _, d := range partnership.Directions() {
		words = append(words, d.Words())
	}
	return Kind{ID: "outcomes", One: "outcome", Title: "毕业去向登记", Key: []string{"student_no"}, Columns: []Column{
		{Field: "student_no", Header: "学号", Aliases: []string{"student_number", "学籍号"}, Required: true, Max: 40, Example: "20240101"},
		{Field: "year", Header: "毕业年份", Aliases: []string{"graduation_year", "届别", "年份"}, Required: true, Type: Count, Min: 2000, Max: 2100, Example: "2027"},
		{Field: "direction", Header: "去向", Aliases: []string{"毕业去向", "就业去向"}, Required: true, Type: Enum, Allowed: words,
			Means: map[string]string{"直接就业": "就业", "签约就业": "就业", "升学深造": "升学", "应征入伍": "参军", "入伍": "参军", "创业": "自主创业", "自由职业": "灵活就业", "出国": "出国（境）", "未就业": "待就业", "实习": "仍在实习", "不明": "去向不明"}, Example: "就业"},
		{Field: "through", Header: "是否贯通培养", Aliases: []string{"贯通"}, Type: Bool, Help: "3+2、3+4、五年制转段升学填是"},
		{Field: "employer", Header: "用人单位", Aliases: []string{"company", "单位名称", "就业单位"}, Max: 100, Help: "就业必填全称，平台上的企业会被请来确认", Example: "重庆示例精密机械有限公司"},
		{Field: "industry", Header: "行业代码", Aliases: []string{"行业"}, Type: Industry, Help: "空着则按企业登记的行业"},
		{Field: "occupation", Header: "职业代码", Aliases: []string{"职业", "岗位职业"}, Type: Occupation},
		{Field: "region", Header: "工作地区县", Aliases: []string{"工作地", "就业地"}, Type: RegionCode, Help: "空着则按企业所在区县"},
		{Field: "pay", Header: "月收入", Aliases: []string{"起薪", "月薪"}, Type: Money, Max: 1_000_000, Help: "首月税前，元", Example: "4200"},
		{Field: "major", Header: "专业代码", Aliases: []string{"major_code", "专业", "专业名称"}, Type: MajorCode, Help: "空着则按名册"},
		{Field: "aligned", Header: "学校认为对口", Aliases: []string{"是否对口", "对口"}, Type: Bool},
		{Field: "evidence", Header: "佐证材料", Aliases: []string{"佐证", "证明材料"}, Many: true, Max: 200, Help: "材料名称和存放处，多项用 ； 分开", Example: "劳动合同 2027-031，就业办"},
		{Field: "by_company", Header: "用人单位确认", Max: 20, Help: "只在导出时有"},
		{Field: "by_graduate", Header: "毕业生确认", Max: 20, Help: "只在导出时有"},
	}}
}

// GraduateLinks is the list of one-time links that a school hands out. It is written only.
func GraduateLinks() Kind {
	return Kind{ID: "graduate-links", One: "graduate-link", Title: "毕业生确认链接", Columns: []Column{
		{Field: "student_no", Header: "学号"}, {Field: "name", Header: "姓名"}, {Field: "class", Header: "班级批次"}, {Field: "direction", Header: "登记的去向"},
		{Field: "link", Header: "确认链接"}, {Field: "until", Header: "有效期到", Type: Date},
	}}
}

// UndeliveredMessages is the list of messages that did not get through. It is written only.
func UndeliveredMessages() Kind {
	return Kind{ID: "undelivered", One: "message", Title: "没有送达的消息", Columns: []Column{
		{Field: "name", Header: "给谁"}, {Field: "subject", Header: "内容"}, {Field: "channel", Header: "方式"}, {Field: "to", Header: "发往"}, {Field: "phone", Header: "电话"}, {Field: "contact", Header: "企业联系方式"},
		{Field: "missed", Header: "没有看到的待办", Many: true, Max: 2000}, {Field: "due", Header: "最早期限", Type: Date},
		{Field: "state", Header: "状态"}, {Field: "tries", Header: "试过几次", Type: Count}, {Field: "error", Header: "最近一次的原因"}, {Field: "at", Header: "什么时候的"},
	}}
}

// UnmetDemand is the list of what stayed open on either side. It is written only.
func UnmetDemand() Kind {
	return Kind{ID: "unmet", One: "unmet", Title: "未满足的需求", Columns: []Column{
		{Field: "side", Header: "哪一边"}, {Field: "name", Header: "岗位或班级"}, {Field: "party", Header: "单位"}, {Field: "majors", Header: "专业", Many: true}, {Field: "count", Header: "名额或人数", Type: Count},
		{Field: "kind", Header: "原因"}, {Field: "why", Header: "说明"}, {Field: "since", Header: "从哪天起", Type: Date}, {Field: "near1", Header: "最近的选择一"}, {Field: "near2", Header: "最近的选择二"}, {Field: "near3", Header: "最近的选择三"},
	}}
}

// Schools is the list of a district's schools. It is written only.
func Schools() Kind {
	return Kind{ID: "schools", One: "school", Title: "学校", Columns: []Column{
		{Field: "name", Header: "学校"}, {Field: "kind", Header: "类别"}, {Field: "authority", Header: "主管部门"}, {Field: "region", Header: "所在地"}, {Field: "majors", Header: "专业数", Type: Count}, {Field: "state", Header: "状态"},
	}}
}
