package market

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

const small = `sunmao-match 1
# 三家岗位,两家企业
company 长安 5
post 焊工 3 长安
post 装配 4 长安   # 同一企业
post 护理 1
student 甲 2
student 乙 1

edge 甲 焊工 8000
edge 甲 护理 10
edge 乙 焊工 7000
edge 乙 装配 9000
`

func TestReadText(t *testing.T) {
	m, err := ReadText(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"甲", "乙"}; !slices.Equal(m.AgentID, want) {
		t.Errorf("agents = %q, want %q", m.AgentID, want)
	}
	if want := []string{"焊工", "装配", "护理"}; !slices.Equal(m.PostID, want) {
		t.Errorf("posts = %q, want %q", m.PostID, want)
	}
	if !slices.Equal(m.Supply, []int32{2, 1}) || !slices.Equal(m.PostCap, []int32{3, 4, 1}) || !slices.Equal(m.CompanyCap, []int32{5}) {
		t.Errorf("numbers = %v %v %v", m.Supply, m.PostCap, m.CompanyCap)
	}
	if !slices.Equal(m.Company, []int32{0, 0, -1}) {
		t.Errorf("companies = %v", m.Company)
	}
	if want := []Edge{{0, 8000}, {2, 10}, {0, 7000}, {1, 9000}}; !slices.Equal(m.Edges, want) || !slices.Equal(m.Off, []int64{0, 2, 4}) {
		t.Errorf("edges = %v %v, want %v", m.Edges, m.Off, want)
	}
	if m.Tier != nil || m.Prio != nil {
		t.Error("a file without lists got ranks")
	}
}

func TestReadText_Lists(t *testing.T) {
	const head = Header + "\npost p 1\npost q 1\npost r 1\nstudent a 1\nstudent b 1\nstudent c 1\n"
	const u = Unlisted
	for _, tc := range []struct {
		name, body string
		edges      []Edge
		tier       []uint32
	}{
		{"ordinal file makes its edges", "prefers a q p\nprefers b p\nranks p b a\nranks q a\n",
			[]Edge{{1, 0}, {0, 0}, {0, 0}}, []uint32{0, 1, 0}},
		{"ties share a class", "prefers a p\nprefers b p\nprefers c p\nranks p {a c} b\n",
			[]Edge{{0, 0}, {0, 0}, {0, 0}}, []uint32{0, 1, 0}},
		{"ties with free standing braces", "prefers a p\nprefers b p\nprefers c p\nranks p { a c } b\n",
			[]Edge{{0, 0}, {0, 0}, {0, 0}}, []uint32{0, 1, 0}},
		{"who is not ranked is not listed", "prefers a p\nprefers b p\nranks p b\n",
			[]Edge{{0, 0}, {0, 0}}, []uint32{u, 0}},
		{"ranked without an edge is ignored", "prefers a p\nranks p b c a\n", []Edge{{0, 0}}, []uint32{2}},
		{"a post without ranks goes by score", "edge a p 7\nedge b p 9\nprefers a p\nprefers b p\n",
			[]Edge{{0, 7}, {0, 9}}, []uint32{ByScore(7), ByScore(9)}},
		{"a student without prefers goes by score", "edge a p 7\nedge a q 9\nranks p a\nranks q a\n",
			[]Edge{{1, 9}, {0, 7}}, []uint32{0, 0}},
		{"an edge outside the wishes stays for assignment", "edge a p 7\nedge a q 9\nprefers a p\nranks p a\n",
			[]Edge{{0, 7}, {1, 9}}, []uint32{0, u}},
		{"tied wishes go by score", "edge a p 7\nedge a q 9\nedge a r 1\nprefers a r {p q}\n",
			[]Edge{{2, 1}, {1, 9}, {0, 7}}, []uint32{ByScore(1), ByScore(9), ByScore(7)}},
		{"an empty list refuses all", "edge a p 7\nprefers a\n", []Edge{{0, 7}}, []uint32{u}},
		{"an empty ranks line refuses all", "edge a p 7\nranks p\n", []Edge{{0, 7}}, []uint32{u}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := ReadText(strings.NewReader(head + tc.body))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(m.Edges, tc.edges) || !slices.Equal(m.Tier, tc.tier) {
				t.Errorf("edges %v tier %v, want %v %v", m.Edges, m.Tier, tc.edges, tc.tier)
			}
		})
	}
}

func TestReadText_Refuses(t *testing.T) {
	const head = Header + "\npost p 1\nstudent s 1\n" // next is line 4
	for _, tc := range []struct {
		name, text string
		line       int
		says       string
	}{
		{"empty file", "", 1, "空的"},
		{"only comments", "# x\n\n", 2, "空的"},
		{"no header", "post p 1\n", 1, Header},
		{"other version", "sunmao-match 2\n", 1, "版本"},
		{"header with more", "sunmao-match 1 x\n", 1, "版本"},
		{"unknown verb", head + "posts q 1\n", 4, "posts"},
		{"missing count", head + "student t\n", 4, "人数"},
		{"missing id", head + "student\n", 4, "学生编号"},
		{"negative count", head + "student t -1\n", 4, "负数"},
		{"negative capacity", head + "post q -5\n", 4, "负数"},
		{"negative score", head + "edge s p -5\n", 4, "负数"},
		{"fraction", head + "edge s p 1.5\n", 4, "整数"},
		{"huge number", head + "student t 99999999999999999999999\n", 4, "太大"},
		{"just too large", head + "student t 2147483648\n", 4, "太大"},
		{"too many students", head + "student t 2147483647\n", 4, "合计 2147483648 人"},
		{"too many words", head + "edge s p 1 2\n", 4, "多出"},
		{"unknown student", head + "edge x p 1\n", 4, "\"x\" 没有声明"},
		{"unknown post", head + "\nedge s x 1\n", 5, "\"x\" 没有声明"},
		{"unknown company", head + "post q 1 c\n", 4, "企业 \"c\" 没有声明"},
		{"student twice", head + "student s 2\n", 4, "第 3 行"},
		{"post twice", head + "post p 2\n", 4, "第 2 行"},
		{"duplicate edge", head + "edge s p 1\nedge s p 2\n", 5, "已经写过"},
		{"duplicate edge apart", head + "student t 1\nedge s p 1\nedge t p 1\n#\nedge s p 2\n", 8, "已经写过"},
		{"duplicate wish", head + "prefers s p p\n", 4, "两次"},
		{"duplicate rank", head + "ranks p s s\n", 4, "两次"},
		{"second wish list", head + "prefers s p\nprefers s p\n", 5, "第 4 行"},
		{"open brace", head + "ranks p {s\n", 4, "没有合上"},
		{"closed twice", head + "ranks p {s} }\n", 4, "多了"},
		{"nested brace", head + "ranks p {s {s}}\n", 4, "又有"},
		{"brace in id", head + "student a{b 1\n", 4, "花括号"},
		{"wish without edge", head + "post q 1\nedge s p 1\nprefers s p q\n", 6, "没有这一对的 edge"},
		{"not UTF-8", head + "student \xff 1\n", 4, "UTF-8"},
		{"ideographic space", head + "student 甲\u30001 1\n", 4, "空白"},
		{"control character", head + "student a\x00 1\n", 4, "控制字符"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ReadText(strings.NewReader(tc.text))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("err = %v, want a syntax error", err)
			}
			if syntax.Line != tc.line || !strings.Contains(syntax.Reason, tc.says) {
				t.Errorf("err = %v, want line %d saying %q", err, tc.line, tc.says)
			}
		})
	}
}

// endless yields x for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestReadText_Hostile(t *testing.T) {
	t.Run("endless line", func(t *testing.T) {
		_, err := ReadText(io.MultiReader(strings.NewReader(Header+"\n"), endless{}))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != 2 {
			t.Errorf("err = %v, want a syntax error of line 2", err)
		}
	})
	t.Run("largest numbers", func(t *testing.T) {
		m, err := ReadText(strings.NewReader(Header + "\npost p 2147483647\nstudent s 2147483647\nedge s p 2147483647\n"))
		if err != nil || m.Students() != 2147483647 {
			t.Errorf("market = %+v, %v", m, err)
		}
	})
	t.Run("windows file", func(t *testing.T) {
		m, err := ReadText(strings.NewReader("\ufeff" + strings.ReplaceAll(small, "\n", "\r\n")))
		if err != nil || m.Posts() != 3 || len(m.Edges) != 4 {
			t.Errorf("market = %+v, %v", m, err)
		}
	})
	t.Run("broken reader", func(t *testing.T) {
		cut := errors.New("cable cut")
		if _, err := ReadText(io.MultiReader(strings.NewReader(small), iotest.ErrReader(cut))); !errors.Is(err, cut) {
			t.Errorf("err = %v, want %v", err, cut)
		}
	})
	t.Run("one byte at a time", func(t *testing.T) {
		m, err := ReadText(iotest.OneByteReader(strings.NewReader(small)))
		if err != nil || len(m.Edges) != 4 {
			t.Errorf("market = %+v, %v", m, err)
		}
	})
}

// TestReadText_AnyOrder shuffles the lines below the header: the same market up to
// numbering, which WriteText makes visible.
func TestReadText_AnyOrder(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(small), "\n")[1:]
	want := canonical(t, small)
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		if got := canonical(t, Header+"\n"+strings.Join(lines, "\n")); got != want {
			t.Fatalf("order of lines changed the market:\n%s\nwant\n%s", got, want)
		}
	}
}

func canonical(t *testing.T, text string) string {
	t.Helper()
	m, err := ReadText(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteText(&b, m); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestWriteText_RoundTrip: what is written reads back as the same market.
func TestWriteText_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawText(t)
		m, err := ReadText(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		var once, twice bytes.Buffer
		if err := WriteText(&once, m); err != nil {
			t.Fatal(err)
		}
		again, err := ReadText(bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatalf("%v in\n%s", err, once.String())
		}
		if err := WriteText(&twice, again); err != nil {
			t.Fatal(err)
		}
		if once.String() != twice.String() {
			t.Fatalf("written\n%s\nread and written again\n%s", once.String(), twice.String())
		}
	})
}

func drawText(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(Header + "\n")
	posts := rapid.IntRange(0, 5).Draw(t, "posts")
	students := rapid.IntRange(0, 5).Draw(t, "students")
	lists := rapid.Bool().Draw(t, "lists")
	b.WriteString("company c 3\n")
	for j := range posts {
		fmt.Fprintf(&b, "post p%d %d%s\n", j, rapid.IntRange(0, 3).Draw(t, "cap"), rapid.SampledFrom([]string{"", " c"}).Draw(t, "company"))
	}
	for i := range students {
		fmt.Fprintf(&b, "student s%d %d\n", i, rapid.IntRange(0, 3).Draw(t, "count"))
		var wishes []string
		for j := range posts {
			if rapid.Bool().Draw(t, "edge") {
				fmt.Fprintf(&b, "edge s%d p%d %d\n", i, j, rapid.IntRange(0, 99).Draw(t, "score"))
				wishes = append(wishes, fmt.Sprintf("p%d", j))
			}
		}
		if lists && rapid.Bool().Draw(t, "prefers") {
			fmt.Fprintf(&b, "prefers s%d %s\n", i, braced(t, wishes))
		}
	}
	for j := range posts {
		if lists && rapid.Bool().Draw(t, "ranks") {
			var order []string
			for i := range students {
				order = append(order, fmt.Sprintf("s%d", i))
			}
			fmt.Fprintf(&b, "ranks p%d %s\n", j, braced(t, order))
		}
	}
	return b.String()
}

// braced joins ids in a random order, some of them tied.
func braced(t *rapid.T, ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	ids = rapid.Permutation(ids).Draw(t, "order")
	k := rapid.IntRange(0, len(ids)).Draw(t, "tied")
	if k < 2 {
		return strings.Join(ids, " ")
	}
	return "{" + strings.Join(ids[:k], " ") + "} " + strings.Join(ids[k:], " ")
}

func TestWriteMatches_CanonicalOrder(t *testing.T) {
	m, err := ReadText(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WriteMatches(&b, m, []Pair{{1, 1, 1}, {0, 2, 1}, {1, 0, 0}, {0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if want := "match 甲 焊工 1\nmatch 甲 护理 1\nmatch 乙 装配 1\n"; b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

// FuzzReadText: whatever the bytes, there is a market that passes Check and can be
// written and read again, or a syntax error of a line that exists.
func FuzzReadText(f *testing.F) {
	f.Add(small)
	f.Add("")
	f.Add(Header + "\npost p 1\nstudent s 1000000000\nprefers s p\nranks p {s}\n")
	f.Add(Header + "\nranks p { s }\nstudent s 1\npost p 0\nprefers s {p}\n")
	f.Add("\ufeff" + Header + "\r\nedge a b -1\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ReadText(strings.NewReader(text))
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("err = %v is no syntax error", err)
			}
			if lines := strings.Count(text, "\n") + 1; syntax.Line < 1 || syntax.Line > lines {
				t.Fatalf("%v, but there are %d lines", err, lines)
			}
			return
		}
		if err := m.Check(); err != nil && !strings.Contains(err.Error(), "请分批") && !strings.Contains(err.Error(), "请缩小分值") {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteText(&b, m); err != nil {
			t.Fatal(err)
		}
		again, err := ReadText(&b)
		if err != nil {
			t.Fatalf("own output refused: %v", err)
		}
		if again.Students() != m.Students() || len(again.Edges) != len(m.Edges) {
			t.Fatalf("read again %d students and %d edges, want %d and %d", again.Students(), len(again.Edges), m.Students(), len(m.Edges))
		}
	})
}

func BenchmarkReadText(b *testing.B) {
	var text bytes.Buffer
	r := rand.New(rand.NewPCG(1, 1))
	const students, posts, k = 20000, 2000, 20
	text.WriteString(Header + "\n")
	for j := range posts {
		fmt.Fprintf(&text, "post p%d 10\n", j)
	}
	for i := range students {
		fmt.Fprintf(&text, "student s%d 1\n", i)
		for _, j := range r.Perm(posts)[:k] {
			fmt.Fprintf(&text, "edge s%d p%d %d\n", i, j, r.IntN(10000))
		}
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := ReadText(bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(students*k+students+posts)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
