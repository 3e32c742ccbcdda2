package web

import (
	"context"
	"errors"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// What a student may ask the school for: a copy of all that is kept (查阅、复制), and that
// it is erased (删除). Both take a reason, both are in the log of reveals.

type studentRecordPage struct {
	page
	Printed    string
	Until      string
	Entry      []fact
	Placements []recordPlacement
	Outcomes   []fact
	Reveals    []revealRow
}

type recordPlacement struct {
	Title string
	Facts []fact
}

// recordEntry is the roster's entry in full, under the headings of the roster's table.
func recordEntry(row map[string]any) []fact {
	kind, _ := sheets.KindOf("students")
	var out []fact
	for _, c := range kind.Columns {
		switch value := row[c.Field].(type) {
		case nil:
		case bool:
			out = append(out, fact{c.Header, yesNo(value, "是", "否")})
		case int:
			out = append(out, fact{c.Header, plain(value)})
		case string:
			out = append(out, fact{c.Header, orDash(value)})
		}
	}
	return out
}

func recordPlacementOf(p *partnership.Placement) recordPlacement {
	out := recordPlacement{Title: p.CompanyName + " " + p.PostTitle, Facts: []fact{{"状态", p.State.Words()}, {"时间", day(p.From) + " 至 " + day(p.To)},
		{"校内导师", orDash(p.Papers.SchoolTutor)}, {"企业导师", orDash(p.Papers.CompanyTutor)}}}
	for _, policy := range p.Papers.Policies {
		out.Facts = append(out.Facts, fact{"保险", joinWords(" ", policy.Insurer, policy.Number, policy.From, policy.To)})
	}
	for _, e := range []struct {
		who string
		e   *partnership.Evaluation
	}{{"学校评价", p.BySchool}, {"企业评价", p.ByCompany}} {
		if e.e != nil {
			out.Facts = append(out.Facts, fact{e.who, joinWords("，", plain(e.e.Score)+" 分", e.e.Words)})
		}
	}
	if p.Ended != nil {
		out.Facts = append(out.Facts, fact{"提前结束", joinWords("，", day(p.Ended.Day), p.Ended.By, p.Ended.Reason)})
	}
	return out
}

func (s *Site) studentRecord(v *visit) error {
	r, err := s.exchange.StudentRecord(v.ctx(), v.actor, v.Param("id"), v.PostForm("reason"))
	switch {
	case errors.As(err, new(partnership.Invalid)):
		return s.showStudent(v, http.StatusUnprocessableEntity, "", "", err)
	case err != nil:
		return err
	}
	number, _ := r.Row["student_no"].(string)
	p := &studentRecordPage{page: page{Title: "本人的全部记录 " + number, Crumbs: []link{{URL: "/students", Label: "学生名册"}, {URL: studentURL(v.Param("id")), Label: number}, {Label: "全部记录"}}},
		Printed: day(partnership.Day(s.now())), Until: day(r.Until), Entry: recordEntry(r.Row)}
	for i := range r.Placements {
		p.Placements = append(p.Placements, recordPlacementOf(&r.Placements[i]))
	}
	for _, o := range r.Outcomes {
		p.Outcomes = append(p.Outcomes, fact{plain(o.Year) + " 届", joinWords("，", o.Direction.Words(), o.Employer, orDash(closeWords(o.Aligned)))})
	}
	for i := range r.Reveals {
		p.Reveals = append(p.Reveals, revealRowOf(&r.Reveals[i]))
	}
	return s.render(v, http.StatusOK, "studentrecord", p)
}

func (s *Site) eraseStudent(v *visit) error {
	err := s.exchange.EraseStudent(v.ctx(), v.actor, v.Param("id"), v.PostForm("reason"))
	switch {
	case errors.As(err, new(partnership.Invalid)), errors.Is(err, partnership.ErrConflict):
		return s.showStudent(v, explain(err).Status, "", "", err)
	case err != nil:
		return err
	}
	v.flash("这名学生的个人信息已删除；已经计入的人数不变。删除和原因记在查看记录里")
	v.Redirect(http.StatusSeeOther, "/students")
	return nil
}

type eraseAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Reason string `json:"reason" minLength:"2" maxLength:"200" doc:"记入日志"`
	}
}

type erasedDoc struct {
	ID     string `json:"id"`
	Erased bool   `json:"erased"`
}

func (s *Site) apiEraseStudent(ctx context.Context, v *visit, in *eraseAsk) (*one[erasedDoc], error) {
	if err := s.exchange.EraseStudent(ctx, v.actor, in.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return &one[erasedDoc]{erasedDoc{in.ID, true}}, nil
}

func revealRowOf(r *partnership.Reveal) revealRow {
	row := revealRow{At: moment(r.At), Who: r.Account + "（" + r.Role.Words() + "）", What: exchange.PersonalWords(r.Field), Whose: "学号 " + r.Number, Reason: r.Reason}
	switch {
	case r.Student == "":
		row.Whose = number(r.Count) + " 名学生"
	case r.Field == exchange.FieldErase:
		row.Whose = "已删除的学生"
	default:
		row.URL = studentURL(r.Student)
	}
	return row
}
