package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"sunmao/services/rates/audit"
	"sunmao/services/sheets"
)

// PublishedEndings are the endings of files that the audit can read.
var PublishedEndings = []string{".csv", ".xlsx", ".txt"}

// PublishedSheets reads one file of a published report for the audit: tables from .csv and
// .xlsx, running text from .txt, a paragraph a line. many says that other files are read
// with it, so that its sheets carry its name.
func PublishedSheets(r io.Reader, name string, many bool) ([]audit.Sheet, error) {
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	switch strings.ToLower(filepath.Ext(name)) {
	case ".txt":
		return publishedText(r, stem)
	case ".csv", ".xlsx":
	default:
		return nil, errors.New("只能读 .xlsx、.csv 和 .txt；旧的 .xls、Word、PDF 请先把表格另存为 .xlsx")
	}
	grids, err := sheets.Grids(r, name)
	if err != nil {
		return nil, err
	}
	var out []audit.Sheet
	for _, g := range grids {
		s := audit.Sheet{Name: g.Name, Cells: g.Cells}
		switch {
		case g.Name == name:
			s.Name = stem
		case many:
			s.Name = stem + " " + g.Name
		}
		for _, m := range g.Merged { // sheets counts from 1
			s.Merged = append(s.Merged, audit.Range{Top: m.Top - 1, Left: m.Left - 1, Bottom: m.Bottom - 1, Right: m.Right - 1})
		}
		out = append(out, s)
	}
	return out, nil
}

// proseLimit bounds a report's text: 200 pages are about 1 MiB.
const proseLimit = 8 << 20

func publishedText(r io.Reader, name string) ([]audit.Sheet, error) {
	body, err := io.ReadAll(io.LimitReader(r, proseLimit+1))
	if err != nil {
		return nil, fmt.Errorf("读不出：%w", err)
	}
	if len(body) > proseLimit || !utf8.Valid(body) {
		return nil, errors.New("正文须是 8 MB 以内的 UTF-8 文本；请另存为 UTF-8 后再试")
	}
	s := audit.Sheet{Name: name}
	for line := range bytes.Lines(body) {
		s.Cells = append(s.Cells, []string{string(bytes.TrimSpace(line))})
	}
	return []audit.Sheet{s}, nil
}
