package outbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/mail"
	"net/netip"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"sunmao/services/partnership"
)

// mailer sends mail by one SMTP server.
type mailer struct {
	host, address  string
	implicit       bool // TLS from the first byte
	open           bool // the operator allows no TLS at all: the server stands beside us
	user, password string
	from           *mail.Address
}

// mailer reads the settings.
func (s Settings) mailer() (*mailer, error) {
	if s.SMTP == "" {
		return nil, partnership.Refuse(partnership.ErrUnavailable, "平台没有配置发信服务器（--smtp）")
	}
	u, err := url.Parse(s.SMTP)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" {
		return nil, partnership.Refuse(partnership.ErrConflict, "--smtp 应写成 smtp://用户:密码@主机:587 或 smtps://用户:密码@主机:465")
	}
	m := &mailer{host: u.Hostname(), implicit: u.Scheme == "smtps"}
	port := u.Port()
	if port == "" {
		port = map[bool]string{true: "465", false: "587"}[m.implicit]
	}
	m.address, m.user = net.JoinHostPort(m.host, port), u.User.Username()
	m.password, _ = u.User.Password()
	ip, err := netip.ParseAddr(m.host)
	m.open = s.allows(u) || m.host == "localhost" || err == nil && ip.IsLoopback()
	if m.from, err = mail.ParseAddress(s.From); err != nil {
		return nil, partnership.Refuse(partnership.ErrConflict, "--mail-from 应是发信地址，如 notice@example.cn 或 榫卯 <notice@example.cn>")
	}
	return m, nil
}

// checkAddress accepts one plain mail address.
func checkAddress(to string) error {
	a, err := mail.ParseAddress(to)
	if err != nil || a.Name != "" || a.Address != to || len(to) > 254 || strings.ContainsAny(to, "\r\n\"<>, ") {
		return partnership.Invalid{"mail": {"电子邮箱请写成 name@example.cn 这样，只写一个"}}
	}
	return nil
}

// smtpError is an answer of a mail server that is no success.
type smtpError struct {
	step string
	err  error
}

func (e *smtpError) Error() string { return e.step + ": " + e.err.Error() }
func (e *smtpError) Unwrap() error { return e.err }

// Words tells the step and the code; the text of the answer may name the receiver.
func (e *smtpError) Words() string {
	var code *textproto.Error
	if errors.As(e.err, &code) {
		return fmt.Sprintf("发信服务器在%s时回答 %d", e.step, code.Code)
	}
	return "与发信服务器" + e.step + "没有成功"
}

// send hands one mail to the server. A 5xx about the receiver or the mail itself is
// final; about us (sign-in, sender) it is not, since the operator can mend that.
func (m *mailer) send(ctx context.Context, msg *partnership.Message, to string, now time.Time) error {
	c, err := m.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if m.user != "" {
		if err := c.Auth(smtp.PlainAuth("", m.user, m.password, m.host)); err != nil {
			return &smtpError{"登录", err}
		}
	}
	if err := c.Mail(m.from.Address); err != nil {
		return &smtpError{"核对发信人", err}
	}
	if err := c.Rcpt(to); err != nil {
		return final(&smtpError{"核对收信人", err})
	}
	w, err := c.Data()
	if err != nil {
		return final(&smtpError{"接收正文", err})
	}
	if _, err := w.Write(m.compose(msg, to, now)); err != nil {
		return &smtpError{"接收正文", err}
	}
	if err := w.Close(); err != nil {
		return final(&smtpError{"接收正文", err})
	}
	_ = c.Quit() // it has been taken
	return nil
}

func final(err *smtpError) error {
	var code *textproto.Error
	if errors.As(err.err, &code) && code.Code >= 500 {
		return &lostError{err}
	}
	return err
}

// connect dials, greets and makes the line secret; a server in plain text is refused
// unless it stands beside us or the operator allows it.
func (m *mailer) connect(ctx context.Context) (*smtp.Client, error) {
	dial := &net.Dialer{Timeout: 5 * time.Second}
	conn, err := dial.DialContext(ctx, "tcp", m.address)
	if err != nil {
		return nil, &smtpError{"连接", err}
	}
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return nil, errors.Join(&smtpError{"连接", err}, conn.Close())
		}
	}
	secret := &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12}
	if m.implicit {
		conn = tls.Client(conn, secret)
	}
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return nil, errors.Join(&smtpError{"连接", err}, conn.Close())
	}
	if m.implicit {
		return c, nil
	}
	if ok, _ := c.Extension("STARTTLS"); ok {
		if err := c.StartTLS(secret); err != nil {
			return nil, errors.Join(&smtpError{"加密连接", err}, c.Close())
		}
	} else if !m.open {
		return nil, errors.Join(partnership.Refuse(partnership.ErrUnavailable, "发信服务器不支持加密（STARTTLS），没有发送"), c.Close())
	}
	return c, nil
}

// compose writes the mail: plain text in UTF-8, marked as sent by a machine so that no
// machine answers.
func (m *mailer) compose(msg *partnership.Message, to string, now time.Time) []byte {
	var b bytes.Buffer
	head := func(name, value string) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, strings.NewReplacer("\r", "", "\n", "").Replace(value))
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	head("From", m.from.String())
	head("To", to)
	head("Subject", mime.BEncoding.Encode("utf-8", msg.Subject))
	head("Date", now.Format(time.RFC1123Z))
	head("Message-ID", "<"+msg.ID+"@"+domain+">")
	head("Auto-Submitted", "auto-generated")
	head("MIME-Version", "1.0")
	head("Content-Type", `text/plain; charset="utf-8"`)
	head("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	lines := &wrapped{w: &b}
	e := base64.NewEncoder(base64.StdEncoding, lines)
	_, _ = io.WriteString(e, strings.ReplaceAll(msg.Body, "\n", "\r\n")) // into memory
	_ = e.Close()
	b.WriteString("\r\n")
	return b.Bytes()
}

// wrapped breaks lines after 76 characters, as base64 in mail must be.
type wrapped struct {
	w *bytes.Buffer
	n int
}

func (l *wrapped) Write(p []byte) (int, error) {
	for _, c := range p {
		if l.n == 76 {
			l.w.WriteString("\r\n")
			l.n = 0
		}
		l.w.WriteByte(c)
		l.n++
	}
	return len(p), nil
}
