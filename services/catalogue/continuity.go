package catalogue

import "slices"

// Continuity says which present major an older name goes on as, and on what ground.
type Continuity struct {
	Old      string `json:"old"` // the name as older reports and certificates spell it
	Major    Major  `json:"major"`
	Relation string `json:"relation"` // 改名: the same major under a new name; 合并: one of several that became this major
	Basis    string `json:"basis"`    // report: so spelt in a published report; district: this district's reading
	Note     string `json:"note,omitempty"`
}

// Words tells the continuity in one sentence.
func (k Continuity) Words() string {
	s := "“" + k.Old + "”现为" + string(k.Major.Level) + "专业 " + k.Major.String() + "（" + k.Relation
	if k.Note != "" {
		s += "，" + k.Note
	}
	return s + "）"
}

// Succeeds finds the present major that an older name of this level goes on as: one
// that was renamed, or merged into exactly one. It says no for a present name, for a
// major that was split or given up, and for names that are only near, short or spoken:
// those need a person's answer (see ResolveMajor).
func (c *Catalogue) Succeeds(name string, level Level) (Continuity, bool) {
	key := foldName(name)
	for _, i := range c.byName[key] {
		if sameTier(c.majors[i].Level, level) {
			return Continuity{}, false
		}
	}
	var out Continuity
	for _, n := range c.majorNames[key] {
		m := c.majors[n.at]
		if !sameTier(m.Level, level) || m.District() {
			continue
		}
		if n.relation != "改名" && n.relation != "合并" || out.Old != "" && out.Major.Code != m.Code {
			return Continuity{}, false
		}
		out = Continuity{Old: key, Major: m, Relation: n.relation, Basis: n.basis, Note: n.note}
	}
	return out, out.Old != ""
}

// Successors maps every older name of a level to the present official name of the
// major it goes on as, for keeping one trend across a renaming. It holds what Succeeds
// is sure of and nothing else; no present name is a key.
func (c *Catalogue) Successors(level Level) map[string]string {
	out := map[string]string{}
	for _, k := range c.Continuities(level) {
		out[k.Old] = k.Major.Name
	}
	return out
}

// Continuities lists the older names of a level with what they go on as, by name.
func (c *Catalogue) Continuities(level Level) []Continuity {
	var out []Continuity
	for name := range c.majorNames {
		if k, ok := c.Succeeds(name, level); ok {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b Continuity) int { return cmpString(a.Old, b.Old) })
	return out
}
