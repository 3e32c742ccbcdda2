package audit

import (
	"regexp"
	"strings"
)

type colKind uint8

const (
	colIgnore colKind = iota
	colLabel
	colSchool
	colYear
	colUnit
	colValue
	colText
)

// column is what the header and the data of one column say together.
type column struct {
	kind   colKind
	path   []string
	head   string // as findings name it
	year   int
	school string
	entity string
	m      measure
}

var (
	// A label such as 2001–3000元 is no year.
	labelYear  = regexp.MustCompile(`^(19[89]\d|20[0-4]\d)([-—–~至/](?:(?:19|20)?\d\d))?(年|届|级|学年|$|[^0-9\-—–~至以元])`)
	yearHead   = regexp.MustCompile(`^(统计|毕业|数据|报告|填报)?(年份|年度|学年度?|年|届别?|届次|year|时间)?$`)
	ignoreHead = []string{"序号", "编号", "no", "no.", "seq", "id", "代码", "专业代码", "code", "编码", "统一社会信用代码", "备注", "说明", "remark", "note"}
)

// columns says what each column is.
func (b *block) columns() []column {
	cols := make([]column, b.width)
	for c := range cols {
		cols[c] = b.column(c)
	}
	firstValue := len(cols)
	for c := len(cols) - 1; c >= 0; c-- {
		if cols[c].kind == colValue {
			firstValue = c
		}
	}
	for c := range cols {
		if cols[c].kind == colLabel && c > firstValue {
			cols[c].kind = colText
		}
	}
	b.inheritYears(cols)
	b.entities(cols)
	return cols
}

// inheritYears gives a column without a year that of the column before it, where the same
// heading stands more than once: 2023届人数, 比例, 2024届人数, 比例.
func (b *block) inheritYears(cols []column) {
	seen := map[string]int{}
	for _, c := range cols {
		if c.kind == colValue && c.year == 0 {
			seen[c.head]++
		}
	}
	for i := range cols {
		c := &cols[i]
		if i > 0 && c.kind == colValue && c.year == 0 && seen[c.head] > 1 && cols[i-1].kind == colValue {
			c.year = cols[i-1].year
		}
	}
}

func (b *block) column(c int) column {
	col := column{path: b.path(c)}
	col.head = strings.Join(col.path, " / ")
	var filled, numbers, years, units, missing, seq int
	for i, r := range b.rows {
		v := r.cells[c]
		n := parseNumber(v)
		switch {
		case isMissing(v):
			missing++
			continue
		case yearOnly.MatchString(v):
			years++
		case n.ok:
			numbers++
		case isUnitWord(v):
			units++
		}
		if k, ok := n.integer(); ok && k == int64(i+1) {
			seq++
		}
		filled++
	}
	last := ""
	if len(col.path) > 0 {
		last = strings.ToLower(col.path[len(col.path)-1])
	}
	for _, h := range ignoreHead {
		if last == h {
			return col
		}
	}
	words := col.words()
	m := meaning(words, "")
	switch {
	case filled == 0 && missing == len(b.rows):
		if m.role != noRole || m.rate || col.year > 0 {
			col.kind, col.m = colValue, m
		}
	case years == filled:
		switch {
		case c == 0 || yearHead.MatchString(last):
			col.kind = colYear
		case m.role != noRole || m.unit == "人":
			col.kind, col.m = colValue, m // 2041 graduates look like a year
		}
	case units*2 > filled && strings.Contains(last, "单位") || last == "unit" && units > 0:
		col.kind = colUnit
	case numbers+years > 0 && (numbers+years)*2 >= filled:
		if c == 0 && seq == filled && filled > 1 && m.role == noRole {
			return col // a running number without a heading
		}
		col.kind, col.m = colValue, m
	case strings.Contains(last, "学校") || strings.Contains(last, "院校") || last == "school" || last == "办学单位":
		col.kind = colSchool
	case b.schoolColumn(c):
		col.kind = colSchool
	default:
		col.kind = colLabel
	}
	return col
}

// schoolColumn reports that most of the cells name schools.
func (b *block) schoolColumn(c int) bool {
	schools, filled := 0, 0
	for _, r := range b.rows {
		if v := r.cells[c]; !isMissing(v) {
			filled++
			if schoolName.MatchString(v) {
				schools++
			}
		}
	}
	return filled > 0 && schools*2 > filled
}

var relativeYears = map[string]int{"上年": 1, "上年度": 1, "上一年": 1, "上一年度": 1, "去年": 1, "本年": 2, "本年度": 2, "今年": 2, "前年": 0}

// takeYear takes a year out of a word and returns the rest.
func takeYear(s string) (year int, rest string) {
	if y, ok := relativeYears[s]; ok {
		return y + 1, "" // 1, 2, 3: an order, no calendar year
	}
	loc := yearWord.FindAllStringIndex(s, -1)
	if len(loc) == 0 {
		return 0, s
	}
	last := loc[len(loc)-1]
	for _, d := range s[last[0]:last[1]] {
		year = year*10 + int(d-'0')
	}
	rest = s[:loc[0][0]] + trimYearWords(s[last[1]:])
	return year, strings.Trim(rest, "_-:—–~/ ()")
}

func trimYearWords(s string) string {
	for _, w := range []string{"年度", "学年度", "学年", "届毕业生", "年", "届", "级", "秋季", "春季"} {
		if strings.HasPrefix(s, w) {
			return s[len(w):]
		}
	}
	return s
}

// words takes year and school out of the header path and joins what remains.
func (c *column) words() string {
	var rest []string
	for _, p := range c.path {
		if y, r := takeYear(p); y > 0 {
			c.year = y
			p = r
		}
		switch {
		case p == "" || isPlain(p):
		case schoolish(p) && len(c.path) > 1:
			c.school = p
		default:
			rest = append(rest, p)
		}
	}
	return strings.Join(rest, "")
}

// isPlain reports header words that mean nothing by themselves.
func isPlain(s string) bool {
	switch strings.ToLower(s) {
	case "数值", "数据", "值", "value", "指标值", "内容", "填报数据", "数量":
		return true
	}
	return false
}

// entities finds groups of columns that repeat the same measures for different things
// (一年级, 二年级 …) and moves the group's word from the measure to the record.
func (b *block) entities(cols []column) {
	leaves := map[string]map[string]bool{} // group word -> its leaves
	for i := range cols {
		if c := &cols[i]; c.kind == colValue && len(c.path) >= 2 {
			group, leaf := c.split()
			if group != "" && leaf != "" {
				if leaves[group] == nil {
					leaves[group] = map[string]bool{}
				}
				leaves[group][leaf] = true
			}
		}
	}
	if len(leaves) < 2 {
		return
	}
	for group, set := range leaves {
		if meaning(group, "").role != noRole {
			return // 升学 | 就业 over 人数 | 比例: the group is half of the meaning
		}
		for leaf := range set {
			if meaning(leaf, "").role == noRole {
				return
			}
		}
	}
	for i := range cols {
		if c := &cols[i]; c.kind == colValue && len(c.path) >= 2 {
			if group, leaf := c.split(); group != "" && leaf != "" {
				c.entity, c.m = group, meaning(leaf, "")
			}
		}
	}
}

func (c *column) split() (group, leaf string) {
	var rest []string
	for _, p := range c.path {
		_, p = takeYear(p)
		if p != "" && !isPlain(p) && !(schoolish(p) && len(c.path) > 1) {
			rest = append(rest, p)
		}
	}
	if len(rest) < 2 {
		return "", ""
	}
	return strings.Join(rest[:len(rest)-1], ""), rest[len(rest)-1]
}
