package exchange

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// from says which stored documents a published fact comes from.
type from struct {
	school           string // id
	doc              string
	created, updated partnership.Stamp
}

// The facts that schools published themselves, each with where it is kept.
type (
	publishedSurvey struct {
		rates.Survey
		from
		counted bool // a whole number of people gives the printed share
	}
	publishedEnrolment struct {
		rates.Enrolment
		from
	}
	publishedItem struct {
		rates.Reported
		from
	}
	publishedFacts struct {
		surveys   []publishedSurvey
		enrolment []publishedEnrolment
		items     []publishedItem
		pathways  []rates.Pathway
		progress  []rates.ProgressPath
		training  []rates.Training
		pay       []rates.PublishedPay
	}
)

// The tables of partnership.Published.
const (
	tableEnrolment    = "enrolment"
	tableSatisfaction = "satisfaction"
	tableCooperation  = "cooperation"
	tablePath         = "path"
	tableProgression  = "progression" // by road
	tableTraining     = "training"    // days by level
	tablePay          = "pay"         // average starting pay by major
	tableReported     = "reported"    // by the key of a report item
)

// wholeWords stand where a table means the whole school.
var wholeWords = []string{"合计", "总计", "全校", ""}

// cooperationKeys maps the headings of table 29 to the keys of the report tables.
var cooperationKeys = map[string]string{"牵头职教集团": "group_led", "参与职教集团": "group_joined", "组建产业学院": "industry_college",
	"校企合作企业数": "partner_companies", "校外实训基地数": "external_bases", "企业提供的实践教学设备总值": "company_equipment_10k_yuan", "顶岗实习岗位数": "internship_slots",
	"合作企业教师实践基地数": "teacher_practice_bases", "合作开发课程": "courses_co_developed", "合作开发教材": "textbooks_co_developed",
	"学校培训企业员工": "company_staff_trained", "订单班人数": "order_class_students", "生均企业实习经费补贴": "internship_subsidy_yuan", "生均财政专项补贴": "special_subsidy_yuan"}

// publishedFacts reads what the platform cannot compute from the schools' own figures.
func (x *Exchange) publishedFacts(ctx context.Context) (*publishedFacts, error) {
	r, err := x.newReader(ctx)
	if err != nil {
		return nil, err
	}
	names := r.names
	f := &publishedFacts{}
	paths := map[string]int{}
	surveys := map[string]int{}
	shares := map[int]string{}
	for p, err := range x.published.Find(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}}) {
		if err != nil {
			return nil, fmt.Errorf("published figures: %w", err)
		}
		school := names[p.School]
		src := from{p.School, p.ID, p.Created, p.Updated}
		switch p.Table {
		case tableEnrolment:
			if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
				f.enrolment = append(f.enrolment, publishedEnrolment{rates.Enrolment{School: school, Category: p.Note, Major: p.Group, Year: p.Year, Students: n}, src})
			}
		case tablePath:
			f.path(paths, school, &p)
		case tableSatisfaction:
			f.survey(surveys, shares, school, src, &p)
		case tableCooperation:
			if key := cooperationKeys[p.Item]; key != "" {
				f.items = append(f.items, publishedItem{rates.Reported{School: school, Key: key, Value: p.Value, Year: p.Year}, src})
			}
		case tableReported:
			f.items = append(f.items, publishedItem{rates.Reported{School: school, Key: p.Item, Value: p.Value, Year: p.Year}, src})
		case tableProgression:
			if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
				f.progress = append(f.progress, rates.ProgressPath{School: school, Path: p.Item, Year: p.Year, People: n})
			}
		case tablePay:
			major := p.Group
			if slices.Contains(wholeWords, major) {
				major = ""
			} else {
				major = r.major("", major)
			}
			f.pay = append(f.pay, rates.PublishedPay{School: school, Major: major, Year: p.Year, Yuan: p.Value})
		case tableTraining:
			if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
				f.training = append(f.training, rates.Training{School: school, Level: p.Item, Year: p.Year, Days: n})
			}
		}
	}
	for i, share := range shares {
		f.surveys[i].take(share)
	}
	return f, nil
}

// keep leaves the facts of these schools, by id to name.
func (f *publishedFacts) keep(schools map[string]string) {
	named := map[string]bool{}
	for _, name := range schools {
		named[name] = true
	}
	f.surveys = slices.DeleteFunc(f.surveys, func(s publishedSurvey) bool { return !named[s.School] })
	f.enrolment = slices.DeleteFunc(f.enrolment, func(e publishedEnrolment) bool { return !named[e.School] })
	f.items = slices.DeleteFunc(f.items, func(v publishedItem) bool { return !named[v.School] })
	f.pathways = slices.DeleteFunc(f.pathways, func(p rates.Pathway) bool { return !named[p.School] })
	f.progress = slices.DeleteFunc(f.progress, func(p rates.ProgressPath) bool { return !named[p.School] })
	f.training = slices.DeleteFunc(f.training, func(v rates.Training) bool { return !named[v.School] })
	f.pay = slices.DeleteFunc(f.pay, func(p rates.PublishedPay) bool { return !named[p.School] })
}

func (f *publishedFacts) path(at map[string]int, school string, p *partnership.Published) {
	key := p.School + "|" + p.Group
	i, ok := at[key]
	if !ok {
		i = len(f.pathways)
		at[key] = i
		f.pathways = append(f.pathways, rates.Pathway{School: school, Major: p.Group})
	}
	switch p.Item {
	case "高校专业":
		f.pathways[i].CollegeMajor = p.Value
	case "高校":
		f.pathways[i].College = p.Value
	case "说明":
		f.pathways[i].Note = p.Value
	}
}

func (f *publishedFacts) survey(at map[string]int, shares map[int]string, school string, src from, p *partnership.Published) {
	key := fmt.Sprint(p.School, p.Group, p.Year)
	i, ok := at[key]
	if !ok {
		i = len(f.surveys)
		at[key] = i
		f.surveys = append(f.surveys, publishedSurvey{Survey: rates.Survey{School: school, Indicator: p.Group, Year: p.Year}, from: src})
	}
	s := &f.surveys[i]
	s.created, s.updated = min(s.created, src.created), max(s.updated, src.updated)
	switch p.Item {
	case "满意度":
		shares[i] = p.Value
	case "满意数":
		if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
			s.Satisfied, s.counted = n, true
		}
	case "调查人次":
		if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
			s.Answers = n
		}
	case "调查方式":
		s.Method = p.Value
	}
}

// take reads a printed share: it is carried over only if a whole number of people gives it.
func (s *publishedSurvey) take(share string) {
	v, err := strconv.ParseFloat(share, 64)
	if err != nil || s.counted || s.Answers <= 0 {
		return
	}
	n := int64(v*float64(s.Answers)/100 + 0.5)
	printed := strings.TrimSuffix(strings.TrimRight(rates.Percent(n, s.Answers), "0"), ".")
	if rounded := rates.Quotient(n, s.Answers, 100, decimals(share)); printed == strconv.FormatFloat(v, 'f', -1, 64) || rounded == share {
		s.Satisfied, s.counted = n, true
	}
}

func decimals(s string) int {
	_, frac, _ := strings.Cut(s, ".")
	return len(frac)
}
