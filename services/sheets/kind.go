package sheets

import (
	"slices"
	"strings"
)

// Type is what a column holds; it decides how a cell is read and what Go value a
// Row carries.
type Type int

// The types of column, with the Go type of their values.
const (
	Text       Type = iota // string
	Count                  // int, a whole number
	Number                 // float64
	Money                  // int64, in fen 分
	Percent                // float64, a share from 0 to 1
	Date                   // string, 2006-01-02
	Enum                   // string, one of Allowed
	Bool                   // bool
	CreditCode             // string, 统一社会信用代码
	MajorCode              // string, 专业代码
	RegionCode             // string, 行政区划代码
	Occupation             // string, 职业分类代码
	Industry               // string, 国民经济行业代码
	Phone                  // string
	IDNumber               // string, 身份证号
)

// Column describes one column of a kind of table.
type Column struct {
	Field    string   // name of the value in a Row; also the English heading
	Header   string   // Chinese heading
	Aliases  []string // other headings that mean the same, Chinese or English
	Required bool
	Type     Type
	Many     bool              // a list in one cell, separated by ；;、|/ or line ends; the value is a slice
	Allowed  []string          // values of an Enum
	Means    map[string]string // other spellings of Enum values
	Graded   bool              // an Enum value may carry a grade: 高处2级
	Min, Max float64           // limits of numbers in the column's own unit; of Text Max is its length in characters; Max 0 is the default of the type
	Wan      bool              // Money written in 万元
	unit     string            // of moneyUnits: Money written in another unit, as the file's heading says
	Personal bool              // never shown unmasked, never logged
	Help     string            // what to fill in, for the template
	Example  string
}

// Kind describes one kind of table: what may be imported and how it is checked.
type Kind struct {
	ID      string // as in "sunmao import posts"
	One     string // singular of ID
	Title   string // Chinese name, also the worksheet's
	Columns []Column
	Key     []string  // fields that must not repeat within one file, if all are filled
	OneOf   []string  // at least one of these fields must be filled
	Rules   []RowRule // rules between columns
}

// RowRule is a rule between columns of one row. Check is called when all its Fields
// have values; it returns the sentences of what is wrong and what is allowed, or
// nothing if all is well.
type RowRule struct {
	Fields []string // the first is the one to blame
	Check  func(Row) (what, allowed string)
}

// Column returns the column of a field.
func (k Kind) Column(field string) (Column, bool) {
	i := slices.IndexFunc(k.Columns, func(c Column) bool { return c.Field == field })
	if i < 0 {
		return Column{}, false
	}
	return k.Columns[i], true
}

// Kinds are all tables that can be imported, in the order of the work.
func Kinds() []Kind {
	return []Kind{Companies(), Posts(), Cohorts(), Graduates(), Students(), Bases(), OrderClasses(), Cooperations(), Alliances(), Bookings(), ClassMembers(), Rotations(), Choices(), Outcomes()}
}

// KindOf finds a kind by its id, its English singular or its Chinese name.
func KindOf(name string) (Kind, bool) {
	name = strings.TrimSpace(name)
	for _, k := range Kinds() {
		if strings.EqualFold(name, k.ID) || strings.EqualFold(name, k.One) || name == k.Title {
			return k, true
		}
	}
	return Kind{}, false
}

// heading is the form in which headings are compared: without spaces, marks of a
// required column, units in brackets, case and width.
func heading(s string) string {
	s = strings.ToLower(narrow(Clean(s)))
	if i := strings.IndexAny(s, "(（[【"); i > 0 {
		s = s[:i]
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n*_-:　", r) {
			return -1
		}
		return r
	}, s)
}

// narrow turns full-width digits, letters and signs into their ASCII forms.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　':
			return ' '
		}
		return r
	}, s)
}

// names are all compared headings of a column.
func (c Column) names() []string {
	all := []string{heading(c.Field), heading(c.Header)}
	for _, a := range c.Aliases {
		all = append(all, heading(a))
	}
	return all
}
