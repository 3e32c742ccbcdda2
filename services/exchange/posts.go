package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoPost = partnership.Refuse(partnership.ErrNotFound, "没有这个岗位，或者您无权查看。可能链接不完整，请从岗位列表重新打开")

// PostView is what the page of one post shows.
type PostView struct {
	Post    partnership.Post
	Company partnership.Company
	Matches []partnership.Match // the cohorts it fits, best first, as far as the actor may see
	CanEdit bool
	Verbs   []Verb // what the actor may do with it now
}

// Verb is one thing an actor may do with a record now.
type Verb struct {
	Key   string // submit, publish, return, close, …
	Words string
	Why   bool // a reason must be given
}

// SavePost creates the post (empty ID) or changes it. The regulation's findings are
// stored with it; a forbidden one stops publication, not saving. The post comes back
// as stored; it is settled (index, occupations, matches) before this returns, or by
// the job settle if that fails.
func (x *Exchange) SavePost(ctx context.Context, actor partnership.Actor, draft partnership.Post) (partnership.Post, error) {
	if draft.ID == "" {
		return x.createPost(ctx, actor, draft)
	}
	old, err := x.visiblePost(ctx, actor, draft.ID)
	if err != nil {
		return draft, err
	}
	if !actor.MayEditPost(&old) {
		return draft, partnership.Refuse(partnership.ErrForbidden, "只有发布企业可以修改这个岗位")
	}
	if draft.Rev != 0 && draft.Rev != old.Rev {
		return draft, partnership.Refuse(partnership.ErrConflict, "这个岗位刚被别人修改过，请重新打开后再改")
	}
	next := carryOver(draft, old)
	if err := x.checkPost(ctx, &next); err != nil {
		return draft, err
	}
	if err := x.occupationTyped(actor, &next, old.Occupation); err != nil {
		return draft, err
	}
	if err := x.posts.Replace(ctx, &next); err != nil {
		return draft, fmt.Errorf("save post: %w", err)
	}
	return x.settleSaved(ctx, next), nil
}

func (x *Exchange) createPost(ctx context.Context, actor partnership.Actor, draft partnership.Post) (partnership.Post, error) {
	if actor.Role == partnership.RoleCompany {
		draft.Company = actor.Party
	}
	c, err := x.companies.Get(ctx, draft.Company)
	if err != nil {
		return draft, partnership.Invalid{"company": {"没有这家企业，请先登记企业"}}
	}
	draft.CompanyName, draft.Sample = c.Name, false
	if draft.Region == "" {
		draft.Region = c.Region
	}
	if draft.Point == nil {
		draft.Point = c.Point
	}
	if err := x.delegate(ctx, actor, &draft); err != nil {
		return draft, err
	}
	if !actor.MayEditPost(&draft) {
		return draft, partnership.Refuse(partnership.ErrForbidden, "只有企业自己（或受企业委托的学校）可以发布它的岗位")
	}
	draft.State, draft.Taken, draft.Steps = partnership.PostDraft, 0, nil
	if err := x.checkPost(ctx, &draft); err != nil {
		return draft, err
	}
	said := ""
	if c, ok := draft.SaidOf(partnership.SaidOccupation, ""); ok { // of a copied post
		said = c.Code
	}
	if err := x.occupationTyped(actor, &draft, said); err != nil {
		return draft, err
	}
	draft.ID = x.newID()
	if err := x.posts.Insert(ctx, &draft); err != nil {
		return draft, fmt.Errorf("create post: %w", err)
	}
	return x.settleSaved(ctx, draft), nil
}

// occupationTyped keeps an occupation that was chosen in the form as what it is: a
// person's word on the post.
func (x *Exchange) occupationTyped(actor partnership.Actor, p *partnership.Post, was string) error {
	typed := p.Occupation
	if typed == was {
		return nil
	}
	c := partnership.Correction{At: x.stamp(), Field: partnership.SaidOccupation, Code: typed, Was: was, Why: "填写岗位时指定"}
	if typed == "" {
		c.Why = "修改岗位时去掉了指定的职业"
	}
	err := p.Correct(actor, c)
	if err != nil {
		return partnership.Invalid{"occupation": {sentence(err)}}
	}
	return nil
}

// carryOver keeps what a form may not change.
func carryOver(draft, old partnership.Post) partnership.Post {
	draft.Record = old.Record
	draft.Company, draft.CompanyName, draft.DelegatedTo, draft.DelegateName = old.Company, old.CompanyName, old.DelegatedTo, old.DelegateName
	draft.State, draft.Steps, draft.Taken, draft.Sample = old.State, old.Steps, old.Taken, old.Sample
	draft.Guesses, draft.Links, draft.LinkMajors, draft.Cluster = old.Guesses, old.Links, old.LinkMajors, old.Cluster
	draft.Unlinked, draft.AlignedOcc, draft.AlignedBy, draft.Corrections = old.Unlinked, old.AlignedOcc, old.AlignedBy, old.Corrections
	if draft.Point == nil {
		draft.Point = old.Point
	}
	if draft.Region == "" {
		draft.Region = old.Region
	}
	return draft
}

// checkPost checks the fields, runs the regulation over the post and marks it unsettled.
func (x *Exchange) checkPost(ctx context.Context, p *partnership.Post) error {
	bad := partnership.Invalid{}
	for i, code := range p.Majors {
		m, err := x.cat().CheckMajor(code)
		if err != nil {
			bad.Add("majors", "%s", sentence(err))
			continue
		}
		p.Majors[i] = m.Code
	}
	if p.Occupation != "" {
		if o, ok := x.cat().Occupation(p.Occupation); ok {
			p.Occupation = o.Code
		} else {
			bad.Add("occupation", "职业分类大典里没有代码 %s", p.Occupation)
		}
	}
	if _, ok := x.cat().Region(p.Region); !ok {
		bad.Add("region", "没有行政区划代码 %s，请选择工作地点所在区县", p.Region)
	}
	if err := mergeInvalid(bad, p.Check()); err != nil {
		return err
	}
	c, err := x.companies.Get(ctx, p.Company)
	if err != nil {
		return fmt.Errorf("company of post %s: %w", p.ID, err)
	}
	p.District = c.District
	findings, err := x.postFindings(ctx, p)
	if err != nil {
		return err
	}
	p.Findings, p.Unsettled, p.SettleErr = findings, true, ""
	return nil
}

// ActPost moves the post by a verb: submit, publish, return, close.
func (x *Exchange) ActPost(ctx context.Context, actor partnership.Actor, id, verb, why string) (partnership.Post, error) {
	old, err := x.visiblePost(ctx, actor, id)
	if err != nil {
		return old, err
	}
	if verb == "clone" {
		return x.clonePost(ctx, actor, old)
	}
	allowed := slices.ContainsFunc(postVerbs(actor, &old), func(v Verb) bool { return v.Key == verb })
	if !allowed {
		return old, partnership.Refuse(partnership.ErrConflict, "岗位现在是“%s”，您不能对它做这一步，请刷新后再看", old.State.Words())
	}
	p, err := x.posts.Edit(ctx, id, func(p *partnership.Post) error {
		p.Unsettled = true
		switch verb {
		case "submit":
			return p.Submit(actor, x.stamp())
		case "publish":
			findings, err := x.postFindings(ctx, p)
			if err != nil {
				return err
			}
			p.Findings = findings
			return p.Publish(actor, x.stamp())
		case "return":
			return p.Return(actor, x.stamp(), why)
		case "close":
			return p.Close(actor, x.stamp(), why)
		}
		return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	})
	if err != nil {
		return p, fmt.Errorf("%s post: %w", verb, err)
	}
	return x.settleSaved(ctx, p), nil
}

// clonePost offers last year's post again as a draft: the same but for what has happened to it.
func (x *Exchange) clonePost(ctx context.Context, actor partnership.Actor, old partnership.Post) (partnership.Post, error) {
	if !actor.MayEditPost(&old) {
		return old, partnership.Refuse(partnership.ErrForbidden, "只有发布企业可以复制这个岗位")
	}
	draft := old
	draft.Record = partnership.Record{}
	draft.Guesses, draft.Links, draft.LinkMajors, draft.Unlinked = nil, nil, nil, nil
	return x.createPost(ctx, actor, draft)
}

// postVerbs lists what the actor may do with the post in its state.
func postVerbs(actor partnership.Actor, p *partnership.Post) []Verb {
	var out []Verb
	in := func(states ...partnership.PostState) bool { return slices.Contains(states, p.State) }
	edits := actor.MayEditPost(p)
	reviews := actor.Role == partnership.RoleDistrict || actor.Role == partnership.RoleOperator
	if edits && in(partnership.PostDraft, partnership.PostReturned) {
		out = append(out, Verb{Key: "submit", Words: "提交审核"})
	}
	if reviews && in(partnership.PostSubmitted) {
		out = append(out, Verb{Key: "publish", Words: "通过并发布"}, Verb{Key: "return", Words: "退回修改", Why: true})
	}
	if edits && in(partnership.PostClosed) {
		out = append(out, Verb{Key: "publish", Words: "重新发布"})
	}
	if edits && in(partnership.PostDraft, partnership.PostSubmitted, partnership.PostReturned, partnership.PostOpen, partnership.PostFull) {
		out = append(out, Verb{Key: "close", Words: "关闭岗位"})
	}
	if edits {
		out = append(out, Verb{Key: "clone", Words: "复制为新岗位"})
	}
	return out
}

// Post returns what the page of one post shows.
func (x *Exchange) Post(ctx context.Context, actor partnership.Actor, id string) (PostView, error) {
	p, err := x.visiblePost(ctx, actor, id)
	if err != nil {
		return PostView{}, err
	}
	view := PostView{Post: p, CanEdit: actor.MayEditPost(&p), Verbs: postVerbs(actor, &p)}
	if view.Company, err = x.companies.Get(ctx, p.Company); err != nil {
		return view, fmt.Errorf("company of post %s: %w", id, err)
	}
	// All of a post's matches are few, and one school's among them are fewer than all of that school's.
	view.Matches, err = x.matches.All(ctx, store.Query{Where: store.Field("post").Eq(id), Sort: []store.Sort{store.Desc("score")}})
	if actor.Role == partnership.RoleSchool {
		view.Matches = slices.DeleteFunc(view.Matches, func(m partnership.Match) bool { return m.School != actor.Party })
	}
	return view, err
}

func (x *Exchange) visiblePost(ctx context.Context, actor partnership.Actor, id string) (partnership.Post, error) {
	p, err := x.posts.Get(ctx, id)
	if err != nil {
		return p, known(err, errNoPost)
	}
	if actor.Role == partnership.RoleSchool && actor.SpeaksFor(p.DelegatedTo) {
		// A delegation that was taken back counts no more, even where the post still says so.
		ok, err := x.stands(ctx, actor.Party, p.Company)
		if err != nil {
			return p, err
		}
		if !ok {
			p.DelegatedTo = ""
		}
	}
	if !actor.MaySeePost(&p) {
		return p, errNoPost
	}
	return p, nil
}

// delegate names the school on a post that it lists for a company which lets it, and
// nobody on any other.
func (x *Exchange) delegate(ctx context.Context, actor partnership.Actor, draft *partnership.Post) error {
	draft.DelegatedTo, draft.DelegateName = "", ""
	if actor.Role != partnership.RoleSchool {
		return nil
	}
	ok, err := x.stands(ctx, actor.Party, draft.Company)
	if err != nil || !ok {
		return err
	}
	s, err := x.schools.Get(ctx, actor.Party)
	if err != nil {
		return fmt.Errorf("school of a delegated post: %w", err)
	}
	draft.DelegatedTo, draft.DelegateName = s.ID, s.Name
	return nil
}

// CloseExpired closes every post whose last day to answer lies before day and
// returns how many it closed. One that somebody closed or prolonged meanwhile is let be.
func (x *Exchange) CloseExpired(ctx context.Context, day string) (int, error) {
	where := store.And(store.Field("closes_on").Lt(day), store.Field("closes_on").Gt(""),
		store.Field("state").In(string(partnership.PostOpen), string(partnership.PostFull), string(partnership.PostSubmitted)))
	due, err := x.posts.All(ctx, store.Query{Where: where})
	if err != nil {
		return 0, err
	}
	by, closed := partnership.System("expire"), 0
	for _, p := range due {
		_, err := x.posts.Edit(ctx, p.ID, func(p *partnership.Post) error {
			p.Unsettled = true
			return p.Expire(by, x.stamp(), day)
		})
		if errors.Is(err, partnership.ErrConflict) || errors.Is(err, partnership.ErrNotFound) {
			continue
		}
		if err != nil {
			return closed, fmt.Errorf("expire post %s: %w", p.ID, err)
		}
		closed++
	}
	return closed, nil
}
