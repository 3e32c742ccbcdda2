package web

import (
	"net/http"

	"sunmao/services/exchange"
)

// named reads a typed name of a kind and returns the code or id it means. A name that
// is only near one is asked about at its field; the answer comes with the next submit and
// is kept. An empty value means that the form must be shown again, or nothing was typed.
func (s *Site) named(v *visit, f *form, name, kind string) (string, error) {
	text := f.text(name)
	if text == "" {
		return "", nil
	}
	if is := f.text(name + ".is"); is != "" && f.text(name+".asked") == text {
		if _, err := s.exchange.AnswerName(v.ctx(), v.actor, kind, text, is); err != nil {
			if !f.refused(err, map[string]string{"value": name, "text": name}) {
				return "", err
			}
			return "", nil
		}
	}
	m, err := s.exchange.NameMeans(v.ctx(), v.actor, kind, text)
	if err != nil {
		return "", err
	}
	if m.Question != nil {
		f.asks[name] = m.Question
		words := "“" + text + "”还不能确定，请在下面选一个"
		if len(m.Question.Choices) == 0 {
			words = m.Question.Ask
		}
		f.bad.Add(name, "%s", words)
		return "", nil
	}
	return m.Value, nil
}

type namesPage struct {
	page
	Rows []nameRow
	All  bool // the answers hold for the whole district
}

type nameRow struct{ ID, Kind, Text, Means, Who string }

func nameKindWords(kind string) string {
	return map[string]string{exchange.NameMajor: "专业", exchange.NameOccupation: "职业", exchange.NameCompany: "企业", exchange.NameSchool: "学校"}[kind]
}

// names lists the answers to names that were asked about.
func (s *Site) names(v *visit) error {
	all, err := s.exchange.NameAnswers(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &namesPage{page: page{Title: "名称对照", Crumbs: []link{{Label: "名称对照"}}}, All: v.actor.SeesAll()}
	for i := range all {
		a := &all[i]
		row := nameRow{ID: a.ID, Kind: nameKindWords(a.Kind), Text: a.Text, Means: a.Words, Who: a.Said()}
		if row.Kind == "" { // two companies told apart
			row.Kind, row.Text = "企业", "写法相近的两家"
		}
		p.Rows = append(p.Rows, row)
	}
	return s.render(v, http.StatusOK, "names", p)
}

func (s *Site) forgetName(v *visit) error {
	if err := s.exchange.ForgetName(v.ctx(), v.actor, v.PostForm("id")); err != nil {
		return err
	}
	v.flash("已删除，下次遇到时会再问")
	v.Redirect(http.StatusSeeOther, "/names")
	return nil
}
