package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// An import through the pages goes step by step: the file is kept, checked (what is new,
// changed, gone, wrong), its headings are mapped if need be, and written when a person has
// seen what it would do. Checking and writing run on by themselves; RunImport does the
// step that is due, whoever calls it.

var errNoImport = partnership.Refuse(partnership.ErrNotFound, "没有这次导入，或者您无权查看。请从导入页重新打开")

// importKept is how long an uploaded file is kept.
const importKept = 24 * time.Hour

// importLease is how long one step of an import may go on without news.
const importLease = 10 * time.Minute

// UploadImport keeps a file and notes that it is to be checked.
func (x *Exchange) UploadImport(ctx context.Context, actor partnership.Actor, req ImportRequest) (partnership.ImportBatch, error) {
	kind, err := importKind(actor, req.Kind)
	if err != nil {
		return partnership.ImportBatch{}, err
	}
	b := x.newBatch(actor, kind, &req)
	b.Steps = []partnership.Step{{At: x.stamp(), Actor: actor.Account, To: string(b.State)}}
	if b.Size, err = x.keepUpload(ctx, b.ID, req.Body); err != nil {
		return b, errors.Join(err, x.dropUpload(context.WithoutCancel(ctx), b.ID))
	}
	if b.Size == 0 {
		return b, partnership.Invalid{"file": {"文件是空的，请选有内容的 .csv 或 .xlsx 文件"}}
	}
	if err := x.imports.Insert(ctx, &b); err != nil {
		return b, fmt.Errorf("import batch: %w", err)
	}
	return b, nil
}

// visibleImport returns an import of the actor's own party, or of the overseers for them.
func (x *Exchange) visibleImport(ctx context.Context, actor partnership.Actor, id string) (partnership.ImportBatch, error) {
	b, err := x.imports.Get(ctx, id)
	if err != nil {
		return b, known(err, errNoImport)
	}
	if b.Party != actor.Party || b.Role != actor.Role {
		return partnership.ImportBatch{}, errNoImport
	}
	return b, nil
}

// ImportView is what the page of one import shows.
type ImportView struct {
	Batch    partnership.ImportBatch
	Kind     sheets.Kind
	Problems []sheets.Problem
	Shown    []ShownChange
	Notes    []string
	// Questions are names that are near something: answered, their rows go through.
	Questions []Question
	Verbs     []Verb // write, write-good, remap, undo, drop
	Errors    bool   // the error workbook can be had
}

// ImportOf returns what the page of one import shows.
func (x *Exchange) ImportOf(ctx context.Context, actor partnership.Actor, id string) (ImportView, error) {
	b, err := x.visibleImport(ctx, actor, id)
	if err != nil {
		return ImportView{}, err
	}
	kind, _ := sheets.KindOf(b.Kind)
	r, err := x.openReport(&b)
	if err != nil {
		return ImportView{}, err
	}
	v := ImportView{Batch: b, Kind: kind, Problems: r.Problems, Shown: r.Shown, Notes: r.Notes, Questions: r.Questions}
	v.Errors = b.Size > 0 && b.Bad > 0 && !b.State.Busy() && b.State != partnership.ImportDropped && b.State != partnership.ImportUndone
	good := b.Rows - b.Bad
	switch b.State {
	case partnership.ImportReady:
		switch {
		case good == 0:
		case b.Bad == 0:
			v.Verbs = append(v.Verbs, Verb{Key: "write", Words: "写入"})
		default:
			v.Verbs = append(v.Verbs, Verb{Key: "write-good", Words: fmt.Sprintf("只写入没有错误的 %d 行", good)})
		}
		v.Verbs = append(v.Verbs, Verb{Key: "drop", Words: "放弃这次导入"})
	case partnership.ImportRefused:
		v.Verbs = append(v.Verbs, Verb{Key: "drop", Words: "放弃这次导入"})
	case partnership.ImportCommitted:
		v.Verbs = append(v.Verbs, Verb{Key: "undo", Words: "撤销这次导入"})
	}
	return v, nil
}

// Imports lists the imports of the actor's party, the newest first.
func (x *Exchange) Imports(ctx context.Context, actor partnership.Actor, l List) ([]partnership.ImportBatch, string, error) {
	where := store.Field("role").Eq(string(actor.Role))
	if actor.Party != "" {
		where = store.And(store.Field("party").Eq(actor.Party), where)
	}
	return x.imports.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, After: l.After, Limit: l.limit()})
}

// MapImport says which column of the file is which and has it checked again. The party's
// next file of this kind is read the same way.
func (x *Exchange) MapImport(ctx context.Context, actor partnership.Actor, id string, columns []partnership.ColumnUse) (partnership.ImportBatch, error) {
	b, err := x.visibleImport(ctx, actor, id)
	if err != nil {
		return b, err
	}
	kind, _ := sheets.KindOf(b.Kind)
	used := map[string]string{}
	for _, c := range columns {
		col, ok := kind.Column(c.Field)
		if c.Field == "" || c.Field == sheets.Ignored {
			continue
		}
		if !ok {
			return b, partnership.Invalid{"columns": {"没有“" + c.Field + "”这一项，请从下拉列表里选"}}
		}
		if other := used[c.Field]; other != "" {
			return b, partnership.Invalid{"columns": {fmt.Sprintf("“%s”和“%s”不能都是%s，请改一个", other, c.Header, col.Header)}}
		}
		used[c.Field] = c.Header
	}
	if err := x.rememberHeadings(ctx, actor, b.Kind, columns); err != nil {
		return b, err
	}
	return x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error {
		if err := b.Move(partnership.ImportReading, actor, x.stamp(), partnership.ImportReady, partnership.ImportRefused); err != nil {
			return err
		}
		b.Columns, b.Why = columns, ""
		return nil
	})
}

func headingsID(actor partnership.Actor, kind string) string {
	party := actor.Party
	if party == "" {
		party = string(actor.Role)
	}
	return party + "|" + kind
}

// rememberHeadings keeps the mapping for the party's next file of the kind.
func (x *Exchange) rememberHeadings(ctx context.Context, actor partnership.Actor, kind string, columns []partnership.ColumnUse) error {
	id := headingsID(actor, kind)
	merge := func(m *partnership.HeadingMemory) error {
		for _, c := range columns {
			if c.Header == "" {
				continue
			}
			m.Columns = slices.DeleteFunc(m.Columns, func(o partnership.ColumnUse) bool { return o.Header == c.Header })
			if c.Field != "" {
				m.Columns = append(m.Columns, c)
			}
		}
		return nil
	}
	_, err := x.headings.Edit(ctx, id, merge)
	if errors.Is(err, partnership.ErrNotFound) {
		m := partnership.HeadingMemory{}
		m.ID = id
		_ = merge(&m) // never fails
		err = x.headings.Insert(ctx, &m)
	}
	if err != nil {
		return fmt.Errorf("headings of %s: %w", kind, err)
	}
	return nil
}

// mapping is how the headings of an import are read: as mapped for it, else as remembered.
func (x *Exchange) mapping(ctx context.Context, actor partnership.Actor, b *partnership.ImportBatch) (map[string]string, error) {
	out := map[string]string{}
	m, err := x.headings.Get(ctx, headingsID(actor, b.Kind))
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return nil, err
	}
	for _, c := range slices.Concat(m.Columns, b.Columns) {
		if c.Field != "" {
			out[c.Header] = c.Field
		}
	}
	return out, nil
}

// ActImport moves an import on: write, write-good (leave the bad rows out), drop, undo.
// Writing then goes on by itself; undoing is done when this returns.
func (x *Exchange) ActImport(ctx context.Context, actor partnership.Actor, id, verb string) (partnership.ImportBatch, error) {
	b, err := x.visibleImport(ctx, actor, id)
	if err != nil {
		return b, err
	}
	switch verb {
	case "write", "write-good":
		return x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error {
			if b.Bad > 0 && verb == "write" {
				return partnership.Refuse(partnership.ErrConflict, "有 %d 行有错误，请改好后重新上传，或只写入没有错误的行", b.Bad)
			}
			b.Partial = verb == "write-good"
			return b.Move(partnership.ImportWriting, actor, x.stamp(), partnership.ImportReady)
		})
	case "drop":
		b, err := x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error {
			b.Report, b.Size = "", 0
			return b.Move(partnership.ImportDropped, actor, x.stamp(), partnership.ImportReady, partnership.ImportRefused)
		})
		if err != nil {
			return b, err
		}
		return b, x.dropUpload(ctx, id)
	case "undo":
		return x.UndoImport(ctx, actor, id)
	}
	return b, partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
}

// UndoImport takes back what an import wrote: what it made goes, what it changed is as
// before. It is refused while any of it is in use or was changed since.
func (x *Exchange) UndoImport(ctx context.Context, actor partnership.Actor, id string) (partnership.ImportBatch, error) {
	b, err := x.visibleImport(ctx, actor, id)
	if err != nil {
		return b, err
	}
	if b.State != partnership.ImportCommitted && b.State != partnership.ImportWriting {
		return b, partnership.Refuse(partnership.ErrConflict, "这次导入现在是“%s”，没有可以撤销的内容", b.State.Words())
	}
	in, err := x.passOf(ctx, actor, &b)
	if err != nil {
		return b, err
	}
	if err := in.mayUndo(ctx, id); err != nil {
		return b, err
	}
	if b, err = x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error {
		return b.Move(partnership.ImportUndoing, actor, x.stamp(), partnership.ImportCommitted, partnership.ImportWriting)
	}); err != nil {
		return b, err
	}
	if err := x.RunImport(context.WithoutCancel(ctx), id); err != nil {
		return b, err
	}
	return x.imports.Get(ctx, id)
}

// ownerOf is the actor that an import works for.
func ownerOf(b *partnership.ImportBatch) partnership.Actor {
	return partnership.Actor{Account: b.By, Role: b.Role, Party: b.Party}
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
	switch b.State {
	case partnership.ImportReading:
		err = x.readImport(ctx, lease, &b)
	case partnership.ImportWriting:
		err = x.writeImport(ctx, lease, &b)
	case partnership.ImportUndoing:
		err = x.undoImport(ctx, &b)
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", id, err)
	}
	return nil
}

// tableOf opens the kept file of an import, telling its progress now and then.
func (x *Exchange) tableOf(ctx context.Context, lease *store.Lease, b *partnership.ImportBatch, from, to int) (table, error) {
	kind, _ := sheets.KindOf(b.Kind)
	mapping, err := x.mapping(ctx, ownerOf(b), b)
	told := x.now()
	t := table{body: x.openUpload(ctx, b), file: b.File, kind: kind, mapping: mapping, progress: func(share float64) {
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
	if err := x.writeRows(ctx, by, b, t); err != nil {
		return err
	}
	_, err = x.imports.Edit(ctx, b.ID, func(b *partnership.ImportBatch) error {
		return b.Move(partnership.ImportCommitted, by, x.stamp(), partnership.ImportWriting)
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
	_, err = x.scan(ctx, table{body: x.openUpload(ctx, &b), file: b.File, kind: kind, mapping: mapping, lookups: in.names.lookups()}, in, func(lines []sheets.Line, _ []change) error {
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
