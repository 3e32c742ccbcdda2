package sheets

import (
	"errors"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// A4 in excelize's numbering of paper sizes.
const paperA4 = 9

// looks are the cell styles of the workbooks we write.
type looks struct {
	title, note, head, must, text, example, bad, reason int
	numbers                                             map[string]int
	f                                                   *excelize.File
}

// newLooks registers the styles. Text cells have the format "@" so that a code or
// phone number typed into a template stays text.
func newLooks(f *excelize.File) (*looks, error) {
	l := &looks{f: f, numbers: map[string]int{}}
	line := []excelize.Border{{Type: "left", Color: "BFBFBF", Style: 1}, {Type: "right", Color: "BFBFBF", Style: 1}, {Type: "top", Color: "BFBFBF", Style: 1}, {Type: "bottom", Color: "BFBFBF", Style: 1}}
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	center := &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	for _, s := range []struct {
		to    *int
		style excelize.Style
	}{
		{&l.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}, Alignment: center}},
		{&l.note, excelize.Style{Font: &excelize.Font{Size: 9, Color: "595959"}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&l.head, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: fill("DDEBF7"), Border: line, Alignment: center}},
		{&l.must, excelize.Style{Font: &excelize.Font{Bold: true, Color: "C00000"}, Fill: fill("DDEBF7"), Border: line, Alignment: center}},
		{&l.text, excelize.Style{NumFmt: 49, Border: line, Alignment: wrap}},
		{&l.example, excelize.Style{NumFmt: 49, Font: &excelize.Font{Italic: true, Color: "7F7F7F"}, Border: line, Alignment: wrap}},
		{&l.bad, excelize.Style{NumFmt: 49, Fill: fill("FFC7CE"), Font: &excelize.Font{Color: "9C0006"}, Border: line, Alignment: wrap}},
		{&l.reason, excelize.Style{NumFmt: 49, Fill: fill("FFF2CC"), Border: line, Alignment: wrap}},
	} {
		n, err := f.NewStyle(&s.style)
		if err != nil {
			return nil, fmt.Errorf("cell style: %w", err)
		}
		*s.to = n
	}
	return l, nil
}

// number returns the style of a number format, made once.
func (l *looks) number(format string) (int, error) {
	if format == "" {
		return l.text, nil
	}
	if n, ok := l.numbers[format]; ok {
		return n, nil
	}
	line := []excelize.Border{{Type: "left", Color: "BFBFBF", Style: 1}, {Type: "right", Color: "BFBFBF", Style: 1}, {Type: "top", Color: "BFBFBF", Style: 1}, {Type: "bottom", Color: "BFBFBF", Style: 1}}
	n, err := l.f.NewStyle(&excelize.Style{CustomNumFmt: &format, Border: line, Alignment: &excelize.Alignment{Vertical: "top"}})
	if err != nil {
		return 0, fmt.Errorf("number format %q: %w", format, err)
	}
	l.numbers[format] = n
	return n, nil
}

// printSetup makes a sheet print on A4 sideways, one page wide, with the heading
// rows from 1 to lastHead repeated on each page.
func printSetup(f *excelize.File, sheet string, firstHead, lastHead int) error {
	size, across, high, landscape := paperA4, 1, 0, "landscape"
	fit := true
	return errors.Join(
		f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &size, Orientation: &landscape, FitToWidth: &across, FitToHeight: &high}),
		f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}),
		f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页 共 &N 页"}),
		f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", sheet, firstHead, lastHead), Scope: sheet}),
	)
}

// width is a readable column width for a heading and a sample.
func width(texts ...string) float64 {
	w := 8.0
	for _, t := range texts {
		n := 0.0
		for _, r := range t {
			if r > 0x2E7F {
				n += 2.1
			} else {
				n++
			}
		}
		w = max(w, n+2)
	}
	return min(w, 40)
}
