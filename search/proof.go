package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Check is one query of a relevance script and what must come of it, told by the titles of the documents.
// It holds by itself where no document with an expected title is indexed.
type Check struct {
	Query     string
	Kind      string   // only documents of this kind; "" is all
	Expected  []string // one of the first ten titles contains one of these
	Forbidden []string // no title that contains one of these stands before the first expected one
}

// ParseChecks reads a relevance script: lines beginning with "query", each followed by its "expected" (needed),
// "forbidden" and "kind"; expected and forbidden titles are separated by bars, # begins a comment.
func ParseChecks(script string) ([]Check, error) {
	var out []Check
	for i, line := range strings.Split(script, "\n") {
		line, _, _ = strings.Cut(line, "#")
		mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if rest = strings.TrimSpace(rest); mark == "" {
			continue
		}
		if rest == "" || mark != "query" && len(out) == 0 {
			return nil, fmt.Errorf("relevance script, line %d: %q says nothing of a query", i+1, line)
		}
		var titles []string
		for t := range strings.SplitSeq(rest, "|") {
			titles = append(titles, fold(strings.TrimSpace(t)))
		}
		switch mark {
		case "query":
			out = append(out, Check{Query: rest})
		case "kind":
			out[len(out)-1].Kind = rest
		case "expected":
			out[len(out)-1].Expected = titles
		case "forbidden":
			out[len(out)-1].Forbidden = titles
		default:
			return nil, fmt.Errorf("relevance script, line %d: %q is not known; query, kind, expected, forbidden are", i+1, mark)
		}
	}
	for _, c := range out {
		if len(c.Expected) == 0 || slices.Contains(c.Expected, "") || slices.Contains(c.Forbidden, "") {
			return nil, fmt.Errorf("relevance script: query %q expects nothing", c.Query)
		}
	}
	return out, nil
}

// Refused tells why a rebuilt index was not taken into use: what of the relevance script does not hold.
type Refused struct{ Failed []string }

func (r *Refused) Error() string {
	return "新建的检索索引没有通过核对（" + strings.Join(r.Failed, "；") + "），没有换用"
}

// proof watches the documents of a rebuild for those that its checks are about.
type proof struct {
	checks  []Check
	applies []bool
	open    []int // checks that no document has been seen for
}

func newProof(checks []Check) *proof {
	p := &proof{checks: checks, applies: make([]bool, len(checks))}
	for i := range checks {
		p.open = append(p.open, i)
	}
	return p
}

// see notes a document that is built in.
func (p *proof) see(d *Document) {
	if len(p.open) == 0 {
		return
	}
	title := fold(d.Title)
	p.open = slices.DeleteFunc(p.open, func(i int) bool {
		c := &p.checks[i]
		p.applies[i] = (c.Kind == "" || c.Kind == d.Kind) && containsAny(title, c.Expected)
		return p.applies[i]
	})
}

func containsAny(title string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(title, part) })
}

// prove runs the relevance script against a new index.
func (x *Index) prove(ctx context.Context, g *generation, p *proof) error {
	v := g.acquire()
	if v == nil {
		return errClosed
	}
	defer v.release()
	var failed []string
	for i, c := range p.checks {
		if !p.applies[i] {
			continue
		}
		q := &Query{Text: c.Query, Limit: 10, Plain: true}
		if c.Kind != "" {
			q.Kinds = []string{c.Kind}
		}
		r, err := x.run(ctx, v, q)
		if err != nil {
			return fmt.Errorf("ask for %q: %w", c.Query, err)
		}
		titles := make([]string, len(r.res.Hits))
		for i, h := range r.res.Hits {
			titles[i] = fold(h.Title)
		}
		right := slices.IndexFunc(titles, func(t string) bool { return containsAny(t, c.Expected) })
		switch wrong := slices.IndexFunc(titles, func(t string) bool { return containsAny(t, c.Forbidden) }); {
		case right < 0:
			failed = append(failed, fmt.Sprintf("查“%s”，前十条没有“%s”", c.Query, strings.Join(c.Expected, "”或“")))
		case wrong >= 0 && wrong < right:
			failed = append(failed, fmt.Sprintf("查“%s”，“%s”排在了前面", c.Query, r.res.Hits[wrong].Title))
		}
	}
	if len(failed) > 0 {
		return &Refused{failed}
	}
	return nil
}
