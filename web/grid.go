package web

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// A grid is a table that is shown on a page and sent as a worksheet alike: what people
// print and what they download is one and the same.
type grid struct {
	Title, Note string
	Head        []string
	Rows        [][]cell
	Empty       string // said in place of the rows
	Pick        string // name of a checkbox before each row; the first cell's ID is its value
	PickForm    string // id of the form the boxes belong to
}

// cell is what stands in a grid: words, and for the worksheet the number behind them.
type cell struct {
	Words string
	Value any // of the worksheet; nil takes Words
	URL   string
	Tone  string // of a mark: good, warn, bad, info
	Num   bool
	ID    string
}

func words(s string) cell       { return cell{Words: s} }
func linked(s, to string) cell  { return cell{Words: s, URL: to} }
func amount(n int) cell         { return cell{Words: number(n), Value: n, Num: true} }
func toned(s, tone string) cell { return cell{Words: s, Tone: tone} }
func share(part, whole int) cell {
	return cell{Words: shareWords(part, whole), Num: true, Value: shareValue(part, whole)}
}
func (g *grid) add(cells ...cell) { g.Rows = append(g.Rows, cells) }
func dayCell(s string) cell       { return words(orDash(day(s))) }

// Heading is that of a column, for the rows as cards on a phone.
func (g grid) Heading(i int) string { return g.Head[min(i, len(g.Head)-1)] }

// HeadClass is how a heading stands: over figures on the right as they do, a long one in
// several lines.
func (g grid) HeadClass(i int) string {
	var classes []string
	if len(g.Rows) > 0 && i < len(g.Rows[0]) && g.Rows[0][i].Num {
		classes = append(classes, "num")
	}
	if utf8.RuneCountInString(g.Head[i]) > 10 {
		classes = append(classes, "long")
	}
	return strings.Join(classes, " ")
}

func shareWords(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	return decimal(100*float64(part)/float64(whole)) + "%"
}

func shareValue(part, whole int) any {
	if whole == 0 {
		return nil
	}
	return 100 * float64(part) / float64(whole)
}

// sheet is the grid as a worksheet.
func (g *grid) sheet() sheets.SheetTable {
	t := sheets.SheetTable{Title: g.Title}
	for _, h := range g.Head {
		t.Columns = append(t.Columns, sheets.TableColumn{Header: h, Width: 14})
	}
	for _, r := range g.Rows {
		row := make([]any, len(r))
		for i, c := range r {
			if row[i] = c.Value; row[i] == nil {
				row[i] = c.Words
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if g.Note != "" {
		t.Notes = []string{g.Note}
	}
	return t
}

// sendGrids sends grids as one workbook, a worksheet each.
func (s *Site) sendGrids(v *visit, plainName, name string, grids ...grid) error {
	tables := make([]sheets.SheetTable, len(grids))
	for i := range grids {
		tables[i] = grids[i].sheet()
	}
	if err := download(v, sheets.XLSX, plainName, name); err != nil {
		return err
	}
	v.Header("Content-Type", sheets.XLSX.ContentType())
	if err := sheets.WriteTables(v.Writer, tables); err != nil {
		return s.cutOff(v, err)
	}
	return nil
}

// recordPage is the page of one record: what it is, its tables, and the small forms by
// which it is changed.
type recordPage struct {
	page
	State  mark
	Sample bool
	Intro  string
	Facts  []fact
	Grids  []grid
	Forms  []smallForm
	Verbs  []verbForm
	Steps  []stepRow
	Filter *filterBar
	Links  []link // buttons in the head of the page: change, download, print
}

// filterBar narrows the list that a record page shows.
type filterBar struct {
	Path    string
	Selects []filterSelect
}

type filterSelect struct {
	Name, Label string
	Options     []option
}

// smallForm is one of several forms on a page. Key says to its handler which one was sent.
type smallForm struct {
	ID, Title, Note, Key, Submit string
	form
}

// small makes a form of a page; of the one that was refused it takes what was typed and
// what is wrong.
func small(key, title, submit, action string, refused *form, fields func(*form) []field) smallForm {
	f := newForm(nil)
	if refused != nil && refused.values.Get("form") == key {
		f = refused
	}
	f.Action = action
	f.done([]section{{Fields: fields(f)}})
	return smallForm{ID: "form-" + key, Title: title, Key: key, Submit: submit, form: *f}
}

// openOr is a list of choices with a first line that chooses nothing.
func openOr(first string, rest []option) []option {
	return slices.Insert(rest, 0, option{Label: first})
}

func choices(values []string) []option {
	out := make([]option, len(values))
	for i, v := range values {
		out[i] = option{Value: v, Label: v}
	}
	return out
}

func (s *Site) showRecord(v *visit, status int, p *recordPage) error {
	return s.render(v, status, "record", p)
}

// sentForm reads the small form that was sent; done does what it asks and says what
// happened, or show shows the page again with what is wrong.
func (s *Site) sentForm(v *visit, back string, do func(key string, f *form) (string, error), show func(status int, f *form) error) error {
	f := newForm(v.Request.PostForm)
	said, err := do(f.text("form"), f)
	if err == nil {
		v.flash(said)
		return redirectTo(v, back)
	}
	if !f.refused(err, nil) {
		return err
	}
	return show(explain(err).Status, f)
}

// renamed puts what is wrong with a field under the name that the page's form has for it.
func renamed(err error, from, to string) error {
	var bad partnership.Invalid
	if errors.As(err, &bad) && bad[from] != nil {
		bad[to] = bad[from]
		delete(bad, from)
	}
	return err
}
