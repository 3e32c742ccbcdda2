package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunmao/services/partnership"
)

// checkFile runs "check post" on a file with this content.
func checkFile(t *testing.T, name, content string, c checkPostCmd) (out, words string, err error) {
	t.Helper()
	c.File = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(c.File, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	err = c.Run(&App{Ctx: t.Context(), Out: &o, Err: &e, Now: func() time.Time { return time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC) }})
	return o.String(), e.String(), err
}

const checkHead = "岗位,企业,人数,类型,每日工时,每周工时,每周加班小时,班次,休息日上班,节假日上班,危险因素,劳动强度,同岗位职工数,报酬,相同岗位工资,最低档工资,支付形式,支付对象,支付周期,收费,开始日期,结束日期,工作任务\n"

func TestCheckPost(t *testing.T) {
	local := filepath.Join(t.TempDir(), "local.json")
	if err := os.WriteFile(local, []byte(`{"documents":[{"id":"L","title":"某市细则"}],"rules":[{"id":"L-T2","title":"不得加班","document":"L","article":"第一条","from":"2026-01-01","severity":"forbidden","replaces":"T2","subjects":["post"],"fields":["overtime_hours"],"check":"overtime","params":{"weekly":0},"sentence":"加班 {value} 小时","fix":"取消"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	good := "数控车工,甲公司,5,岗位实习,8,40,0,08:00-17:00,否,否,无,Ⅱ,50,3200,4000,3500,货币,学生本人,30,无,2026-03-01,2026-08-31,识图；加工\n"
	for _, tc := range []struct {
		name, file, content string
		cmd                 checkPostCmd
		want                []string // in what is printed
		refused             bool
	}{
		{"what is not in the table is asked for", "p.csv", checkHead + good, checkPostCmd{Format: "csv"}, []string{"数控车工,H5,warning", "数控车工,Q1,warning"}, false},
		{"four rules broken", "p.csv", checkHead + "夜班车工,甲公司,5,顶岗实习,10,60,4,22:00-06:00,是,否,高处,Ⅲ,50,3200,4000,3500,代金券,学校,30,押金,2026-03-01,2026-08-31,识图\n",
			checkPostCmd{Format: "csv"}, []string{"H1,forbidden", "H6,filing", "T1,forbidden", "T2,filing", "T3,filing", "T4,filing", "P4,forbidden", "P5,forbidden", "P6,forbidden", "押金"}, true},
		{"as a table for people", "p.csv", checkHead + strings.Replace(good, "货币", "实物", 1), checkPostCmd{Format: "table"}, []string{"禁止", "《职业学校学生实习管理规定》第十八条"}, true},
		{"a bad row", "p.csv", checkHead + strings.Replace(good, ",5,", ",很多,", 1) + good, checkPostCmd{Format: "csv"}, []string{"p.csv:2: 人数: 「很多」 不是整数"}, true},
		{"no column of posts", "p.csv", "岗位,人数\n车工,5\n", checkPostCmd{Format: "csv"}, []string{"p.csv:1: 企业名称: 缺少这一必填列"}, true},
		{"one object", "p.json", `{"title":"车工","kind":"岗位实习","labour_grade":3,"hazards":[],"tasks":["x"],"fees":[],"company_facts":{"industry":"3525"}}`, checkPostCmd{Format: "csv"}, []string{"车工,H1,forbidden"}, true},
		{"a local rule", "p.csv", checkHead + strings.Replace(good, ",40,0,", ",40,2,", 1), checkPostCmd{Format: "csv", Rules: []string{local}}, []string{"L-T2,forbidden"}, true},
		{"before the regulation", "p.csv", checkHead + strings.Replace(good, "货币", "实物", 1), checkPostCmd{Format: "csv", Day: "2021-12-30"}, []string{"post,rule"}, false},
		{"misspelt answer", "p.json", `{"titel":"车工"}`, checkPostCmd{}, nil, true},
		{"no such format", "p.csv", checkHead + good, checkPostCmd{Format: "xml"}, nil, true},
		{"no such day", "p.csv", checkHead + good, checkPostCmd{Day: "2026-2-30"}, nil, true},
		{"no such rules", "p.csv", checkHead + good, checkPostCmd{Rules: []string{"no.json"}}, nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, words, err := checkFile(t, tc.file, tc.content, tc.cmd)
			if (err != nil) != tc.refused {
				t.Errorf("error %v, refused should be %t", err, tc.refused)
			}
			for _, w := range tc.want {
				if !strings.Contains(out+words, w) {
					t.Errorf("no %q in\n%s%s", w, out, words)
				}
			}
		})
	}
}

func TestCheckPostJSON(t *testing.T) {
	out, _, err := checkFile(t, "p.json", `[{"title":"甲","hazards":[],"tasks":[],"fees":["押金"],"company_facts":{}}]`, checkPostCmd{Format: "json"})
	var refused *partnership.Refused
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want a refusal", err)
	}
	var got []struct {
		Post     string
		Findings []struct {
			Rule, Severity, Sentence string
			Verified                 bool
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != 1 || len(got[0].Findings) == 0 {
		t.Fatalf("%v in %s", err, out)
	}
}
