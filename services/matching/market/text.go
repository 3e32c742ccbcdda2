package market

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode"
	"unicode/utf8"
)

// Header is the first line of the text format; its number is the version.
const Header = "sunmao-match 1"

// MaxLine is the longest line that ReadText accepts, in bytes: a ranks line with
// several million students.
const MaxLine = 64 << 20

// SyntaxError says which line of a text file is refused and why, in Chinese.
type SyntaxError struct {
	Line   int // counted from 1
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// ReadText reads a market in the text format of docs/matching.md:
//
//	sunmao-match 1
//	company <id> <capacity>
//	post <id> <capacity> [company]
//	student <id> <count>
//	edge <student> <post> <score>
//	prefers <student> <post> <post> …
//	ranks <post> <student> …
//
// Lines may stand in any order after the first; words are separated by spaces or
// tabs; what follows a word that begins with # is a comment. In prefers and ranks
// braces hold a tie: {a b}. Numbers are 0..2147483647.
//
// A file without any edge line is purely ordinal: its prefers lines make the
// edges, with score 0. A file with prefers or ranks lines sets Tier.
// Errors: *SyntaxError for a file that breaks a rule, or that of r.
func ReadText(r io.Reader) (*Market, error) {
	t := &textReader{
		src: r, buf: make([]byte, 0, 1<<20),
		agents: newNames("学生"), posts: newNames("岗位"), companies: newNames("企业"),
	}
	if err := t.header(); err != nil {
		return nil, err
	}
	for {
		line, err := t.next()
		if errors.Is(err, io.EOF) {
			return t.market()
		}
		if err != nil {
			return nil, err
		}
		if err := t.statement(line); err != nil {
			return nil, err
		}
	}
}

// run is a stretch of edges of one student on consecutive lines, so that the line
// of every edge is known without storing it.
type run struct {
	start int64
	agent int32
	line  int32
}

// list is one prefers or ranks line: words [start, end) of textReader.words.
type list struct {
	start, end int64
	line       int32 // 0: the owner has no list
}

type textReader struct {
	src  io.Reader
	buf  []byte // unread bytes are buf[pos:]
	pos  int
	eof  bool
	line int
	rest []byte // of the current line

	agents, posts, companies *names
	supply, postCap, compCap []int32
	students                 int64
	company                  []int32
	edges                    []Edge
	runs                     []run
	prefers, ranks           []list
	words                    []word
}

// word is one entry of a list: its number and its tie class within the list.
type word struct{ id, class int32 }

func (t *textReader) refuse(format string, args ...any) error {
	return &SyntaxError{Line: t.line, Reason: fmt.Sprintf(format, args...)}
}

// next returns the next line without its end. It is valid until the next call.
func (t *textReader) next() ([]byte, error) {
	seen := t.pos
	for {
		if i := bytes.IndexByte(t.buf[seen:], '\n'); i >= 0 {
			line := t.buf[t.pos : seen+i]
			t.pos = seen + i + 1
			t.line++
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		if len(t.buf)-t.pos > MaxLine {
			t.line++
			return nil, t.refuse("这一行超过 %d MB；一行最长 %d MB，请检查是否漏了换行", MaxLine>>20, MaxLine>>20)
		}
		if t.eof {
			line := t.buf[t.pos:]
			t.pos = len(t.buf)
			if len(line) == 0 {
				return nil, io.EOF
			}
			t.line++
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		seen = len(t.buf) - t.pos
		if err := t.fill(); err != nil {
			return nil, err
		}
	}
}

// fill moves the unread bytes to the front and reads more behind them.
func (t *textReader) fill() error {
	n := copy(t.buf[:cap(t.buf)], t.buf[t.pos:])
	t.buf, t.pos = t.buf[:n], 0
	if n == cap(t.buf) {
		t.buf = append(t.buf, make([]byte, n)...)[:n]
	}
	k, err := t.src.Read(t.buf[n:cap(t.buf)])
	t.buf = t.buf[:n+k]
	if errors.Is(err, io.EOF) {
		t.eof = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("第 %d 行之后读不下去：%w", t.line, err)
	}
	return nil
}

func (t *textReader) header() error {
	for {
		line, err := t.next()
		if errors.Is(err, io.EOF) {
			t.line = max(t.line, 1)
			return t.refuse("文件是空的；第一行应写 %s", Header)
		}
		if err != nil {
			return err
		}
		if t.line == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		t.rest = line
		word := t.word()
		if word == nil {
			continue
		}
		if string(word) != "sunmao-match" {
			return t.refuse("不是榫卯匹配文件；第一行应写 %s", Header)
		}
		if version := t.word(); string(version) != "1" || t.word() != nil {
			return t.refuse("不认识的格式版本；本程序读的是 %s", Header)
		}
		return nil
	}
}

// word cuts the next word off the line; nil at its end or before a comment.
func (t *textReader) word() []byte {
	b := t.rest
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	j := i
	for j < len(b) && b[j] != ' ' && b[j] != '\t' {
		j++
	}
	if i == j || b[i] == '#' {
		t.rest = nil
		return nil
	}
	t.rest = b[j:]
	return b[i:j]
}

func (t *textReader) statement(line []byte) error {
	t.rest = line
	verb := t.word()
	if verb == nil {
		return nil
	}
	var err error
	switch string(verb) {
	case "edge":
		err = t.edge()
	case "student":
		err = t.student()
	case "company":
		t.compCap, err = t.declare(t.companies, t.compCap, "名额")
	case "post":
		err = t.post()
	case "prefers":
		t.prefers, err = t.list(t.agents, t.posts, t.prefers, "prefers")
	case "ranks":
		t.ranks, err = t.list(t.posts, t.agents, t.ranks, "ranks")
	default:
		return t.refuse("不认识 %q；行首只能是 post、company、student、edge、prefers、ranks 或 #", clip(verb))
	}
	if err != nil {
		return err
	}
	if extra := t.word(); extra != nil {
		return t.refuse("%s 行多出了 %q；注释前要写 #", verb, clip(extra))
	}
	return nil
}

func (t *textReader) edge() error {
	i, err := t.id(t.agents)
	if err != nil {
		return err
	}
	j, err := t.id(t.posts)
	if err != nil {
		return err
	}
	score, err := t.number("分数")
	if err != nil {
		return err
	}
	e := int64(len(t.edges))
	t.edges = append(t.edges, Edge{Post: j, Score: score})
	if k := len(t.runs) - 1; k >= 0 && t.runs[k].agent == i && int64(t.line)-int64(t.runs[k].line) == e-t.runs[k].start {
		return nil
	}
	t.runs = append(t.runs, run{start: e, agent: i, line: int32(t.line)})
	return nil
}

// declare reads "<id> <number>" and stores the number under the id.
func (t *textReader) declare(n *names, values []int32, what string) ([]int32, error) {
	i, err := t.id(n)
	if err != nil {
		return values, err
	}
	v, err := t.number(what)
	if err != nil {
		return values, err
	}
	if d := n.decl[i]; d != 0 {
		return values, t.refuse("%s %q 在第 %d 行已经写过；每个编号只能声明一次", n.kind, clip(n.bytes(i)), d)
	}
	n.decl[i] = int32(t.line)
	values = upTo(values, n.len())
	values[i] = v
	return values, nil
}

func (t *textReader) student() error {
	var err error
	if t.supply, err = t.declare(t.agents, t.supply, "人数"); err != nil {
		return err
	}
	if t.students += int64(t.supply[t.agents.last]); t.students > math.MaxInt32 {
		return t.refuse("到这一行学生合计 %d 人；一个市场最多 %d 人", t.students, math.MaxInt32)
	}
	return nil
}

func (t *textReader) post() error {
	var err error
	if t.postCap, err = t.declare(t.posts, t.postCap, "名额"); err != nil {
		return err
	}
	j := t.posts.last
	for len(t.company) <= int(j) {
		t.company = append(t.company, -1)
	}
	rest := t.rest
	if t.word() == nil {
		return nil
	}
	t.rest = rest
	t.company[j], err = t.id(t.companies)
	return err
}

// id reads an identifier and returns its number, giving it one if it is new.
func (t *textReader) id(n *names) (int32, error) {
	w := t.word()
	if w == nil {
		return 0, t.refuse("缺少%s编号", n.kind)
	}
	return t.resolve(n, w)
}

func (t *textReader) resolve(n *names, w []byte) (int32, error) {
	i, h := n.find(w)
	if i >= 0 {
		return i, nil
	}
	if !utf8.Valid(w) {
		return 0, t.refuse("%s编号不是 UTF-8 文字；请把文件另存为 UTF-8", n.kind)
	}
	for _, c := range string(w) {
		if unicode.IsSpace(c) || unicode.IsControl(c) || c == '{' || c == '}' {
			return 0, t.refuse("%s编号 %q 里有 %q；编号不能含空白、控制字符和花括号，词之间用半角空格分开", n.kind, clip(w), c)
		}
	}
	if n.len() == math.MaxInt32-1 {
		return 0, t.refuse("%s太多；最多 %d 个", n.kind, math.MaxInt32-1)
	}
	return n.add(w, h, t.line), nil
}

// number reads a whole number 0..2147483647.
func (t *textReader) number(what string) (int32, error) {
	w := t.word()
	if w == nil {
		return 0, t.refuse("缺少%s", what)
	}
	v := int64(0)
	for _, c := range w {
		if c < '0' || c > '9' {
			if w[0] == '-' && len(w) > 1 {
				return 0, t.refuse("%s %q 是负数；应为 0 至 %d 的整数", what, clip(w), math.MaxInt32)
			}
			return 0, t.refuse("%s %q 不是整数；应为 0 至 %d 的整数", what, clip(w), math.MaxInt32)
		}
		if v = v*10 + int64(c-'0'); v > math.MaxInt32 {
			return 0, t.refuse("%s %q 太大；应为 0 至 %d 的整数", what, clip(w), math.MaxInt32)
		}
	}
	return int32(v), nil
}

// clip shortens a foreign word for an error sentence.
func clip(w []byte) string {
	const most = 40
	if len(w) <= most {
		return string(w)
	}
	w = w[:most]
	for len(w) > 0 && !utf8.Valid(w) && len(w) > most-utf8.UTFMax {
		w = w[:len(w)-1]
	}
	return string(w) + "…"
}

// upTo lengthens s with zeros to n.
func upTo[T any](s []T, n int) []T {
	if len(s) < n {
		s = append(s, make([]T, n-len(s))...)
	}
	return s
}
