package exchange

import (
	"context"
	"errors"
	"fmt"
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

// ownImports is the filter for the imports of the actor's own party; a district's are those of
// its region, which every account of it may see to.
func ownImports(actor partnership.Actor) store.Filter {
	role := store.Field("role").Eq(string(actor.Role))
	switch actor.Role {
	case partnership.RoleDistrict:
		return store.And(role, store.Field("region").Eq(actor.Region))
	case partnership.RoleOperator:
		return role
	}
	return store.And(store.Field("party").Eq(actor.Party), role)
}

// visibleImport returns an import of the actor's own party, as ownImports has it.
func (x *Exchange) visibleImport(ctx context.Context, actor partnership.Actor, id string) (partnership.ImportBatch, error) {
	b, err := x.imports.Get(ctx, id)
	if err != nil {
		return b, known(err, errNoImport)
	}
	if b.Party != actor.Party || b.Role != actor.Role || actor.Role == partnership.RoleDistrict && b.Region != actor.Region {
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
	Verbs     []Verb // write, write-good, stop, undo, drop
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
	case partnership.ImportReading, partnership.ImportWriting:
		if b.Size > 0 { // the command line's own is stopped there
			v.Verbs = append(v.Verbs, Verb{Key: "stop", Words: "停止"})
		}
	case partnership.ImportCommitted:
		v.Verbs = append(v.Verbs, Verb{Key: "undo", Words: "撤销这次导入"})
	}
	return v, nil
}

// Imports lists the imports of the actor's party, the newest first.
func (x *Exchange) Imports(ctx context.Context, actor partnership.Actor, l List) ([]partnership.ImportBatch, string, error) {
	return x.imports.Page(ctx, store.Query{Where: ownImports(actor), Sort: []store.Sort{store.Desc("_c")}, After: l.After, Limit: l.limit()})
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

// BusyImports are the imports that the actor's account began and that go on by themselves.
func (x *Exchange) BusyImports(ctx context.Context, actor partnership.Actor) ([]partnership.ImportBatch, error) {
	where := store.And(store.Field("state").In(string(partnership.ImportReading), string(partnership.ImportWriting), string(partnership.ImportUndoing)), store.Field("by").Eq(actor.Account))
	return x.imports.All(ctx, store.Query{Where: where, Limit: 3})
}

// ActImport moves an import on: write, write-good (leave the bad rows out), stop, drop, undo.
// Writing then goes on by itself; undoing is done when this returns. Stopped, an import
// leaves nothing behind: what it has written is taken back by whoever writes it.
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
	case "stop":
		if b.State != partnership.ImportReading {
			return x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error {
				return b.Move(partnership.ImportUndoing, actor, x.stamp(), partnership.ImportWriting)
			})
		}
		fallthrough
	case "drop":
		b, err := x.imports.Edit(ctx, id, func(b *partnership.ImportBatch) error {
			b.Report, b.Size = "", 0
			return b.Move(partnership.ImportDropped, actor, x.stamp(), partnership.ImportReading, partnership.ImportReady, partnership.ImportRefused)
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
