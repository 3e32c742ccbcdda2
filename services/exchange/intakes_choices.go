package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// choiceIntake looks up what the rows of a choices sheet name, each once a file.
type choiceIntake struct {
	x        *Exchange
	names    *importNames
	rounds   []partnership.Round             // that take choices from the actor's school now
	students map[string]*partnership.Student // by school and number; nil: there is none
	options  map[string][]partnership.Match  // by cohort
}

// choiceTable takes in students' ranked choices (双选志愿) for the selection that collects
// them now.
func (x *Exchange) choiceTable(ctx context.Context, names *importNames) (*recordTable[partnership.Choice], error) {
	in := &choiceIntake{x: x, names: names, students: map[string]*partnership.Student{}, options: map[string][]partnership.Match{}}
	for r, err := range x.rounds.Find(ctx, store.Query{Where: store.Field("state").Eq(string(partnership.RoundCollecting))}) {
		if err != nil {
			return nil, fmt.Errorf("selections: %w", err)
		}
		ok, err := x.takesPart(ctx, names.actor, &r)
		if err != nil {
			return nil, err
		}
		if ok && x.during(&r, partnership.PhaseChoosing) == nil {
			in.rounds = append(in.rounds, r)
		}
	}
	return &recordTable[partnership.Choice]{
		x: x, coll: x.choices, rec: (*partnership.Choice).Rec, seen: map[string]bool{},
		key: in.key, id: func(key string) string { return key }, purge: true,
		find: func(ctx context.Context, keys []string) (map[string]partnership.Choice, error) {
			out := map[string]partnership.Choice{}
			return out, byField(ctx, x.choices, "_id", keys, func(c *partnership.Choice) { out[c.ID] = *c })
		},
		fill: in.fill,
		own: func(c partnership.Choice) partnership.Choice {
			c.By, c.At, c.Result, c.Group = "", 0, nil, ""
			return c
		},
		words: map[string]string{"posts": "志愿", "refused": "不愿去的岗位"},
		name:  func(c *partnership.Choice) string { return c.Number },
		used: func(ctx context.Context, c *partnership.Choice) (string, error) {
			r, err := x.rounds.Get(ctx, c.Round)
			if err != nil || x.during(&r, partnership.PhaseChoosing) == nil {
				return "", err
			}
			return "这一轮的学生志愿已经截止", nil
		},
		finish: func(context.Context, []string) error { return nil },
	}, nil
}

// round is the selection a row is for: the one it names, or the only one.
func (in *choiceIntake) round(r sheets.Row, bad func(field, what, allowed string)) *partnership.Round {
	name := r.Text("round")
	var open []string
	for i := range in.rounds {
		if in.rounds[i].Name == name || name == "" && len(in.rounds) == 1 {
			return &in.rounds[i]
		}
		open = append(open, in.rounds[i].Name)
	}
	switch {
	case len(open) == 0:
		bad("student_no", "现在没有正在征集志愿的双选轮次", "请在轮次开始后、截止前导入")
	case name == "":
		bad("round", fmt.Sprintf("有 %d 个轮次正在征集志愿，没有写是哪一个", len(open)), strings.Join(open, "、"))
	default:
		bad("round", "没有正在征集志愿的轮次“"+name+"”", strings.Join(open, "、"))
	}
	return nil
}

func (in *choiceIntake) student(ctx context.Context, r sheets.Row) (*partnership.Student, error) {
	number := r.Text("student_no")
	s, asked := in.students[number]
	if asked {
		return s, nil
	}
	found, err := in.x.students.All(ctx, store.Query{Where: store.And(store.Field("school").Eq(in.names.actor.Party), store.Field("number").Eq(number)), Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("student of a row: %w", err)
	}
	if len(found) > 0 {
		s = &found[0]
	}
	in.students[number] = s
	return s, nil
}

func (in *choiceIntake) key(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
	round := in.round(r, bad)
	s, err := in.student(ctx, r)
	if err != nil {
		return "", err
	}
	switch {
	case s == nil:
		bad("student_no", "本校名册里没有这个学号", "名册里的学号；新学生请先导入名册")
		return "", nil
	case !s.Free():
		bad("student_no", "这名学生已有岗位或已不在名册里，不参加这一轮", "还没有岗位的学生")
		return "", nil
	case round == nil:
		return "", nil
	}
	return derivedID(round.ID, s.ID), nil
}

func (in *choiceIntake) fill(ctx context.Context, c *partnership.Choice, r sheets.Row, _ bool, bad func(field, what, allowed string)) error {
	round := in.round(r, bad)
	s, err := in.student(ctx, r)
	if err != nil || s == nil || round == nil {
		return err
	}
	options, ok := in.options[s.Entry.Cohort]
	if !ok {
		if options, err = in.x.choosable(ctx, s.Entry.Cohort); err != nil {
			return err
		}
		in.options[s.Entry.Cohort] = options
	}
	c.Round, c.School, c.Student, c.Number, c.Cohort = round.ID, s.School, s.ID, s.Number, s.Entry.Cohort
	c.By, c.At, c.Result, c.Group = in.names.actor.Account, in.x.stamp(), nil, ""
	c.Posts, c.Refused = nil, nil
	for k := range partnership.ChoicesMost {
		field := "choice" + string(rune('1'+k))
		if r.Has(field) {
			if id := postNamed(r.Text(field), options, func(what, allowed string) { bad(field, what, allowed) }); id != "" {
				c.Posts = append(c.Posts, id)
			}
		}
	}
	for _, text := range r.Texts("refused") {
		if id := postNamed(text, options, func(what, allowed string) { bad("refused", what, allowed) }); id != "" {
			c.Refused = append(c.Refused, id)
		}
	}
	if len(c.Posts) == 0 {
		return nil // said already
	}
	return tellInvalid(c.Check(), bad)
}

// postNamed finds a post among those a student may choose: by its id, as company/title, or
// by a title that only one of them has. It returns "" after calling bad.
func postNamed(text string, options []partnership.Match, bad func(what, allowed string)) string {
	text = strings.TrimSpace(text)
	company, title, both := strings.Cut(strings.ReplaceAll(text, "／", "/"), "/")
	if !both {
		company, title = "", text
	}
	company, title = partnership.NameKey(company), strings.TrimSpace(title)
	var found, near []string
	for i := range options {
		m := &options[i]
		if m.Post == text {
			return m.Post
		}
		if m.PostTitle == title && (company == "" || partnership.NameKey(m.CompanyName) == company) {
			found = append(found, m.Post)
		}
		if len(near) < 3 && (m.PostTitle == title || strings.Contains(m.PostTitle, title) || company != "" && partnership.NameKey(m.CompanyName) == company) {
			near = append(near, m.CompanyName+"/"+m.PostTitle)
		}
	}
	switch {
	case len(found) == 1:
		return found[0]
	case len(found) > 1:
		slices.Sort(near)
		bad("有 "+fmt.Sprint(len(found))+" 个岗位叫“"+text+"”，分不清是哪一个", "写成 企业名称/岗位名称，或填岗位编号")
	case len(near) > 0:
		bad("可选岗位里没有“"+text+"”", "是不是："+strings.Join(near, "、"))
	default:
		bad("可选岗位里没有“"+text+"”：没有在招收，或与学生的专业不对应", "轮次页面里列出的岗位")
	}
	return ""
}
