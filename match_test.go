package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMatch_Files(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "market.txt")
	if err := os.WriteFile(in, []byte("sunmao-match 1\npost p 1\nstudent s 1\nedge s p 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string // on either stream
	}{
		{"a result", []string{"--in", in}, 0, "match s p 1"},
		{"into a file", []string{"--in", in, "--out", filepath.Join(dir, "out.txt")}, 0, "certificate  proven"},
		{"no such market", []string{"--in", filepath.Join(dir, "none.txt")}, 1, "没有文件"},
		{"nowhere to write", []string{"--in", in, "--out", filepath.Join(dir, "none", "out.txt")}, 1, "不能写文件"},
		{"nowhere to explain", []string{"--in", in, "--explain", filepath.Join(dir, "none", "why.txt")}, 1, "不能写文件"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(t.Context(), append([]string{"match", "--mode", "assign"}, tc.args...), &out, &errs)
			if said := out.String() + errs.String(); code != tc.code || !strings.Contains(said, tc.says) {
				t.Errorf("code %d and %q, want %d and %q", code, said, tc.code, tc.says)
			}
		})
	}
}
