package audit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	shareName = regexp.MustCompile(`率$|比例$|占比$|比重$|百分比$`)
	bodyUnit  = regexp.MustCompile(`^(人|名|个|元|万元|家|所|本|门|台|套|人次)$`)
	headName  = regexp.MustCompile(`(人数|生数|个数|总数|数量)$`)
)

// checkUnits finds names, units and values that are not the same sort of number.
func (b *book) checkUnits() {
	for _, t := range b.tables {
		for _, m := range t.measures {
			switch {
			case shareName.MatchString(m.name) && bodyUnit.MatchString(m.unit):
				b.headClash(t, m, fmt.Sprintf("名称“%s”是比例，单位却是“%s”", m.name, m.unit))
			case headName.MatchString(m.name) && m.unit == "%":
				b.headClash(t, m, fmt.Sprintf("名称“%s”是人数或个数，单位却是“%%”", m.name))
			}
			b.signClash(t, m)
			b.scaleClash(t, m)
		}
	}
}

func (b *book) headClash(t *table, m *measure, what string) {
	head := m.name + "(" + m.unit + ")"
	f := Finding{Table: t.name, Row: "（表头）", Column: head, Published: head, Kind: UnitClash,
		Explanation: what + "，读者无法知道填的是哪一种", weight: 0.5}
	if t.indicators {
		f.Row, f.Column = head, "（整行）"
	}
	b.findings = append(b.findings, f)
}

// signClash finds a percent sign in a column of counts.
func (b *book) signClash(t *table, m *measure) {
	if !m.counts() || m.unit == "%" {
		return
	}
	var signs []*cell
	plain := 0
	for _, r := range t.records {
		if c := r.get(m); c != nil {
			if c.n.unit == "%" {
				signs = append(signs, c)
			} else {
				plain++
			}
		}
	}
	if len(signs) == 0 || plain < 2*len(signs) && m.role == noRole && (plain == 0 || !bodyUnit.MatchString(m.unit)) {
		return
	}
	for _, c := range signs {
		b.accuse(c, UnitClash, "", 0.5, "“%s”一列都是数目，这一格却带 %%", m.name)
	}
}

// scaleClash finds a value ten thousand times its neighbours in time: 元 for 万元.
func (b *book) scaleClash(t *table, m *measure) {
	if m.rate || m.ratio {
		return
	}
	byRow := map[string][]*cell{}
	var order []string // findings of equal weight stay in the order of the rows
	for _, r := range t.records {
		if c := r.get(m); c != nil && c.n.mant > 0 {
			key := r.school + "|" + r.label
			if byRow[key] == nil {
				order = append(order, key)
			}
			byRow[key] = append(byRow[key], c)
		}
	}
	for _, key := range order {
		cs := byRow[key]
		if len(cs) < 3 {
			continue
		}
		var odd *cell
		for i, c := range cs {
			alone := true
			for j, o := range cs {
				q := c.n.float() / o.n.float()
				if i != j && !(q > 3000 && q < 30000 || q < 1.0/3000 && q > 1.0/30000) {
					alone = false
				}
			}
			if alone {
				odd = c
			}
		}
		if odd != nil {
			b.accuse(odd, UnitClash, "", 0.9, "与同一行其他年份相差约一万倍，疑似把“元”与“万元”混填")
		}
	}
}

// checkFlows follows the number of majors from year to year: last year's, plus those
// opened, less those closed.
func (b *book) checkFlows() {
	for _, t := range b.tables {
		if !t.has(majors) {
			continue
		}
		for _, r := range t.records {
			for _, o := range t.records {
				if o.school != r.school || o.label != r.label || o.year != r.year-1 || o.year == 0 {
					continue
				}
				now, was := r.by(majors), o.by(majors)
				in, okIn := r.flow(added)
				out, okOut := r.flow(closed)
				if now == nil || was == nil || !okIn || !okOut {
					continue
				}
				have, ok1 := now.n.integer()
				had, ok2 := was.n.integer()
				if ok1 && ok2 && had+in-out != have {
					b.accuse(now, TotalNotSum, itoa(int(max(had+in-out, 0))), 0, "上年 %d + 新增 %d − 停招 %d = %d，与所列 %d 不符", had, in, out, had+in-out, have)
				}
			}
		}
	}
}

// flow counts what was opened or closed: a number, or a list of names.
func (r *record) flow(want role) (int64, bool) {
	if c := r.by(want); c != nil {
		return c.n.integer()
	}
	for _, head := range slices.Sorted(maps.Keys(r.texts)) { // of two such columns always the same
		v := r.texts[head]
		if meaning(head, "").role != want {
			continue
		}
		if isMissing(v) {
			return 0, true
		}
		return int64(len(strings.FieldsFunc(v, isListMark))), true
	}
	return 0, false
}

func isListMark(r rune) bool { return strings.ContainsRune(";；、,，|/\n", r) }
