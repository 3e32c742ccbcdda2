package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates/audit"
	"sunmao/services/sheets"
)

// auditPage asks for the tables of a report and shows what does not add up in them.
// Nothing of the files is kept: what a download needs goes along in its own form.
type auditPage struct {
	page
	Form     form
	Kinds    []auditKind
	Checked  string // how many tables were read; empty before
	Files    string
	Findings []faultRow
	Counts   []countRow // findings by kind, worst first
	Body     string     // the findings, for a download
	Formats  []option
	More     string // findings that are in the download only
}

type auditKind struct{ Name, Means string }

// faultRow is one finding with its kind in words.
type faultRow struct {
	audit.Finding
	Name string
}

// findingsShown keeps the page short; the download has all.
const findingsShown = 300

func (s *Site) auditForm(v *visit) error {
	return s.showAudit(v, http.StatusOK, newForm(nil), &auditPage{})
}

func (s *Site) showAudit(v *visit, status int, f *form, p *auditPage) error {
	f.Action = "/audit"
	f.done([]section{{Fields: []field{f.field("files", "公布的表格", field{Kind: "file", Width: 12,
		Hint: "把文件拖到这里，或点按钮选择；可以一次选几个。Excel（.xlsx）、CSV，正文可存为 .txt，合计最大 " + size(uploadBody) + "。同一份报告的各表一起核对，才能互相比对。文件只在内存里核对，不保存"})}}})
	p.page = page{Title: "核对公布的数据", Crumbs: []link{{URL: "/rates", Label: "就业指标"}, {Label: "核对公布的数据"}}}
	p.Form, p.Formats = *f, exportFormats()
	for _, k := range audit.Kinds() {
		p.Kinds = append(p.Kinds, auditKind{k.Name, k.Means})
	}
	return s.render(v, status, "audit", p)
}

// audit reads the files sent and answers with what it found in them.
func (s *Site) audit(v *visit) error {
	f := newForm(nil)
	var parts []*multipart.FileHeader
	if m := v.Request.MultipartForm; m != nil {
		parts = m.File["files"]
		defer func() {
			if err := m.RemoveAll(); err != nil {
				s.log.Warn("uploaded file not removed", "request", v.id, "error", err.Error())
			}
		}()
	}
	var names []string
	var all []audit.Sheet
	for _, part := range parts {
		names = append(names, part.Filename)
		read, err := publishedPart(part, len(parts) > 1)
		if err != nil {
			f.bad.Add("files", "“%s”：%v", part.Filename, err)
		}
		all = append(all, read...)
	}
	if len(parts) == 0 {
		f.bad.Add("files", "请选择要核对的文件")
	}
	if len(f.bad) > 0 {
		return s.showAudit(v, http.StatusUnprocessableEntity, f, &auditPage{})
	}
	p, err := auditResult(audit.Run(all))
	if err != nil {
		return err
	}
	p.Checked, p.Files = number(len(all)), joinWords("、", names...)
	return s.showAudit(v, http.StatusOK, f, p)
}

func publishedPart(part *multipart.FileHeader, many bool) ([]audit.Sheet, error) {
	file, err := part.Open()
	if err != nil {
		return nil, err
	}
	read, err := exchange.PublishedSheets(file, part.Filename, many)
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	return read, err
}

// auditResult lays findings out for a page.
func auditResult(found []audit.Finding) (*auditPage, error) {
	p := &auditPage{}
	if len(found) == 0 {
		return p, nil
	}
	body, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	p.Body = string(body)
	n := map[audit.Kind]int{}
	for i, one := range found {
		n[one.Kind]++
		if i < findingsShown {
			p.Findings = append(p.Findings, faultRow{one, one.Kind.Name()})
		}
	}
	if rest := len(found) - findingsShown; rest > 0 {
		p.More = number(rest)
	}
	for _, k := range audit.Kinds() {
		if n[k.Kind] > 0 {
			p.Counts = append(p.Counts, countRow{"", k.Name, number(n[k.Kind])})
		}
	}
	return p, nil
}

// saveFindings sends the findings that the page carried as a file. They come from the
// form, so they are checked like any input and written as text.
func (s *Site) saveFindings(v *visit) error {
	f := v.Request.PostForm
	format, err := sheets.ParseFormat(f.Get("format"))
	if err != nil {
		return partnership.Invalid{"format": {"导出格式可选 xlsx、csv 或 gb18030"}}
	}
	var found []audit.Finding
	d := json.NewDecoder(bytes.NewReader([]byte(f.Get("findings"))))
	d.DisallowUnknownFields()
	if err := d.Decode(&found); err != nil {
		return partnership.Invalid{"findings": {"核对结果没有完整送达，请返回重新核对"}}
	}
	return s.sendFindings(v, format, found)
}

func (s *Site) sendFindings(v *visit, format sheets.Format, found []audit.Finding) error {
	v.Header("Content-Type", format.ContentType())
	download(v, format, "findings", "对不上的数")
	w, err := sheets.NewListWriter(v.Writer, format, "对不上的数", audit.Columns())
	if err != nil {
		return err
	}
	for i := range found {
		row := make([]any, 0, 7)
		for _, text := range found[i].Texts() {
			row = append(row, text)
		}
		if err := w.Write(row); err != nil {
			return s.cutOff(v, err)
		}
	}
	if err := w.Close(); err != nil {
		return s.cutOff(v, err)
	}
	return nil
}

type auditAsk struct {
	Body struct {
		Files []publishedFile `json:"files" minItems:"1" maxItems:"50" doc:"同一份报告的各表一起给，才能互相核对"`
	}
}

type publishedFile struct {
	Name    string `json:"name" minLength:"5" maxLength:"200" doc:"文件名，以 .csv、.xlsx 或 .txt 结尾"`
	Content []byte `json:"content" doc:"文件内容，base64"`
}

type findingsDoc struct {
	Tables   int             `json:"tables" doc:"读到几张表"`
	Findings []audit.Finding `json:"findings" doc:"最严重的在前"`
}

func (s *Site) apiAudit(_ context.Context, _ *visit, in *auditAsk) (*one[findingsDoc], error) {
	var all []audit.Sheet
	bad := partnership.Invalid{}
	for _, f := range in.Body.Files {
		read, err := exchange.PublishedSheets(io.Reader(bytes.NewReader(f.Content)), f.Name, len(in.Body.Files) > 1)
		if err != nil {
			bad.Add("files", "“%s”：%v", f.Name, err)
		}
		all = append(all, read...)
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return &one[findingsDoc]{findingsDoc{len(all), append([]audit.Finding{}, audit.Run(all)...)}}, nil
}
