package exchange

import (
	"cmp"
	"context"
	"slices"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// OutcomePair is how many graduates of a major went into an occupation, and how close
// the two are held to be.
type OutcomePair struct {
	Major, MajorName string
	Occ, OccName     string
	N                int64
	Exact, Near, Not int64    // of N, by what each outcome says now
	Path             []string // of the tables and the rulings, in words
	Ruled            bool     // the district has ruled on it
}

// outcomeScope: a school its own, a district those of its schools, the operator all.
func (x *Exchange) outcomeScope(ctx context.Context, actor partnership.Actor) (store.Filter, error) {
	coded := store.And(store.Field("occ").Exists(), store.Field("student").Exists())
	switch {
	case actor.SeesAll():
		own, err := x.ownSchools(ctx, actor)
		return store.And(own, coded), err
	case actor.Role == partnership.RoleSchool:
		return store.And(store.Field("school").Eq(actor.Party), coded), nil
	}
	return store.Filter{}, partnership.Refuse(partnership.ErrForbidden, "毕业去向只供学校和区教委查看")
}

// OutcomePairs lists the pairs of major and occupation among the actor's outcomes, those
// with the most graduates who are not aligned first: where a look is worth most.
func (x *Exchange) OutcomePairs(ctx context.Context, actor partnership.Actor) ([]OutcomePair, error) {
	where, err := x.outcomeScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	if _, err := x.refreshTables(ctx); err != nil {
		return nil, err
	}
	rows, err := x.outcomes.Group(ctx, where, []string{"major", "occ", "aligned"})
	if err != nil {
		return nil, err
	}
	at := map[Pair]int{}
	var out []OutcomePair
	for _, r := range rows {
		key := Pair{r.Text(0), r.Text(1)}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, x.outcomePair(key))
		}
		p := &out[i]
		p.N += r.Count
		switch catalogue.Closeness(r.Text(2)) {
		case catalogue.Exact:
			p.Exact += r.Count
		case catalogue.Near:
			p.Near += r.Count
		case catalogue.Unrelated:
			p.Not += r.Count
		}
	}
	slices.SortFunc(out, func(a, b OutcomePair) int {
		return cmp.Or(cmp.Compare(b.Not, a.Not), cmp.Compare(b.N, a.N), cmp.Compare(a.Major+a.Occ, b.Major+b.Occ))
	})
	return out, nil
}

func (x *Exchange) outcomePair(key Pair) OutcomePair {
	cat := x.cat()
	p := OutcomePair{Major: key.Major, Occ: key.Occupation}
	if m, ok := cat.Major(key.Major); ok {
		p.MajorName = m.Name
	}
	if o, ok := cat.Occupation(key.Occupation); ok {
		p.OccName = o.Name
	}
	a := cat.Align(key.Major, key.Occupation)
	p.Path, p.Ruled = a.Path, a.Ruling != nil
	return p
}

// OutcomesOfPair lists the actor's outcomes of one pair, by year and id.
func (x *Exchange) OutcomesOfPair(ctx context.Context, actor partnership.Actor, pair Pair, l List) ([]partnership.Outcome, string, error) {
	where, err := x.outcomeScope(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	where = store.And(store.Field("major").Eq(pair.Major), store.Field("occ").Eq(pair.Occupation), where)
	return x.outcomes.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("year")}, After: l.After, Limit: l.limit()})
}

// Outcome returns one outcome of a single graduate that the actor may correct.
func (x *Exchange) Outcome(ctx context.Context, actor partnership.Actor, id string) (partnership.Outcome, error) {
	o, err := x.outcomes.Get(ctx, id)
	if err != nil {
		return o, known(err, errNoOutcome)
	}
	if ok, err := x.mayCorrectOutcome(ctx, actor, &o); err != nil || !ok || o.Ledger != nil {
		return partnership.Outcome{}, cmp.Or(err, errNoOutcome)
	}
	return o, nil
}

// mayCorrectOutcome: its school, the district of that school, and the operator.
func (x *Exchange) mayCorrectOutcome(ctx context.Context, actor partnership.Actor, o *partnership.Outcome) (bool, error) {
	if actor.Role == partnership.RoleSchool {
		return actor.SpeaksFor(o.School), nil
	}
	return x.overseesSchool(ctx, actor, o.School)
}
