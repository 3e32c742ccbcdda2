package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sunmao/jobs"
	"sunmao/services/partnership"
	"sunmao/services/store/sqlitedoc"
)

const (
	databaseName = "sunmao.db"   // of sqlitedoc, in the data folder and in a backup
	lockName     = "sunmao.lock" // of sqlitedoc
	keyName      = "key"         // of masterKey
	keptBackups  = 7             // days
)

type backupCmd struct {
	File       string `arg:"" help:"备份写到这个文件，不能已经存在。" placeholder:"文件"`
	WithoutKey bool   `help:"不把主密钥放进备份（密钥另外保管，恢复时再放回）。"`
}

// Help is the longer text of --help.
func (backupCmd) Help() string {
	return "备份是一个 .tar 文件：数据库的一致副本、主密钥 key、说明 manifest.json 和校验和 SHA256SUMS。" +
		"网站运行时数据目录由它占用，这个命令会被拒绝：此时由定时任务 backup 在线备份（每天 04:10，保留最近 7 天，写在数据目录的 backups 里），" +
		"要马上备份，请用运维或区教委账号在“定时任务”页立即运行 backup。检索索引不进备份，恢复后自动重建。"
}

// Run makes a backup of a data folder that no site has open.
func (c *backupCmd) Run(app *App) error {
	if err := onlySQLite(app.Config, "备份", "mongodump --uri=\"$SUNMAO_STORE\" --gzip --archive=文件"); err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); err == nil {
		return partnership.Refuse(partnership.ErrDuplicate, "备份文件 %s 已经存在，没有改动它。请换一个文件名", c.File)
	}
	b, err := openData(app)
	if err != nil {
		return err
	}
	m, err := makeBackup(app, b, c.File, !c.WithoutKey)
	if err = errors.Join(err, b.Close()); err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "已备份到 %s：%s\n", c.File, m.words())
	if m.Key == keyApart {
		fmt.Fprintln(app.Err, "主密钥不在这份备份里，请另外保管；没有它，加密的个人信息无法读出。")
	}
	return nil
}

// onlySQLite refuses, for a store on MongoDB, what its own tools do.
func onlySQLite(c Config, what, tool string) error {
	if !strings.HasPrefix(c.Store, "mongodb") {
		return nil
	}
	return partnership.Refuse(partnership.ErrConflict,
		"数据在 MongoDB 里，不由本命令%s。请用 MongoDB 自带的工具：%s（步骤见 docs/operating.md；主密钥另外保管）", what, tool)
}

// openData opens the data folder for a command that looks at it as it is: a folder
// without a store is refused, not filled.
func openData(app *App) (*sqlitedoc.Backend, error) {
	dir := app.Config.Data
	if entries, err := os.ReadDir(dir); err != nil || !slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return e.Name() == databaseName || e.Name() == lockName
	}) {
		return nil, partnership.Refuse(partnership.ErrNotFound, "数据目录 %s 里没有数据库 %s。请用 --data 或 SUNMAO_DATA 指定数据目录", dir, databaseName)
	}
	b, err := sqlitedoc.Open(app.Ctx, dir, sqlitedoc.Options{Log: app.Log})
	var refused *partnership.Refused
	if errors.As(err, &refused) && strings.Contains(refused.Sentence, "另一个 sunmao 进程") {
		return nil, fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
			"数据目录 %s 正由运行中的网站占用。网站运行时请在“定时任务”页立即运行 backup（在线备份，写在 %s）或 integrity（检查数据）；也可以先停止网站再运行本命令",
			dir, filepath.Join(dir, "backups")), err)
	}
	return b, err
}

type restoreCmd struct {
	File string `arg:"" help:"sunmao backup 或定时任务 backup 写成的备份文件。" placeholder:"文件"`
}

// Help is the longer text of --help.
func (restoreCmd) Help() string {
	return "只恢复到空的（或还不存在的）数据目录，不会覆盖已有数据。先核对整个备份的校验和，再写入；备份不完整、已损坏或版本太新时拒绝，目录不变。" +
		"检索索引在下次启动时自动重建。"
}

// Run restores a backup into an empty data folder.
func (c *restoreCmd) Run(app *App) error {
	if err := onlySQLite(app.Config, "恢复", "mongorestore --uri=\"$SUNMAO_STORE\" --gzip --archive=文件"); err != nil {
		return err
	}
	if err := mustBeEmpty(app.Config.Data); err != nil {
		return err
	}
	began := app.Now()
	m, err := restoreBackup(app.Ctx, c.File, app.Config.Data)
	if err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "已把 %s 恢复到 %s：%s，用时 %.1f 秒\n", c.File, app.Config.Data, m.words(), app.Now().Sub(began).Seconds())
	fmt.Fprintln(app.Err, "检索索引在下次启动时自动重建，期间网站照常打开。")
	if m.Key == keyApart {
		fmt.Fprintf(app.Err, "主密钥不在备份里：启动前请设置原来的 SUNMAO_KEY，或把原来的 key 文件放到 %s。\n", filepath.Join(app.Config.Data, keyName))
	}
	return nil
}

// mustBeEmpty refuses a folder that holds anything; what a restore that was killed left
// behind, and the lost+found of a fresh disk, do not count.
func mustBeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return partnership.Refuse(partnership.ErrUnavailable, "读不了数据目录 %s：%v。请检查路径和权限", dir, err)
	}
	for _, e := range entries {
		if e.Name() != staging && e.Name() != "lost+found" {
			return partnership.Refuse(partnership.ErrConflict,
				"数据目录 %s 不是空的（有 %s），没有恢复，也没有改动任何文件。请用 --data 指定一个空目录；要替换现有数据，请先停止网站，再把原目录改名留存", dir, e.Name())
		}
	}
	return nil
}

type verifyCmd struct {
	File string `arg:"" optional:"" help:"备份文件；不写则检查数据目录。" placeholder:"备份文件"`
}

// Help is the longer text of --help.
func (verifyCmd) Help() string {
	return "读出全部数据，检查数据库的结构和每一条记录的校验和；给出备份文件时，核对备份的校验和。有不完好的地方时列出并以 1 退出。" +
		"网站运行时由定时任务 integrity 检查（每周日 05:10，也可在“定时任务”页立即运行）。"
}

// Run checks the data folder, or a backup.
func (c *verifyCmd) Run(app *App) error {
	if c.File != "" {
		m, err := checkBackup(c.File)
		if err == nil {
			_, err = fmt.Fprintf(app.Out, "备份完好：%s\n", m.words())
		}
		return err
	}
	if err := onlySQLite(app.Config, "检查", "mongosh 里对各集合运行 db.集合.validate({full: true})"); err != nil {
		return err
	}
	b, err := openData(app)
	if err != nil {
		return err
	}
	r, err := b.Verify(app.Ctx)
	if err = errors.Join(err, b.Close()); err != nil {
		return err
	}
	fmt.Fprintf(app.Out, "已检查 %s：%d 条记录，内容 %s\n", filepath.Join(app.Config.Data, databaseName), r.Documents, size(r.Bytes))
	for _, line := range r.Bad {
		fmt.Fprintln(app.Out, badWords.Replace(line))
	}
	if err := unsound(app.Config.Data, r); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(app.Config.Data, keyName)); err == nil {
		if _, err := masterKey(app.Config); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(app.Out, "数据完好")
	return err
}

// badWords puts the findings of sqlitedoc into the reader's language; lines of SQLite
// itself about the structure of the file stay as they are.
var badWords = strings.NewReplacer(": checksum differs", "：校验和不符", ": id or revision differ from the document's", "：编号或版本与内容不一致")

// unsound says what is wrong and what to do; nil if nothing is.
func unsound(dir string, r sqlitedoc.Report) error {
	if len(r.Bad) == 0 {
		return nil
	}
	return partnership.Refuse(partnership.ErrUnavailable,
		"数据有 %d 处不完好（第一处：%s）。请停止网站，把整个数据目录 %s 复制一份留存，再用 sunmao restore 把最近一份完好的备份恢复到新的空目录",
		len(r.Bad), badWords.Replace(r.Bad[0]), dir)
}

// size says a number of bytes as people do.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// jobs are those that work on the embedded store's file: a backup each night and a full
// reading each week, while the site runs. MongoDB brings its own: docs/operating.md.
func (h *house) jobs(app *App) []jobs.Job {
	b, ok := h.backend.(*sqlitedoc.Backend)
	if !ok {
		return nil
	}
	return []jobs.Job{
		{Name: "backup", Words: fmt.Sprintf("在线备份数据到数据目录的 backups，保留最近 %d 天", keptBackups), Spec: "10 4 * * *", Timeout: time.Hour,
			Run: func(ctx context.Context, day string) (string, error) { return dailyBackup(app.during(ctx), b, day) }},
		{Name: "integrity", Words: "读出全部数据，检查数据库结构和每条记录的校验和", Spec: "10 5 * * 0", Timeout: time.Hour,
			Run: func(ctx context.Context, _ string) (string, error) {
				r, err := b.Verify(ctx)
				if err = errors.Join(err, unsound(app.Config.Data, r)); err != nil {
					return "", err
				}
				return fmt.Sprintf("读出 %d 条记录（%s），全部完好", r.Documents, size(r.Bytes)), nil
			}},
	}
}

// during is the App with another context: that of one run of a job.
func (a *App) during(ctx context.Context) *App {
	b := *a
	b.Ctx = ctx
	return &b
}

// dailyBackup writes the backup of this day, in place of one made earlier today, and
// removes those of days long past. Another day's data cannot be had any more.
func dailyBackup(app *App, b *sqlitedoc.Backend, day string) (string, error) {
	if today := partnership.Day(app.Now()); day != today {
		return "", partnership.Invalid{"day": {"备份只能是现在的数据，日期请写今天 " + today + " 或不写"}}
	}
	dir := filepath.Join(app.Config.Data, "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", partnership.Refuse(partnership.ErrUnavailable, "不能建立备份目录 %s：%v。请检查权限和磁盘空间", dir, err)
	}
	name := "sunmao-" + day + ".tar"
	m, err := makeBackup(app, b, filepath.Join(dir, name), true)
	if err != nil {
		return "", err
	}
	gone, err := prune(dir)
	words := fmt.Sprintf("已备份到 backups/%s：%s", name, m.words())
	if gone > 0 {
		words += fmt.Sprintf("，删除旧备份 %d 份", gone)
	}
	return words, err
}

// prune keeps the newest daily backups of the folder, removes older ones and what a
// killed run left, and touches nothing else. It returns how many backups it removed.
func prune(dir string) (int, error) {
	daily, err := filepath.Glob(filepath.Join(dir, "sunmao-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].tar"))
	if err != nil {
		return 0, err
	}
	left, err := filepath.Glob(filepath.Join(dir, "sunmao-*.tar"+working))
	if err != nil {
		return 0, err
	}
	slices.Sort(daily)
	old := daily[:max(0, len(daily)-keptBackups)]
	for _, path := range slices.Concat(old, left) {
		if err := os.RemoveAll(path); err != nil {
			return 0, fmt.Errorf("remove old backup: %w", err)
		}
	}
	return len(old), nil
}

// healthCmd asks the site on this machine whether it is ready. A container without a
// shell has nothing else to ask with.
type healthCmd struct{}

// Run exits with 0 if /readyz of the listening address answers 200.
func (healthCmd) Run(app *App) error {
	host, port, err := net.SplitHostPort(app.Config.Listen)
	if err != nil || app.Config.TLSCert != "" {
		return usagef("health 只问本机不带 TLS 的 --listen 地址，现在是 %q", app.Config.Listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(app.Ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return usagef("--listen %q 不是地址", app.Config.Listen)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return partnership.Refuse(partnership.ErrUnavailable, "网站 %s 没有回答：%v", app.Config.Listen, err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		return partnership.Refuse(partnership.ErrUnavailable, "网站 %s 还不能接受访问（%s）", app.Config.Listen, res.Status)
	}
	return nil
}
