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
	bare   bool               // also for whom the second step is still to be set up
	still  bool               // needs no look at the session at all: assets, health
	roles  []partnership.Role // else these
	limit  int64              // of the body; 0 = smallBody
	scope  string             // that an API key needs; empty where no key will do
}

type route struct {
	method, path string
	access
	do func(*visit) error
}

// The groups of roles that routes name. They are never changed.
var (
	everyRole    = []partnership.Role{partnership.RoleSchool, partnership.RoleCompany, partnership.RoleDistrict, partnership.RoleOperator}
	schools      = []partnership.Role{partnership.RoleSchool}
	companies    = []partnership.Role{partnership.RoleCompany}
	schoolSide   = []partnership.Role{partnership.RoleSchool, partnership.RoleDistrict, partnership.RoleOperator}
	companySide  = []partnership.Role{partnership.RoleCompany, partnership.RoleSchool, partnership.RoleOperator}
	keyHolders   = []partnership.Role{partnership.RoleSchool, partnership.RoleCompany, partnership.RoleDistrict}
	parties      = []partnership.Role{partnership.RoleSchool, partnership.RoleCompany}
	companyHands = []partnership.Role{partnership.RoleCompany, partnership.RoleDistrict, partnership.RoleOperator}
	overseers    = []partnership.Role{partnership.RoleDistrict, partnership.RoleOperator}
	operators    = []partnership.Role{partnership.RoleOperator}
)

// routes is the one table of pages and forms: method, path, who, what. Whose record it
// is, is decided by the use case behind it.
func (s *Site) routes() []route {
	get, post := http.MethodGet, http.MethodPost
	still := access{anyone: true, still: true}
	anyone := access{anyone: true}
	every := access{roles: everyRole}
	bare := access{roles: everyRole, bare: true}
	return slices.Concat(s.studentRoutes(), s.selectionRoutes(), s.importRoutes(), s.noticeRoutes(), s.graduateRoutes(), s.schoolRoutes(), s.placementRoutes(), s.figureRoutes(), s.classRoutes(), s.baseRoutes(), s.rotationRoutes(), s.cooperationRoutes(), []route{
		{get, "/healthz", still, s.healthz},
		{get, "/readyz", still, s.readyz},
		{get, assetRoot + "*file", still, s.assets.serve},

		{get, "/signin", anyone, s.signinForm},
		{post, "/signin", anyone, s.signin},
		{get, "/signin/second", anyone, s.secondForm},
		{post, "/signin/second", anyone, s.second},
		{post, "/signout", bare, s.signout},
		{post, "/theme", anyone, s.theme},
		{get, "/password", bare, s.passwordForm},
		{post, "/password", bare, s.changePassword},
		{get, "/account", every, s.ownAccount},
		{post, "/account/sessions", every, s.endSession},
		{get, "/account/two-step", bare, s.twoStep},
		{post, "/account/two-step", bare, s.changeTwoStep},
		{get, "/accounts", every, s.accountList},
		{post, "/accounts/act", every, s.actAccount},
		{get, "/keys", access{roles: keyHolders}, s.keyList},
		{post, "/keys", access{roles: keyHolders}, s.makeKey},
		{get, "/keys/new", access{roles: keyHolders}, s.keyForm},
		{post, "/keys/revoke", access{roles: keyHolders}, s.revokeKey},
		{get, "/webhooks", access{roles: keyHolders}, s.webhookList},
		{post, "/webhooks", access{roles: keyHolders}, s.makeWebhook},
		{get, "/webhooks/new", access{roles: keyHolders}, s.webhookForm},
		{post, "/webhooks/act", access{roles: keyHolders}, s.actWebhook},
		{get, "/accounts/invite", every, s.inviteForm},
		{post, "/accounts/invite", every, s.invite},
		{post, "/accounts/withdraw", every, s.withdrawInvitation},
		{get, "/register", anyone, s.registerForm},
		{post, "/register", anyone, s.register},
		{get, "/register/:token", anyone, s.registered},
		{post, "/register/:token", anyone, s.mend},
		{get, "/join/:token", anyone, s.joinForm},
		{post, "/join/:token", anyone, s.join},
		{get, "/about", anyone, s.about},
		{get, "/glossary", anyone, s.glossary},

		{get, apiRoot + "/openapi.json", anyone, s.openAPI},
		{get, "/api", every, s.apiDocs},

		{get, "/", every, s.home},
		{get, "/search", every, s.search},
		{get, "/search/suggest", every, s.suggest},
		{post, "/searches", every, s.saveSearch},
		{get, "/searches/:key", every, s.openSearch},
		{post, "/searches/drop", every, s.dropSearch},
		{get, "/posts", every, s.posts},
		{get, "/posts/new", access{roles: companySide}, s.postForm},
		{post, "/posts", access{roles: companySide}, s.savePost},
		{get, "/posts/:id", every, s.post},
		{get, "/posts/:id/edit", access{roles: companySide}, s.postForm},
		{post, "/posts/:id", access{roles: companySide}, s.savePost},
		{post, "/posts/:id/act", every, s.actPost},
		{get, "/posts/:id/align", every, s.alignForm},
		{post, "/posts/:id/align", every, s.saveAlign},
		{post, "/posts/:id/confirm", every, s.confirmAlign},
		{get, "/cohorts", every, s.cohorts},
		{get, "/cohorts/new", access{roles: schools}, s.cohortForm},
		{post, "/cohorts", access{roles: schools}, s.saveCohort},
		{get, "/cohorts/:id", every, s.cohort},
		{get, "/cohorts/:id/edit", access{roles: schools}, s.cohortForm},
		{post, "/cohorts/:id", access{roles: schools}, s.saveCohort},
		{get, "/company", access{roles: companies}, s.ownCompany},
		{get, "/companies", access{roles: schoolSide}, s.companies},
		{get, "/companies/:id", every, s.company},
		{get, "/companies/:id/capacity", every, s.capacity},
		{get, "/companies/:id/edit", access{roles: companyHands}, s.companyForm},
		{post, "/companies/:id", access{roles: companyHands}, s.saveCompany},
		{post, "/companies/:id/act", every, s.actCompany},
		{post, "/companies/:id/twin", access{roles: overseers}, s.answerTwins},
		{get, "/rulings", every, s.rulings},
		{post, "/rulings", access{roles: overseers}, s.saveRuling},
		{get, "/rulings/new", access{roles: overseers}, s.rulingForm},
		{post, "/rulings/act", access{roles: overseers}, s.actRuling},
		{get, "/rulings/ask", access{roles: parties}, s.askForm},
		{post, "/rulings/ask", access{roles: parties}, s.askRuling},
		{get, "/rulings/outcomes", access{roles: schoolSide}, s.outcomes},
		{get, "/rulings/outcomes/:id", access{roles: schoolSide}, s.outcomeForm},
		{post, "/rulings/outcomes/:id", access{roles: schoolSide}, s.correctOutcome},
		{get, "/unmet", every, s.unmet},
		{post, "/unmet", access{roles: overseers}, s.answerUnmet},
		{get, "/industry-fit", access{roles: schoolSide}, s.industryFit},
		{get, "/names", every, s.names},
		{post, "/names/forget", every, s.forgetName},
		{get, "/rounds", every, s.rounds},
		{post, "/rounds", access{roles: schoolSide}, s.runRound},
		{get, "/rounds/:id", every, s.round},
		{post, "/rounds/:id/run", access{roles: schoolSide}, s.runRound},
		{post, "/rounds/:id/publish", access{roles: schoolSide}, s.publishRound},
		{get, "/dashboard", access{roles: schoolSide}, s.dashboard},
		{get, "/dashboard/missing", access{roles: schoolSide}, s.dashboardMissing},
		{get, "/charts", access{roles: schoolSide}, s.charts},
		{get, "/screen", access{roles: schoolSide}, s.screen},
		{get, "/rates", access{roles: schoolSide}, s.rates},
		{get, "/trail", access{roles: overseers}, s.trail},
		{get, "/works", every, s.workList},
		{get, "/works/:id", every, s.workView},
		{post, "/works/:id/stop", every, s.stopWork},
		{get, "/jobs", access{roles: operators}, s.jobList},
		{post, "/jobs/:name/run", access{roles: operators}, s.runJob},
		{post, "/jobs/:name/pause", access{roles: []partnership.Role{partnership.RoleOperator}}, s.pauseJob},
	})
}

func queryEscape(s string) string { return url.QueryEscape(s) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
