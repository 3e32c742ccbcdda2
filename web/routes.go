package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"sunmao/services/partnership"
)

// Limits of what a request may carry, in bytes.
const (
	smallBody  = 1 << 20  // forms and API calls
	uploadBody = 20 << 20 // one sheet
	formMemory = 1 << 20  // of a multipart form held in memory; the rest rests in a file
)

const apiRoot = "/api/v1"

// access says who may use a route.
type access struct {
	anyone bool               // also without a sign-in
	still  bool               // needs no look at the session at all: assets, health
	roles  []partnership.Role // else these
	limit  int64              // of the body; 0 = smallBody
}

type route struct {
	method, path string
	access
	do func(*visit) error
}

// The groups of roles that routes name. They are never changed.
var (
	everyRole   = []partnership.Role{partnership.RoleSchool, partnership.RoleCompany, partnership.RoleDistrict, partnership.RoleOperator}
	schoolSide  = []partnership.Role{partnership.RoleSchool, partnership.RoleDistrict, partnership.RoleOperator}
	companySide = []partnership.Role{partnership.RoleCompany, partnership.RoleSchool, partnership.RoleOperator}
	overseers   = []partnership.Role{partnership.RoleDistrict, partnership.RoleOperator}
	operators   = []partnership.Role{partnership.RoleOperator}
)

// routes is the one table of pages and forms: method, path, who, what. Whose record it
// is, is decided by the use case behind it.
func (s *Site) routes() []route {
	get, post := http.MethodGet, http.MethodPost
	still := access{anyone: true, still: true}
	anyone := access{anyone: true}
	every := access{roles: everyRole}
	return []route{
		{get, "/healthz", still, s.healthz},
		{get, "/readyz", still, s.readyz},
		{get, assetRoot + "*file", still, s.assets.serve},

		{get, "/signin", anyone, s.signinForm},
		{post, "/signin", anyone, s.signin},
		{post, "/signout", every, s.signout},
		{post, "/theme", anyone, s.theme},
		{get, "/password", every, s.passwordForm},
		{post, "/password", every, s.changePassword},
		{get, "/about", anyone, s.about},
		{get, "/glossary", anyone, s.glossary},
	}
}

func queryEscape(s string) string { return url.QueryEscape(s) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
