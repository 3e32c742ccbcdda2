package regulation

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/regulation.md from the rules")

const page = "../../docs/regulation.md"

// TestDocs keeps docs/regulation.md equal to the rules. After a change run
// go test ./services/regulation -run TestDocs -update
func TestDocs(t *testing.T) {
	want := docs(national(t))
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/regulation.md is stale: run go test ./services/regulation -run TestDocs -update")
	}
}

func docs(s Set) string {
	var b strings.Builder
	rules := s.Rules()
	verified := 0
	for _, r := range rules {
		if r.Verified {
			verified++
		}
	}
	fmt.Fprintf(&b, `# 实习规则 Internship rules

<!-- Generated from services/regulation/data/national.json by TestDocs; do not edit. -->

平台按下面 %d 条规则核对岗位、企业、班级批次、协议和安置。它们由《职业学校学生实习管理规定》等文件整理而成，是程序里的数据，
**不是法律意见**：以文件原文和主管部门的解释为准。

- 条号核对：%d 条的条文见过原文，标“已核”；其余 %d 条的条号凭记忆写下，标“待核”，引用前要对照原文。
- 级别：禁止＝没有例外；须先备案＝专业有特殊要求并在开始前报上级主管部门备案（F2）的才可以；补齐前不能上岗＝材料或答案到位即可；
  须说明理由＝原则性要求，写明理由可以继续。
- 备案只解除写明的那几条（H6、T2、T3、T4）。第十六条各项、报酬形式、收费、同意书和协议，备案一律不解除。
- 没有填写的：凡会影响判断的，在岗位上提醒补填，在安置上按下表“未填”一栏处理。沉默不等于合格。
- 周岁从生日的次日起算；年级每年 9 月 1 日升；月薪按 21.75 天、每天 8 小时折算；夜间是 22:00 到次日 6:00；休息日按国务院办公厅公布的
  放假安排（含 2025、2026 年，其他年份只认周末，可另给放假安排）。

## 依据的文件

| 编号 | 文件 | 文号 | 施行 |
|---|---|---|---|
`, len(rules), verified, len(rules)-verified)
	for _, id := range slices.Sorted(maps.Keys(s.documents)) {
		d := s.documents[id]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", d.ID, d.Title, d.Number, d.Date)
	}
	b.WriteString("\n## 规则\n\n| 规则 | 要求 | 依据 | 条号 | 级别 | 核对对象 | 未填 | 参数 | 怎样才合格 |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| %s | %s | %s %s | %s | %s | %s | %s | %s | %s |\n", r.ID, note(r), r.Document, r.Article, mark(r), levels(r), subjects(r), unknownWords(r), params(r), r.Fix)
	}
	b.WriteString(howToAdd)
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		c := checks[name]
		var on []string
		for _, x := range c.on {
			on = append(on, string(x))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, strings.Join(on, ", "), strings.Join(c.params, ", "), strings.Join(c.lists, ", "))
	}
	return b.String()
}

const howToAdd = `
## 省、区县加规则

更严的地方规则是一个 JSON 文件，不用改程序：每条写自己的 id，用 ` + "`replaces`" + ` 指明代替哪一条国家规则，` + "`region`" + ` 写 6 位行政区划代码
（500000 管全市，500153 管一个区），` + "`from`、`to`" + ` 写施行日期，` + "`majors`" + ` 写专业代码的开头几位。学校、工作地点或企业有一个在该地区，规则就适用。
代替只在那条地方规则自己适用的时候有效。文件有错就整个拒收，并指出是哪一条、错在哪里。

把文件放进数据目录的 ` + "`rules`" + ` 文件夹（` + "`data/rules/某市.json`" + `，可以有几个，按文件名先后），重新启动即生效：保存、发布、确认安置和每晚复查都按它。
` + "`sunmao check post 岗位.xlsx --rules 某市.json`" + ` 先试一遍。

` + "```json" + `
{
  "documents": [{"id": "X2026", "title": "某市实施细则", "date": "2026-09-01"}],
  "rules": [{
    "id": "X-P1", "title": "报酬不低于同岗位的 90%", "document": "X2026", "article": "第九条", "verified": true,
    "region": "500000", "from": "2026-09-01", "severity": "block", "replaces": "P1",
    "subjects": ["post", "placement"], "kinds": ["岗位实习"], "fields": ["pay_fen"],
    "check": "pay_floor", "params": {"percent": 90},
    "sentence": "{value}，低于{limit}", "fix": "把报酬提到底线以上"
  }]
}
` + "```" + `

可用的检查：

| 检查 | 对象 | 参数 | 列表 |
|---|---|---|---|
`

func mark(r Rule) string {
	switch {
	case r.Verified:
		return "已核"
	case r.Article == articleUnknown:
		return "不详"
	}
	return "待核"
}

func note(r Rule) string {
	s := r.Title
	if len(r.Kinds) > 0 {
		s += "（" + strings.Join(r.Kinds, "、") + "）"
	}
	if r.Note != "" {
		s += "。" + r.Note
	}
	return s
}

func levels(r Rule) string {
	s := r.Severity.Words()
	if r.LiftedBy != "" {
		s += "（" + r.LiftedBy + "）"
	}
	for _, on := range slices.Sorted(maps.Keys(r.SeverityOn)) {
		s += "；" + on.Words() + "上" + r.SeverityOn[on].Words()
	}
	return s
}

func subjects(r Rule) string {
	var all []string
	for _, on := range r.Subjects {
		all = append(all, on.Words())
	}
	return strings.Join(all, "、")
}

func unknownWords(r Rule) string {
	if r.Unknown == "" {
		return "—"
	}
	return r.Unknown.Words()
}

func params(r Rule) string {
	var all []string
	for _, p := range slices.Sorted(maps.Keys(r.Params)) {
		all = append(all, p+"="+number(r.Params[p]))
	}
	for _, l := range slices.Sorted(maps.Keys(r.Lists)) {
		all = append(all, l+"："+strings.Join(r.Lists[l], "、"))
	}
	return strings.Join(all, "；")
}
