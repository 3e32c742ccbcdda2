package web

import (
	"net/http"
	"net/url"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type outcomesPage struct {
	page
	Pairs   []pairRow
	Rows    []outcomeRow // of one pair
	Title2  string
	Path    []string
	RuleURL string
	More    string
}

type pairRow struct {
	URL, Major, Occupation string
	N, Exact, Near, Not    string
	Ruled                  bool
}

type outcomeRow struct {
	URL, Student, School, Year, Level, Rests string
	Sample                                   bool
}

// outcomes lists pairs of major and occupation among the graduates, or the graduates of
// one pair.
func (s *Site) outcomes(v *visit) error {
	p := &outcomesPage{page: page{Title: "毕业去向对口核对", Crumbs: []link{{URL: "/rulings", Label: "对口认定"}, {Label: "毕业去向对口核对"}}}}
	if pair := (exchange.Pair{Major: v.Query("major"), Occupation: v.Query("occupation")}); pair != (exchange.Pair{}) {
		p.Crumbs = []link{{URL: "/rulings", Label: "对口认定"}, {URL: "/rulings/outcomes", Label: "毕业去向对口核对"}, {Label: "名单"}}
		return s.outcomesOfPair(v, p, pair)
	}
	all, err := s.exchange.OutcomePairs(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	for _, o := range all {
		p.Pairs = append(p.Pairs, pairRow{rulingURL("/rulings/outcomes", url.Values{"major": {o.Major}, "occupation": {o.Occ}}), o.MajorName + "（" + o.Major + "）", o.OccName + "（" + o.Occ + "）",
			number(o.N), number(o.Exact), number(o.Near), number(o.Not), o.Ruled})
	}
	return s.render(v, http.StatusOK, "outcomes", p)
}

func (s *Site) outcomesOfPair(v *visit, p *outcomesPage, pair exchange.Pair) error {
	found, next, err := s.exchange.OutcomesOfPair(v.ctx(), v.actor, pair, exchange.List{After: v.Query("after"), Limit: 50})
	if err != nil {
		return err
	}
	p.Title2 = s.majorName(pair.Major) + " · " + s.occupationName(pair.Occupation)
	values := url.Values{"major": {pair.Major}, "occupation": {pair.Occupation}}
	if p.RuleURL = rulingURL("/rulings/ask", values); v.actor.SeesAll() {
		p.RuleURL = rulingURL("/rulings/new", values)
	}
	if next != "" {
		values.Set("after", next)
		p.More = rulingURL("/rulings/outcomes", values)
	}
	names, err := s.schoolNames(v)
	if err != nil {
		return err
	}
	for i := range found {
		o := &found[i]
		if i == 0 {
			p.Path = o.AlignWhy
		}
		p.Rows = append(p.Rows, outcomeRow{"/rulings/outcomes/" + url.PathEscape(o.ID), studentNumber(v.actor, o.Student), names[o.School], plain(o.Year) + " 届", closeWords(o.Aligned), restsOn(o), o.Sample})
	}
	return s.render(v, http.StatusOK, "outcomes", p)
}

// studentNumber shows a school its own student numbers, others the last two characters.
func studentNumber(a partnership.Actor, number string) string {
	r := []rune(number)
	if a.Role == partnership.RoleSchool || len(r) == 0 {
		return orDash(number)
	}
	return strings.Repeat("*", max(0, len(r)-2)) + string(r[max(0, len(r)-2):])
}

func restsOn(o *partnership.Outcome) string {
	switch o.Ruled {
	case "ruling":
		return "区教委认定"
	case "correction":
		return "人工更正"
	}
	return "按职业编码"
}

func (s *Site) occupationName(code string) string {
	if o, ok := s.catalogue.Occupation(code); ok {
		return o.Name
	}
	return code
}

// outcomeForm corrects one graduate's occupation or alignment.
func (s *Site) outcomeForm(v *visit) error {
	o, err := s.exchange.Outcome(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	return s.showOutcomeForm(v, http.StatusOK, &o, newForm(url.Values{"occupation": {o.Occ}, "level": {o.Aligned}}))
}

type outcomePage struct {
	page
	Form  form
	Facts []fact
	Path  []string
	Log   []stepRow
}

func (s *Site) showOutcomeForm(v *visit, status int, o *partnership.Outcome, f *form) error {
	names, err := s.schoolNames(v)
	if err != nil {
		return err
	}
	list := rulingURL("/rulings/outcomes", url.Values{"major": {o.Major}, "occupation": {o.Occ}})
	p := &outcomePage{page: page{Title: "更正毕业去向", Crumbs: []link{{URL: "/rulings/outcomes", Label: "毕业去向对口核对"}, {URL: list, Label: "名单"}, {Label: "更正"}}}, Path: o.AlignWhy, Log: s.correctionLog(o.Corrections)}
	p.Facts = []fact{{"学生", studentNumber(v.actor, o.Student)}, {"学校", names[o.School]}, {"届", plain(o.Year)}, {"专业", joinWords(" ", s.majorName(o.Major), o.Major)},
		{"职业", joinWords(" ", s.occupationName(o.Occ), o.Occ)}, {"对口程度", closeWords(o.Aligned)}, {"依据", restsOn(o)}, {"对照表", orDash(o.AlignedBy)}}
	f.Action = "/rulings/outcomes/" + url.PathEscape(o.ID)
	f.done([]section{{Fields: []field{
		f.field("occupation", "职业", field{Width: 6, Hint: "职业名称或代码；改了职业，对口程度按职业重新判断"}),
		f.field("level", "对口程度", field{Kind: "select", Width: 4, Options: closenessOptions()}),
		f.field("why", "理由", field{Kind: "textarea", Rows: 2, Width: 12, Required: true, Hint: "如：电话回访，实际在数控车间"}),
	}}})
	p.Form = *f
	return s.render(v, status, "outcome", p)
}

func (s *Site) correctOutcome(v *visit) error {
	o, err := s.exchange.Outcome(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	f := newForm(v.Request.PostForm)
	code, err := s.named(v, f, "occupation", exchange.NameOccupation)
	if err != nil {
		return err
	}
	var said []exchange.Said
	if code != "" && code != o.Occ {
		said = append(said, exchange.Said{Field: partnership.SaidOccupation, Code: code, Why: f.text("why")})
	} else if level := f.text("level"); level != o.Aligned {
		said = append(said, exchange.Said{Field: partnership.SaidLevel, Level: level, Why: f.text("why")})
	}
	if err := f.bad.Err(); err != nil {
		return s.showOutcomeForm(v, http.StatusUnprocessableEntity, &o, f)
	}
	for _, one := range said {
		if _, err := s.exchange.CorrectOutcome(v.ctx(), v.actor, o.ID, one); err != nil {
			if !f.refused(err, nil) {
				return err
			}
			return s.showOutcomeForm(v, explain(err).Status, &o, f)
		}
	}
	v.flash(yesNo(len(said) > 0, "已更正，下一次统计时计入", "没有改动"))
	v.Redirect(http.StatusSeeOther, "/rulings/outcomes/"+url.PathEscape(o.ID))
	return nil
}
