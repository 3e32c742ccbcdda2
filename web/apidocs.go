package web

import (
	"slices"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// The documents of the API: chosen fields under stable names, nothing that the store
// keeps for itself.

type postDoc struct {
	ID          string      `json:"id"`
	Rev         int64       `json:"rev" doc:"修改次数，修改时带回"`
	State       string      `json:"state"`
	Kind        string      `json:"kind" doc:"observation 认识实习 | internship 岗位实习 | job 就业"`
	Title       string      `json:"title"`
	Company     string      `json:"company"`
	CompanyName string      `json:"company_name"`
	Duties      string      `json:"duties"`
	Skills      []string    `json:"skills"`
	Majors      []linkedDoc `json:"majors" doc:"由职业对应到的专业"`
	Slots       int         `json:"slots"`
	Left        int         `json:"left"`
	From        string      `json:"from"`
	To          string      `json:"to"`
	ClosesOn    string      `json:"closes_on"`
	PayFen      int64       `json:"pay_fen" doc:"每月，分"`
	Lodging     bool        `json:"lodging"`
	Meals       bool        `json:"meals"`
	Transport   string      `json:"transport" doc:"交通；空为没有安排"`
	Sites       []string    `json:"sites" doc:"其他工作地点"`
	Region      string      `json:"region"`
	Address     string      `json:"address"`
	Findings    []findDoc   `json:"findings" doc:"实习管理规定检查结果"`
	Occupation  *guessDoc   `json:"occupation" doc:"推测或确认的职业"`
	AlignedBy   string      `json:"aligned_by" doc:"对应专业所依据的表的版本"`
	Corrections []sayDoc    `json:"corrections" doc:"人对职业和专业的更正，最后一条有效；只给可以更正的人看"`
	Why         []string    `json:"why" doc:"检索时 explain=true：为什么在这里"`
	Sample      bool        `json:"sample" doc:"示例"`
}

type guessDoc struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Score float64  `json:"score" doc:"把握，0 到 1"`
	Said  bool     `json:"said" doc:"由人确认"`
	Why   []string `json:"why"`
}

type sayDoc struct {
	At    int64  `json:"at" doc:"1970 年起的毫秒"`
	Name  string `json:"name"`
	Role  string `json:"role"`
	Field string `json:"field" doc:"occupation 职业 | major 专业 | level 对口程度"`
	Code  string `json:"code"`
	Level string `json:"level"`
	Was   string `json:"was"`
	Why   string `json:"why"`
}

func sayDocs(all []partnership.Correction) []sayDoc {
	out := make([]sayDoc, 0, len(all))
	for _, c := range all {
		out = append(out, sayDoc{int64(c.At), c.Name, string(c.Role), c.Field, c.Code, c.Level, c.Was, c.Why})
	}
	return out
}

type linkedDoc struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Level string   `json:"level" doc:"exact 对口 | near 相近 | unrelated 不对口（有人认定）"`
	Path  []string `json:"path" doc:"怎样对应的，逐步"`
	Said  bool     `json:"said" doc:"由人认定"`
}

type findDoc struct {
	Rule     string `json:"rule"`
	Article  string `json:"article"`
	Severity string `json:"severity"`
	Field    string `json:"field"`
	Sentence string `json:"sentence"`
	Fix      string `json:"fix"`
}

func postDocOf(p *partnership.Post) postDoc {
	d := postDoc{ID: p.ID, Rev: p.Rev, State: string(p.State), Kind: string(p.Kind), Title: p.Title, Company: p.Company, CompanyName: p.CompanyName,
		Duties: p.Duties, Skills: list(p.Skills), Majors: []linkedDoc{}, Slots: p.Slots, Left: p.Left(), From: p.From, To: p.To, ClosesOn: p.ClosesOn, PayFen: p.PayFen,
		Lodging: p.Lodging, Meals: p.Meals, Transport: p.Transport, Sites: list(p.Sites), Region: p.Region, Address: p.Address, Findings: []findDoc{}, Sample: p.Sample}
	for _, l := range slices.Concat(p.Links, p.Unlinked) {
		d.Majors = append(d.Majors, linkedDoc{l.Code, l.Name, l.Level, list(l.Path), l.Said})
	}
	if len(p.Guesses) > 0 {
		g := p.Guesses[0]
		d.Occupation = &guessDoc{g.Code, g.Name, g.Score, g.Said, list(g.Why)}
	}
	d.AlignedBy, d.Corrections, d.Why = p.AlignedBy, []sayDoc{}, []string{}
	for _, f := range p.Findings {
		d.Findings = append(d.Findings, findDoc{f.Rule, f.Article, f.Severity, f.Field, f.Sentence, f.Fix})
	}
	return d
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

type matchDoc struct {
	Post        string    `json:"post"`
	PostTitle   string    `json:"post_title"`
	CompanyName string    `json:"company_name"`
	Cohort      string    `json:"cohort"`
	CohortName  string    `json:"cohort_name"`
	SchoolName  string    `json:"school_name"`
	Score       int       `json:"score" doc:"百分之一分，0 到 10000"`
	Level       string    `json:"level"`
	Parts       []partDoc `json:"parts"`
	Reasons     []string  `json:"reasons"`
	Raise       []string  `json:"raise" doc:"怎样能更高"`
	Version     string    `json:"version" doc:"公式和权重的版本"`
	Sample      bool      `json:"sample"`
}

type partDoc struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Got  int    `json:"got"`
	Of   int    `json:"of"`
}

func matchDocs(all []partnership.Match) []matchDoc {
	out := make([]matchDoc, 0, len(all))
	for _, m := range all {
		d := matchDoc{m.Post, m.PostTitle, m.CompanyName, m.Cohort, m.CohortName, m.SchoolName, m.Score, m.Level, []partDoc{}, list(m.Reasons), list(m.Raise), m.Version, m.Sample}
		for _, p := range m.Parts {
			d.Parts = append(d.Parts, partDoc{p.Key, p.Name, p.Got, p.Of})
		}
		out = append(out, d)
	}
	return out
}

type cohortDoc struct {
	ID         string   `json:"id"`
	Rev        int64    `json:"rev"`
	State      string   `json:"state"`
	School     string   `json:"school"`
	SchoolName string   `json:"school_name"`
	Name       string   `json:"name"`
	Major      string   `json:"major"`
	MajorName  string   `json:"major_name"`
	EntryYear  int      `json:"entry_year"`
	Programme  string   `json:"programme"`
	Size       int      `json:"size"`
	Priority   int      `json:"priority" doc:"其中优先安置人数"`
	From       string   `json:"from"`
	To         string   `json:"to"`
	Skills     []string `json:"skills"`
	Needs      string   `json:"needs"`
	Sample     bool     `json:"sample"`
}

func cohortDocOf(c *partnership.Cohort) cohortDoc {
	return cohortDoc{c.ID, c.Rev, string(c.State), c.School, c.SchoolName, c.Name, c.Major, c.MajorName, c.EntryYear, c.Programme, c.Size, c.Priority, c.From, c.To, list(c.Skills), c.Needs, c.Sample}
}

type companyDoc struct {
	ID         string   `json:"id"`
	State      string   `json:"state"`
	Name       string   `json:"name"`
	Spellings  []string `json:"spellings"`
	CreditCode string   `json:"credit_code"`
	Industry   string   `json:"industry"`
	Cluster    string   `json:"cluster"`
	Region     string   `json:"region"`
	Address    string   `json:"address"`
	Staff      int      `json:"staff" doc:"在岗职工，0 为未知"`
	StaffAsOf  string   `json:"staff_as_of"`
	Sample     bool     `json:"sample"`
}

func companyDocOf(c *partnership.Company) companyDoc {
	return companyDoc{c.ID, string(c.State), c.Name, list(c.Spellings), c.CreditCode, c.Industry, c.Cluster, c.Region, c.Address, c.Staff, c.StaffAsOf, c.Sample}
}

type baseDoc struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	OwnerName     string   `json:"owner_name"`
	Kind          string   `json:"kind"`
	Level         string   `json:"level"`
	Majors        []string `json:"majors"`
	Trades        string   `json:"trades"`
	Workstations  int      `json:"workstations"`
	EquipmentFen  int64    `json:"equipment_fen"`
	OpenToOthers  bool     `json:"open_to_others"`
	Sample        bool     `json:"sample"`
	Rev           int64    `json:"rev" doc:"修改次数，修改时带回"`
	OpenTo        int      `json:"open_to" doc:"其他学校最多能订的工位"`
	TeacherPlaces int      `json:"teacher_places" doc:"教师实践岗位"`
}

func baseDocOf(b *partnership.TrainingBase) baseDoc {
	return baseDoc{b.ID, b.Name, b.OwnerName, b.Kind, b.Level, list(b.Majors), b.Trades, b.Workstations, b.EquipmentCents, b.OpenToOthers, b.Sample, b.Rev, b.OpenTo(), b.TeacherPlaces}
}

type hitDoc struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Company string   `json:"company"`
	Score   float64  `json:"score" doc:"0 到 100，只在一次结果内可比"`
	Why     []string `json:"why"`
	Snippet string   `json:"snippet"`
	Pay     int      `json:"pay" doc:"元/月，0 为未知"`
}

func hitDocs(hits []search.Hit) []hitDoc {
	out := make([]hitDoc, 0, len(hits))
	for _, h := range hits {
		out = append(out, hitDoc{h.Kind, h.ID, h.Title, h.Company, h.Score, list(h.Why), h.Snippet, h.Pay})
	}
	return out
}

type figureDoc struct {
	Rate        string `json:"rate"`
	Name        string `json:"name"`
	Version     string `json:"version" doc:"定义版本"`
	Year        int    `json:"year"`
	By          string `json:"by"`
	Group       string `json:"group"`
	School      string `json:"school"`
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator"`
	Percent     string `json:"percent"`
	Amount      string `json:"amount"`
	Unit        string `json:"unit"`
	CutOff      string `json:"cut_off" doc:"统计截止日"`
	Hidden      bool   `json:"hidden" doc:"人数过少，不公布"`
	Sample      bool   `json:"sample"`
}

func figureDocs(all []partnership.Figure) []figureDoc {
	out := make([]figureDoc, 0, len(all))
	for _, f := range all {
		out = append(out, figureDoc{f.Rate, f.Name, f.Version, f.Year, f.By, f.Group, f.School, f.Numerator, f.Denominator, f.Percent, f.Amount, f.Unit, f.CutOff, f.Hidden, f.Sample})
	}
	return out
}

type demandDoc struct {
	Code     string `json:"code"`
	Category string `json:"category"`
	Posts    int64  `json:"posts"`
	Slots    int64  `json:"slots"`
	Cohorts  int64  `json:"cohorts"`
	Students int64  `json:"students"`
}

type dashboardDoc struct {
	Year   int         `json:"year"`
	Years  []int       `json:"years"`
	AsOf   string      `json:"as_of"`
	Totals []figureDoc `json:"totals"`
	School []figureDoc `json:"by_school"`
	Trend  []figureDoc `json:"trend"`
	Demand []demandDoc `json:"demand"`
}

func dashboardDocOf(d *exchange.Dashboard) dashboardDoc {
	out := dashboardDoc{Year: d.Year, Years: d.Years, AsOf: d.AsOf, Totals: figureDocs(d.Totals), School: figureDocs(d.BySchool), Trend: figureDocs(d.Trend), Demand: []demandDoc{}}
	if out.Years == nil {
		out.Years = []int{}
	}
	for _, r := range d.Demand {
		out.Demand = append(out.Demand, demandDoc{r.Code, r.Category, r.Posts, r.Slots, r.Cohorts, r.Students})
	}
	return out
}

type roundDoc struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Mode     string         `json:"mode"`
	State    string         `json:"state"`
	Students int            `json:"students"`
	Seats    int            `json:"seats"`
	Placed   int            `json:"placed"`
	Score    int64          `json:"score"`
	Bound    int64          `json:"bound" doc:"得分的上限；与得分相等即为最优"`
	Verdict  string         `json:"verdict"`
	Digest   string         `json:"digest" doc:"输入的摘要"`
	Weights  map[string]int `json:"weights" doc:"计分用的权重，1 分为 100"`
	Seed     uint64         `json:"seed" doc:"公布的抽签种子"`
	Unplaced []unmetDoc     `json:"unplaced"`
	Cold     []unmetDoc     `json:"cold"`
	Lines    []lineDoc      `json:"lines"`
	Sample   bool           `json:"sample"`
}

type unmetDoc struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Count   int      `json:"count"`
	Kind    string   `json:"kind"`
	Why     string   `json:"why"`
	Change  string   `json:"change" doc:"最少改变什么就能解决"`
	Blocked []string `json:"blocked" doc:"更想去的岗位为什么没有去成"`
}

type lineDoc struct {
	Cohort     string   `json:"cohort"`
	CohortName string   `json:"cohort_name"`
	Post       string   `json:"post"`
	PostTitle  string   `json:"post_title"`
	Company    string   `json:"company_name"`
	Count      int      `json:"count"`
	Score      int      `json:"score"`
	Why        []string `json:"why"`
	Place      string   `json:"place" doc:"这个岗位在可去的岗位中处于什么位置"`
	Blocked    []string `json:"blocked" doc:"更合适的岗位为什么没有去成"`
	State      string   `json:"state"`
}

func unmetDocs(all []partnership.Unmet) []unmetDoc {
	out := make([]unmetDoc, 0, len(all))
	for _, u := range all {
		out = append(out, unmetDoc{u.ID, u.Name, u.Count, u.Kind, u.Why, u.Change, list(u.Blocked)})
	}
	return out
}

func roundDocOf(r *partnership.Round, lines []partnership.Allocation) roundDoc {
	d := roundDoc{r.ID, r.Name, string(r.Mode), string(r.State), r.Students, r.Seats, r.Placed, r.Score, r.Bound, r.Verdict, r.Digest, r.Weights, r.Seed, unmetDocs(r.Unplaced), unmetDocs(r.Cold), []lineDoc{}, r.Sample}
	for _, a := range lines {
		d.Lines = append(d.Lines, lineDoc{a.Cohort, a.CohortName, a.Post, a.PostTitle, a.CompanyName, a.Count, a.Score, list(a.Why), a.Place, list(a.Blocked), a.State})
	}
	return d
}
