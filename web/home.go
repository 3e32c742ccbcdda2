package web

import (
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type homePage struct {
	page
	Hello      string
	Tasks      []taskRow
	Counts     []countRow
	Candidates []candidateRow
	PostFirst  bool // the candidates are cohorts for the reader's posts
	Next       []link
	Saved      []savedRow // searches kept under a name, with what is new in them
	First      []taskRow  // where to begin, as long as there is nothing
}

type taskRow struct{ URL, Title, Why, Due, Count string }

type countRow struct{ URL, Name, N string }

// candidateRow is one of the best matches of the reader's open side.
type candidateRow struct {
	matchRow
	MineURL, Mine string // the reader's own side of the match
}

func (s *Site) home(v *visit) error {
	h, err := s.exchange.Home(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &homePage{page: page{Title: "工作台"}, Hello: v.actor.Name, PostFirst: v.actor.Role == partnership.RoleCompany}
	for _, t := range h.Tasks {
		row := taskRow{URL: taskURL(&t, v.actor.Role), Title: t.Title, Why: t.Why, Due: day(t.Due)}
		if row.Due != "" {
			row.Due += "（" + until(s.today(), t.Due) + "）"
		}
		p.Tasks = append(p.Tasks, row)
	}
	some := len(h.Tasks) > 0
	for _, c := range h.Counts {
		some = some || c.N > 0
		p.Counts = append(p.Counts, countRow{listOf(c.Kind, v.actor.Role), c.Name, number(c.N)})
	}
	if !v.actor.SeesAll() {
		best, _, err := s.exchange.Candidates(v.ctx(), v.actor, exchange.List{Limit: 8})
		if err != nil {
			return err
		}
		for i, row := range matchRows(best, p.PostFirst) {
			one := candidateRow{matchRow: row, MineURL: pageOf(exchange.KindCohort, best[i].Cohort), Mine: best[i].CohortName}
			if p.PostFirst {
				one.MineURL, one.Mine = pageOf(exchange.KindPost, best[i].Post), best[i].PostTitle
			}
			p.Candidates = append(p.Candidates, one)
		}
	}
	if _, p.Saved, err = s.mySearches(v, 6); err != nil {
		return err
	}
	if p.Next = nextSteps(v.actor.Role); !some {
		p.First = firstSteps(v.actor.Role)
	}
	return s.render(v, http.StatusOK, "home", p)
}

// taskURL is where a task is done: its record, or the list of those that wait.
func taskURL(t *exchange.Task, role partnership.Role) string {
	switch {
	case t.ID != "":
		return pageOf(t.Kind, t.ID)
	case t.State != "":
		return listOf(t.Kind, role) + "?state=" + t.State
	}
	return listOf(t.Kind, role)
}

// nextSteps are what each role most often comes to do.
func nextSteps(r partnership.Role) []link {
	switch r {
	case partnership.RoleSchool:
		return []link{{URL: "/import?kind=students", Label: "导入学生名册"}, {URL: "/cohorts/new", Label: "登记班级批次"}, {URL: "/posts?open=yes", Label: "查找还有空位的岗位"}, {URL: "/rounds", Label: "运行匹配轮次"}, {URL: "/rates", Label: "查看本校就业指标"}}
	case partnership.RoleCompany:
		return []link{{URL: "/posts/new", Label: "发布岗位"}, {URL: "/cohorts", Label: "查看待安置的班级"}, {URL: "/order-classes", Label: "查看订单班"}}
	case partnership.RoleDistrict:
		return []link{{URL: "/posts?state=submitted", Label: "审核岗位"}, {URL: "/companies?state=pending", Label: "审核企业"}, {URL: "/rounds", Label: "运行匹配轮次"}, {URL: "/dashboard", Label: "查看数据看板"}, {URL: "/report/check", Label: "发布前核对年度报告"}, {URL: "/screen", Label: "打开大屏"}}
	case partnership.RoleOperator:
		return []link{{URL: "/jobs", Label: "查看定时任务"}, {URL: "/import", Label: "导入数据"}, {URL: "/dashboard", Label: "查看数据看板"}}
	}
	return nil
}

// firstSteps lead who has nothing yet; what a company comes for is a task of it.
func firstSteps(r partnership.Role) []taskRow {
	switch r {
	case partnership.RoleSchool:
		return []taskRow{
			{URL: "/import?kind=students", Title: "导入学生名册", Why: "上传后先列出新增、有变化和有错误的行，确认了才写入"},
			{URL: "/cohorts/new", Title: "登记班级批次", Why: "填专业、人数和实习时间，马上看到相配的岗位和理由"},
			{URL: "/import?kind=graduates", Title: "导入毕业去向", Why: "本校的就业、升学和对口率由它算出"},
		}
	case partnership.RoleDistrict, partnership.RoleOperator:
		return []taskRow{
			{URL: "/schools/new", Title: "登记学校", Why: "写名称、主管部门和开设的专业；登记后邀请它的账号"},
			{URL: "/import?kind=companies", Title: "导入企业名录", Why: "企业也可以在登录页自己登记，由您审核"},
			{URL: "/accounts", Title: "邀请学校和企业的账号", Why: "每个邀请是一个只能用一次的链接"},
			{URL: "/import?kind=graduates", Title: "导入历年毕业去向", Why: "导入后数据看板和年度报告就有数，每个数带分子和分母"},
		}
	}
	return nil
}
