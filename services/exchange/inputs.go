package exchange

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// What is counted beside outcomes: slots of posts, seats and promises of order classes,
// interns, majors, and what schools report as counts. Placements keep each step with its
// moment, so they can be read as of any day. The other documents are overwritten; the job
// rates keeps what each of them counted in rate_inputs, an entry whenever that changes.

// input is what one document adds to the counts now.
type input struct {
	kind, doc, title string
	created, updated partnership.Stamp
	lines            []partnership.CountLine
}

func line(year int, school string, c rates.Count, n int64, in ...string) partnership.CountLine {
	return partnership.CountLine{Year: year, School: school, In: in, Count: c.String(), N: n}
}

func inOf(d rates.Dim, value string) string { return d.String() + "=" + value }

// eachInput hands over every document that counts, with its lines.
func (x *Exchange) eachInput(ctx context.Context, r *outcomeReader, give func(input) error) error {
	for p, err := range store.Scan[postCounts](ctx, x.posts, store.Query{Where: store.Field("kind").Eq(string(partnership.KindInternship))}) {
		if err != nil {
			return fmt.Errorf("posts: %w", err)
		}
		if in := postInput(&p, r); len(in.lines) > 0 {
			if err := give(in); err != nil {
				return err
			}
		}
	}
	for c, err := range x.classes.Find(ctx, store.Query{}) {
		if err != nil {
			return fmt.Errorf("order classes: %w", err)
		}
		if err := give(input{"order class", c.ID, c.Name, c.Created, c.Updated, classLines(&c)}); err != nil {
			return err
		}
	}
	for c, err := range x.cohorts.Find(ctx, store.Query{}) {
		if err != nil {
			return fmt.Errorf("cohorts: %w", err)
		}
		if year := yearOf(c.From); year > 0 && c.State != partnership.CohortDraft {
			lines := []partnership.CountLine{line(year, c.School, rates.InternsDue, int64(c.Size), inOf(rates.Major, r.major(c.Major, c.MajorName)), inOf(rates.Cohort, c.Name))}
			if err := give(input{"cohort", c.ID, c.Name, c.Created, c.Updated, lines}); err != nil {
				return err
			}
		}
	}
	return x.eachReported(ctx, r, give)
}

// postCounts is what of a post is counted; it decodes several times faster than the whole.
type postCounts struct {
	ID          string                `json:"_id"`
	Created     partnership.Stamp     `json:"_c"`
	Updated     partnership.Stamp     `json:"_u"`
	CompanyName string                `json:"company_name"`
	State       partnership.PostState `json:"state"`
	Title       string                `json:"title"`
	Slots       int                   `json:"slots"`
	From        string                `json:"from"`
	LinkMajors  []string              `json:"link_majors"`
	Region      string                `json:"region"`
	Category    string                `json:"category"`
	Cluster     string                `json:"cluster"`
}

// postInput counts the slots of an internship post that was open at some time.
func postInput(p *postCounts, r *outcomeReader) input {
	in := input{kind: "post", doc: p.ID, title: p.Title, created: p.Created, updated: p.Updated}
	year := yearOf(p.From)
	if year == 0 || p.State == partnership.PostDraft || p.State == partnership.PostSubmitted || p.State == partnership.PostReturned {
		return in
	}
	in.lines = []partnership.CountLine{line(year, "", rates.Slots, int64(p.Slots), postGroups(p, r)...)}
	return in
}

// postGroups are the groups that a post's slots stand in.
func postGroups(p *postCounts, r *outcomeReader) []string {
	out := []string{inOf(rates.Company, p.CompanyName)}
	if p.Region != "" {
		out = append(out, inOf(rates.Region, p.Region))
	}
	if p.Cluster != "" {
		out = append(out, inOf(rates.Cluster, p.Cluster))
	}
	if g, ok := r.cat.GroupOf(p.Category); ok {
		out = append(out, inOf(rates.Class, g.Name))
	}
	return out
}

// classLines counts seats and, once its day has come, the promise to hire: kept if the
// promised share of those in the class was hired.
func classLines(c *partnership.OrderClass) []partnership.CountLine {
	in := inOf(rates.Company, c.CompanyName)
	out := []partnership.CountLine{line(c.Year, c.School, rates.OrderSeats, int64(c.Seats), in), line(c.Year, c.School, rates.OrderEnrolled, int64(min(c.Enrolled, c.Seats)), in)}
	if c.PromisedHirePct > 0 && c.PromisedBy != "" {
		kept := int64(0)
		if c.HiredAsPromised() {
			kept = 1
		}
		due := inOf(dueBy, c.PromisedBy)
		out = append(out, line(c.Year, c.School, rates.PromisesDue, 1, in, due), line(c.Year, c.School, rates.PromisesKept, kept, in, due))
	}
	return out
}

// dueBy marks a line that counts only from a day on.
const dueBy = rates.Whole

func yearOf(day string) int {
	if len(day) < 4 {
		return 0
	}
	n, err := strconv.Atoi(day[:4])
	if err != nil {
		return 0
	}
	return n
}

// reportedAlone are the items that schools state and that count by themselves.
var reportedAlone = map[string]rates.Count{"teachers": rates.Teachers, "certified": rates.Certified}

// reportedParts are the rates that schools report themselves as two counts: the items of
// the part and of its whole, and what they are counted as. A school that states one of the
// two alone is counted on neither side: what it leaves out is unknown, not zero.
var reportedParts = []reportedPart{
	{"dual_teachers", majorTeachers, rates.DualTeachers, rates.DualOf},
	{"practice_days", majorTeachers, rates.PracticeDays, rates.PracticeOf},
	{"certified", "assessed", rates.AssessedPassed, rates.Assessed},
	{"certified_middle", "assessed", rates.CertifiedMiddle, rates.MiddleOf},
	{"course_passed", "course_taken", rates.CoursePassed, rates.CourseTaken},
}

type reportedPart struct {
	part, whole string
	n, of       rates.Count
}

// majorTeachers is the item 专业课教师.
const majorTeachers = "major_teachers"

// statedKey names an item of a school and year.
type statedKey struct {
	school string
	year   int
	item   string
}

// statedCount is what a school stated under it.
type statedCount struct {
	n int64
	from
}

// statedCounts reads the items that are counts; of several under one name the last holds.
func statedCounts(items []publishedItem) map[statedKey]statedCount {
	out := map[statedKey]statedCount{}
	for _, v := range items {
		if n, err := strconv.ParseInt(v.Value, 10, 64); err == nil && n >= 0 {
			out[statedKey{v.school, v.Year, v.Key}] = statedCount{n, v.from}
		}
	}
	return out
}

// eachReported hands over what schools published as counts: enrolment, surveys whose share
// a whole number of people gives, and the items of reportedCounts.
func (x *Exchange) eachReported(ctx context.Context, r *outcomeReader, give func(input) error) error {
	p, err := x.publishedFacts(ctx)
	if err != nil {
		return err
	}
	for _, s := range p.surveys {
		counts := [2]rates.Count{rates.EmployerAnswers, rates.EmployerSatisfied}
		switch {
		case strings.Contains(s.Indicator, "毕业生"):
			counts = [2]rates.Count{rates.GraduateAnswers, rates.GraduateSatisfied}
		case !strings.Contains(s.Indicator, "用人单位"):
			continue
		}
		if s.Answers > 0 && s.counted {
			if err := give(input{"survey", s.doc, s.Indicator, s.created, s.updated, []partnership.CountLine{line(s.Year, s.school, counts[0], s.Answers), line(s.Year, s.school, counts[1], s.Satisfied)}}); err != nil {
				return err
			}
		}
	}
	for _, e := range p.enrolment {
		if err := give(input{"enrolment", e.doc, e.Major, e.created, e.updated, []partnership.CountLine{line(e.Year, e.school, rates.Students, e.Students, inOf(rates.Major, r.major("", e.Major)))}}); err != nil {
			return err
		}
	}
	stated := statedCounts(p.items)
	for _, item := range p.items {
		k := statedKey{item.school, item.Year, item.Key}
		v, ok := stated[k]
		if !ok || v.doc != item.doc {
			continue
		}
		var lines []partnership.CountLine
		updated := v.updated
		if c, ok := reportedAlone[k.item]; ok {
			lines = append(lines, line(k.year, k.school, c, v.n))
		}
		for _, p := range reportedParts {
			if whole, ok := stated[statedKey{k.school, k.year, p.whole}]; ok && p.part == k.item {
				lines = append(lines, line(k.year, k.school, p.n, v.n), line(k.year, k.school, p.of, whole.n))
				updated = max(updated, whole.updated)
			}
		}
		if len(lines) == 0 {
			continue
		}
		if err := give(input{"reported", v.doc, k.item, v.created, updated, lines}); err != nil {
			return err
		}
	}
	return x.eachPractice(ctx, stated, give)
}

// countInputs adds to a tally what is counted beside outcomes.
func (x *Exchange) countInputs(ctx context.Context, c *counting) error {
	r, err := x.newReader(ctx)
	if err != nil {
		return err
	}
	day := partnership.Day(x.now())
	if c.asOf != 0 {
		day = partnership.Day(c.asOf.Time())
	}
	add := func(in input) error { return c.addLines(in.lines, day) }
	if c.asOf == 0 {
		err = x.eachInput(ctx, r, add)
	} else {
		err = x.eachKept(ctx, c.asOf, add)
	}
	if err != nil {
		return err
	}
	if err := x.eachIntern(ctx, r, c.asOf, day, func(_ partnership.Placement, in input) error { return add(in) }); err != nil {
		return err
	}
	return x.countMajors(ctx, c, r, day)
}

// addLines adds lines whose day has come.
func (c *counting) addLines(lines []partnership.CountLine, day string) error {
	for _, l := range lines {
		count, ok := rates.ParseCount(l.Count)
		if !ok || !c.only.line(&l) {
			continue // of a later version of the program
		}
		var in []rates.In
		due := true
		for _, text := range l.In {
			key, value, _ := strings.Cut(text, "=")
			d, ok := rates.ParseDim(key)
			switch {
			case ok && d == dueBy:
				due = value <= day
			case ok:
				in = append(in, rates.In{Dim: d, Value: value})
			}
		}
		if !due {
			continue
		}
		if err := c.up.AddCount(l.Year, l.School, in, count, l.N); err != nil {
			return err
		}
		if count == rates.Students && len(in) > 0 {
			c.enrolled[enrolledIn{l.School, l.Year, in[0].Value}] += l.N
		}
	}
	return nil
}

// keepInputs writes an entry for each document that counts otherwise than when it was
// last looked at. It returns how many it wrote.
func (x *Exchange) keepInputs(ctx context.Context) (int, error) {
	r, err := x.newReader(ctx)
	if err != nil {
		return 0, err
	}
	last := map[string]partnership.RateInput{}
	for e, err := range x.inputs.Find(ctx, store.Query{Sort: []store.Sort{store.Asc("from")}}) {
		if err != nil {
			return 0, err
		}
		last[e.Kind+"|"+e.Doc] = e
	}
	var fresh []partnership.RateInput
	put := func(in input, known *partnership.RateInput) {
		from := in.created
		if known != nil {
			from = max(in.updated, known.From+1)
		}
		e := partnership.RateInput{Kind: in.kind, Doc: in.doc, Title: in.title, From: from, Lines: in.lines}
		e.ID = inputID(e)
		fresh = append(fresh, e)
	}
	err = x.eachInput(ctx, r, func(in input) error {
		key := in.kind + "|" + in.doc
		known, ok := last[key]
		delete(last, key)
		switch {
		case !ok:
			put(in, nil)
		case !reflect.DeepEqual(known.Lines, in.lines):
			put(in, &known)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, gone := range last {
		if len(gone.Lines) > 0 {
			put(input{kind: gone.Kind, doc: gone.Doc, title: gone.Title, updated: x.stamp()}, &gone)
		}
	}
	if err := x.inputs.InsertMany(ctx, fresh); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
		return 0, fmt.Errorf("rate inputs: %w", err)
	}
	return len(fresh), nil
}

func inputID(e partnership.RateInput) string {
	return strings.ReplaceAll(e.Kind, " ", "-") + "|" + e.Doc + "|" + strconv.FormatInt(int64(e.From), 10)
}

// eachKept hands over what every document counted at a moment.
func (x *Exchange) eachKept(ctx context.Context, asOf partnership.Stamp, give func(input) error) error {
	// By document and moment: the last entry before the moment is the one that counts.
	var held *partnership.RateInput
	for e, err := range x.inputs.Find(ctx, store.Query{Where: store.Field("from").Le(asOf), Sort: []store.Sort{store.Asc("kind"), store.Asc("doc"), store.Asc("from")}}) {
		if err != nil {
			return fmt.Errorf("rate inputs: %w", err)
		}
		if held != nil && (held.Kind != e.Kind || held.Doc != e.Doc) {
			if err := give(input{kind: held.Kind, doc: held.Doc, title: held.Title, lines: held.Lines}); err != nil {
				return err
			}
		}
		held = &e
	}
	if held == nil {
		return nil
	}
	return give(input{kind: held.Kind, doc: held.Doc, title: held.Title, lines: held.Lines})
}

// completedPlacements maps the students who completed an internship to its company.
func (x *Exchange) completedPlacements(ctx context.Context, asOf partnership.Stamp) (map[string]string, error) {
	out := map[string]string{}
	for p, err := range x.placements.Find(ctx, store.Query{Where: store.Field("kind").Eq(string(partnership.KindInternship))}) {
		if err != nil {
			return nil, fmt.Errorf("placements: %w", err)
		}
		if stateAt(&p, asOf) == partnership.PlacementCompleted {
			out[p.Student] = p.CompanyName
		}
	}
	return out, nil
}

// stateAt is the state of a placement at a moment, "" before it was there.
func stateAt(p *partnership.Placement, asOf partnership.Stamp) partnership.PlacementState {
	if asOf == 0 {
		return p.State
	}
	if p.Created > asOf {
		return ""
	}
	state := partnership.PlacementProposed
	for _, s := range p.Steps {
		if s.At <= asOf {
			state = partnership.PlacementState(s.To)
		}
	}
	return state
}

// eachIntern hands over every internship that had begun by a day, with what it counts: a
// slot filled, and an intern once a year however many posts a student went through.
func (x *Exchange) eachIntern(ctx context.Context, r *outcomeReader, asOf partnership.Stamp, day string, give func(partnership.Placement, input) error) error {
	began := store.And(store.Field("kind").Eq(string(partnership.KindInternship)), store.Field("started_on").Le(day))
	if n, err := x.placements.Count(ctx, began); err != nil || n == 0 {
		return err
	}
	posts := map[string]postCounts{}
	cohorts := map[string]string{} // major code
	for p, err := range store.Scan[postCounts](ctx, x.posts, store.Query{Where: store.Field("kind").Eq(string(partnership.KindInternship))}) {
		if err != nil {
			return fmt.Errorf("posts: %w", err)
		}
		posts[p.ID] = p
	}
	for k, err := range x.cohorts.Find(ctx, store.Query{}) {
		if err != nil {
			return fmt.Errorf("cohorts: %w", err)
		}
		cohorts[k.ID] = k.Major
	}
	student, years := "", map[int]bool{}
	for p, err := range x.placements.Find(ctx, store.Query{Where: began, Sort: []store.Sort{store.Asc("student")}}) {
		if err != nil {
			return fmt.Errorf("placements: %w", err)
		}
		if p.StartedOn == "" || stateAt(&p, asOf) == "" {
			continue
		}
		year := yearOf(p.From)
		post, ok := posts[p.Post]
		if !ok {
			post.CompanyName = p.CompanyName
		}
		in := input{kind: "placement", doc: p.ID, title: p.CompanyName + " " + p.PostTitle, lines: []partnership.CountLine{line(year, "", rates.SlotsFilled, 1, postGroups(&post, r)...)}}
		if p.Student != student {
			student, years = p.Student, map[int]bool{}
		}
		if !years[year] {
			years[year] = true
			groups := []string{inOf(rates.Major, r.major(cohorts[p.Cohort], p.MajorName)), inOf(rates.Cohort, p.CohortName), inOf(rates.Company, p.CompanyName)}
			aligned := int64(0)
			if slices.Contains(post.LinkMajors, cohorts[p.Cohort]) {
				aligned = 1
			}
			in.lines = append(in.lines, line(year, p.School, rates.Interns, 1, groups...), line(year, p.School, rates.InternsAligned, aligned, groups...))
		}
		if err := give(p, in); err != nil {
			return err
		}
	}
	return nil
}
