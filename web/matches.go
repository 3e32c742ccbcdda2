package web

import (
	"slices"

	"sunmao/services/exchange"
	"sunmao/services/matching"
	"sunmao/services/partnership"
)

// matchRow is one match in words, seen from the post or from the cohort.
type matchRow struct {
	URL, Name, Party, Major string
	Size, Slots, Pay        string
	Score                   string
	Percent                 float64 // of 100, for the bar
	Level                   string
	Parts                   []partRow
	Reasons, Raise          []string
	Brief                   []string // what the weightiest criteria say, for a table
	Sample                  bool
}

type partRow struct {
	Name, Got, Of string
	Why           string
	Percent       float64
}

// levelWords are the words of a level, the same here as wherever a fit is told.
func levelWords(level string) string { return matching.Level(level).Words() }

// matchRows writes matches for a page: fromPost lists the cohorts of a post, else the
// posts of a cohort.
func matchRows(list []partnership.Match, fromPost bool) []matchRow {
	out := make([]matchRow, 0, len(list))
	for i := range list {
		m := &list[i]
		row := matchRow{URL: pageOf(exchange.KindPost, m.Post), Name: m.PostTitle, Party: m.CompanyName, Major: m.MajorName,
			Size: number(m.Size), Slots: number(m.Slots), Pay: pay(m.PayFen), Score: points(m.Score), Percent: float64(m.Score) / 100,
			Level: levelWords(m.Level), Reasons: m.Reasons, Raise: m.Raise, Sample: m.Sample}
		if fromPost {
			row.URL, row.Name, row.Party = pageOf(exchange.KindCohort, m.Cohort), m.CohortName, m.SchoolName
		}
		for _, part := range m.Parts {
			share := 0.0
			if part.Of > 0 {
				share = 100 * float64(part.Got) / float64(part.Of)
			}
			row.Parts = append(row.Parts, partRow{part.Name, points(part.Got), points(part.Of), part.Why, share})
		}
		row.Brief = brief(m)
		out = append(out, row)
	}
	return out
}

// brief is what the three criteria that count most say of the match.
func brief(m *partnership.Match) []string {
	parts := slices.Clone(m.Parts)
	slices.SortStableFunc(parts, func(a, b partnership.ScorePart) int { return b.Of - a.Of })
	var out []string
	for _, p := range parts {
		if p.Why != "" && len(out) < 3 {
			out = append(out, p.Why)
		}
	}
	if len(out) == 0 {
		return m.Reasons
	}
	return out
}
