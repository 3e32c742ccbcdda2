package exchange

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// The kinds of the search index.
const (
	KindPost    = "post"
	KindCompany = "company"
	KindBase    = "base"
	KindClass   = "class"
	KindMajor   = "major"
	KindCohort  = "cohort"
)

// KindWords gives a kind in the users' language.
func KindWords(kind string) string {
	return map[string]string{KindPost: "岗位", KindCompany: "企业", KindBase: "实训基地", KindClass: "订单班", KindMajor: "专业", KindCohort: "班级批次"}[kind]
}

// The key fields of the index. SeeField gates who may find a document.
const (
	SeeField        = "see"
	RegionField     = "region"
	MajorField      = "major"
	CategoryField   = "category"
	OccupationField = "occupation"
	PeriodField     = "period"
	LodgingField    = "lodging"
	OpenField       = "open"
	StateField      = "state"
	PostKindField   = "post_kind"
	ClusterField    = "cluster"
	SchoolField     = "school"
)

const seeAll, seeSchools, seeCompanies = "all", "schools", "companies"

func point(p *partnership.Point) *search.Point {
	if p == nil {
		return nil
	}
	return &search.Point{Lng: p.Lng, Lat: p.Lat}
}

// regionKeys is a county with its city and province, so that each of them finds it.
func (x *Exchange) regionKeys(code string) []string {
	var out []string
	for code != "" && !slices.Contains(out, code) {
		out = append(out, code)
		r, ok := x.cat().Region(code)
		if !ok {
			break
		}
		code = r.Parent()
	}
	return out
}

// months lists the calendar months of a window, at most 24.
func months(from, to string) []string {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		return nil
	}
	var out []string
	for m := time.Date(a.Year(), a.Month(), 1, 0, 0, 0, 0, time.UTC); !m.After(b) && len(out) < 24; m = m.AddDate(0, 1, 0) {
		out = append(out, m.Format("2006-01"))
	}
	return out
}

func (x *Exchange) postDocument(p *partnership.Post) search.Document {
	d := search.Document{ID: p.ID, Kind: KindPost, Title: p.Title, Company: p.CompanyName, Text: p.Duties, Tags: slices.Clone(p.Skills),
		Pay: int(p.PayFen / 100), Point: point(p.Point), Updated: int64(p.Updated), Rev: p.Rev}
	lodging := "no"
	if p.Lodging {
		lodging = "yes"
	}
	open := "no"
	if p.State == partnership.PostOpen && p.Left() > 0 {
		open = "yes"
	}
	see := []string{"party:" + p.Company}
	if p.State.Public() {
		see = append(see, seeSchools)
	}
	if p.DelegatedTo != "" {
		see = append(see, "party:"+p.DelegatedTo)
	}
	d.Keys = map[string][]string{SeeField: see, RegionField: x.regionKeys(p.Region), PeriodField: months(p.From, p.To), LodgingField: {lodging},
		OpenField: {open}, StateField: {string(p.State)}, PostKindField: {string(p.Kind)}}
	for _, l := range p.Links {
		d.Keys[MajorField] = append(d.Keys[MajorField], l.Code)
		d.Tags = append(d.Tags, l.Name)
	}
	if p.Category != "" {
		d.Keys[CategoryField] = []string{p.Category}
	}
	if p.Cluster != "" {
		d.Keys[ClusterField] = []string{p.Cluster}
	}
	for _, g := range p.Guesses[:min(1, len(p.Guesses))] {
		d.Keys[OccupationField] = []string{g.Code}
		d.Tags = append(d.Tags, g.Name)
	}
	return d
}

func (x *Exchange) cohortDocument(c *partnership.Cohort) search.Document {
	see := []string{"party:" + c.School}
	if c.State == partnership.CohortOpen {
		see = append(see, seeCompanies)
	}
	return search.Document{ID: c.ID, Kind: KindCohort, Title: c.Name, Company: c.SchoolName, Text: c.Needs, Tags: append([]string{c.MajorName}, c.Skills...),
		Point: point(c.Point), Updated: int64(c.Updated), Rev: c.Rev,
		Keys: map[string][]string{SeeField: see, RegionField: x.regionKeys(c.Region), MajorField: {c.Major}, CategoryField: {c.Category},
			PeriodField: months(c.From, c.To), StateField: {string(c.State)}, SchoolField: {c.School}}}
}

func (x *Exchange) companyDocument(c *partnership.Company) search.Document {
	see := []string{"party:" + c.ID}
	if c.State == partnership.CompanyApproved {
		see = append(see, seeSchools)
	}
	d := search.Document{ID: c.ID, Kind: KindCompany, Title: c.Name, Tags: slices.Clone(c.Spellings), Text: c.Address, Point: point(c.Point),
		Updated: int64(c.Updated), Rev: c.Rev, Keys: map[string][]string{SeeField: see, RegionField: x.regionKeys(c.Region), StateField: {string(c.State)}}}
	if i, ok := x.cat().Industry(c.Industry); ok {
		d.Tags = append(d.Tags, i.Name)
	}
	if c.Cluster != "" {
		d.Keys[ClusterField] = []string{c.Cluster}
	}
	return d
}

func (x *Exchange) baseDocument(b *partnership.TrainingBase) search.Document {
	return search.Document{ID: b.ID, Kind: KindBase, Title: b.Name, Company: b.OwnerName, Tags: []string{b.Trades, b.Kind, b.Level}, Point: point(b.Point),
		Updated: int64(b.Updated), Rev: b.Rev,
		Keys: map[string][]string{SeeField: {seeAll}, RegionField: x.regionKeys(b.Region), MajorField: b.Majors, SchoolField: nonEmpty(b.School)}}
}

func (x *Exchange) classDocument(o *partnership.OrderClass) search.Document {
	return search.Document{ID: o.ID, Kind: KindClass, Title: o.Name, Company: o.CompanyName, Tags: []string{o.Kind, o.MajorNames, o.SchoolName},
		Pay: int(o.PromisedPayFen / 100), Updated: int64(o.Updated), Rev: o.Rev,
		Keys: map[string][]string{SeeField: {"party:" + o.Company, "party:" + o.School}, MajorField: o.Majors, SchoolField: nonEmpty(o.School)}}
}

// majorDocument makes a secondary major of the catalogue findable, with its class,
// its courses and the district's market words through the synonyms.
func (x *Exchange) majorDocument(m *catalogue.Major) search.Document {
	return search.Document{ID: "major-" + m.Code, Kind: KindMajor, Title: m.Name, Tags: []string{m.Code, m.Class.Name, m.Category.Name},
		Text: strings.Join(x.cat().Courses(m.Code), " "), Rev: 1,
		Keys: map[string][]string{SeeField: {seeAll}, MajorField: {m.Code}, CategoryField: {m.Category.Code}}}
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// IndexConfig is what the index needs to know of the world: trade words and synonyms
// of the catalogue, places, and the phrases that mean a fact.
func IndexConfig(cat *catalogue.Catalogue) search.Config {
	places := map[string][]string{}
	for _, r := range cat.Regions() {
		places[r.Name] = append(places[r.Name], r.Code)
		if len([]rune(r.Short)) >= 2 && r.Short != r.Name {
			places[r.Short] = append(places[r.Short], r.Code)
		}
	}
	return search.Config{
		Synonyms: cat.Synonyms(), Aliases: cat.Spoken(), Words: cat.Words(), Places: places, PlaceField: RegionField, PeriodField: PeriodField,
		Facts: map[string]search.Key{
			"订单班": {Field: search.KindField, Value: KindClass}, "实训基地": {Field: search.KindField, Value: KindBase},
			"包住": {Field: LodgingField, Value: "yes"}, "提供住宿": {Field: LodgingField, Value: "yes"},
			"岗位实习": {Field: PostKindField, Value: string(partnership.KindInternship)}, "认识实习": {Field: PostKindField, Value: string(partnership.KindObservation)},
		},
	}
}

// scope narrows a query to what the actor may find.
func scope(actor partnership.Actor, q search.Query) search.Query {
	if actor.SeesAll() {
		return q
	}
	see := []string{seeAll, "party:" + actor.Party}
	switch actor.Role {
	case partnership.RoleSchool:
		see = append(see, seeSchools)
	case partnership.RoleCompany:
		see = append(see, seeCompanies)
	}
	filters := map[string][]string{}
	for f, v := range q.Filters {
		if f != SeeField {
			filters[f] = v
		}
	}
	filters[SeeField] = see
	q.Filters = filters
	return q
}

// Search finds what the actor may see. A query with words that finds nothing is
// counted as unmet demand.
func (x *Exchange) Search(ctx context.Context, actor partnership.Actor, q search.Query) (search.Result, error) {
	if q.Limit < 1 || q.Limit > 100 {
		q.Limit = 20
	}
	if q.Loosen == nil { // what the nearest alternatives may let go; never who may see
		q.Loosen = []string{RegionField, PeriodField, MajorField, CategoryField, OccupationField, LodgingField, OpenField, PostKindField, ClusterField, SchoolField}
	}
	q.Facets = slices.DeleteFunc(slices.Clone(q.Facets), func(f string) bool { return f == SeeField })
	r, err := x.index.Find(ctx, scope(actor, q))
	if err != nil {
		return r, err
	}
	if r.Total == 0 && strings.TrimSpace(q.Text) != "" {
		if err := x.countMissed(ctx, q); err != nil {
			x.log.WarnContext(ctx, "unmet query not counted", "err", err)
		}
	}
	return r, nil
}

// Complete suggests titles as they are typed. A title the actor may not know of is
// dropped: a draft must not show through the search box.
func (x *Exchange) Complete(ctx context.Context, actor partnership.Actor, prefix string, kinds []string, n int) ([]search.Suggestion, error) {
	found, err := x.index.Suggest(ctx, prefix, kinds, 3*n)
	if err != nil || actor.SeesAll() {
		return found[:min(n, len(found))], err
	}
	ids := map[string][]string{}
	for _, s := range found {
		ids[s.Kind] = append(ids[s.Kind], s.ID)
	}
	sees := map[string]bool{}
	if err := mark(ctx, x.posts, ids[KindPost], actor.MaySeePost, sees); err != nil {
		return nil, err
	}
	if err := mark(ctx, x.cohorts, ids[KindCohort], actor.MaySeeCohort, sees); err != nil {
		return nil, err
	}
	if err := mark(ctx, x.companies, ids[KindCompany], func(c *partnership.Company) bool { return maySeeCompany(actor, c) }, sees); err != nil {
		return nil, err
	}
	mine := func(o *partnership.OrderClass) bool { return actor.SpeaksFor(o.Company) || actor.SpeaksFor(o.School) }
	if err := mark(ctx, x.classes, ids[KindClass], mine, sees); err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(s search.Suggestion) bool {
		open := s.Kind == KindMajor || s.Kind == KindBase
		return !open && !sees[s.ID]
	})
	return found[:min(n, len(found))], nil
}

// mark notes which of the ids the actor may see.
func mark[T any, P interface {
	*T
	Rec() *partnership.Record
}](ctx context.Context, c *store.Coll[T], ids []string, may func(*T) bool, sees map[string]bool) error {
	if len(ids) == 0 {
		return nil
	}
	for t, err := range c.Find(ctx, store.Query{Where: store.Field("_id").In(ids)}) {
		if err != nil {
			return err
		}
		if may(&t) {
			sees[P(&t).Rec().ID] = true
		}
	}
	return nil
}

func missedID(q search.Query) string {
	text := strings.Join(strings.Fields(strings.ToLower(q.Text)), " ")
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40])
	}
	return strings.Join(q.Kinds, ",") + "|" + strconv.Quote(text)
}
