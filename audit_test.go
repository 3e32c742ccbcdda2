package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunmao/services/sheets"
)

const auditedCSV = "专业,毕业生数,升学人数,升学率(%)\n数控技术应用,120,80,66.67\n护理,210,150,71.43\n学前教育,95,60,73.16\n合计,425,290,68.24\n"

func auditRun(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), append([]string{"audit"}, args...), &o, &e)
	return code, o.String(), e.String()
}

func auditFile(t *testing.T, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAuditPrintsFindings(t *testing.T) {
	var book bytes.Buffer
	err := sheets.WriteTables(&book, []sheets.SheetTable{{Sheet: "升学", Title: "表15 升学情况", Columns: []sheets.TableColumn{{Header: "专业"}, {Group: "2025年", Header: "毕业生数"}, {Group: "2025年", Header: "升学人数"}, {Group: "2025年", Header: "升学率", Format: "0.00%"}},
		Rows: [][]any{{"数控技术应用", 120, 80, 0.6667}, {"护理", 210, 150, 0.7143}, {"学前教育", 95, 60, 0.7316}, {"合计", 425, 290, 0.6824}}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"csv":          auditFile(t, "升学.csv", []byte(auditedCSV)),
		"csv with BOM": auditFile(t, "升学.csv", []byte("\ufeff"+auditedCSV)),
		"xlsx":         auditFile(t, "年报.xlsx", book.Bytes()),
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := auditRun(t, path, "--format", "csv")
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
			rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%v: %q", err, out)
			}
			if got := strings.Join(rows[0], ","); got != "table,row,column,published,recomputed,kind,explanation" {
				t.Errorf("header %s", got)
			}
			f := rows[1]
			if f[0] != "升学" || f[1] != "学前教育" || !strings.HasPrefix(f[3], "73.16") || f[4] != "63.16" || f[5] != "wrong percent" {
				t.Errorf("finding %q", f)
			}
		})
	}
}

func TestAuditOfAFolderAndItsText(t *testing.T) {
	path := auditFile(t, "升学.csv", []byte(strings.Replace(auditedCSV, "73.16", "63.16", 1)))
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "正文.txt"), []byte("全县毕业生430人，升学率68.24%。\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := auditRun(t, filepath.Dir(path), "--format", "json")
	var found []map[string]any
	if code != 0 || json.Unmarshal([]byte(out), &found) != nil || len(found) != 1 || found[0]["kind"] != "text against table" {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
}

func TestAuditOfATableTooLarge(t *testing.T) {
	code, _, errs := auditRun(t, auditFile(t, "大表.csv", []byte(auditedCSV+strings.Repeat("护理,1,1,100\n", 5001))))
	if code != 1 || !strings.HasPrefix(errs, "sunmao: 大表.csv") || !strings.Contains(errs, "5000 行") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestAuditExitCodes(t *testing.T) {
	clean := auditFile(t, "净.csv", []byte(strings.Replace(auditedCSV, "73.16", "63.16", 1)))
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"clean", []string{clean}, 0, "没有发现"},
		{"clean as csv", []string{clean, "--format", "csv"}, 0, "explanation"},
		{"clean as json", []string{clean, "--format", "json"}, 0, "[]"},
		{"no such file", []string{clean + "x"}, 1, "没有这个文件"},
		{"no table", []string{auditFile(t, "坏.xlsx", []byte("PK\x03\x04 broken"))}, 1, "坏.xlsx"},
		{"empty folder", []string{t.TempDir()}, 1, "文件夹里没有"},
		{"no argument", nil, 2, ""},
		{"no such format", []string{clean, "--format", "pdf"}, 2, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, errs := auditRun(t, tc.args...)
			if code != tc.code || !strings.Contains(out+errs, tc.says) {
				t.Errorf("exit %d, want %d; %q %q", code, tc.code, out, errs)
			}
		})
	}
}
