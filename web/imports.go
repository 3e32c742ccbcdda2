package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// importRoutes are the one way in for every table: upload, see what it would do, map its
// headings, write, take back.
func (s *Site) importRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	every := access{roles: everyRole}
	return []route{
		{get, "/import", every, s.importForm},
		{post, "/import", access{roles: everyRole, limit: uploadBody}, s.importFile},
		{get, "/import/template/:kind", every, s.importTemplate},
		{get, "/imports/:id", every, s.importPage},
		{post, "/imports/:id/act", every, s.actImport},
		{post, "/imports/:id/columns", every, s.mapImport},
		{post, "/imports/:id/answer", every, s.answerImport},
		{get, "/imports/:id/errors", every, s.importErrors},
	}
}

type importPage struct {
	page
	Form      form
	Templates []link
	Rows      []batchRow
	List      cursorList
}

type batchRow struct {
	URL, Kind, File, At, By, Rows, Bad, Changes string
	State                                       mark
}

func importURL(id string) string { return "/imports/" + url.PathEscape(id) }

func importMark(s partnership.ImportState) mark {
	tones := map[partnership.ImportState]string{partnership.ImportReady: "warn", partnership.ImportRefused: "bad", partnership.ImportCommitted: "good",
		partnership.ImportReading: "info", partnership.ImportWriting: "info", partnership.ImportUndoing: "info"}
	return mark{s.Words(), tones[s]}
}

func changeWords(c *partnership.RowChanges) string {
	text := "新增 " + number(c.New) + "，有变化 " + number(c.Changed) + "，无变化 " + number(c.Unchanged)
	if c.Gone > 0 {
		text += "，文件里已没有 " + number(c.Gone)
	}
	return text
}

func (s *Site) importForm(v *visit) error {
	return s.showImport(v, http.StatusOK, newForm(v.Request.URL.Query()))
}

func (s *Site) showImport(v *visit, status int, f *form) error {
	var kinds []option
	for _, k := range exchange.ImportKinds(v.actor.Role) {
		kinds = append(kinds, option{Value: k.ID, Label: k.Title})
	}
	fields := []field{
		f.field("kind", "导入什么", field{Kind: "select", Width: 4, Options: kinds}),
		f.field("file", "文件", field{Kind: "file", Width: 8, Hint: "xlsx，或 UTF-8、GB18030 编码的 CSV，最大 " + size(uploadBody) + "。第一行是列名，可以直接用自己的表"}),
	}
	if v.actor.SeesAll() {
		schools, err := s.exchange.Schools(v.ctx())
		if err != nil {
			return err
		}
		named := []option{{Label: "文件里有学校一列"}}
		for _, sc := range schools {
			named = append(named, option{Value: sc.ID, Label: sc.Name})
		}
		fields = append(fields, f.field("school", "学校", field{Kind: "select", Width: 6, Options: named}))
	}
	f.Action = "/import"
	f.done([]section{{Fields: fields}})
	p := &importPage{page: page{Title: "导入", Crumbs: []link{{Label: "导入"}}}, Form: *f}
	for _, k := range kinds {
		p.Templates = append(p.Templates, link{URL: "/import/template/" + k.Value, Label: k.Label + "模板"})
	}
	list, ask := readCursor(v, "/import")
	found, next, err := s.exchange.Imports(v.ctx(), v.actor, exchange.List{After: ask.After, Limit: 20})
	if err != nil {
		return err
	}
	list.pages(exchange.List{After: ask.After}, next)
	p.List = list
	for i := range found {
		b := &found[i]
		kind, _ := sheets.KindOf(b.Kind)
		p.Rows = append(p.Rows, batchRow{importURL(b.ID), kind.Title, b.File, moment(b.Created), b.By, number(b.Rows), number(b.Bad), changeWords(&b.Changes), importMark(b.State)})
	}
	return s.render(v, status, "import", p)
}

// patience is how long an answer waits for work that goes on by itself: most files are
// read in less, and then the next page shows the result at once.
const patience = 3 * time.Second

// runImport has the import's next step done, and waits for it a little.
func (s *Site) runImport(v *visit, id string) {
	done := make(chan struct{})
	s.jobs.Go("import "+id, func(ctx context.Context) error {
		defer close(done)
		return s.exchange.RunImport(ctx, id)
	})
	select {
	case <-done:
	case <-v.ctx().Done():
	case <-time.After(patience):
	}
}

// importFile keeps an uploaded sheet and has it checked.
func (s *Site) importFile(v *visit) error {
	f := newForm(v.Request.PostForm)
	file, header, err := v.Request.FormFile("file")
	if err != nil {
		f.bad.Add("file", "请选择要导入的文件")
		return s.showImport(v, http.StatusUnprocessableEntity, f)
	}
	defer func() {
		if err := errors.Join(file.Close(), v.Request.MultipartForm.RemoveAll()); err != nil {
			s.log.Warn("uploaded file not removed", "request", v.id, "error", err.Error())
		}
	}()
	b, err := s.exchange.UploadImport(v.ctx(), v.actor, exchange.ImportRequest{Kind: f.text("kind"), File: header.Filename, Body: file, School: f.text("school")})
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showImport(v, explain(err).Status, f)
	}
	s.runImport(v, b.ID)
	v.Redirect(http.StatusSeeOther, importURL(b.ID))
	return nil
}

// batchPage is one import: what it would do, or did.
type batchPage struct {
	page
	State    mark
	Facts    []fact
	Busy     bool
	Percent  float64
	Progress string
	Why      string
	Missing  string
	Changes  []countRow
	Shown    []changeRow
	More     string // changes not listed
	Problems []problemRow
	Rest     string // problems not listed
	Errors   string // address of the error workbook
	Notes    []string
	Asks     []exchange.Question // names to be settled; empty when nothing can be answered any more
	Verbs    []verbForm
	Columns  []columnRow // how each heading is read; empty when it cannot be changed any more
	Guess    bool        // the headings must be mapped before anything else
	Action   string
	Steps    []stepRow
	Bad      string // rows
	Good     bool
	ListURL  string
}

type problemRow struct{ Line, Column, What, Allowed string }

type changeRow struct {
	Line, Name, Fields string
	What               mark
}

type columnRow struct {
	Name, Header string
	Options      []option
	Unknown      bool
}

// problemsShown keeps the page short; the error workbook has all.
const problemsShown = 100

func (s *Site) importPage(v *visit) error {
	view, err := s.exchange.ImportOf(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	return s.showBatch(v, http.StatusOK, &view, "")
}

func (s *Site) showBatch(v *visit, status int, view *exchange.ImportView, why string) error {
	b := &view.Batch
	p := &batchPage{page: page{Title: "导入" + view.Kind.Title, Crumbs: []link{{URL: "/import", Label: "导入"}, {Label: b.File}}}, State: importMark(b.State),
		Busy: b.State.Busy(), Percent: float64(b.Progress) / 10, Progress: plain(b.Progress/10) + "%", Why: joinWords("。", why, b.Why), Missing: joinWords("、", b.Missing...),
		Notes: view.Notes, Action: importURL(b.ID), Bad: number(b.Bad), Good: b.Bad == 0, ListURL: listOfKind(view.Kind.ID)}
	p.Facts = []fact{{"文件", b.File}, {"内容", view.Kind.Title}, {"上传", moment(b.Created) + "，" + b.By}, {"行数", number(b.Rows) + " 行，其中 " + number(b.Bad) + " 行有错误"}, {"导入编号", b.ID}}
	if b.State != partnership.ImportReading && b.State != partnership.ImportRefused {
		p.Changes = []countRow{{"", partnership.RowNew.Words(), number(b.Changes.New)}, {"", partnership.RowChanged.Words(), number(b.Changes.Changed)},
			{"", partnership.RowGone.Words(), number(b.Changes.Gone)}, {"", partnership.RowUnchanged.Words(), number(b.Changes.Unchanged)}}
	}
	for _, c := range view.Shown {
		p.Shown = append(p.Shown, changeRow{orNumber(c.Line), c.Name, joinWords("、", c.Fields...), rosterMark(c.What)})
	}
	if n := b.Changes.Writes() - len(view.Shown); n > 0 && len(view.Shown) > 0 {
		p.More = number(n)
	}
	for i, one := range view.Problems {
		if i == problemsShown {
			p.Rest = number(len(view.Problems) - problemsShown)
			break
		}
		p.Problems = append(p.Problems, problemRow{number(one.Line), one.Column, one.What, one.Allowed})
	}
	if view.Errors {
		p.Errors = p.Action + "/errors"
	}
	p.Verbs = verbForms(p.Action, view.Verbs)
	if b.State == partnership.ImportReady || b.State == partnership.ImportRefused {
		p.Columns, p.Guess, p.Asks = columnRows(view), len(b.Missing) > 0, view.Questions
	}
	for _, st := range b.Steps {
		p.Steps = append(p.Steps, stepRow{moment(st.At), partnership.ImportState(st.To).Words(), st.Why})
	}
	return s.render(v, status, "batch", p)
}

func orNumber(n int) string {
	if n == 0 {
		return "—"
	}
	return number(n)
}

// columnRows offers, for each heading of the file, the fields it may stand for.
func columnRows(view *exchange.ImportView) []columnRow {
	var out []columnRow
	for i, c := range view.Batch.Columns {
		if c.Header == "" {
			continue
		}
		options := []option{{Value: "", Label: "没有认出，请选择"}, {Value: sheets.Ignored, Label: "不导入这一列"}}
		for _, col := range view.Kind.Columns {
			label := col.Header
			if col.Required {
				label += "（必填）"
			}
			options = append(options, option{Value: col.Field, Label: label})
		}
		out = append(out, columnRow{fmt.Sprintf("c%d", i), c.Header, choose(options, c.Field), c.Field == ""})
	}
	return out
}

// listOfKind is where the records of a kind are listed.
func listOfKind(kind string) string {
	return map[string]string{"companies": "/companies", "posts": "/posts", "cohorts": "/cohorts", "students": "/students", "graduates": "/rates", "bases": "/bases",
		"order-classes": "/order-classes", "cooperations": "/cooperations", "alliances": "/cooperations", "bookings": "/bookings", "class-members": "/order-classes", "rotations": "/rotations", "outcomes": "/graduates"}[kind]
}

func (s *Site) actImport(v *visit) error {
	verb := v.PostForm("verb")
	b, err := s.exchange.ActImport(v.ctx(), v.actor, v.Param("id"), verb)
	if err != nil {
		return err
	}
	if b.State.Busy() {
		s.runImport(v, b.ID)
	}
	switch verb {
	case "stop":
		v.flash("已按您的要求停止；已经写入的会撤回，什么也不留下")
	case "drop":
		v.flash("已放弃，没有写入任何数据")
		v.Redirect(http.StatusSeeOther, "/import")
		return nil
	case "undo":
		v.flash("已撤销，数据和导入前一样")
	}
	v.Redirect(http.StatusSeeOther, importURL(b.ID))
	return nil
}

// mapImport takes what each heading of the file means, remembers it and checks again.
func (s *Site) mapImport(v *visit) error {
	view, err := s.exchange.ImportOf(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	columns := slices.Clone(view.Batch.Columns)
	for i := range columns {
		if field, ok := v.GetPostForm(fmt.Sprintf("c%d", i)); ok {
			columns[i].Field = field
		}
	}
	b, err := s.exchange.MapImport(v.ctx(), v.actor, view.Batch.ID, columns)
	if err != nil {
		var bad partnership.Invalid
		if errors.As(err, &bad) {
			return s.showBatch(v, http.StatusUnprocessableEntity, &view, bad["columns"][0])
		}
		return err
	}
	s.runImport(v, b.ID)
	v.flash("已按您的选择重新检查；以后同样的表会自动这样认列名")
	v.Redirect(http.StatusSeeOther, importURL(b.ID))
	return nil
}

// answerImport keeps what a name means and checks the file again.
func (s *Site) answerImport(v *visit) error {
	view, err := s.exchange.ImportOf(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	a, err := s.exchange.AnswerName(v.ctx(), v.actor, v.PostForm("kind"), v.PostForm("text"), v.PostForm("value"))
	if err != nil {
		return err
	}
	b, err := s.exchange.MapImport(v.ctx(), v.actor, view.Batch.ID, view.Batch.Columns)
	if err != nil {
		return err
	}
	s.runImport(v, b.ID)
	v.flash("已记住：“" + a.Text + "”就是" + a.Words + "。已重新检查")
	v.Redirect(http.StatusSeeOther, importURL(b.ID))
	return nil
}

// importErrors sends the error workbook.
func (s *Site) importErrors(v *visit) error {
	view, err := s.exchange.ImportOf(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	if !view.Errors {
		return partnership.Refuse(partnership.ErrNotFound, "这次导入没有错误表可以下载")
	}
	if err := download(v, sheets.XLSX, view.Kind.ID+"-errors", view.Kind.Title+"有错误的行"); err != nil {
		return err
	}
	v.Header("Content-Type", sheets.XLSX.ContentType())
	if err := s.exchange.ImportErrors(v.ctx(), v.actor, view.Batch.ID, v.Writer); err != nil {
		return s.cutOff(v, err)
	}
	return nil
}

// importTemplate sends the empty sheet of a kind, with drop-down lists and an example row.
func (s *Site) importTemplate(v *visit) error {
	kinds := exchange.ImportKinds(v.actor.Role)
	at := slices.IndexFunc(kinds, func(k sheets.Kind) bool { return k.ID == v.Param("kind") })
	if at < 0 {
		return partnership.ErrNotFound
	}
	kind := kinds[at]
	lists, err := s.exchange.TemplateLists(v.ctx(), v.actor, kind)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := sheets.Template(&b, kind, lists); err != nil {
		return err
	}
	attach(v, sheets.XLSX, kind.ID+"-template", kind.Title+"导入模板")
	v.Data(http.StatusOK, sheets.XLSX.ContentType(), b.Bytes())
	return nil
}

// download notes in the audit trail that the list is taken away, and names the file.
func download(v *visit, format sheets.Format, plainName, name string) error {
	if err := v.site.exchange.Note(v.ctx(), "export", plainName, v.Param("id")); err != nil {
		return err
	}
	attach(v, format, plainName, name)
	return nil
}

// attach names the file that a browser saves: plain for old ones, Chinese for the rest.
func attach(v *visit, format sheets.Format, plainName, name string) {
	v.Header("Content-Disposition", `attachment; filename="`+plainName+format.Ext()+`"; filename*=UTF-8''`+url.PathEscape(name+format.Ext()))
}
