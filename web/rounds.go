package web

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sunmao/jobs"
	"sunmao/services/exchange"
	"sunmao/services/matching"
	"sunmao/services/partnership"
)

type roundsPage struct {
	page
	Rows []roundRow
	More string
	Form form
	// The numbers by which a round scores, below a fold.
	Weights []section
	MayRun  bool
}

type roundRow struct {
	URL, Name, Mode, Students, Seats, Placed, At string
	State                                        mark
	Sample                                       bool
}

func roundMark(s partnership.RoundState) mark {
	tones := map[partnership.RoundState]string{partnership.RoundCollecting: "info", partnership.RoundPreview: "warn", partnership.RoundPublished: "good"}
	return mark{s.Words(), tones[s]}
}

func roundURL(id string) string { return "/rounds/" + url.PathEscape(id) }

func (s *Site) rounds(v *visit) error { return s.showRounds(v, http.StatusOK, newForm(nil)) }

func (s *Site) showRounds(v *visit, status int, f *form) error {
	found, next, err := s.exchange.Rounds(v.ctx(), v.actor, exchange.List{After: v.Query("after"), Limit: 20})
	if err != nil {
		return err
	}
	modes := []option{{Value: string(partnership.ModeAssign), Label: "统筹分配：让总适配分最高"}, {Value: string(partnership.ModeStable), Label: "双向选择：没有两边都更想换的一对"}}
	f.Action = "/rounds"
	points, numbers := f.weightFields()
	f.done([]section{{Fields: []field{
		f.field("name", "轮次名称", field{Width: 6, Hint: "留空则用日期命名"}),
		f.field("mode", "分配方式", field{Kind: "select", Width: 6, Options: modes}),
		f.field("choices_by", "学生志愿截止", field{Kind: "date", Width: 6, Hint: "只用于双向选择。填了先征集志愿和排序；不填就按两边的适配分直接运行"}),
		f.field("ranks_by", "企业排序截止", field{Kind: "date", Width: 6, Hint: "不早于学生志愿截止"}),
	}}, {"各项的分数，合计 100 分", points}, {"怎样算满分", numbers}})
	p := &roundsPage{page: page{Title: "匹配轮次", Crumbs: []link{{Label: "匹配轮次"}}}, Form: *f, Weights: f.Sections[1:], MayRun: v.actor.Role != partnership.RoleCompany}
	p.Form.Sections = f.Sections[:1]
	if next != "" {
		p.More = "/rounds?after=" + url.QueryEscape(next)
	}
	for _, r := range found {
		p.Rows = append(p.Rows, roundRow{roundURL(r.ID), r.Name, r.Mode.Words(), number(r.Students), number(r.Seats), number(r.Placed), moment(r.Created), roundMark(r.State), r.Sample})
	}
	return s.render(v, status, "rounds", p)
}

// weightFields are the controls for the weights of a round; those not sent show the
// default.
func (f *form) weightFields() (points, numbers []field) {
	stored := matching.DefaultWeights().Map()
	for _, n := range matching.Numbers() {
		c := f.field(n.Key, n.Words, field{Kind: "number", Width: 3, Unit: n.Unit})
		if _, sent := f.values[n.Key]; !sent {
			c.Value = n.Show(stored[n.Key])
		}
		if n.Points {
			points = append(points, c)
		} else {
			numbers = append(numbers, c)
		}
	}
	return points, numbers
}

// weights reads what weightFields sent; an empty number is the default.
func (f *form) weights() map[string]int {
	out := map[string]int{}
	for _, n := range matching.Numbers() {
		switch {
		case f.text(n.Key) == "":
		case n.Points:
			out[n.Key] = int(math.Round(f.decimal(n.Key) * matching.Full / 100))
		default:
			out[n.Key] = f.whole(n.Key)
		}
	}
	return out
}

type roundPage struct {
	page
	Round                  partnership.Round
	State                  mark
	Facts                  []fact
	Share                  figureCell
	Lines                  []allocationRow
	Unplaced               []unmetRow // the first few, the rest below a fold
	Cold                   []unmetRow
	MoreUnplaced, MoreCold []unmetRow
	Hidden                 string // lines not shown, and the address that shows them
	AllURL                 string
	Left                   string // students without a place
	Empty                  string // slots nobody got
	Barred                 []pair // pairs that may not be made, kept when running again
	Preview                bool
	CanRun                 bool
	Modes                  []option
	Runs                   []link // results before this one, the newest first
	Action                 string
}

type allocationRow struct {
	Pair                                      string // cohort:post
	CohortURL, Cohort, PostURL, Post, Company string
	Count, Score, State, Place                string
	Why, Blocked                              []string
	Sample                                    bool
}

type unmetRow struct {
	URL, Name, Count, Why, Change string
	Blocked                       []string
}

// linesShown keeps a round's page short; one link shows the rest.
const linesShown = 60

func (s *Site) round(v *visit) error {
	view, err := s.exchange.Round(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	r := &view.Round
	if r.State == partnership.RoundCollecting || v.actor.Role == partnership.RoleCompany {
		return s.showSelection(v, r)
	}
	p := &roundPage{page: page{Title: r.Name, Crumbs: []link{{URL: "/rounds", Label: "匹配轮次"}, {Label: r.Name}}}, Round: *r, State: roundMark(r.State),
		Preview: r.State == partnership.RoundPreview, CanRun: view.CanRun, Action: roundURL(r.ID),
		Modes: choose([]option{{Value: string(partnership.ModeAssign), Label: partnership.ModeAssign.Words()}, {Value: string(partnership.ModeStable), Label: partnership.ModeStable.Words()}}, string(r.Mode))}
	average := "—"
	if r.Placed > 0 {
		average = points(int(r.Score / int64(r.Placed)))
	}
	p.Facts = []fact{{"分配方式", r.Mode.Words()}, {"参加学生", number(r.Students) + " 人"}, {"可用名额", number(r.Seats) + " 个"}, {"安置", number(r.Placed) + " 人"}, {"平均适配分", average},
		{"计分权重", cmp.Or(strings.Join(matching.Changed(r.Weights), "、"), "默认")}, {"结论", orDash(r.Verdict)}, {"输入摘要", orDash(cutWords(r.Digest, 16))}, {"最后运行", lastStep(r.Steps)}}
	if sel := r.Selection; sel != nil && sel.Silence != nil {
		p.Facts = append(p.Facts, fact{"没有交志愿", number(sel.Silence.Mute) + " 人（共 " + number(sel.Silence.Students) + " 人）"},
			fact{"有人填报而企业没有排序", orDash(joinWords("；", sel.Silence.Unranked...))}, fact{"抽签种子", strconv.FormatUint(r.Seed, 10)})
	}
	if view.CanRun {
		for n := r.Runs; n > 0; n-- {
			p.Runs = append(p.Runs, link{URL: roundURL(r.ID) + "/runs/" + plain(n), Label: "第 " + plain(n) + " 次运行"})
		}
	}
	shown := view.Allocations
	if len(shown) > linesShown && v.Query("all") == "" {
		p.Hidden, p.AllURL = number(len(shown)-linesShown), roundURL(r.ID)+"?all=1"
		shown = shown[:linesShown]
	}
	for _, a := range shown {
		at := pageOf(exchange.KindCohort, a.Cohort)
		if r.Selection != nil && v.actor.Role == partnership.RoleSchool {
			at = roundURL(r.ID) + "/choices/" + url.PathEscape(a.Cohort)
		}
		p.Lines = append(p.Lines, allocationRow{a.Cohort + ":" + a.Post, at, a.CohortName, pageOf(exchange.KindPost, a.Post), a.PostTitle, a.CompanyName,
			headcount(&a), points(a.Score), lineWords(r, &a), a.Place, a.Why, a.Blocked, a.Sample})

	}
	left, empty := 0, 0
	for _, u := range r.Unplaced {
		left += u.Count
		p.Unplaced = append(p.Unplaced, unmetRow{pageOf(exchange.KindCohort, u.ID), u.Name, number(u.Count), u.Why, u.Change, u.Blocked})
	}
	for _, u := range r.Cold {
		empty += u.Count
		p.Cold = append(p.Cold, unmetRow{pageOf(exchange.KindPost, u.ID), u.Name, number(u.Count), u.Why, u.Change, u.Blocked})
	}
	p.Unplaced, p.MoreUnplaced = fold(p.Unplaced)
	p.Cold, p.MoreCold = fold(p.Cold)
	p.Left, p.Empty = number(left), number(empty)
	for _, pair2 := range r.Forbidden {
		p.Barred = append(p.Barred, pair{pair2, s.pairWords(pair2, view.Allocations)})
	}
	return s.render(v, http.StatusOK, "round", p)
}

// headcount is how many go, and how many of them through the green channel.
func headcount(a *partnership.Allocation) string {
	if a.Priority == 0 {
		return number(a.Count)
	}
	return number(a.Count) + "（绿色通道 " + number(a.Priority) + "）"
}

// lineWords is the state of a line: what was a preview waits for answers once the
// round is published.
func lineWords(r *partnership.Round, a *partnership.Allocation) string {
	if r.State == partnership.RoundPublished && a.State == "preview" {
		return allocationWords("offered")
	}
	return allocationWords(a.State)
}

// fold keeps the first ten rows in sight.
func fold(rows []unmetRow) (first, rest []unmetRow) {
	if len(rows) <= 12 {
		return rows, nil
	}
	return rows[:10], rows[10:]
}

// pairWords names a cohort:post pair as far as the result still knows its two sides.
func (s *Site) pairWords(id string, lines []partnership.Allocation) string {
	cohort, post, _ := strings.Cut(id, ":")
	cohortName, postName := cohort, post
	for _, a := range lines {
		if a.Cohort == cohort {
			cohortName = a.CohortName
		}
		if a.Post == post {
			postName = a.PostTitle + "（" + a.CompanyName + "）"
		}
	}
	return cohortName + " 与 " + postName
}

func cutWords(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func lastStep(steps []partnership.Step) string {
	if len(steps) == 0 {
		return "—"
	}
	return moment(steps[len(steps)-1].At)
}

// runRound runs a new round, or a preview again with pairs barred.
func (s *Site) runRound(v *visit) error {
	f := newForm(v.Request.PostForm)
	draft := partnership.Round{Name: f.text("name"), Mode: partnership.RoundMode(f.text("mode")), Weights: f.weights()}
	if len(f.bad) > 0 {
		return s.showRounds(v, http.StatusUnprocessableEntity, f)
	}
	if draft.Mode == partnership.ModeStable && (f.text("choices_by") != "" || f.text("ranks_by") != "") {
		draft.Selection = &partnership.Selection{ChoicesBy: f.text("choices_by"), RanksBy: f.text("ranks_by")}
	}
	if id := v.Param("id"); id != "" {
		view, err := s.exchange.Round(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		draft = view.Round
		draft.Mode = partnership.RoundMode(f.text("mode"))
		draft.Forbidden = f.values["bar"]
		draft.Students, draft.Seats = 0, 0
	}
	actor := v.actor
	err := s.work(v, joinWords(" ", "运行轮次", draft.Name), func(ctx context.Context) (jobs.Outcome, error) {
		view, err := s.exchange.RunRound(ctx, actor, draft)
		if err != nil {
			return jobs.Outcome{}, err
		}
		said := "已运行，这是预览。发布前不会通知任何人"
		if view.Round.State == partnership.RoundCollecting {
			said = "双选已开始，学校现在可以填志愿"
		}
		return jobs.Outcome{Words: said, URL: roundURL(view.Round.ID)}, nil
	})
	if err != nil && v.Param("id") == "" && f.refused(err, nil) {
		return s.showRounds(v, explain(err).Status, f)
	}
	return err
}

func (s *Site) publishRound(v *visit) error {
	r, err := s.exchange.PublishRound(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	v.flash("已发布，学校和企业现在可以答复")
	v.Redirect(http.StatusSeeOther, roundURL(r.ID))
	return nil
}
