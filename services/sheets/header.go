package sheets

import (
	"fmt"
	"slices"
	"strings"
)

// headSearch is how many rows with content are looked at for the headings: schools
// put titles and remarks above their tables.
const headSearch = 10

// Ignored as a value of a mapping says that a column is not wanted.
const Ignored = "-"

// Headings that our own error workbook adds; they are dropped without a word.
var ownHeadings = []string{heading(reasonHeader), heading(lineHeader)}

// Binding says which column of a file holds which field.
type Binding struct {
	Line    int               `json:"line"`              // of the headings
	Headers []string          `json:"headers"`           // as written
	Fields  []string          `json:"fields"`            // by column; "" where the column is not used
	Extra   []string          `json:"extra,omitempty"`   // headings nobody knows, left out of the import
	Missing []string          `json:"missing,omitempty"` // required columns that no heading matches, in Chinese
	Mapping map[string]string `json:"mapping"`           // heading to field, to be remembered for this school's next file
	kind    Kind
	columns []*Column // by column of the file; nil where it is not used
}

// bind matches headings to columns by name in Chinese or English, in any order. A
// mapping remembered from an earlier file, heading to field, goes before our own
// names.
func bind(kind Kind, line int, cells []Cell, remembered map[string]string) *Binding {
	b := &Binding{Line: line, kind: kind, Mapping: map[string]string{}}
	known := map[string]string{}
	for _, c := range kind.Columns {
		for _, n := range c.names() {
			if known[n] == "" {
				known[n] = c.Field
			}
		}
	}
	for h, f := range remembered {
		if _, ok := kind.Column(f); ok || f == Ignored {
			known[heading(h)] = f
		}
	}
	for _, c := range cells {
		text := strings.ReplaceAll(c.Text, "\n", "")
		b.Headers = append(b.Headers, text)
		h := heading(text)
		field := known[h]
		switch {
		case h == "" || slices.Contains(ownHeadings, h):
			field = ""
		case field == Ignored:
			b.Mapping[text], field = Ignored, ""
		case field == "" || slices.Contains(b.Fields, field):
			b.Extra, field = append(b.Extra, text), ""
		default:
			b.Mapping[text] = field
		}
		b.Fields = append(b.Fields, field)
	}
	for i, f := range b.Fields {
		var col *Column
		if c, ok := kind.Column(f); ok {
			c.inUnitOf(b.Headers[i])
			col = &c
		}
		b.columns = append(b.columns, col)
	}
	for _, c := range kind.Columns {
		if c.Required && !slices.Contains(b.Fields, c.Field) {
			b.Missing = append(b.Missing, c.Header)
		}
	}
	if len(kind.OneOf) > 0 && !slices.ContainsFunc(kind.OneOf, func(f string) bool { return slices.Contains(b.Fields, f) }) {
		b.Missing = append(b.Missing, kind.eitherHeaders())
	}
	return b
}

// inUnitOf takes the unit of an amount from the heading as the file writes it: 设备总值（元）
// in place of our 设备总值（万元）.
func (c *Column) inUnitOf(header string) {
	_, unit, _ := strings.Cut(strings.NewReplacer("[", "(", "【", "(", "]", ")", "】", ")", " ", "").Replace(narrow(header)), "(")
	unit, _, _ = strings.Cut(unit, ")")
	per, known := moneyUnits[unit]
	own, _ := c.moneyUnit()
	if c.Type != Money || !known || per == own {
		return
	}
	c.unit, c.Min, c.Max, c.Example = unit, c.Min*own/per, c.Max*own/per, ""
}

// moneyUnits are the units that headings give amounts in, in yuan.
var moneyUnits = map[string]float64{"元": 1, "元/月": 1, "千元": 1000, "千元/月": 1000, "万元": 10_000, "百万元": 1_000_000, "千万元": 10_000_000, "亿元": 100_000_000}

// moneyUnit is the unit of the column's amounts, in yuan and in words.
func (c *Column) moneyUnit() (yuan float64, name string) {
	switch {
	case c.unit != "":
		return moneyUnits[c.unit], strings.TrimSuffix(c.unit, "/月")
	case c.Wan:
		return 10_000, "万元"
	}
	return 1, "元"
}

// eitherHeaders names the OneOf columns: 专业大类或专业代码.
func (k Kind) eitherHeaders() string {
	var all []string
	for _, f := range k.OneOf {
		c, _ := k.Column(f)
		all = append(all, c.Header)
	}
	return strings.Join(all, "或")
}

func (b *Binding) matched() int {
	n := 0
	for _, f := range b.Fields {
		if f != "" {
			n++
		}
	}
	return n
}

// headerOf is the heading of a field as the file writes it, else our own.
func (b *Binding) headerOf(field string) string {
	if i := slices.Index(b.Fields, field); i >= 0 {
		return b.Headers[i]
	}
	c, _ := b.kind.Column(field)
	return c.Header
}

// missing is one Problem for each required column that is not there.
func (b *Binding) missing(file string) []Problem {
	var all []Problem
	for _, h := range b.Missing {
		allowed := "第一行写列名，中文或英文都行；可以先下载模板"
		if len(b.Extra) > 0 {
			allowed += fmt.Sprintf("。没有认出的列：%s，可以指定它们各是哪一列", strings.Join(b.Extra, "、"))
		}
		all = append(all, Problem{File: file, Line: b.Line, Column: h, What: "缺少这一必填列", Allowed: allowed})
	}
	return all
}
