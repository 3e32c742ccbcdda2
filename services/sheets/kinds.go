package sheets

import "fmt"

var (
	postKinds   = []string{"认识实习", "岗位实习", "就业"}
	kindMeans   = map[string]string{"顶岗实习": "岗位实习", "跟岗实习": "岗位实习", "顶岗": "岗位实习", "跟岗": "岗位实习", "实习": "岗位实习", "认知实习": "认识实习", "见习": "认识实习", "就业岗位": "就业", "全职": "就业"}
	programmes  = []string{"三年制", "3+2", "3+3", "3+4", "五年制", "两年制"}
	hazardNames = []string{"高处", "井下", "放射性", "有毒", "易燃易爆", "粉尘", "高温", "低温", "冷水", "噪声", "重物搬运", "流水线", "强迫体位", "打磨冲击工具", "锅炉", "潜水", "野外", "带电", "森林", "无"}
)

// Companies is the table of companies (企业).
func Companies() Kind {
	return Kind{ID: "companies", One: "company", Title: "企业", Key: []string{"credit_code"}, Columns: []Column{
		{Field: "name", Header: "企业名称", Aliases: []string{"company", "company_name", "企业", "单位名称", "公司名称", "名称", "企业全称"}, Required: true, Max: 100, Help: "营业执照上的全称", Example: "重庆示例精密机械有限公司"},
		{Field: "credit_code", Header: "统一社会信用代码", Aliases: []string{"uscc", "usci", "unified_social_credit_code", "信用代码", "社会信用代码", "纳税人识别号"}, Type: CreditCode, Help: "18 位，最后一位是校验码"},
		{Field: "spellings", Header: "曾用写法", Aliases: []string{"as_written", "别名", "简称", "曾用名", "aliases"}, Many: true, Max: 100, Help: "简称和出现过的其他写法，用 ； 分开", Example: "示例精机"},
		{Field: "region", Header: "所在区县", Aliases: []string{"region_code", "区县", "所在地", "行政区划", "行政区划代码", "地区"}, Type: RegionCode, Help: "名称或 6 位代码", Example: "500153"},
		{Field: "address", Header: "详细地址", Aliases: []string{"地址", "注册地址", "经营地址"}, Max: 200, Example: "昌州街道示例路 1 号"},
		{Field: "industry", Header: "行业代码", Aliases: []string{"industry_code", "行业", "国民经济行业", "gb_code"}, Type: Industry, Help: "GB/T 4754-2017 代码或名称", Example: "3525"},
		{Field: "nature", Header: "企业性质", Aliases: []string{"ownership", "性质", "企业类型"}, Max: 30, Example: "民营"},
		{Field: "staff_on_post", Header: "在岗职工人数", Aliases: []string{"staff", "employees", "职工人数", "员工人数", "在岗职工", "在岗职工总数"}, Type: Count, Max: 10_000_000, Help: "不含实习生；实习生比例按它计算", Example: "260"},
		{Field: "staff_date", Header: "职工人数统计日期", Aliases: []string{"staff_as_of", "统计日期"}, Type: Date, Example: "2025-06-30"},
		{Field: "staff_evidence", Header: "职工人数依据", Aliases: []string{"依据"}, Max: 200, Help: "如社保参保人数", Example: "社保参保人数"},
		{Field: "contact", Header: "联系人", Aliases: []string{"contact_name", "企业联系人"}, Max: 50, Example: "示例联系人"},
		{Field: "phone", Header: "联系电话", Aliases: []string{"tel", "telephone", "电话", "手机", "联系方式"}, Type: Phone, Example: "023-00000000"},
		{Field: "dishonest", Header: "是否失信或经营异常", Aliases: []string{"失信", "经营异常"}, Type: Bool, Example: "否"},
		{Field: "safety_penalty_date", Header: "最近一次安全生产处罚日期", Aliases: []string{"安全处罚日期"}, Type: Date, Help: "近三年没有就空着"},
		{Field: "note", Header: "备注", Aliases: []string{"说明", "remark"}, Max: 500, Help: "只供自己看，平台不保存；导出时写状态"},
	}}
}

// Posts is the table of posts (岗位): what a company offers, with the fields that
// the internship rules read.
func Posts() Kind {
	cols := []Column{
		{Field: "id", Header: "岗位编号", Aliases: []string{"post_id"}, Max: 80, Help: "新岗位空着。平台导出的表里有编号，改岗位时不要动它：同一企业同名同期的岗位靠它分清"},
		{Field: "title", Header: "岗位名称", Aliases: []string{"post", "post_title", "岗位", "职位", "职位名称", "招聘岗位", "实习岗位"}, Required: true, Max: 60, Example: "数控车工"},
		{Field: "company", Header: "企业名称", Aliases: []string{"company_name", "企业", "公司名称", "单位名称", "用人单位"}, Required: true, Max: 100, Example: "重庆示例精密机械有限公司"},
		{Field: "credit_code", Header: "统一社会信用代码", Aliases: []string{"uscc", "信用代码"}, Type: CreditCode},
		{Field: "kind", Header: "岗位类型", Aliases: []string{"post_kind", "类型", "实习类型"}, Type: Enum, Allowed: postKinds, Means: kindMeans, Example: "岗位实习"},
		{Field: "slots", Header: "招收人数", Aliases: []string{"headcount", "openings", "人数", "需求人数", "招聘人数", "名额", "岗位数"}, Required: true, Type: Count, Min: 1, Max: 10_000, Example: "10"},
		{Field: "majors", Header: "接收专业", Aliases: []string{"major", "major_code", "major_codes", "专业", "专业代码", "专业要求", "对口专业"}, Type: MajorCode, Many: true, Help: "6 位专业代码或专业名称，多个用 ； 分开", Example: "660103"},
		{Field: "occupation", Header: "职业编码", Aliases: []string{"occupation_code", "occ_code", "职业", "职业代码"}, Type: Occupation, Help: "职业分类大典 2022 编码；空着由平台按岗位名称建议", Example: "6-18-01-01"},
		{Field: "duties", Header: "岗位职责", Aliases: []string{"description", "工作内容", "岗位描述", "职责"}, Max: 4000, Example: "操作数控车床，按图加工轴类零件"},
		{Field: "tasks", Header: "典型工作任务", Aliases: []string{"工作任务", "任务"}, Many: true, Max: 200, Help: "多项用 ； 分开", Example: "识图；编程；加工；检验"},
		{Field: "start", Header: "开始日期", Aliases: []string{"start_date", "from", "开始时间", "实习开始日期", "上岗日期"}, Type: Date, Example: "2026-03-01"},
		{Field: "end", Header: "结束日期", Aliases: []string{"end_date", "to", "结束时间", "实习结束日期"}, Type: Date, Example: "2026-08-28"},
		{Field: "region", Header: "工作区县", Aliases: []string{"region_code", "区县", "工作地区"}, Type: RegionCode, Example: "500153"},
		{Field: "site", Header: "工作地点", Aliases: []string{"address", "工作地址", "地址"}, Max: 200, Example: "昌州街道示例路 1 号"},
		{Field: "sites", Header: "其他工作地点", Aliases: []string{"other_sites", "其他工作地址"}, Many: true, Max: 200, Help: "学生也可能去的地点，多个用 ； 分开", Example: "双河街道示例园区 2 号"},
	}
	cols = append(cols, postConditions()...)
	return Kind{ID: "posts", One: "post", Title: "岗位", Columns: cols, Rules: []RowRule{
		startBeforeEnd,
		{Fields: []string{"weekly_hours", "daily_hours"}, Check: func(r Row) (string, string) {
			if r.Number("weekly_hours") > 7*r.Number("daily_hours") {
				return "每周工时多于七天的每日工时", "两个数要对得上"
			}
			return "", ""
		}},
	}}
}

// postConditions are the working conditions of a post.
func postConditions() []Column {
	return []Column{
		{Field: "daily_hours", Header: "每日工时", Aliases: []string{"hours_per_day", "日工时"}, Type: Number, Max: 24, Help: "小时", Example: "8"},
		{Field: "weekly_hours", Header: "每周工时", Aliases: []string{"hours_per_week", "周工时"}, Type: Number, Max: 168, Help: "小时", Example: "40"},
		{Field: "overtime_hours", Header: "每周加班小时", Aliases: []string{"overtime", "加班"}, Type: Number, Max: 168, Example: "0"},
		{Field: "shifts", Header: "班次", Aliases: []string{"shift", "工作时段"}, Many: true, Max: 30, Help: "起止时刻，如 08:00-17:00，多个用 ； 分开", Example: "08:00-17:00"},
		{Field: "rest_day_work", Header: "休息日上班", Aliases: []string{"weekend_work", "周末上班"}, Type: Bool, Example: "否"},
		{Field: "holiday_work", Header: "法定节假日上班", Aliases: []string{"节假日上班"}, Type: Bool, Example: "否"},
		{Field: "hazards", Header: "危险因素", Aliases: []string{"hazard", "职业危害", "危害因素"}, Many: true, Type: Enum, Graded: true, Allowed: hazardNames, Means: map[string]string{"登高": "高处", "高空": "高处", "地下": "井下", "辐射": "放射性", "毒物": "有毒", "易燃": "易燃易爆", "易爆": "易燃易爆", "没有": "无"}, Help: "知道级别的写在后面，如 高处2级", Example: "无"},
		{Field: "labour_grade", Header: "体力劳动强度", Aliases: []string{"labor_grade", "劳动强度", "体力劳动强度分级"}, Type: Enum, Allowed: []string{"Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}, Means: map[string]string{"1": "Ⅰ", "2": "Ⅱ", "3": "Ⅲ", "4": "Ⅳ", "I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ", "Ⅰ级": "Ⅰ", "Ⅱ级": "Ⅱ", "Ⅲ级": "Ⅲ", "Ⅳ级": "Ⅳ", "一级": "Ⅰ", "二级": "Ⅱ", "三级": "Ⅲ", "四级": "Ⅳ"}, Help: "GB/T 3869 分级", Example: "Ⅰ"},
		{Field: "lift_kg", Header: "单次搬举公斤数", Aliases: []string{"max_lift_kg"}, Type: Number, Max: 500, Example: "10"},
		{Field: "lifts_per_hour", Header: "每小时搬举次数", Type: Number, Max: 5000, Example: "4"},
		{Field: "motions_per_minute", Header: "每分钟动作次数", Help: "流水线岗位填写", Type: Number, Max: 1000, Example: "20"},
		{Field: "same_post_staff", Header: "同岗位在岗职工数", Aliases: []string{"headcount_same_post", "同类岗位职工数", "同岗位职工数"}, Type: Count, Max: 1_000_000, Example: "50"},
		{Field: "pay", Header: "报酬", Aliases: []string{"salary", "wage", "薪资", "工资", "实习报酬", "待遇"}, Type: Money, Max: 1_000_000, Help: "元，只写数字", Example: "3200"},
		{Field: "pay_unit", Header: "计酬单位", Aliases: []string{"报酬单位"}, Type: Enum, Allowed: []string{"月", "周", "日", "小时"}, Means: map[string]string{"天": "日", "元/月": "月", "元/天": "日", "元/日": "日", "元/小时": "小时", "时": "小时", "month": "月", "day": "日", "hour": "小时", "week": "周"}, Example: "月"},
		{Field: "same_post_wage", Header: "相同岗位工资", Aliases: []string{"wage_same_post", "同岗位工资", "相同岗位工资标准"}, Type: Money, Max: 1_000_000, Help: "元／月", Example: "4000"},
		{Field: "lowest_wage", Header: "最低档工资", Aliases: []string{"lowest_grade_wage", "最低档工资标准"}, Type: Money, Max: 1_000_000, Help: "本单位最低档工资标准，元／月", Example: "3000"},
		{Field: "independent", Header: "相对独立参加工作", Aliases: []string{"独立上岗"}, Type: Bool, Example: "是"},
		{Field: "pay_form", Header: "支付形式", Aliases: []string{"报酬形式"}, Type: Enum, Allowed: []string{"货币", "实物", "代金券"}, Means: map[string]string{"现金": "货币", "转账": "货币", "银行转账": "货币", "饭卡": "代金券", "购物卡": "代金券"}, Example: "货币"},
		{Field: "payee", Header: "支付对象", Aliases: []string{"报酬支付对象"}, Type: Enum, Allowed: []string{"学生本人", "学校", "中介", "平台", "教师", "其他"}, Means: map[string]string{"学生": "学生本人", "本人": "学生本人"}, Example: "学生本人"},
		{Field: "pay_cycle_days", Header: "支付周期", Aliases: []string{"支付周期天数"}, Type: Count, Max: 366, Help: "天", Example: "30"},
		{Field: "fees", Header: "向学生收费项目", Aliases: []string{"收费", "收费项目"}, Many: true, Max: 50, Help: "没有就空着或填 无", Example: "无"},
		{Field: "lodging", Header: "住宿", Aliases: []string{"住宿安排", "食宿"}, Type: Enum, Allowed: []string{"统一住宿", "自行住宿", "回家住", "不需要"}, Means: map[string]string{"提供": "统一住宿", "包住": "统一住宿", "不提供": "自行住宿", "有": "统一住宿", "无": "自行住宿"}, Example: "统一住宿"},
		{Field: "meals", Header: "伙食", Aliases: []string{"餐补"}, Max: 100, Help: "写了就是提供伙食；怎样供应请写在岗位职责里", Example: "食堂"},
		{Field: "transport", Header: "交通", Max: 100, Example: "厂车接送"},
		{Field: "company_tutor", Header: "企业指导教师", Aliases: []string{"企业导师", "师傅"}, Max: 50, Help: "写了就是有人指导；姓名在三方协议里填", Example: "有"},
		{Field: "note", Header: "备注", Max: 500, Help: "只供自己看，平台不保存；导出时写状态"},
	}
}

var startBeforeEnd = RowRule{Fields: []string{"end", "start"}, Check: func(r Row) (string, string) {
	if r.Text("end") < r.Text("start") {
		return "结束日期早于开始日期 " + r.Text("start"), "不早于开始日期"
	}
	return "", ""
}}

// Cohorts is the table of cohorts (班级批次).
func Cohorts() Kind {
	return Kind{ID: "cohorts", One: "cohort", Title: "班级批次", Key: []string{"school", "name"}, Columns: []Column{
		{Field: "name", Header: "班级名称", Aliases: []string{"cohort", "class", "class_name", "班级", "批次", "批次名称"}, Required: true, Max: 60, Example: "2024级数控1班"},
		{Field: "school", Header: "学校", Aliases: []string{"school_name", "学校名称"}, Max: 60, Example: "重庆市荣昌区职业教育中心"},
		{Field: "major", Header: "专业代码", Aliases: []string{"major_code", "专业", "专业名称"}, Required: true, Type: MajorCode, Example: "660103"},
		{Field: "entry_year", Header: "入学年份", Aliases: []string{"year", "grade", "年级", "入学年"}, Required: true, Type: Count, Min: 2000, Max: 2100, Example: "2024"},
		{Field: "programme", Header: "学制", Aliases: []string{"program", "培养模式"}, Type: Enum, Allowed: programmes, Means: map[string]string{"3": "三年制", "三年": "三年制", "5": "五年制", "五年": "五年制", "2": "两年制", "二年制": "两年制", "中高职贯通": "3+2"}, Example: "三年制"},
		{Field: "size", Header: "人数", Aliases: []string{"students", "学生数", "班级人数"}, Required: true, Type: Count, Min: 1, Max: 100_000, Example: "45"},
		{Field: "needs", Header: "需要岗位数", Aliases: []string{"demand", "需求人数", "拟实习人数"}, Type: Count, Max: 100_000, Example: "40"},
		{Field: "kind", Header: "实习类型", Aliases: []string{"类型"}, Type: Enum, Allowed: postKinds, Means: kindMeans, Example: "岗位实习"},
		{Field: "start", Header: "开始日期", Aliases: []string{"start_date", "开始时间"}, Type: Date, Example: "2026-03-01"},
		{Field: "end", Header: "结束日期", Aliases: []string{"end_date", "结束时间"}, Type: Date, Example: "2026-08-28"},
		{Field: "regions", Header: "意向地区", Aliases: []string{"region", "意向区县"}, Type: RegionCode, Many: true, Example: "500153"},
		{Field: "teacher", Header: "班主任", Aliases: []string{"head_teacher", "负责教师"}, Max: 50, Example: "示例教师"},
		{Field: "note", Header: "备注", Max: 500, Help: "只供自己看，平台不保存；导出时写状态"},
	}, Rules: []RowRule{startBeforeEnd, notMore("needs", "size")}}
}

// Graduates is the table of graduates' outcomes as counts (毕业去向), one row for a
// school, year and category or major.
func Graduates() Kind {
	return Kind{ID: "graduates", One: "graduate", Title: "毕业去向", Key: []string{"school", "year", "category", "major"}, OneOf: []string{"category", "major"}, Columns: []Column{
		{Field: "school", Header: "学校", Aliases: []string{"school_name", "学校名称"}, Required: true, Max: 60, Example: "重庆市荣昌区职业教育中心"},
		{Field: "year", Header: "毕业年份", Aliases: []string{"graduation_year", "年份", "年度", "届别"}, Required: true, Type: Count, Min: 2000, Max: 2100, Example: "2025"},
		{Field: "category", Header: "专业大类", Aliases: []string{"category_or_major", "专业类", "大类", "类别", "专业类别"}, Max: 40, Example: "装备制造大类"},
		{Field: "major", Header: "专业代码", Aliases: []string{"major_code", "专业", "专业名称"}, Type: MajorCode},
		{Field: "graduates", Header: "毕业生数", Aliases: []string{"毕业生人数", "毕业人数", "毕业学生数"}, Required: true, Type: Count, Max: 10_000_000, Example: "120"},
		{Field: "progressed", Header: "升学人数", Aliases: []string{"progression", "升学", "升学数"}, Type: Count, Max: 10_000_000, Example: "80"},
		{Field: "employed", Header: "直接就业人数", Aliases: []string{"direct_employed", "directly_employed", "就业人数", "就业", "直接就业", "直接就业数"}, Type: Count, Max: 10_000_000, Example: "36"},
		{Field: "aligned", Header: "对口就业人数", Aliases: []string{"aligned_employed", "对口人数", "对口就业", "专业对口", "对口就业数"}, Type: Count, Max: 10_000_000, Example: "30"},
		{Field: "cut_off", Header: "统计截止日期", Aliases: []string{"cutoff", "cut_off_date", "截止日期"}, Type: Date, Example: "2025-08-31"},
		{Field: "note", Header: "备注", Max: 500, Help: "只供自己看，平台不保存"},
	}, Rules: []RowRule{
		notMore("aligned", "employed"),
		notMore("employed", "graduates"),
		notMore("progressed", "graduates"),
		{Fields: []string{"progressed", "employed", "graduates"}, Check: func(r Row) (string, string) {
			p, e, g := r.Count("progressed"), r.Count("employed"), r.Count("graduates")
			if p <= g && e <= g && p+e > g {
				return fmt.Sprintf("升学 %d 加直接就业 %d 等于 %d，多于毕业生数 %d", p, e, p+e, g), fmt.Sprintf("两项之和不多于 %d", g)
			}
			return "", ""
		}},
	}}
}

// notMore is the rule that one count is part of another.
func notMore(part, whole string) RowRule {
	return RowRule{Fields: []string{part, whole}, Check: func(r Row) (string, string) {
		p, w := r.Count(part), r.Count(whole)
		if p > w {
			return fmt.Sprintf("%s %d 多于%s %d", r.header(part), p, r.header(whole), w), fmt.Sprintf("不多于 %d", w)
		}
		return "", ""
	}}
}
