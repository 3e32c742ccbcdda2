package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sunmao/services/outbox"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// What a Task opens besides the kinds of the index.
const (
	KindOffer     = "offer"
	KindPlacement = "placement"
	KindFollow    = "follow" // students on post
	KindImport    = "import"
	KindRound     = "round"
	KindOutcome   = "outcome"
	KindUnmet     = "unmet"   // 未满足的需求
	KindPledge    = "pledge"  // 合作登记 with a pledge that is due
	KindMessage   = "message" // 没有送达的消息
)

// Task is one thing that needs the actor.
type Task struct {
	Title, Why string
	Kind, ID   string // of the record to open; empty ID opens the list of the kind
	State      string // of the records in that list; empty for all
	Due        string // day, may be empty
	Count      int64
}

// soon is how many days before an end the worklist begins to tell of it.
const soon = 14

// Worklist is what needs the actor (待办), the earliest due first; what is due on no day
// comes last.
func (x *Exchange) Worklist(ctx context.Context, actor partnership.Actor) ([]Task, error) {
	w := &worklist{x: x, ctx: ctx, actor: actor, today: x.today(), later: partnership.Day(x.now().AddDate(0, 0, soon))}
	switch actor.Role {
	case partnership.RoleSchool:
		w.school()
	case partnership.RoleCompany:
		w.company()
	case partnership.RoleDistrict, partnership.RoleOperator:
		w.district()
	default:
		return nil, partnership.ErrForbidden
	}
	w.imports()
	if w.err != nil {
		return nil, fmt.Errorf("worklist: %w", w.err)
	}
	slices.SortStableFunc(w.tasks, func(a, b Task) int {
		return cmp.Or(cmp.Compare(cmp.Or(a.Due, "9999"), cmp.Or(b.Due, "9999")), -cmp.Compare(a.Count, b.Count))
	})
	return w.tasks, nil
}

// worklist gathers tasks; after the first error the rest does nothing.
type worklist struct {
	x            *Exchange
	ctx          context.Context //nolint:containedctx // lives for one call
	actor        partnership.Actor
	today, later string
	tasks        []Task
	err          error
}

func (w *worklist) add(t Task) { w.tasks = append(w.tasks, t) }

// placed adds one line for all placements that meet a condition: how many, with the
// earliest day in the field due. Only one of them is linked itself.
func (w *worklist) placed(where store.Filter, due string, t Task) {
	if w.err != nil {
		return
	}
	n, err := w.x.placements.Count(w.ctx, where)
	if err != nil || n == 0 {
		w.err = err
		return
	}
	first, err := w.x.placements.First(w.ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc(due)}})
	if errors.Is(err, partnership.ErrNotFound) {
		return // done in between
	}
	if err != nil {
		w.err = err
		return
	}
	t.Title, t.Count = fmt.Sprintf(t.Title, n), n
	t.Due = map[string]string{"from": first.From, "to": first.To, "insured_to": first.InsuredTo}[due]
	if n == 1 && t.Kind == KindPlacement {
		t.ID = first.ID
	}
	w.add(t)
}

func unsigned(who string) store.Filter { return store.Not(store.Field("agreement." + who).Gt("")) }

func inState(s partnership.PlacementState) store.Filter { return store.Field("state").Eq(string(s)) }

func (w *worklist) school() {
	mine := store.Field("school").Eq(w.actor.Party)
	state := func(s partnership.PlacementState, more ...store.Filter) store.Filter {
		return store.And(append([]store.Filter{mine, inState(s)}, more...)...)
	}
	accepted := string(partnership.PlacementAccepted)
	w.placed(state(partnership.PlacementProposed), "from", Task{Title: "%d 名学生还没有答复岗位", Why: "问过学生和监护人之后登记接受或谢绝，名额先到先得", Kind: KindPlacement, State: string(partnership.PlacementProposed)})
	w.placed(state(partnership.PlacementAccepted, unsigned("school_signed")), "from", Task{Title: "%d 份协议等学校签字", Why: "开始之前三方签齐才能上岗", Kind: KindPlacement, State: accepted})
	w.placed(state(partnership.PlacementAccepted, store.Or(unsigned("student_signed"), unsigned("student_consent"), unsigned("guardian_consent"))), "from",
		Task{Title: "%d 名学生缺本人或监护人的签字", Why: "学生签字、学生和监护人的知情同意由学校收齐后登记", Kind: KindPlacement, State: accepted})
	w.placed(state(partnership.PlacementAgreed, store.Field("from").Le(w.later)), "from", Task{Title: "%d 名学生即将上岗", Why: "核对还缺什么，齐了登记上岗", Kind: KindPlacement, State: string(partnership.PlacementAgreed)})
	w.placed(state(partnership.PlacementOnPost, store.Field("open").Gt(0)), "from", Task{Title: "%d 名学生有点名异常待处理", Why: "联系学生和企业，写明处理结果", Kind: KindFollow})
	if n := len(w.tasks); n > 0 && w.tasks[n-1].Kind == KindFollow {
		w.tasks[n-1].Due = w.today
	}
	w.placed(state(partnership.PlacementOnPost, store.Field("insured_to").Gt(""), store.Field("insured_to").Lt(w.later), store.Field("to").Gt(w.later)), "insured_to",
		Task{Title: "%d 名学生的实习责任保险将到期", Why: "保险要覆盖实习的每一天，请续保并登记", Kind: KindPlacement, State: string(partnership.PlacementOnPost)})
	w.placed(state(partnership.PlacementOnPost, store.Field("to").Le(w.later)), "to", Task{Title: "%d 名学生实习将满", Why: "双方写鉴定、材料归档后办结", Kind: KindPlacement, State: string(partnership.PlacementOnPost)})
	w.previews()
	w.selections(partnership.PhaseChoosing, "学生志愿 %s 截止，替学生填报或导入志愿表")
	w.openSeats(mine)
	w.cohorts(mine)
	w.classes(mine)
	w.pledges(mine)
	w.graduates(store.And(mine, store.Field("disputed").Eq(true)), OutcomesDisputed, "%d 条毕业去向有异议", "改正登记，或附上佐证维持；处理之前按去向不明计")
}

// openSeats are offers that the company accepted and that want students.
func (w *worklist) openSeats(mine store.Filter) {
	if w.err != nil {
		return
	}
	offers, err := w.x.allocations.All(w.ctx, store.Query{Where: store.And(mine, store.Field("state").Eq(offerAccepted)), Sort: []store.Sort{store.Desc("_c")}, Limit: 200})
	if err != nil || len(offers) == 0 {
		w.err = err
		return
	}
	ids := make([]string, len(offers))
	for i := range offers {
		ids[i] = offers[i].ID
	}
	named, err := w.x.placements.Group(w.ctx, store.And(store.Field("offer").In(ids), store.Field("state").In(append(holding(), string(partnership.PlacementProposed), string(partnership.PlacementCompleted)))), []string{"offer"})
	if err != nil {
		w.err = err
		return
	}
	have := map[string]int{}
	for _, r := range named {
		have[r.Text(0)] = int(r.Count)
	}
	lines, seats, only := 0, 0, ""
	for i := range offers {
		if left := offers[i].Count - have[offers[i].ID]; left > 0 {
			lines, seats, only = lines+1, seats+left, offers[i].ID
		}
	}
	if lines > 0 {
		t := Task{Title: fmt.Sprintf("%d 个名额待确定学生", seats), Why: fmt.Sprintf("企业已同意 %d 条安排，请确定去哪些学生", lines), Kind: KindOffer, State: offerAccepted, Count: int64(seats)}
		if lines == 1 {
			t.ID = only
		}
		w.add(t)
	}
}

// cohorts are open ones, those without any match first.
func (w *worklist) cohorts(mine store.Filter) {
	if w.err != nil {
		return
	}
	open, err := w.x.cohorts.All(w.ctx, store.Query{Where: store.And(mine, store.Field("state").Eq(string(partnership.CohortOpen))), Sort: []store.Sort{store.Asc("from"), store.Asc("name")}})
	if err != nil {
		w.err = err
		return
	}
	students, lonely := int64(0), 0
	for i := range open {
		c := &open[i]
		students += int64(c.Size)
		n, err := w.x.matches.Count(w.ctx, store.Field("cohort").Eq(c.ID))
		if err != nil {
			w.err = err
			return
		}
		if n == 0 {
			if lonely++; lonely <= 5 {
				w.add(Task{Title: c.Name + " 没有匹配的岗位", Why: "可放宽距离或待遇要求，或请区教委向企业征集岗位", Kind: KindCohort, ID: c.ID, Due: c.From, Count: int64(c.Size)})
			}
		}
	}
	if len(open) > 0 {
		w.add(Task{Title: fmt.Sprintf("%d 个班级批次待安置", len(open)), Why: "查看候选岗位和匹配理由", Kind: KindCohort, Due: open[0].From, Count: students})
	}
}

func (w *worklist) company() {
	mine := store.Field("company").Eq(w.actor.Party)
	state := func(s partnership.PlacementState, more ...store.Filter) store.Filter {
		return store.And(append([]store.Filter{mine, inState(s)}, more...)...)
	}
	w.offered(mine)
	w.placed(state(partnership.PlacementAccepted, unsigned("company_signed")), "from", Task{Title: "%d 份协议等企业签字", Why: "开始之前三方签齐才能上岗", Kind: KindPlacement, State: string(partnership.PlacementAccepted)})
	w.placed(store.And(mine, store.Field("state").In(string(partnership.PlacementAccepted), string(partnership.PlacementAgreed)), store.Not(store.Field("papers.company_tutor").Gt(""))), "from",
		Task{Title: "%d 名学生还没有企业指导教师", Why: "上岗之前要确定指导教师，并登记岗前培训", Kind: KindPlacement, State: string(partnership.PlacementAccepted)})
	w.placed(state(partnership.PlacementAgreed, store.Field("from").Le(w.later)), "from", Task{Title: "%d 名学生即将到岗", Why: "准备工位和防护用品，到岗当天登记上岗", Kind: KindPlacement, State: string(partnership.PlacementAgreed)})
	w.uncalled(state(partnership.PlacementOnPost))
	w.placed(state(partnership.PlacementOnPost, store.Field("to").Le(w.later), store.Not(store.Field("by_company.score").Ge(0))), "to",
		Task{Title: "%d 名学生等企业写实习鉴定", Why: "写好鉴定，学校才能办结", Kind: KindPlacement, State: string(partnership.PlacementOnPost)})
	w.selections(partnership.PhaseRanking, "企业排序 %s 截止，排出顺序或定一条规则")
	w.graduates(store.And(store.Field("employer_id").Eq(w.actor.Party), unansweredOutcome()), OutcomesUnanswered, "%d 名毕业生的去向等您确认", "学校登记他们在贵企业工作，属实请确认，不属实请提出异议")
	w.posts(mine)
	w.classes(mine)
	w.pledges(mine)
}

// offered are offers that wait for the company's answer, due when their posts close.
func (w *worklist) offered(mine store.Filter) {
	if w.err != nil {
		return
	}
	offers, err := w.x.allocations.All(w.ctx, store.Query{Where: store.And(mine, store.Field("state").Eq(offerOffered)), Limit: 200})
	if err != nil || len(offers) == 0 {
		w.err = err
		return
	}
	var posts []string
	students := 0
	for i := range offers {
		posts, students = append(posts, offers[i].Post), students+offers[i].Count
	}
	slices.Sort(posts)
	first, err := w.x.posts.First(w.ctx, store.Query{Where: store.And(store.Field("_id").In(slices.Compact(posts)), store.Field("closes_on").Gt("")), Sort: []store.Sort{store.Asc("closes_on")}})
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		w.err = err
		return
	}
	t := Task{Title: fmt.Sprintf("%d 条安排等您答复", len(offers)), Why: fmt.Sprintf("学校推荐 %d 名学生，同意或写明原因谢绝", students), Kind: KindOffer, State: offerOffered, Due: first.ClosesOn, Count: int64(len(offers))}
	if len(offers) == 1 {
		t.ID = offers[0].ID
	}
	w.add(t)
}

// uncalled says that today's roll has not been called.
func (w *worklist) uncalled(onPost store.Filter) {
	if w.err != nil {
		return
	}
	if day, err := time.Parse(time.DateOnly, w.today); err == nil && (day.Weekday() == time.Saturday || day.Weekday() == time.Sunday) {
		return
	}
	n, err := w.x.placements.Count(w.ctx, store.And(onPost, store.Not(store.Field("follow.called").Has(w.today))))
	if err != nil {
		w.err = err
		return
	}
	if n > 0 {
		w.add(Task{Title: fmt.Sprintf("今天还有 %d 名学生没有点名", n), Why: "只填不在岗或有情况的，其余一次登记", Kind: KindFollow, Due: w.today, Count: n})
	}
}

func (w *worklist) posts(mine store.Filter) {
	if w.err != nil {
		return
	}
	var posts []partnership.Post
	for _, state := range []partnership.PostState{partnership.PostReturned, partnership.PostDraft} { // each in the order of its index
		found, err := w.x.posts.All(w.ctx, store.Query{Where: store.And(mine, store.Field("state").Eq(string(state))), Sort: []store.Sort{store.Asc("closes_on")}, Limit: 50})
		if err != nil {
			w.err = err
			return
		}
		posts = append(posts, found...)
	}
	for i := range posts {
		p := &posts[i]
		t := Task{Title: "“" + p.Title + "”还是草稿", Why: "提交审核后学校才能看到", Kind: KindPost, ID: p.ID, Due: p.ClosesOn}
		if p.State == partnership.PostReturned {
			t.Title, t.Why = "“"+p.Title+"”被退回", lastWhy(p.Steps)
		}
		w.add(t)
	}
	if len(posts) > 0 {
		return
	}
	if n, err := w.x.posts.Count(w.ctx, mine); err != nil {
		w.err = err
	} else if n == 0 {
		w.add(Task{Title: "发布第一个岗位", Why: "填写岗位名称、工作内容、人数和时间，系统会推荐职业和专业", Kind: KindPost})
	}
}

// district is what an officer of a region decides about; the operator sees every region's.
func (w *worklist) district() {
	if w.err != nil {
		return
	}
	waiting, err := w.x.posts.Count(w.ctx, store.And(postsWithin(w.actor), store.Field("state").Eq(string(partnership.PostSubmitted))))
	if err != nil {
		w.err = err
		return
	}
	if waiting > 0 {
		w.add(Task{Title: fmt.Sprintf("%d 个岗位待审核", waiting), Why: "核对实习规定的提示后通过或退回", Kind: KindPost, State: string(partnership.PostSubmitted), Count: waiting})
	}
	pending, err := w.x.companies.Count(w.ctx, store.And(companiesWithin(w.actor), store.Field("state").Eq(string(partnership.CompanyPending))))
	if err != nil {
		w.err = err
		return
	}
	w.previews()
	own, err := w.x.ownSchools(w.ctx, w.actor)
	if err != nil {
		w.err = err
		return
	}
	w.graduates(store.And(own, store.Field("disputed").Eq(true)), OutcomesDisputed, "%d 条毕业去向有异议", "学校没有处理好的，由区教委裁定")
	w.undelivered()
	w.unmet()
	if pending > 0 {
		w.add(Task{Title: fmt.Sprintf("%d 家企业待审核", pending), Why: "核对统一社会信用代码、行业和在岗人数", Kind: KindCompany, State: string(partnership.CompanyPending), Count: pending})
	}
}

// previews are rounds of the actor's own that have a result nobody has published yet.
func (w *worklist) previews() {
	if w.err != nil {
		return
	}
	owner := cmp.Or(w.actor.Party, w.actor.Region)
	where := store.And(store.Field("owner").Eq(owner), store.Field("state").Eq(string(partnership.RoundPreview)))
	// Without the reasons of a round, which are most of it.
	for r, err := range store.Scan[struct {
		partnership.Record `json:",inline"`
		Name               string `json:"name"`
		Students           int    `json:"students"`
		Placed             int    `json:"placed"`
	}](w.ctx, w.x.rounds, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, Limit: 5}) {
		if err != nil {
			w.err = err
			return
		}
		w.add(Task{Title: "“" + r.Name + "”等您发布", Why: fmt.Sprintf("%d 人中安置 %d 人；看过没有安置的原因之后发布或调整", r.Students, r.Placed), Kind: KindRound, ID: r.ID})
	}
}

// graduates adds one line for all outcomes that meet a condition.
func (w *worklist) graduates(where store.Filter, state, title, why string) {
	if w.err != nil {
		return
	}
	n, err := w.x.outcomes.Count(w.ctx, where)
	if err != nil || n == 0 {
		w.err = err
		return
	}
	t := Task{Title: fmt.Sprintf(title, n), Why: why, Kind: KindOutcome, State: state, Count: n}
	first, err := w.x.outcomes.First(w.ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("ask_by")}})
	switch {
	case errors.Is(err, partnership.ErrNotFound): // done in between
		return
	case err != nil:
		w.err = err
		return
	case n == 1:
		t.ID = first.ID
	}
	if state == OutcomesUnanswered {
		t.Due = first.AskBy
	}
	w.add(t)
}

// selections are two-way selections that take lists of the actor's side now.
func (w *worklist) selections(phase partnership.Phase, why string) {
	if w.err != nil {
		return
	}
	found, err := w.x.rounds.All(w.ctx, store.Query{Where: store.Field("state").Eq(string(partnership.RoundCollecting)), Sort: []store.Sort{store.Desc("_c")}, Limit: 20})
	if err != nil {
		w.err = err
		return
	}
	for i := range found {
		r := &found[i]
		if ok, err := w.x.takesPart(w.ctx, w.actor, r); err != nil {
			w.err = err
			return
		} else if !ok || r.Selection.Phase(w.today) != phase {
			continue
		}
		due := r.Selection.ChoicesBy
		if phase == partnership.PhaseRanking {
			due = r.Selection.RanksBy
		}
		w.add(Task{Title: "“" + r.Name + "”正在征集", Why: fmt.Sprintf(why, due), Kind: KindRound, ID: r.ID, Due: due})
	}
}

// unmet is what the last night's roll-up found open on both sides.
func (w *worklist) unmet() {
	if w.err != nil {
		return
	}
	sums, _, err := w.x.UnmetSums(w.ctx, w.actor)
	if err != nil {
		w.err = err
		return
	}
	var posts, cohorts, students int64
	for _, s := range sums {
		if s.Side == partnership.UnmetPost {
			posts += s.Entries
		} else {
			cohorts, students = cohorts+s.Entries, students+s.Heads
		}
	}
	if posts+cohorts > 0 {
		w.add(Task{Title: fmt.Sprintf("%d 个岗位没有人应，%d 个班级还有学生没有岗位", posts, cohorts), Why: "按原因看缺口和最近的选择，请企业或学校调整", Kind: KindUnmet, Count: students})
	}
}

// undelivered are messages that did not get through: somebody has to call.
func (w *worklist) undelivered() {
	if w.err != nil {
		return
	}
	n, err := w.x.outbox.Count(w.ctx, store.And(outbox.Undelivered(), within(w.actor, "region")))
	if err != nil || n == 0 {
		w.err = err
		return
	}
	calls, err := w.x.outbox.Count(w.ctx, store.And(outbox.Undelivered(), store.Field("channel").Eq(string(partnership.ChannelPhone)), within(w.actor, "region")))
	if err != nil {
		w.err = err
		return
	}
	if n > calls {
		w.add(Task{Title: fmt.Sprintf("%d 条消息没有送达", n-calls), Why: "打电话告知对方，或再发一次", Kind: KindMessage, Count: n - calls})
	}
	if calls > 0 {
		w.add(Task{Title: fmt.Sprintf("%d 个账号收不到通知，有待办要打电话告知", calls), Why: "没有留邮箱和群机器人；名单上有电话、待办和期限", Kind: KindMessage, Count: calls})
	}
}

// imports are files of the actor's that wait for a decision.
func (w *worklist) imports() {
	if w.err != nil {
		return
	}
	where := store.And(ownImports(w.actor), store.Field("state").In(string(partnership.ImportReady), string(partnership.ImportRefused)))
	found, err := w.x.imports.All(w.ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, Limit: 5})
	if err != nil {
		w.err = err
		return
	}
	for i := range found {
		b := &found[i]
		t := Task{Title: "“" + b.File + "”等您确认写入", Why: "检查已完成，确认后才写入", Kind: KindImport, ID: b.ID, Due: w.today}
		switch {
		case b.State == partnership.ImportRefused:
			t.Why = "有不认识的表头，请对应后继续"
		case b.Bad > 0:
			t.Title, t.Count = fmt.Sprintf("“%s”有 %d 行错误", b.File, b.Bad), int64(b.Bad)
			t.Why = "下载错误表改好再传，或只写入没有错误的行"
		}
		w.add(t)
	}
}
