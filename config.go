package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"sunmao/services/outbox"
	"sunmao/services/partnership"
)

// Config is every setting, by flag or by SUNMAO_* variable. docs/operating.md
// lists them all; a test fails when one is missing there.
type Config struct {
	Data      string `default:"./data" env:"SUNMAO_DATA" help:"数据目录。" placeholder:"目录"`
	Store     string `default:"sqlite" env:"SUNMAO_STORE" help:"文档存储：sqlite（内置）或 mongodb://… 地址。" placeholder:"存储"`
	Listen    string `default:"127.0.0.1:8080" env:"SUNMAO_LISTEN" help:"网站监听地址。" placeholder:"地址"`
	URL       string `env:"SUNMAO_URL" help:"网站对外的地址，如 https://sunmao.example.cn；邀请链接和通知用它开头。空则用监听地址。" placeholder:"地址"`
	Metrics   string `env:"SUNMAO_METRICS" help:"监控与诊断（/metrics、/debug/pprof）的监听地址，只应为本机地址；空则不开。" placeholder:"地址"`
	Key       string `env:"SUNMAO_KEY" help:"加密个人信息的主密钥（64 位十六进制）；空则在数据目录里生成 key 文件。" placeholder:"密钥"`
	Retention int    `default:"3" env:"SUNMAO_RETENTION" help:"学生离校多少年后自动删除个人信息；0 为不自动删除。" placeholder:"年数"`
	TwoStep   string `env:"SUNMAO_TWO_STEP" help:"哪些角色必须用两步登录，逗号分开：district、operator、school、company；空则由本人自愿开启。" placeholder:"角色"`
	TLSCert   string `env:"SUNMAO_TLS_CERT" help:"TLS 证书文件；与私钥一起给出时直接用 HTTPS。" placeholder:"文件"`
	TLSKey    string `env:"SUNMAO_TLS_KEY" help:"TLS 私钥文件。" placeholder:"文件"`
	Proxied   bool   `env:"SUNMAO_PROXIED" help:"网站在终止 TLS 的反向代理之后：会话 Cookie 只走 HTTPS。"`
	SMTP      string `env:"SUNMAO_SMTP" help:"发信服务器：smtp://用户:密码@主机:587（STARTTLS）或 smtps://用户:密码@主机:465；空则不发邮件。" placeholder:"地址"`
	MailFrom  string `env:"SUNMAO_MAIL_FROM" help:"发信地址，如 榫卯 <notice@example.cn>。" placeholder:"地址"`
	HookHosts string `env:"SUNMAO_HOOK_HOSTS" help:"通知和接口推送可以访问的内部主机，逗号分开；其余只访问公网的 https 地址。" placeholder:"主机"`
	LogLevel  string `default:"info" enum:"debug,info,warn,error" env:"SUNMAO_LOG_LEVEL" help:"日志级别：debug、info、warn、error。" placeholder:"级别"`
	LogJSON   bool   `env:"SUNMAO_LOG_JSON" help:"日志写成 JSON。"`
}

// site is the address that links begin with: the one configured, or the one listened at.
// It never comes from a request, whose Host header anybody can write.
func (c Config) site(listen string) string {
	if c.URL != "" {
		return strings.TrimRight(c.URL, "/")
	}
	if c.TLSCert != "" || c.Proxied {
		return "https://" + listen
	}
	return "http://" + listen
}

// twoStep are the roles that must sign in in two steps.
func (c Config) twoStep() []partnership.Role {
	var out []partnership.Role
	for _, r := range strings.Split(c.TwoStep, ",") {
		if r = strings.TrimSpace(r); r != "" {
			out = append(out, partnership.Role(r))
		}
	}
	return out
}

// Validate is called by kong after the settings are read.
func (c Config) Validate() error {
	if c.Retention < 0 || c.Retention > 50 {
		return fmt.Errorf("--retention 是学生离校后保存个人信息的年数，请写 0 到 50 的整数，现在是 %d", c.Retention)
	}
	for _, r := range c.twoStep() {
		if r.Words() == partnership.Role("").Words() {
			return fmt.Errorf("--two-step 里没有“%s”这个角色，可用 district、operator、school、company，用逗号分开", r)
		}
	}
	if c.SMTP != "" {
		return c.send().Check()
	}
	return nil
}

// send are the roads that messages may leave by.
func (c Config) send() outbox.Settings {
	s := outbox.Settings{SMTP: c.SMTP, From: c.MailFrom}
	for _, h := range strings.Split(c.HookHosts, ",") {
		if h = strings.TrimSpace(h); h != "" {
			s.Allow = append(s.Allow, h)
		}
	}
	return s
}

// hidden masks what stands between the scheme and the host of an address.
func hidden(address string) string {
	at, scheme := strings.LastIndex(address, "@"), strings.Index(address, "://")
	if at < 0 || scheme < 0 {
		return address
	}
	return address[:scheme+3] + "***" + address[at:]
}

// Masked reports the settings with the secrets masked, for the log at start.
func (c Config) Masked() []any {
	key := "file"
	if c.Key != "" {
		key = "given"
	}
	return []any{"data", c.Data, "store", hidden(c.Store), "listen", c.Listen, "url", c.URL, "metrics", c.Metrics, "key", key,
		"tls", c.TLSCert != "", "proxied", c.Proxied, "two_step", c.TwoStep, "smtp", hidden(c.SMTP), "mail_from", c.MailFrom, "hook_hosts", c.HookHosts, "log_level", c.LogLevel}
}

func newLog(w io.Writer, c Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}
