package audit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// checkNames finds one name written in two ways. It speaks only of firms whose names agree
// in all but one character or in their frame (市, 有限公司), and of rows of two tables that
// are otherwise the same list.
func (b *book) checkNames() {
	b.firmNames()
	b.listNames()
}

var (
	firmName  = regexp.MustCompile(`(公司|集团|厂|医院|企业|酒店|牧业|农牧|合作社|中心|事务所|银行|超市)$`)
	firmFrame = regexp.MustCompile(`(股份有限公司|有限责任公司|有限公司|公司|集团)$`)
	numerals  = regexp.MustCompile(`[0-9一二三四五六七八九十甲乙丙丁东南西北]`)
)

type seenName struct {
	name, table, column string
}

func (b *book) firmNames() {
	var all []seenName
	known := map[string]bool{}
	for _, t := range b.tables {
		for _, head := range slices.Sorted(maps.Keys(t.names)) {
			vs := t.names[head]
			for _, v := range vs {
				for _, n := range strings.FieldsFunc(fold(v), isListMark) {
					if firmName.MatchString(n) && len([]rune(n)) >= 5 && len([]rune(n)) <= 30 && !known[n] {
						known[n] = true
						all = append(all, seenName{n, t.name, head})
					}
				}
			}
		}
	}
	slices.SortFunc(all, func(x, y seenName) int { return strings.Compare(x.name, y.name) })
	all = all[:min(len(all), 2*nameLimit)]
	cores := make([]string, len(all))
	for i, x := range all {
		cores[i] = firmCore(x.name)
	}
	for i, x := range all {
		for j, y := range all[i+1:] {
			if why := sameFirm(cores[i], cores[i+1+j]); why != "" {
				b.findings = append(b.findings, Finding{Table: x.table, Row: x.name, Column: x.column, Published: x.name + " / " + y.name,
					Kind: TwoSpellings, Explanation: fmt.Sprintf("“%s”与“%s”%s，像是同一单位的两种写法；请核对后统一", x.name, y.name, why)})
			}
		}
	}
}

// sameFirm says why two cores of names seem to be one firm, "" if they do not.
func sameFirm(x, y string) string {
	if x == y {
		return "只差“市”“有限公司”等字样"
	}
	if len([]rune(x)) >= 4 && oneRune(x, y) {
		return "只差一个字"
	}
	return ""
}

// firmCore strips the frame of a firm's name: 重庆市, 有限公司.
func firmCore(s string) string {
	s = firmFrame.ReplaceAllString(s, "")
	s = strings.NewReplacer("(", "", ")", "").Replace(s)
	if i := strings.Index(s, "市"); i > 0 && i <= 9 {
		s = s[:i] + s[i+len("市"):]
	}
	if i := strings.Index(s, "省"); i > 0 && i <= 9 {
		s = s[:i] + s[i+len("省"):]
	}
	return s
}

// oneRune reports names of equal length that differ in one character which is no number
// and no point of the compass: 渝瀚 and 瑜瀚, but not 一厂 and 二厂.
func oneRune(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return false
	}
	at := -1
	for i := range x {
		if x[i] != y[i] {
			if at >= 0 {
				return false
			}
			at = i
		}
	}
	return at >= 0 && !(numerals.MatchString(string(x[at])) && numerals.MatchString(string(y[at])))
}

// permuted reports the same characters in another order: 技术应用 and 应用技术.
func permuted(a, b string) bool {
	x, y := []rune(a), []rune(b)
	slices.Sort(x)
	slices.Sort(y)
	return a != b && slices.Equal(x, y)
}

// listNames compares the row names of tables that list the same things.
const nameLimit = 1000 // longer lists are no lists of majors

func (b *book) listNames() {
	type list struct {
		t     *table
		head  string
		names []string
	}
	var lists []list
	for _, t := range b.tables {
		for _, head := range slices.Sorted(maps.Keys(t.names)) {
			vs := t.names[head]
			l := list{t: t, head: head}
			for _, n := range splitNames(vs) {
				if len([]rune(n)) >= 4 && isTotal(n) == item && !schoolName.MatchString(n) && !firmName.MatchString(n) && !slices.Contains(l.names, n) && !isSentence(n) {
					l.names = append(l.names, n)
				}
			}
			if len(l.names) >= 4 && len(l.names) <= nameLimit {
				lists = append(lists, l)
			}
		}
	}
	slices.SortFunc(lists, func(x, y list) int { return strings.Compare(x.t.name+x.head, y.t.name+y.head) })
	said := map[string]bool{}
	for i, x := range lists {
		for _, y := range lists[i+1:] {
			if x.t == y.t || !overlaps(x.names, y.names) {
				continue
			}
			rest := missingFrom(y.names, x.names)
			for _, n := range missingFrom(x.names, y.names) {
				for _, m := range rest {
					why := ""
					switch {
					case permuted(n, m):
						why = "用字相同而次序不同"
					case oneRune(n, m):
						why = "只差一个字"
					case bare(n) == bare(m) || strings.ContainsAny(n+m, "(+-"):
					case extended(n, m) || extended(m, n):
						why = "一个比另一个多出两个字"
					}
					key := min(n, m) + max(n, m)
					if why != "" && !said[key] {
						said[key] = true
						b.findings = append(b.findings, Finding{Table: y.t.name, Row: m, Column: y.head, Published: m, Recomputed: n, Kind: TwoSpellings,
							Explanation: fmt.Sprintf("“%s”在“%s”中写作“%s”，%s，像是同一名称的两种写法；请核对后统一", m, x.t.name, n, why)})
					}
				}
			}
		}
	}
}

// extended reports a long name with two characters more at its end: 服装陈列与展示 and
// 服装陈列与展示设计.
func extended(short, long string) bool {
	return strings.HasPrefix(long, short) && len([]rune(short)) >= 6 && len([]rune(long)) == len([]rune(short))+2
}

func splitNames(vs []string) (out []string) {
	for _, v := range vs {
		out = append(out, strings.FieldsFunc(fold(v), isListMark)...)
	}
	return out
}

// overlaps reports that two lists share at least half of the shorter one.
func overlaps(a, b []string) bool {
	both := 0
	for _, n := range a {
		if slices.Contains(b, n) {
			both++
		}
	}
	return both >= 3 && both*2 >= min(len(a), len(b))
}

func missingFrom(a, b []string) (out []string) {
	for _, n := range a {
		if !slices.Contains(b, n) {
			out = append(out, n)
		}
	}
	return out
}
