package exchange_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

func TestRoster_ImportMendUndoAgain(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", 500)); err != nil {
		t.Fatal(err)
	}
	good := rosterOf("数控1班", 500)
	lines := strings.SplitAfter(good, "\n")
	for i := range 20 {
		bad := strings.Replace(lines[1+i*25], "数控1班", "没有的班", 1)
		if i%2 == 0 {
			bad = strings.Replace(lines[1+i*25], "2008-05-01", "去年", 1)
		}
		lines[1+i*25] = bad
	}
	broken := strings.Join(lines, "")
	status := func(want partnership.RowChanges) {
		t.Helper()
		if got, err := h.RosterStatus(ctx, as["school"]); err != nil || got != want {
			t.Errorf("roster = %+v (%v), want %+v", got, err, want)
		}
	}

	r := importRoster(t, h, "school", broken, false)
	if r.Rows != 500 || r.BadRows != 20 || r.Written != 0 || r.Batch != "" {
		t.Fatalf("broken file: %d rows, %d bad, %d written", r.Rows, r.BadRows, r.Written)
	}
	status(partnership.RowChanges{})
	r = importRoster(t, h, "school", broken, true)
	if r.BadRows != 20 || r.Changes.New != 480 {
		t.Fatalf("partial: %+v", r.Changes)
	}
	if _, err := h.UndoImport(ctx, as["school2"], r.Batch); !errors.Is(err, partnership.ErrNotFound) {
		t.Fatalf("another school undoes the import: %v", err)
	}
	if done, err := h.UndoImport(ctx, as["school"], r.Batch); err != nil || done.State != partnership.ImportUndone || done.Changes.New != 480 {
		t.Fatalf("undo = %+v, %v", done, err)
	}
	status(partnership.RowChanges{})
	if _, err := h.UndoImport(ctx, as["school"], r.Batch); !errors.Is(err, partnership.ErrConflict) {
		t.Fatalf("undo twice: %v", err)
	}
	first := importRoster(t, h, "school", good, false)
	if first.Changes.New != 500 {
		t.Fatalf("mended: %+v", first.Changes)
	}
	if again := importRoster(t, h, "school", good, false); again.Changes != (partnership.RowChanges{Unchanged: 500}) {
		t.Fatalf("the same again: %+v", again.Changes)
	}

	next := strings.Replace(strings.Join(strings.SplitAfter(good, "\n")[:491], ""), "独特名3,", "改名后,", 1)
	changed := importRoster(t, h, "school", next, false)
	if changed.Changes != (partnership.RowChanges{Changed: 1, Gone: 10, Unchanged: 489}) {
		t.Fatalf("changed roster: %+v", changed.Changes)
	}
	status(changed.Changes)
	rows, _, err := h.Students(ctx, as["school"], exchange.RosterQuery{Change: partnership.RowChanged})
	if err != nil || len(rows) != 1 || rows[0].Name != "改*" || len(rows[0].Changed) != 1 || rows[0].Changed[0] != "姓名" {
		t.Errorf("changed rows = %+v (%v)", rows, err)
	}
	_, err = h.UndoImport(ctx, as["school"], first.Batch)
	kindIs(t, err, partnership.ErrConflict)
	if done, err := h.UndoImport(ctx, as["school"], changed.Batch); err != nil || done.State != partnership.ImportUndone {
		t.Fatalf("undo of changes = %+v, %v", done, err)
	}
	status(partnership.RowChanges{Unchanged: 500})
	if got, err := h.Reveal(ctx, as["school"], rows[0].ID, exchange.FieldName, "核对姓名"); err != nil || got != "独特名3" {
		t.Errorf("name after undo = %q (%v)", got, err)
	}
	t.Run("a row that cannot be read does not make its student gone", func(t *testing.T) {
		unread := strings.Replace(good, "2008-05-01", "去年", 1)
		if r := importRoster(t, h, "school", unread, true); r.BadRows != 1 || r.Changes.Gone != 0 {
			t.Errorf("changes = %+v of %d bad rows", r.Changes, r.BadRows)
		}
	})
}

func TestRoster_PersonalFieldsStaySealed(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", 3)); err != nil {
		t.Fatal(err)
	}
	importRoster(t, h, "school", rosterOf("数控1班", 3), false)
	rows, _, err := h.Students(ctx, as["school"], exchange.RosterQuery{})
	if err != nil || len(rows) != 3 {
		t.Fatalf("students = %d, %v", len(rows), err)
	}
	if r := rows[1]; r.Name != "独*" || r.Phone != "138****0001" || r.Guardian != "监*" || r.GuardianPhone != "139****0001" || r.Age != 18 {
		t.Errorf("masked row = %+v", r)
	}
	t.Run("who may see", func(t *testing.T) {
		for _, who := range []string{"company", "district", "operator"} {
			_, _, err := h.Students(ctx, as[who], exchange.RosterQuery{})
			kindIs(t, err, partnership.ErrForbidden)
		}
		other, _, err := h.Students(ctx, as["school2"], exchange.RosterQuery{})
		if err != nil || len(other) != 0 {
			t.Errorf("the other school sees %d students (%v)", len(other), err)
		}
		for _, who := range []string{"company", "school2", "district", "operator"} {
			_, err = h.Student(ctx, as[who], rows[0].ID)
			kindIs(t, err, partnership.ErrNotFound)
			_, err := h.Reveal(ctx, as[who], rows[0].ID, exchange.FieldPhone, "想看看")
			kindIs(t, err, partnership.ErrNotFound)
		}
	})
	t.Run("a reveal asks why and is logged", func(t *testing.T) {
		if _, err := h.Reveal(ctx, as["school"], rows[0].ID, exchange.FieldPhone, " "); !errors.As(err, new(partnership.Invalid)) {
			t.Errorf("no reason: %v", err)
		}
		if got, err := h.Reveal(ctx, as["school"], rows[0].ID, exchange.FieldPhone, "联系家长"); err != nil || got != "13810000000" {
			t.Errorf("phone = %q, %v", got, err)
		}
		log, _, err := h.Reveals(ctx, as["school"], exchange.List{})
		if err != nil || len(log) != 1 || log[0].Account != "s" || log[0].Field != exchange.FieldPhone || log[0].Reason != "联系家长" || log[0].Number != rows[0].Number {
			t.Errorf("log = %+v (%v)", log, err)
		}
	})
	t.Run("nothing of it is in the files", func(t *testing.T) { grepStore(t, h.Dir) })
}

// grepStore looks for personal texts of the roster in the bytes of the database. The
// class's name, stored in the clear, proves that it would find them.
func grepStore(t *testing.T, dir string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen += bytes.Count(body, []byte("数控1班"))
		for _, secret := range []string{"独特名", "13810000", "监护名", "13920000"} {
			if bytes.Contains(body, []byte(secret)) {
				t.Errorf("%s holds %q in the clear", filepath.Base(path), secret)
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("database not read: %d finds, %v", seen, err)
	}
}

func TestRoster_SameIDNumberTwice(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", 3)); err != nil {
		t.Fatal(err)
	}
	// 11010519491231002X is the example number of GB 11643.
	text := "学号,姓名,班级名称,身份证号\n1,甲,数控1班,11010519491231002X\n2,乙,数控1班,11010519491231002x\n"
	r := importRoster(t, h, "school", text, false)
	if r.BadRows != 1 || len(r.Problems) != 1 || strings.Contains(r.Problems[0].String(), "1949") || !strings.Contains(r.Problems[0].String(), "身份证号") {
		t.Errorf("problems = %v", r.Problems)
	}
}

// The roster exported in full and imported again is as it was, in both formats.
func TestRoster_ExportComesBackUnchanged(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", 40)); err != nil {
		t.Fatal(err)
	}
	importRoster(t, h, "school", rosterOf("数控1班", 40), false)
	for _, format := range []sheets.Format{sheets.XLSX, sheets.CSV} {
		rows, err := h.ExportStudents(ctx, as["school"], exchange.RosterQuery{}, true, "核对名册")
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := sheets.Export(&file, format, sheets.Students(), true, func(yield func(map[string]any) bool) {
			for row, err := range rows {
				if err != nil {
					t.Fatal(err)
				}
				if !yield(row) {
					return
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		r, err := h.Import(ctx, as["school"], exchange.ImportRequest{Kind: "students", File: "students" + format.Ext(), Body: bytes.NewReader(file.Bytes())})
		if err != nil {
			t.Fatal(err)
		}
		if r.Rows != 40 || r.Changes.Unchanged != 40 || len(r.Problems) != 0 {
			t.Errorf("%s: %d rows, %+v, %v", format, r.Rows, r.Changes, r.Problems)
		}
	}
}
