package partnership

import (
	"context"
	"strings"
)

// Role is what an account may act as.
type Role string

// The four roles. Every route names one of them (or Anyone signed in).
const (
	RoleSchool   Role = "school"   // 学校
	RoleCompany  Role = "company"  // 企业
	RoleDistrict Role = "district" // 区教委
	RoleOperator Role = "operator" // 平台运维
)

// Words gives the role in the users' language.
func (r Role) Words() string {
	switch r {
	case RoleSchool:
		return "学校"
	case RoleCompany:
		return "企业"
	case RoleDistrict:
		return "区教委"
	case RoleOperator:
		return "平台运维"
	}
	return "访客"
}

// Actor is who asks: an account with its role and the party it speaks for.
// Every use case takes one and every query carries its scope.
type Actor struct {
	Account string // account id, for the trail
	Name    string // shown to people
	Role    Role
	Party   string // school or company id; empty for district and operator
	Region  string // six-digit code of the district the account belongs to
	Admin   bool   // manages the accounts of its party
	Unready bool   // has to set up the second step before anything else

	Key    string   // id of the API key that speaks, empty for a person
	Scopes []string // of that key
}

// System is the actor of scheduled jobs and of the command line, which whoever
// holds the data folder may use.
func System(what string) Actor {
	return Actor{Account: "system:" + what, Name: "系统", Role: RoleOperator, Admin: true}
}

type actorInContext struct{}

// In returns a context whose writes the audit trail ascribes to the actor. It is for the
// trail alone: what an actor may do is decided by the Actor a use case is called with.
func (a Actor) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, actorInContext{}, a)
}

// ActorIn is the actor of the context's writes; nobody if none is named.
func ActorIn(ctx context.Context) Actor {
	a, _ := ctx.Value(actorInContext{}).(Actor)
	return a
}

// SpeaksFor reports whether the actor acts for this school or company.
func (a Actor) SpeaksFor(party string) bool { return a.Party != "" && a.Party == party }

// SeesAll reports whether the actor oversees parties (district and operator) instead of
// being one. Which records a district sees, Oversees says.
func (a Actor) SeesAll() bool { return a.Role == RoleDistrict || a.Role == RoleOperator }

// Oversees reports whether the actor may read and decide about what lies at a place
// whoever it belongs to: the operator everything, a district what lies in its region.
func (a Actor) Oversees(region string) bool {
	return a.Role == RoleOperator || a.Role == RoleDistrict && a.Covers(region)
}

// Covers reports whether a place lies in the actor's region: its county, or any county
// of its city (codes ending in 00) or province (0000).
func (a Actor) Covers(region string) bool {
	return a.Region != "" && strings.HasPrefix(region, RegionPrefix(a.Region))
}

// RegionPrefix is what the codes of all places within a region begin with:
// 500153 for a county, 5001 for the city 500100, 50 for the province 500000.
func RegionPrefix(code string) string {
	for len(code) > 2 && strings.HasSuffix(code, "00") {
		code = code[:len(code)-2]
	}
	return code
}

// MayEditPost reports whether the actor may change the post: its company, or a
// school the company let post for it, or the operator.
func (a Actor) MayEditPost(p *Post) bool {
	return a.Role == RoleOperator ||
		a.Role == RoleCompany && a.SpeaksFor(p.Company) ||
		a.Role == RoleSchool && p.DelegatedTo != "" && a.SpeaksFor(p.DelegatedTo)
}

// MaySeePost reports whether the actor may know of the post: those who edit it, the
// district of its place, that of its company and the operator always, schools once it is open.
func (a Actor) MaySeePost(p *Post) bool {
	if a.MayEditPost(p) || a.Oversees(p.Region) || a.Oversees(p.District) {
		return true
	}
	return a.Role == RoleSchool && p.State.Public()
}

// MayEditCohort reports whether the actor may change the cohort: its school.
func (a Actor) MayEditCohort(c *Cohort) bool {
	return a.Role == RoleOperator || a.Role == RoleSchool && a.SpeaksFor(c.School)
}

// MaySeeCohort reports whether the actor may know of the cohort: its school,
// its district and the operator, and companies once the cohort is open.
func (a Actor) MaySeeCohort(c *Cohort) bool {
	return a.MayEditCohort(c) || a.Oversees(c.Region) || a.Role == RoleCompany && c.State == CohortOpen
}
