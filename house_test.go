package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// A district adds a stricter rule as a file, without a release; a file with a mistake is
// named and keeps the site from starting.
func TestRulesOfTheDistrict(t *testing.T) {
	const stricter = `{"documents": [{"id": "X2026", "title": "某市实施细则", "date": "2026-09-01"}],
	"rules": [{"id": "X-P1", "title": "报酬不低于同岗位的 95%", "document": "X2026", "article": "第九条", "verified": true,
	"region": "500000", "from": "2026-09-01", "severity": "block", "replaces": "P1", "subjects": ["post", "placement"], "kinds": ["岗位实习"],
	"fields": ["pay_fen"], "check": "pay_floor", "params": {"percent": 95}, "sentence": "{value}，低于{limit}", "fix": "把报酬提到底线以上"}]}`
	for name, tc := range map[string]struct {
		file  string // in the folder rules; empty: none
		rule  string // found on a post that pays 90 %
		fault string // why the site does not start
	}{
		"none":      {"", "", ""},
		"stricter":  {stricter, "X-P1", ""},
		"a mistake": {strings.Replace(stricter, "pay_floor", "pay_flour", 1), "", "某市.json"},
	} {
		t.Run(name, func(t *testing.T) {
			app := opsApp(t, filepath.Join(t.TempDir(), "data"))
			if tc.file != "" {
				at := filepath.Join(app.Config.Data, "rules")
				if err := os.MkdirAll(at, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(at, "某市.json"), []byte(tc.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			h, err := openHouse(app)
			if tc.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tc.fault) {
					t.Errorf("started with a faulty file: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			}()
			c := partnership.Company{Name: "重庆甲精密机械有限公司", State: partnership.CompanyApproved, Region: demo.Region, Staff: 300}
			c.ID = "c1"
			if err := h.exchange.Load(app.Ctx, partnership.Bundle{Companies: []partnership.Company{c}}); err != nil {
				t.Fatal(err)
			}
			p, err := h.exchange.SavePost(app.Ctx, partnership.Actor{Account: "c", Role: partnership.RoleCompany, Party: "c1", Region: demo.Region}, exchangetest.Lathe())
			if err != nil {
				t.Fatal(err)
			}
			found := slices.ContainsFunc(p.Findings, func(f partnership.Finding) bool { return f.Rule == "X-P1" })
			if found != (tc.rule != "") {
				t.Errorf("found %v: %+v", found, p.Findings)
			}
		})
	}
}

// The nightly job reads the index whole: what broke since the start is built anew from the
// store, before anybody misses a post.
func TestReconcileBuildsABrokenIndexAnew(t *testing.T) {
	app := opsApp(t, filepath.Join(t.TempDir(), "data"))
	h, err := openHouse(app)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := h.exchange.Reindex(app.Ctx); err != nil {
		t.Fatal(err)
	}
	if words, err := h.exchange.Reconcile(app.Ctx); words != "" || err != nil {
		t.Errorf("a whole index: %q, %v", words, err)
	}
	segments, err := filepath.Glob(filepath.Join(app.Config.Data, "*", "*", "*.zap"))
	if err != nil || len(segments) == 0 {
		t.Fatal("no files of an index", err)
	}
	for _, f := range segments {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 0x55
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if words, err := h.exchange.Reconcile(app.Ctx); err != nil || !strings.Contains(words, "已损坏，已重建") {
		t.Errorf("flipped bytes: %q, %v", words, err)
	}
	if words, err := h.exchange.Reconcile(app.Ctx); words != "" || err != nil {
		t.Errorf("after that: %q, %v", words, err)
	}
}
