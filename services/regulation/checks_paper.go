package regulation

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// agent finds intermediaries: by industry of the company, by who organises, or
// where workplace, contract and pay are not one employer's.
func agent(c *ctx) []hit {
	code := industryCode(c.company.Industry)
	for _, bad := range c.list("codes") {
		if strings.HasPrefix(code, bad) {
			return broken("industry", "企业的行业代码 "+code, "实际用工单位")
		}
	}
	for _, w := range c.list("words") {
		if strings.Contains(c.post.Arranger, w) {
			return broken("arranger", c.post.Arranger, "学校或学生本人")
		}
	}
	if e := c.post.Employer; e != "" && e != c.company.Name {
		return broken("employer", "工作场所属于"+e, "签约、付酬、用工是同一家")
	}
	if p := c.post.Payer; p != "" && p != c.company.Name {
		return broken("payer", "报酬由"+p+"支付", "签约、付酬、用工是同一家")
	}
	if c.subject == OnPlacement && c.post.Arranger == "" {
		return unanswered("arranger")
	}
	return nil
}

func forced(c *ctx) []hit {
	if by := strings.TrimSpace(c.place.AssignedBy); by != "" {
		return broken("assigned_by", by, "学校自主选择")
	}
	return nil
}

// onTime reports whether a day is one and no later than the start.
func (c *ctx) onTime(day string) bool { return isDay(day) && isDay(c.start) && day <= c.start }

func consent(c *ctx) []hit {
	if c.place.ArrangedBy == "学生" {
		return nil
	}
	var missing []string
	for _, s := range []struct{ who, day string }{{"学生", c.agree.StudentConsent}, {"监护人", c.agree.GuardConsent}} {
		switch {
		case s.day == "":
			missing = append(missing, s.who+"没有签")
		case !c.onTime(s.day):
			missing = append(missing, s.who+"签于 "+s.day+"，晚于开始")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return broken("consent", strings.Join(missing, "、"), "不晚于 "+c.start)
}

func refusedHost(c *ctx) []hit {
	if yes(c.agree.Refused) && c.place.ArrangedBy != "学生" {
		return broken("refused", "学生不同意", "")
	}
	return nil
}

func signatures(c *ctx) []hit {
	a := c.agree
	var wrong []string
	for _, s := range []struct{ who, day string }{{"学校", a.School}, {"企业", a.Company}, {"学生", a.Student}} {
		switch {
		case s.day == "":
			wrong = append(wrong, s.who+"没有签")
		case !c.onTime(s.day):
			wrong = append(wrong, s.who+"签于 "+s.day+"，晚于开始")
		}
	}
	if a.From != "" && a.From > c.start || a.To != "" && a.To < c.end {
		wrong = append(wrong, "协议期 "+a.From+" 到 "+a.To+" 没有盖住实习期")
	}
	if len(wrong) == 0 {
		return nil
	}
	return broken("signatures", strings.Join(wrong, "、"), "三方都在 "+c.start+" 前签好")
}

// lacking lists what of want is not in have.
func lacking(have, want []string) []string {
	var missing []string
	for _, w := range want {
		if !slices.Contains(have, w) {
			missing = append(missing, w)
		}
	}
	return missing
}

func missingOf(field string, have, want []string) []hit {
	if missing := lacking(have, want); len(missing) > 0 {
		return broken(field, strings.Join(missing, "、"), strconv.Itoa(len(want))+" 项齐全")
	}
	return nil
}

func clauses(c *ctx) []hit { return missingOf("clauses", c.agree.Clauses, c.list("clauses")) }

func earlyEnd(c *ctx) []hit {
	if e := c.place.Ended; e != nil && (!isDay(e.Day) || strings.TrimSpace(e.Reason) == "") {
		return broken("ended", "没有写明日期或原因", "")
	}
	return nil
}

func creditRecord(c *ctx) []hit {
	switch {
	case c.company.Dishonest == nil:
		return unanswered("dishonest")
	case *c.company.Dishonest:
		return broken("dishonest", "有失信或经营异常记录", "无")
	}
	return nil
}

func safetyRecord(c *ctx) []hit {
	p := c.company.SafetyPenalty
	switch {
	case p == nil:
		return unanswered("safety_penalty")
	case *p == "":
		return nil
	case !isDay(*p):
		return unanswered("safety_penalty")
	}
	start := c.start
	if !isDay(start) {
		start = c.day
	}
	years := int(c.param("years"))
	if free := shiftYears(*p, years); start < free {
		return broken("safety_penalty", *p, strconv.Itoa(years)+" 年内无处罚，"+free+" 起可以")
	}
	return nil
}

func shiftYears(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return addMonths(t, 12*n).Format(time.DateOnly)
}

func siteVisit(c *ctx) []hit {
	switch {
	case c.company.New == nil && c.company.Visit == nil:
		return unanswered("new")
	case c.company.New != nil && !*c.company.New:
		return nil
	case c.company.Visit == nil || !isDay(c.company.Visit.Day):
		return broken("visit", "没有实地考察报告", "")
	}
	if missing := lacking(c.company.Visit.Topics, c.list("topics")); len(missing) > 0 {
		return broken("visit", "考察报告缺 "+strings.Join(missing, "、"), "")
	}
	if a := c.company.ApprovedOn; a != "" && c.company.Visit.Day >= a {
		return broken("visit", "考察在确定单位之后（"+c.company.Visit.Day+"）", "")
	}
	return nil
}

func hostApproved(c *ctx) []hit {
	var missing []string
	if !isDay(c.company.ApprovedOn) || isDay(c.start) && c.company.ApprovedOn >= c.start {
		missing = append(missing, "校级党组织会议确定")
	}
	if !isDay(c.company.PublishedOn) || isDay(c.start) && c.company.PublishedOn >= c.start {
		missing = append(missing, "名单公开")
	}
	if len(missing) == 0 {
		return nil
	}
	return broken("approved_on", "没有"+strings.Join(missing, "、"), "都在开始之前")
}

// The majors count as matched if the catalogue says exact or near; without its word,
// if the codes are equal.
func majorMatch(c *ctx) []hit {
	switch {
	case c.student.MajorMatch == "exact" || c.student.MajorMatch == "near":
		return nil
	case c.student.Major == "" || c.student.MajorMatch == "" && len(c.post.Majors) == 0:
		return unanswered("major")
	case c.student.MajorMatch == "" && slices.Contains(c.post.Majors, c.student.Major), c.crossesCategory():
		return nil // across categories is the graver rule's business
	}
	return broken("major", c.student.Major, strings.Join(c.post.Majors, "、"))
}

func categoryMatch(c *ctx) []hit {
	if c.student.MajorMatch == "exact" || c.student.MajorMatch == "near" || !c.crossesCategory() || strings.TrimSpace(c.place.Approver) != "" && strings.TrimSpace(c.reasons[c.rule.ID]) != "" {
		return nil
	}
	return broken("major", c.student.Major, strings.Join(c.post.Majors, "、"))
}

// crossesCategory compares 专业大类. The first two digits number the category within
// a level: 61 to 79 secondary, 41 to 59 college, 21 to 39 bachelor, in the same order.
func (c *ctx) crossesCategory() bool {
	if len(c.student.Major) < 2 || len(c.post.Majors) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.post.Majors, func(m string) bool {
		return len(m) >= 2 && atoi(m[:2])%20 == atoi(c.student.Major[:2])%20
	})
}

func plan(c *ctx) []hit {
	if !c.onTime(c.place.PlanOn) {
		return broken("plan_on", "没有在开始前制订", "不晚于 "+c.start)
	}
	return nil
}

func schoolPapers(c *ctx) []hit {
	if c.school.Papers == nil {
		return unanswered("papers")
	}
	return missingOf("papers", c.school.Papers, c.list("papers"))
}

func tutors(c *ctx) []hit {
	var missing []string
	if strings.TrimSpace(c.agree.SchoolTutor) == "" {
		missing = append(missing, "学校指导教师")
	}
	if strings.TrimSpace(c.agree.CompanyTutor) == "" {
		missing = append(missing, "企业指导人员")
	}
	if len(missing) == 0 {
		return nil
	}
	return broken("tutors", strings.Join(missing, "、"), "两位都有姓名")
}

func training(c *ctx) []hit {
	t := c.place.Training
	switch {
	case t == nil || !c.onTime(t.Day):
		return broken("training", "没有岗前培训记录", "不晚于 "+c.start)
	case !t.Passed:
		return broken("training", "岗前培训不合格", "合格")
	}
	return nil
}

// tutorChecks counts from the start if there was no check yet. It is silent before
// the start and after the end.
func tutorChecks(c *ctx) []hit {
	if !isDay(c.start) || c.day <= c.start || c.end != "" && c.day > c.end || c.place.Ended != nil {
		return nil
	}
	last := max(c.place.LastCheck, c.start)
	if n := daysBetween(last, c.day); n > int(c.param("days")) {
		return broken("last_check", strconv.Itoa(n), number(c.param("days")))
	}
	return nil
}

func lodging(c *ctx) []hit {
	switch {
	case c.student.FromAway == nil:
		return unanswered("from_away")
	case !*c.student.FromAway || c.place.Lodging == "统一住宿":
		return nil
	case c.place.Lodging == "":
		return unanswered("lodging")
	case !yes(c.place.LodgingOK):
		return broken("lodging", c.place.Lodging, "统一住宿，或监护人签字并报学校备案")
	}
	return nil
}

// insurance wants every day of the placement inside some policy.
func insurance(c *ctx) []hit {
	if !isDay(c.start) || !isDay(c.end) {
		return unanswered("end")
	}
	policies := slices.Clone(c.place.Insurance)
	slices.SortFunc(policies, func(a, b Policy) int { return strings.Compare(a.From, b.From) })
	need := c.start // first day not covered yet
	for _, p := range policies {
		if isDay(p.From) && isDay(p.To) && p.From <= need && p.To >= need {
			need = nextDay(p.To)
		}
	}
	if need > c.end {
		return nil
	}
	return broken("insurance", need, c.start+" 到 "+c.end)
}

func insurancePayer(c *ctx) []hit {
	for _, p := range c.place.Insurance {
		if p.Paid != "" && !slices.Contains(c.list("payers"), p.Paid) {
			return broken("insurance", p.Paid, strings.Join(c.list("payers"), "、"))
		}
	}
	return nil
}

func archive(c *ctx) []hit {
	if !c.place.Closing {
		return nil
	}
	return missingOf("archive", c.place.Archive, c.list("kinds"))
}

func filedInternship(c *ctx) []hit {
	if c.filed("F1") {
		return nil
	}
	return broken("filings", "没有", "开始前")
}

func filedProvince(c *ctx) []hit {
	from, to := c.school.Region, c.post.Region
	if yes(c.post.Abroad) {
		return nil // the graver filing covers it
	}
	if len(from) < 2 || len(to) < 2 {
		return unanswered("region")
	}
	if from[:2] == to[:2] || c.filed("F3") {
		return nil
	}
	return broken("filings", "没有", "开始前")
}

func filedAbroad(c *ctx) []hit {
	abroad := yes(c.post.Abroad)
	if len(c.post.Region) >= 2 && slices.Contains([]string{"71", "81", "82"}, c.post.Region[:2]) {
		abroad = true // Taiwan, Hong Kong, Macao
	}
	if !abroad || c.filed("F4") {
		return nil
	}
	return broken("filings", "没有", "开始前")
}
