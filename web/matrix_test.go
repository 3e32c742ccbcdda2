package web

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/outbox"
	"sunmao/services/partnership"
)

var updateMatrix = flag.Bool("update-matrix", false, "write testdata/matrix.txt anew; read what changed before you commit it")

// The columns of the matrix: who owns the record of a route, others of the same roles in
// the same district, and officers of this and of another district.
var matrixActors = []string{"nobody", "school", "school2", "company", "company2", "district", "district2", "operator"}

// foreign are those who own no record of the matrix.
var foreign = []string{"school2", "company2", "district2"}

// matrixHouse is a market with one record of every kind, all of them of school s1, company
// c1 and the tests' district; subjects maps the beginning of a route to the id of its record.
func matrixHouse(t *testing.T) (*trade, map[string]string) {
	t.Helper()
	tr := openTrade(t, 3, 2)
	ctx, x := t.Context(), tr.exchange
	other := partnership.Company{Name: "重庆示例乙精密机械有限公司", Industry: "C3484", Region: demo.Region, Staff: 300, State: partnership.CompanyApproved}
	other.ID = "c2"
	class := partnership.OrderClass{Company: "c1", CompanyName: "重庆示例甲精密机械有限公司", School: "s1", SchoolName: "示例甲职业学校", Name: "甲班", Kind: "订单班", Majors: []string{"660103"}, Seats: 20, Year: 2026}
	class.ID = "class-1"
	base := partnership.TrainingBase{School: "s1", Owner: "s1", OwnerName: "示例甲职业学校", Name: "甲基地", Kind: "校内", Region: demo.Region}
	base.ID = "base-1"
	joint := partnership.Cooperation{School: "s1", Company: "c1", Form: "共建专业"}
	joint.ID = "cooperation-1"
	group := partnership.Alliance{School: "s1", Kind: partnership.KindGroup, Name: "甲职教集团", Members: []partnership.Member{{Party: "s1", Name: "示例甲职业学校", Leads: true}, {Party: "c1", Name: "重庆示例甲精密机械有限公司"}}, Parties: []string{"s1", "c1"}}
	group.ID = "alliance-1"
	if err := x.Load(ctx, partnership.Bundle{Companies: []partnership.Company{other}, OrderClasses: []partnership.OrderClass{class}, Bases: []partnership.TrainingBase{base}, Cooperations: []partnership.Cooperation{joint}, Alliances: []partnership.Alliance{group}}); err != nil {
		t.Fatal(err)
	}
	for login, acc := range map[string]partnership.Account{"company2": {Name: "乙企业", Role: partnership.RoleCompany, Party: "c2", Region: demo.Region}, "district2": {Name: "另一个区", Role: partnership.RoleDistrict, Region: "500112", Admin: true}} {
		acc.ID = login
		if err := tr.site.accounts.Create(ctx, acc, testPassword); err != nil {
			t.Fatal(err)
		}
	}
	school := tradeActors["school"]
	cohorts, _, err := x.Cohorts(ctx, school, exchange.List{})
	if err != nil || len(cohorts) == 0 {
		t.Fatal("no cohort", err)
	}
	students, _, err := x.Students(ctx, school, exchange.RosterQuery{})
	if err != nil || len(students) == 0 {
		t.Fatal("no student", err)
	}
	placement := idOf(tr.named(t, "school")[0])
	outcome, err := x.SaveOutcome(ctx, school, exchange.OutcomeDraft{Number: students[0].Number, Year: 2026, Direction: partnership.Employed, Employer: "重庆示例甲精密机械有限公司"})
	if err != nil {
		t.Fatal(err)
	}
	round, err := x.RunRound(ctx, school, partnership.Round{Name: "预览", Mode: partnership.ModeAssign, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := x.UploadImport(ctx, school, exchange.ImportRequest{Kind: "students", File: "名册.csv", Body: strings.NewReader(rosterText("数控班school", "U", 2))})
	if err != nil {
		t.Fatal(err)
	}
	message, err := x.Outbox().Put(ctx, outbox.Letter{To: "https://robot.example.cn/", Message: partnership.Message{Channel: partnership.ChannelWeCom, For: "company", Name: "甲企业", Region: demo.Region, Subject: "试"}})
	if err != nil {
		t.Fatal(err)
	}
	return tr, map[string]string{"/posts/": tr.post, "/cohorts/": cohorts[0].ID, "/companies/": "c1", "/offers/": tr.offers["school"], "/placements/": placement, "/students/": students[0].ID, "/graduates/": outcome.ID,
		"/rulings/outcomes/": outcome.ID, "/outcomes/": outcome.ID, "/rounds/": round.Round.ID, "/imports/": batch.ID, "/undelivered/": message, "/schools/": "s1", "/order-classes/": class.ID, "/bases/": base.ID, "/cooperations/": joint.ID, "/alliances/": group.ID}
}

// public says whom a record of others is shown to all the same: open posts and approved
// companies to schools, open cohorts to companies.
func public(subject, who string) bool {
	switch subject {
	case "/posts/", "/companies/", "/bases/": // docs/decisions/0005: schools at large find training bases
		return who == "school2"
	case "/cohorts/":
		return who == "company2"
	}
	return false
}

// subjectOf is the beginning of a route that names its record, "" if the route has none.
func subjectOf(subjects map[string]string, pattern string) string {
	path := strings.TrimPrefix(pattern, apiRoot)
	best := ""
	for prefix := range subjects {
		if strings.HasPrefix(path, prefix+":") && len(prefix) > len(best) {
			best = prefix
		}
	}
	return best
}

// anyForm is a form with something in every field that guards a lookup, so that a refusal
// is one of the record and not of the form.
func anyForm() url.Values {
	return url.Values{"verb": {"close"}, "why": {"试试看"}, "reason": {"试试看"}, "how": {"试试看"}, "words": {"试试看"}, "score": {"60"}, "day": {"2026-11-20"}, "field": {"name"}, "answer": {"试试看"}, "who": {"school"}, "rev": {"1"}, "name": {"试"}, "title": {"试"}}
}

// anyBody is a JSON body that a schema takes: every required property with its first value.
func anyBody(api huma.API, schema *huma.Schema) any {
	if schema.Ref != "" {
		schema = api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if len(schema.Enum) > 0 {
		return schema.Enum[0]
	}
	switch schema.Type {
	case "object":
		out := map[string]any{}
		for _, name := range schema.Required {
			if p := schema.Properties[name]; p != nil && name != "$schema" {
				out[name] = anyBody(api, p)
			}
		}
		return out
	case "array":
		if schema.MinItems != nil && *schema.MinItems > 0 {
			return []any{anyBody(api, schema.Items)}
		}
		return []any{}
	case "integer", "number":
		if schema.Minimum != nil {
			return *schema.Minimum
		}
		return 1
	case "boolean":
		return true
	}
	return "试试看"
}

// matrixAsk asks one cell; full sends what gets past the checks of the form.
func matrixAsk(t *testing.T, tr *trade, b *browser, token, key, id string, full bool) int {
	t.Helper()
	method, pattern, _ := strings.Cut(key, " ")
	at, body, kind := fill(pattern, id), "", ""
	if method == http.MethodPost {
		form := url.Values{}
		if full {
			form = anyForm()
		}
		form.Set("token", token)
		body, kind = form.Encode(), "application/x-www-form-urlencoded"
		if strings.HasPrefix(pattern, apiRoot) {
			body, kind = "{}", "application/json"
			item := tr.site.api.OpenAPI().Paths[apiPath(pattern)]
			if full && item != nil && item.Post != nil && item.Post.RequestBody != nil {
				if m := item.Post.RequestBody.Content["application/json"]; m != nil {
					raw, err := json.Marshal(anyBody(tr.site.api, m.Schema))
					if err != nil {
						t.Fatal(err)
					}
					body = string(raw)
				}
			}
		}
	}
	r, err := http.NewRequest(method, b.root+at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, _ := b.do(r)
	return res.StatusCode
}

// apiPath is a pattern of the engine as the API's description writes it.
func apiPath(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// revisions are those of the records that others may read.
func (tr *trade) revisions(t *testing.T, subjects map[string]string) string {
	t.Helper()
	sys := partnership.System("test")
	p, err1 := tr.exchange.Post(t.Context(), sys, subjects["/posts/"])
	c, err2 := tr.exchange.Cohort(t.Context(), sys, subjects["/cohorts/"])
	m, err3 := tr.exchange.Company(t.Context(), sys, subjects["/companies/"])
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(p.Post.Rev, c.Cohort.Rev, m.Company.Rev)
}

// TestMatrix asks every route that the engine has, as everybody: what answers is written in
// testdata/matrix.txt, so that a route without a row, and a cell that changed, fail. Beyond
// that, whoever has no part in a record gets "not found" where the role may use the route,
// and the very same answer as for a record that does not exist.
func TestMatrix(t *testing.T) {
	tr, subjects := matrixHouse(t)
	people, tokens := map[string]*browser{"nobody": tr.browser(t)}, map[string]string{"nobody": tr.browser(t).token("/signin")}
	roles := map[string]partnership.Role{"school": partnership.RoleSchool, "school2": partnership.RoleSchool, "company": partnership.RoleCompany, "company2": partnership.RoleCompany,
		"district": partnership.RoleDistrict, "district2": partnership.RoleDistrict, "operator": partnership.RoleOperator}
	for who := range roles {
		people[who] = tr.as(t, who)
		tokens[who] = people[who].token("/about")
	}
	var keys []string
	for _, r := range tr.site.engine.Routes() {
		keys = append(keys, r.Method+" "+r.Path)
	}
	last := func(key string) int { // what ends sessions comes last
		return slices.Index([]string{"POST /account/sessions", "POST /signout"}, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return 1000*(last(a)-last(b)) + strings.Compare(a, b) })
	before := tr.revisions(t, subjects)
	for _, key := range keys {
		subject := subjectOf(subjects, key[strings.IndexByte(key, ' ')+1:])
		if subject == "" {
			continue
		}
		for _, who := range foreign {
			got := matrixAsk(t, tr, people[who], tokens[who], key, subjects[subject], true)
			absent := matrixAsk(t, tr, people[who], tokens[who], key, "there-is-none", true)
			may := slices.Contains(tr.site.access[key].roles, roles[who])
			switch {
			case public(subject, who):
				if got >= 500 { // what it may read it must not change: see below
					t.Errorf("%s as %s: status %d on a record of others", key, who, got)
				}
			case got != absent:
				t.Errorf("%s as %s: status %d, but %d for what does not exist", key, who, got, absent)
			case may && got != http.StatusNotFound && got != http.StatusUnprocessableEntity, !may && got != http.StatusForbidden:
				t.Errorf("%s as %s: status %d", key, who, got)
			}
		}
	}
	if after := tr.revisions(t, subjects); after != before {
		t.Errorf("records of others were changed: revisions %s, before %s", after, before)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# every route as everybody; written by go test ./web -run TestMatrix -update-matrix\n# %s\n", strings.Join(matrixActors, " "))
	for _, key := range keys {
		id := "there-is-none"
		if subject := subjectOf(subjects, key[strings.IndexByte(key, ' ')+1:]); subject != "" {
			id = subjects[subject]
		}
		b.WriteString(key)
		for _, who := range matrixActors {
			fmt.Fprintf(&b, " %d", matrixAsk(t, tr, people[who], tokens[who], key, id, false))
		}
		b.WriteByte('\n')
	}
	const golden = "testdata/matrix.txt"
	if *updateMatrix {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(string(want)) {
		rows[line] = true
	}
	for line := range strings.Lines(b.String()) {
		if !rows[line] {
			t.Errorf("no such row in %s: %s\n(a new route: run go test ./web -run TestMatrix -update-matrix and read each cell of its row)", golden, strings.TrimSpace(line))
		}
		delete(rows, line)
	}
	for line := range rows {
		t.Errorf("row of %s that no route answers: %s", golden, strings.TrimSpace(line))
	}
}
