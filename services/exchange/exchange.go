// Package exchange holds the use cases of the platform, one method each: list,
// review, match, answer, run a round, record, rate, import, search and settle. Every method
// takes the Actor and keeps to what that actor may know; what lies outside is
// partnership.ErrNotFound. Pages, API, jobs and command line all come through here.
package exchange

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/outbox"
	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
)

// Config is what an Exchange works with; all fields are needed, Key only for the
// personal fields of students.
type Config struct {
	Store     *store.Store
	Index     *search.Index
	Catalogue *catalogue.Catalogue
	Rules     regulation.Set
	Now       func() time.Time
	Log       *slog.Logger
	Key       []byte // 32 bytes that personal fields are sealed with
	Retention partnership.Retention
	Watch     Watch
	Send      outbox.Settings // by what roads messages leave
	Site      string          // what links in messages begin with, such as https://sunmao.example.cn
}

// Watch is told what is worth measuring; nil functions are not called.
type Watch struct {
	IndexLag func(lag time.Duration)               // a document saved elsewhere can be found here, that long after
	Round    func(mode string, took time.Duration) // a matching round was decided and proven
}

// Exchange is the platform's use cases over one store and one index.
type Exchange struct {
	index      *search.Index
	tables     tables
	whole      atomic.Bool                  // the index has everything
	names      atomic.Pointer[companyNames] // of all companies, until one is saved
	schoolList atomic.Pointer[schoolList]   // until one is saved
	rules      regulation.Set
	watch      Watch
	retention  partnership.Retention
	now        func() time.Time
	log        *slog.Logger

	schools      *store.Coll[partnership.School]
	companies    *store.Coll[partnership.Company]
	bases        *store.Coll[partnership.TrainingBase]
	books        *store.Coll[partnership.BaseBook]
	rotations    *store.Coll[partnership.Rotation]
	posts        *store.Coll[partnership.Post]
	classes      *store.Coll[partnership.OrderClass]
	cohorts      *store.Coll[partnership.Cohort]
	cooperations *store.Coll[partnership.Cooperation]
	alliances    *store.Coll[partnership.Alliance]
	matches      *store.Coll[partnership.Match]
	rounds       *store.Coll[partnership.Round]
	results      *store.Coll[partnership.RoundResult]
	allocations  *store.Coll[partnership.Allocation]
	runs         *store.Coll[partnership.RoundRun]
	choices      *store.Coll[partnership.Choice]
	rankings     *store.Coll[partnership.Ranking]
	outcomes     *store.Coll[partnership.Outcome]
	published    *store.Coll[partnership.Published]
	snapshots    *store.Coll[partnership.Snapshot]
	imports      *store.Coll[partnership.ImportBatch]
	uploads      *store.Coll[partnership.UploadPart]
	headings     *store.Coll[partnership.HeadingMemory]
	undos        *store.Coll[partnership.Undo]
	missed       *store.Coll[partnership.MissedQuery]
	students     *store.Coll[partnership.Student]
	placements   *store.Coll[partnership.Placement]
	reveals      *store.Coll[partnership.Reveal]
	relations    *store.Coll[partnership.Relation]
	delegated    *store.Coll[partnership.Delegation]
	rulings      *store.Coll[partnership.Ruling]
	answers      *store.Coll[partnership.NameAnswer]
	searches     *store.Coll[partnership.Searches]

	inputs *store.Coll[partnership.RateInput]

	links    *store.Coll[partnership.OutcomeLink]
	unmet    *store.Coll[partnership.UnmetDemand]
	reaches  *store.Coll[partnership.Reach]
	webhooks *store.Coll[partnership.Webhook]
	outbox   *outbox.Outbox
	site     string

	cache   snapshotCache
	sights  sights
	indexed indexed // what this process has put into the index
	trail   *store.Trail
	note    func(context.Context, partnership.TrailEntry) error
	newID   func() string
	seals   func() (*store.Sealer, error)
	lease   func(ctx context.Context, name string, ttl time.Duration) (*store.Lease, error)
}

func spec(name string, indexes ...[]string) store.Spec {
	s := store.Spec{Name: name}
	for _, f := range indexes {
		s.Indexes = append(s.Indexes, store.Index{Fields: f})
	}
	return s
}

// watched is a spec of a collection whose writes leave entries in the audit trail. Not
// watched: what follows from other documents, and students and outcomes, whose rows come
// by the thousand: their imports, reveals and erasures are.
func watched(name string, indexes ...[]string) store.Spec {
	s := spec(name, indexes...)
	s.Trail = true
	return s
}

// New declares the collections with the indexes that lists and dashboards need
// (scope, state, order) and returns the use cases over them. A group is read from its index alone
// if what it is by follows what is fixed: posts of a state by category take a twentieth so.
func New(c Config) *Exchange {
	s := c.Store
	x := &Exchange{
		index: c.Index, rules: c.Rules, retention: c.Retention, watch: c.Watch, now: c.Now, log: c.Log, newID: s.NewID, trail: s.Trail(), note: s.Note,
		lease: func(ctx context.Context, name string, ttl time.Duration) (*store.Lease, error) {
			return s.Lease(ctx, name, s.NewID(), ttl)
		},
		seals:        sync.OnceValues(func() (*store.Sealer, error) { return store.NewSealer(c.Key) }),
		schools:      store.Open[partnership.School](s, watched("schools")),
		companies:    store.Open[partnership.Company](s, watched("companies", []string{"name_key"}, []string{"state", "district", "region"}, []string{"_u"}, []string{"state", "name"}, []string{"credit_code"})),
		bases:        store.Open[partnership.TrainingBase](s, watched("bases", []string{"region"}, []string{"school"}, []string{"owner"})),
		books:        store.Open[partnership.BaseBook](s, watched("base_books", []string{"base", "year"}, []string{"year"})),
		rotations:    store.Open[partnership.Rotation](s, watched("rotations", []string{"school"}, []string{"cohort"})),
		posts:        store.Open[partnership.Post](s, watched("posts", []string{"company", "state", "closes_on"}, []string{"state", "sample"}, []string{"state", "category", "from", "to", "region", "district", "slots", "taken"}, []string{"state", "closes_on"}, []string{"unsettled"}, []string{"aligned_occ"})),
		classes:      store.Open[partnership.OrderClass](s, watched("order_classes", []string{"school"}, []string{"company"})),
		cohorts:      store.Open[partnership.Cohort](s, watched("cohorts", []string{"school", "state"}, []string{"state", "region"}, []string{"state", "major"}, []string{"unsettled"}, []string{"state", "category", "from", "to", "school", "size"})),
		cooperations: store.Open[partnership.Cooperation](s, watched("cooperations", []string{"company"}, []string{"school", "company"}, []string{"overdue"})),
		alliances:    store.Open[partnership.Alliance](s, watched("alliances", []string{"school"}, []string{"kind", "name"})),
		matches:      store.Open[partnership.Match](s, spec("matches", []string{"post", "score"}, []string{"cohort", "score"}, []string{"school", "score"}, []string{"company", "score"})),
		rounds:       store.Open[partnership.Round](s, watched("rounds", []string{"owner", "state"}, []string{"state"})),
		results:      store.Open[partnership.RoundResult](s, spec("round_results")),
		allocations:  store.Open[partnership.Allocation](s, watched("allocations", []string{"round", "cohort"}, []string{"cohort"}, []string{"post"}, []string{"company", "state"}, []string{"school", "state"})),
		runs:         store.Open[partnership.RoundRun](s, spec("round_runs", []string{"round", "number"})),
		choices:      store.Open[partnership.Choice](s, spec("choices", []string{"round", "cohort"}, []string{"student"})),
		rankings:     store.Open[partnership.Ranking](s, watched("rankings", []string{"round"}, []string{"company"})),
		outcomes:     store.Open[partnership.Outcome](s, spec("outcomes", []string{"school", "year"}, []string{"year"}, []string{"major", "occ", "aligned"}, []string{"school", "student"}, []string{"employer_id", "ask_by"}, []string{"disputed", "school"})),
		published:    store.Open[partnership.Published](s, watched("published", []string{"school", "table", "year"})),
		snapshots:    store.Open[partnership.Snapshot](s, spec("snapshots", []string{"scope", "day"}, []string{"day"})),
		imports:      store.Open[partnership.ImportBatch](s, watched("imports", []string{"party", "_c"}, []string{"role", "_c"}, []string{"state"})),
		uploads:      store.Open[partnership.UploadPart](s, spec("uploads", []string{"import"})),
		headings:     store.Open[partnership.HeadingMemory](s, spec("headings")),
		undos:        store.Open[partnership.Undo](s, spec("undos", []string{"import"})),
		missed:       store.Open[partnership.MissedQuery](s, spec("missed", []string{"times"})),
		students:     store.Open[partnership.Student](s, spec("students", []string{"school", "number"}, []string{"entry.cohort", "number"}, []string{"entry.batch"}, []string{"school", "entry.change"}, []string{"before.batch"}, []string{"since"}, []string{"held", "held_at"}, []string{"class"}, []string{"entry.name_key"}, []string{"entry.id_key"})),
		placements:   store.Open[partnership.Placement](s, watched("placements", []string{"school", "_c"}, []string{"school", "state"}, []string{"company", "state", "kind", "post", "from", "to"}, []string{"company", "_c"}, []string{"offer", "seat"}, []string{"student", "state"}, []string{"cohort", "student"})),
		inputs:       store.Open[partnership.RateInput](s, spec("rate_inputs", []string{"kind", "doc", "from"}, []string{"from"})),
		relations:    store.Open[partnership.Relation](s, watched("relations", []string{"company"})),
		delegated:    store.Open[partnership.Delegation](s, watched("delegations", []string{"company"}, []string{"school"})),
		reveals:      store.Open[partnership.Reveal](s, watched("reveals", []string{"school", "at"}, []string{"at"})),
		searches:     store.Open[partnership.Searches](s, spec("searches")),
		links:        store.Open[partnership.OutcomeLink](s, watched("outcome_links", []string{"outcome"}, []string{"expires"})),
		unmet:        store.Open[partnership.UnmetDemand](s, spec("unmet", []string{"since", "_id"}, []string{"side", "since"}, []string{"party", "since"}, []string{"side", "kind", "major", "count", "region", "district"})),
		webhooks:     store.Open[partnership.Webhook](s, watched("webhooks", []string{"party", "role"})),
		reaches:      store.Open[partnership.Reach](s, spec("reaches")),
		answers:      store.Open[partnership.NameAnswer](s, watched("name_answers", []string{"scope"})),
		rulings:      store.Open[partnership.Ruling](s, watched("rulings", []string{"waiting"}, []string{"unsettled"})),
	}
	x.outbox, x.site = outbox.New(s, x.seals, c.Now, c.Log, c.Send), c.Site
	x.tables.plain = c.Catalogue
	x.tables.ruled.Store(c.Catalogue)
	return x
}

// Load stores a whole district at once (the demo, a transfer). The index and the
// matches follow by SettleAll; records that are there already make it fail with
// ErrDuplicate and leave those as they are.
func (x *Exchange) Load(ctx context.Context, b partnership.Bundle) error {
	district := map[string]string{}
	for i := range b.Companies {
		c := &b.Companies[i]
		c.NameKey = partnership.NameKey(c.Name)
		district[c.ID] = c.District
	}
	for i := range b.Posts {
		b.Posts[i].District = district[b.Posts[i].Company]
	}
	if err := x.sealBundle(&b); err != nil {
		return err
	}
	steps := []struct {
		what string
		do   func() error
	}{
		{"schools", func() error { return x.schools.InsertMany(ctx, b.Schools) }},
		{"companies", func() error { return x.companies.InsertMany(ctx, b.Companies) }},
		{"bases", func() error { return x.bases.InsertMany(ctx, b.Bases) }},
		{"posts", func() error { return x.posts.InsertMany(ctx, b.Posts) }},
		{"order classes", func() error { return x.classes.InsertMany(ctx, b.OrderClasses) }},
		{"cohorts", func() error { return x.cohorts.InsertMany(ctx, b.Cohorts) }},
		{"cooperations", func() error { return x.cooperations.InsertMany(ctx, b.Cooperations) }},
		{"alliances", func() error { return x.alliances.InsertMany(ctx, b.Alliances) }},
		{"outcomes", func() error { return x.outcomes.InsertMany(ctx, b.Outcomes) }},
		{"students", func() error { return x.students.InsertMany(ctx, b.Students) }},
		{"base books", func() error { return x.books.InsertMany(ctx, b.BaseBooks) }},
		{"rotations", func() error { return x.rotations.InsertMany(ctx, b.Rotations) }},
		{"rounds", func() error { return x.rounds.InsertMany(ctx, b.Rounds) }},
		{"allocations", func() error { return x.allocations.InsertMany(ctx, b.Allocations) }},
		{"placements", func() error { return x.placements.InsertMany(ctx, b.Placements) }},
		{"published figures", func() error { return x.published.InsertMany(ctx, b.Published) }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("load %s: %w", s.what, err)
		}
	}
	return nil
}

// sealBundle seals the personal fields of a bundle's students and writes the clauses of its
// agreements.
func (x *Exchange) sealBundle(b *partnership.Bundle) error {
	if len(b.Students) == 0 {
		return nil
	}
	sealer, err := x.seals()
	if err != nil {
		return err
	}
	for i := range b.Students {
		s := &b.Students[i]
		s.Entry.NameKey = sealer.Blind(FieldName, string(s.Entry.Name))
		for field := range personalWords {
			at := sealedField(&s.Entry, field)
			*at = sealer.Seal(sealedPlace(s.ID, field), string(*at))
		}
	}
	posts := map[string]*partnership.Post{}
	for i := range b.Posts {
		posts[b.Posts[i].ID] = &b.Posts[i]
	}
	for i := range b.Placements {
		if p := &b.Placements[i]; p.Agreement != nil && posts[p.Post] != nil {
			p.Agreement.Clauses = x.agreementOf(posts[p.Post], p).Clauses
		}
	}
	return nil
}

// Loaded reports whether a district has been loaded or entered: there is a school.
func (x *Exchange) Loaded(ctx context.Context) (bool, error) {
	n, err := x.schools.Count(ctx, store.Filter{})
	return n > 0, err
}

// Ready reports whether the store answers.
func (x *Exchange) Ready(ctx context.Context) error {
	_, err := x.Loaded(ctx)
	return err
}

// today is the calendar day in Beijing.
func (x *Exchange) today() string { return partnership.Day(x.now()) }

func (x *Exchange) stamp() partnership.Stamp { return partnership.At(x.now()) }

// List asks for one page of a list.
type List struct {
	State string // one state only; empty for all
	Text  string // part of the name, where the list can be narrowed by name
	After string // cursor of the page before
	Limit int    // 1..100, 20 if out of range
}

func (l List) limit() int {
	if l.Limit < 1 || l.Limit > 100 {
		return 20
	}
	return l.Limit
}
