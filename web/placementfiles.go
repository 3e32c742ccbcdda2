package web

import (
	"iter"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// fileFormat is the kind of file that a list is asked for as.
func fileFormat(v *visit) (sheets.Format, error) {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return format, partnership.Invalid{"format": {"可以导出 xlsx、csv 或 gb18030"}}
	}
	return format, nil
}

// exportPlacements sends the list as filtered; names stay masked.
func (s *Site) exportPlacements(v *visit, ask exchange.List) error {
	format, err := fileFormat(v)
	if err != nil {
		return err
	}
	return s.sendRows(v, format, sheets.Placements(), false, s.placementCells(v, ask))
}

func (s *Site) placementCells(v *visit, ask exchange.List) iter.Seq2[map[string]any, error] {
	return func(yield func(map[string]any, error) bool) {
		for ask.Limit = 100; ; {
			rows, next, err := s.exchange.Placements(v.ctx(), v.actor, ask)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range rows {
				p := &rows[i].Placement
				row := map[string]any{"student_no": rows[i].Student.Number, "student": rows[i].Student.Name, "class": p.CohortName, "school": p.SchoolName, "company": p.CompanyName,
					"post": p.PostTitle, "kind": p.Kind.Words(), "state": p.State.Words(), "start": p.From, "end": p.To, "started_on": p.StartedOn,
					"school_tutor": p.Papers.SchoolTutor, "company_tutor": p.Papers.CompanyTutor, "open_marks": p.Open}
				if p.Ended != nil {
					row["note"] = p.Ended.Day + " " + p.Ended.By + "：" + p.Ended.Reason
				}
				if !yield(cells(row), nil) {
					return
				}
			}
			if ask.After = next; next == "" {
				return
			}
		}
	}
}

// exportOffers sends the list of offers as filtered.
func (s *Site) exportOffers(v *visit, ask exchange.List) error {
	format, err := fileFormat(v)
	if err != nil {
		return err
	}
	names, err := s.schoolNames(v)
	if err != nil {
		return err
	}
	return s.sendRows(v, format, sheets.Offers(), false, func(yield func(map[string]any, error) bool) {
		for ask.Limit = 100; ; {
			found, next, err := s.exchange.Offers(v.ctx(), v.actor, ask)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found {
				a := &found[i]
				row := map[string]any{"class": a.CohortName, "school": names[a.School], "company": a.CompanyName, "post": a.PostTitle, "count": a.Count, "score": points(a.Score), "state": allocationWords(a.State), "why": strings.Join(a.Why, "；")}
				if !yield(cells(row), nil) {
					return
				}
			}
			if ask.After = next; next == "" {
				return
			}
		}
	})
}

// exportSupervision sends the students on post with what needs attention, exceptions first;
// names stay masked.
func (s *Site) exportSupervision(v *visit, found []exchange.FollowRow) error {
	format, err := fileFormat(v)
	if err != nil {
		return err
	}
	rows := make([]map[string]any, len(found))
	for i := range found {
		r := &found[i]
		p := &r.Placement
		rows[i] = cells(map[string]any{"student_no": r.Student.Number, "student": r.Student.Name, "class": p.CohortName, "school": p.SchoolName, "company": p.CompanyName, "post": p.PostTitle,
			"start": p.From, "end": p.To, "alerts": strings.Join(r.Alerts, "；"), "last_call": r.LastCall, "last_note": r.LastNote, "school_tutor": p.Papers.SchoolTutor, "company_tutor": p.Papers.CompanyTutor})
	}
	return s.sendRows(v, format, sheets.Supervision(), false, rowsAs(rows))
}
