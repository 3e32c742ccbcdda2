package web

import (
	"bytes"
	"net/http"
	"strings"

	"sunmao/services/sheets"
)

// panel is one question of a dashboard, answered by a table and a picture drawn from that
// table. What the page shows and what its Excel holds are the same rows.
type panel struct {
	ID, Title string // the question
	Sample    bool
	Chart     string // how charts.js draws the table; "" draws nothing
	Unit      string // of the picture's numbers
	Caption   string
	MeanX     string // a line across the picture at this value, for quadrants
	MeanY     string
	MeanOf    string // whose values these are
	Tall      bool
	Folded    bool // the table is behind a summary
	Wide      bool // takes the whole width
	Head      []panelHead
	Rows      [][]panelCell
	Foot      []panelCell
	Notes     []string
	Links     []link
	Empty     string // said where there are no rows
}

type panelHead struct {
	Name string
	Num  bool
	Skip bool // not in the picture
}

// panelCell is a text, a number with what the picture reads of it, or a rate.
type panelCell struct {
	Text  string
	Value string // for the picture and for Excel; "" where there is no number
	Fig   *figureCell
	Heat  string // shade of a heat table, more2 … none … less2
	Mark  *mark
	URL   string
}

func textCell(s string) panelCell { return panelCell{Text: s} }

func countCell(n int64) panelCell { return panelCell{Text: number(n), Value: plain(int(n))} }

func rateCell(f figureCell) panelCell { return panelCell{Fig: &f, Value: f.Value} }

func textHead(names ...string) (out []panelHead) {
	for _, n := range names {
		out = append(out, panelHead{Name: n})
	}
	return out
}

// sheet is how a panel lies on a sheet: a rate takes a column for the percent and one
// for the people it is made of.
func (p *panel) sheet() sheets.SheetTable {
	t := sheets.SheetTable{Sheet: p.Title, Title: p.Title, Notes: p.Notes}
	if p.Caption != "" {
		t.Notes = append([]string{p.Caption}, p.Notes...)
	}
	rates := make([]bool, len(p.Head))
	for _, row := range p.Rows {
		for i := range row {
			if i < len(rates) && row[i].Fig != nil {
				rates[i] = true
			}
		}
	}
	for i, h := range p.Head {
		t.Columns = append(t.Columns, sheets.TableColumn{Header: h.Name})
		if rates[i] {
			t.Columns = append(t.Columns, sheets.TableColumn{Header: h.Name + "（分子/分母）"})
		}
	}
	for _, row := range append(p.Rows[:len(p.Rows):len(p.Rows)], p.Foot) {
		if len(row) == 0 {
			continue
		}
		var out []any
		for i := range row {
			c := &row[i]
			switch {
			case c.Fig != nil && c.Value != "":
				out = append(out, sheets.Decimal(c.Value), c.Fig.Fraction)
			case c.Fig != nil:
				out = append(out, c.Fig.Percent, c.Fig.Fraction)
			case c.Value != "":
				out = append(out, sheets.Decimal(c.Value))
			case c.Mark != nil:
				out = append(out, joinWords(" ", c.Text, c.Mark.Words))
			default:
				out = append(out, c.Text)
			}
			if c.Fig == nil && i < len(rates) && rates[i] {
				out = append(out, "")
			}
		}
		t.Rows = append(t.Rows, out)
	}
	return t
}

// sendPanels sends what a page shows as a workbook, a sheet a question.
func sendPanels(v *visit, title string, lead []sheets.SheetTable, panels []panel) error {
	for i := range panels {
		lead = append(lead, panels[i].sheet())
	}
	var b bytes.Buffer
	if err := sheets.WriteTables(&b, lead); err != nil {
		return err
	}
	if err := download(v, sheets.XLSX, "dashboard", title); err != nil {
		return err
	}
	v.Data(http.StatusOK, sheets.XLSX.ContentType(), b.Bytes())
	return nil
}

// viewFilter are the choices above a dashboard, with the view's address for saving it.
type viewFilter struct {
	Path   string
	Fields []field
	Here   string
	Excel  string
	Saved  []savedRow
}

// savedViews are the views that the actor saved of one page.
func (s *Site) savedViews(v *visit, path string) ([]savedRow, error) {
	all, err := s.exchange.Searches(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	var out []savedRow
	for _, one := range all.Saved {
		if strings.HasPrefix(one.Path, path+"?") {
			out = append(out, savedRow{Key: one.Key, URL: localPath(one.Path), Name: one.Name})
		}
	}
	return out, nil
}
