// Sunmao 榫卯 is the platform on which a district's vocational schools and
// companies find each other (产教融合): one binary that serves the site, runs its
// jobs and answers from the command line. This package reads the configuration,
// opens and wires the parts, runs one command and stops the parts in order.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"sunmao/services/partnership"
)

// version is set by the linker: -ldflags "-X main.version=…".
var version = "dev"

// cli is the whole command line; each group of subcommands has its own file.
type cli struct {
	Config

	Serve      serveCmd      `cmd:"" help:"启动网站、接口和定时任务。"`
	Demo       demoCmd       `cmd:"" help:"载入示范区数据并启动，第二次直接用已载入的数据。"`
	Import     importCmd     `cmd:"" help:"导入企业、岗位、班级批次或毕业去向（CSV 或 Excel）。"`
	Rates      ratesCmd      `cmd:"" help:"按学校、专业类或专业列出各项比率及其分子分母。"`
	Report     reportCmd     `cmd:"" help:"生成质量年度报告的统计表（Excel），缺的格子列明谁来补。"`
	AuditTrail auditTrailCmd `cmd:"" help:"校验审计记录的链条。"`
	Audit      auditCmd      `cmd:"" help:"核对已公布的统计表，列出对不上的数。"`
	Check      checkCmd      `cmd:"" help:"按实习管理规定检查岗位。"`
	Search     searchCmd     `cmd:"" help:"全文检索岗位、企业、基地、订单班、专业和班级批次。"`
	Occupation occupationCmd `cmd:"" help:"由岗位名称推荐国家职业分类大典的职业。"`
	Match      matchCmd      `cmd:"" help:"计算匹配：给定文件，或平台上的岗位与班级批次。"`
	Round      roundCmd      `cmd:"" help:"运行、查看或发布匹配轮次。"`
	Job        jobCmd        `cmd:"" help:"查看或手动运行定时任务。"`
	Reindex    reindexCmd    `cmd:"" help:"由数据重建检索索引。"`
	Backup     backupCmd     `cmd:"" help:"备份数据到一个文件（网站运行时由定时任务 backup 在线备份）。"`
	Restore    restoreCmd    `cmd:"" help:"把备份恢复到一个空的数据目录。"`
	Verify     verifyCmd     `cmd:"" help:"检查数据文件是否完好。"`
	User       userCmd       `cmd:"" help:"建立账号、重设密码、停用账号。"`
	Bench      benchCmd      `cmd:"" help:"在本机测量检索与匹配。"`
	Health     healthCmd     `cmd:"" help:"问本机的网站是否可以接受访问（容器的健康检查用）。"`
	Version    versionCmd    `cmd:"" help:"显示版本。"`
}

// App is what a command works with.
type App struct {
	Ctx    context.Context
	Out    io.Writer // data
	Err    io.Writer // words to the person
	Now    func() time.Time
	Log    *slog.Logger
	Config Config
}

// usageError is wrong use of the command line: exit code 2.
type usageError struct{ sentence string }

func (e usageError) Error() string { return e.sentence }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// exitEarly carries kong's exit code out of its parser (after --help).
type exitEarly int

// run is the program without the process: tests call it as main does. It returns
// 0 when done, 1 when refused or failed, 2 on wrong use.
func run(ctx context.Context, args []string, out, errw io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			early, ok := r.(exitEarly)
			if !ok {
				panic(r)
			}
			code = int(early)
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("sunmao"),
		kong.Description("榫卯：职业学校与企业的产教融合平台。每个命令后加 --help 看说明。"),
		kong.Writers(out, errw),
		kong.Exit(func(n int) { panic(exitEarly(n)) }),
		kong.Help(chineseHelp),
		kong.Vars{"filters": filterHelp()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ShortUsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(errw, "sunmao:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errw, "sunmao: 命令写法不对：%v。加 --help 可看这个命令的用法。\n", err)
		return 2
	}
	app := &App{Ctx: operator().In(ctx), Out: out, Err: errw, Now: time.Now, Log: newLog(errw, c.Config), Config: c.Config}
	if err := kctx.Run(app); err != nil {
		return app.explain(err)
	}
	return 0
}

// explain tells the person what went wrong and picks the exit code.
func (a *App) explain(err error) int {
	var wrong usageError
	if errors.As(err, &wrong) {
		fmt.Fprintf(a.Err, "sunmao: %s\n", wrong.sentence)
		return 2
	}
	var refused *partnership.Refused
	var invalid partnership.Invalid
	switch {
	case errors.As(err, &refused):
		fmt.Fprintf(a.Err, "sunmao: %s\n", refused.Sentence)
	case errors.As(err, &invalid):
		fmt.Fprintf(a.Err, "sunmao: %s\n", strings.TrimPrefix(invalid.Error(), "file: ")) // which file, the sentence says
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(a.Err, "sunmao: 已中断。")
	default:
		fmt.Fprintf(a.Err, "sunmao: %v\n", err)
	}
	return 1
}

// chineseHelp prints kong's help with its fixed words in Chinese.
func chineseHelp(options kong.HelpOptions, ctx *kong.Context) error {
	out := ctx.Stdout
	var b strings.Builder
	ctx.Stdout = &b
	err := kong.DefaultHelpPrinter(options, ctx)
	ctx.Stdout = out
	words := strings.NewReplacer("Usage:", "用法：", "Flags:", "选项：", "Commands:", "命令：", "Arguments:", "参数：",
		"Show context-sensitive help.", "显示说明。", `Run "`, `运行 "`, `" for more information on a command.`, `" 查看该命令的说明。`)
	if _, werr := io.WriteString(out, words.Replace(b.String())); err == nil {
		err = werr
	}
	return err
}

type versionCmd struct{}

func (versionCmd) Run(app *App) error {
	_, err := fmt.Fprintf(app.Out, "sunmao %s\n", version)
	return err
}
