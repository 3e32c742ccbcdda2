package web

import (
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

type trailPage struct {
	page
	Account, Object, From, To string
	Acts, Whats               []option
	Rows                      []trailRow
	First, More               string
	CSV, XLSX                 string
	Errors                    []string
}

type trailRow struct{ Seq, At, Who, Role, Act, What, Object, ObjectURL, Change string }

// The words of the trail: what was done, and to what.
var (
	trailActs = []pair{{"sign-in", "登录"}, {"sign-in-failed", "登录失败"}, {"sign-out", "退出"}, {"create", "新建"}, {"change", "修改"}, {"delete", "删除"}, {"purge", "彻底删除"}, {"export", "导出"},
		{"password", "改密码"}, {"second-step", "开启两步登录"}, {"unlink", "解除两步登录"}, {"disable", "停用账号"}, {"enable", "恢复账号"}, {"promote", "设为管理员"}, {"dismiss", "取消管理员"}, {"erase", "清除个人信息"}, {"revoke", "撤销"}}
	trailWhats = []pair{{"accounts", "账号"}, {"invitations", "邀请"}, {"api_keys", "接口密钥"}, {"webhooks", "接口推送"}, {"schools", "学校"}, {"companies", "企业"}, {"relations", "本校合作"}, {"delegations", "委托代发"}, {"bases", "实训基地"}, {"posts", "岗位"},
		{"order_classes", "订单班"}, {"base_books", "工位预订"}, {"rotations", "工读轮换"}, {"cohorts", "班级批次"}, {"cooperations", "合作项目"}, {"alliances", "联合体与集团"}, {"rounds", "匹配轮次"}, {"allocations", "分配结果"}, {"placements", "安置"}, {"students", "学生名册"}, {"reveals", "查看个人信息"},
		{"imports", "导入"}, {"outcomes", "毕业去向"}, {"published", "公布数字"}, {"rulings", "对口认定"}, {"name_answers", "名称确认"}, {"rates", "就业指标"}, {"trail", "审计记录"}, {"job_runs", "定时任务"}, {"job_pauses", "暂停任务"}}
)

// wordFor is a code in words, or the code itself.
func wordFor(list []pair, code string) string {
	for _, p := range list {
		if p.Name == code {
			return p.Value
		}
	}
	return code
}

func optionsOf(list []pair, chosen string) []option {
	out := []option{{Label: "全部"}}
	for _, p := range list {
		out = append(out, option{Value: p.Name, Label: p.Value, Chosen: p.Name == chosen})
	}
	return out
}

func trailQuery(v *visit) exchange.TrailQuery {
	return exchange.TrailQuery{List: exchange.List{After: v.Query("after"), Limit: 50}, Account: v.Query("account"), Act: v.Query("act"), What: v.Query("what"),
		Object: v.Query("object"), From: v.Query("from"), To: v.Query("to")}
}

// trail shows the audit trail, or sends what the filters leave as a file.
func (s *Site) trail(v *visit) error {
	q := trailQuery(v)
	if name := v.Query("format"); name != "" {
		return s.exportTrail(v, name, q)
	}
	p := &trailPage{page: page{Title: "审计记录", Crumbs: []link{{Label: "审计记录"}}}, Account: q.Account, Object: q.Object, From: q.From, To: q.To,
		Acts: optionsOf(trailActs, q.Act), Whats: optionsOf(trailWhats, q.What)}
	status := http.StatusOK
	found, next, err := s.exchange.Trail(v.ctx(), v.actor, q)
	if f := newForm(nil); f.refused(err, nil) {
		status = explain(err).Status
		for _, name := range sortedKeys(f.bad) {
			p.Errors = append(p.Errors, f.bad[name]...)
		}
		if len(p.Errors) == 0 {
			return err
		}
	} else if err != nil {
		return err
	}
	for i := range found {
		p.Rows = append(p.Rows, trailRowOf(&found[i]))
	}
	values := v.Request.URL.Query()
	at := func(key, value string) string {
		values := url.Values(values)
		values.Del("after")
		values.Del("format")
		if key != "" {
			values.Set(key, value)
		}
		return "/trail?" + values.Encode()
	}
	p.CSV, p.XLSX = at("format", "csv"), at("format", "xlsx")
	if q.After != "" {
		p.First = at("", "")
	}
	if next != "" {
		p.More = at("after", next)
	}
	return s.render(v, status, "trail", p)
}

func trailRowOf(e *partnership.TrailEntry) trailRow {
	r := trailRow{Seq: number(e.Seq), At: moment(e.At), Who: orDash(e.Account), Role: e.Role.Words(), Act: wordFor(trailActs, e.Act), What: wordFor(trailWhats, e.What), Object: e.Object}
	if e.Count > 0 {
		r.Object = number(e.Count) + " 条"
	}
	switch e.What {
	case "posts":
		r.ObjectURL = "/posts/" + url.PathEscape(e.Object)
	case "companies":
		r.ObjectURL = "/companies/" + url.PathEscape(e.Object)
	case "cohorts":
		r.ObjectURL = "/cohorts/" + url.PathEscape(e.Object)
	}
	if e.Object == "" {
		r.ObjectURL = ""
	}
	if e.From != e.To {
		r.Change = joinWords(" → ", stateWords(e.What, e.From), stateWords(e.What, e.To))
	}
	return r
}

// stateWords is a state of a kind of document in words, or as it is stored.
func stateWords(what, state string) string {
	words := ""
	switch what {
	case "posts":
		words = partnership.PostState(state).Words()
	case "companies":
		words = partnership.CompanyState(state).Words()
	case "placements":
		words = partnership.PlacementState(state).Words()
	case "rounds":
		words = partnership.RoundState(state).Words()
	case "imports":
		words = partnership.ImportState(state).Words()
	}
	if words == "" {
		return state
	}
	return words
}

// exportTrail sends the entries that the filters leave, oldest first, with the values
// that prove the chain.
func (s *Site) exportTrail(v *visit, name string, q exchange.TrailQuery) error {
	format, err := sheets.ParseFormat(name)
	if err != nil {
		return partnership.Invalid{"format": {"导出格式可选 csv 或 xlsx"}}
	}
	rows, err := s.exchange.TrailRows(v.ctx(), v.actor, q)
	if err != nil {
		return err
	}
	if err := download(v, format, "trail", "审计记录"); err != nil {
		return err
	}
	v.Header("Content-Type", format.ContentType())
	w, err := sheets.NewListWriter(v.Writer, format, "审计记录", []string{"序号", "时间", "账号", "角色", "单位编号", "做了什么", "对象", "编号", "原状态", "新状态", "条数", "前一条校验值", "校验值"})
	if err != nil {
		return err
	}
	for e, err := range rows {
		if err == nil {
			err = w.Write([]any{e.Seq, moment(e.At), e.Account, e.Role.Words(), e.Party, wordFor(trailActs, e.Act), wordFor(trailWhats, e.What), e.Object, e.From, e.To, e.Count, e.Prev, e.Hash})
		}
		if err != nil {
			return s.cutOff(v, err)
		}
	}
	return w.Close()
}
