package sheets

// Cooperations is the cooperation register (合作登记): one row for a pledge of a cooperation,
// or for a cooperation without any. Rows with the same company, form and first day are one.
func Cooperations() Kind {
	return Kind{ID: "cooperations", One: "cooperation", Title: "合作登记", Key: []string{"company", "form", "start", "pledge_by", "pledge"}, Columns: []Column{
		{Field: "company", Header: "企业名称", Aliases: []string{"company_name", "企业", "合作企业"}, Required: true, Max: 100, Example: "重庆示例精密机械有限公司"},
		{Field: "school", Header: "学校", Aliases: []string{"school_name", "学校名称"}, Max: 60, Example: "重庆市荣昌区职业教育中心"},
		{Field: "form", Header: "合作形式", Aliases: []string{"形式", "合作方式"}, Required: true, Max: 30, Help: "如 共建专业、产业学院、订单培养、教师企业实践", Example: "共建专业"},
		{Field: "majors", Header: "专业", Aliases: []string{"major", "合作专业"}, Max: 500, Example: "数控技术应用"},
		{Field: "start", Header: "开始日期", Aliases: []string{"from", "签约日期", "起始日期"}, Type: Date, Help: "没有开始日期的项目不计入年度报告", Example: "2026-09-01"},
		{Field: "end", Header: "结束日期", Aliases: []string{"to", "到期日期", "终止日期"}, Type: Date, Example: "2029-08-31"},
		{Field: "paper", Header: "协议", Aliases: []string{"协议编号", "合同编号"}, Max: 500, Help: "编号、网址或存放处", Example: "校企协议〔2026〕12 号"},
		{Field: "detail", Header: "合作内容", Aliases: []string{"内容"}, Max: 500},
		{Field: "equipment", Header: "企业提供设备（万元）", Aliases: []string{"设备投入", "企业提供设备"}, Type: Money, Wan: true, Max: 1_000_000, Example: "12.5"},
		{Field: "funds", Header: "企业投入资金（万元）", Aliases: []string{"资金投入", "企业投入资金"}, Type: Money, Wan: true, Max: 1_000_000, Example: "3"},
		{Field: "courses", Header: "合作开发课程（门）", Aliases: []string{"合作开发课程"}, Type: Count, Max: 1_000_000},
		{Field: "textbooks", Header: "合作开发教材（本）", Aliases: []string{"合作开发教材"}, Type: Count, Max: 1_000_000},
		{Field: "staff_trained", Header: "培训企业员工（人）", Aliases: []string{"培训企业员工"}, Type: Count, Max: 1_000_000},
		{Field: "pledge_by", Header: "由谁承诺", Aliases: []string{"承诺方"}, Type: Enum, Allowed: []string{"学校", "企业"}, Help: "空着为企业", Example: "企业"},
		{Field: "pledge", Header: "承诺内容", Aliases: []string{"承诺"}, Max: 200, Example: "每年接收岗位实习学生"},
		{Field: "amount", Header: "承诺数量", Type: Count, Max: 100_000_000, Example: "20"},
		{Field: "unit", Header: "单位", Max: 10, Example: "人"},
		{Field: "due", Header: "承诺期限", Aliases: []string{"期限"}, Type: Date, Example: "2027-07-31"},
		{Field: "kept", Header: "兑现日期", Type: Date, Help: "还没有兑现就空着"},
		{Field: "done", Header: "兑现数量", Type: Count, Max: 100_000_000},
		{Field: "proof", Header: "佐证", Aliases: []string{"佐证材料"}, Max: 300, Help: "文件名称和编号、网址或说明"},
	}, Rules: []RowRule{startBeforeEnd}}
}

// Alliances is the table of 产教联合体, 行业产教融合共同体 and 职教集团, one row a member.
func Alliances() Kind {
	return Kind{ID: "alliances", One: "alliance", Title: "联合体与集团", Key: []string{"name", "member"}, Columns: []Column{
		{Field: "name", Header: "名称", Aliases: []string{"联合体名称", "集团名称"}, Required: true, Max: 80, Example: "示例现代制造职教集团"},
		{Field: "kind", Header: "类型", Required: true, Type: Enum, Allowed: []string{"市域产教联合体", "行业产教融合共同体", "职教集团"}, Means: map[string]string{"产教联合体": "市域产教联合体", "联合体": "市域产教联合体", "产教融合共同体": "行业产教融合共同体", "共同体": "行业产教融合共同体", "职业教育集团": "职教集团", "集团": "职教集团"}, Example: "职教集团"},
		{Field: "member", Header: "成员", Aliases: []string{"成员单位", "单位名称"}, Required: true, Max: 100, Help: "本校也写一行", Example: "重庆示例精密机械有限公司"},
		{Field: "leads", Header: "是否牵头", Aliases: []string{"牵头"}, Type: Bool, Example: "否"},
		{Field: "start", Header: "成立日期", Aliases: []string{"from", "开始日期"}, Type: Date, Example: "2024-05-01"},
		{Field: "end", Header: "结束日期", Aliases: []string{"to"}, Type: Date},
		{Field: "paper", Header: "文件", Aliases: []string{"批文", "文号"}, Max: 500},
		{Field: "detail", Header: "说明", Max: 500},
	}, Rules: []RowRule{startBeforeEnd}}
}
