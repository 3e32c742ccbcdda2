package audit

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sheetOf makes a sheet from CSV text.
func sheetOf(t testing.TB, name, text string) Sheet {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return Sheet{Name: name, Cells: rows}
}

// seed reads the district's own tables, as published.
func seed(t testing.TB, names ...string) []Sheet {
	t.Helper()
	var out []Sheet
	for _, n := range names {
		text, err := os.ReadFile(filepath.Join("testdata", "rongchang", n+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, sheetOf(t, n, string(text)))
	}
	return out
}

var seedNames = []string{"graduates_by_category", "employment_by_category", "starting_pay", "satisfaction", "enrolment_by_major", "cooperation",
	"major_adjustment", "majors_offered", "progression_paths", "companies", "certificates", "training_bases"}
