package partnership

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Company names come in many spellings: with and without 市, 有限公司 or 有限责任公司, as
// a short form, or with one wrong character that sounds or looks like the right
// one (渝瀚 and 瑜瀚, 东矩 and 东炬). Two spellings with one NameKey are one name in law;
// SameCompany and SpellingGroups find more, which are only ever offered to a person.

// companyName is a name taken apart.
type companyName struct {
	place string // province or municipality in short: 重庆
	core  []rune // what is left: brand and trade
	form  string // 集团, 股份 or both, which may make another legal person
}

// The provinces in short, longest first where one begins another.
var provinces = []string{"内蒙古", "黑龙江", "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "台湾", "香港", "澳门"}

var legalForms = []string{"有限责任公司", "有限公司", "公司"}

// splitName takes a name apart.
func splitName(name string) companyName {
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // full-width forms
			r -= 0xFEE0
		}
		if unicode.IsSpace(r) || strings.ContainsRune("()[]{}（）【】《》“”\"'·.,，。、-—_", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	var n companyName
	for _, p := range provinces {
		rest, ok := strings.CutPrefix(s, p)
		if !ok {
			continue
		}
		for _, tail := range []string{"壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "省", "市"} {
			if r, ok := strings.CutPrefix(rest, tail); ok {
				rest = r
				break
			}
		}
		if len([]rune(rest)) >= 2 { // a name that is all place keeps it
			n.place, s = p, withoutDistrict(rest)
		}
		break
	}
	if !strings.HasSuffix(s, "分公司") { // a branch is named by what stands before it
		s = withoutForm(s, &n)
	}
	n.core = []rune(s)
	return n
}

// withoutDistrict drops 荣昌区 or 大足县 behind the province.
func withoutDistrict(s string) string {
	r := []rune(s)
	for i := 2; i <= 3 && i+2 < len(r); i++ {
		if (r[i] == '区' || r[i] == '县') && !strings.ContainsAny(string(r[:i]), "园新开发小社") {
			return string(r[i+1:])
		}
	}
	return s
}

// withoutForm drops the legal form at the end and notes 集团 and 股份.
func withoutForm(s string, n *companyName) string {
	for changed := true; changed; {
		changed = false
		for _, f := range append([]string{"集团", "股份"}, legalForms...) {
			rest, ok := strings.CutSuffix(s, f)
			if !ok || len([]rune(rest)) < 2 {
				continue
			}
			s, changed = rest, true
			if f == "集团" || f == "股份" {
				n.form = f + n.form
			}
			break
		}
	}
	return s
}

// NameCore is the name without place and legal form: 齐盈精密模具 for
// 重庆市齐盈精密模具有限公司. A NameKey begins with it, so it serves to look names up by
// their beginning.
func NameCore(name string) string { return string(splitName(name).core) }

// NameKey is equal for spellings that differ only in 市 or 省, in 有限公司, 有限责任公司 or
// 公司, in spaces, brackets, width and case. Another place, 集团 or 股份 makes another
// key: those may be other legal persons.
func NameKey(name string) string {
	return splitName(name).key()
}

func (n companyName) key() string {
	key := string(n.core)
	if n.place != "" || n.form != "" {
		key += "·" + n.place + n.form
	}
	return key
}

// Likely is the score from which two names are offered as one company.
const Likely = 0.7

// SameCompany tells how likely two names mean one company, from 0 to 1, and why in
// Chinese. 1 is the same NameKey; from Likely on the pair is worth a question to a
// person; nothing here is sure enough to merge without one.
func SameCompany(a, b string) (score float64, why string) {
	return splitName(a).same(splitName(b))
}

func (n companyName) same(o companyName) (score float64, why string) {
	x, y := n, o
	if x.place == y.place && x.form == y.form && slices.Equal(x.core, y.core) {
		return 1, "只差“市”“有限公司”或空格、括号"
	}
	if x.place != "" && y.place != "" && x.place != y.place {
		return 0, ""
	}
	if len(x.core) > len(y.core) {
		x, y = y, x
	}
	if len(x.core) < 2 {
		return 0, ""
	}
	slip, ok := confused(x.core, y.core[:len(x.core)])
	rest := string(y.core[len(x.core):])
	if !ok || rest != "" && !tradeWords(rest) || onlyTrade(x.core) {
		return 0, ""
	}
	score = 0.95
	var reasons []string
	if slip != "" {
		score, reasons = score-0.1, append(reasons, slip)
	}
	if rest != "" {
		score, reasons = score-0.2, append(reasons, "像是简称，少了“"+rest+"”")
		if len(x.core) == 2 {
			score -= 0.15 // a bare brand of two characters belongs to many
		}
	}
	if x.place != y.place {
		reasons = append(reasons, "一个写了地名“"+x.place+y.place+"”")
		if len(x.core) == 2 && rest == "" {
			score -= 0.1
		}
	}
	if x.form != y.form {
		reasons = append(reasons, "一个带“"+longer(x.form, y.form)+"”")
	}
	return score, strings.Join(reasons, "，")
}

func longer(a, b string) string {
	if len(a) > len(b) {
		return a
	}
	return b
}

// confused compares two texts of one length. It is ok if they are equal or differ
// in one character that is easily taken for the other.
func confused(a, b []rune) (slip string, ok bool) {
	at := -1
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if at >= 0 {
			return "", false
		}
		at = i
	}
	if at < 0 {
		return "", true
	}
	if !alike(a[at], b[at]) {
		return "", false
	}
	return fmt.Sprintf("“%c”与“%c”音近或形近", a[at], b[at]), true
}

// alikes are groups of characters in company names that are taken for each other: of
// one sound, or sharing the part that gives it. The table is ours, short on
// purpose: it only decides what is worth asking.
var alikes = strings.Fields(`渝瑜愉榆逾喻毓 矩炬距拒巨钜 瀚翰 宏弘洪鸿泓红虹 新欣鑫馨昕 兴星 晨辰宸 华桦烨 盛胜晟圣升昇 利力立丽莉 伟玮炜纬 杰捷 泰太钛 源元圆园缘 盈赢瀛营颖莹 齐奇琪祺其琦旗琦淇
	腾滕藤 诚城成承程 恒衡亨 益亿义毅翼 嘉佳加家 明铭茗 润闰 瑞锐睿 祥翔详 森深 峰锋丰烽枫 申伸绅 模磨膜 凯恺铠 航杭 辉晖挥徽 美镁 鹏朋澎 联连廉 达大 信鑫 博搏铂 长昌常 金锦晋 精晶京 科克 通同 顺舜 隆龙陇 福富辅 康慷 正政证 永勇涌 安铵 建健 东冬 川穿 宝保堡 渔鱼 邦帮 韵运 志智致 众重 仁人任 飞非 超朝 威微维 佰百柏 乐勒 禾和合 兆照 庆青清 渝榆 链琏 脉麦`)

func alike(a, b rune) bool {
	return slices.ContainsFunc(alikes, func(g string) bool { return strings.ContainsRune(g, a) && strings.ContainsRune(g, b) })
}

// trades are words for what a company does, which short forms leave out.
var trades = strings.Fields(`科技 技术 电子 信息 网络 软件 工业 实业 实业发展 制造 机械 精密 精密工业 模具 金属 制品 五金 汽车 零部件 部件 配件 动力 发动机 设备 装备 自动化 智能 机电 电气 电器 材料 新材料 化工 塑料 橡胶
	食品 农业 农牧 牧业 畜牧 养殖 饲料 生物 医药 医疗 宠物 纺织 服装 服饰 家具 陶瓷 建材 建筑 工程 建设 装饰 物流 运输 供应链 商贸 贸易 电子商务 旅游 酒店 餐饮 文化 传媒 广告 教育 咨询 服务 管理 投资 控股 发展 开发 国际 环保 能源 新能源 光电 通信 印务 包装 纸业 药业 集团 股份`)

// tradeWords reports whether s is made of such words only.
func tradeWords(s string) bool {
	if s == "" {
		return true
	}
	return slices.ContainsFunc(trades, func(w string) bool {
		rest, ok := strings.CutPrefix(s, w)
		return ok && tradeWords(rest)
	})
}

// onlyTrade reports whether a core has no brand of its own: 精密模具 may be anyone's.
func onlyTrade(core []rune) bool { return tradeWords(string(core)) }

// SpellingGroup is a set of names that may be one company.
type SpellingGroup struct {
	Names []int    // places in the list given, in order
	Why   []string // one sentence for each link between two of them
}

// SpellingGroups finds the names of a list that may be one company, to be offered
// to a person as one question each. Names without a likely other are left out. Only
// names that share their first or their second character are compared: a single slip
// leaves one of the two.
func SpellingGroups(names []string) []SpellingGroup {
	parent := make([]int, len(names))
	split := make([]companyName, len(names))
	blocks := map[string][]int{}
	for i, n := range names {
		parent[i], split[i] = i, splitName(n)
		for at, r := range split[i].core[:min(2, len(split[i].core))] {
			key := fmt.Sprintf("%d%c", at, r)
			blocks[key] = append(blocks[key], i)
		}
	}
	var root func(i int) int
	root = func(i int) int {
		if parent[i] != i {
			parent[i] = root(parent[i])
		}
		return parent[i]
	}
	type link struct {
		at  int
		why string
	}
	var links []link
	for _, key := range sortedKeys(blocks) {
		members := blocks[key]
		for i, a := range members {
			for _, b := range members[i+1:] {
				if root(a) == root(b) {
					continue
				}
				if score, why := split[a].same(split[b]); score >= Likely {
					parent[max(root(a), root(b))] = min(root(a), root(b))
					links = append(links, link{a, fmt.Sprintf("“%s”与“%s”：%s", names[a], names[b], why)})
				}
			}
		}
	}
	byRoot := map[int]int{}
	var groups []SpellingGroup
	for i := range names {
		r := root(i)
		at, ok := byRoot[r]
		if !ok {
			at = len(groups)
			byRoot[r] = at
			groups = append(groups, SpellingGroup{})
		}
		groups[at].Names = append(groups[at].Names, i)
	}
	for _, l := range links {
		g := &groups[byRoot[root(l.at)]]
		g.Why = append(g.Why, l.why)
	}
	return slices.DeleteFunc(groups, func(g SpellingGroup) bool { return len(g.Names) < 2 })
}

func sortedKeys(m map[string][]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// NameIndex finds the names of many that may mean the company of another, without
// comparing all with all: only those that share their first or their second character,
// since a single slip leaves one of the two. The zero NameIndex is empty.
type NameIndex struct {
	names  []companyName
	blocks map[string][]int
}

// NameHit is a name of a NameIndex that may mean the same company.
type NameHit struct {
	At    int // place in the order of Add
	Score float64
	Why   string
}

// Add takes a name in.
func (x *NameIndex) Add(name string) {
	if x.blocks == nil {
		x.blocks = map[string][]int{}
	}
	n := splitName(name)
	for at, r := range n.core[:min(2, len(n.core))] {
		key := fmt.Sprintf("%d%c", at, r)
		x.blocks[key] = append(x.blocks[key], len(x.names))
	}
	x.names = append(x.names, n)
}

// Likely returns the names that may mean the same company, those certain to included.
func (x *NameIndex) Likely(name string) []NameHit {
	n := splitName(name)
	var hits []NameHit
	seen := map[int]bool{}
	for at, r := range n.core[:min(2, len(n.core))] {
		for _, i := range x.blocks[fmt.Sprintf("%d%c", at, r)] {
			if seen[i] {
				continue
			}
			seen[i] = true
			if score, why := n.same(x.names[i]); score >= Likely {
				hits = append(hits, NameHit{i, score, why})
			}
		}
	}
	return hits
}
