package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// intake knows one kind of table: what its rows mean, how they are written, and how
// that is taken back. Reading a table twice gives the same answers; writing a run again
// that was written before changes nothing.
type intake interface {
	// take checks a run of rows against what is known and says what each good one would
	// do, in the order of the rows.
	take(ctx context.Context, rows []sheets.Row, bad badCell) ([]change, error)
	// lost is told of a row that cannot be read, with what of it can: it stands for a
	// record that is in the file all the same.
	lost(ctx context.Context, r sheets.Row)
	// rest hands on, in runs, what follows from records that the file leaves out.
	rest(ctx context.Context, each func([]change) error) error
	// write carries a run of changes out for the import batch. It calls bad for a row whose
	// record others changed since it was taken, so that the row goes no more.
	write(ctx context.Context, batch string, run []change, bad badCell) error
	// done finishes the work after the last write.
	done(ctx context.Context) error
	// mayUndo refuses in words what stands in the way of taking the batch back.
	mayUndo(ctx context.Context, batch string) error
	// undo takes the batch back; doing it again finishes what was cut off.
	undo(ctx context.Context, batch string) error
}

// badCell says what is wrong with a field of the i-th row of a run, and what is allowed.
type badCell func(i int, field, what, allowed string)

// change is what one row would do to the record it stands for.
type change struct {
	row    int // of the run
	what   partnership.RowChange
	name   string   // of the record; a person's is masked
	fields []string // that change, in the users' words
	doc    any      // the intake's own
}

// runLength is how many rows are looked up and written at once.
const runLength = 500

// table is a file to read in: where it comes from and what its columns mean.
type table struct {
	body     io.ReadSeeker
	file     string
	kind     sheets.Kind
	mapping  map[string]string
	lookups  sheets.Lookups      // of the pass
	still    func() error        // refuses to go on with the next run; may be nil
	progress func(share float64) // called after each run; may be nil
}

// scanned is what reading a table once came to.
type scanned struct {
	binding *sheets.Binding
	rows    int
}

// scan reads a table from its beginning in runs of rows and hands on each run with its
// lines, bad ones with their problems, and what the good ones would change; then, with no
// lines, what follows from the rows that are not there. By bad more problems are added to
// a line of the run.
func (x *Exchange) scan(ctx context.Context, t table, in intake, each func(lines []sheets.Line, changes []change, bad badCell) error) (s scanned, err error) {
	if _, err := t.body.Seek(0, io.SeekStart); err != nil {
		return s, fmt.Errorf("read %s again: %w", t.file, err)
	}
	im, err := sheets.NewImport(t.body, filepath.Base(t.file), t.kind, sheets.Options{Lookups: t.lookups, Mapping: t.mapping})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, im.Close()) }()
	s.binding = im.Binding
	run := make([]sheets.Line, 0, runLength)
	hand := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if t.still != nil {
			if err := t.still(); err != nil {
				return err
			}
		}
		bad := func(i int, field, what, allowed string) {
			run[i].Problems = append(run[i].Problems, sheets.Problem{File: filepath.Base(t.file), Line: run[i].Row.Line, Column: t.header(im.Binding, field), What: what, Allowed: allowed})
		}
		changes, err := takeRun(ctx, in, run, bad)
		if err == nil {
			err = each(run, changes, bad)
		}
		run = run[:0]
		if t.progress != nil {
			t.progress(im.Progress())
		}
		return err
	}
	for line := range im.Lines() {
		if run = append(run, line); len(run) < runLength {
			continue
		}
		if err := hand(); err != nil {
			return s, err
		}
	}
	s.rows = im.Rows()
	if err := im.Err(); err != nil {
		return s, err
	}
	if err := hand(); err != nil {
		return s, err
	}
	return s, in.rest(ctx, func(changes []change) error {
		return each(nil, changes, func(int, string, string, string) {}) // they have no row to be named
	})
}

// takeRun asks the intake about the good lines of a run and adds the problems it finds.
func takeRun(ctx context.Context, in intake, run []sheets.Line, bad badCell) ([]change, error) {
	rows, at := make([]sheets.Row, 0, len(run)), make([]int, 0, len(run))
	for i := range run {
		if len(run[i].Problems) > 0 {
			in.lost(ctx, run[i].Row)
			continue
		}
		rows, at = append(rows, run[i].Row), append(at, i)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	changes, err := in.take(ctx, rows, func(i int, field, what, allowed string) { bad(at[i], field, what, allowed) })
	for i := range changes {
		changes[i].row = at[changes[i].row] // of the lines, bad ones counted
	}
	return changes, err
}

// header is the heading of a field as the file wrote it, else its Chinese name.
func (t *table) header(b *sheets.Binding, field string) string {
	for i, f := range b.Fields {
		if f == field {
			return b.Headers[i]
		}
	}
	if c, ok := t.kind.Column(field); ok {
		return c.Header
	}
	return field
}
