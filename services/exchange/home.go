package exchange

import (
	"context"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Home is the page people land on: what needs them, by when, then the counts.
type Home struct {
	Tasks  []Task
	Counts []Count
}

// Task is one thing that needs the actor.
type Task struct {
	Title, Why string
	Kind, ID   string // of the record to open; empty ID opens the list of the kind
	Due        string // day, may be empty
	Count      int64
}

// Count is one number with its name and the list it opens.
type Count struct {
	Name string
	N    int64
	Kind string
}

// Home returns the worklist and the counts of the actor's role.
func (x *Exchange) Home(ctx context.Context, actor partnership.Actor) (Home, error) {
	switch actor.Role {
	case partnership.RoleSchool:
		return x.schoolHome(ctx, actor)
	case partnership.RoleCompany:
		return x.companyHome(ctx, actor)
	case partnership.RoleDistrict, partnership.RoleOperator:
		return x.districtHome(ctx)
	}
	return Home{}, partnership.ErrForbidden
}

func (x *Exchange) schoolHome(ctx context.Context, actor partnership.Actor) (Home, error) {
	var h Home
	open := store.And(store.Field("school").Eq(actor.Party), store.Field("state").Eq(string(partnership.CohortOpen)))
	cohorts, err := x.cohorts.All(ctx, store.Query{Where: open, Sort: []store.Sort{store.Asc("from"), store.Asc("name")}})
	if err != nil {
		return h, err
	}
	students, lonely := int64(0), int64(0)
	for _, c := range cohorts {
		students += int64(c.Size)
		n, err := x.matches.Count(ctx, store.Field("cohort").Eq(c.ID))
		if err != nil {
			return h, err
		}
		if n == 0 {
			lonely++
			if lonely <= 5 {
				h.Tasks = append(h.Tasks, Task{Title: c.Name + " 没有匹配的岗位", Why: "可放宽距离或待遇要求，或请区教委向企业征集岗位", Kind: KindCohort, ID: c.ID, Due: c.From, Count: int64(c.Size)})
			}
		}
	}
	if len(cohorts) > 0 {
		h.Tasks = append(h.Tasks, Task{Title: fmt.Sprintf("%d 个班级批次待安置", len(cohorts)), Why: "查看候选岗位和匹配理由", Kind: KindCohort, Due: cohorts[0].From, Count: students})
	}
	h.Counts = []Count{{"待安置批次", int64(len(cohorts)), KindCohort}, {"待安置学生", students, KindCohort}, {"无候选岗位的批次", lonely, KindCohort}}
	n, err := x.posts.Count(ctx, store.Field("state").Eq(string(partnership.PostOpen)))
	h.Counts = append(h.Counts, Count{"招收中的岗位", n, KindPost})
	return h, err
}

func (x *Exchange) companyHome(ctx context.Context, actor partnership.Actor) (Home, error) {
	var h Home
	posts, err := x.posts.All(ctx, store.Query{Where: store.Field("company").Eq(actor.Party), Sort: []store.Sort{store.Asc("closes_on")}})
	if err != nil {
		return h, err
	}
	open, slots := int64(0), int64(0)
	for _, p := range posts {
		switch p.State {
		case partnership.PostReturned:
			h.Tasks = append(h.Tasks, Task{Title: "“" + p.Title + "”被退回", Why: lastWhy(p.Steps), Kind: KindPost, ID: p.ID})
		case partnership.PostDraft:
			h.Tasks = append(h.Tasks, Task{Title: "“" + p.Title + "”还是草稿", Why: "提交审核后学校才能看到", Kind: KindPost, ID: p.ID})
		case partnership.PostOpen:
			open++
			slots += int64(p.Left())
		}
	}
	if len(posts) == 0 {
		h.Tasks = append(h.Tasks, Task{Title: "发布第一个岗位", Why: "填写岗位名称、工作内容、人数和时间，系统会推荐职业和专业", Kind: KindPost})
	}
	h.Counts = []Count{{"招收中的岗位", open, KindPost}, {"剩余名额", slots, KindPost}}
	n, err := x.matches.Count(ctx, store.Field("company").Eq(actor.Party))
	h.Counts = append(h.Counts, Count{"匹配的班级批次", n, KindCohort})
	return h, err
}

func (x *Exchange) districtHome(ctx context.Context) (Home, error) {
	var h Home
	count := func(what string, f func() (int64, error), kind string) error {
		n, err := f()
		h.Counts = append(h.Counts, Count{what, n, kind})
		return err
	}
	state := func(s string) store.Filter { return store.Field("state").Eq(s) }
	waiting, err := x.posts.Count(ctx, state(string(partnership.PostSubmitted)))
	if err != nil {
		return h, err
	}
	if waiting > 0 {
		h.Tasks = append(h.Tasks, Task{Title: fmt.Sprintf("%d 个岗位待审核", waiting), Why: "核对实习规定的提示后通过或退回", Kind: KindPost, Count: waiting})
	}
	pending, err := x.companies.Count(ctx, state(string(partnership.CompanyPending)))
	if err != nil {
		return h, err
	}
	if pending > 0 {
		h.Tasks = append(h.Tasks, Task{Title: fmt.Sprintf("%d 家企业待审核", pending), Why: "核对统一社会信用代码、行业和在岗人数", Kind: KindCompany, Count: pending})
	}
	for _, c := range []struct {
		what string
		f    func() (int64, error)
		kind string
	}{
		{"合作企业", func() (int64, error) { return x.companies.Count(ctx, state(string(partnership.CompanyApproved))) }, KindCompany},
		{"招收中的岗位", func() (int64, error) { return x.posts.Count(ctx, state(string(partnership.PostOpen))) }, KindPost},
		{"待安置批次", func() (int64, error) { return x.cohorts.Count(ctx, state(string(partnership.CohortOpen))) }, KindCohort},
		{"实训基地", func() (int64, error) { return x.bases.Count(ctx, store.Filter{}) }, KindBase},
		{"订单班", func() (int64, error) { return x.classes.Count(ctx, store.Filter{}) }, KindClass},
	} {
		if err := count(c.what, c.f, c.kind); err != nil {
			return h, err
		}
	}
	return h, nil
}

func lastWhy(steps []partnership.Step) string {
	if len(steps) == 0 {
		return ""
	}
	return steps[len(steps)-1].Why
}
