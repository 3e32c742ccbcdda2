package partnership

// The sides of unmet demand.
const (
	UnmetPost   = "post"   // an open post that nobody answers
	UnmetCohort = "cohort" // students of an open cohort without a post
)

// Why demand is not met: what stands between it and the nearest that would do.
const (
	UnmetMajor    = "major"    // no major leads to the post, or no post takes the major
	UnmetDistance = "distance" // too far for what the school set
	UnmetPay      = "pay"      // below what the school set
	UnmetWindow   = "window"   // the dates do not overlap
	UnmetRule     = "rule"     // an internship rule, an age or a paused company forbids it
	UnmetCapacity = "capacity" // what would do is full
	UnmetOpen     = "open"     // something would do; nobody has arranged or answered it yet
)

// UnmetWords gives a reason in the users' language.
func UnmetWords(kind string) string {
	return map[string]string{UnmetMajor: "专业不对应", UnmetDistance: "距离太远", UnmetPay: "待遇不够", UnmetWindow: "时间不重合", UnmetRule: "不合规定", UnmetCapacity: "名额已满", UnmetOpen: "有合适的，还没有安排"}[kind]
}

// UnmetNear is one of the nearest alternatives: a cohort for a post, a post for a cohort.
type UnmetNear struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Party string `json:"party"` // its name
	Score int    `json:"score"` // hundredths of a point, with the obstacle lifted
	Kind  string `json:"kind"`  // what stands in the way
	Why   string `json:"why"`   // and what would remove it
}

// UnmetDemand is a post that nobody answers or a cohort without posts, as the job unmet
// found it last (未满足的需求). ID = side + "|" + document.
type UnmetDemand struct {
	Record    `json:",inline"`
	Side      string      `json:"side"`
	Doc       string      `json:"doc"`
	Name      string      `json:"name"`
	Party     string      `json:"party"`
	PartyName string      `json:"party_name"`
	Region    string      `json:"region"`
	District  string      `json:"district,omitempty"` // that approved the company of a post
	Majors    []string    `json:"majors,omitempty"`   // names: of the cohort, or those that lead to the post
	Major     string      `json:"major,omitempty"`    // the first of them, for which it counts
	Count     int         `json:"count"`              // slots, or students
	Kind      string      `json:"kind"`
	Why       string      `json:"why"`
	Near      []UnmetNear `json:"near,omitempty"` // at most three, the nearest first
	Since     string      `json:"since"`          // day it was found first, without a break
	Sample    bool        `json:"sample,omitempty"`
}
