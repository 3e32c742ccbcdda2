package matching

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Part is what one criterion contributed.
type Part struct {
	Criterion Criterion
	Got, Of   int    // hundredths of a point
	Why       string // Chinese
	Raise     string // what would raise it, empty where nothing can
}

// Fit is the score of one pair.
type Fit struct {
	Points  int // hundredths of a point, 0..Full; 0 where Refused
	Level   Level
	Parts   []Part   // one a criterion, in their order; nil where Refused
	Reasons []string // the parts that earned most, best first
	Raise   []string // what would raise it, the largest gain first
	Refused string   // the rule that forbids the pair, empty if none
	Cause   Gate     // which kind of rule that is
	Version string
}

// Score returns the fit of a post for a cohort or student under the weights, which
// must have passed Check.
func Score(p PostFacts, s SeekerFacts, w Weights) Fit {
	x := newWords()
	one := newSeeker(&s, x)
	r := newPost(&p, x, &w).score(&one, &w)
	return r.fit(&w)
}

// post and seeker are facts made ready to be compared with many: what depends on one
// side alone is worked out once.
type post struct {
	*PostFacts
	skills              []string
	duties              string
	window              window
	pay, tutors, record int // points
	words               *words
	met                 []uint64 // by word: the listed skills that it covers; see words
	told                []bool   // by word: it stands in the duties
}

type seeker struct {
	*SeekerFacts
	skills []string
	words  []int32 // their numbers
	window window
}

// words numbers the skills of seekers, so that each is compared with a post once
// however many have it.
type words struct {
	list []string
	at   map[string]int32
}

func newWords() *words { return &words{at: map[string]int32{}} }

func (x *words) number(skill string) int32 {
	n, ok := x.at[skill]
	if !ok {
		n = int32(len(x.list)) //nolint:gosec // far below 2^31 words
		x.at[skill] = n
		x.list = append(x.list, skill)
	}
	return n
}

// set makes p ready for the post. It reuses what p had.
func (p *post) set(facts *PostFacts, x *words, w *Weights) {
	p.PostFacts, p.words = facts, x
	p.skills, p.duties = plainAll(facts.Skills), plain(facts.Duties)
	p.window = windowOf(facts.From, facts.To)
	p.pay, p.tutors, p.record = facts.payPoints(w), facts.tutorPoints(w), facts.History.points(w.Max[Record])
	p.met, p.told = p.met[:0], p.told[:0]
	for _, word := range x.list {
		m := uint64(0)
		for k, need := range p.skills[:min(len(p.skills), manySkills)] {
			if covers(word, need) {
				m |= 1 << k
			}
		}
		p.met = append(p.met, m)
		p.told = append(p.told, named(word, p.duties))
	}
}

// manySkills is how many listed skills a word is compared with beforehand.
const manySkills = 64

// named says whether a skill of two characters at least stands in a text.
func named(skill, text string) bool {
	return utf8.RuneCountInString(skill) >= 2 && strings.Contains(text, skill)
}

func newPost(p *PostFacts, x *words, w *Weights) *post {
	var out post
	out.set(p, x, w)
	return &out
}

func newSeeker(s *SeekerFacts, x *words) seeker {
	out := seeker{SeekerFacts: s, skills: plainAll(s.Skills), window: windowOf(s.From, s.To)}
	for _, skill := range out.skills {
		out.words = append(out.words, x.number(skill))
	}
	return out
}

// pair is a score before it is put in words: the numbers that the words need.
type pair struct {
	post    *post
	seeker  *seeker
	refused gate
	points  int
	got     [criteria]int

	level      Level
	shared     int   // listed skills
	told       int   // skills named in the duties
	metres     int64 // -1 unknown
	nearness   int   // 0..3: nothing, province, city, county in common
	overlap    int   // days
	wishPlace  int   // from 1, 0 not wished for
	wishStated bool
}

// Gate names the hard rule that forbids a pair.
type Gate string

// The gates. CauseNone: the pair is possible.
const (
	CauseNone     Gate = ""
	CauseRule     Gate = "rule"     // a rule of law, or of the district
	CauseKind     Gate = "kind"     // the post is for another kind of stay
	CauseAge      Gate = "age"      // too young for the post
	CauseDistance Gate = "distance" // farther than the seeker goes
	CausePay      Gate = "pay"      // less than the seeker asks
	CauseMajor    Gate = "major"    // another major than the seeker's school takes
	CauseWindow   Gate = "window"   // no day in common
)

var gates = [...]Gate{open: CauseNone, forbidden: CauseRule, otherKind: CauseKind, tooYoung: CauseAge, tooFarOff: CauseDistance, tooLittlePay: CausePay, wrongMajor: CauseMajor, noOverlap: CauseWindow}

// gate is a hard rule; the zero gate is open.
type gate int

const (
	open gate = iota
	forbidden
	otherKind
	tooYoung
	tooFarOff
	tooLittlePay
	wrongMajor
	noOverlap
)

func (p *post) score(s *seeker, w *Weights) pair {
	r := pair{post: p, seeker: s, metres: -1}
	r.level = p.level(s.Major)
	if p.At.known() && s.At.known() {
		r.metres = p.At.metres(s.At)
	} else {
		r.nearness = nearness(p.Region, s.Region)
	}
	if p.window.known && s.window.known {
		r.overlap = p.window.overlap(s.window)
	}
	if r.refused = r.gate(); r.refused != open {
		return r
	}
	r.shared, r.told = p.shared(s)
	r.wishStated = len(s.Wishes) > 0
	r.wishPlace = slices.Index(s.Wishes, p.ID) + 1
	r.got = [criteria]int{
		Alignment: r.alignment(w), Skills: r.skillPoints(w), Distance: r.distance(w), Pay: p.pay,
		Overlap: r.overlapPoints(w), Beds: r.beds(w), Tutors: p.tutors, Record: p.record,
		Wish: r.wish(w),
	}
	if s.Green {
		r.got[Green] = w.Max[Green]
	}
	for _, g := range r.got {
		r.points += g
	}
	return r
}

// gate returns the first hard rule that the pair breaks.
func (r *pair) gate() gate {
	p, s := r.post, r.seeker
	switch {
	case p.Forbidden != "":
		return forbidden
	case p.Kind != "" && s.Kind != "" && p.Kind != s.Kind:
		return otherKind
	case s.MinAge > 0 && s.MinAge < p.MinAge:
		return tooYoung
	case levelRank(r.level) < levelRank(s.MinLevel):
		return wrongMajor
	case p.window.known && s.window.known && r.overlap == 0:
		return noOverlap
	case s.MaxKM > 0 && r.metres >= 0 && float64(r.metres) > s.MaxKM*1000:
		return tooFarOff
	case p.PayFen > 0 && p.PayFen < s.MinPayFen:
		return tooLittlePay
	}
	return open
}

func levelRank(l Level) int {
	switch l {
	case Exact:
		return 2
	case Near:
		return 1
	}
	return 0
}

// level is the best level at which the post takes the major.
func (p *post) level(major string) Level {
	best := Level("")
	for _, m := range p.Majors {
		if m.Code == major && levelRank(m.Level) > levelRank(best) {
			best = m.Level
		}
	}
	return best
}

// nearness counts the administrative levels in common: county 3, city 2, province 1.
func nearness(a, b string) int {
	for n := 3; n > 0; n-- {
		if len(a) >= 2*n && len(b) >= 2*n && a[:2*n] == b[:2*n] {
			return n
		}
	}
	return 0
}

// shared counts the listed skills that one of the seeker's covers, and the seeker's
// skills that stand in the duties.
func (p *post) shared(s *seeker) (listed, told int) {
	met := uint64(0)
	for _, n := range s.words {
		met |= p.met[n]
		if p.told[n] {
			told++
		}
	}
	listed = bits.OnesCount64(met)
	for _, need := range p.skills[min(len(p.skills), manySkills):] {
		if meets(s.skills, need) {
			listed++
		}
	}
	return listed, told
}

// meets says whether one of the skills covers the needed one.
func meets(skills []string, need string) bool {
	return slices.ContainsFunc(skills, func(has string) bool { return covers(has, need) })
}

func (r *pair) alignment(w *Weights) int {
	switch r.level {
	case Exact:
		return w.Max[Alignment]
	case Near:
		return w.Max[Alignment] * w.NearShare / 100
	}
	return 0
}

// skillPoints: the share of the listed skills that is covered, or of DutySkills that
// the duties name, whichever is more. No post needs more than TargetSkills for full
// points, so that a long list is no disadvantage.
func (r *pair) skillPoints(w *Weights) int {
	most := w.Max[Skills]
	points := most * min(r.told, w.DutySkills) / w.DutySkills
	if need := min(len(r.post.skills), w.TargetSkills); need > 0 {
		points = max(points, most*min(r.shared, need)/need)
	}
	return points
}

// distance: full up to NearKM, none from FarKM, in between linear; without both
// places on the map the regions stand in.
func (r *pair) distance(w *Weights) int {
	most := w.Max[Distance]
	if r.metres < 0 {
		return most * [...]int{0, 15, 40, 60}[r.nearness] / 100
	}
	near, far := int64(w.NearKM)*1000, int64(w.FarKM)*1000
	left := min(max(far-r.metres, 0), far-near)
	return int(int64(most) * left / (far - near))
}

// payPoints: none at LowPay per cent of the reference, full at HighPay, in between
// linear; half for pay without a reference, none for unknown pay.
func (p *PostFacts) payPoints(w *Weights) int {
	most := w.Max[Pay]
	switch {
	case p.PayFen <= 0:
		return 0
	case p.ReferenceFen <= 0:
		return most / 2
	}
	// Pay above twice any reference in sight earns no more: it also bounds the product.
	pay, ref := min(p.PayFen, 1<<40), min(p.ReferenceFen, 1<<40)
	span := ref * int64(w.HighPay-w.LowPay)
	over := min(max(pay*100-ref*int64(w.LowPay), 0), span)
	return share(most, over, span)
}

// share is most*part/whole for numbers whose product would not fit in 64 bits.
func share(most int, part, whole int64) int {
	for whole > 1<<40 {
		part, whole = part>>1, whole>>1
	}
	return int(int64(most) * part / whole)
}

// overlapPoints: the share of the seeker's days that the post covers.
func (r *pair) overlapPoints(w *Weights) int {
	if !r.post.window.known || !r.seeker.window.known {
		return 0
	}
	return w.Max[Overlap] * r.overlap / r.seeker.window.days()
}

func (r *pair) beds(w *Weights) int {
	if r.seeker.NeedsBeds && !r.post.Lodging {
		return 0
	}
	return w.Max[Beds]
}

// tutorPoints: full with BestTutor students for each, none with WorstTutor, in between
// linear in the number of students.
func (p *PostFacts) tutorPoints(w *Weights) int {
	slots, tutors := max(p.Slots, 1), p.Tutors
	if tutors <= 0 {
		return 0
	}
	worst, best := int64(w.WorstTutor), int64(w.BestTutor)
	left := min(max(worst*int64(tutors)-int64(slots), 0), (worst-best)*int64(tutors))
	return int(int64(w.Max[Tutors]) * left / ((worst - best) * int64(tutors)))
}

// points: a third each for answers, completed placements and kept promises. Each
// is (good+1)/(all+2), Laplace's rule of succession: a company without a history
// starts in the middle, and a few cases do not decide.
func (h History) points(most int) int {
	sum := int64(0)
	for _, x := range [3][2]int{{h.Answered, h.Asked}, {h.Completed, h.Started}, {h.Kept, h.Promised}} {
		all := int64(max(x[1], 0))
		good := min(int64(max(x[0], 0)), all)
		sum += 1_000_000 * (good + 1) / (all + 2)
	}
	return int(int64(most) * sum / 3_000_000)
}

// wish: full for the first wish, then less by equal steps; half where no wishes
// were stated at all.
func (r *pair) wish(w *Weights) int {
	switch {
	case !r.wishStated:
		return w.Max[Wish] / 2
	case r.wishPlace == 0:
		return 0
	}
	return w.Max[Wish] * max(w.Wishes+1-r.wishPlace, 0) / w.Wishes
}
