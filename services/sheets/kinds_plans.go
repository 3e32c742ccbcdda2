package sheets

// Bookings is the table of bookings of training bases (工位预订).
func Bookings() Kind {
	return Kind{ID: "bookings", One: "booking", Title: "工位预订", Columns: []Column{
		{Field: "base", Header: "基地名称", Aliases: []string{"实训基地", "基地"}, Required: true, Max: 120, Help: "名称重复时填基地编号", Example: "数控加工实训基地"},
		{Field: "class", Header: "班级名称", Aliases: []string{"cohort", "班级", "班级批次"}, Max: 60, Help: "教师实践空着", Example: "2024级数控1班"},
		{Field: "teachers", Header: "教师实践", Type: Bool, Help: "教师企业实践填 是", Example: "否"},
		{Field: "subject", Header: "实训内容", Aliases: []string{"内容", "课程"}, Required: true, Max: 200, Example: "车工实训"},
		{Field: "seats", Header: "人数", Aliases: []string{"工位数"}, Required: true, Type: Count, Min: 1, Max: 5000, Example: "30"},
		{Field: "start", Header: "开始日期", Required: true, Type: Date, Example: "2027-03-01"},
		{Field: "end", Header: "结束日期", Required: true, Type: Date, Example: "2027-06-30"},
		{Field: "weekdays", Header: "星期", Required: true, Many: true, Type: Enum, Allowed: []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"},
			Means: map[string]string{"1": "周一", "2": "周二", "3": "周三", "4": "周四", "5": "周五", "6": "周六", "7": "周日", "星期一": "周一", "星期二": "周二", "星期三": "周三", "星期四": "周四", "星期五": "周五", "星期六": "周六", "星期日": "周日"}, Help: "多个用 ； 分开", Example: "周一；周三"},
		{Field: "parts", Header: "时段", Required: true, Many: true, Type: Enum, Allowed: []string{"上午", "下午"}, Help: "多个用 ； 分开", Example: "上午；下午"},
		{Field: "school", Header: "学校", Max: 60, Help: "导出的表里写明是谁预订的；填报时空着，只能预订给本校"},
		{Field: "state", Header: "状态", Type: Enum, Allowed: []string{"待确认", "已确认", "已谢绝", "已取消"}, Help: "导出的表里才有；已谢绝和已取消的行不会再预订"},
	}, Rules: []RowRule{startBeforeEnd}}
}

// ClassMembers is the table of students in order classes (订单班学生).
func ClassMembers() Kind {
	return Kind{ID: "class-members", One: "class-member", Title: "订单班学生", Key: []string{"student_no"}, Columns: []Column{
		{Field: "class", Header: "订单班", Aliases: []string{"班名", "订单班名称"}, Required: true, Max: 60, Example: "示例精机订单班"},
		{Field: "student_no", Header: "学号", Aliases: []string{"student_number", "学籍号"}, Required: true, Max: 40, Example: "20240101"},
		{Field: "name", Header: "姓名", Max: 40, Personal: true, Example: "示例学生"},
		{Field: "round", Header: "第几轮选拔", Aliases: []string{"选拔轮次"}, Type: Count, Max: 100, Help: "没有选拔就空着"},
	}}
}

// Rotations is the table of plans of work-study rotation (工读轮换), a plan a row: who goes
// where in each turn is worked out when it is taken in.
func Rotations() Kind {
	return Kind{ID: "rotations", One: "rotation", Title: "工读轮换", Key: []string{"class", "name"}, Columns: []Column{
		{Field: "name", Header: "方案名称", Aliases: []string{"名称"}, Required: true, Max: 60, Example: "数控1班秋季轮换"},
		{Field: "class", Header: "班级名称", Aliases: []string{"cohort", "班级", "班级批次"}, Required: true, Max: 60, Example: "2024级数控1班"},
		{Field: "start", Header: "开始日期", Required: true, Type: Date, Example: "2027-03-01"},
		{Field: "end", Header: "结束日期", Required: true, Type: Date, Example: "2027-06-27"},
		{Field: "batches", Header: "批数", Required: true, Type: Count, Min: 2, Max: 20, Example: "2"},
		{Field: "turn_weeks", Header: "每轮周数", Aliases: []string{"每轮几周"}, Required: true, Type: Count, Min: 1, Max: 26, Example: "2"},
		{Field: "posts", Header: "岗位", Required: true, Many: true, Max: 160, Help: "岗位编号，或 企业名称/岗位名称，多个用 ； 分开", Example: "重庆示例精密机械有限公司/数控车工"},
	}, Rules: []RowRule{startBeforeEnd}}
}
