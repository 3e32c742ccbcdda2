package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"sunmao/jobs"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates/audit"
	"sunmao/services/sheets"
)

// auditPage asks for the tables of a report and shows what does not add up in them.
// The files are not kept; what was found in them is, for a week, and for this person only.
type auditPage struct {
	page
	Form     form
	Kinds    []auditKind
	Checked  string // how many tables were read; empty before
	Files    string
	Findings []faultRow
	Counts   []countRow // findings by kind, worst first
	Work     string     // names the findings, for a download
	At       string     // when it was checked
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

// auditFound is what is kept of a check.
type auditFound struct {
	Files    string
	Tables   int
	Findings []audit.Finding
}

const auditPath = "/audit"

func auditOutcome(at string, found auditFound) jobs.Outcome {
	said := "没有发现对不上的数"
	if n := len(found.Findings); n > 0 {
		said = "有 " + number(n) + " 处对不上"
	}
	return jobs.Outcome{Words: "核对了 " + number(found.Tables) + " 张表，" + said, URL: at, Found: found}
}

func (s *Site) auditForm(v *visit) error {
	var found auditFound
	at, err := s.found(v, &found, auditPath)
	if err != nil {
		return err
	}
	p := auditResult(found.Findings)
	if at != "" {
		p.At, p.Checked, p.Files, p.Work = at, number(found.Tables), found.Files, v.Query("work")
	}
	return s.showAudit(v, http.StatusOK, newForm(nil), p)
}

func (s *Site) showAudit(v *visit, status int, f *form, p *auditPage) error {
	f.Action = auditPath
	f.done([]section{{Fields: []field{f.field("files", "公布的表格", field{Kind: "file", Width: 12,
		Hint: "把文件拖到这里，或点按钮选择；可以一次选几个。Excel（.xlsx）、CSV，正文可存为 .txt，合计最大 " + size(uploadBody) + "。同一份报告的各表一起核对，才能互相比对。文件核对完就丢掉，不保存；对不上的数保留七天，只有您看得到"})}}})
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
	if len(parts) == 0 {
		f.bad.Add("files", "请选择要核对的文件")
		return s.showAudit(v, http.StatusUnprocessableEntity, f, &auditPage{})
	}
	files, err := published(parts) // the parts are gone with the request
	if err != nil {
		return err
	}
	err = s.work(v, "核对公布的数据", func(ctx context.Context) (jobs.Outcome, error) {
		all, err := readPublished(ctx, files)
		if err != nil {
			return jobs.Outcome{}, err
		}
		found, err := audit.Run(ctx, all)
		names := make([]string, len(files))
		for i := range files {
			names[i] = files[i].Name
		}
		return auditOutcome(auditPath, auditFound{joinWords("、", names...), len(all), found}), err
	})
	if err != nil && f.refused(err, nil) {
		return s.showAudit(v, explain(err).Status, f, &auditPage{})
	}
	return err
}

func published(parts []*multipart.FileHeader) ([]publishedFile, error) {
	var out []publishedFile
	for _, part := range parts {
		file, err := part.Open()
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		out = append(out, publishedFile{part.Filename, content})
	}
	return out, nil
}

// readPublished reads the tables of all files. The error names every file that cannot be read.
func readPublished(ctx context.Context, files []publishedFile) ([]audit.Sheet, error) {
	var all []audit.Sheet
	bad := partnership.Invalid{}
	for _, f := range files {
		if err := partnership.Tell(ctx, "读取“"+f.Name+"”", 0); err != nil {
			return nil, err
		}
		read, err := exchange.PublishedSheets(bytes.NewReader(f.Content), f.Name, len(files) > 1)
		if err != nil {
			bad.Add("files", "“%s”：%v", f.Name, err)
		}
		all = append(all, read...)
	}
	return all, bad.Err()
}

// auditResult lays findings out for a page.
func auditResult(found []audit.Finding) *auditPage {
	p := &auditPage{}
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
	return p
}

// saveFindings sends what a check found as a file.
func (s *Site) saveFindings(v *visit) error {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return partnership.Invalid{"format": {"导出格式可选 xlsx、csv 或 gb18030"}}
	}
	var found auditFound
	at, err := s.found(v, &found, auditPath, reportCheckPath)
	if err != nil {
		return err
	}
	if at == "" {
		return partnership.Refuse(partnership.ErrNotFound, "没有指明是哪一次核对。请回到核对结果页下载")
	}
	return s.sendFindings(v, format, found.Findings)
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

func (s *Site) apiAudit(ctx context.Context, _ *visit, in *auditAsk) (*one[findingsDoc], error) {
	all, err := readPublished(ctx, in.Body.Files)
	if err != nil {
		return nil, err
	}
	found, err := audit.Run(ctx, all)
	if err != nil {
		return nil, err
	}
	return &one[findingsDoc]{findingsDoc{len(all), append([]audit.Finding{}, found...)}}, nil
}
