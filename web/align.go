package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// alignPanel is the part of a post's page that shows what the platform made of it, asks
// whether that is right, and says who has answered before.
type alignPanel struct {
	Post, Token      string
	MayCorrect       bool // the reader may confirm or correct
	MayAsk           bool // the reader may ask the district to rule
	Occupation       *guessRow
	Others           []guessRow
	Links, Unlinked  []majorRow
	Version, EditURL string
	Log              []stepRow
}

type guessRow struct {
	Code, Name, Sure string
	Said             bool
	Why              []string
}

type majorRow struct {
	Code, Name, Level, Path, AskURL string
	Said                            bool
}

func (s *Site) alignPanel(v *visit, p *partnership.Post) alignPanel {
	a := alignPanel{Post: p.ID, Token: v.formToken(), MayCorrect: v.actor.SeesAll() || v.actor.MayEditPost(p), MayAsk: v.actor.Party != "",
		Version: p.AlignedBy, EditURL: pageOf(exchange.KindPost, p.ID) + "/align"}
	for i, g := range p.Guesses {
		row := guessRow{Code: g.Code, Name: g.Name, Said: g.Said, Why: g.Why, Sure: points(int(g.Score*10000+0.5)) + "%"}
		if i == 0 {
			a.Occupation = &row
			continue
		}
		a.Others = append(a.Others, row)
	}
	ask := func(major string) string {
		if !a.MayAsk || p.AlignedOcc == "" {
			return ""
		}
		return "/rulings/ask?" + url.Values{"major": {major}, "occupation": {p.AlignedOcc}, "post": {p.ID}}.Encode()
	}
	for _, l := range p.Links {
		a.Links = append(a.Links, majorRow{l.Code, l.Name, closeWords(l.Level), joinWords(" → ", l.Path...), ask(l.Code), l.Said})
	}
	for _, l := range p.Unlinked {
		a.Unlinked = append(a.Unlinked, majorRow{l.Code, l.Name, closeWords(l.Level), joinWords(" → ", l.Path...), ask(l.Code), l.Said})
	}
	if a.MayCorrect {
		a.Log = s.correctionLog(p.Corrections)
	}
	return a
}

// closeWords is 对口, 相近 or 不对口.
func closeWords(level string) string { return catalogue.Closeness(level).Chinese() }

func closenessOptions() []option {
	var out []option
	for _, l := range []catalogue.Closeness{catalogue.Exact, catalogue.Near, catalogue.Unrelated} {
		out = append(out, option{Value: string(l), Label: l.Chinese()})
	}
	return out
}

// correctionLog tells every correction, the latest first.
func (s *Site) correctionLog(all []partnership.Correction) []stepRow {
	var out []stepRow
	for _, c := range slices.Backward(all) {
		words := c.Role.Words() + "“" + c.Name + "”"
		switch {
		case c.Field == partnership.SaidOccupation && c.Code == "":
			words += "撤回了指定的职业"
		case c.Field == partnership.SaidOccupation:
			name := c.Code
			if o, ok := s.catalogue.Occupation(c.Code); ok {
				name = o.String()
			}
			words += "认定职业是 " + name
		case c.Level == "":
			words += "撤回了" + orText(s.majorName(c.Code), "对口程度") + "的更正"
		case c.Field == partnership.SaidMajor:
			words += "认定 " + s.majorName(c.Code) + " " + closeWords(c.Level)
		default:
			words += "认定为" + closeWords(c.Level)
		}
		if c.Was != "" {
			words += "（原来：" + c.Was + "）"
		}
		out = append(out, stepRow{moment(c.At), words, c.Why})
	}
	return out
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// other is the choice that none of the suggestions is right.
const other = "other"

// alignForm asks on one page: is the occupation right, and how close is each major?
func (s *Site) alignForm(v *visit) error {
	view, err := s.exchange.Post(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	p := &view.Post
	if !v.actor.SeesAll() && !view.CanEdit {
		return partnership.Refuse(partnership.ErrForbidden, "岗位的职业和专业由发布企业或区教委更正。学校有不同意见，请用“提请认定”")
	}
	values := url.Values{}
	if len(p.Guesses) > 0 {
		values.Set("occupation", p.Guesses[0].Code)
	}
	for _, l := range slices.Concat(p.Links, p.Unlinked) {
		values.Set("level-"+l.Code, l.Level)
	}
	return s.showAlignForm(v, http.StatusOK, p, newForm(values))
}

func (s *Site) showAlignForm(v *visit, status int, p *partnership.Post, f *form) error {
	at := pageOf(exchange.KindPost, p.ID)
	out := &formPage{page: page{Title: "核对职业与专业", Crumbs: []link{{URL: "/posts", Label: "岗位"}, {URL: at, Label: p.Title}, {Label: "核对职业与专业"}}},
		Intro: "平台根据岗位名称和工作内容推测职业，再按专业教学标准对应到专业。您的更正会记下是谁、什么时候、为什么，并立即用于匹配。", Submit: "保存", Cancel: at}
	f.Action = at + "/align"
	var picks []option
	for _, g := range p.Guesses {
		note := strings.Join(g.Why, "；")
		if !g.Said {
			note = "把握 " + points(int(g.Score*10000+0.5)) + "%。" + note
		}
		picks = append(picks, option{Value: g.Code, Label: g.Name + "（" + g.Code + "）", Note: note})
	}
	picks = append(picks, option{Value: other, Label: "都不是，我来写"})
	sections := []section{{Legend: "这是什么职业", Fields: []field{
		f.field("occupation", "职业", field{Kind: "radios", Width: 12, Options: picks}),
		f.field("occupation_typed", "写职业名称或代码", field{Width: 8, Hint: "选了“都不是”时填写，如：车工，或 6-18-01-01"}),
	}}}
	majors := section{Legend: "各专业与这个岗位"}
	for _, l := range slices.Concat(p.Links, p.Unlinked) {
		majors.Fields = append(majors.Fields, f.field("level-"+l.Code, l.Name+"（"+l.Code+"）", field{Kind: "select", Width: 4, Options: closenessOptions()}))
	}
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return err
	}
	add := []option{{Label: "不增加"}}
	for _, o := range s.offeredMajors(schools, nil) {
		if !slices.ContainsFunc(slices.Concat(p.Links, p.Unlinked), func(l partnership.MajorLink) bool { return l.Code == o.Value }) {
			add = append(add, o)
		}
	}
	majors.Fields = append(majors.Fields, f.field("add", "再加一个专业", field{Kind: "select", Width: 6, Options: add}),
		f.field("add_level", "它与岗位", field{Kind: "select", Width: 4, Options: closenessOptions()[:2]}))
	sections = append(sections, majors, section{Legend: "理由", Fields: []field{
		f.field("why", "理由", field{Kind: "textarea", Rows: 2, Width: 12, Hint: "只是确认平台的推测，可以不写；有改动时请写一句"})}})
	f.done(sections)
	out.Form = *f
	return s.render(v, status, "form", out)
}

// saveAlign keeps what the form says, one correction for each thing that changed.
func (s *Site) saveAlign(v *visit) error {
	view, err := s.exchange.Post(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	p := &view.Post
	f := newForm(v.Request.PostForm)
	said, err := s.readAlign(v, f, p)
	if err != nil {
		return err
	}
	if err := f.bad.Err(); err != nil {
		return s.showAlignForm(v, http.StatusUnprocessableEntity, p, f)
	}
	occupation := len(said) > 0 && said[0].Field == partnership.SaidOccupation
	if occupation {
		said = said[:1] // another occupation leads to other majors: they are to be looked at anew
	}
	for _, one := range said {
		if _, err := s.exchange.CorrectPost(v.ctx(), v.actor, p.ID, one); err != nil {
			if !f.refused(err, map[string]string{"level": "level-" + one.Code, "major": "level-" + one.Code}) {
				return err
			}
			return s.showAlignForm(v, explain(err).Status, p, f)
		}
	}
	switch {
	case len(said) == 0:
		v.flash("没有改动")
	case occupation:
		v.flash("已记下职业，专业已按它重新对应，请再看一眼")
	default:
		v.flash("已记下，匹配已按更正后的专业重新计算")
	}
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindPost, p.ID))
	return nil
}

// readAlign lists what the form says differently from the post, the occupation first.
func (s *Site) readAlign(v *visit, f *form, p *partnership.Post) ([]exchange.Said, error) {
	why := f.text("why")
	var out []exchange.Said
	code := f.text("occupation")
	if code == other {
		typed, err := s.named(v, f, "occupation_typed", exchange.NameOccupation)
		if err != nil {
			return nil, err
		}
		if typed == "" && len(f.bad["occupation_typed"]) == 0 {
			f.bad.Add("occupation_typed", "请写职业名称或代码，或在上面选一个")
		}
		code = typed
	}
	said := len(p.Guesses) > 0 && p.Guesses[0].Said
	if code != "" && (!said || code != p.Guesses[0].Code) {
		out = append(out, exchange.Said{Field: partnership.SaidOccupation, Code: code, Why: why})
	}
	for _, l := range slices.Concat(p.Links, p.Unlinked) {
		if level := f.text("level-" + l.Code); level != "" && level != l.Level {
			out = append(out, exchange.Said{Field: partnership.SaidMajor, Code: l.Code, Level: level, Why: why})
		}
	}
	if add := f.text("add"); add != "" {
		out = append(out, exchange.Said{Field: partnership.SaidMajor, Code: add, Level: f.text("add_level"), Why: why})
	}
	return out, nil
}

// confirmAlign says yes to the occupation the platform suggests, or takes what was said back.
func (s *Site) confirmAlign(v *visit) error {
	p, err := s.exchange.CorrectPost(v.ctx(), v.actor, v.Param("id"), exchange.Said{Field: partnership.SaidOccupation, Code: v.PostForm("code")})
	if err != nil {
		return err
	}
	v.flash(yesNo(p.Occupation != "", "已确认职业", "已撤回，恢复为平台的推测"))
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindPost, p.ID))
	return nil
}
