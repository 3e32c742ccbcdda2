package web

import (
	"iter"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// A list is exported as it is filtered, all pages of it, in the columns that its kind is
// imported by.

// allHits pages through everything a list holds.
func (s *Site) allHits(v *visit, q *listQuery) iter.Seq2[[]search.Hit, error] {
	ask := q.query
	ask.Limit, ask.Offset, ask.After, ask.Facets, ask.Plain, ask.Explain = 100, 0, "", nil, true, false
	return func(yield func([]search.Hit, error) bool) {
		for {
			r, err := s.exchange.Peek(v.ctx(), v.actor, ask)
			if !yield(r.Hits, err) || err != nil {
				return
			}
			switch {
			case r.Next != "":
				ask.After = r.Next
			case r.CatchingUp && ask.Offset+ask.Limit < r.Total:
				ask.Offset += ask.Limit
			default:
				return
			}
		}
	}
}

// exportList sends a list as a file; read gives the documents of a page of hits, row the
// cells of one.
func exportList[D any](s *Site, v *visit, q *listQuery, kind sheets.Kind, read func(ids []string) ([]D, error), row func(*D) map[string]any) error {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return partnership.Invalid{"format": {"可以导出 xlsx、csv 或 gb18030"}}
	}
	return s.sendRows(v, format, kind, false, func(yield func(map[string]any, error) bool) {
		for hits, err := range s.allHits(v, q) {
			var docs []D
			if err == nil {
				docs, err = read(ids(hits))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range docs {
				if !yield(row(&docs[i]), nil) {
					return
				}
			}
		}
	})
}

// cells drops what is empty, so that a cell nobody filled stays blank.
func cells(all map[string]any) map[string]any {
	for k, v := range all {
		switch v := v.(type) {
		case string:
			if v == "" {
				delete(all, k)
			}
		case int:
			if v == 0 {
				delete(all, k)
			}
		case int64:
			if v == 0 {
				delete(all, k)
			}
		case float64:
			if v == 0 {
				delete(all, k)
			}
		case []string:
			if len(v) == 0 {
				delete(all, k)
			}
		}
	}
	return all
}

func (s *Site) exportPosts(v *visit, q *listQuery) error {
	read := func(ids []string) ([]partnership.Post, error) { return s.exchange.PostsByID(v.ctx(), v.actor, ids) }
	return exportList(s, v, q, sheets.Posts(), read, func(p *partnership.Post) map[string]any {
		row := cells(map[string]any{"id": p.ID, "title": p.Title, "company": p.CompanyName, "kind": p.Kind.Words(), "slots": p.Slots, "majors": p.Majors, "occupation": p.Occupation,
			"duties": p.Duties, "tasks": p.Skills, "start": p.From, "end": p.To, "region": p.Region, "site": p.Address, "sites": p.Sites, "transport": p.Transport, "lowest_wage": p.LowestFen, "lift_kg": p.LiftKg, "lifts_per_hour": p.LiftsPerHour, "motions_per_minute": p.Motions,
			"daily_hours": p.HoursPerDay, "weekly_hours": p.HoursPerDay * p.DaysPerWeek, "rest_day_work": p.RestDayWork, "hazards": p.Hazards,
			"labour_grade": []string{"", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}[max(0, min(4, p.LabourGrade))], "same_post_staff": p.SamePostStaff,
			"pay": p.PayFen, "pay_unit": "月", "same_post_wage": p.PayWageFen, "pay_form": p.PayForm, "payee": p.PayTo, "pay_cycle_days": p.PayCycle,
			"lodging": yesNo(p.Lodging, "统一住宿", "自行住宿"), "meals": yesNo(p.Meals, "提供工作餐", ""), "note": p.State.Words() + "，剩余 " + plain(p.Left()) + " 人"})
		if p.Fees != "" {
			row["fees"] = []string{p.Fees}
		}
		if p.Assists {
			row["independent"] = false
		}
		if p.PayFen == 0 {
			delete(row, "pay_unit")
		}
		return row
	})
}

func (s *Site) exportCompanies(v *visit, q *listQuery) error {
	read := func(ids []string) ([]partnership.Company, error) {
		return s.exchange.CompaniesByID(v.ctx(), v.actor, ids)
	}
	return exportList(s, v, q, sheets.Companies(), read, func(c *partnership.Company) map[string]any {
		row := cells(map[string]any{"name": c.Name, "credit_code": c.CreditCode, "spellings": c.Spellings, "region": c.Region, "address": c.Address, "industry": c.Industry,
			"staff_on_post": c.Staff, "staff_date": c.StaffAsOf, "staff_evidence": c.StaffProof, "nature": c.Nature, "note": c.State.Words()})
		if v.actor.SeesAll() || v.actor.SpeaksFor(c.ID) {
			row["contact"] = c.Contact
			if c.Credit.AsOf != "" {
				row["dishonest"] = !c.Credit.Clean
			}
			if c.Safety.On != "" {
				row["safety_penalty_date"] = c.Safety.On
			}
		}
		return row
	})
}

func (s *Site) exportCohorts(v *visit, q *listQuery) error {
	read := func(ids []string) ([]partnership.Cohort, error) { return s.exchange.CohortsByID(v.ctx(), v.actor, ids) }
	return exportList(s, v, q, sheets.Cohorts(), read, func(c *partnership.Cohort) map[string]any {
		return cells(map[string]any{"name": c.Name, "school": c.SchoolName, "major": c.Major, "entry_year": c.EntryYear, "programme": c.Programme, "size": c.Size,
			"start": c.From, "end": c.To, "note": joinWords("；", c.State.Words(), c.Needs)})
	})
}

func (s *Site) exportBases(v *visit, q *listQuery) error {
	read := func(ids []string) ([]partnership.TrainingBase, error) {
		return s.exchange.BasesByID(v.ctx(), v.actor, ids)
	}
	return exportList(s, v, q, sheets.Bases(), read, func(b *partnership.TrainingBase) map[string]any {
		return cells(map[string]any{"name": b.Name, "owner": b.OwnerName, "kind": b.Kind, "level": b.Level, "majors": b.Majors, "workstations": b.Workstations,
			"equipment_value": b.EquipmentCents, "region": b.Region, "open": b.OpenToOthers})
	})
}

func (s *Site) exportClasses(v *visit, q *listQuery) error {
	read := func(ids []string) ([]partnership.OrderClass, error) {
		return s.exchange.ClassesByID(v.ctx(), v.actor, ids)
	}
	return exportList(s, v, q, sheets.OrderClasses(), read, func(o *partnership.OrderClass) map[string]any {
		return cells(map[string]any{"name": o.Name, "company": o.CompanyName, "school": o.SchoolName, "kind": o.Kind, "seats": o.Seats, "minimum": o.Minimum,
			"share_hired": float64(o.PromisedHirePct) / 100, "pay_floor": o.PromisedPayFen, "major": o.Majors})
	})
}

// freshHits are hits as the search page shows them: only what may still be seen.
func (s *Site) freshHits(v *visit, r exchange.Found, order string) ([]hit, error) {
	visible, err := s.exchange.Visible(v.ctx(), v.actor, r.Hits)
	return hitsOf(visible, order), err
}
