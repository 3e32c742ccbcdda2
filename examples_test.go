package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// checkExamples runs what docs/api.md shows, as another system of a company would.
func checkExamples(t *testing.T, root string) {
	t.Helper()
	company := newPerson(t, root, "company")
	page := company.post("/keys", company.get("/keys/new"), url.Values{"name": {"人力资源系统"}, "days": {"30"}, "scopes": {"listings:read", "listings:write"}})
	key := regexp.MustCompile(`smk_[A-Za-z0-9_-]+`).FindString(page)
	if key == "" {
		t.Fatal("no key on the page")
	}
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Env = append(os.Environ(), "SUNMAO_URL="+root, "SUNMAO_API_KEY="+key)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
		}
		return string(out)
	}
	dir := t.TempDir()
	program, file := filepath.Join(dir, "copy"), filepath.Join(dir, "posts.json")
	run("go", "build", "-o", program, "./examples/copy")
	if out := run(program, file); !strings.Contains(out, "读到 ") {
		t.Errorf("copy says %q", out)
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Log("no curl here: the shell example is not tried")
		return
	}
	first, again := run("sh", "examples/post.sh", "A-17"), run("sh", "examples/post.sh", "A-17")
	if first != again || !strings.Contains(first, "submitted") {
		t.Errorf("post.sh says %q, and again %q; want the same post, submitted", first, again)
	}
	if out := run(program, file); !strings.Contains(out, "读到 1 条变化") {
		t.Errorf("copy says %q after one post, want one change", out)
	}
}
