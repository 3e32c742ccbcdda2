package rates

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func hiddenScopes(t *testing.T, u *Rollup, key string, by Sight, see func(Scope) bool) []string {
	t.Helper()
	d, ok := Find(key)
	if !ok {
		t.Fatalf("no definition %q", key)
	}
	var groups []*Group
	for _, g := range u.Groups() {
		if see == nil || see(g.Scope) {
			groups = append(groups, g)
		}
	}
	hidden := Hide(groups, []Definition{d}, u.Nests(), by)
	var out []string
	for j, g := range groups {
		if hidden[0][j] {
			out = append(out, g.Scope.String())
		}
	}
	return out
}

func job(school, category, major string, n int64) Row {
	return Row{School: school, Year: 2025, Category: category, Major: major, Count: n, Direction: Employed}
}

// A major of three could be had from its category and the category's other major, even if
// the smallest major of the school is hidden beside it.
func TestHideLooksInsideCategories(t *testing.T) {
	u := rollup(t, job("甲", "农林", "畜牧", 3), job("甲", "农林", "园艺", 40), job("甲", "制造", "数控", 9), job("甲", "制造", "模具", 30))
	got := hiddenScopes(t, u, "direct_employment", Sight{Minimum: SharedMinimum}, func(s Scope) bool { return s.School == "甲" })
	for _, want := range []string{"2025/甲/major/畜牧", "2025/甲/major/园艺"} {
		if !slices.Contains(got, want) {
			t.Errorf("hidden %v, want %s among them", got, want)
		}
	}
	if len(got) != 2 {
		t.Errorf("hidden %v: the two majors of the category are enough", got)
	}
}

// Of two schools each knows the other's figures from the district's. What remains of a
// small group without its own people stays hidden from it.
func TestHideFromASchoolWhatItCouldSubtract(t *testing.T) {
	u := rollup(t, job("甲", "农林", "畜牧", 40), job("甲", "制造", "数控", 50), job("甲", "信息", "电子", 60), job("乙", "农林", "畜牧", 3), job("乙", "制造", "数控", 70), job("乙", "信息", "电子", 80))
	district := func(s Scope) bool { return s.School == "" || s.School == "甲" }
	if got := hiddenScopes(t, u, "direct_employment", Sight{Minimum: SharedMinimum}, func(s Scope) bool { return s.School == "" }); len(got) > 0 {
		t.Errorf("of the district's figures alone %v are hidden; none is small", got)
	}
	got := hiddenScopes(t, u, "direct_employment", Sight{Minimum: SharedMinimum, Own: "甲"}, district)
	if !slices.Contains(got, "2025//category/农林") || !slices.Contains(got, "2025//major/畜牧") {
		t.Errorf("hidden from 甲: %v; want the district's 农林 and 畜牧, which are 43 with its own 40", got)
	}
	if slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "2025/甲") }) {
		t.Errorf("hidden from 甲: %v; its own figures are its own", got)
	}
}

func TestHideSparesThings(t *testing.T) {
	u := NewRollup(nil)
	if err := u.AddCount(2025, "甲", nil, Majors, 3); err != nil {
		t.Fatal(err)
	}
	if got := hiddenScopes(t, u, "major_industry_match", Sight{Minimum: PublicationMinimum}, nil); len(got) > 0 {
		t.Errorf("hidden %v: three majors are nobody", got)
	}
}

// The attacker knows which classes and which firms belong to which groups, and all shown
// figures: he solves for the people of each class in each school and of each firm in each
// school. No hidden group of a few may follow.
func TestAttackerWhoKnowsTheStructure(t *testing.T) {
	firms := []struct{ name, industry, clusters string }{{"一厂", "C34", "智能"}, {"二厂", "C34", "智能"}, {"三厂", "C35", "智能|材料"}, {"四厂", "I65", "软件"}, {}}
	rapid.Check(t, func(t *rapid.T) {
		u := NewRollup(nil)
		var rows []Row
		for _, school := range []string{"甲", "乙", "丙"}[:rapid.IntRange(1, 3).Draw(t, "schools")] {
			for _, class := range []string{"农", "工"} {
				for m := range rapid.IntRange(1, 3).Draw(t, "majors") {
					f := firms[rapid.IntRange(0, len(firms)-1).Draw(t, "firm")]
					r := Row{School: school, Year: 2025, Class: class, Category: class + string(rune('0'+m/2)), Major: class + string(rune('a'+m)), Direction: Employed,
						Company: f.name, Industry: f.industry, Cluster: f.clusters, Count: rapid.SampledFrom([]int64{0, 1, 3, 4, 7, 12, 40}).Draw(t, "n")}
					if err := u.Add(&r); err != nil {
						t.Fatal(err)
					}
					if r.Count > 0 {
						rows = append(rows, r)
					}
				}
			}
		}
		d, _ := Find("direct_employment")
		groups := u.Groups()
		hidden := Hide(groups, []Definition{d}, u.Nests(), Sight{Minimum: SharedMinimum})[0]
		a := newAttacker(rows)
		for j, g := range groups {
			if !hidden[j] {
				if n := g.Tally[Direct]; n > 0 && n < SharedMinimum {
					t.Fatalf("%s of %d people is shown", g.Scope, n)
				}
				a.add(a.vector(g.Scope))
			}
		}
		for j, g := range groups {
			if n := g.Tally[Direct]; hidden[j] && n > 0 && n < SharedMinimum && a.holds(a.vector(g.Scope)) {
				t.Fatalf("%s of %d people follows from what is shown", g.Scope, n)
			}
		}
		others := slices.Clone(rows) // a school does not see the others apart
		for i := range others {
			if others[i].School != "甲" {
				others[i].School = "乙"
			}
		}
		own := newAttacker(others)
		own.knows("甲")
		var seen []*Group
		for _, g := range groups {
			if g.Scope.School == "" || g.Scope.School == "甲" {
				seen = append(seen, g)
			}
		}
		hidden = Hide(seen, []Definition{d}, u.Nests(), Sight{Minimum: SharedMinimum, Own: "甲"})[0]
		for j, g := range seen {
			if !hidden[j] {
				own.add(own.vector(g.Scope))
			}
		}
		for _, g := range seen {
			mine := g.Scope
			mine.School = "甲"
			n := g.Tally[Direct]
			if m := u.Group(mine); m != nil && g.Scope.School == "" {
				n -= m.Tally[Direct]
			}
			if g.Scope.School == "" && n > 0 && n < SharedMinimum && own.holds(own.vector(g.Scope)) {
				t.Fatalf("%s: 甲 finds the %d people of the others", g.Scope, n)
			}
		}
	})
}

// attacker has an unknown for each class of each school, and for each firm of each school.
type attacker struct {
	echelon
	rows []Row
	at   map[string]int
}

func classOf(r *Row) string { return "c|" + r.School + "|" + r.Major }
func firmOf(r *Row) string  { return "f|" + r.School + "|" + r.Company }

func newAttacker(rows []Row) *attacker {
	a := &attacker{rows: rows, at: map[string]int{}}
	for i := range rows {
		for _, k := range []string{classOf(&rows[i]), firmOf(&rows[i])} {
			if _, ok := a.at[k]; !ok {
				a.at[k] = len(a.at)
			}
		}
	}
	for _, school := range []string{"甲", "乙", "丙"} { // its classes and its firms are the same people
		v := a.zero()
		for i := range rows {
			if rows[i].School == school {
				v[a.at[classOf(&rows[i])]].SetInt64(1)
				v[a.at[firmOf(&rows[i])]].SetInt64(-1)
			}
		}
		a.add(v)
	}
	return a
}

// knows gives away everybody of one school.
func (a *attacker) knows(school string) {
	for i := range a.rows {
		if r := &a.rows[i]; r.School == school {
			for _, k := range []string{classOf(r), firmOf(r)} {
				v := a.zero()
				v[a.at[k]].SetInt64(1)
				a.add(v)
			}
		}
	}
}

func (a *attacker) zero() []*big.Rat {
	v := make([]*big.Rat, len(a.at))
	for i := range v {
		v[i] = new(big.Rat)
	}
	return v
}

// vector says which unknowns a group is the sum of.
func (a *attacker) vector(s Scope) []*big.Rat {
	v := a.zero()
	for i := range a.rows {
		r := &a.rows[i]
		if s.School != "" && s.School != r.School {
			continue
		}
		key, in := classOf(r), s.Dim == Whole
		switch s.Dim {
		case Class, Category, Major:
			in = map[Dim]string{Class: r.Class, Category: r.Category, Major: r.Major}[s.Dim] == s.Value
		case Company, Industry:
			key, in = firmOf(r), map[Dim]string{Company: r.Company, Industry: r.Industry}[s.Dim] == s.Value
		case Cluster:
			key, in = firmOf(r), slices.Contains(strings.Split(r.Cluster, "|"), s.Value)
		case Whole, Region, Cohort, dimN:
		}
		if in {
			v[a.at[key]].SetInt64(1)
		}
	}
	return v
}

// echelon is a row space, exact.
type echelon struct{ basis [][]*big.Rat }

func (e *echelon) rest(v []*big.Rat) []*big.Rat {
	for _, r := range e.basis {
		p := slices.IndexFunc(r, func(x *big.Rat) bool { return x.Sign() != 0 })
		if v[p].Sign() == 0 {
			continue
		}
		f := new(big.Rat).Quo(v[p], r[p])
		for i := range v {
			v[i] = new(big.Rat).Sub(v[i], new(big.Rat).Mul(f, r[i]))
		}
	}
	return v
}

func (e *echelon) holds(v []*big.Rat) bool {
	return !slices.ContainsFunc(e.rest(v), func(x *big.Rat) bool { return x.Sign() != 0 })
}

func (e *echelon) add(v []*big.Rat) {
	if v = e.rest(v); slices.ContainsFunc(v, func(x *big.Rat) bool { return x.Sign() != 0 }) {
		e.basis = append(e.basis, v)
	}
}
