package web

import (
	"net/http"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// evidence is the evidence pack of a company for 产教融合型企业: a page to print and a workbook
// of the same tables.
func (s *Site) evidence(v *visit) error {
	pack, err := s.exchange.Evidence(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	grids := s.evidenceGrids(&pack)
	if v.Query("format") == "xlsx" {
		return s.sendGrids(v, "evidence", pack.Company.Name+" 产教融合型企业佐证", grids...)
	}
	c := &pack.Company
	at := pageOf(exchange.KindCompany, c.ID)
	intro := "平台上的记录按产教融合型企业申报常用的几项汇总，可以打印或下载。条件以省级发展改革和教育部门的通知为准；平台以外的材料请另附。"
	if pack.Part {
		intro += "这里只有您看得到的学校的记录，全部的由企业自己打开。"
	}
	p := &recordPage{page: page{Title: c.Name + "：产教融合型企业佐证", Crumbs: []link{{URL: at, Label: c.Name}, {Label: "佐证材料"}}}, Sample: c.Sample, Grids: grids, Intro: intro,
		Facts: []fact{{"企业", c.Name}, {"统一社会信用代码", orDash(c.CreditCode)}, {"行业", orDash(s.industryName(c.Industry))}, {"统计时间", span(pack.From, pack.To) + "（三年）"}},
		Links: []link{{URL: evidenceURL(c.ID) + "?format=xlsx", Label: "下载 Excel"}}}
	if v.actor.Role == partnership.RoleCompany {
		p.Crumbs[0].URL = "/company"
	}
	return s.showRecord(v, http.StatusOK, p)
}

func (s *Site) evidenceGrids(pack *exchange.EvidencePack) []grid {
	sum := grid{Title: "汇总", Head: []string{"项目", "数值", "单位", "依据的记录", "明细", "还缺什么、谁能提供"}}
	for _, i := range pack.Items {
		value := cell{Words: i.Value}
		if n, err := strconv.Atoi(i.Value); err == nil {
			value = amount(n)
		}
		sum.add(words(i.Name), value, words(orDash(i.Unit)), cell{Words: number(i.Rows) + " 条", Value: i.Rows, Num: true}, words(orDash(i.From)), words(orDash(i.Missing)))
	}
	return append([]grid{sum}, append(s.evidencePeople(pack), s.evidenceThings(pack)...)...)
}

func (s *Site) evidencePeople(pack *exchange.EvidencePack) []grid {
	interns := grid{Title: "接收实习学生", Head: []string{"年份", "学校", "上岗", "到今天已满 3 个月", "完成", "提前结束"}, Empty: "平台上没有上岗的实习学生。", Note: "按实际上岗日期分年；满 3 个月按上岗 90 天以上计，提前结束的不计。"}
	for _, y := range pack.Interns {
		interns.add(words(plain(y.Year)), words(y.School), amount(y.Students), amount(y.ThreeMonths), amount(y.Completed), amount(y.Early))
	}
	classes := grid{Title: "订单班", Head: []string{"班级", "学校", "年份", "入班", "录用", "承诺录用"}, Empty: "没有订单班。"}
	for i := range pack.Classes {
		o := &pack.Classes[i]
		classes.add(words(o.Name), words(o.SchoolName), words(plain(o.Year)), amount(o.Enrolled), amount(o.Hired), words(plain(o.PromisedHirePct)+"%"))
	}
	hires := grid{Title: "录用毕业生", Head: []string{"届", "学校", "录用", "企业已确认"}, Empty: "没有登记到这家企业的毕业生。"}
	for _, h := range pack.Hires {
		hires.add(words(plain(h.Year)), words(h.School), amount(h.Hired), amount(h.Confirmed))
	}
	practice := grid{Title: "教师企业实践", Head: []string{"学校", "基地", "结束", "人天"}, Empty: "没有已结束的教师实践。"}
	for _, p := range pack.Practice {
		practice.add(words(p.School), words(p.Base), dayCell(p.Until), amount(p.Days))
	}
	return []grid{interns, classes, hires, practice}
}

func (s *Site) evidenceThings(pack *exchange.EvidencePack) []grid {
	bases := grid{Title: "实训基地", Head: []string{"基地", "类型", "级别", "工位", "设备总值（元）"}, Empty: "没有实训基地。"}
	for i := range pack.Bases {
		b := &pack.Bases[i]
		bases.add(words(b.Name), words(b.Kind), words(b.Level), amount(b.Workstations), amount(int(b.EquipmentCents/100)))
	}
	posts := grid{Title: "岗位", Head: []string{"岗位", "状态", "名额", "已确定", "时间"}, Empty: "没有审核通过的岗位。"}
	for i := range pack.Posts {
		p := &pack.Posts[i]
		posts.add(words(p.Title), words(p.State.Words()), amount(p.Slots), amount(p.Taken), words(span(p.From, p.To)))
	}
	return []grid{bases, posts, s.registerGrid(pack.Cooperations), s.pledgeGrid(pack.Cooperations), s.allianceGrid(pack.Alliances)}
}
