package partnership

import (
	"reflect"
	"slices"
)

// Direction is where a graduate went, by the official classes.
type Direction string

// The directions that the rates tell apart.
const (
	Employed  Direction = "employed"  // 直接就业
	Progress  Direction = "progress"  // 升学
	Enlisted  Direction = "enlisted"  // 参军
	Founded   Direction = "founded"   // 自主创业
	Freelance Direction = "freelance" // 灵活就业
	Overseas  Direction = "overseas"  // 出国（境）
	Searching Direction = "searching" // 待就业
	Resting   Direction = "resting"   // 暂不就业
	Interning Direction = "interning" // still on an internship, which is no employment
	Unknown   Direction = "unknown"   // 去向不明
)

// Words gives the direction in the users' language.
func (d Direction) Words() string {
	switch d {
	case Employed:
		return "就业"
	case Progress:
		return "升学"
	case Enlisted:
		return "参军"
	case Founded:
		return "自主创业"
	case Freelance:
		return "灵活就业"
	case Overseas:
		return "出国（境）"
	case Searching:
		return "待就业"
	case Resting:
		return "暂不就业"
	case Interning:
		return "仍在实习"
	case Unknown:
	}
	return "去向不明"
}

// Outcome is where one graduate went (毕业去向), or, where no record of single
// students exists, a ledger row of published counts.
type Outcome struct {
	Record      `json:",inline"`
	School      string       `json:"school"`
	Year        int          `json:"year"`     // of graduation
	Category    string       `json:"category"` // 专业大类 as the school's table prints it
	Major       string       `json:"major,omitempty"`
	MajorName   string       `json:"major_name,omitempty"`
	Cohort      string       `json:"cohort,omitempty"`    // name of the class or batch (班级批次)
	Student     string       `json:"student,omitempty"`   // student number; never a name
	Pseudonym   string       `json:"pseudonym,omitempty"` // id of the student, once the number is erased
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
	Ruled       string       `json:"ruled,omitempty"`        // Aligned rests on a person's word: ruling | correction
	Corrections []Correction `json:"corrections,omitempty"`
	Ledger      *Ledger      `json:"ledger,omitempty"`
	Sample      bool         `json:"sample,omitempty"`

	EmployerID string         `json:"employer_id,omitempty"` // the company on the platform that is asked to confirm
	Evidence   []string       `json:"evidence,omitempty"`    // 佐证材料, and where it is kept
	ByCompany  *OutcomeAnswer `json:"by_company,omitempty"`
	ByGraduate *OutcomeAnswer `json:"by_graduate,omitempty"`
	AskBy      string         `json:"ask_by,omitempty"`   // day by which the company should answer
	Disputed   bool           `json:"disputed,omitempty"` // an objection is open
	Final      bool           `json:"final,omitempty"`    // the district has ruled
	Steps      []Step         `json:"steps,omitempty"`

	// Since is when this was first recorded as it stands, 0 if it was created so; Past is
	// what was recorded before, oldest first, so that a figure of an earlier day can be
	// computed again. They change in the same write as the rest.
	Since Stamp     `json:"since,omitempty"`
	Past  []Outcome `json:"past,omitempty"`
}

// Amend replaces what is recorded and keeps what was. It reports whether anything
// changed; a record that says the same leaves no trace.
func (o *Outcome) Amend(to Outcome, now Stamp) bool {
	was := *o
	to.Record, to.Since, to.Past = o.Record, o.Since, o.Past
	if reflect.DeepEqual(was, to) {
		return false
	}
	if was.Since == 0 {
		was.Since = was.Created
	}
	was.Record, was.Past, was.Steps = Record{}, nil, nil // the steps go on in the record itself
	to.Past, to.Since = append(slices.Clone(o.Past), was), now
	*o = to
	return true
}

// AsOf returns the outcome as it was recorded at a moment, false if it was not there yet
// or no longer. Moment 0 is now.
func (o *Outcome) AsOf(at Stamp) (*Outcome, bool) {
	if at == 0 {
		return o, o.Deleted == 0
	}
	if o.Created > at || o.Deleted != 0 && o.Deleted <= at {
		return nil, false
	}
	if o.Since <= at {
		return o, true
	}
	for i := len(o.Past) - 1; i >= 0; i-- {
		if o.Past[i].Since <= at {
			was := o.Past[i]
			was.Record = o.Record
			return &was, true
		}
	}
	return nil, false
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

// Snapshot is what the job rates writes: the figures of one scope on one day, never
// changed afterwards (ID = scope + "|" + day). A scope is a school (or the district), how
// its people are grouped, and a year; groups of whole schools hold all years.
type Snapshot struct {
	Record  `json:",inline"`
	Scope   string          `json:"scope"` // district/district, district/major/2025, school:<id>/company/2025 …
	School  string          `json:"school,omitempty"`
	Of      string          `json:"of,omitempty"` // name of the school
	By      string          `json:"by"`
	Year    int             `json:"year,omitempty"`
	Day     string          `json:"day"`
	AsOf    Stamp           `json:"as_of"`          // the data were read as they stood at this moment
	Digest  string          `json:"digest"`         // SHA-256 of Rates, Groups and Flows
	Same    string          `json:"same,omitempty"` // id of the earlier snapshot with the very same content; then this one has none of its own
	Rates   []SnapshotRate  `json:"rates,omitempty"`
	Groups  []SnapshotGroup `json:"groups,omitempty"`
	Flows   []SnapshotFlow  `json:"flows,omitempty"`   // of industries: which majors lead there
	Changed []string        `json:"changed,omitempty"` // against the snapshot before, in words
}

// SnapshotRate is a definition as it was when the figures were computed.
type SnapshotRate struct {
	Key     string `json:"key"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Unit    string `json:"unit"`
}

// SnapshotGroup is one group with its figures.
type SnapshotGroup struct {
	Name    string           `json:"name"`
	School  string           `json:"school,omitempty"`
	Year    int              `json:"year"`
	Figures []SnapshotFigure `json:"figures"`
}

// SnapshotFigure is one figure; Rate is its place in Snapshot.Rates.
type SnapshotFigure struct {
	Rate        int      `json:"r"`
	Numerator   int64    `json:"n"`
	Denominator int64    `json:"d"`
	Percent     string   `json:"p,omitempty"`
	Amount      string   `json:"a,omitempty"`
	Sample      bool     `json:"s,omitempty"`
	Hidden      bool     `json:"h,omitempty"` // from everybody but the school itself: too few people
	HiddenFrom  []string `json:"x,omitempty"` // schools that could subtract their own people
}

// SnapshotFlow is how many graduates of a class of majors work in an industry.
type SnapshotFlow struct {
	Class    string `json:"class"`
	Industry string `json:"industry"`
	People   int64  `json:"n"`
	Hidden   bool   `json:"h,omitempty"` // from everybody but the school itself
}

// CountLine is what one document that is no outcome adds to the counts: slots of a post,
// seats of an order class.
type CountLine struct {
	Year   int      `json:"year"`
	School string   `json:"school,omitempty"`
	In     []string `json:"in,omitempty"` // dimension=value
	Count  string   `json:"count"`
	N      int64    `json:"n"`
}

// RateInput keeps what a document added to the counts from a moment on. The entries of a
// document are only ever added to, so that the counts of an earlier day can be read again.
type RateInput struct {
	Record `json:",inline"` // ID = kind|document|revision
	Kind   string           `json:"kind"`
	Doc    string           `json:"doc"`
	Title  string           `json:"title"` // of the document, for people
	From   Stamp            `json:"from"`
	Lines  []CountLine      `json:"lines,omitempty"`
}

// Figure is one rate of one group with everything that explains it.
type Figure struct {
	Rate        string `json:"rate"` // key of the definition
	Name        string `json:"name"` // of the rate, Chinese
	Version     string `json:"version"`
	Year        int    `json:"year"`
	By          string `json:"by"` // district | school | class | category | major | cohort | company | industry | cluster
	Group       string `json:"group"`
	School      string `json:"school,omitempty"`
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator"`
	Percent     string `json:"percent"`
	Amount      string `json:"amount,omitempty"` // of a mean or median, in Unit
	Unit        string `json:"unit,omitempty"`
	CutOff      string `json:"cut_off"`
	Hidden      bool   `json:"hidden,omitempty"` // too few people to show
	Sample      bool   `json:"sample,omitempty"` // rests on generated rows
}
