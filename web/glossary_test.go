package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every word that a template marks and every link into the glossary leads to an entry that
// is there, and every entry says what it rests on.
func TestGlossaryIsComplete(t *testing.T) {
	ids := map[string]bool{}
	words := map[string]string{}
	for _, entry := range terms() {
		if ids[entry.ID] {
			t.Errorf("two entries %s", entry.ID)
		}
		ids[entry.ID] = true
		if entry.Meaning == "" || entry.Source == "" || strings.HasPrefix(entry.Source, rule) {
			t.Errorf("%s: meaning %q, source %q", entry.ID, entry.Meaning, entry.Source)
		}
		for _, w := range append([]string{entry.Word}, entry.also...) {
			if other, taken := words[w]; taken {
				t.Errorf("%s stands for %s and for %s", w, other, entry.ID)
			}
			words[w] = entry.ID
		}
	}
	marked := regexp.MustCompile(`\{\{term "([^"]+)"\}\}`)
	linked := regexp.MustCompile(`/glossary#([a-z_-]+[a-z0-9_]*)`)
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range marked.FindAllStringSubmatch(string(text), -1) {
				if termOf(m[1]) == nil {
					t.Errorf("%s marks %s, which the glossary does not know", file, m[1])
				}
			}
			for _, m := range linked.FindAllStringSubmatch(string(text), -1) {
				if !ids[m[1]] && m[1] != "rate-" {
					t.Errorf("%s links to #%s, which is not there", file, m[1])
				}
			}
		}
	}
	for _, w := range []string{"对口率", "落实率", "去向落实率", "直接就业率", "升学率", "岗位实习", "认识实习", "订单班", "备案", "三方协议", "适配分", "优先安置", "在岗职工", "同岗位在岗职工", "体力劳动强度", "统一社会信用代码", "实习责任保险", "产业集群",
		"双师型教师比例", "双选", "双向选择", "统筹分配", "顶岗实习", "学徒制班", "绿色通道", "去向", "职教集团", "产教融合型企业", "校中厂", "输入摘要", "计分权重"} {
		if termOf(w) == nil {
			t.Errorf("the glossary does not know %s", w)
		}
	}
}

// Where a word stands that not everybody knows, its meaning and what it rests on are one
// step away: over a table a link, in a form an explanation that loses nothing typed.
func TestWordsAreExplained(t *testing.T) {
	h := openDistrict(t)
	for _, tc := range []struct {
		login, at string
		want      []string
	}{
		{"company", "/posts/new", []string{"“体力劳动强度”是什么意思", "“同岗位在岗职工”是什么意思", "试用期工资", "第十六条（七）"}},
		{"school", "/cohorts", []string{`class="term" href="/glossary#cohort"`}},
		{"school", "/order-classes", []string{`href="/glossary#promise" title="`}},
		{"district", "/rates", []string{`href="/glossary#cut-off"`, `href="/glossary#rate-alignment`}},
		{"district", "/companies", []string{`href="/glossary#staff"`}},
		{"district", "/rounds", []string{"“分配方式”是什么意思"}},
		{"district", "/rounds/round-demo-autumn", []string{`href="/glossary#round-mode"`, `href="/glossary#assign"`, `href="/glossary#digest"`}},
		{"school", "/cooperations", []string{`href="/glossary#alliance"`}},
		{"district", "/charts", []string{`class="term" href="/glossary#`}},
		{"district", "/glossary", []string{`id="filing"`, "第五条（条号待核）"}},
	} {
		t.Run(tc.login+tc.at, func(t *testing.T) {
			_, body := h.as(t, tc.login).get(tc.at)
			for _, want := range tc.want {
				if !strings.Contains(body, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
		})
	}
}
