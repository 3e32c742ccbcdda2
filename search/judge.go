package search

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
)

// lookalikes are pairs of characters that are mistaken for each other by shape, the typed one second.
const lookalikes = "工土士土理埋师帅操澡焊悍装袋配酣检捡测侧管菅货贷叉又饲词兽单厨橱客容房戾幼幻育盲机杭模摸冲仲压庄铣洗注住设没技枝术木自白动劝网冈" +
	"药约剂济医匠导寻美羡发友洁结安按消稍员贡护沪电申车东子了品晶人入服报库厍养羊调凋设没务夯计汁测则绘给摄慑营莹销锁售焦"

// Judgements composes queries and grades every post for each, the same ones every time.
func (c *Corpus) Judgements() []Judgement {
	if c.queries == nil {
		c.judge()
	}
	return c.queries
}

func (c *Corpus) judge() {
	r := rand.New(rand.NewPCG(c.seed, 0)) //nolint:gosec // as in NewCorpus
	for ti := range c.trades {
		t := &c.trades[ti]
		for _, k := range r.Perm(len(t.titles))[:3] {
			title := t.titles[k]
			c.ask("plain", title, c.titled(ti, k))
			if typed := mistyped(title, r); typed != "" {
				c.ask("typo", typed, c.titled(ti, k))
			}
		}
		for _, a := range t.aliases {
			c.ask("alias", a, c.about(ti))
		}
		k := r.IntN(len(t.titles))
		title := t.titles[k]
		d := r.IntN(len(districts))
		low := 3000 + 500*r.IntN(6)
		c.ask("place", districts[d].short+" "+title, where(c.titled(ti, k), func(p *composed) bool { return p.district == d }))
		c.ask("place", title+fmt.Sprintf(" %d元以上", low), where(c.titled(ti, k), func(p *composed) bool { return p.pay >= low }))
		if ti%3 == 0 {
			c.ask("kind", t.titles[0]+" 订单班", where(c.titled(ti, 0), func(p *composed) bool { return p.kind == "class" }))
		}
		if letters, first := letters(t.titles[ti%len(t.titles)]); letters != "" {
			c.ask("pinyin", letters, c.titled(ti, ti%len(t.titles)))
			if len(first) > 3 && ti%2 == 0 {
				c.ask("initials", first, c.titled(ti, ti%len(t.titles)))
			}
		}
	}
	for _, b := range [][]string{{"车工", "普通机加工", "数控加工"}, {"木工", "建筑施工"}, {"保安", "保安"}, {"司机", "货车驾驶", "叉车"}, {"会计", "会计"},
		{"钳工", "机械装配", "模具制造"}, {"导购", "销售"}, {"护士", "护理"}, {"技师", "汽车维修", "新能源汽车", "宠物", "美发美容"}} {
		c.ask("boundary", b[0], c.about(c.indexes(b[1:])...))
	}
	for _, b := range [][]string{{"焊", "焊接"}, {"猪", "生猪养殖"}, {"厨", "厨师"}, {"药", "药房", "制药"}, {"茶", "餐饮服务", "种植园艺"}, {"鱼", "家禽水产"}} {
		c.ask("single", b[0], c.about(c.indexes(b[1:])...))
	}
	for range 12 {
		k := c.posts[r.IntN(len(c.posts))].company
		name := []rune(companyName(k))
		c.ask("company", string(name[:len(name)-4]), func(p *composed) int {
			if companyName(p.company) == string(name) {
				return 3
			}
			return 0
		})
	}
}

// ask adds a query; the sum of its text decides its half.
func (c *Corpus) ask(class, text string, grade func(*composed) int) {
	q := Judgement{Text: text, Class: class, Tuning: crc32.ChecksumIEEE([]byte(text))%2 == 0, Grades: map[string]int{}}
	right := 0
	for i := range c.posts {
		if g := grade(&c.posts[i]); g > 0 {
			q.Grades[postID(i)] = g
			if g == 3 {
				right++
			}
		}
	}
	if right > 0 {
		c.queries = append(c.queries, q)
	}
}

// about grades posts of the trades 3 and of their neighbours 1.
func (c *Corpus) about(trades ...int) func(*composed) int {
	return func(p *composed) int {
		if slices.Contains(trades, p.trade) {
			return 3
		}
		for _, t := range trades {
			if slices.Contains(c.trades[t].near, c.trades[p.trade].name) {
				return 1
			}
		}
		return 0
	}
}

// titled grades posts with the title 3, others of its trade 2 and of neighbouring trades 1.
func (c *Corpus) titled(ti, title int) func(*composed) int {
	about := c.about(ti)
	return func(p *composed) int {
		g := about(p)
		if g == 3 && p.title != title {
			g = 2
		}
		return g
	}
}

// where takes one off the grade of posts that miss a condition.
func where(grade func(*composed) int, meets func(*composed) bool) func(*composed) int {
	return func(p *composed) int {
		g := grade(p)
		if !meets(p) {
			g = max(0, g-1)
		}
		return g
	}
}

func (c *Corpus) indexes(names []string) []int {
	var out []int
	for i := range c.trades {
		if slices.Contains(names, c.trades[i].name) {
			out = append(out, i)
		}
	}
	return out
}

// letters spells a Chinese title in full pinyin and in initials, "" if it has other characters.
func letters(title string) (full, first string) {
	s := hearing()
	for _, r := range fold(title) {
		c := s.of(r)
		if c == 0 {
			return "", ""
		}
		full += s.names[c]
		first += s.names[c][:1]
	}
	return full, first
}

// mistyped makes one typing error in a title of four characters or more: a character of the same
// sound or of like shape, one missing, or two swapped.
func mistyped(title string, r *rand.Rand) string {
	runes := []rune(title)
	if len(runes) < 4 {
		return ""
	}
	i := 1 + r.IntN(len(runes)-1)
	switch r.IntN(4) {
	case 0:
		return string(slices.Delete(runes, i, i+1))
	case 1:
		runes[i], runes[i-1] = runes[i-1], runes[i]
	case 2:
		shapes := []rune(lookalikes)
		for k := range runes {
			at := (i + k) % len(runes)
			for s := 0; s+1 < len(shapes); s += 2 {
				if shapes[s] == runes[at] {
					runes[at] = shapes[s+1]
					return string(runes)
				}
			}
		}
		return ""
	default:
		s := hearing()
		want := s.of(runes[i])
		var same []rune
		for c := rune(0x4E00); c <= 0x9FA5; c++ {
			if want != 0 && c != runes[i] && s.of(c) == want && common(c) {
				same = append(same, c)
			}
		}
		if len(same) == 0 {
			return ""
		}
		runes[i] = same[r.IntN(len(same))]
	}
	if string(runes) == title {
		return ""
	}
	return string(runes)
}

// common reports whether a character is among the few thousand that people type.
func common(r rune) bool {
	d := general()
	cost, ok := d.find(extend(hashSeed, r))
	return ok && cost > 0 && cost < d.single-5*costUnit && !strings.ContainsRune(traditional, r)
}
