package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// ownerOf is the actor that an import works for.
func ownerOf(b *partnership.ImportBatch) partnership.Actor {
	return partnership.Actor{Account: b.By, Role: b.Role, Party: b.Party, Region: b.Region}
}

// RunImport does the step of an import that is due: check, write or undo. While another
// one does it, there is nothing to do.
func (x *Exchange) RunImport(ctx context.Context, id string) error {
	lease, err := x.lease(ctx, "import:"+id, importLease)
	if errors.Is(err, partnership.ErrConflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lease of import: %w", err)
	}
	defer func() {
		if err := lease.Release(context.WithoutCancel(ctx)); err != nil {
			x.log.WarnContext(ctx, "import lease not released, it will run out", "import", id, "err", err)
		}
	}()
	b, err := x.imports.Get(ctx, id)
	if err != nil {
		return known(err, errNoImport)
	}
	for {
		began := b.State
		switch began {
		case partnership.ImportReading:
			err = x.readImport(ctx, lease, &b)
		case partnership.ImportWriting:
			err = x.writeImport(ctx, lease, &b)
		case partnership.ImportUndoing:
			err = x.undoImport(ctx, &b)
		}
		now, gone := x.imports.Get(context.WithoutCancel(ctx), id)
		switch {
		case gone != nil:
			return fmt.Errorf("import %s: %w", id, errors.Join(err, gone))
		case now.State == began || err != nil && !errors.Is(err, errStopped) && !errors.Is(err, partnership.ErrConflict) && now.State.Busy():
			if err != nil {
				return fmt.Errorf("import %s: %w", id, err)
			}
			return nil
		case !now.State.Busy():
			return nil // done, or stopped by a person: then what was in hand counts no more
		}
		b = now
	}
}

// errStopped ends a pass over a file that a person has stopped.
var errStopped = errors.New("stopped")

// tableOf opens the kept file of an import, telling its progress now and then.
func (x *Exchange) tableOf(ctx context.Context, lease *store.Lease, b *partnership.ImportBatch, from, to int) (table, error) {
	kind, _ := sheets.KindOf(b.Kind)
	mapping, err := x.mapping(ctx, ownerOf(b), b)
	told := x.now()
	t := table{body: x.openUpload(ctx, b), file: b.File, kind: kind, mapping: mapping, still: func() error {
		now, err := x.imports.Get(ctx, b.ID)
		if err == nil && now.State != b.State {
			err = errStopped
		}
		return err
	}, progress: func(share float64) {
		now := x.now()
		if now.Sub(told) < 300*time.Millisecond {
			return
		}
		told = now
		_, err := x.imports.Update(ctx, b.ID, store.Field("state").Eq(string(b.State)), store.Set("progress", from+int(share*float64(to-from))))
		if err == nil {
			err = lease.Renew(ctx, importLease)
		}
		if err != nil {
			x.log.WarnContext(ctx, "progress of import not told", "import", b.ID, "err", err)
		}
	}}
	return t, err
}

// readImport checks the file and notes what it would do.
func (x *Exchange) readImport(ctx context.Context, lease *store.Lease, b *partnership.ImportBatch) error {
	t, err := x.tableOf(ctx, lease, b, 0, 1000)
	if err != nil {
		return err
	}
	report, binding, err := x.check(ctx, ownerOf(b), b, t)
	why := ""
	var heading *sheets.HeadingError
	switch {
	case errors.As(err, &heading):
		binding, why = heading.Binding, "表里缺少必填的列"
	case err != nil:
		if why = badFile(err); why == "" {
			return err
		}
	}
	return x.noteReport(ctx, b.ID, partnership.ImportReading, &report, binding, why)
}

// badFile is the sentence of an error that says what is wrong with a file, else empty.
func badFile(err error) string {
	var problem sheets.Problem
	var invalid partnership.Invalid
	var refused *partnership.Refused
	switch {
	case errors.As(err, &problem):
		return problem.String()
	case errors.As(err, &invalid):
		for _, sentences := range invalid {
			return sentences[0]
		}
	case errors.As(err, &refused) && !errors.Is(err, partnership.ErrUnavailable):
		return refused.Sentence
	}
	return ""
}

// noteReport keeps what checking found; why refuses the file.
func (x *Exchange) noteReport(ctx context.Context, id string, from partnership.ImportState, r *ImportReport, binding *sheets.Binding, why string) error {
	sealed, err := x.sealReport(id, r)
	if err != nil {
		return err
	}
	to := partnership.ImportReady
	if why != "" {
		to = partnership.ImportRefused
	}
	_, err = x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error {
		b.Rows, b.Bad, b.Changes, b.Report, b.Why = r.Rows, r.BadRows, r.Changes, sealed, why
		if binding != nil {
			b.Columns, b.Missing = columnUses(binding), binding.Missing
		}
		return b.Move(to, partnership.System("import"), x.stamp(), from)
	})
	return err
}

// columnUses is how the headings of a file are read.
func columnUses(b *sheets.Binding) []partnership.ColumnUse {
	var out []partnership.ColumnUse
	for i, h := range b.Headers {
		field := b.Fields[i]
		if field == "" {
			field = b.Mapping[h] // Ignored, if so chosen
		}
		out = append(out, partnership.ColumnUse{Header: h, Field: field})
	}
	return out
}

// writeImport checks the file once more, since others go on working, and writes it. If
// what it would do has become wrong meanwhile, it goes back to be looked at again.
func (x *Exchange) writeImport(ctx context.Context, lease *store.Lease, b *partnership.ImportBatch) error {
	if b.Size == 0 {
		return nil // of the command line, which writes by itself
	}
	by := ownerOf(b)
	ctx = store.Derived(by.In(ctx)) // the import is noted as a whole, in its uploader's name
	t, err := x.tableOf(ctx, lease, b, 0, 400)
	if err != nil {
		return err
	}
	report, binding, err := x.check(ctx, by, b, t)
	if err != nil {
		return err
	}
	if report.BadRows > b.Bad && !b.Partial {
		return x.noteReport(ctx, b.ID, partnership.ImportWriting, &report, binding, "")
	}
	if t, err = x.tableOf(ctx, lease, b, 400, 1000); err != nil {
		return err
	}
	written, err := x.writeRows(ctx, by, b, t)
	if err != nil {
		return err
	}
	sealed := b.Report
	if report.lost(b, &written) {
		if sealed, err = x.sealReport(b.ID, &report); err != nil {
			return err
		}
	}
	_, err = x.imports.Edit(ctx, b.ID, func(now *partnership.ImportBatch) error {
		now.Bad, now.Changes, now.Report = b.Bad, b.Changes, sealed
		return now.Move(partnership.ImportCommitted, by, x.stamp(), partnership.ImportWriting)
	})
	if err != nil || b.Bad > 0 {
		return err
	}
	return x.endUpload(ctx, b.ID)
}

// endUpload removes a file that nobody needs any more.
func (x *Exchange) endUpload(ctx context.Context, id string) error {
	if err := x.dropUpload(ctx, id); err != nil {
		return err
	}
	_, err := x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error { b.Size = 0; return nil })
	return err
}

func (x *Exchange) undoImport(ctx context.Context, b *partnership.ImportBatch) error {
	by := ownerOf(b)
	ctx = store.Derived(by.In(ctx))
	in, err := x.passOf(ctx, by, b)
	if err != nil {
		return err
	}
	if last := b.Steps[len(b.Steps)-1]; last.From == string(partnership.ImportWriting) {
		// Stopped half-way: if somebody works with a record by now, the rest is written after all.
		err := in.mayUndo(ctx, b.ID)
		var refused *partnership.Refused
		if errors.Is(err, partnership.ErrConflict) && errors.As(err, &refused) {
			_, err = x.imports.Edit(ctx, b.ID, func(b *partnership.ImportBatch) error {
				if err := b.Move(partnership.ImportWriting, partnership.System("import"), x.stamp(), partnership.ImportUndoing); err != nil {
					return err
				}
				b.Steps[len(b.Steps)-1].Why = "停止时" + refused.Sentence + "。已继续写完"
				return nil
			})
			return err
		}
		if err != nil && !errors.Is(err, partnership.ErrNotFound) { // nothing was written yet
			return err
		}
	}
	if err := in.undo(ctx, b.ID); err != nil {
		return err
	}
	_, err = x.imports.Edit(ctx, b.ID, func(b *partnership.ImportBatch) error {
		b.Report = ""
		return b.Move(partnership.ImportUndone, by, x.stamp(), partnership.ImportUndoing)
	})
	return err
}

// ImportErrors writes the error workbook of an import: the same columns, only the bad
// rows, the wrong cells marked, the reasons in a last column.
func (x *Exchange) ImportErrors(ctx context.Context, actor partnership.Actor, id string, w io.Writer) (err error) {
	b, err := x.visibleImport(ctx, actor, id)
	if err != nil {
		return err
	}
	if b.Size == 0 {
		return partnership.Refuse(partnership.ErrNotFound, "上传的文件已经清除，没有错误表可以下载；请重新上传")
	}
	in, err := x.passOf(ctx, actor, &b)
	if err != nil {
		return err
	}
	mapping, err := x.mapping(ctx, actor, &b)
	if err != nil {
		return err
	}
	kind, _ := sheets.KindOf(b.Kind)
	binding, err := x.bindingOf(ctx, &b, kind, mapping)
	if err != nil {
		return err
	}
	out, err := sheets.NewRejectWriter(w, binding)
	if err != nil {
		return err
	}
	_, err = x.scan(ctx, table{body: x.openUpload(ctx, &b), file: b.File, kind: kind, mapping: mapping, lookups: in.names.lookups()}, in, func(lines []sheets.Line, _ []change, _ badCell) error {
		for i := range lines {
			if err := out.Write(lines[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, out.Close())
}

// bindingOf reads the headings of an import's file.
func (x *Exchange) bindingOf(ctx context.Context, b *partnership.ImportBatch, kind sheets.Kind, mapping map[string]string) (*sheets.Binding, error) {
	im, err := sheets.NewImport(x.openUpload(ctx, b), b.File, kind, sheets.Options{Mapping: mapping})
	if err != nil {
		return nil, err
	}
	return im.Binding, im.Close()
}

// ResumeImports does the steps that a crash left undone, drops uploads that nobody wrote
// within a day, and returns how many imports it saw to.
func (x *Exchange) ResumeImports(ctx context.Context) (int, error) {
	old := partnership.At(x.now().Add(-importKept))
	done := 0
	var failed error
	all, err := x.imports.All(ctx, store.Query{Where: store.Field("state").In(string(partnership.ImportReading), string(partnership.ImportWriting), string(partnership.ImportUndoing))})
	if err != nil {
		return 0, err
	}
	for i := range all {
		if all[i].Size == 0 && all[i].State == partnership.ImportWriting || all[i].Updated > partnership.At(x.now().Add(-time.Minute)) {
			continue // the command line's own, or under way
		}
		if err := x.RunImport(ctx, all[i].ID); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		done++
	}
	stale, err := x.imports.All(ctx, store.Query{Where: store.And(store.Field("size").Gt(0), store.Field("_c").Lt(old))})
	if err != nil {
		return done, errors.Join(failed, err)
	}
	for i := range stale {
		if err := x.expireUpload(ctx, &stale[i]); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		done++
	}
	return done, failed
}

// expireUpload removes an old upload; an import that nobody wrote is dropped with it.
func (x *Exchange) expireUpload(ctx context.Context, b *partnership.ImportBatch) error {
	if err := x.dropUpload(ctx, b.ID); err != nil {
		return err
	}
	_, err := x.imports.Edit(ctx, b.ID, func(b *partnership.ImportBatch) error {
		b.Size = 0
		if b.State == partnership.ImportReady || b.State == partnership.ImportRefused || b.State == partnership.ImportReading {
			b.Report = ""
			return b.Move(partnership.ImportDropped, partnership.System("import"), x.stamp(), b.State)
		}
		return nil
	})
	return err
}
