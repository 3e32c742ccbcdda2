package regulation

import (
	"fmt"
	"slices"
	"strings"
)

// Severity says what a broken rule does.
type Severity string

// The severities. Forbidden has no exception in the text. Filing is forbidden
// unless a filing (备案) made beforehand lifts it. Block stands until the document or
// answer is there. Warning asks a person for a reason.
const (
	Forbidden Severity = "forbidden"
	Filing    Severity = "filing"
	Block     Severity = "block"
	Warning   Severity = "warning"
)

// Words gives the severity in the users' language.
func (s Severity) Words() string {
	switch s {
	case Forbidden:
		return "禁止"
	case Filing:
		return "须先备案"
	case Block:
		return "补齐前不能上岗"
	case Warning:
		return "须说明理由"
	}
	return string(s)
}

// Subject is what a rule is checked on.
type Subject string

// The subjects.
const (
	OnPost      Subject = "post"
	OnCompany   Subject = "company"
	OnCohort    Subject = "cohort"
	OnPlacement Subject = "placement"
	OnAgreement Subject = "agreement"
)

// Words gives the subject in the users' language.
func (s Subject) Words() string {
	return map[Subject]string{OnPost: "岗位", OnCompany: "企业", OnCohort: "班级批次", OnPlacement: "安置", OnAgreement: "协议"}[s]
}

// Document is a text that rules come from.
type Document struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Number string `json:"number,omitempty"` // 文号
	Date   string `json:"date,omitempty"`   // in force since
}

// Rule is one rule as data.
type Rule struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Document string   `json:"document"`
	Article  string   `json:"article"`
	Verified bool     `json:"verified,omitempty"` // the article was read in the official text
	Region   string   `json:"region,omitempty"`   // code of the region it holds in; empty is the whole country
	From     string   `json:"from"`               // first day in force
	To       string   `json:"to,omitempty"`       // last day in force; empty is open
	Severity Severity `json:"severity"`
	// SeverityOn replaces the severity on some subjects: that work is barred to minors
	// is only a warning on a post, and forbids a placement.
	SeverityOn map[Subject]Severity `json:"severity_on,omitempty"`
	Unknown    Severity             `json:"unknown,omitempty"` // what an unanswered field does: "", warning or block; on a post never more than a warning
	Subjects   []Subject            `json:"subjects"`
	Kinds      []string             `json:"kinds,omitempty"`  // only these kinds of practice; empty is all
	Majors     []string             `json:"majors,omitempty"` // only these majors, by prefix of the code; empty is all
	Fields     []string             `json:"fields"`
	Check      string               `json:"check"` // name of the check, see checks
	Params     map[string]float64   `json:"params,omitempty"`
	Lists      map[string][]string  `json:"lists,omitempty"`
	LiftedBy   string               `json:"lifted_by,omitempty"` // kind of filing that lifts it
	Replaces   string               `json:"replaces,omitempty"`  // national rule that it takes the place of where it holds
	Sentence   string               `json:"sentence"`            // with {value} and {limit}
	Fix        string               `json:"fix"`
	Note       string               `json:"note,omitempty"`
}

// inForce reports whether the rule holds on a day.
func (r *Rule) inForce(day string) bool { return day >= r.From && (r.To == "" || day <= r.To) }

// holdsIn reports whether the rule holds in any of the regions.
func (r *Rule) holdsIn(regions []string) bool {
	if r.Region == "" {
		return true
	}
	prefix := regionPrefix(r.Region)
	return slices.ContainsFunc(regions, func(code string) bool { return strings.HasPrefix(code, prefix) })
}

// regionPrefix is a region code without the pairs of noughts at its end: 500000 is
// 50, 500153 is itself. 500100 and 500200, the two halves of Chongqing, keep 5001 and 5002.
func regionPrefix(code string) string {
	for len(code) > 2 && strings.HasSuffix(code, "00") {
		code = code[:len(code)-2]
	}
	return code
}

// Set is a body of rules with its documents and the calendar of public holidays.
// The zero Set has no rules; begin with National.
type Set struct {
	documents map[string]Document
	rules     []Rule
	calendar  Calendar
}

// Rules returns the rules in the order of the data.
func (s Set) Rules() []Rule { return slices.Clone(s.rules) }

// Rule finds a rule by id.
func (s Set) Rule(id string) (Rule, bool) {
	i := slices.IndexFunc(s.rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return s.rules[i], true
}

// Document finds a document by id.
func (s Set) Document(id string) (Document, bool) { d, ok := s.documents[id]; return d, ok }

// Calendar returns the calendar of public holidays.
func (s Set) Calendar() Calendar { return s.calendar }

// articleUnknown stands where a rule's text was seen without its article number.
const articleUnknown = "条号不详"

// Citation is the article of a rule as shown, with a mark if it was not verified.
func (s Set) Citation(r Rule) string {
	title := r.Document
	if d, ok := s.documents[r.Document]; ok {
		title = d.Title
	}
	mark := ""
	if !r.Verified && r.Article != articleUnknown {
		mark = "（条号待核）"
	}
	return fmt.Sprintf("《%s》%s%s", title, r.Article, mark)
}
