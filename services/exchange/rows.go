package exchange

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
)

// RowsQuery names a figure whose rows are to be opened.
type RowsQuery struct {
	Rate   string
	By     string
	School string // id; empty = the district's
	Group  string // name of the group; empty for the whole district or school
	Year   int
	Part   string // numerator, denominator or excluded; empty = all
	Day    string // of the snapshot; empty = the newest
	Page   int    // from 1; AllRows for an export
}

// AllRows asks for every row that is listed at once.
const AllRows = -1

// RowsAPage is how many rows one page shows.
const RowsAPage = 50

// RowsKept is how many rows of one figure are listed; beyond it only their numbers by
// reason are given.
const RowsKept = 5000

// FigureRows is a figure with the rows behind it.
type FigureRows struct {
	Figure     partnership.Figure
	Definition rates.Definition
	SchoolName string
	Day        string
	AsOf       partnership.Stamp // the rows are as they stood then; 0 = now
	Reasons    []RowReason       // all rows of the group, counted
	Rows       []FigureRow       // one page of those of the part asked for
	Total      int               // rows of that part
	Cut        bool              // there are more than can be listed
	Others     int64             // people of other schools, whose rows the actor may not see
	Own        bool              // the actor's own school: rows in full
}

// RowReason is how many people stand in a part of the rate for one reason.
type RowReason struct {
	Part   rates.Part
	Why    string
	People int64
}

// FigureRow is one row: a graduate, a line of published counts, or a document that counts.
// To others than the school itself it says where it stands and nothing that a smaller
// group could be told by; Code lets both speak of the same row.
type FigureRow struct {
	Part   rates.Part
	Why    string
	Code   string // the same for everybody who opens this figure, another in every other figure
	School string
	What   string // of a ledger row or a document: what it is
	Num    int64  // people, or what the rate counts
	Den    int64
	Sample bool
	// Of the actor's own school only.
	ID, Number, Cohort, Major, Direction, Employer, Region string
	Student, Name                                          string // id and masked name in the roster, if the student is in it
	PayFen                                                 int64
	AlignWhy                                               []string
	AlignBy                                                string
}

// Rows opens a figure: the rows in its numerator, those in the denominator only and those
// that the definition leaves out, each with the reason. A figure that is hidden from the
// actor stays shut.
func (x *Exchange) Rows(ctx context.Context, actor partnership.Actor, q RowsQuery) (*FigureRows, error) {
	o := opening{x: x, actor: actor, q: q, counts: map[RowReason]int64{}}
	if err := o.find(ctx); err != nil {
		return nil, err
	}
	if err := o.read(ctx); err != nil {
		return nil, err
	}
	return o.close(ctx)
}

var errNoFigure = partnership.Refuse(partnership.ErrNotFound, "没有这个数字，或者您无权查看。请从指标页重新打开")

// opening is one figure being opened.
type opening struct {
	x      *Exchange
	actor  partnership.Actor
	q      RowsQuery
	out    FigureRows
	scope  rates.Scope
	part   rates.Part
	all    bool // rows of every part are wanted
	reader *outcomeReader
	only   *sight
	apart  bool // schools may be named: no school's share of the figure is hidden
	day    string
	counts map[RowReason]int64
	kept   []FigureRow
}

// find looks the figure up where the actor read it, with the same eyes.
func (o *opening) find(ctx context.Context) error {
	d, ok := rates.Find(o.q.Rate)
	if !ok {
		return errNoFigure
	}
	if o.part, o.all = rates.ParsePart(o.q.Part); o.q.Part != "" && !o.all {
		return partnership.Invalid{"part": {"可选：numerator 在分子，denominator 只在分母，excluded 不计入"}}
	}
	o.all = o.q.Part == ""
	p := page{o.q.School, o.q.By, o.q.Year}
	switch o.q.By {
	case ByDistrict:
		p = page{by: ByDistrict}
	case BySchool:
		p = page{school: o.q.School, by: BySchool}
	}
	if o.q.School != "" {
		if ok, err := o.x.readsSchool(ctx, o.actor, o.q.School); err != nil || !ok {
			return errors.Join(err, errNoFigure)
		}
	}
	if !maySeePage(o.actor, p) {
		return partnership.Refuse(partnership.ErrForbidden, "一所学校的毕业生在各单位、行业、集群的分布只有本校能看")
	}
	s, err := o.x.newShelf(ctx, o.actor, o.q.Day, false)
	if err != nil {
		return err
	}
	o.only = s.only
	snap, err := s.page(ctx, p)
	if err != nil {
		return err
	}
	f := o.figure(figures(snap, o.actor, 0))
	if f == nil {
		return errNoFigure
	}
	o.out = FigureRows{Figure: *f, Definition: d, SchoolName: snap.Of, Day: s.day, AsOf: snap.AsOf, Own: o.q.School != "" && o.actor.SpeaksFor(o.q.School) || isSystem(o.actor)}
	if f.Hidden {
		return partnership.Refuse(partnership.ErrForbidden, "这个数字因人数过少而不公布，它背后的记录也不能打开。可以看人数更多的分组")
	}
	o.scope = rates.Scope{Year: f.Year, School: f.School, Dim: dimOf(f.By)}
	if o.scope.Dim != rates.Whole {
		o.scope.Value = f.Group
	}
	if o.reader, err = o.x.newReader(ctx); err != nil {
		return err
	}
	o.day = partnership.Day(o.x.now())
	if o.out.AsOf != 0 {
		o.day = partnership.Day(o.out.AsOf.Time())
	}
	return o.mayTellSchools(ctx, s)
}

func (o *opening) figure(all []partnership.Figure) *partnership.Figure {
	for i, f := range all {
		if f.Rate == o.q.Rate && f.Year == o.q.Year && (f.Group == o.q.Group || f.By == ByDistrict || f.By == BySchool && f.School == o.q.School) {
			return &all[i]
		}
	}
	return nil
}

// mayTellSchools decides whether the rows of a district's figure may name their schools:
// only if each school's own figure of the same group is shown to the actor.
func (o *opening) mayTellSchools(ctx context.Context, s *shelf) error {
	o.apart = true
	if o.out.Own || o.scope.School != "" {
		return nil
	}
	for school := range o.reader.names {
		if !o.only.school(school) {
			continue
		}
		p := page{school, o.q.By, o.q.Year}
		if o.q.By == ByDistrict {
			p = page{school: school, by: BySchool}
		}
		if !maySeePage(o.actor, p) {
			o.apart = false
			return nil
		}
		snap, err := s.page(ctx, p)
		if err != nil {
			return err
		}
		for _, f := range figures(snap, o.actor, 0) {
			if f.Rate == o.q.Rate && f.Year == o.q.Year && (f.By == BySchool || f.Group == o.q.Group) && f.Hidden {
				o.apart = false
			}
		}
	}
	return nil
}

// read goes through everything the figure may be made of.
func (o *opening) read(ctx context.Context) error {
	d := &o.out.Definition
	num, den, less := d.Parts()
	uses := slices.Concat(num, den, less)
	if d.OfOutcomes() || slices.Contains(uses, rates.Completed) {
		return o.outcomes(ctx)
	}
	give := func(in input, code string) { o.document(in, code, num, den) }
	if slices.Contains(uses, rates.Majors) {
		seen := map[string]bool{}
		return o.x.eachMajor(ctx, o.reader, o.scope.Year, o.day, func(m offeredMajor) error {
			key := m.major.Code
			if o.only.school(m.school) && m.year == o.scope.Year && (o.scope.School == "" || o.scope.School == m.school) && !seen[key] {
				seen[key] = true
				row := FigureRow{Part: rates.InDenominator, Why: "不服务任何一个产业集群", What: "专业 " + m.major.String(), Den: 1}
				if len(m.serves) > 0 {
					row.Part, row.Num, row.Why = rates.InNumerator, 1, "服务产业集群："+strings.Join(m.serves, "、")
				}
				o.put(row)
			}
			return nil
		})
	}
	kept := func(in input) error { give(in, in.doc); return nil }
	var err error
	if o.out.AsOf == 0 {
		err = o.x.eachInput(ctx, o.reader, kept)
	} else {
		err = o.x.eachKept(ctx, o.out.AsOf, kept)
	}
	if err != nil || !slices.ContainsFunc(uses, func(c rates.Count) bool {
		return c == rates.SlotsFilled || c == rates.Interns || c == rates.InternsAligned
	}) {
		return err
	}
	return o.x.eachIntern(ctx, o.reader, o.out.AsOf, o.day, func(p partnership.Placement, in input) error {
		if !o.out.Own && !o.actor.SpeaksFor(p.School) {
			in.title = "实习安置"
		}
		give(in, p.ID)
		return nil
	})
}

// document adds what one document counts in the figure.
func (o *opening) document(in input, id string, num, den []rates.Count) {
	row := FigureRow{What: inputWords[in.kind] + " " + in.title}
	for _, l := range in.lines {
		c, ok := rates.ParseCount(l.Count)
		if !ok || !o.holds(&l) {
			continue
		}
		if l.School != "" && !o.actor.SeesAll() && !o.actor.SpeaksFor(l.School) {
			if slices.Contains(den, c) {
				o.out.Others += l.N
			}
			continue
		}
		if slices.Contains(num, c) {
			row.Num += l.N
		}
		if slices.Contains(den, c) {
			row.Den += l.N
		}
		row.School = o.reader.names[l.School]
	}
	switch {
	case row.Num == 0 && row.Den == 0:
		return
	case row.Num > 0:
		row.Part = rates.InNumerator
	default:
		row.Part = rates.InDenominator
	}
	row.Why, row.Code = inputWords[in.kind], o.code(id)
	o.put(row)
}

var inputWords = map[string]string{"post": "岗位", "order class": "订单班", "cohort": "班级批次", "survey": "满意度调查", "enrolment": "在校生数", "reported": "学校填报", "placement": "实习安置", "practice": "教师实践预订"}

// holds reports whether a line counts in the figure's group.
func (o *opening) holds(l *partnership.CountLine) bool {
	if !o.only.line(l) || l.Year != o.scope.Year || o.scope.School != "" && l.School != o.scope.School {
		return false
	}
	in := o.scope.Dim == rates.Whole
	for _, text := range l.In {
		key, value, _ := strings.Cut(text, "=")
		switch d, ok := rates.ParseDim(key); {
		case ok && d == dueBy && value > o.day:
			return false
		case ok && d == o.scope.Dim && d != rates.Whole && value == o.scope.Value:
			in = true
		}
	}
	return in
}

// code names a row for those who speak of it. It cannot be met again in another figure,
// where it would tell which small group the person is in.
func (o *opening) code(id string) string {
	sum := sha256.Sum256([]byte("row|" + o.scope.String() + "|" + o.q.Rate + "|" + id))
	return strings.ToUpper(hex.EncodeToString(sum[:4]))
}

func (o *opening) put(row FigureRow) {
	if !o.apart && row.ID == "" {
		row.School = ""
	}
	people := max(row.Num, row.Den)
	if row.Part == rates.Excluded {
		people = 1
	}
	if row.Part == rates.InNumerator && row.Den > row.Num { // a line of counts stands in both parts
		o.counts[RowReason{Part: rates.InNumerator, Why: row.Why}] += row.Num
		o.counts[RowReason{Part: rates.InDenominator, Why: row.Why}] += row.Den - row.Num
	} else {
		o.counts[RowReason{Part: row.Part, Why: row.Why}] += people
	}
	if !o.all && row.Part != o.part {
		return
	}
	o.out.Total++
	if len(o.kept) < RowsKept {
		o.kept = append(o.kept, row)
	}
}

// close sorts what was found: numerator first, and within a part by code, which says
// nothing about where a row stands in other figures.
func (o *opening) close(ctx context.Context) (*FigureRows, error) {
	out := &o.out
	out.Cut = out.Total > len(o.kept)
	slices.SortFunc(o.kept, func(a, b FigureRow) int {
		return cmp.Or(cmp.Compare(b.Part, a.Part), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Code, b.Code), cmp.Compare(a.What, b.What))
	})
	out.Rows = o.kept
	if o.q.Page != AllRows {
		from := min(len(o.kept), (max(o.q.Page, 1)-1)*RowsAPage)
		out.Rows = o.kept[from:min(len(o.kept), from+RowsAPage)]
	}
	for r, n := range o.counts {
		r.People = n
		out.Reasons = append(out.Reasons, r)
	}
	slices.SortFunc(out.Reasons, func(a, b RowReason) int {
		return cmp.Or(cmp.Compare(b.Part, a.Part), cmp.Compare(b.People, a.People), cmp.Compare(a.Why, b.Why))
	})
	return out, o.nameRows(ctx, out.Rows)
}
