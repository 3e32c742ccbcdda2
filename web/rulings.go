package web

import (
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type rulingsPage struct {
	page
	MayRule bool
	Asked   []rulingRow // waiting for the district
	Rows    []rulingRow // in force, or withdrawn
}

type rulingRow struct {
	ID, Major, Occupation   string
	MajorCode, OccCode      string
	Level, Computed, Why    string
	Who, Posts, RuleURL     string
	InForce, Differs, Given bool // Given: somebody decided once
	Asks                    []askRow
	Steps                   []stepRow
	Path                    []string
}

type askRow struct{ Who, Level, Why, PostURL, RuleURL string }

func rulingURL(path string, values url.Values) string { return path + "?" + values.Encode() }

// rulings lists what the district ruled and what it was asked.
func (s *Site) rulings(v *visit) error {
	all, err := s.exchange.Rulings(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &rulingsPage{page: page{Title: "对口认定", Crumbs: []link{{Label: "对口认定"}}}, MayRule: v.actor.SeesAll()}
	for i := range all {
		row := rulingRowOf(&all[i])
		if len(row.Asks) > 0 {
			p.Asked = append(p.Asked, row)
		}
		if row.Given {
			p.Rows = append(p.Rows, row)
		}
	}
	return s.render(v, http.StatusOK, "rulings", p)
}

func rulingRowOf(r *exchange.RulingView) rulingRow {
	pair := url.Values{"major": {r.Major}, "occupation": {r.Occ}}
	row := rulingRow{ID: r.ID, Major: r.MajorName + "（" + r.Major + "）", Occupation: r.OccName + "（" + r.Occ + "）", MajorCode: r.Major, OccCode: r.Occ,
		Level: closeWords(r.Level), Computed: closeWords(r.Computed), Why: r.Why, Posts: number(r.Posts), InForce: r.InForce(), Differs: r.InForce() && r.Level != r.Computed,
		Given: len(r.Steps) > 0, Path: r.Path, RuleURL: rulingURL("/rulings/new", pair)}
	if row.Given {
		row.Who = joinWords(" ", r.Name, moment(r.At))
	}
	for _, a := range r.Asks {
		pair.Set("level", a.Level)
		one := askRow{Who: a.Role.Words() + "“" + a.Name + "” " + moment(a.At), Level: closeWords(a.Level), Why: a.Why, RuleURL: rulingURL("/rulings/new", pair)}
		if a.Post != "" {
			one.PostURL = pageOf(exchange.KindPost, a.Post)
		}
		row.Asks = append(row.Asks, one)
	}
	for _, st := range r.Steps {
		words := closeWords(st.To)
		if st.To == "" {
			words = "撤回认定"
		}
		row.Steps = append(row.Steps, stepRow{moment(st.At), words, st.Why})
	}
	return row
}

// rulingForm is a new ruling, with what the address brings filled in.
func (s *Site) rulingForm(v *visit) error {
	return s.showRulingForm(v, http.StatusOK, newForm(v.Request.URL.Query()))
}

func (s *Site) showRulingForm(v *visit, status int, f *form) error {
	p := &formPage{page: page{Title: "认定对口程度", Crumbs: []link{{URL: "/rulings", Label: "对口认定"}, {Label: "认定"}}}, Submit: "认定", Cancel: "/rulings",
		Intro: "对全区生效：这个职业的所有岗位，以及这个专业毕业生的去向，都按认定重新对应。企业自己更正过的，以认定为准。"}
	f.Action = "/rulings"
	f.done([]section{{Fields: []field{
		f.field("major", "专业", field{Required: true, Width: 6, Hint: "专业名称或六位代码"}),
		f.field("occupation", "职业", field{Required: true, Width: 6, Hint: "职业名称或代码，如：车工，或 6-18-01-01"}),
		f.field("level", "对口程度", field{Kind: "select", Required: true, Width: 4, Options: closenessOptions()}),
		f.field("why", "依据", field{Kind: "textarea", Rows: 3, Width: 12, Required: true, Hint: "学校和企业会看到，如：专业指导委员会某次会议的意见"}),
	}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

// namedPair reads the major and the occupation a form is about.
func (s *Site) namedPair(v *visit, f *form) (exchange.Pair, error) {
	var pair exchange.Pair
	var err error
	if pair.Major, err = s.named(v, f, "major", exchange.NameMajor); err != nil {
		return pair, err
	}
	if pair.Occupation, err = s.named(v, f, "occupation", exchange.NameOccupation); err != nil {
		return pair, err
	}
	for name, words := range map[string]string{"major": "请写专业名称或代码", "occupation": "请写职业名称或代码"} {
		if f.text(name) == "" {
			f.bad.Add(name, "%s", words)
		}
	}
	return pair, nil
}

func (s *Site) saveRuling(v *visit) error {
	f := newForm(v.Request.PostForm)
	pair, err := s.namedPair(v, f)
	if err != nil {
		return err
	}
	err = f.bad.Err()
	touched := 0
	if err == nil {
		_, touched, err = s.exchange.Rule(v.ctx(), v.actor, pair, f.text("level"), f.text("why"))
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showRulingForm(v, explain(err).Status, f)
	}
	v.flash("已认定为" + closeWords(f.text("level")) + "，涉及 " + number(touched) + " 条岗位和去向，几分钟内全部更新")
	v.Redirect(http.StatusSeeOther, "/rulings")
	return nil
}

// actRuling withdraws a ruling, or answers requests without a change.
func (s *Site) actRuling(v *visit) error {
	pair := exchange.Pair{Major: v.PostForm("major"), Occupation: v.PostForm("occupation")}
	switch v.PostForm("verb") {
	case "withdraw":
		_, touched, err := s.exchange.WithdrawRuling(v.ctx(), v.actor, pair, v.PostForm("why"))
		if err != nil {
			return err
		}
		v.flash("已撤回，按专业教学标准对应，涉及 " + number(touched) + " 条岗位和去向")
	case "dismiss":
		if _, err := s.exchange.DismissRuling(v.ctx(), v.actor, pair, v.PostForm("why")); err != nil {
			return err
		}
		v.flash("已答复，维持不变")
	default:
		return partnership.Refuse(partnership.ErrConflict, "没有这个操作")
	}
	v.Redirect(http.StatusSeeOther, "/rulings")
	return nil
}

// askForm requests a ruling.
func (s *Site) askForm(v *visit) error {
	return s.showAskForm(v, http.StatusOK, newForm(v.Request.URL.Query()))
}

func (s *Site) showAskForm(v *visit, status int, f *form) error {
	back := "/rulings"
	if post := f.text("post"); post != "" {
		back = pageOf(exchange.KindPost, post)
		f.Hidden = append(f.Hidden, pair{"post", post})
	}
	p := &formPage{page: page{Title: "提请认定", Crumbs: []link{{URL: "/rulings", Label: "对口认定"}, {Label: "提请认定"}}}, Submit: "提交给区教委", Cancel: back,
		Intro: "您认为平台对专业与职业的对应不合适，可以提请区教委认定。认定后对全区生效；不改的，区教委会说明原因。"}
	f.Action = "/rulings/ask"
	f.done([]section{{Fields: []field{
		f.field("major", "专业", field{Required: true, Width: 6}),
		f.field("occupation", "职业", field{Required: true, Width: 6}),
		f.field("level", "您认为应是", field{Kind: "select", Required: true, Width: 4, Options: closenessOptions()}),
		f.field("why", "理由", field{Kind: "textarea", Rows: 3, Width: 12, Required: true}),
	}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) askRuling(v *visit) error {
	f := newForm(v.Request.PostForm)
	pair, err := s.namedPair(v, f)
	if err != nil {
		return err
	}
	if err = f.bad.Err(); err == nil {
		_, err = s.exchange.AskRuling(v.ctx(), v.actor, pair, f.text("level"), f.text("why"), f.text("post"))
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showAskForm(v, explain(err).Status, f)
	}
	v.flash("已提交给区教委，结果会出现在“对口认定”里")
	to := "/rulings"
	if post := f.text("post"); post != "" {
		to = pageOf(exchange.KindPost, post)
	}
	v.Redirect(http.StatusSeeOther, to)
	return nil
}
