package exchange

import (
	"sunmao/services/matching"
	"sunmao/services/partnership"
)

// match scores a post for a cohort and puts the result in the form that rows show.
// Pairs that a rule forbids have no match.
func (x *Exchange) match(p *partnership.Post, company *partnership.Company, c *partnership.Cohort, link partnership.MajorLink) (partnership.Match, bool) {
	fit := matching.Score(postFacts(p, company), cohortFacts(c), matching.DefaultWeights())
	if fit.Refused != "" {
		return partnership.Match{}, false
	}
	m := partnership.Match{Post: p.ID, PostTitle: p.Title, Company: p.Company, CompanyName: p.CompanyName, Cohort: c.ID, CohortName: c.Name,
		School: c.School, SchoolName: c.SchoolName, MajorName: c.MajorName, Size: c.Size, Slots: p.Left(), PayFen: p.PayFen,
		Score: fit.Points, Level: string(fit.Level), Raise: fit.Raise, Version: fit.Version, Closes: p.ClosesOn, Sample: p.Sample && c.Sample}
	m.ID = p.ID + ":" + c.ID
	m.Reasons = append(append(m.Reasons, link.Path...), fit.Reasons...)
	for _, part := range fit.Parts {
		m.Parts = append(m.Parts, partnership.ScorePart{Key: part.Criterion.Key(), Name: part.Criterion.Words(), Got: part.Got, Of: part.Of, Why: part.Why})
	}
	return m, true
}

func postFacts(p *partnership.Post, company *partnership.Company) matching.PostFacts {
	f := matching.PostFacts{ID: p.ID, Title: p.Title, Kind: string(p.Kind), Skills: p.Skills, Region: p.Region, At: place(p.Point),
		PayFen: p.PayFen, ReferenceFen: p.PayWageFen, From: p.From, To: p.To, Lodging: p.Lodging, Slots: p.Slots, Tutors: p.Tutors}
	for _, l := range p.Links {
		f.Majors = append(f.Majors, matching.Major{Code: l.Code, Name: l.Name, Level: matching.Level(l.Level)})
	}
	for _, finding := range p.Findings {
		if finding.Severity == "forbidden" {
			f.Forbidden = finding.Sentence
			break
		}
	}
	if company.Blocked != "" {
		f.Forbidden = company.Blocked
	}
	return f
}

func cohortFacts(c *partnership.Cohort) matching.SeekerFacts {
	f := matching.SeekerFacts{ID: c.ID, Name: c.Name, Major: c.Major, MajorName: c.MajorName, Skills: c.Skills, Region: c.Region, At: place(c.Point),
		From: c.From, To: c.To, NeedsBeds: c.NeedsBeds, Green: c.Priority > 0, Size: c.Size, MinPayFen: c.MinPayFen, MaxKM: c.MaxKM}
	return f
}

func place(p *partnership.Point) matching.Point {
	if p == nil {
		return matching.Point{}
	}
	return matching.Point{Lng: p.Lng, Lat: p.Lat}
}
