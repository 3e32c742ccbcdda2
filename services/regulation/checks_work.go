package regulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func kindNamed(c *ctx) []hit {
	switch c.kind {
	case Observation, Internship, Job:
		return nil
	case "":
		return unanswered("kind")
	}
	return broken("kind", c.kind, Observation+"、"+Internship)
}

func observationOwn(c *ctx) []hit {
	if c.kind == Observation && c.place.ArrangedBy == "学生" {
		return broken("arranged_by", "学生", "学校")
	}
	return nil
}

func disguised(c *ctx) []hit {
	if c.kind != Internship && slices.Contains(c.list("labels"), c.post.Label) && (c.post.DailyHours != nil && *c.post.DailyHours > 0 || len(c.post.Shifts) > 0) {
		return broken("label", c.post.Label, Internship)
	}
	return nil
}

func hostRegistered(c *ctx) []hit {
	if slices.Contains(c.list("hosts"), c.post.HostType) && c.post.HostReg == "" {
		return broken("host_reg", c.post.HostType, "")
	}
	return nil
}

func schoolType(c *ctx) []hit {
	switch {
	case c.school.Type == "":
		return unanswered("school_type")
	case !slices.Contains(c.list("types"), c.school.Type):
		return broken("school_type", c.school.Type, strings.Join(c.list("types"), "、"))
	}
	return nil
}

// gradeAbove bars grades up to the parameter on the first day: the grade only grows
// afterwards, unless a year is repeated, and then the count of repeated years changes
// and the placement is checked anew.
func gradeAbove(c *ctx) []hit {
	if c.student.EntryYear == 0 {
		return unanswered("entry_year")
	}
	if !isDay(c.start) {
		return unanswered("start")
	}
	if g := GradeOn(c.student.EntryYear, c.student.Repeated, c.start); g <= int(c.param("grade")) {
		return broken("entry_year", strconv.Itoa(g), strconv.Itoa(int(c.param("grade"))+1))
	}
	return nil
}

func ageAtLeast(c *ctx) []hit {
	if !isDay(c.student.Birth) {
		return unanswered("birth")
	}
	if !isDay(c.start) {
		return unanswered("start")
	}
	if age := AgeOn(c.student.Birth, c.start); age < int(c.param("years")) {
		return broken("birth", strconv.Itoa(max(0, age)), number(c.param("years")))
	}
	return nil
}

func identity(c *ctx) []hit {
	switch {
	case c.student.IDMatches == nil:
		return unanswered("id_matches")
	case !*c.student.IDMatches:
		return broken("id_matches", "不一致", "一致")
	}
	return nil
}

var romans = []string{"", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}

func roman(n int) string {
	if n < 1 || n > 4 {
		return strconv.Itoa(n)
	}
	return romans[n]
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func labourGrade(c *ctx) []hit {
	switch g := c.post.LabourGrade; {
	case g == nil || *g < 1:
		return unanswered("labour_grade")
	case *g >= int(c.param("grade")):
		return broken("labour_grade", roman(*g), roman(int(c.param("grade"))-1))
	}
	return nil
}

// The limits of work for minors: hazards count from the grade given, 1 meaning any.
var minorHazards = []struct{ kind, param string }{
	{"粉尘", "dust"}, {"有毒", "toxic"}, {"高处", "heights"}, {"冷水", "cold_water"}, {"高温", "heat"}, {"低温", "cold"},
	{"井下", "any"}, {"放射性", "any"}, {"易燃易爆", "any"}, {"潜水", "any"}, {"野外", "any"}, {"打磨冲击工具", "any"}, {"锅炉", "any"}, {"强迫体位", "any"}, {"森林", "any"},
}

var minorParams = []string{"dust", "toxic", "heights", "cold_water", "heat", "cold", "any", "labour_grade", "lifts", "lift_kg", "single_kg", "motions", "age"}

// minorWork checks the work barred to those of 16 and 17 years. On a post, whose
// students are not known yet, it finds what minors may not do there; on a placement
// it looks at the student's age first.
func minorWork(c *ctx) []hit {
	if c.subject == OnPlacement {
		switch age := AgeOn(c.student.Birth, c.start); {
		case age < 0:
			return unanswered("birth")
		case age >= int(c.param("age")):
			return nil
		}
	}
	if c.post.Hazards == nil {
		return unanswered("hazards")
	}
	var hits []hit
	for _, h := range c.post.Hazards {
		for _, m := range minorHazards {
			// A hazard declared without its grade is taken to reach the limit.
			if h.Kind == m.kind && (h.Grade == 0 || h.Grade >= int(c.param(m.param))) {
				limit := "不能有"
				if c.param(m.param) > 1 {
					limit = fmt.Sprintf("低于 %s 级", number(c.param(m.param)))
				}
				hits = append(hits, hit{field: "hazards", value: h.words(), limit: limit})
			}
		}
	}
	if g := c.post.LabourGrade; g != nil && *g >= int(c.param("labour_grade")) {
		hits = append(hits, hit{field: "labour_grade", value: "体力劳动强度 " + roman(*g) + " 级", limit: "低于 " + roman(int(c.param("labour_grade"))) + " 级"})
	}
	hits = append(hits, lifting(c)...)
	if m := c.post.MotionsPerMinute; m != nil && *m > c.param("motions") {
		hits = append(hits, hit{field: "motions_per_minute", value: "流水线每分钟 " + number(*m) + " 次动作", limit: "不超过 " + number(c.param("motions")) + " 次"})
	}
	return hits
}

// lifting finds too many heavy lifts an hour, or one that is too heavy.
func lifting(c *ctx) []hit {
	kg, n := c.post.LiftKg, c.post.LiftsPerHour
	switch {
	case kg == nil:
		return nil
	case *kg > c.param("single_kg"):
		return broken("lift_kg", "单次搬举 "+number(*kg)+" 公斤", "不超过 "+number(c.param("single_kg"))+" 公斤")
	// Without a count the lifts are taken to be as many as bar them.
	case *kg > c.param("lift_kg") && (n == nil || *n >= c.param("lifts")):
		times := "次数未填"
		if n != nil {
			times = number(*n) + " 次"
		}
		return broken("lifts_per_hour", fmt.Sprintf("每小时搬举 %s 公斤的重物 %s", number(*kg), times), "少于 "+number(c.param("lifts"))+" 次")
	}
	return nil
}

func (h Hazard) words() string {
	if h.Grade > 0 {
		return fmt.Sprintf("%s（%d 级）", h.Kind, h.Grade)
	}
	return h.Kind
}

func minorFit(c *ctx) []hit {
	if age := AgeOn(c.student.Birth, c.start); age < 0 || age >= 18 {
		return nil // the age itself is another rule's business
	}
	switch {
	case c.student.Fit == nil:
		return unanswered("fit")
	case !*c.student.Fit:
		return broken("fit", "校医认为不适合", "适合")
	}
	return nil
}

func womenWork(c *ctx) []hit {
	if c.subject == OnPlacement {
		switch c.student.Sex {
		case "":
			return unanswered("sex")
		case "男":
			return nil
		}
	}
	if c.post.Hazards == nil {
		return unanswered("hazards")
	}
	var hits []hit
	for _, h := range c.post.Hazards {
		if h.Kind == "井下" {
			hits = append(hits, hit{field: "hazards", value: h.words(), limit: "不能有"})
		}
	}
	if g := c.post.LabourGrade; g != nil && *g >= int(c.param("labour_grade")) {
		hits = append(hits, hit{field: "labour_grade", value: "体力劳动强度 " + roman(*g) + " 级", limit: "低于 " + roman(int(c.param("labour_grade"))) + " 级"})
	}
	return append(hits, lifting(c)...)
}

// industryCode is a GB/T 4754 code without its letter.
func industryCode(code string) string {
	return strings.TrimLeft(strings.ToUpper(strings.TrimSpace(code)), "ABCDEFGHIJKLMNOPQRST")
}

// workplace is the industry of the place where the work is done.
func (c *ctx) workplace() string {
	if c.subject != OnCompany && c.post.Industry != "" {
		return industryCode(c.post.Industry)
	}
	return industryCode(c.company.Industry)
}

// venue looks at the workplace itself: a mall with a karaoke bar is no karaoke bar.
func venue(c *ctx) []hit {
	code := c.workplace()
	for _, bad := range c.list("codes") {
		if strings.HasPrefix(code, bad) && code != "" {
			return broken("industry", "行业代码 "+code, "别的场所")
		}
	}
	place := c.post.Site + " " + c.post.Title
	if c.subject == OnCompany || c.post.Site == "" {
		place += " " + c.company.Name
	}
	upper := strings.ToUpper(place)
	for _, w := range c.list("words") {
		if strings.Contains(upper, strings.ToUpper(w)) {
			return broken("site", "“"+w+"”", "别的场所")
		}
	}
	if code == "" && c.subject != OnCompany {
		return unanswered("industry")
	}
	return nil
}

func hazardDeclared(c *ctx) []hit {
	if c.post.Hazards == nil {
		return unanswered("hazards")
	}
	var names []string
	for _, h := range c.post.Hazards {
		if slices.Contains(c.list("hazards"), h.Kind) {
			names = append(names, h.words())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return broken("hazards", strings.Join(names, "、"), "")
}

func harmfulWords(c *ctx) []hit {
	for _, w := range c.list("words") {
		if strings.Contains(c.post.Duties, w) || strings.Contains(c.post.Title, w) {
			return broken("duties", "“"+w+"”", "")
		}
	}
	return nil
}

func onlyRepetitive(c *ctx) []hit {
	switch {
	case c.post.OnlyRepetitive != nil && *c.post.OnlyRepetitive:
		return broken("tasks", "单一重复劳动", "")
	case c.post.OnlyRepetitive == nil && len(c.post.Tasks) == 0:
		return unanswered("tasks")
	}
	return nil
}
