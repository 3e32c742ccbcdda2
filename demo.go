package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/web"
)

type demoCmd struct {
	LoadOnly  bool `help:"只载入数据，不启动网站。"`
	Students  int  `help:"把示范区放大到至少这么多学生（连同学校、批次、名册和毕业去向），用来估算规模、做压力测试。" placeholder:"人数"`
	Posts     int  `help:"放大到至少这么多岗位。" placeholder:"个数"`
	Companies int  `help:"放大到至少这么多企业。" placeholder:"家数"`
}

// demoAccounts is one sign-in per role. They exist in the demo only, where the
// sign-in page prints them.
func demoAccounts() []web.DemoAccount {
	return []web.DemoAccount{
		{Role: partnership.RoleDistrict, Name: "区教委 示例账号", Login: "district", Password: "demo-district-2026"},
		{Role: partnership.RoleSchool, Name: "职教中心 示例账号", Login: "school", Password: "demo-school-2026"},
		{Role: partnership.RoleSchool, Name: "益民技校 示例账号", Login: "school2", Password: "demo-school2-2026"},
		{Role: partnership.RoleCompany, Name: "企业 示例账号", Login: "company", Password: "demo-company-2026"},
		{Role: partnership.RoleOperator, Name: "平台运维 示例账号", Login: "operator", Password: "demo-operator-2026"},
	}
}

func (c demoCmd) Run(app *App) error {
	h, err := openHouse(app)
	if err != nil {
		return err
	}
	if err := loadDemo(app, h, demo.Size{Students: c.Students, Posts: c.Posts, Companies: c.Companies}); err != nil {
		return errors.Join(err, h.Close())
	}
	if c.LoadOnly {
		return h.Close()
	}
	return errors.Join(serve(app, h, demoAccounts()), h.Close())
}

// loadDemo loads the demo district unless it is there: parties and figures, index
// and matches, one matching round, the rates, one account per role.
func loadDemo(app *App, h *house, size demo.Size) error {
	ctx, x := app.Ctx, h.exchange
	there, err := demoLoaded(ctx, h)
	if err != nil || there {
		return err
	}
	began := time.Now()
	fmt.Fprintln(app.Err, "正在载入示范区（荣昌区 2025 年度报告的公布数字；报告没有的岗位、批次和学生为示例）……")
	bundle, err := demo.District(h.catalogue, app.Now())
	if err != nil {
		return err
	}
	demo.Grow(&bundle, size)
	if err := x.Load(ctx, bundle); err != nil {
		return err
	}
	if size.Students > 0 {
		if err := loadRosters(ctx, x, &bundle); err != nil {
			return err
		}
	}
	if _, err := x.SettleAll(ctx); err != nil {
		return err
	}
	if err := x.Reindex(ctx); err != nil {
		return err
	}
	by := partnership.System("demo")
	by.Region = demo.Region
	view, err := x.RunRound(ctx, by, partnership.Round{Name: "示例：春季岗位实习统筹分配", Mode: partnership.ModeAssign, Region: demo.Region, Seed: 2026, Sample: true})
	if err != nil {
		return err
	}
	if _, err := x.RollUnmet(ctx, partnership.Day(app.Now())); err != nil {
		return err
	}
	for _, day := range []string{demo.CutOff, partnership.Day(app.Now())} {
		if _, err := x.RefreshRates(ctx, day); err != nil {
			return err
		}
	}
	for _, a := range demoAccounts() {
		acc := partnership.Account{Name: a.Name, Role: a.Role, Region: demo.Region, Admin: true, Sample: true,
			Party: map[string]string{"school": demo.Centre, "school2": demo.Yimin, "company": demo.Company}[a.Login]}
		acc.ID = a.Login
		if err := h.accounts.Create(ctx, acc, a.Password); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
			return err
		}
	}
	fmt.Fprintf(app.Err, "已载入：企业 %d、岗位 %d、班级批次 %d、毕业去向 %d 条；一轮匹配安置 %d/%d 人；用时 %.1f 秒\n",
		len(bundle.Companies), len(bundle.Posts), len(bundle.Cohorts), len(bundle.Outcomes), view.Round.Placed, view.Round.Students, time.Since(began).Seconds())
	return nil
}

// loadRosters brings the students of a grown district in, as their schools would.
func loadRosters(ctx context.Context, x *exchange.Exchange, b *partnership.Bundle) error {
	rosters := demo.Rosters(b)
	for _, school := range slices.Sorted(maps.Keys(rosters)) {
		by := partnership.Actor{Account: "demo", Role: partnership.RoleSchool, Party: school, Region: demo.Region}
		r, err := x.Import(ctx, by, exchange.ImportRequest{Kind: "students", File: "名册.csv", Body: strings.NewReader(rosters[school])})
		if err != nil {
			return fmt.Errorf("roster of %s: %w", school, err)
		}
		if len(r.Problems) > 0 {
			return fmt.Errorf("roster of %s: %s", school, r.Problems[0])
		}
	}
	return nil
}

// demoLoaded reports whether the whole demo is there; its accounts come last.
func demoLoaded(ctx context.Context, h *house) (bool, error) {
	if any, err := h.accounts.Any(ctx); err != nil || any {
		return any, err
	}
	loaded, err := h.exchange.Loaded(ctx)
	if err == nil && loaded {
		return false, partnership.Refuse(partnership.ErrConflict, "数据目录里的示范数据没有载完（可能上次被中断）。请删除该目录，或换一个 --data 目录再运行")
	}
	return false, err
}

// announce prints where the demo is and what to try.
func announce(app *App, address string, accounts []web.DemoAccount) {
	fmt.Fprintf(app.Out, "\n榫卯示范区已启动：http://%s\n\n登录账号（仅示范用）：\n", address)
	for _, a := range accounts {
		fmt.Fprintf(app.Out, "  %-8s 账号 %-10s 密码 %s\n", a.Role.Words(), a.Login, a.Password)
	}
	fmt.Fprintln(app.Out, "\n可以先试：\n  1. 区教委登录，看 2025 年分专业类就业与升学（每个百分比旁边都有分子和分母）\n  2. 学校登录，打开一个班级批次，看候选岗位和匹配理由\n  3. 企业登录，发布一个岗位，看平台按实习管理规定核对出什么\n  4. 搜索“数控 车工”，或只输入拼音 skcg\n按 Ctrl+C 停止。再次运行会直接使用已载入的数据。")
}
