package partnership

import "slices"

// ChoicesMost is how many posts a student may rank in a two-way selection.
const ChoicesMost = 6

// Phase is how far the collecting of a two-way selection is.
type Phase string

// Students choose first, then companies rank those who chose them; after that the round
// can be run.
const (
	PhaseChoosing Phase = "choosing"
	PhaseRanking  Phase = "ranking"
	PhaseOver     Phase = "over"
)

// Words gives the phase in the users' language.
func (p Phase) Words() string {
	return map[Phase]string{PhaseChoosing: "征集学生志愿", PhaseRanking: "企业排序", PhaseOver: "征集结束，等待运行"}[p]
}

// Selection is how a two-way selection (双选) collects the lists of both sides.
type Selection struct {
	ChoicesBy  string   `json:"choices_by"`        // last day for students' choices
	RanksBy    string   `json:"ranks_by"`          // last day for companies' ranking
	ChoicesCut bool     `json:"choices_cut"`       // closed before that day by who runs the round
	RanksCut   bool     `json:"ranks_cut"`         //
	Silence    *Silence `json:"silence,omitempty"` // counted when the round is run
}

// Silence counts who handed in nothing by the deadline.
type Silence struct {
	Students int      `json:"students"` // of the cohorts that take part
	Mute     int      `json:"mute"`     // of them without choices
	Posts    int      `json:"posts"`    // that somebody chose
	Unranked []string `json:"unranked"` // of them those without a rule or a ranking, in words
}

// Phase is where the selection stands on a day.
func (s *Selection) Phase(today string) Phase {
	switch {
	case !s.ChoicesCut && today <= s.ChoicesBy:
		return PhaseChoosing
	case !s.RanksCut && today <= s.RanksBy:
		return PhaseRanking
	}
	return PhaseOver
}

// Check returns Invalid if the deadlines are no days, lie before today or stand the wrong
// way round.
func (s *Selection) Check(today string) error {
	bad := Invalid{}
	for _, d := range []struct{ field, day string }{{"choices_by", s.ChoicesBy}, {"ranks_by", s.RanksBy}} {
		switch {
		case !isDay(d.day):
			bad.Add(d.field, "截止日期请写成 2027-01-15 这样")
		case d.day < today:
			bad.Add(d.field, "截止日期不能早于今天")
		}
	}
	if len(bad) == 0 && s.RanksBy < s.ChoicesBy {
		bad.Add("ranks_by", "企业排序在学生志愿之后截止")
	}
	return bad.Err()
}

// Choice is what one student wants in a two-way selection (双选志愿).
type Choice struct {
	Record  `json:",inline"` // ID follows from round and student
	Round   string           `json:"round"`
	School  string           `json:"school"`
	Student string           `json:"student"`
	Number  string           `json:"number"` // 学号
	Cohort  string           `json:"cohort"`
	Posts   []string         `json:"posts"` // the best first
	Refused []string         `json:"refused,omitempty"`
	// Group names those who go to one and the same post together; empty for one who goes alone.
	Group  string        `json:"group,omitempty"`
	By     string        `json:"by"` // account that entered it
	At     Stamp         `json:"at"`
	Result *ChoiceResult `json:"result,omitempty"`
}

// ChoiceResult is what the last run gave a student, with its reason in words.
type ChoiceResult struct {
	Post        string   `json:"post,omitempty"` // empty: without a place
	PostTitle   string   `json:"post_title,omitempty"`
	Company     string   `json:"company,omitempty"`
	CompanyName string   `json:"company_name,omitempty"`
	Wish        int      `json:"wish,omitempty"` // which of the choices it was, from 1
	Why         string   `json:"why"`
	Blocked     []string `json:"blocked,omitempty"` // why not the choices before
	Change      string   `json:"change,omitempty"`  // for one without a place: what would help
}

// Check returns Invalid for a list that is empty, too long or names a post twice.
func (c *Choice) Check() error {
	bad := Invalid{}
	switch n := len(c.Posts); {
	case n == 0:
		bad.Add("choice1", "请填写第一志愿")
	case n > ChoicesMost:
		bad.Add("choice1", "最多 %d 个志愿，现在有 %d 个", ChoicesMost, n)
	}
	for i, p := range c.Posts {
		field := "choice" + string(rune('1'+min(i, ChoicesMost-1)))
		if slices.Contains(c.Posts[:i], p) {
			bad.Add(field, "与前面的志愿相同，每个志愿填不同的岗位")
		}
		if slices.Contains(c.Refused, p) {
			bad.Add(field, "这个岗位同时写在“不愿去的岗位”里")
		}
	}
	return bad.Err()
}

// RankRule orders the candidates whom a company does not rank by hand.
type RankRule string

// The rules; equals are drawn by the published seed.
const (
	RankFit    RankRule = "fit"
	RankSkills RankRule = "skills"
	RankNear   RankRule = "near"
)

// RankRules are all rules in the order that forms show them.
func RankRules() []RankRule { return []RankRule{RankFit, RankSkills, RankNear} }

// Words gives the rule in the users' language.
func (r RankRule) Words() string {
	return map[RankRule]string{RankFit: "适配分高的在前", RankSkills: "技能符合多的在前", RankNear: "常住地与岗位同区县的在前"}[r]
}

// Ranking is how a company orders the candidates of one post (企业排序).
type Ranking struct {
	Record  `json:",inline"` // ID follows from round and post
	Round   string           `json:"round"`
	Post    string           `json:"post"`
	Company string           `json:"company"`
	Rule    RankRule         `json:"rule"`
	Order   []string         `json:"order,omitempty"`   // students ranked by hand, the best first; they come before all others
	Refused []string         `json:"refused,omitempty"` // students the company does not take
	Silent  bool             `json:"silent,omitempty"`  // nothing was handed in by the deadline
	By      string           `json:"by"`
	At      Stamp            `json:"at"`
}

// Check returns Invalid for a rule that is none, or a student named twice.
func (r *Ranking) Check() error {
	bad := Invalid{}
	if r.Rule.Words() == "" {
		bad.Add("rule", "请选择一条规则")
	}
	for i, s := range r.Order {
		if slices.Contains(r.Order[:i], s) {
			bad.Add("order", "同一名候选人排了两个名次")
		}
		if slices.Contains(r.Refused, s) {
			bad.Add("order", "同一名候选人既排了名次，又选了不接收")
		}
	}
	return bad.Err()
}

// RoundRun is a result that a later run of the same round replaced, kept as it was.
type RoundRun struct {
	Record   `json:",inline"` // ID = round + ":" + number
	Round    string           `json:"round"`
	Number   int              `json:"number"` // from 1
	At       Stamp            `json:"at"`
	By       string           `json:"by"`
	Mode     RoundMode        `json:"mode"`
	Weights  map[string]int   `json:"weights,omitempty"`
	Seed     uint64           `json:"seed"`
	Barred   []string         `json:"barred,omitempty"`
	Digest   string           `json:"digest"`
	Students int              `json:"students"`
	Seats    int              `json:"seats"`
	Placed   int              `json:"placed"`
	Score    int64            `json:"score"`
	Verdict  string           `json:"verdict"`
	Lines    []RunLine        `json:"lines"`
}

// RunLine is one line of a result: how many students of a cohort go to a post.
type RunLine struct {
	Cohort      string `json:"cohort"`
	CohortName  string `json:"cohort_name"`
	School      string `json:"school"`
	Post        string `json:"post"`
	PostTitle   string `json:"post_title"`
	Company     string `json:"company"`
	CompanyName string `json:"company_name"`
	Count       int    `json:"count"`
	Score       int    `json:"score"`
}
