package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The API says everything the pages say of alignment: a company confirms and corrects, a
// school asks, the district rules and withdraws, a near name is asked about and kept.
func TestAlignmentByAPI(t *testing.T) {
	h := openDistrict(t)
	company, officer, school := h.as(t, "company"), h.as(t, "district"), h.as(t, "school")
	at := openPost(t, company, officer, "数控车床接口岗")
	id := strings.TrimPrefix(at, "/posts/")
	send := func(b *browser, at, body string, want int, into any) {
		t.Helper()
		var p problem
		if into == nil {
			into = &p
		}
		if res := call(t, b, http.MethodPost, at, body, into); res.StatusCode != want {
			t.Fatalf("POST %s %s: status %d, want %d: %+v", at, body, res.StatusCode, want, p)
		}
	}
	corrections := "/posts/" + id + "/corrections"
	send(school, corrections, `{"field":"occupation","code":"6-18-01-01"}`, http.StatusForbidden, nil)
	send(company, corrections, `{"field":"major","code":"660103","level":"unrelated"}`, http.StatusUnprocessableEntity, nil)
	send(company, corrections, `{"field":"colour","code":"660103"}`, http.StatusUnprocessableEntity, nil)
	var p postDoc
	send(company, corrections, `{"field":"major","code":"660103","level":"unrelated","why":"只招机修专业"}`, http.StatusOK, &p)
	if len(p.Corrections) != 1 || p.Corrections[0].Why != "只招机修专业" || p.Corrections[0].Role != "company" {
		t.Errorf("corrections: %+v", p.Corrections)
	}
	if i := slices.IndexFunc(p.Majors, func(m linkedDoc) bool { return m.Code == "660103" }); i < 0 || p.Majors[i].Level != "unrelated" || !p.Majors[i].Said {
		t.Errorf("majors after the correction: %+v", p.Majors)
	}

	t.Run("rulings", func(t *testing.T) {
		pair := `"major":"660301","occupation":"6-18-01-01"`
		var asked rulingDoc
		send(school, "/rulings/ask", `{`+pair+`,"level":"exact","why":"本校开有车工课"}`, http.StatusOK, &asked)
		if len(asked.Asks) != 1 || asked.Level != "" {
			t.Errorf("asked: %+v", asked)
		}
		send(company, "/rulings", `{`+pair+`,"verb":"rule","level":"exact","why":"是"}`, http.StatusForbidden, nil)
		send(officer, "/rulings", `{`+pair+`,"verb":"rule","why":"没有写程度"}`, http.StatusUnprocessableEntity, nil)
		var ruled ruledDoc
		send(officer, "/rulings", `{`+pair+`,"verb":"rule","level":"near","why":"委员会意见"}`, http.StatusOK, &ruled)
		if ruled.Ruling.Level != "near" || ruled.Ruling.At == 0 || len(ruled.Ruling.Steps) != 1 {
			t.Errorf("ruled: %+v", ruled)
		}
		var all struct{ Items []rulingDoc }
		call(t, company, http.MethodGet, "/rulings", "", &all)
		if !slices.ContainsFunc(all.Items, func(r rulingDoc) bool { return r.ID == ruled.Ruling.ID && len(r.Asks) == 0 }) {
			t.Errorf("a company does not find the ruling: %+v", all.Items)
		}
		send(officer, "/rulings", `{`+pair+`,"verb":"withdraw","why":"再议"}`, http.StatusOK, &ruled)
		if ruled.Ruling.Level != "" || len(ruled.Ruling.Steps) != 2 {
			t.Errorf("withdrawn: %+v", ruled)
		}
	})

	t.Run("names", func(t *testing.T) {
		var m meaningDoc
		call(t, school, http.MethodGet, "/names/means?kind=occupation&text="+url.QueryEscape("数控车床接口操作工"), "", &m)
		if m.Value != "" || m.Ask == "" || len(m.Choices) == 0 {
			t.Fatalf("a near name is certain: %+v", m)
		}
		send(school, "/names", `{"kind":"occupation","text":"数控车床接口操作工","value":"zzz"}`, http.StatusUnprocessableEntity, nil)
		var kept nameDoc
		send(school, "/names", fmt.Sprintf(`{"kind":"occupation","text":"数控车床接口操作工","value":%q}`, m.Choices[0].Value), http.StatusOK, &kept)
		call(t, school, http.MethodGet, "/names/means?kind=occupation&text="+url.QueryEscape("数控车床接口操作工"), "", &m)
		if m.Value != kept.Value || m.Kept == nil || m.Kept.ID != kept.ID || m.Ask != "" {
			t.Errorf("after the answer: %+v", m)
		}
		var all struct{ Items []nameDoc }
		call(t, company, http.MethodGet, "/names", "", &all)
		if slices.ContainsFunc(all.Items, func(n nameDoc) bool { return n.ID == kept.ID }) {
			t.Error("a company reads the school's answers")
		}
		send(company, "/names/forget", fmt.Sprintf(`{"id":%q}`, kept.ID), http.StatusNotFound, nil)
		if res := call(t, school, http.MethodPost, "/names/forget", fmt.Sprintf(`{"id":%q}`, kept.ID), nil); res.StatusCode != http.StatusNoContent {
			t.Errorf("forget: status %d", res.StatusCode)
		}
	})

	t.Run("outcomes", func(t *testing.T) {
		var pairs struct{ Items []pairDoc }
		call(t, school, http.MethodGet, "/outcomes/pairs", "", &pairs)
		if len(pairs.Items) == 0 {
			t.Fatal("no pairs")
		}
		one := pairs.Items[0]
		var list struct{ Items []outcomeDoc }
		call(t, school, http.MethodGet, "/outcomes?limit=1&major="+one.Major+"&occupation="+one.Occupation, "", &list)
		if len(list.Items) != 1 {
			t.Fatalf("%s and %s: %+v", one.Major, one.Occupation, list)
		}
		to := "exact"
		if list.Items[0].Level == to {
			to = "near"
		}
		at := "/outcomes/" + url.PathEscape(list.Items[0].ID)
		var o outcomeDoc
		send(school, at+"/corrections", fmt.Sprintf(`{"field":"level","level":%q,"why":"电话回访"}`, to), http.StatusOK, &o)
		if o.Level != to || o.RestsOn != "correction" || len(o.Corrections) != 1 {
			t.Errorf("corrected: %+v", o)
		}
		call(t, officer, http.MethodGet, at, "", &o)
		if !strings.HasPrefix(o.Student, "*") {
			t.Errorf("the district reads the student number %q", o.Student)
		}
	})
}

// What nobody found is read and answered by the district alone.
func TestUnmetByAPI(t *testing.T) {
	h := openDistrict(t)
	school, officer := h.as(t, "school"), h.as(t, "district")
	call(t, school, http.MethodGet, "/search?q="+url.QueryEscape("魑魅魍魉"), "", &struct{}{})
	var list struct{ Items []missedDoc }
	find := func() int {
		call(t, officer, http.MethodGet, "/unmet", "", &list)
		return slices.IndexFunc(list.Items, func(m missedDoc) bool { return m.Text == "魑魅魍魉" })
	}
	at := find()
	if at < 0 {
		t.Fatalf("not counted: %+v", list)
	}
	body := fmt.Sprintf(`{"id":%q,"how":"没有这样的岗位"}`, list.Items[at].ID)
	if res := call(t, school, http.MethodPost, "/unmet", body, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a school answers: status %d", res.StatusCode)
	}
	if res := call(t, officer, http.MethodPost, "/unmet", body, nil); res.StatusCode != http.StatusNoContent {
		t.Errorf("answer: status %d", res.StatusCode)
	}
	if at := find(); at >= 0 {
		t.Errorf("still there: %+v", list.Items[at])
	}
}

// The page, the file, the API and the rate tell the same two shares.
func TestIndustryFit(t *testing.T) {
	h := openDistrict(t)
	officer, school := h.as(t, "district"), h.as(t, "school")
	var f industryFitDoc
	call(t, officer, http.MethodGet, "/industry-fit", "", &f)
	if f.ByMajors.Denominator == 0 || f.ByStudents.Denominator <= f.ByMajors.Denominator || len(f.Clusters) != 5 {
		t.Fatalf("%+v", f)
	}
	var got struct{ Items []figureDoc }
	call(t, officer, http.MethodGet, fmt.Sprintf("/rates?year=%d&by=district", f.Year), "", &got)
	for _, want := range []shareDoc{f.ByMajors, f.ByStudents} {
		i := slices.IndexFunc(got.Items, func(d figureDoc) bool { return d.Rate == want.Rate })
		if i < 0 || int(got.Items[i].Numerator) != want.Numerator || int(got.Items[i].Denominator) != want.Denominator || got.Items[i].Percent != want.Percent {
			t.Errorf("%s: the page says %+v, the rates %+v", want.Rate, want, got.Items)
		}
	}
	_, body := officer.get("/industry-fit")
	contains(t, "the page", body, f.ByMajors.Percent+"%", f.ByStudents.Percent+"%", "按专业数", "按学生数", "没有对应集群的专业", f.Clusters[0].Name)
	_, body = officer.get("/dashboard")
	contains(t, "the dashboard", body, `href="/industry-fit"`)
	res, body := officer.get("/industry-fit?format=csv")
	if n := strings.Count(body, "\n"); res.StatusCode != http.StatusOK || n < f.ByMajors.Denominator {
		t.Errorf("the file has %d lines (status %d), for %d majors", n, res.StatusCode, f.ByMajors.Denominator)
	}
	for at, want := range map[string]int{"/industry-fit?system=3%2B1": 200, "/industry-fit?system=none": 422, "/industry-fit?school=none": 404} {
		if res, _ := officer.get(apiRoot + at); res.StatusCode != want {
			t.Errorf("%s: status %d, want %d", at, res.StatusCode, want)
		}
	}
	if res, _ := h.as(t, "company").get("/industry-fit"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a company: status %d", res.StatusCode)
	}
	_, body = school.get("/industry-fit")
	contains(t, "a school's page", body, "全区")
}
