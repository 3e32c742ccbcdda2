package partnership

import (
	"slices"
	"strings"
)

// The fields of a post or an outcome that a Correction speaks of.
const (
	SaidOccupation = "occupation" // which occupation it is
	SaidMajor      = "major"      // how close one major is to a post
	SaidLevel      = "level"      // how close an outcome is to its graduate's major
)

// Correction is what a person said about something the platform had worked out, with
// who, when and why. Corrections are only ever added; the last one on a field (and a
// major) is in force, and one with neither Code nor Level takes the ones before back.
type Correction struct {
	At    Stamp  `json:"at"`
	By    string `json:"by"`   // account
	Name  string `json:"name"` // of the account, as people read it
	Role  Role   `json:"role"`
	Field string `json:"field"`           // one of the Said constants
	Code  string `json:"code,omitempty"`  // the occupation chosen, or the major spoken of
	Level string `json:"level,omitempty"` // exact | near | unrelated, of a major or an outcome
	Was   string `json:"was,omitempty"`   // what stood before, in words
	Of    string `json:"of,omitempty"`    // the title it was said of
	Why   string `json:"why,omitempty"`
}

// Words says who decided and when, as reasons begin: 区教委 王某 2026年11月20日.
func (c *Correction) Words() string {
	t := c.At.Time()
	return c.Role.Words() + "“" + c.Name + "”" + t.Format("2006年1月2日")
}

// maxCorrections bounds what one document keeps.
const maxCorrections = 200

// inForce is the last correction on a field; for a major, on that major.
func inForce(all []Correction, field, major string) (Correction, bool) {
	for _, c := range slices.Backward(all) {
		if c.Field == field && (field != SaidMajor || c.Code == major) {
			return c, c.Level != "" || field == SaidOccupation && c.Code != ""
		}
	}
	return Correction{}, false
}

// add appends a correction unless a higher authority has spoken: what the district
// said of a record is the district's to change.
func add(all []Correction, by Actor, c Correction) ([]Correction, error) {
	if old, ok := inForce(all, c.Field, c.Code); ok && old.Role == RoleDistrict && !by.SeesAll() {
		return all, Refuse(ErrForbidden, "这一项已由%s认定，只有区教委可以再改。有不同意见，可以“提请认定”", old.Words())
	}
	if len(all) >= maxCorrections {
		return all, Refuse(ErrConflict, "这条记录已更正 %d 次，不能再多；请联系区教委", len(all))
	}
	c.By, c.Name, c.Role = by.Account, by.Name, by.Role
	return append(slices.Clone(all), c), nil
}

// SaidOf returns the correction in force on the post's occupation, or on one major.
func (p *Post) SaidOf(field, major string) (Correction, bool) {
	return inForce(p.Corrections, field, major)
}

// SaidMajors returns the corrections in force on majors, in the order they were said.
func (p *Post) SaidMajors() []Correction {
	var out []Correction
	for _, c := range p.Corrections {
		if now, ok := inForce(p.Corrections, SaidMajor, c.Code); ok && c.Field == SaidMajor && now == c {
			out = append(out, c)
		}
	}
	return out
}

// Correct keeps what a person says of the post's occupation (c.Code, empty for back to
// the suggestion) or of a major (c.Code and c.Level, empty for back to the tables).
func (p *Post) Correct(by Actor, c Correction) error {
	c.Of = p.Title
	all, err := add(p.Corrections, by, c)
	if err != nil {
		return err
	}
	p.Corrections = all
	if c.Field == SaidOccupation {
		p.Occupation = c.Code
	}
	return nil
}

// SaidOf returns the correction in force on the outcome's occupation or level.
func (o *Outcome) SaidOf(field string) (Correction, bool) { return inForce(o.Corrections, field, "") }

// Correct keeps what a person says of the outcome.
func (o *Outcome) Correct(by Actor, c Correction) error {
	all, err := add(o.Corrections, by, c)
	if err != nil {
		return err
	}
	o.Corrections = all
	if c.Field == SaidOccupation {
		o.Occ = c.Code
	}
	return nil
}

// Ruling is what the district says of one major and one occupation for all posts and
// outcomes (对口认定): the alignment that the tables give is confirmed, or corrected. One
// document a pair, ID = major + "|" + occupation; Level is empty while nothing is in force.
type Ruling struct {
	Record    `json:",inline"`
	Major     string      `json:"major"`
	MajorName string      `json:"major_name"`
	Occ       string      `json:"occ"`
	OccName   string      `json:"occ_name"`
	Level     string      `json:"level"`    // exact | near | unrelated; empty: none in force
	Computed  string      `json:"computed"` // what the tables alone say, as of the last change
	Path      []string    `json:"path,omitempty"`
	By        string      `json:"by,omitempty"`
	Name      string      `json:"name,omitempty"` // who decided
	At        Stamp       `json:"at,omitempty"`
	Why       string      `json:"why,omitempty"`
	Steps     []Step      `json:"steps,omitempty"` // every decision and withdrawal
	Asks      []RulingAsk `json:"asks,omitempty"`  // waiting for an answer
	Waiting   int         `json:"waiting"`         // how many Asks, for lists
	// Unsettled: decided, but posts and outcomes concerned are not yet brought up to date.
	Unsettled bool `json:"unsettled"`
}

// RulingAsk is a school's or a company's request that the district rule on a pair (提请认定).
type RulingAsk struct {
	Party string `json:"party"`
	By    string `json:"by"`
	Name  string `json:"name"`
	Role  Role   `json:"role"`
	At    Stamp  `json:"at"`
	Level string `json:"level"` // what it should be, the asker thinks
	Why   string `json:"why"`
	Post  string `json:"post,omitempty"` // the post it was asked at
}

// InForce reports whether the ruling is to be obeyed.
func (r *Ruling) InForce() bool { return r.Level != "" }

// RulingID is the id of the one document of a pair.
func RulingID(major, occ string) string { return major + "|" + occ }

func needWhy(why, sentence string) (string, error) {
	why = strings.TrimSpace(why)
	switch n := len([]rune(why)); {
	case n == 0:
		return "", Invalid{"why": {sentence}}
	case n > 500:
		return "", Invalid{"why": {"理由最多 500 个字"}}
	}
	return why, nil
}

// Decide rules on the pair. It answers all requests.
func (r *Ruling) Decide(by Actor, now Stamp, level, why string) error {
	why, err := needWhy(why, "请写明认定的依据，学校和企业会看到")
	if err != nil {
		return err
	}
	r.Steps = append(r.Steps, Step{At: now, Actor: by.Account, From: r.Level, To: level, Why: why})
	r.Level, r.By, r.Name, r.At, r.Why = level, by.Account, by.Name, now, why
	r.Asks, r.Waiting, r.Unsettled = nil, 0, true
	return nil
}

// Withdraw goes back to what the tables say.
func (r *Ruling) Withdraw(by Actor, now Stamp, why string) error {
	if !r.InForce() {
		return Refuse(ErrConflict, "这一条没有生效的认定，不需要撤回。请刷新后再看")
	}
	why, err := needWhy(why, "请写明撤回的原因")
	if err != nil {
		return err
	}
	r.Steps = append(r.Steps, Step{At: now, Actor: by.Account, From: r.Level, Why: why})
	r.Level, r.By, r.Name, r.At, r.Why, r.Unsettled = "", by.Account, by.Name, now, why, true
	return nil
}

// Ask puts a party's request; a second one of the same party replaces its first.
func (r *Ruling) Ask(a RulingAsk) error {
	why, err := needWhy(a.Why, "请写明理由，区教委要据此判断")
	if err != nil {
		return err
	}
	a.Why = why
	r.Asks = slices.DeleteFunc(r.Asks, func(old RulingAsk) bool { return old.Party == a.Party })
	r.Asks = append(r.Asks, a)
	r.Waiting = len(r.Asks)
	return nil
}

// Dismiss answers the requests without a change; why is shown to those who asked.
func (r *Ruling) Dismiss(by Actor, now Stamp, why string) error {
	if len(r.Asks) == 0 {
		return Refuse(ErrConflict, "这一条没有待答复的提请。请刷新后再看")
	}
	why, err := needWhy(why, "请写明不改的原因，提请的单位会看到")
	if err != nil {
		return err
	}
	r.Steps = append(r.Steps, Step{At: now, Actor: by.Account, From: r.Level, To: r.Level, Why: "维持不变：" + why})
	r.Asks, r.Waiting = nil, 0
	return nil
}
