package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
)

// Said is what a person says of the occupation or of a major of a post, or of how
// close an outcome is to its graduate's major.
type Said struct {
	Field string // one of the partnership.Said constants
	Code  string // of the occupation or the major; empty with SaidOccupation takes the choice back
	Level string // exact | near | unrelated of a major or an outcome; empty takes it back
	Why   string // needed unless it only confirms what the platform found
}

// mayCorrectPost: those who edit the post, and the district, which answers for alignment.
func mayCorrectPost(actor partnership.Actor, p *partnership.Post) bool {
	return actor.MayEditPost(p) || actor.SeesAll()
}

// CorrectPost keeps what the actor says of a post's occupation or majors, with who, when
// and why, and settles the post by it. What the district said only the district changes.
func (x *Exchange) CorrectPost(ctx context.Context, actor partnership.Actor, id string, s Said) (partnership.Post, error) {
	old, err := x.visiblePost(ctx, actor, id)
	if err != nil {
		return old, err
	}
	if !mayCorrectPost(actor, &old) {
		return old, partnership.Refuse(partnership.ErrForbidden, "岗位的职业和专业由发布企业或区教委更正。学校有不同意见，请用“提请认定”")
	}
	if _, err := x.refreshTables(ctx); err != nil {
		return old, err
	}
	c, err := x.postCorrection(actor, &old, s)
	if err != nil {
		return old, err
	}
	p, err := x.posts.Edit(ctx, id, func(p *partnership.Post) error {
		p.Unsettled = true
		return p.Correct(actor, c)
	})
	if err != nil {
		return old, fmt.Errorf("correct post: %w", err)
	}
	return x.settleSaved(ctx, p), nil
}

// postCorrection checks what is said and completes it.
func (x *Exchange) postCorrection(actor partnership.Actor, p *partnership.Post, s Said) (partnership.Correction, error) {
	c := partnership.Correction{At: x.stamp(), Field: s.Field, Why: strings.TrimSpace(s.Why)}
	bad := partnership.Invalid{}
	confirms := false
	switch s.Field {
	case partnership.SaidOccupation:
		if len(p.Guesses) > 0 {
			c.Was = p.Guesses[0].Name + "（" + p.Guesses[0].Code + "）"
		}
		if s.Code == "" {
			confirms = true
			break
		}
		o, err := x.checkOccupation(s.Code)
		if err != nil {
			bad.Add("occupation", "%s", sentence(err))
		}
		c.Code = o.Code
		suggested := slices.IndexFunc(p.Guesses, func(g partnership.OccupationGuess) bool { return !g.Said })
		confirms = suggested >= 0 && x.sameOccupation(p.Guesses[suggested].Code, o.Code)
	case partnership.SaidMajor:
		m, err := x.cat().CheckMajor(s.Code)
		if err != nil {
			return c, partnership.Invalid{"major": {sentence(err)}}
		}
		c.Code, c.Level = m.Code, s.Level
		was := linkOf(p, m.Code)
		c.Was = catalogue.Closeness(was).Chinese()
		confirms = s.Level == "" || s.Level == was
		if !knownLevel(s.Level) && s.Level != "" {
			bad.Add("level", "请选择对口、相近或不对口")
		}
		if r := x.ruledPair(m.Code, p.AlignedOcc); r != nil && !actor.SeesAll() {
			return c, partnership.Refuse(partnership.ErrForbidden, "%s于 %s 对全区认定：%s 与这个职业%s。有不同意见，请用“提请认定”", r.Who, r.When, m.Name, r.Level.Chinese())
		}
	default:
		return c, partnership.Invalid{"field": {"可更正的有：occupation 职业，major 专业"}}
	}
	checkWhy(bad, c.Why, confirms)
	return c, bad.Err()
}

// checkWhy: a reason is needed where a person and the platform differ.
func checkWhy(bad partnership.Invalid, why string, confirms bool) {
	switch n := len([]rune(why)); {
	case n > 500:
		bad.Add("why", "理由最多 500 个字，现在有 %d 个", n)
	case n == 0 && !confirms:
		bad.Add("why", "与平台的判断不同，请写一句理由，以后核对时用得上")
	}
}

func knownLevel(level string) bool {
	return slices.Contains([]string{string(catalogue.Exact), string(catalogue.Near), string(catalogue.Unrelated)}, level)
}

// linkOf is how close a major stands to the post now.
func linkOf(p *partnership.Post, major string) string {
	for _, l := range p.Links {
		if l.Code == major {
			return l.Level
		}
	}
	return string(catalogue.Unrelated)
}

// checkOccupation accepts the code of an occupation (细类, or 小类 standing for it).
func (x *Exchange) checkOccupation(code string) (catalogue.Occupation, error) {
	o, ok := x.cat().Occupation(code)
	if !ok {
		return o, partnership.Refuse(partnership.ErrNotFound, "职业分类大典里没有代码 %s。可以改写职业名称，由平台列出相近的职业", code)
	}
	if o.Rank != catalogue.RankUnit && o.Rank != catalogue.RankMinor {
		return o, partnership.Refuse(partnership.ErrConflict, "%s 是%s，范围太宽，请选到小类或细类", o, o.Rank)
	}
	return o, nil
}

// sameOccupation compares codes that may be written with three or four segments.
func (x *Exchange) sameOccupation(a, b string) bool {
	oa, ok1 := x.cat().Occupation(a)
	ob, ok2 := x.cat().Occupation(b)
	return ok1 && ok2 && oa.Code == ob.Code
}

// ruledPair is the district's ruling in force on a pair, nil if there is none.
func (x *Exchange) ruledPair(major, occ string) *catalogue.Ruling {
	if occ == "" {
		return nil
	}
	return x.cat().Align(major, occ).Ruling
}

var errNoOutcome = partnership.Refuse(partnership.ErrNotFound, "没有这条毕业去向，或者您无权查看")

// CorrectOutcome keeps what the outcome's school or the district says of its occupation
// or of how close it is to the major, and aligns it anew.
func (x *Exchange) CorrectOutcome(ctx context.Context, actor partnership.Actor, id string, s Said) (partnership.Outcome, error) {
	old, err := x.outcomes.Get(ctx, id)
	if err != nil {
		return old, known(err, errNoOutcome)
	}
	if ok, err := x.mayCorrectOutcome(ctx, actor, &old); err != nil || !ok {
		return partnership.Outcome{}, cmp.Or(err, errNoOutcome)
	}
	if old.Ledger != nil {
		return old, partnership.Refuse(partnership.ErrConflict, "这是公布的合计数，不能逐人更正。请导入学生级的毕业去向")
	}
	if _, err := x.refreshTables(ctx); err != nil {
		return old, err
	}
	c, err := x.outcomeCorrection(actor, &old, s)
	if err != nil {
		return old, err
	}
	return x.amendOutcome(ctx, id, func(o *partnership.Outcome) error {
		if err := o.Correct(actor, c); err != nil {
			return err
		}
		alignOutcome(x.cat(), o)
		return nil
	})
}

func (x *Exchange) outcomeCorrection(actor partnership.Actor, o *partnership.Outcome, s Said) (partnership.Correction, error) {
	c := partnership.Correction{At: x.stamp(), Field: s.Field, Why: strings.TrimSpace(s.Why)}
	bad := partnership.Invalid{}
	confirms := false
	switch s.Field {
	case partnership.SaidOccupation:
		c.Was = o.Occ
		found, err := x.checkOccupation(s.Code)
		if err != nil {
			bad.Add("occupation", "%s", sentence(err))
		}
		c.Code, confirms = found.Code, x.sameOccupation(o.Occ, s.Code)
	case partnership.SaidLevel:
		c.Level, c.Was, confirms = s.Level, catalogue.Closeness(o.Aligned).Chinese(), s.Level == o.Aligned || s.Level == ""
		if !knownLevel(s.Level) && s.Level != "" {
			bad.Add("level", "请选择对口、相近或不对口")
		}
		if r := x.ruledPair(o.Major, o.Occ); r != nil && !actor.SeesAll() {
			return c, partnership.Refuse(partnership.ErrForbidden, "%s于 %s 对全区认定为%s。有不同意见，请用“提请认定”", r.Who, r.When, r.Level.Chinese())
		}
	default:
		return c, partnership.Invalid{"field": {"可更正的有：occupation 职业，level 对口程度"}}
	}
	checkWhy(bad, c.Why, confirms)
	return c, bad.Err()
}

// What an outcome's alignment rests on besides the tables.
const (
	byRuling     = "ruling"
	byCorrection = "correction"
)

// alignOutcome judges an outcome by its codes, then by what people ruled and said.
func alignOutcome(cat *catalogue.Catalogue, o *partnership.Outcome) {
	if o.Major == "" || o.Ledger != nil || o.Occ == "" && o.Industry == "" {
		return
	}
	a := cat.Align(o.Major, o.Occ)
	if o.Occ == "" { // an industry alone tells less, and sometimes nothing
		a = cat.AlignIndustry(o.Major, o.Industry)
	}
	o.Aligned, o.AlignedBy, o.AlignWhy, o.Ruled = string(a.Level), a.Version, a.Path, ""
	if a.Ruling != nil {
		o.Ruled = byRuling
	}
	c, ok := o.SaidOf(partnership.SaidLevel)
	if !ok || a.Ruling != nil && !(partnership.Actor{Role: c.Role}).SeesAll() {
		return
	}
	o.Aligned, o.Ruled = c.Level, byCorrection
	o.AlignWhy = append(slices.Clone(a.Path), c.Words()+"认定为"+catalogue.Closeness(c.Level).Chinese()+"："+c.Why)
}
