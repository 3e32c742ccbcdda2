package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

type importPage struct {
	page
	Form      form
	Templates []link
	Report    *importReport
}

type importReport struct {
	File, Rows, Bad, Written string
	Nothing                  bool // nothing was written
	Problems                 []problemRow
	More                     string // how many problems are not shown
	Duplicates               []string
}

type problemRow struct{ Line, Column, What, Allowed string }

// problemsShown keeps the report page short; the count of the rest is said.
const problemsShown = 200

// importKinds are what each role may import, as exchange.Import decides.
func importKinds(role partnership.Role) []option {
	all := []struct {
		option
		roles []partnership.Role
	}{
		{option{Value: "companies", Label: "企业"}, overseers},
		{option{Value: "posts", Label: "岗位"}, []partnership.Role{partnership.RoleCompany, partnership.RoleDistrict, partnership.RoleOperator}},
		{option{Value: "cohorts", Label: "班级批次"}, []partnership.Role{partnership.RoleSchool, partnership.RoleOperator}},
		{option{Value: "students", Label: "学生名册"}, schools},
		{option{Value: "graduates", Label: "毕业去向"}, schoolSide},
	}
	var out []option
	for _, k := range all {
		if slices.Contains(k.roles, role) {
			out = append(out, k.option)
		}
	}
	return out
}

func (s *Site) importForm(v *visit) error {
	return s.showImport(v, http.StatusOK, newForm(v.Request.URL.Query()), nil)
}

func (s *Site) showImport(v *visit, status int, f *form, report *importReport) error {
	kinds := importKinds(v.actor.Role)
	fields := []field{
		f.field("kind", "导入什么", field{Kind: "select", Width: 4, Options: kinds}),
		f.field("file", "文件", field{Kind: "file", Width: 8, Hint: "xlsx，或 UTF-8、GB18030 编码的 CSV，最大 20 MB。第一行是列名，可用中文或英文"}),
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
	fields = append(fields, f.field("partial", "有错误时，仍写入没有错误的行", field{Kind: "check", Width: 12}))
	f.Action = "/import"
	f.done([]section{{Fields: fields}})
	p := &importPage{page: page{Title: "导入", Crumbs: []link{{Label: "导入"}}}, Form: *f, Report: report}
	for _, k := range kinds {
		p.Templates = append(p.Templates, link{URL: "/import/template/" + k.Value, Label: k.Label + "模板"})
	}
	return s.render(v, status, "import", p)
}

// importFile takes one sheet in and reports every bad row.
func (s *Site) importFile(v *visit) error {
	f := newForm(v.Request.PostForm)
	file, header, err := v.Request.FormFile("file")
	if err != nil {
		f.bad.Add("file", "请选择要导入的文件")
		return s.showImport(v, http.StatusUnprocessableEntity, f, nil)
	}
	defer func() {
		if err := errors.Join(file.Close(), v.Request.MultipartForm.RemoveAll()); err != nil {
			s.log.Warn("uploaded file not removed", "request", v.id, "error", err.Error())
		}
	}()
	r, err := s.exchange.Import(v.ctx(), v.actor, exchange.ImportRequest{Kind: f.text("kind"), File: header.Filename, Body: file, Partial: f.on("partial"), School: f.text("school")})
	if err != nil {
		var problem sheets.Problem
		switch {
		case f.refused(err, nil):
		case errors.As(err, &problem):
			f.bad.Add("file", "%s", problem.String())
		default:
			return err
		}
		return s.showImport(v, http.StatusUnprocessableEntity, f, nil)
	}
	report := &importReport{File: header.Filename, Rows: number(r.Rows), Bad: number(r.BadRows), Written: number(r.Written), Nothing: r.Written == 0, Duplicates: r.Duplicates}
	for i, p := range r.Problems {
		if i == problemsShown {
			report.More = number(len(r.Problems) - problemsShown)
			break
		}
		report.Problems = append(report.Problems, problemRow{number(p.Line), p.Column, p.What, p.Allowed})
	}
	status := http.StatusOK
	if len(r.Problems) > 0 && r.Written == 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.showImport(v, status, f, report)
}

// importTemplate sends the empty sheet of a kind, with drop-down lists and an example row.
func (s *Site) importTemplate(v *visit) error {
	kind, ok := sheets.KindOf(v.Param("kind"))
	if !ok || !slices.ContainsFunc(importKinds(v.actor.Role), func(o option) bool { return o.Value == kind.ID }) {
		return partnership.ErrNotFound
	}
	var b bytes.Buffer
	if err := sheets.Template(&b, kind, nil); err != nil {
		return err
	}
	download(v, sheets.XLSX, kind.ID+"-template", kind.Title+"导入模板")
	v.Data(http.StatusOK, sheets.XLSX.ContentType(), b.Bytes())
	return nil
}

// download names the file that a browser saves: plain for old ones, Chinese for the rest.
func download(v *visit, format sheets.Format, plainName, name string) {
	v.Header("Content-Disposition", `attachment; filename="`+plainName+format.Ext()+`"; filename*=UTF-8''`+url.PathEscape(name+format.Ext()))
}
