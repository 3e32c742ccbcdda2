package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// ImportRequest is one file to take in.
type ImportRequest struct {
	Kind    string // companies, posts, cohorts, students, graduates
	File    string // its name, for the messages and the format
	Body    io.Reader
	Partial bool   // write the good rows although some are bad
	School  string // whose rows these are, where the file has no school column
	Mapping map[string]string
}

// ImportReport says what an import found and did.
type ImportReport struct {
	Batch      string
	Rows       int
	BadRows    int
	Written    int
	Problems   []sheets.Problem
	Duplicates []string   // companies that may be one, each a sentence with what to do
	Pairs      []Twin     // the same pairs as records, to be answered
	Questions  []Question // names that are near something; answered, the rows go through
	Understood []string   // names read by an earlier answer, each a sentence
	Roster     RosterChanges
}

// intake turns good rows into documents; flush writes them once the whole file is read.
type intake interface {
	row(ctx context.Context, r sheets.Row, problem func(field, what, allowed string)) error
	flush(ctx context.Context, report *ImportReport) error
}

// Import reads a table row by row. Every bad cell becomes a Problem naming file, line,
// column, what is wrong and what is allowed; unless Partial is set, one bad row means
// that nothing is written.
func (x *Exchange) Import(ctx context.Context, actor partnership.Actor, req ImportRequest) (ImportReport, error) {
	var report ImportReport
	kind, ok := sheets.KindOf(req.Kind)
	if !ok {
		return report, partnership.Refuse(partnership.ErrNotFound, "不能导入“%s”，可导入：企业、岗位、班级批次、学生名册、毕业去向", req.Kind)
	}
	if actor.Role == partnership.RoleSchool {
		req.School = actor.Party
	}
	names, err := x.importNames(ctx, actor)
	if err != nil {
		return report, err
	}
	in, err := x.intakeOf(ctx, names, kind.ID, req)
	if err != nil {
		return report, err
	}
	im, err := sheets.NewImport(req.Body, filepath.Base(req.File), kind, sheets.Options{Lookups: names.lookups(), Mapping: req.Mapping})
	if err != nil {
		var heading *sheets.HeadingError
		if errors.As(err, &heading) {
			report.Problems = heading.Problems
			return report, nil
		}
		return report, err
	}
	defer func() { err = errors.Join(err, im.Close()) }()
	for line := range im.Lines() {
		problems := slices.Clone(line.Problems)
		if len(problems) == 0 {
			err := in.row(ctx, line.Row, func(field, what, allowed string) {
				problems = append(problems, sheets.Problem{File: filepath.Base(req.File), Line: line.Row.Line, Column: headerOf(kind, im, field), What: what, Allowed: allowed})
			})
			if err != nil {
				return report, err
			}
		}
		if len(problems) > 0 {
			report.BadRows++
			report.Problems = append(report.Problems, problems...)
		}
	}
	report.Rows, report.Questions, report.Understood = im.Rows(), names.questions, names.understood
	if err := im.Err(); err != nil {
		return report, err
	}
	if report.BadRows > 0 && !req.Partial {
		return report, nil
	}
	return report, x.commit(ctx, actor, req, in, &report)
}

// commit writes the good rows under a batch record that says so.
func (x *Exchange) commit(ctx context.Context, actor partnership.Actor, req ImportRequest, in intake, report *ImportReport) error {
	batch := partnership.ImportBatch{Kind: req.Kind, File: filepath.Base(req.File), By: actor.Account, Rows: report.Rows, Bad: report.BadRows, State: "writing"}
	batch.ID = x.newID()
	report.Batch = batch.ID
	if err := x.imports.Insert(ctx, &batch); err != nil {
		return fmt.Errorf("import batch: %w", err)
	}
	if err := in.flush(ctx, report); err != nil {
		return fmt.Errorf("import %s: %w", req.Kind, err)
	}
	_, err := x.imports.Edit(ctx, batch.ID, func(b *partnership.ImportBatch) error { b.State = "committed"; return nil })
	return err
}

// headerOf is the heading of a field as the file wrote it, else its Chinese name.
func headerOf(kind sheets.Kind, im *sheets.Import, field string) string {
	for i, f := range im.Binding.Fields {
		if f == field {
			return im.Binding.Headers[i]
		}
	}
	if c, ok := kind.Column(field); ok {
		return c.Header
	}
	return field
}

func (x *Exchange) intakeOf(ctx context.Context, names *importNames, kind string, req ImportRequest) (intake, error) {
	actor := names.actor
	allowed := map[string][]partnership.Role{
		"companies": {partnership.RoleDistrict, partnership.RoleOperator},
		"posts":     {partnership.RoleCompany, partnership.RoleDistrict, partnership.RoleOperator},
		"cohorts":   {partnership.RoleSchool, partnership.RoleOperator},
		"students":  {partnership.RoleSchool, partnership.RoleOperator},
		"graduates": {partnership.RoleSchool, partnership.RoleDistrict, partnership.RoleOperator},
	}
	roles, ok := allowed[kind]
	if !ok {
		return nil, partnership.Refuse(partnership.ErrNotFound, "暂时不能导入“%s”，可导入：%v", req.Kind, slices.Sorted(maps.Keys(allowed)))
	}
	if !slices.Contains(roles, actor.Role) {
		return nil, partnership.Refuse(partnership.ErrForbidden, "您的账号不能导入这类数据")
	}
	switch kind {
	case "companies":
		return x.newCompanyIntake(ctx)
	case "posts":
		return &postIntake{x: x, names: names}, nil
	case "cohorts":
		return &cohortIntake{x: x, names: names, school: req.School}, nil
	case "students":
		return x.newStudentIntake(names, req.School)
	}
	return &graduateIntake{x: x, names: names, school: req.School}, nil
}

// companyIntake registers companies as pending; a spelling of a known company joins it.
type companyIntake struct {
	x      *Exchange
	known  []partnership.Company
	fresh  []partnership.Company
	joined map[string][]string // known id -> new spellings
	pairs  []Twin
	notes  []string
}

func (x *Exchange) newCompanyIntake(ctx context.Context) (intake, error) {
	known, err := x.companies.All(ctx, store.Query{})
	return &companyIntake{x: x, known: known, joined: map[string][]string{}}, err
}

func (in *companyIntake) row(_ context.Context, r sheets.Row, problem func(field, what, allowed string)) error {
	c := partnership.Company{Name: r.Text("name"), CreditCode: r.Text("credit_code"), Spellings: r.Texts("spellings"), Region: r.Text("region"),
		Address: r.Text("address"), Industry: r.Text("industry"), Staff: r.Count("staff_on_post"), StaffAsOf: r.Text("staff_date"),
		StaffProof: r.Text("staff_evidence"), Contact: r.Text("contact"), State: partnership.CompanyPending}
	if r.Bool("dishonest") {
		c.Blocked = "在失信或经营异常名单"
	}
	if c.Region == "" {
		c.Region = defaultRegion
	}
	if err := in.x.checkCompany(&c); err != nil {
		for field, sentences := range invalidFields(err) {
			problem(field, sentences[0], "按提示改正")
		}
		return nil
	}
	for _, list := range [][]partnership.Company{in.known, in.fresh} {
		for i := range list {
			if in.same(&list[i], &c, r.Line, problem) {
				return nil
			}
		}
	}
	c.ID = in.x.newID()
	for _, list := range [][]partnership.Company{in.known, in.fresh} {
		for i := range list {
			in.maybeSame(&list[i], &c, r.Line)
		}
	}
	in.fresh = append(in.fresh, c)
	return nil
}

// same joins c to a company that is certainly the same; it reports whether it did, so
// that c needs no record of its own.
func (in *companyIntake) same(old, c *partnership.Company, line int, problem func(field, what, allowed string)) bool {
	if old.MergedInto != "" { // the record it went into knows its names
		return false
	}
	sameCode := c.CreditCode != "" && c.CreditCode == old.CreditCode
	known := c.NameKey == old.NameKey || slices.ContainsFunc(old.Spellings, func(s string) bool { return partnership.NameKey(s) == c.NameKey })
	if !sameCode && !known {
		return false
	}
	if c.CreditCode != "" && old.CreditCode != "" && !sameCode {
		problem("credit_code", fmt.Sprintf("与已有的“%s”同名，但统一社会信用代码不同", old.Name), "核对后只保留正确的代码")
		return true
	}
	if c.Name != old.Name && !slices.Contains(old.Spellings, c.Name) {
		in.joined[old.ID] = append(in.joined[old.ID], c.Name)
		in.notes = append(in.notes, fmt.Sprintf("第 %d 行“%s”与“%s”是同一家企业（只是写法不同），已并为一家", line, c.Name, old.Name))
	}
	return true
}

// maybeSame notes a company that may be the same, to be asked about.
func (in *companyIntake) maybeSame(old, c *partnership.Company, line int) {
	if old.MergedInto != "" {
		return
	}
	if score, why := partnership.SameCompany(c.Name, old.Name); score >= partnership.Likely {
		in.notes = append(in.notes, fmt.Sprintf("第 %d 行“%s”可能与“%s”是同一家企业（%s），请在企业页面核对后合并", line, c.Name, old.Name, why))
		in.pairs = append(in.pairs, Twin{Keep: old.ID, KeepName: old.Name, Other: c.ID, OtherName: c.Name, Why: why})
	}
}

func (in *companyIntake) flush(ctx context.Context, report *ImportReport) error {
	for i := range in.fresh {
		in.fresh[i].Spellings = append(in.fresh[i].Spellings, in.joined[in.fresh[i].ID]...)
		delete(in.joined, in.fresh[i].ID)
	}
	if err := in.x.companies.InsertMany(ctx, in.fresh); err != nil {
		return err
	}
	for id, names := range in.joined {
		if _, err := in.x.companies.Edit(ctx, id, func(c *partnership.Company) error {
			for _, n := range names {
				if !slices.Contains(c.Spellings, n) {
					c.Spellings = append(c.Spellings, n)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	for i := range in.fresh {
		if err := in.x.put(ctx, in.x.companyDocument(&in.fresh[i])); err != nil {
			return err
		}
	}
	report.Written = len(in.fresh) + len(in.joined)
	report.Duplicates, report.Pairs = in.notes, in.pairs
	return nil
}

func invalidFields(err error) partnership.Invalid {
	var bad partnership.Invalid
	if errors.As(err, &bad) {
		return bad
	}
	return partnership.Invalid{"": {err.Error()}}
}
