package partnership

// Match is one post against one cohort with its score and reasons (匹配). It
// carries what its row shows, so that a list is one find.
type Match struct {
	Record      `json:",inline"` // ID = post + ":" + cohort
	Post        string           `json:"post"`
	PostTitle   string           `json:"post_title"`
	Company     string           `json:"company"`
	CompanyName string           `json:"company_name"`
	Cohort      string           `json:"cohort"`
	CohortName  string           `json:"cohort_name"`
	School      string           `json:"school"`
	SchoolName  string           `json:"school_name"`
	MajorName   string           `json:"major_name"`
	Size        int              `json:"size"`
	Slots       int              `json:"slots"`
	PayFen      int64            `json:"pay_fen"`
	Score       int              `json:"score"` // hundredths of a point, 0..10000
	Level       string           `json:"level"` // exact | near
	Parts       []ScorePart      `json:"parts"`
	Reasons     []string         `json:"reasons"`
	Raise       []string         `json:"raise,omitempty"` // what would raise it
	Version     string           `json:"version"`         // of the formula and weights
	Closes      string           `json:"closes,omitempty"`
	Sample      bool             `json:"sample,omitempty"`
}

// ScorePart is one criterion's share of a score, in hundredths of a point.
type ScorePart struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Got  int    `json:"got"`
	Of   int    `json:"of"`
	Why  string `json:"why,omitempty"`
}

// RoundMode is how a round decides.
type RoundMode string

// The two modes: the best plan as a whole, or both sides' own choices.
const (
	ModeAssign RoundMode = "assign" // 统筹分配
	ModeStable RoundMode = "stable" // 双向选择
)

// Words gives the mode in the users' language.
func (m RoundMode) Words() string {
	return map[RoundMode]string{ModeAssign: "统筹分配", ModeStable: "双向选择"}[m]
}

// RoundState is where a round stands.
type RoundState string

// collecting takes the lists of a two-way selection; preview can be run again with locks;
// published stands.
const (
	RoundDraft      RoundState = "draft"
	RoundCollecting RoundState = "collecting"
	RoundPreview    RoundState = "preview"
	RoundPublished  RoundState = "published"
)

// Words gives the state in the users' language.
func (s RoundState) Words() string {
	return map[RoundState]string{RoundDraft: "未运行", RoundCollecting: "征集中", RoundPreview: "预览", RoundPublished: "已发布"}[s]
}

// Round is one matching round (匹配轮次): a frozen input, its parameters and what came out.
type Round struct {
	Record    `json:",inline"`
	Name      string           `json:"name"`
	Owner     string           `json:"owner"`  // school id, or the region code of a district
	Region    string           `json:"region"` // scope
	Mode      RoundMode        `json:"mode"`
	State     RoundState       `json:"state"`
	Steps     []Step           `json:"steps,omitempty"`
	Weights   map[string]int   `json:"weights,omitempty"`
	Seed      uint64           `json:"seed"`
	Forbidden []string         `json:"forbidden,omitempty"` // cohort:post pairs that may not be made
	Selection *Selection       `json:"selection,omitempty"` // of a two-way selection that collects lists of both sides
	Runs      int              `json:"runs,omitempty"`      // results replaced so far, kept as RoundRun
	Digest    string           `json:"digest,omitempty"`    // of the frozen input
	Students  int              `json:"students"`
	Seats     int              `json:"seats"`
	Placed    int              `json:"placed"`
	Score     int64            `json:"score"`
	Bound     int64            `json:"bound"` // proven upper bound of the score; equal to Score when exact
	Verdict   string           `json:"verdict,omitempty"`
	Unplaced  []Unmet          `json:"unplaced,omitempty"`
	Cold      []Unmet          `json:"cold,omitempty"` // posts with slots nobody got
	Prices    map[string]int64 `json:"prices,omitempty"`
	Sample    bool             `json:"sample,omitempty"`
}

// RoundResult is what a round's result says of those it left over (ID = that of the round). With a
// city's posts it is thousands of sentences, so it is apart from the round, which every list reads.
type RoundResult struct {
	Record   `json:",inline"`
	Unplaced []Unmet          `json:"unplaced,omitempty"`
	Cold     []Unmet          `json:"cold,omitempty"`
	Prices   map[string]int64 `json:"prices,omitempty"`
}

// Unmet is demand that stayed open, on either side, and why.
type Unmet struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Party  string `json:"party"`
	Count  int    `json:"count"`
	Kind   string `json:"kind"` // no-major | no-slot | distance | window | rule …
	Why    string `json:"why"`
	Change string `json:"change,omitempty"` // the smallest change that would help
	// Blocked says what stood in the way of the posts it would have liked best.
	Blocked []string `json:"blocked,omitempty"`
}

// Allocation is a round's result for one cohort at one post: how many of its
// students go there and why. Publishing turns allocations into offers.
type Allocation struct {
	Record   `json:",inline"` // ID = round + ":" + cohort + ":" + post
	RunLine  `json:",inline"`
	Round    string   `json:"round"`
	Priority int      `json:"priority,omitempty"` // of them in the green channel (绿色通道)
	Why      []string `json:"why"`
	// Place says how good this place is for the cohort; Blocked what stood in the way
	// of better ones, the best first.
	Place   string   `json:"place,omitempty"`
	Blocked []string `json:"blocked,omitempty"`
	// Students are those whom a two-way selection placed here; elsewhere the school names them.
	Students []string `json:"students,omitempty"`
	State    string   `json:"state"` // preview | offered | accepted | declined
	Sample   bool     `json:"sample,omitempty"`
}
