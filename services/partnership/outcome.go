package partnership

// Direction is where a graduate went, by the official classes.
type Direction string

// The directions that the rates tell apart.
const (
	Employed  Direction = "employed"  // 直接就业
	Progress  Direction = "progress"  // 升学
	Enlisted  Direction = "enlisted"  // 参军
	Founded   Direction = "founded"   // 自主创业
	Searching Direction = "searching" // 待就业
	Interning Direction = "interning" // still on an internship, which is no employment
	Unknown   Direction = "unknown"   // 去向不明
)

// Outcome is where one graduate went (毕业去向), or, where no record of single
// students exists, a ledger row of published counts.
type Outcome struct {
	Record      `json:",inline"`
	School      string       `json:"school"`
	Year        int          `json:"year"`     // of graduation
	Category    string       `json:"category"` // 专业大类 as the school's table prints it
	Major       string       `json:"major,omitempty"`
	MajorName   string       `json:"major_name,omitempty"`
	Student     string       `json:"student,omitempty"` // student number; never a name
	Direction   Direction    `json:"direction,omitempty"`
	Through     bool         `json:"through,omitempty"` // 贯通培养 transfer
	Employer    string       `json:"employer,omitempty"`
	Industry    string       `json:"industry,omitempty"`
	Occ         string       `json:"occ,omitempty"`
	PayFen      int64        `json:"pay_fen,omitempty"`
	Region      string       `json:"region,omitempty"`
	Aligned     string       `json:"aligned,omitempty"`      // exact | near | unrelated, from codes
	AlignedBy   string       `json:"aligned_by,omitempty"`   // table version
	AlignWhy    []string     `json:"align_why,omitempty"`    // path in words
	Label       string       `json:"school_label,omitempty"` // the school's own 对口 label, another method
	Survey      string       `json:"survey_label,omitempty"` // a survey's answer, another method
	Confirmed   string       `json:"confirmed_by,omitempty"`
	Ruled       string       `json:"ruled,omitempty"` // Aligned rests on a person's word: ruling | correction
	Corrections []Correction `json:"corrections,omitempty"`
	Ledger      *Ledger      `json:"ledger,omitempty"`
	Sample      bool         `json:"sample,omitempty"`
}

// Ledger is a row of counts as a school published them. A nil measure was not
// published at this grain, which is not the same as zero.
type Ledger struct {
	Graduates  *int64 `json:"graduates,omitempty"`
	Progressed *int64 `json:"progressed,omitempty"`
	Direct     *int64 `json:"direct,omitempty"`
	Aligned    *int64 `json:"aligned,omitempty"`
}

// Published is one figure as a school's report printed it and the platform
// cannot compute itself (enrolment, satisfaction, pay, certificates, table 29).
type Published struct {
	Record `json:",inline"`
	School string `json:"school"`
	Year   int    `json:"year"`
	Table  string `json:"table"` // enrolment | satisfaction | pay | certificate | cooperation | adjustment | path
	Item   string `json:"item"`
	Group  string `json:"group,omitempty"`
	Value  string `json:"value"` // decimal text as printed
	Unit   string `json:"unit,omitempty"`
	Note   string `json:"note,omitempty"`
	Source string `json:"source"`
}

// Snapshot is what the job rates writes: the figures of one scope on one day,
// never changed afterwards (ID = scope + "|" + day).
type Snapshot struct {
	Record  `json:",inline"`
	Scope   string   `json:"scope"` // district | school:<id>
	Day     string   `json:"day"`
	Version string   `json:"version"` // of the definitions
	Digest  string   `json:"digest"`  // of the figures
	Figures []Figure `json:"figures"`
	Changed []string `json:"changed,omitempty"` // against the snapshot before, in words
}

// Figure is one rate of one group with everything that explains it.
type Figure struct {
	Rate        string `json:"rate"` // key of the definition
	Name        string `json:"name"` // of the rate, Chinese
	Version     string `json:"version"`
	Year        int    `json:"year"`
	By          string `json:"by"` // school | category | major | district
	Group       string `json:"group"`
	School      string `json:"school,omitempty"`
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator"`
	Percent     string `json:"percent"`
	Amount      string `json:"amount,omitempty"` // of a mean or median, in Unit
	Unit        string `json:"unit,omitempty"`
	CutOff      string `json:"cut_off"`
	Method      string `json:"method,omitempty"` // how 对口 was told, where it matters
	Hidden      bool   `json:"hidden,omitempty"` // too few people to show
	Sample      bool   `json:"sample,omitempty"` // rests on generated rows
}
