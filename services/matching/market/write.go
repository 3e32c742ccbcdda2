package market

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// WriteMatches writes one line "match <student> <post> <count>" per pair with a
// positive count, in the order of students and then of posts as the market
// numbers them, whatever the order of pairs.
func WriteMatches(w io.Writer, m *Market, pairs []Pair) error {
	byAgent := func(a, b Pair) int { return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Post, b.Post)) }
	if !slices.IsSortedFunc(pairs, byAgent) {
		pairs = slices.SortedFunc(slices.Values(pairs), byAgent)
	}
	t := newTextWriter(w)
	for _, p := range pairs {
		if p.Count <= 0 {
			continue
		}
		t.words("match")
		t.name(m.AgentID, p.Agent)
		t.name(m.PostID, p.Post)
		t.number(int64(p.Count))
		t.end()
	}
	return t.flush()
}

// WriteText writes the market in the format that ReadText reads. What the format
// has no line for (groups, schools, classes, minimums, locks) is refused rather
// than lost. Strict ranks (Prio) are written as ranks lines.
func WriteText(w io.Writer, m *Market) error {
	if m.Group != nil || m.School != nil || m.Class != nil || m.MinBatch != nil ||
		len(m.Fixed)+len(m.Forbidden)+len(m.Together) > 0 {
		return fmt.Errorf("文本格式写不下集团、学校、优先级、起开人数和锁定")
	}
	t := newTextWriter(w)
	t.words(Header)
	t.end()
	for c, n := range m.CompanyCap {
		t.words("company")
		t.name(m.CompanyID, int32(c))
		t.number(int64(n))
		t.end()
	}
	for j, n := range m.PostCap {
		t.words("post")
		t.name(m.PostID, int32(j))
		t.number(int64(n))
		if m.Company[j] >= 0 {
			t.name(m.CompanyID, m.Company[j])
		}
		t.end()
	}
	for i, n := range m.Supply {
		t.words("student")
		t.name(m.AgentID, int32(i))
		t.number(int64(n))
		t.end()
	}
	for i := range m.Agents() {
		for _, e := range m.Of(i) {
			t.words("edge")
			t.name(m.AgentID, int32(i))
			t.name(m.PostID, e.Post)
			t.number(int64(e.Score))
			t.end()
		}
	}
	if m.Tier != nil || m.Prio != nil {
		t.lists(m)
	}
	return t.flush()
}

// textWriter collects words into lines; the first error of the writer below is
// kept by bufio and returned by flush.
type textWriter struct {
	w    *bufio.Writer
	line []byte
}

func newTextWriter(w io.Writer) *textWriter { return &textWriter{w: bufio.NewWriterSize(w, 1<<18)} }

func (t *textWriter) words(s string) {
	if len(t.line) > 0 {
		t.line = append(t.line, ' ')
	}
	t.line = append(t.line, s...)
}

func (t *textWriter) number(n int64) { t.line = strconv.AppendInt(append(t.line, ' '), n, 10) }

// name writes the identifier of i, which is the number itself without names.
func (t *textWriter) name(ids []string, i int32) {
	if ids == nil {
		t.number(int64(i))
		return
	}
	t.words(ids[i])
}

func (t *textWriter) end() {
	t.line = append(t.line, '\n')
	_, _ = t.w.Write(t.line) // sticky: flush returns it
	t.line = t.line[:0]
}

func (t *textWriter) flush() error { return t.w.Flush() }

func (t *textWriter) lists(m *Market) {
	order := m.Tier
	if order == nil {
		order = m.Prio
	}
	for i := range m.Agents() {
		t.words("prefers")
		t.name(m.AgentID, int32(i))
		for e := m.Off[i]; e < m.Off[i+1]; e++ {
			if order[e] != Unlisted {
				t.name(m.PostID, m.Edges[e].Post)
			}
		}
		t.end()
	}
	start, at := m.byPost()
	for j := range m.Posts() {
		c := at[start[j]:start[j+1]]
		slices.SortStableFunc(c, func(a, b candidate) int { return cmp.Compare(order[a.edge], order[b.edge]) })
		t.words("ranks")
		t.name(m.PostID, int32(j))
		for k := 0; k < len(c) && order[c[k].edge] != Unlisted; {
			tied := k
			for tied < len(c) && order[c[tied].edge] == order[c[k].edge] {
				tied++
			}
			brace := tied-k > 1
			if brace {
				t.words("{")
			}
			for ; k < tied; k++ {
				t.name(m.AgentID, c[k].agent)
			}
			if brace {
				t.words("}")
			}
		}
		t.end()
	}
}
