package partnership

import "strings"

// CohortState is where a cohort stands.
type CohortState string

// A cohort is open while it looks for posts.
const (
	CohortDraft  CohortState = "draft"
	CohortOpen   CohortState = "open"
	CohortPlaced CohortState = "placed"
	CohortClosed CohortState = "closed"
)

// Words gives the state in the users' language.
func (s CohortState) Words() string {
	return map[CohortState]string{CohortDraft: "草稿", CohortOpen: "待安置", CohortPlaced: "已安置", CohortClosed: "已结束"}[s]
}

// Cohort is a group of students a school offers as one (班级批次): same major and
// entry year, same window. It is searchable and matchable like a post.
type Cohort struct {
	Record     `json:",inline"`
	School     string      `json:"school"`
	SchoolName string      `json:"school_name"`
	State      CohortState `json:"state"`
	Steps      []Step      `json:"steps,omitempty"`
	Name       string      `json:"name"`
	Major      string      `json:"major"`
	MajorName  string      `json:"major_name"`
	Category   string      `json:"category"` // two-digit code
	EntryYear  int         `json:"entry_year"`
	Programme  string      `json:"programme,omitempty"`
	Size       int         `json:"size"`
	Priority   int         `json:"priority,omitempty"` // of them in the green channel (家庭经济困难 优先)
	Minors     int         `json:"minors,omitempty"`   // of them under 18 on the first day
	From       string      `json:"from"`
	To         string      `json:"to"`
	Skills     []string    `json:"skills,omitempty"`
	Needs      string      `json:"needs,omitempty"`
	NeedsBeds  bool        `json:"needs_beds,omitempty"` // asks for lodging
	MaxKM      float64     `json:"max_km,omitempty"`     // 0 = any distance
	MinPayFen  int64       `json:"min_pay_fen,omitempty"`
	Region     string      `json:"region"`
	Point      *Point      `json:"point,omitempty"`
	Unsettled  bool        `json:"unsettled"`
	Sample     bool        `json:"sample,omitempty"`
}

// Grade is the study year (1, 2, 3 …) the cohort is in on the given day; the
// school year turns on 1 September.
func (c *Cohort) Grade(day string) int {
	if !isDay(day) {
		return 0
	}
	y := atoi(day[:4])
	if day[5:7] < "09" {
		y--
	}
	return y - c.EntryYear + 1
}

// Check returns Invalid with every field that is missing or out of range.
func (c *Cohort) Check() error {
	bad := Invalid{}
	if strings.TrimSpace(c.Name) == "" {
		bad.Add("name", "请填写班级或批次名称")
	}
	if c.Major == "" {
		bad.Add("major", "请选择专业")
	}
	if c.EntryYear < 2000 || c.EntryYear > 2100 {
		bad.Add("entry_year", "入学年份应是四位数，如 2025")
	}
	if c.Size < 1 || c.Size > 5000 {
		bad.Add("size", "人数应在 1 到 5000 之间")
	}
	if c.Priority < 0 || c.Priority > c.Size {
		bad.Add("priority", "优先安置人数应在 0 到 %d 之间", c.Size)
	}
	if c.Minors < 0 || c.Minors > c.Size {
		bad.Add("minors", "未满 18 周岁人数应在 0 到 %d 之间", c.Size)
	}
	checkWindow(bad, c.From, c.To)
	return bad.Err()
}
