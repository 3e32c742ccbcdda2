package audit

import (
	"maps"
	"math/big"
	"slices"
	"strings"
)

// checkMembership compares a table by category with one by major, if a third (or the
// second itself) says which major belongs where: a category that holds people of another
// category's major is found by the difference.
func (b *book) checkMembership() {
	home := b.homes()
	if len(home) == 0 {
		return
	}
	for _, want := range []role{graduates, students, direct, progressed} {
		facts := b.facts(want)
		byGroup := map[place][]place{} // school and year -> places
		for _, p := range sortedPlaces(facts) {
			if p.label != "合计" {
				k := place{school: p.school, year: p.year}
				byGroup[k] = append(byGroup[k], p)
			}
		}
		for _, k := range sortedKeys(byGroup) {
			b.membership(k, byGroup[k], facts, home)
		}
	}
}

func sortedKeys(m map[place][]place) []place {
	as := map[place][]fact{}
	for p := range m {
		as[p] = nil
	}
	return sortedPlaces(as)
}

// homes maps school and major to the category that some table files it under.
func (b *book) homes() map[[2]string]string {
	home := map[[2]string]string{}
	for _, t := range b.tables {
		for _, r := range t.records {
			if r.parent != "" && r.kind == item {
				home[[2]string{b.school(r.school), bare(r.label)}] = r.parent
			}
		}
	}
	return home
}

func (b *book) membership(k place, places []place, facts map[place][]fact, home map[[2]string]string) {
	type category struct {
		cell   *cell
		majors *big.Rat
	}
	cats := map[string]*category{}
	var names []string
	strangers := map[string]*big.Rat{} // majors whose category the first table does not list
	for _, p := range places {
		f := pick(facts[p])
		if _, isMajor := home[[2]string{k.school, p.label}]; !isMajor && f.c.rec.parent == "" {
			cats[p.label] = &category{cell: f.c, majors: new(big.Rat)}
			names = append(names, p.label)
		}
	}
	if len(cats) < 2 {
		return
	}
	for _, p := range places {
		parent, ok := home[[2]string{k.school, p.label}]
		if !ok || cats[p.label] != nil {
			continue
		}
		f := pick(facts[p])
		if c := cats[under(parent, names)]; c != nil {
			c.majors.Add(c.majors, f.val)
		} else {
			strangers[p.label+"（"+parent+"）"] = f.val
		}
	}
	agree := 0
	for _, n := range names {
		if cats[n].majors.Cmp(cats[n].cell.n.rat()) == 0 {
			agree++
		}
	}
	if agree == 0 {
		return
	}
	for _, n := range names {
		c := cats[n]
		d := new(big.Rat).Sub(c.cell.n.rat(), c.majors)
		if c.majors.Sign() <= 0 {
			continue
		}
		for _, s := range slices.Sorted(maps.Keys(strangers)) { // of two that fit always the same
			if d.Cmp(strangers[s]) == 0 && d.Sign() > 0 {
				b.accuse(c.cell, TotalNotSum, show(c.majors), relative(c.cell.n.float(), ratFloat(c.majors)),
					"按专业归类，“%s”各专业只有 %s；多出的 %s 恰是 %s 的人数，归错了类", n, show(c.majors), show(d), s)
			}
		}
	}
}

// under finds the listed category that a parent's name begins with.
func under(parent string, names []string) string {
	for _, n := range names {
		if strings.HasPrefix(parent, n) {
			return n
		}
	}
	return ""
}

// checkLists compares a list of majors offered with the table of students by major: a
// major with students that the list lacks, a closed one that it keeps.
func (b *book) checkLists() {
	for _, list := range b.tables {
		if len(list.records) > 0 {
			continue
		}
		for _, head := range slices.Sorted(maps.Keys(list.names)) {
			vs := list.names[head]
			listed := splitNames(vs)
			if len(listed) < 5 {
				continue
			}
			for _, t := range b.tables {
				if m := t.measureWith(students); m != nil && t != list {
					b.compareList(list, head, listed, t, m)
				}
			}
		}
	}
}

func (b *book) compareList(list *table, head string, listed []string, t *table, m *measure) {
	last := 0
	for _, r := range t.records {
		last = max(last, r.year)
	}
	bySchool := map[string][]*cell{}
	var order []string
	for _, r := range t.records {
		if c := r.get(m); c != nil && r.year == last && r.kind == item && c.n.mant > 0 {
			if bySchool[r.school] == nil {
				order = append(order, r.school)
			}
			bySchool[r.school] = append(bySchool[r.school], c)
		}
	}
	for _, s := range order {
		var missing []*cell
		for _, c := range bySchool[s] {
			if n := leaf(c.rec.label); !slices.ContainsFunc(listed, func(l string) bool {
				return l == n || permuted(l, n) || oneRune(l, n) || extended(n, l) || extended(l, n)
			}) {
				missing = append(missing, c)
			}
		}
		if all := len(bySchool[s]); all < 5 || len(missing) == 0 || len(missing)*10 > all {
			continue
		}
		for _, c := range missing {
			b.accuse(c, TablesDiffer, "", 0.05, "本专业有在校生 %s 人，而“%s”的“%s”里没有它", c.raw, list.name, head)
		}
	}
}

func leaf(label string) string {
	if i := strings.LastIndex(label, "@"); i >= 0 {
		label = label[:i]
	}
	return label[strings.LastIndex(label, "/")+1:]
}
