package web

import (
	"slices"
	"strings"

	"sunmao/services/partnership"
)

// menu is one entry of the menu under the head: a page, or a group that opens (分组).
type menu struct {
	link
	Items []link // of a group
}

type menuPage struct {
	url, label string
	roles      []partnership.Role
}

// menuGroups are the menu: the same groups in the same order for all, in each what the
// role works with, most used first.
var menuGroups = []struct {
	label string
	pages []menuPage
}{
	{"工作台", []menuPage{{"/", "工作台", everyRole}}},
	{"岗位匹配", []menuPage{
		{"/posts", "岗位", everyRole},
		{"/cohorts", "班级批次", everyRole},
		{"/rounds", "匹配轮次", everyRole},
		{"/unmet", "未满足的需求", everyRole},
		{"/rulings", "对口认定", schoolSide},
	}},
	{"学生", []menuPage{
		{"/students", "学生名册", schools},
		{"/offers", "安排与答复", everyRole},
		{"/placements", "学生安置", everyRole},
		{"/supervision", "在岗跟踪", parties},
		{"/rotations", "工读轮换", schoolSide},
		{"/graduates", "毕业去向", everyRole},
	}},
	{"合作", []menuPage{
		{"/company", "本企业", companies},
		{"/companies", "企业", schoolSide},
		{"/schools", "学校", overseers},
		{"/bases", "实训基地", everyRole},
		{"/order-classes", "订单班", everyRole},
		{"/cooperations", "合作登记", everyRole},
	}},
	{"数据", []menuPage{
		{"/dashboard", "数据看板", schoolSide},
		{"/charts", "供需与流向", schoolSide},
		{"/rates", "就业指标", schoolSide},
		{"/industry-fit", "专业与产业", schoolSide},
		{reportPath, "报告数据表", schoolSide},
		{reportCheckPath, "发布前核对", schoolSide},
		{auditPath, "核对公布的数据", schoolSide},
		{snapshotsPath, "指标快照", overseers},
		{"/screen", "大屏", schoolSide},
	}},
	{"管理", []menuPage{
		{"/import", "导入", everyRole},
		{"/works", "进行中的工作", everyRole},
		{"/undelivered", "未送达消息", overseers},
		{"/trail", "审计记录", overseers},
		{"/jobs", "定时任务", operators},
	}},
}

// partOf says to which entries pages belong that are not under the address of one: the first
// that the role has.
var partOf = map[string][]string{
	"/bookings": {"/bases"}, "/alliances": {"/cooperations"}, "/companies": {"/company"}, "/rulings": {"/posts"},
	"/reveals": {"/students", "/trail"}, "/imports": {"/import"}, "/names": {"/import"}, "/rows": {"/dashboard"},
}

// under reports whether a page belongs to the entry of the menu with this address.
func under(at, entry string) bool {
	return at == entry || entry != "/" && strings.HasPrefix(at, entry+"/")
}

// entryOf is the entry, of those a role has, that says most of where a page is; empty where none does.
func entryOf(at string, entries []string) string {
	here := ""
	for _, e := range entries {
		if under(at, e) && len(e) > len(here) {
			here = e
		}
	}
	if here != "" {
		return here
	}
	for page, of := range partOf {
		if under(at, page) {
			for _, e := range of {
				if slices.Contains(entries, e) {
					return e
				}
			}
		}
	}
	return ""
}

// menuFor is the menu of a role on a page. A group of one page is that page.
func menuFor(role partnership.Role, at string) []menu {
	var entries []string
	for _, g := range menuGroups {
		for _, p := range g.pages {
			if slices.Contains(p.roles, role) {
				entries = append(entries, p.url)
			}
		}
	}
	here := entryOf(at, entries)
	var out []menu
	for _, g := range menuGroups {
		m := menu{link: link{Label: g.label}}
		for _, p := range g.pages {
			if slices.Contains(p.roles, role) {
				m.Items = append(m.Items, link{p.url, p.label, p.url == here})
				m.Here = m.Here || p.url == here
			}
		}
		switch len(m.Items) {
		case 0:
			continue
		case 1:
			m = menu{link: m.Items[0]}
		}
		out = append(out, m)
	}
	return out
}
