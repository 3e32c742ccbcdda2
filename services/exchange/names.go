package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// The kinds of names that people type and that are looked up.
const (
	NameMajor      = "major"
	NameOccupation = "occupation"
	NameCompany    = "company"
	NameSchool     = "school"
	samePair       = "same-company" // two companies said to be different ones
)

// Question is put to a person when a name fits nothing exactly but is near something:
// it is never decided silently, and the answer is kept.
type Question struct {
	Kind    string
	Text    string // as typed
	Ask     string // the sentence
	Choices []Choice
}

// Choice is one thing a name may mean.
type Choice struct {
	Value string // code or id
	Label string
	Why   string
}

// Meaning is what a typed name turned out to be: Value if it is certain, else the
// Question (without choices if nothing is near).
type Meaning struct {
	Value, Words string
	Kept         *partnership.NameAnswer // the answer it rests on, if it was asked before
	Question     *Question
}

// maxAsk is how many choices a question offers.
const maxAsk = 5

// NameMeans looks up what a typed major, occupation, company or school means. Codes, ids
// and official names are certain; so is what the actor's party, or the district, has
// answered before.
func (x *Exchange) NameMeans(ctx context.Context, actor partnership.Actor, kind, text string) (Meaning, error) {
	n, err := x.namer(ctx, actor)
	if err != nil {
		return Meaning{}, err
	}
	return n.means(kind, text), nil
}

// namer looks names up for one actor: everything it needs is read once.
type namer struct {
	x         *Exchange
	actor     partnership.Actor
	level     catalogue.Level
	answers   map[string]*partnership.NameAnswer // kind|folded text
	schools   []partnership.School
	companies []partnership.Company // those the actor may name
	byName    map[string]int        // into companies, made at the first look-up
}

func (x *Exchange) namer(ctx context.Context, actor partnership.Actor) (*namer, error) {
	n := &namer{x: x, actor: actor, answers: map[string]*partnership.NameAnswer{}}
	var err error
	if n.schools, err = x.Schools(ctx); err != nil {
		return nil, err
	}
	n.level = levelOf(n.schools, actor.Party)
	for c, err := range x.companies.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, fmt.Errorf("companies to name: %w", err)
		}
		if maySeeCompany(actor, &c) {
			n.companies = append(n.companies, c)
		}
	}
	kept, err := x.answers.All(ctx, store.Query{Where: store.Field("scope").In(districtScope, answerScope(actor))})
	if err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	for i := range kept { // one's own answer goes before the district's
		key := kept[i].Kind + "|" + foldAnswer(kept[i].Text)
		if n.answers[key] == nil || kept[i].Scope != districtScope {
			n.answers[key] = &kept[i]
		}
	}
	return n, nil
}

const districtScope = "district"

// answerScope is for whom an actor answers: its party, or everyone.
func answerScope(a partnership.Actor) string {
	if a.SeesAll() {
		return districtScope
	}
	return a.Party
}

// foldAnswer makes one key of spellings that differ in blanks and case only.
func foldAnswer(text string) string {
	r := []rune(strings.ToLower(strings.Join(strings.Fields(text), "")))
	return string(r[:min(len(r), 40)])
}

func (n *namer) means(kind, text string) Meaning {
	text = strings.TrimSpace(text)
	m := n.exactly(kind, text)
	if m.Value != "" {
		return m
	}
	if kept := n.answers[kind+"|"+foldAnswer(text)]; kept != nil {
		if m := n.exactly(kind, kept.Value); m.Value != "" { // else what it meant is gone: ask again
			m.Kept = kept
			return m
		}
	}
	return Meaning{Question: n.question(kind, text)}
}

// exactly is the meaning of a code, an id or an official name.
func (n *namer) exactly(kind, text string) Meaning {
	cat := n.x.cat()
	switch kind {
	case NameMajor:
		if r := cat.ResolveMajor(text, n.level); r.Sure {
			return Meaning{Value: r.Major.Code, Words: r.Major.String()}
		}
	case NameOccupation:
		if o, ok := cat.Occupation(text); ok {
			return Meaning{Value: o.Code, Words: o.String()}
		}
		if o, ok := occupationNamed(cat, text); ok {
			return Meaning{Value: o.Code, Words: o.String()}
		}
	case NameCompany:
		if i := n.companyNamed(text); i >= 0 {
			return Meaning{Value: n.companies[i].ID, Words: n.companies[i].Name}
		}
	case NameSchool:
		for _, s := range n.schools {
			if text != "" && (s.Name == text || s.Short == text || s.ID == text) {
				return Meaning{Value: s.ID, Words: s.Name}
			}
		}
	}
	return Meaning{}
}

// companyNamed finds a company by id, credit code, or a spelling of its name that is the
// same in law: the first that has it, -1 if none does.
func (n *namer) companyNamed(text string) int {
	if n.byName == nil {
		n.byName = map[string]int{}
		for i := range n.companies {
			c := &n.companies[i]
			names := []string{"id|" + c.ID, "code|" + strings.ToUpper(c.CreditCode), "key|" + c.NameKey}
			for _, s := range c.Spellings {
				names = append(names, "key|"+partnership.NameKey(s))
			}
			for _, name := range names {
				if _, taken := n.byName[name]; !taken {
					n.byName[name] = i
				}
			}
		}
		delete(n.byName, "code|")
		delete(n.byName, "key|")
	}
	found := -1
	for _, name := range []string{"id|" + text, "code|" + strings.ToUpper(text), "key|" + partnership.NameKey(text)} {
		if i, ok := n.byName[name]; ok && (found < 0 || i < found) {
			found = i
		}
	}
	return found
}

// occupationNamed finds the one occupation with an official name.
func occupationNamed(cat *catalogue.Catalogue, text string) (catalogue.Occupation, bool) {
	var found []catalogue.Occupation
	for o := range cat.Occupations() {
		if o.Name == text && (o.Rank == catalogue.RankUnit || o.Rank == catalogue.RankMinor) {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		return catalogue.Occupation{}, false
	}
	return found[len(found)-1], len(found) == 1 || found[len(found)-1].Parent == found[0].Code // a 小类 of one 细类
}

func (n *namer) question(kind, text string) *Question {
	q := &Question{Kind: kind, Text: text}
	switch kind {
	case NameMajor:
		r := n.x.cat().ResolveMajor(text, n.level)
		q.Ask = r.Question
		for _, c := range r.Candidates {
			q.Choices = append(q.Choices, Choice{c.Major.Code, string(c.Major.Level) + " " + c.Major.String(), c.Why})
		}
	case NameOccupation:
		for _, g := range n.x.cat().Suggest(text, "", maxAsk) {
			q.Choices = append(q.Choices, Choice{g.Code, g.Name + "（" + g.Code + "）", strings.Join(g.Why, "；")})
		}
		q.Ask = "职业分类大典里没有叫“" + text + "”的职业，是指下面的哪一个？"
	case NameCompany:
		q.Choices = n.nearCompanies(text)
		q.Ask = "企业库里没有“" + text + "”，但有写法相近的。是同一家吗？"
	case NameSchool:
		for _, s := range n.schools {
			switch {
			case text == "":
			case strings.Contains(s.Name, text), strings.Contains(s.Short, text), strings.Contains(text, s.Short) && s.Short != "":
				q.Choices = append(q.Choices, Choice{s.ID, s.Name, "名称里有相同的一段"})
			case isSubsequence(text, s.Name):
				q.Choices = append(q.Choices, Choice{s.ID, s.Name, "像是它的简称"})
			}
		}
		q.Ask = "本区没有叫“" + text + "”的学校，是指下面的哪一所？"
	}
	q.Choices = q.Choices[:min(len(q.Choices), maxAsk)]
	if len(q.Choices) == 0 {
		q.Ask = nothingNear(kind, text)
	}
	return q
}

func nothingNear(kind, text string) string {
	return map[string]string{
		NameMajor:      "专业目录里没有“" + text + "”，也没有相近的名称。请填六位专业代码",
		NameOccupation: "职业分类大典里没有“" + text + "”，也没有相近的职业。请填职业代码，如 6-18-01-01",
		NameCompany:    "企业库里没有“" + text + "”，也没有写法相近的。请先登记这家企业",
		NameSchool:     "本区没有叫“" + text + "”的学校，请写学校全称",
	}[kind]
}

func (n *namer) nearCompanies(text string) []Choice {
	type near struct {
		Choice
		score float64
	}
	var all []near
	for _, c := range n.companies {
		best := near{}
		for _, name := range append([]string{c.Name}, c.Spellings...) {
			if score, why := partnership.SameCompany(text, name); score >= partnership.Likely && score > best.score {
				best = near{Choice{c.ID, c.Name, why}, score}
			}
		}
		if best.score > 0 {
			all = append(all, best)
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Label, b.Label)) })
	out := make([]Choice, len(all))
	for i, c := range all {
		out[i] = c.Choice
	}
	return out
}

// AnswerName keeps what a person says a name means, for the actor's party, or for the
// whole district if the district says so. A company's name becomes a known spelling.
func (x *Exchange) AnswerName(ctx context.Context, actor partnership.Actor, kind, text, value string) (partnership.NameAnswer, error) {
	n, err := x.namer(ctx, actor)
	if err != nil {
		return partnership.NameAnswer{}, err
	}
	text = strings.Join(strings.Fields(text), " ")
	meant := n.exactly(kind, value)
	bad := partnership.Invalid{}
	if l := len([]rune(text)); l == 0 || l > 100 {
		bad.Add("text", "名称应为 1 到 100 个字")
	}
	if meant.Value == "" {
		bad.Add("value", "请从列出的几个里选一个")
	}
	if answerScope(actor) == "" {
		return partnership.NameAnswer{}, partnership.Refuse(partnership.ErrForbidden, "您的账号不能回答这个问题")
	}
	if err := bad.Err(); err != nil {
		return partnership.NameAnswer{}, err
	}
	a := partnership.NameAnswer{Kind: kind, Text: text, Value: meant.Value, Words: meant.Words}
	return a, x.keepAnswer(ctx, actor, &a, foldAnswer(text))
}

// keepAnswer stores an answer in place of an earlier one.
func (x *Exchange) keepAnswer(ctx context.Context, actor partnership.Actor, a *partnership.NameAnswer, key string) error {
	a.Scope, a.By, a.Name, a.Role, a.At = answerScope(actor), actor.Account, actor.Name, actor.Role, x.stamp()
	a.ID = a.Scope + "|" + a.Kind + "|" + key
	fresh := *a
	err := x.answers.Insert(ctx, a)
	if errors.Is(err, partnership.ErrDuplicate) {
		_, err = x.answers.Edit(ctx, a.ID, func(old *partnership.NameAnswer) error {
			fresh.Record = old.Record
			*old = fresh
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// NameAnswers lists what the actor's party has answered, the latest first.
func (x *Exchange) NameAnswers(ctx context.Context, actor partnership.Actor) ([]partnership.NameAnswer, error) {
	all, err := x.answers.All(ctx, store.Query{Where: store.Field("scope").Eq(answerScope(actor))})
	slices.SortStableFunc(all, func(a, b partnership.NameAnswer) int { return cmp.Compare(b.At, a.At) })
	return all, err
}

// ForgetName takes an answer back: the name is asked about again.
func (x *Exchange) ForgetName(ctx context.Context, actor partnership.Actor, id string) error {
	missing := partnership.Refuse(partnership.ErrNotFound, "没有这条名称对照，可能已经删除")
	a, err := x.answers.Get(ctx, id)
	if err != nil {
		return known(err, missing)
	}
	if a.Scope != answerScope(actor) {
		return missing
	}
	return x.answers.Purge(ctx, id)
}
