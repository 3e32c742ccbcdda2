package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// ImportRequest is one file to take in.
type ImportRequest struct {
	Kind     string // companies, posts, cohorts, students, graduates, bases, order-classes, cooperations, alliances, bookings, class-members, rotations, choices, outcomes
	File     string // its name, for the messages and the format
	Body     io.ReadSeeker
	Partial  bool   // write the good rows although some are bad
	School   string // whose rows these are, where the file has no school column
	Mapping  map[string]string
	Progress func(stage string, share float64) // how far it is; may be nil
}

// ImportReport says what an import found and did.
type ImportReport struct {
	Batch      string
	Rows       int
	BadRows    int
	Written    int // records made or changed
	Problems   []sheets.Problem
	Unread     []string   // headings that are no column of ours: what stands below them is not taken
	Duplicates []string   // companies that may be one, each a sentence with what to do
	Pairs      []Twin     // the same pairs as records, to be answered
	Lost       string     // rows that turned out bad only while they were written, in words
	Questions  []Question // names that are near something; answered, the rows go through
	Understood []string   // names read by an earlier answer, each a sentence
	Changes    partnership.RowChanges
	Shown      []ShownChange // the first of them
}

// ShownChange is what one row would change, for people.
type ShownChange struct {
	Line   int                   `json:"line,omitempty"`
	What   partnership.RowChange `json:"what"`
	Name   string                `json:"name"`
	Fields []string              `json:"fields,omitempty"`
}

// How much of a report is kept in words; the counts tell the rest, the error workbook all.
const (
	problemsKept = 1000
	changesShown = 200
)

// count adds a run to the report.
func (r *ImportReport) count(lines []sheets.Line, changes []change) {
	for i := range lines {
		if len(lines[i].Problems) > 0 {
			r.BadRows++
			if len(r.Problems) < problemsKept {
				r.Problems = append(r.Problems, lines[i].Problems...)
			}
		}
	}
	for i := range changes {
		c := &changes[i]
		if lines == nil && c.what != partnership.RowGone {
			continue // sums that follow from the rows
		}
		r.Changes.Add(c.what)
		if c.what != partnership.RowUnchanged && len(r.Shown) < changesShown {
			s := ShownChange{What: c.what, Name: c.name, Fields: c.fields}
			if lines != nil {
				s.Line = lines[c.row].Row.Line
			}
			r.Shown = append(r.Shown, s)
		}
	}
}

// importRoles says who may import what.
var importRoles = map[string][]partnership.Role{
	"companies":     {partnership.RoleDistrict, partnership.RoleOperator},
	"posts":         {partnership.RoleCompany, partnership.RoleDistrict, partnership.RoleOperator},
	"cohorts":       {partnership.RoleSchool, partnership.RoleOperator},
	"students":      {partnership.RoleSchool, partnership.RoleOperator},
	"graduates":     {partnership.RoleSchool, partnership.RoleDistrict, partnership.RoleOperator},
	"bases":         {partnership.RoleSchool, partnership.RoleCompany, partnership.RoleDistrict, partnership.RoleOperator},
	"choices":       {partnership.RoleSchool},
	"outcomes":      {partnership.RoleSchool},
	"cooperations":  {partnership.RoleSchool},
	"alliances":     {partnership.RoleSchool},
	"bookings":      {partnership.RoleSchool},
	"class-members": {partnership.RoleSchool},
	"rotations":     {partnership.RoleSchool},
	"order-classes": {partnership.RoleSchool, partnership.RoleDistrict, partnership.RoleOperator},
}

// ImportKinds lists what a role may import, in the order of the work.
func ImportKinds(role partnership.Role) []sheets.Kind {
	return slices.DeleteFunc(sheets.Kinds(), func(k sheets.Kind) bool { return !slices.Contains(importRoles[k.ID], role) })
}

// importKind finds the kind by name and refuses those the actor may not import.
func importKind(actor partnership.Actor, name string) (sheets.Kind, error) {
	kind, ok := sheets.KindOf(name)
	if !ok || importRoles[kind.ID] == nil {
		var may []string
		for _, k := range ImportKinds(actor.Role) {
			may = append(may, k.Title)
		}
		return kind, partnership.Refuse(partnership.ErrNotFound, "不能导入“%s”，可导入：%s", name, strings.Join(may, "、"))
	}
	if !slices.Contains(importRoles[kind.ID], actor.Role) {
		return kind, partnership.Refuse(partnership.ErrForbidden, "您的账号不能导入这类数据")
	}
	return kind, nil
}

// pass is one reading of a file: the names as they are understood now, and the intake.
type pass struct {
	intake
	names     *importNames
	companies *companyRows // of the intake of companies
}

// passOf opens the intake of an import's kind for one pass over its file.
func (x *Exchange) passOf(ctx context.Context, actor partnership.Actor, b *partnership.ImportBatch) (*pass, error) {
	p := &pass{}
	var err error
	if p.names, err = x.importNames(ctx, actor); err != nil {
		return nil, err
	}
	switch b.Kind {
	case "companies":
		p.intake, p.companies, err = x.companyTable(ctx, actor, b.ID)
	case "posts":
		p.intake = x.postTable(p.names)
	case "cohorts":
		p.intake = x.cohortTable(p.names, b.School)
	case "students":
		p.intake, err = x.newStudentIntake(p.names, b.School, b.ID)
	case "bases":
		p.intake = x.baseTable(p.names)
	case "order-classes":
		p.intake = x.classTable(p.names)
	case "cooperations":
		p.intake = x.cooperationTable(p.names)
	case "alliances":
		p.intake = x.allianceTable(p.names)
	case "bookings":
		p.intake = x.bookingTable(p.names, b.ID)
	case "class-members":
		p.intake = x.memberTable(p.names, b.ID)
	case "rotations":
		p.intake = x.rotationTable(p.names)
	case "choices":
		p.intake, err = x.choiceTable(ctx, p.names)
	case "outcomes":
		p.intake = x.outcomeTable(p.names)
	default:
		p.intake = x.graduateTable(p.names, b.School)
	}
	return p, err
}

// Import reads a table and writes it in one go, for the command line. Every bad cell
// becomes a Problem naming file, line, column, what is wrong and what is allowed; unless
// Partial is set, one bad row means that nothing is written. The file is read twice, first
// to check all of it, then to write, and never held in memory.
func (x *Exchange) Import(ctx context.Context, actor partnership.Actor, req ImportRequest) (ImportReport, error) {
	var report ImportReport
	kind, err := importKind(actor, req.Kind)
	if err != nil {
		return report, err
	}
	b := x.newBatch(actor, kind, &req)
	t := table{body: req.Body, file: req.File, kind: kind, mapping: req.Mapping}
	stage := func(words string) {
		if req.Progress != nil {
			t.progress = func(share float64) { req.Progress(words, share) }
		}
	}
	stage("检查")
	report, _, err = x.check(ctx, actor, &b, t)
	var heading *sheets.HeadingError
	if errors.As(err, &heading) {
		report.Problems = heading.Problems
		return report, nil
	}
	if err != nil || report.BadRows > 0 && !req.Partial {
		return report, err
	}
	b.Rows, b.Bad, b.Changes, b.State = report.Rows, report.BadRows, report.Changes, partnership.ImportWriting
	if err := x.imports.Insert(ctx, &b); err != nil {
		return report, fmt.Errorf("import batch: %w", err)
	}
	report.Batch = b.ID
	report.Written = report.Changes.Writes()
	stage("写入")
	written, err := x.writeRows(ctx, actor, &b, t)
	if err != nil {
		return report, fmt.Errorf("import %s: %w", kind.ID, err)
	}
	if report.lost(&b, &written) {
		report.Written = report.Changes.Writes()
	}
	_, err = x.imports.Edit(ctx, b.ID, func(now *partnership.ImportBatch) error {
		now.Bad, now.Changes = b.Bad, b.Changes
		return now.Move(partnership.ImportCommitted, actor, x.stamp(), partnership.ImportWriting)
	})
	return report, err
}

func (x *Exchange) newBatch(actor partnership.Actor, kind sheets.Kind, req *ImportRequest) partnership.ImportBatch {
	if actor.Role == partnership.RoleSchool {
		req.School = actor.Party
	}
	b := partnership.ImportBatch{Kind: kind.ID, File: filepath.Base(req.File), By: actor.Account, Role: actor.Role, Party: actor.Party, Region: actor.Region, School: req.School,
		Partial: req.Partial, State: partnership.ImportReading}
	b.ID = x.newID()
	return b
}

// check reads the whole table and writes nothing.
func (x *Exchange) check(ctx context.Context, actor partnership.Actor, b *partnership.ImportBatch, t table) (ImportReport, *sheets.Binding, error) {
	var report ImportReport
	in, err := x.passOf(ctx, actor, b)
	if err != nil {
		return report, nil, err
	}
	t.lookups = in.names.lookups()
	s, err := x.scan(ctx, t, in, func(lines []sheets.Line, changes []change, _ badCell) error {
		report.count(lines, changes)
		return nil
	})
	report.Rows, report.Questions, report.Understood = s.rows, in.names.questions, in.names.understood
	if s.binding != nil {
		report.Unread = s.binding.Extra
	}
	if in.companies != nil {
		report.Duplicates, report.Pairs = in.companies.told, in.companies.pairs
	}
	return report, s.binding, err
}

// writeRows reads the table once more and writes its good rows, run by run. It reports the
// rows it did not write: those that were bad, and those that others have made so since.
func (x *Exchange) writeRows(ctx context.Context, actor partnership.Actor, b *partnership.ImportBatch, t table) (ImportReport, error) {
	var report ImportReport
	in, err := x.passOf(ctx, actor, b)
	if err != nil {
		return report, err
	}
	t.lookups = in.names.lookups()
	_, err = x.scan(ctx, t, in, func(lines []sheets.Line, changes []change, bad badCell) error {
		if err := in.write(ctx, b.ID, changes, bad); err != nil {
			return err
		}
		if lines != nil {
			changes = slices.DeleteFunc(changes, func(c change) bool { return len(lines[c.row].Problems) > 0 })
		}
		report.count(lines, changes)
		return nil
	})
	if err != nil {
		return report, err
	}
	return report, in.done(ctx)
}

// lost notes in a batch, and in the report that was shown before it was written, how many
// more rows turned out bad while it was written.
func (r *ImportReport) lost(b *partnership.ImportBatch, written *ImportReport) bool {
	more := written.BadRows - b.Bad
	if more <= 0 {
		return false
	}
	r.Problems, r.BadRows, r.Changes, r.Shown = written.Problems, written.BadRows, written.Changes, written.Shown
	r.Lost = fmt.Sprintf("有 %d 行检查时没有错误、写入时却写不进去，因为检查之后别人改动了数据。这些行没有写入，原因列在下面；改好后可以再上传", more)
	b.Bad, b.Changes = r.BadRows, r.Changes
	return true
}

// TemplateLists are the drop-down values of a kind's template that only the platform
// knows: the actor's classes, majors and schools.
func (x *Exchange) TemplateLists(ctx context.Context, actor partnership.Actor, kind sheets.Kind) (map[string][]string, error) {
	out := map[string][]string{}
	schools, err := x.Schools(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range schools {
		if actor.Role == partnership.RoleSchool && !actor.SpeaksFor(s.ID) {
			continue
		}
		out["school"] = append(out["school"], s.Name)
		for _, m := range s.Majors {
			if !slices.Contains(out["major"], m.Name) {
				out["major"] = append(out["major"], m.Name)
			}
		}
	}
	if kind.ID == "students" && actor.Role == partnership.RoleSchool {
		for after := ""; ; {
			page, next, err := x.Cohorts(ctx, actor, List{After: after, Limit: 100})
			if err != nil {
				return nil, err
			}
			for _, c := range page {
				out["class"] = append(out["class"], c.Name)
			}
			if after = next; after == "" {
				break
			}
		}
	}
	for field := range out {
		if _, ok := kind.Column(field); !ok {
			delete(out, field)
		}
	}
	return out, nil
}

// sealReport seals what a report says in words.
func (x *Exchange) sealReport(id string, r *ImportReport) (partnership.Sealed, error) {
	sealer, err := x.seals()
	if err != nil {
		return "", err
	}
	notes := slices.Concat(r.Understood, r.Duplicates)
	if r.Lost != "" {
		notes = slices.Insert(notes, 0, r.Lost)
	}
	body, err := json.Marshal(keptReport{r.Problems, r.Shown, notes, r.Questions})
	if err != nil {
		return "", fmt.Errorf("report of import %s: %w", id, err)
	}
	return sealer.Seal("imports/"+id+"/report", string(body)), nil
}

// keptReport is the sealed part of a report.
type keptReport struct {
	Problems  []sheets.Problem `json:"problems,omitempty"`
	Shown     []ShownChange    `json:"shown,omitempty"`
	Notes     []string         `json:"notes,omitempty"`
	Questions []Question       `json:"questions,omitempty"`
}

func (x *Exchange) openReport(b *partnership.ImportBatch) (keptReport, error) {
	var r keptReport
	sealer, err := x.seals()
	if err != nil {
		return r, err
	}
	text, err := sealer.Open("imports/"+b.ID+"/report", b.Report)
	if err != nil || text == "" {
		return r, err
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("report of import %s: %w", b.ID, err)
	}
	return r, nil
}
