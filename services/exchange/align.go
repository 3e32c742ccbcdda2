package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
)

// tables are the code tables with the district's rulings laid over them. Every node
// follows the stored rulings by itself: whatever settles a post reads what is new first.
type tables struct {
	plain *catalogue.Catalogue // without rulings
	ruled atomic.Pointer[catalogue.Catalogue]

	mu     sync.Mutex // one refresh at a time
	cursor string     // of the rulings read so far
	known  map[string]catalogue.Ruling
}

// cat is the catalogue in force. Take it once for one answer.
func (x *Exchange) cat() *catalogue.Catalogue { return x.tables.ruled.Load() }

// refreshTables takes in rulings that are new since the last time, on this node or on
// another, and reports whether there were any.
func (x *Exchange) refreshTables(ctx context.Context) (moved bool, err error) {
	t := &x.tables
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		fresh, next, err := x.rulings.Changes(ctx, t.cursor, 500)
		if err != nil {
			return moved, fmt.Errorf("rulings: %w", err)
		}
		for i := range fresh {
			moved = t.take(&fresh[i]) || moved
		}
		t.cursor = next
		if len(fresh) == 0 {
			break
		}
	}
	if moved {
		all := make([]catalogue.Ruling, 0, len(t.known))
		for _, r := range t.known {
			all = append(all, r)
		}
		t.ruled.Store(t.plain.With(all...))
	}
	return moved, nil
}

// take notes one stored ruling and reports whether it changes an answer.
func (t *tables) take(r *partnership.Ruling) bool {
	old, had := t.known[r.ID]
	if !r.InForce() || r.Deleted != 0 {
		delete(t.known, r.ID)
		return had
	}
	now := catalogue.Ruling{Major: r.Major, Occ: r.Occ, Level: catalogue.Closeness(r.Level), Who: r.Name, When: partnership.Day(r.At.Time()), Why: r.Why}
	if had && old == now {
		return false
	}
	if t.known == nil {
		t.known = map[string]catalogue.Ruling{}
	}
	t.known[r.ID] = now
	return true
}

// alignPost fills in the post's occupations (the one a person chose first, then the
// suggestions) and the offered majors they lead to, the closest first. Majors the
// company itself named stay the only ones, if it named any. What a person said of a
// major of this post goes before what the tables say.
func (x *Exchange) alignPost(p *partnership.Post, offered map[string]string) {
	cat := x.cat()
	x.guessOccupations(cat, p)
	a := aligning{cat: cat, post: p, offered: offered}
	p.Links, p.Unlinked = nil, nil
	if len(p.Majors) > 0 {
		for _, code := range p.Majors {
			a.declared(code)
		}
	} else if p.AlignedOcc != "" {
		for _, m := range cat.MajorsFor(p.AlignedOcc, catalogue.Secondary) {
			if name, ok := offered[m.Major.Code]; ok {
				ruled := cat.Align(m.Major.Code, p.AlignedOcc).Ruling != nil
				a.add(partnership.MajorLink{Code: m.Major.Code, Name: name, Level: string(m.Level), Path: m.Path, Said: ruled})
			}
		}
		a.refusedByRuling()
	}
	a.said()
	slices.SortStableFunc(p.Links, func(a, b partnership.MajorLink) int { return strings.Compare(a.Level, b.Level) })
	p.LinkMajors, p.Category = nil, ""
	for _, l := range p.Links {
		p.LinkMajors = append(p.LinkMajors, l.Code)
	}
	if len(p.Links) > 0 {
		p.Category = p.Links[0].Code[:2]
	}
}

// guesses is how many occupations a post keeps.
const guesses = 5

func (x *Exchange) guessOccupations(cat *catalogue.Catalogue, p *partnership.Post) {
	p.Guesses, p.AlignedOcc, p.AlignedBy = nil, "", cat.Version()
	if o, ok := cat.Occupation(p.Occupation); ok {
		why := "由发布方填写"
		if c, ok := p.SaidOf(partnership.SaidOccupation, ""); ok {
			why = c.Words() + "确认"
			if c.Why != "" {
				why += "：" + c.Why
			}
		}
		p.Guesses = []partnership.OccupationGuess{{Code: o.Code, Name: o.Name, Score: 1, Why: []string{why}, Said: true}}
		p.AlignedOcc = o.Code
	}
	for _, g := range cat.Suggest(p.Title, p.Duties, guesses) {
		o, _ := cat.Occupation(g.Code)
		if len(p.Guesses) == guesses || o.Code == p.AlignedOcc && len(p.Guesses) > 0 && p.Guesses[0].Said {
			continue
		}
		if p.AlignedOcc == "" {
			p.AlignedOcc = o.Code
		}
		p.Guesses = append(p.Guesses, partnership.OccupationGuess{Code: g.Code, Name: g.Name, Score: g.Score, Why: g.Why})
	}
}

// aligning is one post on its way to its majors.
type aligning struct {
	cat     *catalogue.Catalogue
	post    *partnership.Post
	offered map[string]string
}

// add links a major; the closer of two ways counts.
func (a *aligning) add(l partnership.MajorLink) {
	p := a.post
	at := slices.IndexFunc(p.Links, func(o partnership.MajorLink) bool { return o.Code == l.Code })
	switch {
	case at < 0:
		p.Links = append(p.Links, l)
	case p.Links[at].Level == string(catalogue.Near) && l.Level == string(catalogue.Exact):
		p.Links[at] = l
	}
}

// name is the major's name as the schools write it, else the catalogue's.
func (a *aligning) name(code string) string {
	if name := a.offered[code]; name != "" {
		return name
	}
	m, _ := a.cat.Major(code)
	return m.Name
}

// declared links a major the company named itself, judged against the occupation.
// That the district ruled it unrelated goes before.
func (a *aligning) declared(code string) {
	l := partnership.MajorLink{Code: code, Name: a.name(code), Level: string(catalogue.Near), Path: []string{"企业指定的专业"}}
	if a.post.AlignedOcc != "" {
		switch found := a.cat.Align(code, a.post.AlignedOcc); {
		case found.Level == catalogue.Exact:
			l.Level, l.Path, l.Said = string(found.Level), append(l.Path, found.Path...), found.Ruling != nil
		case found.Level == catalogue.Unrelated && found.Ruling != nil:
			l.Level, l.Path, l.Said = string(found.Level), append(l.Path, found.Path...), true
			a.post.Unlinked = append(a.post.Unlinked, l)
			return
		}
	}
	a.add(l)
}

// refusedByRuling lists offered majors that the tables link and the district does not.
func (a *aligning) refusedByRuling() {
	for _, r := range a.cat.Rulings() {
		if _, taught := a.offered[r.Major]; r.Occ == a.post.AlignedOcc && r.Level == catalogue.Unrelated && taught {
			path := a.cat.Align(r.Major, r.Occ).Path
			a.post.Unlinked = append(a.post.Unlinked, partnership.MajorLink{Code: r.Major, Name: a.name(r.Major), Level: string(r.Level), Path: path, Said: true})
		}
	}
}

// said lays what people said of this post's majors over what was found. A company's
// word gives way to a ruling of the district on the same pair.
func (a *aligning) said() {
	p := a.post
	for _, c := range p.SaidMajors() {
		overseer := partnership.Actor{Role: c.Role}.SeesAll()
		if !overseer && p.AlignedOcc != "" && a.cat.Align(c.Code, p.AlignedOcc).Ruling != nil {
			continue
		}
		same := func(l partnership.MajorLink) bool { return l.Code == c.Code }
		p.Links, p.Unlinked = slices.DeleteFunc(p.Links, same), slices.DeleteFunc(p.Unlinked, same)
		l := partnership.MajorLink{Code: c.Code, Name: a.name(c.Code), Level: c.Level, Said: true,
			Path: []string{c.Words() + "认定为" + catalogue.Closeness(c.Level).Chinese() + "：" + c.Why}}
		if c.Level == string(catalogue.Unrelated) {
			p.Unlinked = append(p.Unlinked, l)
			continue
		}
		p.Links = append(p.Links, l)
	}
}
