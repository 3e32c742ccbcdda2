// Package matching says how well a post (岗位) fits a cohort or student, from the
// two documents alone: a score of 0..100 points in integer hundredths, with its
// parts, its reasons in words and what would raise it. It is a pure function of
// the facts and the weights, so it can be recomputed exactly years later; no
// search engine, clock or floating-point sum takes part in it.
//
// The score never falls when a pair gets better: one more shared skill, one yuan
// more, one kilometre less, one more tutor, a longer overlap, a kept promise.
// Hard rules are no part of it: a pair that a rule forbids has no score but a
// reason. The formulas and the sources are in docs/matching.md.
//
// The markets that the scores make are solved by the packages below: assign
// (统筹分配, the largest total fit) and stable (双向选择, nobody has cause to leave).
// Explain… says in words why each student got its post and what stood in the way
// of the ones it would have liked better.
package matching

import (
	"math"
	"strings"
	"unicode"
)

// Version names the formula. It changes whenever a score could come out
// differently; a stored score keeps the version it was made by.
const Version = "fit-2"

// Level is how close a major stands to the occupation of a post, as the catalogue
// of code tables says.
type Level string

// The levels. Anything else counts as unrelated.
const (
	Exact Level = "exact" // 对口
	Near  Level = "near"  // 相近
)

// Words gives the level in the users' language.
func (l Level) Words() string {
	switch l {
	case Exact:
		return "对口"
	case Near:
		return "相近"
	}
	return "不对口"
}

// Major is a major that a post takes.
type Major struct {
	Code  string
	Name  string
	Level Level
}

// Point is a place on the map in degrees. The zero Point means unknown.
type Point struct{ Lng, Lat float64 }

// History counts what a company has done with those it was sent so far.
type History struct {
	Asked, Answered    int // questions and applications that were put to it, and answered in time
	Started, Completed int // placements that began, and that ran to their end
	Promised, Kept     int // promises (pay, share hired, dates) that fell due, and were kept
}

// PostFacts are the facts of a post that the score reads.
type PostFacts struct {
	ID, Title string
	Kind      string   // 认识实习, 岗位实习, 就业; empty suits everybody
	Majors    []Major  // by the occupation code, or as the company wrote
	Skills    []string // tasks and skills, one by one
	Duties    string   // the same in running text
	Region    string   // code of the place of work: province 2, city 4, county 6 digits
	At        Point
	PayFen    int64 // a month, 0 unknown
	// ReferenceFen is what the company pays its own staff for the same work
	// (相同岗位工资), or else the usual pay of the occupation in the region; 0 unknown.
	ReferenceFen int64
	From, To     string // first and last day, 2006-01-02
	Lodging      bool
	Slots        int
	Tutors       int
	MinAge       int // 0 none; 18 where minors may not work
	History      History
	// Forbidden is the rule that keeps everybody from this post, empty if none.
	Forbidden string
}

// SeekerFacts are the facts of a cohort or student that the score reads.
type SeekerFacts struct {
	ID, Name  string
	Kind      string
	Major     string // national code
	MajorName string
	Skills    []string // skills and courses
	Region    string
	At        Point
	From, To  string
	NeedsBeds bool
	Wishes    []string // ids of posts, best first; empty: none stated
	Green     bool     // green channel: 家庭经济困难, 残疾 and others to be placed first
	Size      int      // students, 1 for a student
	MinAge    int      // the youngest's age on the first day, 0 unknown
	MinPayFen int64    // 0 any
	MaxKM     float64  // 0 any
	MinLevel  Level    // the school's rule: empty takes unrelated posts too
}

// plain reduces a skill to what is compared: no spaces or punctuation, lower case,
// full-width forms as half-width ones.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '!'+0xfee0 && r <= '~'+0xfee0 {
			r -= 0xfee0
		}
		if unicode.IsSpace(r) || unicode.IsPunct(r) && r != '+' && r != '#' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// plainAll reduces a list and drops empties and repeats.
func plainAll(list []string) []string {
	out := make([]string, 0, len(list))
next:
	for _, s := range list {
		p := plain(s)
		if p == "" {
			continue
		}
		for _, q := range out {
			if p == q {
				continue next
			}
		}
		out = append(out, p)
	}
	return out
}

// covers says whether a skill of the seeker meets one that the post needs: the same
// words, or one within the other if it has two characters at least (数控车削 within
// 数控车削加工).
func covers(has, needs string) bool {
	if has == needs {
		return true
	}
	short, long := has, needs
	if len(short) > len(long) {
		short, long = long, short
	}
	runes := 0
	for range short {
		runes++
	}
	return runes >= 2 && strings.Contains(long, short)
}

// dayNumber turns 2006-01-02 into days since 1970-01-01, and says whether it could.
// The arithmetic is that of Howard Hinnant, "chrono-compatible low-level date
// algorithms" (days_from_civil).
func dayNumber(s string) (int, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	n := [3]int{}
	for k, part := range []string{s[:4], s[5:7], s[8:]} {
		for _, c := range []byte(part) {
			if c < '0' || c > '9' {
				return 0, false
			}
			n[k] = n[k]*10 + int(c-'0')
		}
	}
	y, m, d := n[0], n[1], n[2]
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468, true
}

// window is a stretch of days, both ends included.
type window struct {
	from, to int
	known    bool
}

func windowOf(from, to string) window {
	a, ok1 := dayNumber(from)
	b, ok2 := dayNumber(to)
	return window{a, b, ok1 && ok2 && a <= b}
}

func (w window) days() int { return w.to - w.from + 1 }

func (w window) overlap(v window) int {
	return max(0, min(w.to, v.to)-max(w.from, v.from)+1)
}

// known says whether the point was set to a place on Earth.
func (p Point) known() bool {
	return p != Point{} && p.Lat >= -90 && p.Lat <= 90 && p.Lng >= -180 && p.Lng <= 180
}

// metres is the distance on a sphere of 6371 km by the equirectangular projection:
// within a province its error against the great circle is below one per cent. The
// cosine is a polynomial and every product is rounded by itself (no fused
// multiply-add), so that the result is the same on every machine.
func (p Point) metres(q Point) int64 {
	const degree = 6371008.8 * 3.14159265358979323846 / 180
	mid := (p.Lat + q.Lat) / 2 * 3.14159265358979323846 / 180
	x2 := float64(mid * mid)
	cos := 1 - float64(x2/2*(1-float64(x2/12*(1-float64(x2/30*(1-float64(x2/56*(1-float64(x2/90)))))))))
	lng := p.Lng - q.Lng
	if lng > 180 {
		lng -= 360
	} else if lng < -180 {
		lng += 360
	}
	dx, dy := float64(lng*cos)*degree, float64(p.Lat-q.Lat)*degree
	x, y := int64(dx), int64(dy)
	return int64(math.Sqrt(float64(x*x + y*y))) // IEEE 754 rounds a root alike everywhere
}
