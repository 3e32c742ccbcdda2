package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// RulingView is one ruling with what it touches.
type RulingView struct {
	partnership.Ruling
	Posts int64 // posts of this occupation that are open now
}

// Rulings lists the district's rulings on alignment, those with requests first, then the
// latest. The operator sees all; a district what was decided and what its own
// schools and companies ask, others what was decided and their own requests.
func (x *Exchange) Rulings(ctx context.Context, actor partnership.Actor) ([]RulingView, error) {
	all, err := x.rulings.All(ctx, store.Query{})
	if err != nil {
		return nil, fmt.Errorf("rulings: %w", err)
	}
	rows, err := x.posts.Group(ctx, store.And(postsWithin(actor), store.Field("state").Eq(string(partnership.PostOpen))), []string{"aligned_occ"})
	if err != nil {
		return nil, fmt.Errorf("posts by occupation: %w", err)
	}
	posts := map[string]int64{}
	for _, r := range rows {
		posts[r.Text(0)] = r.Count
	}
	asked, err := x.ownParties(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := make([]RulingView, 0, len(all))
	for _, r := range all {
		if actor.Role != partnership.RoleOperator {
			r.Asks = slices.DeleteFunc(r.Asks, func(a partnership.RulingAsk) bool { return !actor.SpeaksFor(a.Party) && !asked[a.Party] })
			r.Waiting = len(r.Asks)
			if len(r.Steps) == 0 && r.Waiting == 0 {
				continue
			}
		}
		out = append(out, RulingView{r, posts[r.Occ]})
	}
	slices.SortFunc(out, func(a, b RulingView) int {
		return cmp.Or(cmp.Compare(min(b.Waiting, 1), min(a.Waiting, 1)), cmp.Compare(b.Updated, a.Updated), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// ownParties are the schools and companies that a district oversees, none for other roles.
func (x *Exchange) ownParties(ctx context.Context, actor partnership.Actor) (map[string]bool, error) {
	out := map[string]bool{}
	if actor.Role != partnership.RoleDistrict {
		return out, nil
	}
	schools, err := x.schoolsWithin(ctx, actor)
	for _, id := range schools {
		out[id] = true
	}
	if err != nil {
		return out, err
	}
	for c, err := range store.Scan[partnership.Record](ctx, x.companies, store.Query{Where: companiesWithin(actor)}) {
		if err != nil {
			return out, fmt.Errorf("companies of a district: %w", err)
		}
		out[c.ID] = true
	}
	return out, nil
}

var errNotDistrict = partnership.Refuse(partnership.ErrForbidden, "全区的对口认定由区教委作出。学校和企业可以“提请认定”")

// Pair names the major and the occupation a ruling is about, by their codes.
type Pair struct{ Major, Occupation string }

// pair checks the codes and returns the stored ruling on them, or a blank one.
func (x *Exchange) pair(ctx context.Context, p Pair) (partnership.Ruling, error) {
	bad := partnership.Invalid{}
	m, err := x.cat().CheckMajor(p.Major)
	if err != nil {
		bad.Add("major", "%s", sentence(err))
	}
	o, err := x.checkOccupation(p.Occupation)
	if err != nil {
		bad.Add("occupation", "%s", sentence(err))
	}
	if err := bad.Err(); err != nil {
		return partnership.Ruling{}, err
	}
	r, err := x.rulings.Get(ctx, partnership.RulingID(m.Code, o.Code))
	if errors.Is(err, partnership.ErrNotFound) {
		r, err = partnership.Ruling{}, nil
		r.ID = partnership.RulingID(m.Code, o.Code)
	}
	plain := x.tables.plain.Align(m.Code, o.Code)
	r.Major, r.MajorName, r.Occ, r.OccName = m.Code, m.Name, o.Code, o.Name
	r.Computed, r.Path = string(plain.Level), plain.Path
	return r, err
}

// keep stores a ruling that was new or changed since it was read.
func (x *Exchange) keep(ctx context.Context, r *partnership.Ruling) error {
	if r.Rev == 0 {
		return x.rulings.Insert(ctx, r)
	}
	return x.rulings.Replace(ctx, r)
}

// change edits the ruling on a pair, again from the start when somebody was faster.
func (x *Exchange) change(ctx context.Context, p Pair, edit func(*partnership.Ruling) error) (partnership.Ruling, error) {
	const tries = 8
	for try := 1; ; try++ {
		r, err := x.pair(ctx, p)
		if err != nil {
			return r, err
		}
		if err := edit(&r); err != nil {
			return r, err
		}
		err = x.keep(ctx, &r)
		if raced := errors.Is(err, partnership.ErrConflict) || errors.Is(err, partnership.ErrDuplicate); !raced || try == tries {
			return r, err
		}
	}
}

// Rule decides for the whole district how close a major and an occupation are, and why.
// Posts and outcomes concerned follow at once if they are few, else within minutes by
// the job settle. It returns how many there are.
func (x *Exchange) Rule(ctx context.Context, actor partnership.Actor, p Pair, level, why string) (partnership.Ruling, int, error) {
	if !actor.SeesAll() {
		return partnership.Ruling{}, 0, errNotDistrict
	}
	if !knownLevel(level) {
		return partnership.Ruling{}, 0, partnership.Invalid{"level": {"请选择对口、相近或不对口"}}
	}
	r, err := x.change(ctx, p, func(r *partnership.Ruling) error { return r.Decide(actor, x.stamp(), level, why) })
	if err != nil {
		return r, 0, fmt.Errorf("rule: %w", err)
	}
	return x.ruled(ctx, r)
}

// WithdrawRuling goes back to what the tables say of a pair.
func (x *Exchange) WithdrawRuling(ctx context.Context, actor partnership.Actor, p Pair, why string) (partnership.Ruling, int, error) {
	if !actor.SeesAll() {
		return partnership.Ruling{}, 0, errNotDistrict
	}
	r, err := x.change(ctx, p, func(r *partnership.Ruling) error { return r.Withdraw(actor, x.stamp(), why) })
	if err != nil {
		return r, 0, fmt.Errorf("withdraw ruling: %w", err)
	}
	return x.ruled(ctx, r)
}

// DismissRuling answers the requests on a pair and leaves it as it is.
func (x *Exchange) DismissRuling(ctx context.Context, actor partnership.Actor, p Pair, why string) (partnership.Ruling, error) {
	if !actor.SeesAll() {
		return partnership.Ruling{}, errNotDistrict
	}
	return x.change(ctx, p, func(r *partnership.Ruling) error { return r.Dismiss(actor, x.stamp(), why) })
}

// AskRuling requests that the district rule on a pair (提请认定). post, if given, is the
// post it was asked at, which the actor must be able to see.
func (x *Exchange) AskRuling(ctx context.Context, actor partnership.Actor, p Pair, level, why, post string) (partnership.Ruling, error) {
	if actor.Party == "" {
		return partnership.Ruling{}, partnership.Refuse(partnership.ErrForbidden, "提请由学校或企业提出；区教委可以直接认定")
	}
	if !knownLevel(level) {
		return partnership.Ruling{}, partnership.Invalid{"level": {"请选择对口、相近或不对口"}}
	}
	if post != "" {
		if _, err := x.visiblePost(ctx, actor, post); err != nil {
			return partnership.Ruling{}, err
		}
	}
	ask := partnership.RulingAsk{Party: actor.Party, By: actor.Account, Name: actor.Name, Role: actor.Role, At: x.stamp(), Level: level, Why: why, Post: post}
	return x.change(ctx, p, func(r *partnership.Ruling) error {
		if r.InForce() && r.Level == level {
			return partnership.Refuse(partnership.ErrConflict, "区教委已经认定为%s，不需要再提请", catalogue.Closeness(level).Chinese())
		}
		return r.Ask(ask)
	})
}

// ruled brings what a fresh ruling touches up to date, or leaves it to the job if it is much.
func (x *Exchange) ruled(ctx context.Context, r partnership.Ruling) (partnership.Ruling, int, error) {
	touched, err := x.applyRuling(ctx, &r)
	if err == nil && touched <= settleBatch {
		_, err = x.SettleAll(ctx)
	}
	if err != nil { // the ruling stands; the job goes on from here
		x.log.WarnContext(ctx, "ruling saved, its posts are left to the job", "ruling", r.ID, "err", err)
	}
	return r, touched, nil
}

// applyRulings goes on with rulings whose posts and outcomes are not up to date yet.
func (x *Exchange) applyRulings(ctx context.Context) (int, error) {
	due, err := x.rulings.All(ctx, store.Query{Where: store.Field("unsettled").Eq(true)})
	if err != nil {
		return 0, fmt.Errorf("rulings to apply: %w", err)
	}
	done := 0
	for i := range due {
		n, err := x.applyRuling(ctx, &due[i])
		if done += n; err != nil {
			return done, err
		}
	}
	return done, nil
}

// applyRuling marks the posts of the occupation as unsettled and aligns the outcomes of
// the pair anew. Running it twice changes nothing more.
func (x *Exchange) applyRuling(ctx context.Context, r *partnership.Ruling) (int, error) {
	if _, err := x.refreshTables(ctx); err != nil {
		return 0, err
	}
	type bare struct {
		ID string `json:"_id"`
	}
	var posts, outcomes []string
	occ := store.Field("aligned_occ") // missing where there is no guess, or none kept by older programs
	where := store.And(store.Or(occ.Eq(r.Occ), store.Not(occ.Exists())), store.Field("unsettled").Eq(false))
	for p, err := range store.Scan[bare](ctx, x.posts, store.Query{Where: where}) {
		if err != nil {
			return 0, fmt.Errorf("posts of ruling %s: %w", r.ID, err)
		}
		posts = append(posts, p.ID)
	}
	pair := store.And(store.Field("major").Eq(r.Major), store.Field("occ").In(r.Occ, r.Occ+"-00"))
	for o, err := range store.Scan[bare](ctx, x.outcomes, store.Query{Where: pair}) {
		if err != nil {
			return 0, fmt.Errorf("outcomes of ruling %s: %w", r.ID, err)
		}
		outcomes = append(outcomes, o.ID)
	}
	cat := x.cat()
	err := errors.Join(
		inParallel(len(posts), func(i int) error {
			_, err := x.posts.Update(store.Derived(ctx), posts[i], store.Filter{}, store.Set("unsettled", true))
			return err
		}),
		inParallel(len(outcomes), func(i int) error {
			_, err := x.amendOutcome(ctx, outcomes[i], func(o *partnership.Outcome) error { alignOutcome(cat, o); return nil })
			return err
		}))
	if err != nil {
		return 0, fmt.Errorf("apply ruling %s: %w", r.ID, err)
	}
	now, err := x.rulings.Update(ctx, r.ID, store.Field("_rev").Eq(r.Rev), store.Set("unsettled", false))
	if err == nil {
		*r = now
	}
	return len(posts) + len(outcomes), movedIsFine(err)
}
