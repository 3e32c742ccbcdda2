package exchange

import (
	"cmp"
	_ "embed" // the relevance script
	"slices"
	"strconv"
	"strings"
	"time"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/partnership"
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
	IndustryField   = "industry" // 门类 and 大类 of a company
	KindOfField     = "kind_of"  // of a training base (校内 …) or an order class (订单班 …)
	LevelField      = "level"    // of a training base
	YearField       = "year"     // of an order class
)

// mapping names the form of the documents below. Change it with any of them: an index
// of another form is built anew beside the old one, which answers until then.
const mapping = "3"

const seeAll, seeSchools, seeCompanies, seeRegion = "all", "schools", "companies", "region:"

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

// seenFrom are the keys by which the district of a place finds what lies there.
func (x *Exchange) seenFrom(code string) []string {
	keys := x.regionKeys(code)
	for i := range keys {
		keys[i] = seeRegion + keys[i]
	}
	return keys
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
	see := append(x.seenFrom(p.Region), "party:"+p.Company)
	if p.District != "" {
		see = append(see, x.seenFrom(p.District)...)
	}
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
		d.Keys[OccupationField] = []string{cmp.Or(p.AlignedOcc, g.Code)}
		d.Tags = append(d.Tags, g.Name)
	}
	return d
}

func (x *Exchange) cohortDocument(c *partnership.Cohort) search.Document {
	see := append(x.seenFrom(c.Region), "party:"+c.School)
	if c.State == partnership.CohortOpen {
		see = append(see, seeCompanies)
	}
	beds := "no"
	if c.NeedsBeds {
		beds = "yes"
	}
	return search.Document{ID: c.ID, Kind: KindCohort, Title: c.Name, Company: c.SchoolName, Text: c.Needs, Tags: append([]string{c.MajorName}, c.Skills...),
		Point: point(c.Point), Updated: int64(c.Updated), Rev: c.Rev,
		Keys: map[string][]string{SeeField: see, RegionField: x.regionKeys(c.Region), MajorField: {c.Major}, CategoryField: {c.Category},
			PeriodField: months(c.From, c.To), StateField: {string(c.State)}, SchoolField: {c.School}, LodgingField: {beds}}}
}

func (x *Exchange) companyDocument(c *partnership.Company) search.Document {
	see := append(x.seenFrom(cmp.Or(c.District, c.Region)), "party:"+c.ID)
	if c.State == partnership.CompanyApproved {
		see = append(see, seeSchools)
	}
	d := search.Document{ID: c.ID, Kind: KindCompany, Title: c.Name, Tags: slices.Clone(c.Spellings), Text: c.Address, Point: point(c.Point),
		Updated: int64(c.Updated), Rev: c.Rev, Keys: map[string][]string{SeeField: see, RegionField: x.regionKeys(c.Region), StateField: {string(c.State)}}}
	for i, up := range x.cat().IndustryChain(c.Industry) {
		if i < 2 {
			d.Keys[IndustryField] = append(d.Keys[IndustryField], up.Code)
		}
		if up.Code == c.Industry {
			d.Tags = append(d.Tags, up.Name)
		}
	}
	if c.Cluster != "" {
		d.Keys[ClusterField] = []string{c.Cluster}
	}
	return d
}

// baseSees: a base that is open to others is for everyone to find; any other is for its
// owner, the school that counts it, schools at large, and those who see all. See
// docs/decisions/0005-who-sees-what.md.
func baseSees(b *partnership.TrainingBase) []string {
	if b.OpenToOthers {
		return []string{seeAll}
	}
	see := []string{seeSchools, "party:" + b.Owner}
	if b.School != "" {
		see = append(see, "party:"+b.School)
	}
	return see
}

func (x *Exchange) baseDocument(b *partnership.TrainingBase) search.Document {
	open := "no"
	if b.OpenToOthers {
		open = "yes"
	}
	return search.Document{ID: b.ID, Kind: KindBase, Title: b.Name, Company: b.OwnerName, Tags: []string{b.Trades, b.Kind, b.Level}, Point: point(b.Point),
		Updated: int64(b.Updated), Rev: b.Rev,
		Keys: map[string][]string{SeeField: append(baseSees(b), x.seenFrom(b.Region)...), RegionField: x.regionKeys(b.Region), MajorField: b.Majors, CategoryField: x.categories(b.Majors), SchoolField: nonEmpty(b.School),
			KindOfField: nonEmpty(b.Kind), LevelField: nonEmpty(b.Level), OpenField: {open}}}
}

func (x *Exchange) classDocument(o *partnership.OrderClass) search.Document {
	d := search.Document{ID: o.ID, Kind: KindClass, Title: o.Name, Company: o.CompanyName, Tags: []string{o.Kind, o.MajorNames, o.SchoolName},
		Pay: int(o.PromisedPayFen / 100), Updated: int64(o.Updated), Rev: o.Rev,
		Keys: map[string][]string{SeeField: {"party:" + o.Company, "party:" + o.School}, MajorField: o.Majors, CategoryField: x.categories(o.Majors), SchoolField: nonEmpty(o.School),
			KindOfField: nonEmpty(o.Kind), StateField: {string(o.Standing())}}}
	if o.Year > 0 {
		d.Keys[YearField] = []string{strconv.Itoa(o.Year)}
	}
	return d
}

// categories are the categories of majors, each once.
func (x *Exchange) categories(majors []string) []string {
	var out []string
	for _, code := range majors {
		if m, ok := x.cat().Major(code); ok && !slices.Contains(out, m.Category.Code) {
			out = append(out, m.Category.Code)
		}
	}
	return out
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

// relevance is the script that a rebuilt index must pass before it replaces the one in use.
//
//go:embed relevance.txt
var relevance string

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
	checks, err := search.ParseChecks(relevance)
	if err != nil {
		panic(err) // the script is part of the program
	}
	return search.Config{
		Checks: checks, Synonyms: cat.Synonyms(), Aliases: cat.Spoken(), Words: cat.Words(), Mapping: mapping, Places: places, PlaceField: RegionField, PeriodField: PeriodField,
		Facts: map[string]search.Key{
			"订单班": {Field: search.KindField, Value: KindClass}, "实训基地": {Field: search.KindField, Value: KindBase},
			"包住": {Field: LodgingField, Value: "yes"}, "提供住宿": {Field: LodgingField, Value: "yes"},
			"岗位实习": {Field: PostKindField, Value: string(partnership.KindInternship)}, "认识实习": {Field: PostKindField, Value: string(partnership.KindObservation)},
		},
	}
}
