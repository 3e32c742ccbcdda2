package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// studentOperations are the roster in the API, masked as on the pages.
func (s *Site) studentOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/students", id: "list-students", summary: "本校学生名册，个人信息已遮盖", roles: schools, add: serves(s.apiStudents)},
		{method: get, path: "/students/{id}", id: "get-student", summary: "一名学生，个人信息已遮盖", roles: schools, add: serves(s.apiStudent)},
		{method: post, path: "/students/{id}/reveal", id: "reveal-student", summary: "查看一项个人信息；写明原因，记入日志", roles: schools, person: true, add: serves(s.apiReveal)},
		{method: post, path: "/students/{id}/erase", id: "erase-student", summary: "删除一名学生的个人信息，不能恢复；写明原因，记入日志", roles: schools, person: true, add: serves(s.apiEraseStudent)},
		{method: get, path: "/reveals", id: "list-reveals", summary: "谁在何时因何查看或导出了个人信息", roles: []partnership.Role{partnership.RoleSchool, partnership.RoleOperator}, add: serves(s.apiReveals)},
	}
}

type rosterAsk struct {
	Paging
	Q      string `query:"q" maxLength:"100" doc:"学号开头，或完整的姓名、身份证号"`
	Cohort string `query:"cohort" maxLength:"200" doc:"班级批次编号"`
	Change string `query:"change" enum:"new,changed,gone,unchanged" doc:"上次导入的变化"`
	State  string `query:"state" enum:"free,held" doc:"free 还没有岗位 | held 已有岗位"`
	Green  bool   `query:"green" doc:"只要绿色通道（家庭经济困难）"`
}

type studentDoc struct {
	ID            string   `json:"id"`
	Number        string   `json:"number"`
	Name          string   `json:"name" doc:"已遮盖"`
	IDNumber      string   `json:"id_number" doc:"已遮盖"`
	Phone         string   `json:"phone" doc:"已遮盖"`
	Guardian      string   `json:"guardian" doc:"已遮盖"`
	GuardianPhone string   `json:"guardian_phone" doc:"已遮盖"`
	Cohort        string   `json:"cohort"`
	CohortName    string   `json:"cohort_name"`
	Major         string   `json:"major"`
	MajorName     string   `json:"major_name"`
	EntryYear     int      `json:"entry_year"`
	Age           int      `json:"age" doc:"周岁；-1 为未知"`
	Sex           string   `json:"sex"`
	Priority      bool     `json:"priority" doc:"绿色通道"`
	Change        string   `json:"change"`
	Changed       []string `json:"changed" doc:"上次导入改了哪些项"`
	Placement     string   `json:"placement" doc:"已接受的安置"`
}

func studentDocOf(r *exchange.StudentRow) studentDoc {
	return studentDoc{r.ID, r.Number, r.Name, r.IDNumber, r.Phone, r.Guardian, r.GuardianPhone, r.Cohort, r.CohortName, r.Major, r.MajorName, r.EntryYear, r.Age, r.Sex,
		r.Priority, string(r.Change), list(r.Changed), r.Held}
}

func (s *Site) apiStudents(ctx context.Context, v *visit, in *rosterAsk) (*pageOfDocs[studentDoc], error) {
	q := exchange.RosterQuery{Cohort: in.Cohort, Change: partnership.RowChange(in.Change), Green: in.Green}
	q.Text, q.State, q.After, q.Limit = in.Q, in.State, in.After, in.Limit
	found, next, err := s.exchange.Students(ctx, v.actor, q)
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, studentDocOf), nil
}

func (s *Site) apiStudent(ctx context.Context, v *visit, in *byID) (*one[studentDoc], error) {
	r, err := s.exchange.Student(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[studentDoc]{studentDocOf(&r)}, nil
}

type revealAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Field  string `json:"field" enum:"name,id_number,phone,guardian,guardian_phone"`
		Reason string `json:"reason" minLength:"2" maxLength:"200" doc:"记入日志"`
	}
}

type revealed struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

func (s *Site) apiReveal(ctx context.Context, v *visit, in *revealAsk) (*one[revealed], error) {
	text, err := s.exchange.Reveal(ctx, v.actor, in.ID, in.Body.Field, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &one[revealed]{revealed{in.Body.Field, text}}, nil
}

type revealDoc struct {
	At      int64  `json:"at" doc:"1970 年起的毫秒"`
	Account string `json:"account"`
	Role    string `json:"role"`
	Student string `json:"student" doc:"导出时为空"`
	Number  string `json:"number" doc:"学号"`
	Field   string `json:"field" doc:"哪一项；export、export_full 为导出名册"`
	Count   int    `json:"count" doc:"导出的学生数"`
	Reason  string `json:"reason"`
}

func revealDocOf(r *partnership.Reveal) revealDoc {
	return revealDoc{int64(r.At), r.Account, string(r.Role), r.Student, r.Number, r.Field, r.Count, r.Reason}
}

func (s *Site) apiReveals(ctx context.Context, v *visit, in *Paging) (*pageOfDocs[revealDoc], error) {
	found, next, err := s.exchange.Reveals(ctx, v.actor, exchange.List{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, revealDocOf), nil
}
