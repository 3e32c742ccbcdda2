package exchange

import (
	"context"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// cooperationTable takes in the cooperation register of the actor's school: the rows of one
// cooperation bring its pledges, one each.
func (x *Exchange) cooperationTable(names *importNames) *recordTable[partnership.Cooperation] {
	key := func(c *partnership.Cooperation) string {
		return strings.Join([]string{c.School, c.Company, c.Form, c.From}, "\x00")
	}
	return &recordTable[partnership.Cooperation]{
		x: x, coll: x.cooperations, rec: (*partnership.Cooperation).Rec, seen: map[string]bool{},
		key: func(_ context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
			c := names.company(r, bad)
			school, ok := names.school(names.actor.Party, r, bad)
			if c == nil || !ok {
				return "", nil
			}
			return key(&partnership.Cooperation{School: school, Company: c.ID, Form: r.Text("form"), From: r.Text("start")}), nil
		},
		find: func(ctx context.Context, keys []string) (map[string]partnership.Cooperation, error) {
			out := map[string]partnership.Cooperation{}
			if len(keys) == 0 {
				return out, nil
			}
			return out, byField(ctx, x.cooperations, "school", []string{names.actor.Party}, func(c *partnership.Cooperation) { out[key(c)] = *c })
		},
		fill: func(ctx context.Context, c *partnership.Cooperation, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
			c.Pledges = slices.Clone(c.Pledges) // the record it is compared with keeps its own
			if !there {
				company := names.company(r, bad)
				if !maySeeCompany(names.actor, company) {
					bad("company", "“"+company.Name+"”还没有入库或已暂停", "区教委审核通过的企业")
					return nil
				}
				s, err := x.schools.Get(ctx, names.actor.Party)
				if err != nil {
					return err
				}
				c.School, c.SchoolName, c.Company, c.CompanyName, c.Form, c.From = s.ID, s.Name, company.ID, company.Name, r.Text("form"), r.Text("start")
			}
			fillCooperation(c, r)
			if err := tellInvalid(c.Check(), bad); err != nil {
				return err
			}
			if !r.Has("pledge") {
				return nil
			}
			return tellInvalid(x.pledgeOf(c, r, names.actor), func(field, what, allowed string) {
				if to, ok := map[string]string{"what": "pledge", "by": "pledge_by"}[field]; ok {
					field = to
				}
				bad(field, what, allowed)
			})
		},
		own: func(c partnership.Cooperation) partnership.Cooperation {
			c.Overdue, c.Awaits = "", nil
			c.Pledges = slices.Clone(c.Pledges)
			for i := range c.Pledges {
				c.Pledges[i].Account = ""
			}
			return c
		},
		words: map[string]string{"majors": "专业", "to": "结束日期", "paper": "协议", "detail": "合作内容", "equipment_fen": "企业提供设备", "funds_fen": "企业投入资金",
			"courses": "合作开发课程", "textbooks": "合作开发教材", "staff_trained": "培训企业员工", "pledges": "承诺与兑现"},
		name:   func(c *partnership.Cooperation) string { return c.CompanyName + " " + c.Form },
		finish: func(context.Context, []string) error { return nil },
	}
}

func fillCooperation(c *partnership.Cooperation, r sheets.Row) {
	setText(&c.Majors, r, "majors")
	setText(&c.To, r, "end")
	setText(&c.Paper, r, "paper")
	setText(&c.Detail, r, "detail")
	setFen(&c.EquipmentFen, r, "equipment")
	setFen(&c.FundsFen, r, "funds")
	setCount(&c.Courses, r, "courses")
	setCount(&c.Textbooks, r, "textbooks")
	setCount(&c.StaffTrained, r, "staff_trained")
}

// pledgeOf writes the pledge of a row into a cooperation: a new one, or what has come of one
// that is there. What is there already is left alone, with the other side's word on it.
func (x *Exchange) pledgeOf(c *partnership.Cooperation, r sheets.Row, actor partnership.Actor) error {
	p := partnership.Pledge{By: partnership.ByCompany, What: strings.TrimSpace(r.Text("pledge")), Amount: r.Count("amount"), Unit: r.Text("unit"), Due: r.Text("due")}
	setText(&p.By, r, "pledge_by")
	at := slices.IndexFunc(c.Pledges, func(old partnership.Pledge) bool { return old.By == p.By && old.What == p.What })
	if at < 0 {
		if err := c.Promise(p); err != nil {
			return err
		}
		at = len(c.Pledges) - 1
	}
	old := &c.Pledges[at]
	setCount(&old.Amount, r, "amount")
	setText(&old.Unit, r, "unit")
	setText(&old.Due, r, "due")
	c.Tally()
	k := partnership.Kept{Day: r.Text("kept"), Done: r.Count("done"), Proof: strings.TrimSpace(r.Text("proof"))}
	if k.Day == "" || k.Day == old.Kept && k.Done == old.Done && k.Proof == old.Proof {
		return nil
	}
	return c.Keep(actor, x.today(), at+1, k)
}

// cooperationRows are an entry of the register in the columns that it is imported by.
func cooperationRows(c *partnership.Cooperation) []map[string]any {
	head := func() map[string]any {
		row := map[string]any{"company": c.CompanyName, "school": c.SchoolName, "form": c.Form}
		for field, text := range map[string]string{"majors": c.Majors, "start": c.From, "end": c.To, "paper": c.Paper, "detail": c.Detail} {
			if text != "" {
				row[field] = text
			}
		}
		for field, fen := range map[string]int64{"equipment": c.EquipmentFen, "funds": c.FundsFen} {
			if fen > 0 {
				row[field] = fen
			}
		}
		for field, n := range map[string]int{"courses": c.Courses, "textbooks": c.Textbooks, "staff_trained": c.StaffTrained} {
			if n > 0 {
				row[field] = n
			}
		}
		return row
	}
	if len(c.Pledges) == 0 {
		return []map[string]any{head()}
	}
	var out []map[string]any
	for i := range c.Pledges {
		p, row := &c.Pledges[i], head()
		for field, text := range map[string]string{"pledge_by": p.By, "pledge": p.What, "unit": p.Unit, "due": p.Due, "kept": p.Kept, "proof": p.Proof} {
			if text != "" {
				row[field] = text
			}
		}
		if p.Amount > 0 {
			row["amount"] = p.Amount
		}
		if p.Done > 0 {
			row["done"] = p.Done
		}
		out = append(out, row)
	}
	return out
}

// allianceTable takes in alliances of the actor's school, a row a member.
func (x *Exchange) allianceTable(names *importNames) *recordTable[partnership.Alliance] {
	return &recordTable[partnership.Alliance]{
		x: x, coll: x.alliances, rec: (*partnership.Alliance).Rec, seen: map[string]bool{},
		key: func(_ context.Context, r sheets.Row, _ func(field, what, allowed string)) (string, error) {
			return r.Text("name"), nil
		},
		find: func(ctx context.Context, keys []string) (map[string]partnership.Alliance, error) {
			out := map[string]partnership.Alliance{}
			return out, byField(ctx, x.alliances, "name", slices.Clone(keys), func(a *partnership.Alliance) {
				if a.School == names.actor.Party {
					out[a.Name] = *a
				}
			})
		},
		fill: func(ctx context.Context, a *partnership.Alliance, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
			a.Members = slices.Clone(a.Members)
			if !there {
				s, err := x.schools.Get(ctx, names.actor.Party)
				if err != nil {
					return err
				}
				a.School, a.Name = s.ID, r.Text("name")
				if partnership.NameKey(r.Text("member")) != partnership.NameKey(s.Name) {
					a.Members = []partnership.Member{{Party: s.ID, Name: s.Name}} // whose own row may follow
				}
			}
			setText(&a.Kind, r, "kind")
			setText(&a.From, r, "start")
			setText(&a.To, r, "end")
			setText(&a.Paper, r, "paper")
			setText(&a.Detail, r, "detail")
			m := []partnership.Member{{Name: r.Text("member"), Leads: r.Bool("leads")}}
			if err := x.tieMembers(ctx, names.actor, m); err != nil {
				return err
			}
			at := slices.IndexFunc(a.Members, func(old partnership.Member) bool {
				return partnership.NameKey(old.Name) == partnership.NameKey(m[0].Name)
			})
			switch {
			case at < 0:
				a.Members = append(a.Members, m[0])
			case r.Has("leads"):
				a.Members[at].Leads = m[0].Leads
			}
			return tellInvalid(a.Check(), func(field, what, allowed string) {
				if field == "members" {
					field = "member"
				}
				bad(field, what, allowed)
			})
		},
		own:    func(a partnership.Alliance) partnership.Alliance { return a },
		words:  map[string]string{"kind": "类型", "members": "成员", "from": "成立日期", "to": "结束日期", "paper": "文件", "detail": "说明"},
		name:   func(a *partnership.Alliance) string { return a.Name },
		finish: func(context.Context, []string) error { return nil },
	}
}

// ExportAlliances yields the alliances of a list by the fields of the sheet 联合体与集团.
func (x *Exchange) ExportAlliances(ctx context.Context, actor partnership.Actor) func(yield func(map[string]any, error) bool) {
	return func(yield func(map[string]any, error) bool) {
		for l := (List{Limit: 100}); ; {
			found, next, err := x.Alliances(ctx, actor, l)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found {
				if !yieldMembers(&found[i], yield) {
					return
				}
			}
			if l.After = next; next == "" {
				return
			}
		}
	}
}

func yieldMembers(a *partnership.Alliance, yield func(map[string]any, error) bool) bool {
	for _, m := range a.Members {
		row := map[string]any{"name": a.Name, "kind": a.Kind, "member": m.Name, "leads": m.Leads}
		for field, text := range map[string]string{"start": a.From, "end": a.To, "paper": a.Paper, "detail": a.Detail} {
			if text != "" {
				row[field] = text
			}
		}
		if !yield(row, nil) {
			return false
		}
	}
	return true
}
