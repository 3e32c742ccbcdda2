package market

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Recipe is what a generated market is made from. The same recipe gives the
// same market everywhere.
type Recipe struct {
	Students   int
	Posts      int
	Candidates int     // posts an agent may name, at most
	Cohorts    int     // agents; 0: every student is one
	Slack      float64 // company quotas over students
	Seed       uint64
	Expand     bool // cohorts written out student by student
}

// Named returns the recipe of a benchmark instance: XS, S, M and L are students
// (a thousand to a million), Mt is M with fewer seats than students, C a million
// students in 2,000 cohorts, c and cx a tenth of it in cohorts and student by
// student.
func Named(size string) (Recipe, bool) {
	students := func(n int, posts, k int, slack float64) Recipe {
		return Recipe{Students: n, Posts: posts, Candidates: k, Slack: slack, Seed: 1}
	}
	cohorts := func(n, k int, expand bool) Recipe {
		return Recipe{Students: n, Posts: 20_000, Candidates: k, Cohorts: 2_000, Slack: 1.1, Seed: 1, Expand: expand}
	}
	r, ok := map[string]Recipe{
		"XS": students(1_000, 100, 10, 1.1),
		"S":  students(10_000, 1_000, 10, 1.1),
		"M":  students(100_000, 10_000, 20, 1.1),
		"Mt": students(100_000, 10_000, 20, 0.9),
		"L":  students(1_000_000, 100_000, 20, 1.1),
		"C":  cohorts(1_000_000, 400, false),
		"c":  cohorts(100_000, 40, false),
		"cx": cohorts(100_000, 40, true),
	}[size]
	return r, ok
}

// The shape of the country: regions, categories of majors (专业大类), major
// classes (专业类).
const (
	regions    = 34
	categories = 19
	classes    = 97
)

func categoryOf(class int) int { return class * categories / classes }

// generator draws a market step by step from one stream of numbers.
type generator struct {
	Recipe
	r        *dice
	m        *Market
	x, y     [regions]float64 // where a region lies
	region   []float64        // cumulative weights
	category []float64
	firms    []firm
	posts    []postDraw
	all      wheel
	byClass  []wheel
	byPlace  []wheel   // by region and class
	class    []float64 // cumulative demand for students of a class
	fame     []float64 // of companies among students
	lottery  []uint32
}

type firm struct {
	weight      float64
	reg, cat, n int
}

type postDraw struct {
	reg     int
	classes []int
	fame    float64
	pay     float64
}

// wheel draws posts in proportion to their fame.
type wheel struct {
	posts []int32
	cum   []float64
}

func (w *wheel) add(post int, weight float64) {
	t := 0.0
	if len(w.cum) > 0 {
		t = w.cum[len(w.cum)-1]
	}
	w.posts, w.cum = append(w.posts, int32(post)), append(w.cum, t+weight) //nolint:gosec // posts are few
}

func (w *wheel) draw(r *dice) int32 {
	return w.posts[min(r.pick(w.cum), len(w.posts)-1)]
}

// Generate draws a market: companies by Zipf's law in 34 regions, posts that
// take one to three major classes, two thirds of the students staying mostly in
// their region, scores of 0 to 10,000 from alignment, text, distance, pay and
// history, edges in the order of the student's taste, 20 tie classes and a
// lottery at the posts.
func Generate(recipe Recipe) *Market {
	g := &generator{Recipe: recipe, r: &dice{mix(recipe.Seed)}, m: &Market{}}
	g.drawFirms()
	g.drawPosts()
	g.spin()
	agents := g.Students
	if g.Cohorts > 0 {
		agents = g.Cohorts
	}
	g.drawSupply(agents)
	g.drawAgents(agents)
	if g.Cohorts > 0 && g.Expand {
		g.expand()
	}
	return g.m
}

func (g *generator) drawFirms() {
	g.region, g.category = zipf(regions, 0.7), zipf(categories, 0.5)
	for i := range g.x {
		g.x[i], g.y[i] = g.r.float(), g.r.float()
	}
	g.firms = make([]firm, g.Posts/5+1)
	roots := 0.0
	for i := range g.firms {
		f := &g.firms[i]
		f.weight = math.Pow(float64(i+1), -0.8)
		f.reg, f.cat = g.r.pick(g.region), g.r.pick(g.category)
		f.n = 1
		roots += math.Sqrt(f.weight)
	}
	extra := g.Posts - len(g.firms) // beyond one each, by the root of the weight
	left := extra
	for i := range g.firms {
		n := min(left, int(float64(extra)*math.Sqrt(g.firms[i].weight)/roots))
		g.firms[i].n += n
		left -= n
	}
	for ; left > 0; left-- {
		g.firms[g.r.below(len(g.firms))].n++
	}
}

func (g *generator) drawPosts() {
	total := 0.0
	for _, f := range g.firms {
		total += f.weight
	}
	ofCategory := make([][]int, categories)
	for c := range classes {
		ofCategory[categoryOf(c)] = append(ofCategory[categoryOf(c)], c)
	}
	for i, f := range g.firms {
		quota := math.Max(1, g.Slack*float64(g.Students)*f.weight/total)
		g.m.CompanyCap = append(g.m.CompanyCap, int32(quota+0.5))
		share, sum := make([]float64, f.n), 0.0
		for k := range share {
			share[k] = 0.3 + g.r.float()
			sum += share[k]
		}
		for _, s := range share {
			g.m.PostCap = append(g.m.PostCap, int32(math.Max(1, math.Floor(1.25*quota*s/sum+0.5))))
			g.m.Company = append(g.m.Company, int32(i)) //nolint:gosec // companies are few
			g.posts = append(g.posts, g.drawPost(f, ofCategory[f.cat]))
		}
	}
}

func (g *generator) drawPost(f firm, own []int) postDraw {
	p := postDraw{reg: f.reg}
	if g.r.float() < 0.2 {
		p.reg = g.r.pick(g.region)
	}
	for want := 1 + g.r.below(3); len(p.classes) < want && len(p.classes) < len(own); {
		if c := own[g.r.below(len(own))]; !slices.Contains(p.classes, c) {
			p.classes = append(p.classes, c)
		}
	}
	if g.r.float() < 0.15 { // a post across industries
		p.classes = append(p.classes, g.r.below(classes))
	}
	p.fame = math.Pow(f.weight, 1.15) * math.Exp(0.7*g.r.normal())
	p.pay = math.Min(1, math.Max(0, 0.5+0.15*g.r.normal()-0.03*math.Log(f.weight/g.firms[0].weight+1e-9)*-1))
	return p
}

// spin builds the wheels; students of a class follow its seats, roughly.
func (g *generator) spin() {
	g.byClass, g.byPlace = make([]wheel, classes), make([]wheel, regions*classes)
	seats := make([]float64, classes)
	for j, p := range g.posts {
		for _, c := range p.classes {
			g.byPlace[p.reg*classes+c].add(j, p.fame)
			g.byClass[c].add(j, p.fame)
			seats[c] += float64(g.m.PostCap[j]) / float64(len(p.classes))
		}
		g.all.add(j, p.fame)
	}
	t := 0.0
	for c := range classes {
		t += seats[c] * math.Exp(0.25*g.r.normal())
		g.class = append(g.class, t)
	}
}

func (g *generator) drawSupply(agents int) {
	m := g.m
	m.Supply, m.Cohort = make([]int32, agents), make([]int32, agents)
	if g.Cohorts == 0 {
		for i := range m.Supply {
			m.Supply[i] = 1
		}
		return
	}
	weight, sum := make([]float64, agents), 0.0
	for i := range weight {
		weight[i] = math.Exp(0.6 * g.r.normal())
		sum += weight[i]
	}
	total := 0
	for i, w := range weight {
		m.Supply[i] = int32(math.Max(1, math.Floor(w/sum*float64(g.Students))))
		m.Cohort[i] = int32(i) //nolint:gosec // agents are few
		total += int(m.Supply[i])
	}
	for i := 0; total < g.Students; i = (i + 1) % agents {
		m.Supply[i]++
		total++
	}
}

// drawn is an edge while its agent's list is drawn.
type drawn struct {
	Edge
	prio  uint32
	taste float64
}

func (g *generator) drawAgents(agents int) {
	g.lottery = make([]uint32, agents)
	for i := range g.lottery {
		g.lottery[i] = uint32(i) //nolint:gosec // agents are few
		j := g.r.below(i + 1)
		g.lottery[i], g.lottery[j] = g.lottery[j], g.lottery[i]
	}
	n := len(g.firms)
	for i := range n {
		g.fame = append(g.fame, 1-math.Log(float64(i+1))/math.Log(float64(n)+1))
	}
	m := g.m
	m.Off = make([]int64, 1, agents+1)
	m.Edges, m.Prio = Make[Edge](agents * g.Candidates)[:0], Make[uint32](agents * g.Candidates)[:0]
	seen := make([]uint32, g.Posts)
	var list []drawn
	for i := range agents {
		list = g.drawList(i, agents, seen, list[:0])
		for _, e := range list {
			m.Edges, m.Prio = append(m.Edges, e.Edge), append(m.Prio, e.prio)
		}
		m.Off = append(m.Off, int64(len(m.Edges)))
	}
}

func (g *generator) drawList(i, agents int, seen []uint32, list []drawn) []drawn {
	class, reg := g.r.pick(g.class), g.r.pick(g.region)
	school := g.r.below(agents/300 + 20)
	grade := g.r.float()
	if g.Cohorts == 0 {
		g.m.Cohort[i] = int32((school*classes+class)*3 + g.r.below(3)) //nolint:gosec // small
	}
	stay := 0.85 // a third of the students are mobile, others mostly stay in the region
	if g.r.float() < 0.33 {
		stay = 0.4
	}
	k := g.Candidates
	for try := 0; len(list) < k && try < 6*k; try++ {
		w := &g.byClass[class]
		if x := &g.byPlace[reg*classes+class]; len(x.posts) > 0 && g.r.float() < stay {
			w = x
		}
		if len(w.posts) == 0 || try > 4*k && try%8 == 0 {
			w = &g.all
		}
		j := w.draw(g.r)
		if seen[j] == uint32(i+1) { //nolint:gosec // agents are few
			continue
		}
		seen[j] = uint32(i + 1) //nolint:gosec // agents are few
		list = append(list, g.edge(i, j, class, reg, school, grade))
	}
	slices.SortFunc(list, func(a, b drawn) int {
		return cmp.Or(cmp.Compare(b.taste, a.taste), cmp.Compare(a.Post, b.Post))
	})
	return list
}

func (g *generator) edge(i int, j int32, class, reg, school int, grade float64) drawn {
	p, firm := &g.posts[j], g.m.Company[j]
	align := 0.1
	for k, c := range p.classes {
		switch {
		case c == class:
			align = math.Max(align, 1.0-0.2*float64(k))
		case categoryOf(c) == categoryOf(class):
			align = math.Max(align, 0.4)
		}
	}
	d := math.Hypot(g.x[reg]-g.x[p.reg], g.y[reg]-g.y[p.reg])
	history := hashed(g.Seed, uint64(school), uint64(firm)) //nolint:gosec // not negative
	s := int32(10000 * (0.35*align + 0.25*g.r.float() + 0.15*math.Exp(-2*d) + 0.15*p.pay + 0.10*history))
	view := 0.6*grade + 0.25*history + 0.15*align // the company's, in 20 tie classes
	tier := uint32(math.Min(19, math.Max(0, 20*(1-view))))
	return drawn{
		Edge: Edge{Post: j, Score: s}, prio: tier<<24 | g.lottery[i],
		taste: float64(s) + 1500*g.r.float() + 3000*g.fame[firm],
	}
}

// expand writes cohorts out, one agent a student.
func (g *generator) expand() {
	old := *g.m
	m := g.m
	m.Supply, m.Cohort, m.Off, m.Edges, m.Prio = nil, nil, []int64{0}, nil, nil
	for i, n := range old.Supply {
		for range n {
			id := uint32(len(m.Supply))                                          //nolint:gosec // students are few
			m.Supply, m.Cohort = append(m.Supply, 1), append(m.Cohort, int32(i)) //nolint:gosec // agents are few
			for e := old.Off[i]; e < old.Off[i+1]; e++ {
				m.Edges, m.Prio = append(m.Edges, old.Edges[e]), append(m.Prio, old.Prio[e]&^0xffffff|id)
			}
			m.Off = append(m.Off, int64(len(m.Edges)))
		}
	}
}

// dice is splitmix64 (Steele, Lea, Flood 2014).
type dice struct{ state uint64 }

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

func (r *dice) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

func (r *dice) float() float64 { return float64(r.next()>>11) / (1 << 53) }

func (r *dice) below(n int) int { return int((r.next() >> 32) * uint64(n) >> 32) } //nolint:gosec // below n

func (r *dice) normal() float64 {
	return math.Sqrt(-2*math.Log(1-r.float())) * math.Cos(2*math.Pi*r.float())
}

// pick draws an index in proportion to cumulative weights.
func (r *dice) pick(cum []float64) int {
	return sort.SearchFloat64s(cum, r.float()*cum[len(cum)-1])
}

// zipf returns cumulative weights rank^-s.
func zipf(n int, s float64) []float64 {
	cum := make([]float64, n)
	t := 0.0
	for i := range cum {
		t += math.Pow(float64(i+1), -s)
		cum[i] = t
	}
	return cum
}

// hashed is a number from 0 to 1 that depends on nothing but its arguments.
func hashed(xs ...uint64) float64 {
	h := uint64(88172645463325252)
	for _, x := range xs {
		h = mix(h ^ x)
	}
	return float64(h>>11) / (1 << 53)
}
