package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"sunmao/services/account"
	"sunmao/services/partnership"
)

type userCmd struct {
	Invite   userInviteCmd   `cmd:"" help:"生成一次性邀请链接，由本人设登录名和密码。"`
	Add      userAddCmd      `cmd:"" help:"建立账号，密码从标准输入读一行。"`
	Password userPasswordCmd `cmd:"" help:"重设密码，从标准输入读一行；该账号的登录全部失效。"`
	Disable  userDisableCmd  `cmd:"" help:"停用账号。"`
	List     userListCmd     `cmd:"" default:"1" help:"列出账号。"`
}

type userAddCmd struct {
	Login  string `arg:"" help:"登录名。" placeholder:"登录名"`
	Role   string `required:"" enum:"school,company,district,operator" help:"角色：school、company、district、operator。" placeholder:"角色"`
	Name   string `help:"显示的姓名或称呼。" placeholder:"姓名"`
	Party  string `help:"学校或企业的编号。" placeholder:"编号"`
	Region string `default:"500153" help:"所属区县的行政区划代码。" placeholder:"代码"`
}

type userInviteCmd struct {
	Role   string `required:"" enum:"school,company,district,operator" help:"角色：school、company、district、operator。" placeholder:"角色"`
	Party  string `help:"学校或企业的编号。" placeholder:"编号"`
	Name   string `help:"被邀请人的姓名。" placeholder:"姓名"`
	Region string `default:"500153" help:"区教委账号所属区县的行政区划代码。" placeholder:"代码"`
}

func (c *userInviteCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		inv := partnership.Invitation{Role: partnership.Role(c.Role), Name: c.Name, Region: c.Region, Admin: true}
		if c.Party != "" {
			party, err := h.exchange.Party(app.Ctx, operator(), inv.Role, c.Party)
			if err != nil {
				return err
			}
			inv.Party, inv.PartyName, inv.Region = party.ID, party.Name, party.Region
		}
		token, inv, err := h.accounts.Invite(app.Ctx, operator(), inv)
		if err != nil {
			return err
		}
		fmt.Fprintf(app.Out, "%s/join/%s\n", app.Config.site(app.Config.Listen), token)
		fmt.Fprintf(app.Err, "链接只显示这一次，%s 前用一次有效；请只发给本人。\n", inv.Expires.Time().Format("2006-01-02 15:04"))
		return nil
	})
}

func readPassword(app *App) (string, error) {
	fmt.Fprintln(app.Err, "请输入密码（12 到 128 个字符），按回车结束：")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", usagef("没有读到密码；可写成 echo 密码 | sunmao user add …（%v）", err)
	}
	return line, nil
}

func (c *userAddCmd) Run(app *App) error {
	password, err := readPassword(app)
	if err != nil {
		return err
	}
	return app.with(func(h *house) error {
		acc := partnership.Account{Name: c.Name, Role: partnership.Role(c.Role), Party: c.Party, Region: c.Region, Admin: true}
		acc.ID = c.Login
		if acc.Name == "" {
			acc.Name = c.Login
		}
		if err := h.accounts.Create(app.Ctx, acc, password); err != nil {
			return err
		}
		_, err := fmt.Fprintf(app.Out, "已建立账号 %s（%s）\n", c.Login, acc.Role.Words())
		return err
	})
}

type userPasswordCmd struct {
	Login string `arg:"" help:"登录名。" placeholder:"登录名"`
}

func (c *userPasswordCmd) Run(app *App) error {
	password, err := readPassword(app)
	if err != nil {
		return err
	}
	return app.with(func(h *house) error {
		if err := h.accounts.SetPassword(app.Ctx, c.Login, password); err != nil {
			return noAccount(err, c.Login)
		}
		_, err := fmt.Fprintf(app.Out, "已重设 %s 的密码，原有登录全部失效\n", c.Login)
		return err
	})
}

type userDisableCmd struct {
	Login string `arg:"" help:"登录名。" placeholder:"登录名"`
}

func (c *userDisableCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		if _, err := h.accounts.Act(app.Ctx, operator(), c.Login, account.Disable); err != nil {
			return noAccount(err, c.Login)
		}
		_, err := fmt.Fprintf(app.Out, "已停用账号 %s\n", c.Login)
		return err
	})
}

func noAccount(err error, login string) error {
	if errors.Is(err, partnership.ErrNotFound) {
		return partnership.Refuse(partnership.ErrNotFound, "没有账号 %s，用 sunmao user list 查看全部账号", login)
	}
	return err
}

type userListCmd struct {
	Format string `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

func (c *userListCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		var all []account.Listed
		for after := ""; ; {
			page, next, err := h.accounts.List(app.Ctx, operator(), after, 500)
			if err != nil {
				return err
			}
			if all = append(all, page...); next == "" {
				break
			}
			after = next
		}
		rows := make([][]string, 0, len(all))
		for _, a := range all {
			state := "正常"
			if a.Disabled {
				state = "已停用"
			} else if a.Locked != 0 {
				state = "锁定至 " + a.Locked.Time().Format("15:04")
			}
			rows = append(rows, []string{a.ID, a.Name, string(a.Role), a.Party, state})
		}
		return app.Table(c.Format, []string{"login", "name", "role", "party", "state"}, rows, nil)
	})
}
