package search

import (
	_ "embed"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ego/gse"
)

// The composed corpus: posts of vocational trades put together from corpus/trades.txt with a seed, and
// queries judged by the trade that a post was composed for, never by what a system finds. It stands in
// for real posts where none may be copied: compare engines and settings with it, not its absolute
// figures with others'.

//go:embed corpus/trades.txt
var tradesText string

// trade is one category of posts.
type trade struct {
	name                   string
	near                   []string
	titles, duties, skills []string
	aliases                []string
	synonyms               [][]string
}

// Corpus is a set of documents and judged queries about them. The same size and seed give the same.
type Corpus struct {
	Synonyms [][]string
	Places   map[string][]string
	Facts    map[string]Key

	trades []trade
	posts  []composed
	rare   []string // words with their text frequencies, for the long tail that real texts have
	weight []float64
	seed   uint64

	queries []Judgement // made when they are first asked for
}

// composed is a post before its text is written out.
type composed struct {
	trade, title, district, company int
	kind                            string
	pay                             int
}

// districts of Chongqing with their codes (统计用区划代码).
var districts = []struct{ name, short, code string }{
	{"荣昌区", "荣昌", "500153"}, {"永川区", "永川", "500118"}, {"江津区", "江津", "500116"}, {"大足区", "大足", "500111"},
	{"璧山区", "璧山", "500120"}, {"铜梁区", "铜梁", "500151"}, {"潼南区", "潼南", "500152"}, {"合川区", "合川", "500117"},
	{"綦江区", "綦江", "500110"}, {"巴南区", "巴南", "500113"}, {"渝北区", "渝北", "500112"}, {"北碚区", "北碚", "500109"},
}

// Sentences around the duties: requirements and benefits say the same everywhere, and hold words that
// mislead a search (会计, 司机, 保安 across words).
var (
	requirements = strings.Fields("身体健康能吃苦耐劳。 中专及以上学历，应届毕业生亦可。 服从班组安排，有责任心。 无经验者安排师傅带教。 年满十八周岁。 有相关实习经历者优先。 能看懂简单英文标识。 善于沟通，团队协作。 适应两班倒。 持有职业资格证书优先。 遵守公司机器操作规程。 确保安全生产。 会计算工时与产量。 熟练使用办公软件。 视力良好无色盲。 懂土木工程基础者可转岗。")
	benefits     = strings.Fields("包吃住，四人间有空调。 购买五险一金。 月休四天。 提供工作餐。 每月十五日发放工资。 节日福利与年终奖。 免费提供工装。 每年组织体检。 交通便利有班车。 试用期一个月。 加班按国家规定计薪。 实习期签三方协议。 提供岗前培训。 表现优秀可转正。 公司有图书室和篮球场。 夏季发放高温补贴。")
	companyEnds  = strings.Fields("机械有限公司 电子科技有限公司 食品有限公司 汽车服务有限公司 农牧有限公司 物流有限公司 医药有限公司 商贸有限公司 教育咨询有限公司 酒店管理有限公司 建设工程有限公司 陶瓷有限公司 职业技术学校 养老服务中心")
	nameChars    = []rune("宏泰鑫源盛达恒昌瑞丰华兴永安嘉禾博远卓越诚信天宇海川金辉立德品优众合启明")
	decorations  = []string{"（包吃住）", "急招", "（双休）", "-可实习", "（不限经验）", "【五险一金】", "（长白班）", "/学徒亦可"}
)

// NewCorpus composes n posts. Their texts are written out one by one, by Docs.
func NewCorpus(n int, seed uint64) *Corpus {
	c := &Corpus{trades: readTrades(tradesText), seed: seed, Places: map[string][]string{},
		Facts: map[string]Key{"订单班": {KindField, "class"}, "实训基地": {KindField, "base"}}}
	for _, t := range c.trades {
		c.Synonyms = append(c.Synonyms, t.synonyms...)
	}
	for _, d := range districts {
		c.Places[d.name], c.Places[d.short] = []string{d.code}, []string{d.code}
	}
	c.Places["重庆"], c.Places["重庆市"] = []string{"500000"}, []string{"500000"}
	i := 0
	eachWord(gse.ZhIdf, func(word string, idf float64) {
		if i++; i%7 == 0 && len(word) >= 6 && idf < 13.9 {
			c.rare = append(c.rare, word)
			c.weight = append(c.weight, math.Exp(-idf))
		}
	})
	for i := 1; i < len(c.weight); i++ {
		c.weight[i] += c.weight[i-1]
	}
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a reproducible corpus, no secret
	for range n {
		p := composed{trade: r.IntN(len(c.trades)), district: r.IntN(len(districts)), company: r.IntN(max(20, n/12)), kind: "post",
			pay: 2500 + 100*r.IntN(60)}
		p.title = r.IntN(len(c.trades[p.trade].titles))
		switch k := r.IntN(100); {
		case k < 4:
			p.kind = "class"
		case k < 7:
			p.kind = "base"
		}
		c.posts = append(c.posts, p)
	}
	return c
}

// readTrades parses the text form.
func readTrades(text string) []trade {
	var out []trade
	list := func(s string) (l []string) {
		for _, p := range strings.Split(s, "/") {
			if p = strings.TrimSpace(p); p != "" {
				l = append(l, p)
			}
		}
		return l
	}
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "["); ok {
			name, near, _ := strings.Cut(rest, "] near:")
			out = append(out, trade{name: name, near: strings.Fields(near)})
			continue
		}
		mark, rest, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") || len(out) == 0 {
			continue
		}
		t := &out[len(out)-1]
		switch mark {
		case "t":
			t.titles = list(rest)
		case "d":
			t.duties = list(rest)
		case "k":
			t.skills = list(rest)
		case "a":
			t.aliases = list(rest)
		case "s":
			for _, g := range list(rest) {
				var group []string
				for _, w := range strings.Split(g, "=") {
					group = append(group, strings.TrimSpace(w))
				}
				t.synonyms = append(t.synonyms, group)
			}
		}
	}
	return out
}

// Docs yields the documents, each time the same.
func (c *Corpus) Docs() iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for i := range c.posts {
			if !yield(c.document(i), nil) {
				return
			}
		}
	}
}

func postID(i int) string { return "p" + strconv.Itoa(i) }

// companyName composes the name of company k; names repeat no more than real ones do.
func companyName(k int) string {
	n := len(nameChars)
	return districts[k%len(districts)].short + string(nameChars[k%n]) + string(nameChars[(k/n+7*k+3)%n]) + companyEnds[(k/3)%len(companyEnds)]
}

// document writes post i out: about 250 characters of text.
func (c *Corpus) document(i int) Document {
	p := &c.posts[i]
	t := &c.trades[p.trade]
	r := rand.New(rand.NewPCG(c.seed, uint64(i)+2)) //nolint:gosec // as above
	d := districts[p.district]
	title := t.titles[p.title]
	switch p.kind {
	case "class":
		title += "订单班"
	case "base":
		title += "实训基地"
	}
	switch k := r.IntN(10); {
	case k < 2:
		title += decorations[r.IntN(len(decorations))]
	case k == 2:
		title = d.short + title
	}
	var b strings.Builder
	for _, k := range r.Perm(len(t.duties)) {
		if b.WriteString(t.duties[k]); r.IntN(3) == 0 {
			fmt.Fprintf(&b, "，每班约%d件", 20+r.IntN(900))
		}
		b.WriteString("；")
	}
	for range 2 + r.IntN(3) {
		b.WriteString("涉及" + c.word(r) + "、" + c.word(r) + "与" + c.word(r) + "。")
	}
	for range 3 + r.IntN(4) {
		b.WriteString(requirements[r.IntN(len(requirements))])
	}
	for range 3 + r.IntN(4) {
		b.WriteString(benefits[r.IntN(len(benefits))])
	}
	if r.IntN(4) == 0 { // a sentence of another trade, as in real posts
		o := &c.trades[r.IntN(len(c.trades))]
		b.WriteString("必要时协助" + o.duties[r.IntN(len(o.duties))] + "。")
	}
	fmt.Fprintf(&b, "工作地点：%s%s。", d.name, c.word(r)+"路"+strconv.Itoa(1+r.IntN(300))+"号")
	return Document{ID: postID(i), Kind: p.kind, Title: title, Company: companyName(p.company), Text: b.String(),
		Tags: []string{t.skills[r.IntN(len(t.skills))]}, Pay: p.pay, Updated: int64(1_700_000_000_000 + r.IntN(30_000_000)*1000), Rev: 1,
		Keys: map[string][]string{
			"region": {"500000", "500100", d.code}, "category": {strconv.Itoa(p.trade / 6)}, "major": {fmt.Sprintf("7%05d", p.trade*17)},
			"period": {fmt.Sprintf("2026-%02d", 1+r.IntN(12))}, "status": {"open"},
		}, Point: &Point{105 + r.Float64()*3, 29 + r.Float64()*2}}
}

// word draws a word as often as its frequency says.
func (c *Corpus) word(r *rand.Rand) string {
	at := r.Float64() * c.weight[len(c.weight)-1]
	i, _ := slices.BinarySearch(c.weight, at)
	return c.rare[min(i, len(c.rare)-1)]
}

// Config returns what an index of this corpus is opened with.
func (c *Corpus) Config() Config {
	return Config{Synonyms: c.Synonyms, Places: c.Places, Facts: c.Facts}
}
