package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// importNames looks up the names in one file, each once, and gathers what must be asked.
type importNames struct {
	*namer
	seen       map[string]Meaning
	questions  []Question
	understood []string
}

func (x *Exchange) importNames(ctx context.Context, actor partnership.Actor) (*importNames, error) {
	n, err := x.namer(ctx, actor)
	return &importNames{namer: n, seen: map[string]Meaning{}}, err
}

// lookUp is what a name means. A near one becomes a question, one that was answered
// before a sentence that says so.
func (n *importNames) lookUp(kind, text string) Meaning {
	key := kind + "|" + foldAnswer(text)
	m, ok := n.seen[key]
	if ok {
		return m
	}
	m = n.means(kind, text)
	n.seen[key] = m
	switch {
	case m.Question != nil && len(m.Question.Choices) > 0:
		n.questions = append(n.questions, *m.Question)
	case m.Kept != nil:
		n.understood = append(n.understood, fmt.Sprintf("“%s”按%s的回答理解为 %s", text, m.Kept.Said(), m.Words))
	}
	return m
}

// lookups let the reader check codes and names against the catalogue.
func (n *importNames) lookups() sheets.Lookups {
	named := func(kind string) sheets.Lookup {
		return func(text string) (string, []string, bool) {
			m := n.lookUp(kind, text)
			if m.Value != "" {
				return m.Value, nil, true
			}
			if m.Question == nil {
				return "", nil, false
			}
			var near []string
			for _, c := range m.Question.Choices {
				near = append(near, c.Label)
			}
			return "", near, false
		}
	}
	cat := n.x.cat()
	return sheets.Lookups{
		Major:      n.orNearestCodes(named(NameMajor)),
		Occupation: named(NameOccupation),
		Region: func(text string) (string, []string, bool) {
			if r, ok := cat.Region(text); ok {
				return r.Code, nil, true
			}
			found := cat.FindRegions(text)
			if len(found) == 1 {
				return found[0].Code, nil, true
			}
			var near []string
			for _, r := range found {
				near = append(near, r.Code+" "+cat.FullName(r.Code))
			}
			return "", near, false
		},
		Industry: func(text string) (string, []string, bool) {
			if i, ok := cat.Industry(text); ok {
				return i.Code, nil, true
			}
			var near []string
			for _, i := range cat.FindIndustries(text, 3) {
				if i.Name == text {
					return i.Code, nil, true
				}
				near = append(near, i.Code+" "+i.Name)
			}
			return "", near, false
		},
	}
}

// orNearestCodes names the nearest codes where no name is near.
func (n *importNames) orNearestCodes(look sheets.Lookup) sheets.Lookup {
	return func(text string) (string, []string, bool) {
		code, near, ok := look(text)
		if !ok && len(near) == 0 {
			for _, m := range n.x.cat().NearestMajors(text, 3) {
				near = append(near, m.Code+" "+m.Name)
			}
		}
		return code, near, ok
	}
}

// school finds the school a row belongs to and checks that the actor may write for it.
func (n *importNames) school(given string, r sheets.Row, problem func(field, what, allowed string)) (string, bool) {
	id := given
	if name := r.Text("school"); name != "" {
		m := n.lookUp(NameSchool, name)
		if m.Value == "" {
			var all []string
			for _, s := range n.schools {
				all = append(all, s.Name)
			}
			problem("school", m.Question.Ask, strings.Join(all, "、"))
			return "", false
		}
		id = m.Value
	}
	if id == "" {
		problem("school", "没有写学校", "加一列“学校”，或导入时指明学校")
		return "", false
	}
	switch {
	case n.actor.Role == partnership.RoleSchool && !n.actor.SpeaksFor(id):
		problem("school", "不是您所在的学校", "只导入本校的数据")
		return "", false
	case n.actor.SeesAll() && !n.oversees(id):
		problem("school", "不是本区的学校", "只导入本区学校的数据")
		return "", false
	}
	return id, true
}

// oversees reports whether the school lies where the actor oversees.
func (n *importNames) oversees(school string) bool {
	return slices.ContainsFunc(n.schools, func(s partnership.School) bool { return s.ID == school && n.actor.Oversees(s.Region) })
}

// levelOf is the level at which a school's majors are read.
func levelOf(schools []partnership.School, id string) catalogue.Level {
	at := slices.IndexFunc(schools, func(s partnership.School) bool { return s.ID == id })
	if at >= 0 && schools[at].Kind == string(catalogue.Technician) {
		return catalogue.Technician
	}
	return catalogue.Secondary
}
