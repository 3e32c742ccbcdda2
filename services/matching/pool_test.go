package matching

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// district makes posts and seekers as varied as those of a district.
func district(posts, seekers int) ([]PostFacts, []SeekerFacts) {
	skills := make([]string, 300)
	for k := range skills {
		skills[k] = string([]rune{rune('一' + 7*k), rune('乙' + 3*k), rune('丁' + k)})
	}
	ps, ss := make([]PostFacts, posts), make([]SeekerFacts, seekers)
	for k := range ps {
		ps[k] = welder()
		ps[k].ID = fmt.Sprint("p", k)
		ps[k].Majors = []Major{{fmt.Sprint(660100 + k%97), "", Exact}, {fmt.Sprint(660100 + (k+1)%97), "", Near}}
		ps[k].Skills = []string{skills[k%300], skills[k*7%300], skills[k*13%300], skills[k*17%300], skills[k*29%300]}
		ps[k].Duties = "负责" + skills[k*31%300] + "和" + skills[k*37%300] + "，协助班组长完成日常工作。"
		ps[k].At.Lat += float64(k%50) / 100
	}
	for k := range ss {
		ss[k] = cohort()
		ss[k].ID, ss[k].Major = fmt.Sprint("c", k), fmt.Sprint(660100+k%97)
		ss[k].Skills = nil
		for n := range 8 {
			ss[k].Skills = append(ss[k].Skills, skills[(k*11+n*n)%300])
		}
		ss[k].At.Lng += float64(k%70) / 100
	}
	return ps, ss
}

// TestPool_Rank: the bounded ranking is the beginning of the full one, and takes no
// memory for seekers who are not in it.
func TestPool_Rank(t *testing.T) {
	posts, seekers := district(7, 400)
	w := DefaultWeights()
	x := NewPool(seekers, w)
	var row []int32
	for k := range posts {
		all := x.Rank(&posts[k], 0)
		for _, top := range []int{1, 2, 37, 399, 400, 1000} {
			got := x.Rank(&posts[k], top)
			if !reflect.DeepEqual(got, all[:min(top, len(all))]) {
				t.Fatalf("post %d: the best %d are others than the first of all", k, top)
			}
		}
		row = x.Points(&posts[k], row)
		for _, r := range all {
			if int(row[r.Index]) != r.Fit.Points {
				t.Fatalf("post %d: %d points in the row, %d in the ranking", k, row[r.Index], r.Fit.Points)
			}
		}
	}
	more := testing.AllocsPerRun(10, func() { x.Points(&posts[0], row) })
	if few := testing.AllocsPerRun(10, func() { NewPool(seekers[:1], w).Points(&posts[0], row) }); more > few {
		t.Errorf("%g allocations for 400 seekers, %g for one", more, few)
	}
}

func BenchmarkScore(b *testing.B) {
	p, s := welder(), cohort()
	for b.Loop() {
		Score(p, s, DefaultWeights())
	}
}

func BenchmarkPool(b *testing.B) {
	posts, seekers := district(50, 2000)
	for name, f := range map[string]func(x *Pool, p *PostFacts){
		"points":   func(x *Pool, p *PostFacts) { x.Points(p, nil) },
		"rank 200": func(x *Pool, p *PostFacts) { x.Rank(p, 200) },
	} {
		b.Run(name, func(b *testing.B) {
			x := NewPool(seekers, DefaultWeights())
			b.ReportAllocs()
			for b.Loop() {
				for k := range posts {
					f(x, &posts[k])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(posts)*len(seekers)), "ns/pair")
		})
	}
}

// TestPool_Judge: what is judged without words is what Score says of the pair, and what
// NearMisses would make of it.
func TestPool_Judge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, one := drawFacts(t)
		s := []SeekerFacts{one, one, one, one}
		s[1].MaxKM = float64(rapid.IntRange(1, 100).Draw(t, "km"))
		s[2].MinPayFen = int64(rapid.IntRange(0, 500000).Draw(t, "least"))
		s[3].Major, s[3].MinLevel = "2", Exact
		if rapid.Bool().Draw(t, "barred") {
			p.Forbidden = "停工"
		}
		w := DefaultWeights()
		for k, got := range NewPool(s, w).Judge(&p, nil) {
			fit := Score(p, s[k], w)
			want := Standing{int32(fit.Points), fit.Cause}
			if miss := NearMisses(s[k], []PostFacts{p}, []int{1}, w, 1); len(miss) > 0 {
				want.Points = int32(miss[0].Fit.Points)
			}
			if k == 3 {
				want = Standing{Cause: CauseMajor}
			}
			if got != want {
				t.Fatalf("seeker %d: %+v, want %+v", k, got, want)
			}
		}
	})
}
