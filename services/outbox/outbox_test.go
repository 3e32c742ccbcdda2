package outbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// smtpd is a mail server on loopback: it takes mail, except where refuse says otherwise.
type smtpd struct {
	address string
	refuse  func(command string) string // an answer instead of the usual one

	mu    sync.Mutex
	mails []string
}

func newSMTPD(t *testing.T) *smtpd {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &smtpd{address: l.Addr().String(), refuse: func(string) string { return "" }}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { d.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return d
}

func (d *smtpd) serve(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(c)
	fmt.Fprint(c, "220 test\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if answer := d.refuse(line); answer != "" {
			fmt.Fprint(c, answer+"\r\n")
			continue
		}
		switch {
		case strings.HasPrefix(line, "EHLO"):
			fmt.Fprint(c, "250-test\r\n250 8BITMIME\r\n")
		case line == "DATA":
			fmt.Fprint(c, "354 go\r\n")
			var text strings.Builder
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				text.WriteString(l)
			}
			d.mu.Lock()
			d.mails = append(d.mails, text.String())
			d.mu.Unlock()
			fmt.Fprint(c, "250 taken\r\n")
		case line == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

// signedByHand is the signature of body {"a":1}, id msg_1, second 1700000000 under "key".
const signedByHand = "v1,KSgv0SSgWzG5LPnm9tfWJRfBlWqAqHz+OlObgspQi/g="

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t *testing.T, settings Settings) (*Outbox, *clock, *bytes.Buffer) {
	t.Helper()
	b, err := sqlitedoc.Open(t.Context(), t.TempDir(), sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	at := &clock{now: time.Date(2026, 11, 20, 9, 30, 0, 0, partnership.Beijing)}
	s := store.New(b, at.Now)
	var log bytes.Buffer
	seals := func() (*store.Sealer, error) { return store.NewSealer(bytes.Repeat([]byte{7}, 32)) }
	o := New(s, seals, at.Now, slog.New(slog.NewTextHandler(&log, nil)), settings)
	if err := s.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o, at, &log
}

func put(t *testing.T, o *Outbox, channel partnership.Channel, to, sign string) string {
	t.Helper()
	id, err := o.Put(t.Context(), Letter{Message: partnership.Message{Channel: channel, For: "a", Name: "甲", Topic: "test", Subject: "3 个岗位待审核", Body: "请登录平台处理。\n" + strings.Repeat("第二行，", 40)}, To: to, Sign: sign})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func deliver(t *testing.T, o *Outbox, sent, failed int) {
	t.Helper()
	gotSent, gotFailed, err := o.Deliver(context.Background())
	if err != nil || gotSent != sent || gotFailed != failed {
		t.Fatalf("delivered %d, not %d, %v; want %d and %d", gotSent, gotFailed, err, sent, failed)
	}
}

func get(t *testing.T, o *Outbox, id string) partnership.Message {
	t.Helper()
	m, err := o.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Mail arrives as it was written, with the address kept sealed.
func TestMailArrives(t *testing.T) {
	d := newSMTPD(t)
	o, _, _ := open(t, Settings{SMTP: "smtp://" + d.address, From: "榫卯 <notice@example.cn>"})
	id := put(t, o, partnership.ChannelMail, "li@example.cn", "")
	if m := get(t, o, id); strings.Contains(string(m.Target), "li@") || m.Target == "" {
		t.Errorf("the address rests in the clear: %q", m.Target)
	}
	deliver(t, o, 1, 0)
	deliver(t, o, 0, 0) // once only
	if len(d.mails) != 1 {
		t.Fatalf("%d mails", len(d.mails))
	}
	m, err := mail.ReadMessage(strings.NewReader(d.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := m.Header.AddressList("From")
	if err != nil || subject[0].Name != "榫卯" || m.Header.Get("To") != "li@example.cn" || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("head: %v %v", m.Header, err)
	}
	raw, _ := io.ReadAll(m.Body)
	body, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(string(raw)))
	if err != nil || !strings.HasPrefix(string(body), "请登录平台处理。\r\n第二行，") {
		t.Errorf("body: %q %v", body, err)
	}
	for line := range strings.Lines(string(raw)) {
		if len(line) > 78 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if m := get(t, o, id); m.State != partnership.MessageSent || m.Tries != 1 || m.Next != 0 {
		t.Errorf("after delivery: %+v", m)
	}
}

// A server that is busy is tried again with growing delay, and given up in the end; one
// that knows no such receiver is not tried again.
func TestTriesAgainWithGrowingDelay(t *testing.T) {
	d := newSMTPD(t)
	o, at, log := open(t, Settings{SMTP: "smtp://" + d.address, From: "notice@example.cn"})
	d.refuse = func(line string) string {
		switch {
		case strings.HasPrefix(line, "RCPT TO:<none@"):
			return "550 no such user none@example.cn"
		case strings.HasPrefix(line, "RCPT"):
			return "451 later"
		}
		return ""
	}
	busy, none := put(t, o, partnership.ChannelMail, "li@example.cn", ""), put(t, o, partnership.ChannelMail, "none@example.cn", "")
	deliver(t, o, 0, 2)
	if m := get(t, o, none); m.State != partnership.MessageFailed || m.Error != "发信服务器在核对收信人时回答 550" {
		t.Errorf("no such receiver: %s %q", m.State, m.Error)
	}
	for i, d := range delays {
		if m := get(t, o, busy); m.State != partnership.MessageWaiting || m.Next.Time().Sub(at.Now()) != d || m.Tries != i+1 {
			t.Fatalf("after try %d: %s, next in %v, want %v", m.Tries, m.State, m.Next.Time().Sub(at.Now()), d)
		}
		at.move(d - time.Second)
		deliver(t, o, 0, 0) // not yet
		at.move(time.Second)
		deliver(t, o, 0, 1)
	}
	if m := get(t, o, busy); m.State != partnership.MessageFailed {
		t.Errorf("after %d tries: %s", m.Tries, m.State)
	}
	if strings.Contains(log.String(), "example.cn") {
		t.Errorf("the log names a receiver: %s", log)
	}
	lost, _, err := o.List(t.Context(), Undelivered(), "", 10)
	if err != nil || len(lost) != 2 {
		t.Fatalf("undelivered: %d, %v", len(lost), err)
	}
	d.refuse = func(string) string { return "" }
	if err := o.Retry(t.Context(), partnership.System("test"), busy); err != nil {
		t.Fatal(err)
	}
	deliver(t, o, 1, 0)
	if err := o.Retry(t.Context(), partnership.System("test"), busy); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("again after it arrived: %v", err)
	}
	if err := o.Drop(t.Context(), partnership.System("test"), none, ""); !errors.As(err, &partnership.Invalid{}) {
		t.Errorf("dropped without a word: %v", err)
	}
	if err := o.Drop(t.Context(), partnership.System("test"), none, "已电话告知"); err != nil {
		t.Fatal(err)
	}
	at.move(sentKept + time.Hour)
	if n, err := o.Sweep(t.Context()); err != nil || n != 2 {
		t.Errorf("swept %d, %v", n, err)
	}
}

// Without TLS a server elsewhere gets neither password nor mail.
func TestMailNeedsTLS(t *testing.T) {
	m, err := Settings{SMTP: "smtp://u:p@mail.example.cn", From: "n@example.cn"}.mailer()
	if err != nil || m.open || m.address != "mail.example.cn:587" {
		t.Errorf("%+v %v", m, err)
	}
	d := newSMTPD(t)
	m.address = d.address
	msg := &partnership.Message{Subject: "s"}
	if err := m.send(t.Context(), msg, "li@example.cn", time.Now()); err == nil || !strings.Contains(inWords(err), "STARTTLS") {
		t.Errorf("sent in plain text: %v", err)
	}
	for _, bad := range []Settings{{SMTP: "mail.example.cn", From: "n@example.cn"}, {SMTP: "smtp://mail.example.cn", From: "无"}, {SMTP: "http://x", From: "n@example.cn"}} {
		if bad.Check() == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// The robots get their own format, DingTalk's with a signature, and what they refuse with
// status 200 counts as refused.
func TestRobots(t *testing.T) {
	var got []string
	var query url.Values
	answer := `{"errcode":0,"errmsg":"ok"}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, query = append(got, string(body)), r.URL.Query()
		fmt.Fprint(w, answer)
	}))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	o, at, _ := open(t, Settings{Allow: []string{host}})
	put(t, o, partnership.ChannelWeCom, srv.URL+"/cgi-bin/webhook/send?key=k", "")
	deliver(t, o, 1, 0)
	var r robot
	if err := json.Unmarshal([]byte(got[0]), &r); err != nil || r.Kind != "text" || !strings.HasPrefix(r.Text.Content, "3 个岗位待审核\n请登录平台处理。") {
		t.Errorf("wecom: %s", got[0])
	}
	put(t, o, partnership.ChannelDingTalk, srv.URL+"/robot/send?access_token=k", "SEC1")
	deliver(t, o, 1, 0)
	if query.Get("access_token") != "k" || query.Get("timestamp") != fmt.Sprint(at.Now().UnixMilli()) || len(query.Get("sign")) != 44 {
		t.Errorf("dingtalk: %v", query)
	}
	for text, state := range map[string]partnership.MessageState{`{"errcode":45009,"errmsg":"too often"}`: partnership.MessageWaiting, `{"errcode":93000,"errmsg":"invalid"}`: partnership.MessageFailed, `<html>`: partnership.MessageWaiting} {
		answer = text
		id := put(t, o, partnership.ChannelWeCom, srv.URL+"/x", "")
		deliver(t, o, 0, 1)
		if m := get(t, o, id); m.State != state || m.Error == "" {
			t.Errorf("%s: %s %q", text, m.State, m.Error)
		}
	}
}

// A JSON message is signed as Standard Webhooks has it; the vector is that
// specification's algorithm done by hand.
func TestSignedPost(t *testing.T) {
	var head http.Header
	status := http.StatusNoContent
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head = r.Header
		if status == http.StatusFound {
			http.Redirect(w, r, "http://169.254.169.254/", status)
			return
		}
		w.WriteHeader(status)
	}))
	defer srv.Close()
	o, _, _ := open(t, Settings{Allow: []string{strings.TrimPrefix(srv.URL, "http://")}})
	id := put(t, o, partnership.ChannelPost, srv.URL, "secret")
	deliver(t, o, 1, 0)
	want := http.Header{}
	Sign(want, id, "secret", []byte(get(t, o, id).Body), o.now())
	if head.Get("webhook-signature") != want.Get("webhook-signature") || head.Get("webhook-id") != id {
		t.Errorf("signature %q, want %q", head.Get("webhook-signature"), want.Get("webhook-signature"))
	}
	vector := http.Header{}
	Sign(vector, "msg_1", "key", []byte(`{"a":1}`), time.Unix(1700000000, 0))
	if got := vector.Get("webhook-signature"); got != signedByHand {
		t.Errorf("vector: %s", got)
	}
	for code, state := range map[int]partnership.MessageState{http.StatusFound: partnership.MessageWaiting, http.StatusInternalServerError: partnership.MessageWaiting, http.StatusGone: partnership.MessageFailed} {
		status = code
		id := put(t, o, partnership.ChannelPost, srv.URL, "")
		deliver(t, o, 0, 1)
		if m := get(t, o, id); m.State != state || !strings.Contains(m.Error, fmt.Sprint(code)) {
			t.Errorf("status %d: %s %q", code, m.State, m.Error)
		}
	}
}

// Nothing is sent to the inside of a network, neither by its name, nor by a name that
// leads there, nor by an address in disguise.
func TestNothingGoesInside(t *testing.T) {
	o, _, _ := open(t, Settings{Allow: []string{"hooks.inside:8000"}})
	for _, to := range []string{"http://example.cn/", "https://127.0.0.1/", "https://localhost/", "https://a.localhost./", "https://10.1.2.3/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
		"https://169.254.169.254/latest", "https://100.64.0.1/", "ftp://example.cn/", "https://u:p@example.cn/", "https:///x", "x", "https://example.cn/#a", "http://hooks.inside:9000/", "https://db.internal/"} {
		if _, err := o.Put(t.Context(), Letter{Message: partnership.Message{Channel: partnership.ChannelPost}, To: to}); !errors.As(err, &partnership.Invalid{}) {
			t.Errorf("%s: %v", to, err)
		}
	}
	for _, to := range []string{"https://example.cn/hook?k=1", "http://hooks.inside:8000/x", "https://8.8.8.8/"} {
		if err := o.CheckTarget(partnership.ChannelPost, to); err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	q, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	if _, err := o.client.Do(q); !errors.Is(err, errNotPublic) { // as a name would that leads here
		t.Errorf("dialled: %v", err)
	}
	for _, to := range []string{"a@b\r\nBcc: c@d", "A <a@b.cn>", "a@b.cn, c@d.cn", "a", ""} {
		if checkAddress(to) == nil {
			t.Errorf("%q was taken as a mail address", to)
		}
	}
}

// Several nodes deliver at once, and each message goes out once.
func TestOneOfManyDelivers(t *testing.T) {
	d := newSMTPD(t)
	o, _, _ := open(t, Settings{SMTP: "smtp://" + d.address, From: "n@example.cn"})
	for range 12 {
		put(t, o, partnership.ChannelMail, "li@example.cn", "")
	}
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			if _, _, err := o.Deliver(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(d.mails) != 12 {
		t.Errorf("%d mails, want 12", len(d.mails))
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://example.cn/", "https://[::1]/", "https://127.1/", "https://0x7f.1/", "http://a@b", "https://:", "https://:443/", "https://./"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, to string) {
		if (Settings{}).checkURL(to) != nil {
			return
		}
		u, err := url.Parse(to)
		if err != nil || u.Scheme != "https" || u.User != nil || strings.Trim(u.Hostname(), ".") == "" {
			t.Fatalf("%q was taken", to)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !public(a) {
			t.Fatalf("%q leads inside", to)
		}
	})
}
