package regulation

import (
	"bytes"
	_ "embed" // the national rules and the calendar are part of the program
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"sunmao/services/partnership"
)

//go:embed data/national.json
var nationalJSON []byte

//go:embed data/holidays.json
var holidaysJSON []byte

// file is the shape of a file of rules.
type file struct {
	Documents []Document `json:"documents"`
	Rules     []Rule     `json:"rules"`
}

// National returns the national rules and the published holiday arrangements.
func National() (Set, error) {
	s, err := Set{}.With(bytes.NewReader(nationalJSON))
	if err != nil {
		return Set{}, fmt.Errorf("national rules: %w", err)
	}
	c, err := ParseCalendar(bytes.NewReader(holidaysJSON))
	if err != nil {
		return Set{}, fmt.Errorf("holidays: %w", err)
	}
	s.calendar = c
	return s, nil
}

// With returns the set enlarged by the rules of a file, such as those of a province
// or district. A rule with the id of an older one is refused; to be stricter, give
// it its own id and name the older one in "replaces". A file with anything wrong is
// refused whole with partnership.Invalid: each key is a rule's id or position, each
// sentence says what is wrong and what is allowed.
func (s Set) With(r io.Reader) (Set, error) {
	var f file
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Set{}, partnership.Invalid{"file": {fileSentence(err)}}
	}
	if err := d.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return Set{}, partnership.Invalid{"file": {"规则后面还有多余的内容：一个文件只写一个对象"}}
	}
	out := Set{documents: maps.Clone(s.documents), rules: slices.Clone(s.rules), calendar: s.calendar}
	if out.documents == nil {
		out.documents = map[string]Document{}
	}
	bad := partnership.Invalid{}
	for i, doc := range f.Documents {
		if doc.ID == "" || doc.Title == "" {
			bad.Add(fmt.Sprintf("documents[%d]", i), "文件要有 id 和 title")
		}
		out.documents[doc.ID] = doc
	}
	for i, rule := range f.Rules {
		key := rule.ID
		if key == "" {
			key = fmt.Sprintf("rules[%d]", i)
		}
		out.validate(bad, key, rule)
		out.rules = append(out.rules, rule)
	}
	if err := bad.Err(); err != nil {
		return Set{}, err
	}
	return out, nil
}

// fileSentence turns an error of the JSON decoder into words.
func fileSentence(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("第 %d 个字节处不是正确的 JSON", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s 应是 %s，写成了 %s", kind.Field, kind.Type, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "文件不完整"
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return "不认识 " + name + "；能写的有 documents、rules 和各规则的字段，见 docs/regulation.md"
	}
	return err.Error()
}

func (s Set) validate(bad partnership.Invalid, key string, r Rule) {
	need := func(ok bool, format string, args ...any) {
		if !ok {
			bad.Add(key, format, args...)
		}
	}
	need(r.ID != "", "没有 id")
	_, twice := s.Rule(r.ID)
	need(!twice, "id 已经用过；要更严，请另起 id 并写 \"replaces\": %q", r.ID)
	need(r.Title != "" && r.Sentence != "" && r.Fix != "" && r.Article != "", "title、article、sentence、fix 都要写")
	_, known := s.documents[r.Document]
	need(known, "document %q 不在 documents 里", r.Document)
	need(isDay(r.From), "from 要写成 2022-01-01 这样，写成了 %q", r.From)
	need(r.To == "" || isDay(r.To) && r.To >= r.From, "to 要空着，或是不早于 from 的一天，写成了 %q", r.To)
	need(r.Region == "" || len(r.Region) == 6 && strings.Trim(r.Region, "0123456789") == "", "region 要空着，或是 6 位行政区划代码，写成了 %q", r.Region)
	need(isSeverity(r.Severity), "severity 要是 forbidden、filing、block、warning 之一，写成了 %q", r.Severity)
	need(r.Unknown == "" || r.Unknown == Block || r.Unknown == Warning, "unknown 要空着，或是 block、warning，写成了 %q", r.Unknown)
	need(len(r.Subjects) > 0, "subjects 至少写一个")
	for _, on := range r.Subjects {
		need(on.Words() != "", "subjects 里没有 %q；可以是 post、company、cohort、placement、agreement", on)
	}
	for on, sev := range r.SeverityOn {
		need(slices.Contains(r.Subjects, on) && isSeverity(sev), "severity_on 的 %q: %q 不对", on, sev)
	}
	for _, k := range r.Kinds {
		need(k == Observation || k == Internship || k == Job, "kinds 里没有 %q；可以是 认识实习、岗位实习、就业", k)
	}
	for _, m := range r.Majors {
		need(m != "" && strings.Trim(m, "0123456789") == "", "majors 要写专业代码的开头几位，写成了 %q", m)
	}
	need((r.Severity == Filing) == (r.LiftedBy != ""), "severity 是 filing 的规则要写 lifted_by，别的不能写")
	need(r.LiftedBy == "" || slices.Contains(filingKinds, r.LiftedBy), "lifted_by 要是 F1 到 F4 之一，写成了 %q", r.LiftedBy)
	_, there := s.Rule(r.Replaces)
	need(r.Replaces == "" || there, "replaces 的 %q 不存在", r.Replaces)
	c, ok := checks[r.Check]
	need(ok, "没有名为 %q 的检查；可以是 %s", r.Check, strings.Join(slices.Sorted(maps.Keys(checks)), "、"))
	if !ok {
		return
	}
	for _, p := range slices.Sorted(maps.Keys(r.Params)) {
		need(slices.Contains(c.params, p), "检查 %s 没有参数 %q；它有 %s", r.Check, p, list(c.params))
	}
	for _, p := range c.params {
		_, ok := r.Params[p]
		need(ok, "检查 %s 要有参数 %s", r.Check, p)
	}
	for _, p := range slices.Sorted(maps.Keys(r.Lists)) {
		need(slices.Contains(c.lists, p), "检查 %s 没有列表 %q；它有 %s", r.Check, p, list(c.lists))
	}
	for _, p := range c.lists {
		need(len(r.Lists[p]) > 0, "检查 %s 要有列表 %s", r.Check, p)
	}
	for _, on := range r.Subjects {
		need(slices.Contains(c.on, on), "检查 %s 不能用在 %s 上", r.Check, on)
	}
}

func list(names []string) string {
	if len(names) == 0 {
		return "（没有）"
	}
	return strings.Join(names, "、")
}

func isSeverity(s Severity) bool {
	return s == Forbidden || s == Filing || s == Block || s == Warning
}
