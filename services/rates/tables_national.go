package rates

import "strconv"

func parseWhole(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }

func fromCount(c Count) func(*builder, int) string {
	return func(b *builder, y int) string { return b.counted(y, c) }
}

func fromRate(key string) func(*builder, int) string {
	return func(b *builder, y int) string { return b.rate(y, key) }
}

// placed is 毕业去向落实人数.
func placed(b *builder, y int) string {
	g := b.group(y, Whole, "")
	switch {
	case g == nil || !g.Knows(Direct, Progressed) || g.Tally[Graduates] == 0:
		return ""
	case b.hidesCount(g, Direct):
		return HiddenMark
	}
	return itoa(g.Tally[Direct] + g.Tally[Progressed])
}

// national fills the tables of the national annual report (计分卡, 满意度, 教学资源, 服务贡献,
// 落实政策) as far as the data reach. The rows follow the templates of 2022-2025 as far as
// they are known to us; the official 附件 of the year decides.
func (b *builder) national() []Table {
	return []Table{
		b.reported("scorecard", "表1 计分卡", scorecardItems),
		b.reported("satisfaction_national", "表2 满意度调查表", satisfactionItems),
		b.reported("resources", "表3 教学资源表", resourceItems),
		b.reported("service", "表4 服务贡献表", serviceItems),
		b.reported("policy", "表6 落实政策表", policyItems),
	}
}

var scorecardItems = []item{
	{"graduates", "毕业生人数", "人", byLedger, fromCount(Graduates)},
	{"placed", "毕业去向落实人数", "人", byLedger, placed},
	{"progressed", "其中：升学人数", "人", byLedger, fromCount(Progressed)},
	{"progressed_bachelor", "其中：升入本科人数", "人", bySchool, nil},
	{"local_province", "毕业生本省去向落实率", "%", byLedger, nil},
	{"pay_mean", "月收入", "元", byLedger, fromRate("pay_mean")},
	{"sector1", "面向第一产业就业人数", "人", byLedger, fromCount(Sector1)},
	{"sector2", "面向第二产业就业人数", "人", byLedger, fromCount(Sector2)},
	{"sector3", "面向第三产业就业人数", "人", byLedger, fromCount(Sector3)},
	{"startup", "自主创业率", "%", byLedger, fromRate("startup")},
	{"promoted_3_years", "毕业三年晋升比例", "%", bySurvey, nil},
}

var satisfactionItems = []item{
	{"sat_students_class", "在校生满意度：课堂育人", "%", bySurvey, nil},
	{"sat_students_outside", "在校生满意度：课外育人", "%", bySurvey, nil},
	{"sat_students_politics", "在校生满意度：思想政治课教学", "%", bySurvey, nil},
	{"sat_students_general", "在校生满意度：公共基础课教学（不含思政）", "%", bySurvey, nil},
	{"sat_students_major", "在校生满意度：专业课教学", "%", bySurvey, nil},
	{"sat_graduates", "毕业生满意度：应届", "%", bySurvey, fromRate("satisfaction_graduate")},
	{"sat_graduates_3", "毕业生满意度：毕业三年内", "%", bySurvey, nil},
	{"sat_staff", "教职工满意度", "%", bySurvey, nil},
	{"sat_employers", "用人单位满意度", "%", bySurvey, fromRate("satisfaction_employer")},
	{"sat_parents", "家长满意度", "%", bySurvey, nil},
}

var resourceItems = []item{
	{"students_per_teacher", "生师比", ":1", bySchool, fromRate("students_per_teacher")},
	{"dual_teachers", "双师型教师比例", "%", bySchool, fromRate("dual_teachers")},
	{"senior_teachers", "高级专业技术职务专任教师比例", "%", bySchool, nil},
	{"major_groups", "专业群数", "个", bySchool, nil},
	{"majors", "专业数", "个", bySchool, fromCount(Majors)},
	{"courses", "教学计划内课程总数", "门", bySchool, nil},
	{"course_hours", "教学计划内课程总学时", "学时", bySchool, nil},
	{"courses_certificate", "其中：课证融通课程数", "门", bySchool, nil},
	{"courses_online", "其中：网络教学课程数", "门", bySchool, nil},
	{"resource_libraries", "专业教学资源库数", "个", bySchool, nil},
	{"online_courses", "在线精品课程数", "门", bySchool, nil},
	{"virtual_bases", "虚拟仿真实训基地数", "个", bySchool, nil},
	{"textbooks", "编写教材数", "本", bySchool, nil},
	{"textbooks_national", "其中：国家规划教材数", "本", bySchool, nil},
	{"textbooks_company", "其中：校企合作编写教材数", "本", bySchool, nil},
	{"bandwidth_out", "互联网出口带宽", "Mbps", bySchool, nil},
	{"bandwidth_campus", "校园网主干最大带宽", "Mbps", bySchool, nil},
	{"workstations_per_student", "生均校内实践教学工位数", "个/生", bySchool, workstationsPerStudent},
	{"equipment_per_student", "生均教学科研仪器设备值", "元/生", bySchool, nil},
}

// workstationsPerStudent divides the workstations of the bases by the students of the same
// year; the bases are known for the report's year only.
func workstationsPerStudent(b *builder, year int) string {
	if year != b.Year {
		return ""
	}
	var seats, students int64
	for _, x := range b.Bases {
		if b.of(x.School) {
			seats += x.Workstations
		}
	}
	for _, e := range b.Enrolment {
		if b.of(e.School) && e.Year == year {
			students += e.Students
		}
	}
	if seats == 0 {
		return ""
	}
	return Quotient(seats, students, 1, 2)
}

var serviceItems = []item{
	{"first_employed", "毕业生初次就业人数", "人", byLedger, fromCount(Direct)},
	{"stay_local", "其中：A类 留在当地就业", "人", byLedger, fromCount(LocalCity)},
	{"go_west", "其中：B类 到西部和东北地区就业", "人", byLedger, nil},
	{"go_small", "其中：C类 到中小微企业等基层就业", "人", byLedger, nil},
	{"go_large", "其中：D类 到大型企业就业", "人", byLedger, nil},
	{"services_income", "横向技术服务到款额", "万元", bySchool, nil},
	{"services_benefit", "横向技术服务产生的经济效益", "万元", byCompany, nil},
	{"research_income", "纵向科研经费到款额", "万元", bySchool, nil},
	{"technology_income", "技术产权交易收入", "万元", bySchool, nil},
	{"patents", "知识产权项目数", "项", bySchool, nil},
	{"training_projects", "非学历培训项目数", "项", bySchool, nil},
	{"training_hours", "非学历培训学时", "学时", bySchool, nil},
	{"training_public_hours", "其中：公益项目培训学时", "学时", bySchool, nil},
	{"training_income", "非学历培训到账经费", "万元", bySchool, nil},
}

var policyItems = []item{
	{"students", "全日制在校生人数", "人", bySchool, studentsOf},
	{"funding_per_student", "年生均财政拨款水平", "元", byDistrict, nil},
	{"funding_special", "其中：年生均财政专项经费", "元", byDistrict, nil},
	{"staff_quota", "教职员工额定编制数", "人", byDistrict, nil},
	{"staff", "教职工总数", "人", bySchool, nil},
	{"teachers", "其中：专任教师总数", "人", bySchool, fromCount(Teachers)},
	{"teachers_politics", "思政课教师数", "人", bySchool, nil},
	{"teachers_sport", "体育课专任教师数", "人", bySchool, nil},
	{"teachers_art", "美育课专任教师数", "人", bySchool, nil},
	{"class_teachers", "班主任人数", "人", bySchool, nil},
	{"fitness_tested", "参加国家学生体质健康标准测试人数", "人", bySchool, nil},
	{"fitness_pass", "体质测评合格率", "%", bySchool, nil},
	{"certified", "职业技能等级证书（含职业资格证书）获得人数", "人", bySchool, fromCount(Certified)},
	{"company_equipment_10k_yuan", "企业提供的校内实践教学设备值", "万元", byCompany, nil},
	{"practice_centres", "与企业共建开放型区域产教融合实践中心", "个", bySchool, nil},
	{"industry_tutors", "聘请行业导师人数", "人", bySchool, nil},
	{"industry_tutor_hours", "行业导师年课时总量", "课时", bySchool, nil},
	{"industry_tutor_pay", "年支付行业导师课酬", "万元", bySchool, nil},
	{"internship_fund", "年实习专项经费", "万元", bySchool, nil},
	{"internship_insurance", "其中：年实习责任保险经费", "万元", bySchool, nil},
}

func studentsOf(b *builder, year int) string {
	var n int64
	for _, e := range b.Enrolment {
		if b.of(e.School) && e.Year == year {
			n += e.Students
		}
	}
	if n == 0 {
		return b.counted(year, Students)
	}
	return itoa(n)
}
