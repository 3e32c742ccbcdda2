package exchange_test

import (
	"io"
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// Bookings go in by Excel: one that does not fit names the half day, the same file again
// changes nothing, and the undo takes back the import's own bookings only.
func TestImport_Bookings(t *testing.T) {
	h := withRoster(t, 5)
	base, err := h.SaveBase(ctx, as["school"], partnership.TrainingBase{Name: "数控实训中心", Kind: "校内", Level: "市级", Majors: []string{"660103"}, Workstations: 30, OpenToOthers: true})
	if err != nil {
		t.Fatal(err)
	}
	head := "基地名称,班级名称,教师实践,实训内容,人数,开始日期,结束日期,星期,时段\n"
	row := "数控实训中心,数控1班,否,车工实训,20,2026-11-23,2027-01-15,周一；周三,上午\n"
	report := importAs(t, h, "school", "bookings", head+row+strings.Replace(row, "车工", "铣工", 1)+"没有的基地,数控1班,否,车工实训,20,2026-11-23,2027-01-15,周一,上午\n")
	if report.BadRows != 2 || report.Written != 0 || !strings.Contains(report.Problems[0].Error()+report.Problems[1].Error(), "只剩 10 个") {
		t.Fatalf("bad rows: %v", report.Problems)
	}
	report = importAs(t, h, "school", "bookings", head+row+strings.Replace(row, "上午", "下午", 1))
	if report.BadRows != 0 {
		t.Fatal(report.Problems)
	}
	if again := importAs(t, h, "school", "bookings", head+row); again.Changes.Unchanged != 1 {
		t.Errorf("the same row again: %+v", again.Changes)
	}
	if _, err := h.SaveCohort(ctx, as["school2"], exchangetest.Class("乙校班", 8)); err != nil {
		t.Fatal(err)
	}
	other := importAs(t, h, "school2", "bookings", head+strings.NewReplacer("数控1班", "乙校班", ",20,", ",5,", "周一；周三", "周五").Replace(row))
	if other.BadRows != 0 {
		t.Fatal(other.Problems)
	}
	if _, err := h.UndoImport(ctx, as["school"], report.Batch); err != nil {
		t.Fatal(err)
	}
	v, err := h.Base(ctx, as["school"], base.ID, 0)
	if err != nil || len(v.Bookings) != 1 || v.Bookings[0].CohortName != "乙校班" {
		t.Errorf("after the undo: %+v, %v", v.Bookings, err)
	}
}

// Students go into an order class by Excel and are bound to it; the undo frees them.
func TestImport_ClassMembers(t *testing.T) {
	h := withRoster(t, 10)
	o := orderClass(t, h, 3, 2)
	n := numbersTo(4)
	head := "订单班,学号\n"
	report := importAs(t, h, "school", "class-members", head+o.Name+","+n[0]+"\n"+o.Name+","+n[1]+"\n"+o.Name+","+n[2]+"\n"+o.Name+","+n[3]+"\n"+o.Name+",X9\n")
	if report.BadRows != 2 || report.Written != 0 {
		t.Fatalf("one too many and one nobody knows: %v", report.Problems)
	}
	report = importAs(t, h, "school", "class-members", head+o.Name+","+n[0]+"\n"+o.Name+","+n[1]+"\n")
	v, err := h.OrderClass(ctx, as["school"], o.ID)
	if err != nil || report.BadRows != 0 || v.Class.Live() != 2 || v.Class.Enrolled != 2 {
		t.Fatalf("enrolled: %+v, %v, %v", v.Class, report.Problems, err)
	}
	other := orderClass(t, h, 5, 3)
	if _, err = h.EnrolClass(ctx, as["school"], other.ID, n[:1], 0); err == nil {
		t.Error("a student is in two classes")
	}
	if _, err := h.UndoImport(ctx, as["school"], report.Batch); err != nil {
		t.Fatal(err)
	}
	if _, err = h.EnrolClass(ctx, as["school"], other.ID, n[:2], 0); err != nil {
		t.Errorf("after the undo: %v", err)
	}
	if v, err = h.OrderClass(ctx, as["school"], o.ID); err != nil || v.Class.Live() != 0 || v.Class.Enrolled != 0 {
		t.Errorf("the class after the undo: %+v, %v", v.Class, err)
	}
}

// A plan of rotation comes in by Excel worked out; one that cannot be says why.
func TestImport_Rotations(t *testing.T) {
	h := withRoster(t, 6)
	p := h.Open(t, exchangetest.Lathe())
	head := "方案名称,班级名称,开始日期,结束日期,批数,每轮周数,岗位\n"
	row := "秋季轮换,数控1班," + p.From + "," + p.To + ",2,2," + p.ID + "\n"
	bad := importAs(t, h, "school", "rotations", head+strings.Replace(row, ",2,2,", ",2,26,", 1))
	if bad.BadRows != 1 || bad.Written != 0 {
		t.Fatalf("a turn of half a year: %v", bad.Problems)
	}
	report := importAs(t, h, "school", "rotations", head+row)
	if report.BadRows != 0 || report.Changes.New != 1 {
		t.Fatalf("%+v %v", report.Changes, report.Problems)
	}
	if again := importAs(t, h, "school", "rotations", head+row); again.Changes.Unchanged != 1 {
		t.Errorf("the same plan again: %+v", again.Changes)
	}
	if _, err := h.UndoImport(ctx, as["school"], report.Batch); err != nil {
		t.Error(err)
	}
}

// onSecond is a file that tells when it is read for the second time, to be written.
type onSecond struct {
	io.ReadSeeker
	seeks int
	then  func()
}

func (f *onSecond) Seek(offset int64, whence int) (int64, error) {
	if offset == 0 && whence == io.SeekStart {
		if f.seeks++; f.seeks == 2 {
			f.then()
		}
	}
	return f.ReadSeeker.Seek(offset, whence)
}

// A row whose seat another one takes between the check and the write is not left out in
// silence: it is named with the reason, the rest is written, and what is counted is so.
func TestImport_RowsLostWhileWriting(t *testing.T) {
	for _, tc := range []struct {
		name  string
		moved func(h *exchangetest.House, then func()) // when then happens
		what  string
	}{
		{"before its run is read again", func(_ *exchangetest.House, then func()) { then() }, "还有 0 个名额"},
		{"after its run is read again", func(h *exchangetest.House, then func()) { h.Clock.Meanwhile(then) }, "还有 0 个名额，这次要加 1 人，一个也没有加。请减少人数，或请企业增加名额，这是检查之后别人改动的"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := withRoster(t, 5)
			n, o := numbersTo(3), orderClass(t, h, 2, 1)
			text := "订单班,学号\n" + o.Name + "," + n[0] + "\n" + o.Name + "," + n[1] + "\n"
			file := &onSecond{ReadSeeker: strings.NewReader(text), then: func() {
				tc.moved(h, func() {
					if _, err := h.EnrolClass(ctx, as["school"], o.ID, n[2:], 0); err != nil {
						t.Error(err)
					}
				})
			}}
			report, err := h.Import(ctx, as["school"], exchange.ImportRequest{Kind: "class-members", File: "members.csv", Body: file})
			if err != nil {
				t.Fatal(err)
			}
			v, err := h.OrderClass(ctx, as["school"], o.ID)
			if err != nil || v.Class.Live() != 2 {
				t.Fatalf("%d in the class, %v", v.Class.Live(), err)
			}
			if report.BadRows != 1 || report.Written != 1 || report.Changes.Writes() != 1 || len(report.Problems) != 1 || report.Problems[0].Line != 3 || !strings.Contains(report.Problems[0].What, tc.what) || !strings.Contains(report.Lost, "有 1 行") {
				t.Errorf("%+v", report)
			}
			if _, err := h.UndoImport(ctx, as["school"], report.Batch); err != nil {
				t.Fatal(err)
			}
			if _, err := h.EnrolClass(ctx, as["school"], o.ID, n[1:2], 0); err != nil {
				t.Errorf("the student that was lost is still bound: %v", err)
			}
		})
	}
}

// The page of an import that left out more rows than were bad before says so.
func TestImport_PageTellsOfLostRows(t *testing.T) {
	h := withRoster(t, 10)
	o := orderClass(t, h, 2, 1)
	n := numbersTo(3)
	b, err := h.UploadImport(ctx, as["school"], exchange.ImportRequest{Kind: "class-members", File: "members.csv",
		Body: strings.NewReader("订单班,学号\n" + o.Name + "," + n[0] + "\n" + o.Name + ",X9\n" + o.Name + "," + n[1] + "\n")})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.RunImport(ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	if v, err := h.ImportOf(ctx, as["school"], b.ID); err != nil || v.Batch.Bad != 1 {
		t.Fatalf("%+v, %v", v.Batch, err)
	}
	if _, err := h.EnrolClass(ctx, as["school"], o.ID, n[2:], 0); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ActImport(ctx, as["school"], b.ID, "write-good"); err != nil {
		t.Fatal(err)
	}
	if err := h.RunImport(ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	v, err := h.ImportOf(ctx, as["school"], b.ID)
	if err != nil || v.Batch.State != partnership.ImportCommitted || v.Batch.Bad != 2 || v.Batch.Changes.Writes() != 1 || !v.Errors || len(v.Problems) != 2 || len(v.Notes) != 1 || !strings.Contains(v.Notes[0], "有 1 行检查时没有错误") {
		t.Errorf("%+v, %v", v, err)
	}
	var book strings.Builder
	if err := h.ImportErrors(ctx, as["school"], b.ID, &book); err != nil || book.Len() == 0 {
		t.Errorf("error workbook: %d bytes, %v", book.Len(), err)
	}
}
