package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// selectionRoutes are the pages of a two-way selection (双选): what is handed in, the
// choices of a class, the candidates of a post; and what a round leaves for a file.
func (s *Site) selectionRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	mine, theirs := access{roles: schools}, access{roles: companies}
	return []route{
		{get, "/rounds/:id/file", access{roles: schoolSide}, s.roundFile},
		{get, "/rounds/:id/runs/:key", access{roles: schoolSide}, s.roundRun},
		{post, "/rounds/:id/act", access{roles: schoolSide}, s.actSelection},
		{get, "/rounds/:id/choices/:key", mine, s.choicesOf},
		{post, "/rounds/:id/choices/:key", mine, s.saveChoice},
		{post, "/rounds/:id/recommend/:key", mine, s.recommend},
		{get, "/rounds/:id/candidates/:key", theirs, s.candidatesOf},
		{post, "/rounds/:id/candidates/:key", theirs, s.saveRanking},
	}
}

type selectionPage struct {
	page
	Round   partnership.Round
	State   mark
	Facts   []fact
	Cohorts []selectionRow
	Posts   []selectionRow
	Act     string // address of the button below; empty for none
	Verb    string
	Button  string
	Run     string // address that runs the round; empty for none
	Import  bool
	Company bool
	Choose  bool // students still choose
}

// selectionRow is a class with what is handed in, or a post with who chose it.
type selectionRow struct {
	URL, Name, Party, Of, Have string
	State                      mark
}

// showSelection is the page of a selection that collects.
func (s *Site) showSelection(v *visit, r *partnership.Round) error {
	view, err := s.exchange.Selection(v.ctx(), v.actor, r.ID)
	if err != nil {
		return err
	}
	sel, base := r.Selection, roundURL(r.ID)
	p := &selectionPage{page: page{Title: r.Name, Crumbs: []link{{URL: "/rounds", Label: "匹配轮次"}, {Label: r.Name}}}, Round: *r, State: mark{view.Phase.Words(), "info"},
		Import: view.MayEnter, Company: v.actor.Role == partnership.RoleCompany, Choose: view.Phase == partnership.PhaseChoosing}
	p.Facts = []fact{{"学生志愿截止", day(sel.ChoicesBy) + yesNo(sel.ChoicesCut, "（已提前截止）", "")}, {"企业排序截止", day(sel.RanksBy) + yesNo(sel.RanksCut, "（已提前截止）", "")},
		{"抽签种子（事先公布）", strconv.FormatUint(r.Seed, 10)}, {"同名次怎么办", "家庭经济困难的在前，上一轮落空多的在前，再按种子抽签"}}
	if !p.Company {
		p.Facts = append(p.Facts, fact{"还没有交志愿", number(view.Silence.Mute) + " 人（共 " + number(view.Silence.Students) + " 人）"})
	}
	for _, c := range view.Cohorts {
		row := selectionRow{Name: c.Name, Party: c.School, Of: number(c.Students), Have: number(c.Handed), State: mark{"还差 " + number(c.Students-c.Handed) + " 人", "warn"}}
		if c.Students <= c.Handed {
			row.State = mark{"已齐", "good"}
		}
		if c.Students == 0 {
			row.State = mark{"没有名册", "bad"}
		}
		if v.actor.Role == partnership.RoleSchool {
			row.URL = base + "/choices/" + url.PathEscape(c.Cohort)
		}
		p.Cohorts = append(p.Cohorts, row)
	}
	for _, c := range view.Posts {
		row := selectionRow{Name: c.Title, Party: c.CompanyName, Of: number(c.Slots), Have: number(c.Candidates), State: mark{"没有规则和排序，按适配分", "warn"}}
		if c.Ranking != nil && !c.Ranking.Silent {
			row.State = mark{c.Ranking.Rule.Words(), "good"}
			if n := len(c.Ranking.Order); n > 0 {
				row.State.Words = "已排 " + number(n) + " 人，其余" + row.State.Words
			}
		}
		if p.Company {
			row.URL = base + "/candidates/" + url.PathEscape(c.Post)
		}
		p.Posts = append(p.Posts, row)
	}
	for _, verb := range view.Verbs {
		p.Act, p.Verb, p.Button = base+"/act", verb.Key, verb.Words
	}
	if view.Phase == partnership.PhaseOver && r.State == partnership.RoundCollecting && s.mayRun(v, r) {
		p.Run = base + "/run"
	}
	return s.render(v, http.StatusOK, "selection", p)
}

func (s *Site) mayRun(v *visit, r *partnership.Round) bool {
	return v.actor.SeesAll() || v.actor.Role == partnership.RoleSchool && v.actor.SpeaksFor(r.Owner)
}

func (s *Site) actSelection(v *visit) error {
	r, err := s.exchange.ActSelection(v.ctx(), v.actor, v.Param("id"), v.PostForm("verb"))
	if err != nil {
		return err
	}
	v.flash("已截止，现在是“" + r.Selection.Phase(s.today()).Words() + "”")
	return redirectTo(v, roundURL(r.ID))
}

type choicesPage struct {
	page
	Round    partnership.Round
	Back     string
	Action   string
	Group    string // address of the group form
	Rows     []choiceRow
	Options  []option // posts that may be chosen, the best fit first
	Wishes   []string // numbers of the choices
	Open     bool
	Handed   string
	Silent   string
	Errors   []formError
	Whole    []string
	Selected string
}

type choiceRow struct {
	ID, Number, Name string
	Posts            []string // in words
	Chosen           []string // ids
	Group            bool
	Held             bool
	Result           string
	Why              []string
}

func (s *Site) choicesOf(v *visit) error { return s.showChoices(v, http.StatusOK, nil) }

func (s *Site) showChoices(v *visit, status int, refused error) error {
	view, err := s.exchange.Choices(v.ctx(), v.actor, v.Param("id"), v.Param("key"))
	if err != nil {
		return err
	}
	titles := map[string]string{}
	p := &choicesPage{Round: view.Round, Open: view.Open, Back: roundURL(view.Round.ID), Selected: v.Query("student")}
	p.page = page{Title: view.Cohort.Name + " 的志愿", Crumbs: []link{{URL: "/rounds", Label: "匹配轮次"}, {URL: p.Back, Label: view.Round.Name}, {Label: view.Cohort.Name}}}
	p.Action, p.Group = p.Back+"/choices/"+url.PathEscape(view.Cohort.ID), p.Back+"/recommend/"+url.PathEscape(view.Cohort.ID)
	for _, m := range view.Options {
		titles[m.Post] = m.PostTitle + "（" + m.CompanyName + "）"
		p.Options = append(p.Options, option{Value: m.Post, Label: titles[m.Post] + " " + points(m.Score) + " 分"})
	}
	for i := range partnership.ChoicesMost {
		p.Wishes = append(p.Wishes, plain(i+1))
	}
	handed := 0
	for i := range view.Rows {
		r := &view.Rows[i]
		row := choiceRow{ID: r.ID, Number: r.Number, Name: r.Name, Held: r.Held != ""}
		if c := r.Choice; c != nil {
			handed++
			row.Chosen, row.Group = c.Posts, c.Group != ""
			for _, id := range c.Posts {
				name := titles[id]
				if name == "" {
					name = "已不在招收的岗位"
				}
				row.Posts = append(row.Posts, name)
			}
			if c.Result != nil && view.Round.State != partnership.RoundCollecting {
				row.Result, row.Why = "没有排上", append([]string{c.Result.Why}, c.Result.Blocked...)
				if c.Result.Post != "" {
					row.Result = "第 " + plain(c.Result.Wish) + " 志愿：" + c.Result.PostTitle
				}
				if c.Result.Change != "" {
					row.Why = append(row.Why, "怎样能排上："+c.Result.Change)
				}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Handed, p.Silent = number(handed), number(len(p.Rows)-handed)
	if v.Query("format") != "" {
		return s.exportChoices(v, p)
	}
	if refused != nil {
		f := newForm(nil)
		if !f.refused(refused, nil) {
			return refused
		}
		for _, name := range sortedKeys(f.bad) {
			p.Whole = append(p.Whole, f.bad[name]...)
		}
		p.Whole = append(p.Whole, f.Whole...)
	}
	return s.render(v, status, "choices", p)
}

// exportChoices sends the choices of a class in the columns they are imported by.
func (s *Site) exportChoices(v *visit, p *choicesPage) error {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return err
	}
	return s.sendRows(v, format, sheets.Choices(), false, func(yield func(map[string]any, error) bool) {
		for i := range p.Rows {
			row := map[string]any{"student_no": p.Rows[i].Number, "round": p.Round.Name}
			for k, id := range p.Rows[i].Chosen {
				row["choice"+plain(k+1)] = id
			}
			if !yield(row, nil) {
				return
			}
		}
	})
}

// chosenPosts reads the ranked posts of a form, empty ones left out.
func chosenPosts(v *visit) []string {
	var out []string
	for i := range partnership.ChoicesMost {
		if id := strings.TrimSpace(v.PostForm("choice" + plain(i+1))); id != "" {
			out = append(out, id)
		}
	}
	return out
}

func (s *Site) saveChoice(v *visit) error {
	c, err := s.exchange.SaveChoice(v.ctx(), v.actor, v.Param("id"), v.PostForm("student"), chosenPosts(v), nil)
	if err != nil {
		return s.showChoices(v, explain(err).Status, err)
	}
	v.flash("已保存 " + c.Number + " 的 " + number(len(c.Posts)) + " 个志愿")
	return redirectTo(v, roundURL(c.Round)+"/choices/"+url.PathEscape(c.Cohort))
}

func (s *Site) recommend(v *visit) error {
	cohort := v.Param("key")
	n, err := s.exchange.Recommend(v.ctx(), v.actor, v.Param("id"), exchange.Recommendation{Cohort: cohort, Posts: chosenPosts(v),
		Students: v.Request.PostForm["student"], Together: v.PostForm("together") != ""})
	if err != nil {
		return s.showChoices(v, explain(err).Status, err)
	}
	v.flash("已按同一张志愿表推荐 " + number(n) + " 名学生")
	return redirectTo(v, roundURL(v.Param("id"))+"/choices/"+url.PathEscape(cohort))
}

type candidatesPage struct {
	page
	Post, Action, Deadline string
	Rules                  []option
	Rows                   []rankRow
	MayRule, MayRank       bool
	Choosing               bool
	Whole                  []string
}

type rankRow struct {
	ID, Name, Class, Major, Skills, Score, Place string
	Why                                          []string
	Refused                                      bool
}

func (s *Site) candidatesOf(v *visit) error { return s.showCandidates(v, http.StatusOK, nil) }

func (s *Site) showCandidates(v *visit, status int, refused error) error {
	view, err := s.exchange.CandidatesOf(v.ctx(), v.actor, v.Param("id"), v.Param("key"))
	if err != nil {
		return err
	}
	back := roundURL(view.Round.ID)
	p := &candidatesPage{Post: view.Post.Title, Action: back + "/candidates/" + url.PathEscape(view.Post.ID), Deadline: day(view.Round.Selection.RanksBy),
		MayRule: view.MayRule, MayRank: view.MayRank, Choosing: view.MayRule && !view.MayRank}
	p.page = page{Title: view.Post.Title + " 的候选人", Crumbs: []link{{URL: "/rounds", Label: "双选"}, {URL: back, Label: view.Round.Name}, {Label: view.Post.Title}}}
	ranking := view.Ranking
	if ranking == nil {
		ranking = &partnership.Ranking{Rule: partnership.RankFit}
	}
	for _, rule := range partnership.RankRules() {
		p.Rules = append(p.Rules, option{Value: string(rule), Label: rule.Words(), Chosen: rule == ranking.Rule})
	}
	for i := range view.Candidates {
		c := &view.Candidates[i]
		row := rankRow{ID: c.ID, Name: c.Name, Class: c.SchoolName + " " + c.CohortName, Major: c.MajorName, Skills: joinWords("、", c.Skills...), Score: points(c.Score), Why: c.Reasons}
		if k := slices.Index(ranking.Order, c.ID); k >= 0 {
			row.Place = plain(k + 1)
		}
		p.Rows = append(p.Rows, row)
	}
	if refused != nil {
		f := newForm(nil)
		if !f.refused(refused, nil) {
			return refused
		}
		for _, name := range sortedKeys(f.bad) {
			p.Whole = append(p.Whole, f.bad[name]...)
		}
		p.Whole = append(p.Whole, f.Whole...)
	}
	return s.render(v, status, "candidates", p)
}

// saveRanking reads a place for each candidate, 0 or “不接收” for one the company does not
// take, nothing for those the rule orders.
func (s *Site) saveRanking(v *visit) error {
	draft := partnership.Ranking{Rule: partnership.RankRule(v.PostForm("rule"))}
	places, bad := map[int]string{}, partnership.Invalid{}
	for name := range v.Request.PostForm {
		id, ok := strings.CutPrefix(name, "place.")
		text := digits(strings.TrimSpace(v.PostForm(name)))
		if !ok || text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		switch {
		case text == "不接收":
			draft.Refused = append(draft.Refused, id)
		case err != nil || n < 1 || n > 5000:
			bad.Add("order", "“%s”不是名次，请填 1、2、3 这样的数字，或“不接收”，或留空", v.PostForm(name))
		case places[n] != "":
			bad.Add("order", "有两名候选人都排第 %d，请改开", n)
		default:
			places[n] = id
		}
	}
	for _, n := range sortedInts(places) {
		draft.Order = append(draft.Order, places[n])
	}
	slices.Sort(draft.Refused)
	err := bad.Err()
	if err == nil {
		_, err = s.exchange.SaveRanking(v.ctx(), v.actor, v.Param("id"), v.Param("key"), draft)
	}
	if err != nil {
		return s.showCandidates(v, explain(err).Status, err)
	}
	v.flash("排序已保存，截止前可以再改")
	return redirectTo(v, roundURL(v.Param("id"))+"/candidates/"+url.PathEscape(v.Param("key")))
}

func sortedInts[V any](m map[int]V) []int {
	out := make([]int, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
