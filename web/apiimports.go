package web

import (
	"bytes"
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// uploadJSON is the limit of an upload inside JSON, whose base64 makes it a third longer.
const uploadJSON = uploadBody/3*4 + smallBody

// importOperations are the imports in the API: the same steps as on the pages.
func (s *Site) importOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/imports", id: "list-imports", summary: "导入批次，新的在前", roles: everyRole, add: serves(s.apiImports)},
		{method: post, path: "/imports", id: "upload-import", summary: "上传一个表并检查；检查不写入任何数据", roles: everyRole, add: serves(s.apiUpload), limit: uploadJSON},
		{method: get, path: "/imports/{id}", id: "get-import", summary: "一次导入：进度、变化、错误", roles: everyRole, add: serves(s.apiImport)},
		{method: post, path: "/imports/{id}/columns", id: "map-import", summary: "指明文件的每一列当作什么，记住并重新检查", roles: everyRole, add: serves(s.apiMapImport)},
		{method: post, path: "/imports/{id}/act", id: "act-import", summary: "写入、只写入没有错误的行、停止、放弃或撤销", roles: everyRole, add: serves(s.apiActImport)},
	}
}

type importDoc struct {
	ID        string                 `json:"id"`
	Kind      string                 `json:"kind"`
	File      string                 `json:"file"`
	State     string                 `json:"state" doc:"reading 正在检查 | ready 待确认 | refused 不能读取 | writing 正在写入 | committed 已写入 | undoing | undone 已撤销 | dropped 已放弃"`
	Progress  int                    `json:"progress" doc:"进行中的千分数"`
	Rows      int                    `json:"rows"`
	Bad       int                    `json:"bad" doc:"有错误的行"`
	Changes   partnership.RowChanges `json:"changes"`
	Why       string                 `json:"why" doc:"不能读取的原因"`
	Columns   []columnDoc            `json:"columns"`
	Missing   []string               `json:"missing" doc:"缺少的必填列"`
	Problems  []problemDoc           `json:"problems"`
	Shown     []shownDoc             `json:"shown" doc:"前若干条变化"`
	Notes     []string               `json:"notes"`
	Verbs     []string               `json:"verbs" doc:"现在可以做的"`
	ErrorBook string                 `json:"error_book" doc:"错误表的地址；空为没有"`
}

type columnDoc struct {
	Header string `json:"header" maxLength:"200"`
	Field  string `json:"field" maxLength:"40" doc:"空为没有认出，- 为不导入"`
}

type problemDoc struct {
	Line    int    `json:"line"`
	Column  string `json:"column"`
	What    string `json:"what"`
	Allowed string `json:"allowed"`
}

type shownDoc struct {
	Line   int      `json:"line"`
	What   string   `json:"what"`
	Name   string   `json:"name"`
	Fields []string `json:"fields"`
}

func importDocOf(b *partnership.ImportBatch) importDoc {
	d := importDoc{ID: b.ID, Kind: b.Kind, File: b.File, State: string(b.State), Progress: b.Progress, Rows: b.Rows, Bad: b.Bad, Changes: b.Changes, Why: b.Why,
		Columns: []columnDoc{}, Missing: list(b.Missing), Problems: []problemDoc{}, Shown: []shownDoc{}, Notes: []string{}, Verbs: []string{}}
	for _, c := range b.Columns {
		d.Columns = append(d.Columns, columnDoc{c.Header, c.Field})
	}
	return d
}

func (s *Site) importDocNow(ctx context.Context, v *visit, id string) (*one[importDoc], error) {
	view, err := s.exchange.ImportOf(ctx, v.actor, id)
	if err != nil {
		return nil, err
	}
	d := importDocOf(&view.Batch)
	for _, p := range view.Problems {
		d.Problems = append(d.Problems, problemDoc{p.Line, p.Column, p.What, p.Allowed})
	}
	for _, c := range view.Shown {
		d.Shown = append(d.Shown, shownDoc{c.Line, string(c.What), c.Name, list(c.Fields)})
	}
	for _, verb := range view.Verbs {
		d.Verbs = append(d.Verbs, verb.Key)
	}
	d.Notes = append(d.Notes, view.Notes...)
	if view.Errors {
		d.ErrorBook = importURL(id) + "/errors"
	}
	return &one[importDoc]{d}, nil
}

func (s *Site) apiImports(ctx context.Context, v *visit, in *Paging) (*pageOfDocs[importDoc], error) {
	found, next, err := s.exchange.Imports(ctx, v.actor, exchange.List{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, importDocOf), nil
}

type uploadAsk struct {
	Body struct {
		Kind    string `json:"kind" maxLength:"40" doc:"companies | posts | cohorts | students | graduates | bases | order-classes"`
		File    string `json:"file" minLength:"1" maxLength:"200" doc:"文件名，以 .xlsx 或 .csv 结尾"`
		Content []byte `json:"content" doc:"文件内容，base64"`
		School  string `json:"school,omitempty" maxLength:"200" doc:"表里没有学校一列时的学校编号"`
	}
}

func (s *Site) apiUpload(ctx context.Context, v *visit, in *uploadAsk) (*one[importDoc], error) {
	b, err := s.exchange.UploadImport(ctx, v.actor, exchange.ImportRequest{Kind: in.Body.Kind, File: in.Body.File, Body: bytes.NewReader(in.Body.Content), School: in.Body.School})
	if err != nil {
		return nil, err
	}
	s.runImport(v, b.ID)
	return s.importDocNow(ctx, v, b.ID)
}

func (s *Site) apiImport(ctx context.Context, v *visit, in *byID) (*one[importDoc], error) {
	return s.importDocNow(ctx, v, in.ID)
}

type mapAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Columns []columnDoc `json:"columns" maxItems:"300"`
	}
}

func (s *Site) apiMapImport(ctx context.Context, v *visit, in *mapAsk) (*one[importDoc], error) {
	columns := make([]partnership.ColumnUse, len(in.Body.Columns))
	for i, c := range in.Body.Columns {
		columns[i] = partnership.ColumnUse{Header: c.Header, Field: c.Field}
	}
	if _, err := s.exchange.MapImport(ctx, v.actor, in.ID, columns); err != nil {
		return nil, err
	}
	s.runImport(v, in.ID)
	return s.importDocNow(ctx, v, in.ID)
}

type actImportAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"write,write-good,stop,drop,undo"`
	}
}

func (s *Site) apiActImport(ctx context.Context, v *visit, in *actImportAsk) (*one[importDoc], error) {
	b, err := s.exchange.ActImport(ctx, v.actor, in.ID, in.Body.Verb)
	if err != nil {
		return nil, err
	}
	if b.State.Busy() {
		s.runImport(v, b.ID)
	}
	return s.importDocNow(ctx, v, in.ID)
}
