package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
)

// Table prints data in the format asked for: an aligned table for people, CSV
// (UTF-8, LF) or JSON for programs. jsonValue is what JSON prints; nil means the
// rows as objects keyed by column.
func (a *App) Table(format string, cols []string, rows [][]string, jsonValue any) error {
	switch format {
	case "csv":
		w := csv.NewWriter(a.Out)
		if err := w.Write(cols); err != nil {
			return err
		}
		if err := w.WriteAll(rows); err != nil {
			return err
		}
		return w.Error()
	case "json":
		if jsonValue == nil {
			list := make([]map[string]string, 0, len(rows))
			for _, r := range rows {
				row := map[string]string{}
				for i, c := range cols {
					row[c] = r[i]
				}
				list = append(list, row)
			}
			jsonValue = list
		}
		e := json.NewEncoder(a.Out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(jsonValue)
	case "", "table":
		return a.aligned(cols, rows)
	}
	return usagef("不认识的格式 %q，可用 table、csv、json", format)
}

func (a *App) aligned(cols []string, rows [][]string) error {
	widths := make([]int, len(cols))
	all := append([][]string{cols}, rows...)
	for _, r := range all {
		for i, cell := range r {
			widths[i] = max(widths[i], shown(cell))
		}
	}
	var b strings.Builder
	for _, r := range all {
		for i, cell := range r {
			b.WriteString(cell)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-shown(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := fmt.Fprint(a.Out, b.String())
	return err
}

// shown is the width of text on a terminal, where Han characters take two columns.
func shown(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}
