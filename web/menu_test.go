package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sunmao/services/partnership"
)

// A person sees in the menu where a page belongs: each has one entry that is marked, but for
// those that the head and the foot of every page lead to.
func TestMenu_EveryPageHasItsPlace(t *testing.T) {
	t.Parallel()
	aside := []string{"/account", "/accounts", "/password", "/keys", "/webhooks", "/api", "/search", "/searches"}
	of := func(at string, entries []string) bool {
		return slices.ContainsFunc(entries, func(entry string) bool { return under(at, entry) })
	}
	for _, r := range (&Site{}).routes() {
		if r.method != http.MethodGet || r.anyone || strings.HasPrefix(r.path, apiRoot) || of(r.path, aside) {
			continue
		}
		for _, role := range r.roles {
			marked := 0
			for _, m := range menuFor(role, r.path) {
				for _, p := range append(m.Items, m.link) {
					if p.Here && p.URL != "" {
						marked++
					}
				}
			}
			if marked != 1 {
				t.Errorf("%s as %s: %d entries of the menu are marked", r.path, role, marked)
			}
		}
	}
	for _, tc := range []struct{ at, want string }{{"/bookings", "实训基地"}, {"/alliances/a-1", "合作登记"}, {"/imports/b-1/errors", "导入"}, {"/rows", "数据看板"}, {"/report/check", "发布前核对"}} {
		got := ""
		for _, m := range menuFor(partnership.RoleSchool, tc.at) {
			for _, p := range m.Items {
				if p.Here {
					got = p.Label
				}
			}
		}
		if got != tc.want {
			t.Errorf("%s belongs to %q, the menu marks %q", tc.at, tc.want, got)
		}
	}
}

func TestDated(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026年9月1日至2027年1月31日，周一": `<span class="nowrap">2026年9月1日</span><span class="nowrap">至2027年1月31日</span>，周一`,
		"<b>2026年</b>": "&lt;b&gt;2026年&lt;/b&gt;",
	} {
		if got := string(dated(text)); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}
