package outbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sunmao/services/partnership"
)

// robotText is how many bytes of text a group robot takes: 2048 of 企业微信's text
// messages, which is the stricter of the two.
const robotText = 2000

// robot is the body that the robots of both group chats take for plain text.
type robot struct {
	Kind string `json:"msgtype"`
	Text struct {
		Content string `json:"content"`
	} `json:"text"`
}

// post sends a message to a URL. Redirects are not followed: whoever can set one could
// lead the platform elsewhere.
func (o *Outbox) post(ctx context.Context, m *partnership.Message, to, secret string) error {
	body := []byte(m.Body)
	if m.Channel != partnership.ChannelPost {
		r := robot{Kind: "text"}
		r.Text.Content = shorten(m.Subject+"\n"+m.Body, robotText)
		var err error
		if body, err = json.Marshal(r); err != nil {
			return &lostError{err}
		}
		if m.Channel == partnership.ChannelDingTalk && secret != "" {
			to = dingTalkSigned(to, secret, o.now())
		}
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return &lostError{err}
	}
	q.Header.Set("Content-Type", "application/json; charset=utf-8")
	q.Header.Set("User-Agent", "sunmao")
	if m.Channel == partnership.ChannelPost {
		Sign(q.Header, m.ID, secret, body, o.now())
	}
	client := o.client
	if o.settings.allows(q.URL) {
		client = o.inside
	}
	res, err := client.Do(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	switch {
	case err != nil:
		return err
	case res.StatusCode == http.StatusGone:
		return &lostError{statusError(res.StatusCode)}
	case res.StatusCode < 200 || res.StatusCode > 299:
		return statusError(res.StatusCode)
	case m.Channel == partnership.ChannelPost:
		return nil
	}
	return robotAnswer(answer)
}

// Sign sets the headers by which the receiver of a JSON message knows that it comes from
// here and is not an old one sent again, as the Standard Webhooks specification
// (github.com/standard-webhooks) has them: webhook-id, webhook-timestamp and
// webhook-signature, "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".
// Without a secret there is no signature.
func Sign(h http.Header, id, secret string, body []byte, now time.Time) {
	at := strconv.FormatInt(now.Unix(), 10)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", at)
	if secret == "" {
		return
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// dingTalkSigned adds time and signature to the address of a robot with 加签: HMAC-SHA256
// over "milliseconds\nsecret" under the secret (钉钉开放平台，自定义机器人安全设置).
func dingTalkSigned(to, secret string, now time.Time) string {
	at := strconv.FormatInt(now.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "\n" + secret))
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	return to + join + "timestamp=" + at + "&sign=" + url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// robotAnswer reads what a robot says: status 200 with errcode 0 is success, any other
// code a refusal.
func robotAnswer(body []byte) error {
	var a struct {
		Code *int   `json:"errcode"`
		Text string `json:"errmsg"`
	}
	if err := json.Unmarshal(body, &a); err != nil || a.Code == nil {
		return partnership.Refuse(partnership.ErrUnavailable, "对方的回答不是群机器人的格式，请核对机器人地址")
	}
	if *a.Code == 0 {
		return nil
	}
	err := partnership.Refuse(partnership.ErrUnavailable, "群机器人没有收下，错误码 %d，请核对机器人地址、关键词和加签", *a.Code)
	if slices.Contains([]int{93000, 300001, 300005}, *a.Code) { // no such robot, or its token is void
		return &lostError{err}
	}
	return err
}

// shorten cuts a text at the end of a line to at most n bytes.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	const more = "\n……其余请登录平台查看"
	text = text[:n-len(more)]
	if at := strings.LastIndexByte(text, '\n'); at > 0 {
		return text[:at] + more
	}
	return strings.ToValidUTF8(text, "") + more
}

// statusError is an answer with a status that is no success.
type statusError int

func (s statusError) Error() string { return "status " + strconv.Itoa(int(s)) }

// errNotPublic is an address that the platform does not write to by itself.
var errNotPublic = errors.New("address is not public")

// newClient makes a client with short time limits that follows no redirect and uses no
// proxy; control looks at every address before it is dialled, after the name was resolved,
// so that a name cannot lead inside.
func newClient(control func(network, address string, c syscall.RawConn) error) *http.Client {
	dial := &net.Dialer{Timeout: 5 * time.Second, Control: control}
	return &http.Client{
		Timeout: 15 * time.Second,
		Transport: &http.Transport{DialContext: dial.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second,
			MaxIdleConns: 10, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", errNotPublic, address)
	}
	if !public(at.Addr()) {
		return errNotPublic
	}
	return nil
}

// notPublic are the special ranges of RFC 6890 that netip has no word for, and those that
// carry an IPv4 address inside.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

// public reports whether an address is one of the open internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// allows reports whether the operator named the host of the address.
func (s Settings) allows(u *url.URL) bool {
	return slices.ContainsFunc(s.Allow, func(a string) bool { return strings.EqualFold(a, u.Host) || strings.EqualFold(a, u.Hostname()) })
}

// checkURL refuses what is never written to: anything but https to a public host, unless
// the operator allows the host. What a name resolves to is looked at when it is dialled.
func (s Settings) checkURL(text string) error {
	bad := func(sentence string) error { return partnership.Invalid{"url": {sentence}} }
	u, err := url.Parse(text)
	switch {
	case err != nil || strings.Trim(u.Hostname(), ".") == "" || u.Opaque != "" || len(text) > 1000: // "https://:" has a host of a colon
		return bad("请填完整的网址，以 https:// 开头")
	case u.User != nil:
		return bad("网址里不能带用户名和密码")
	case u.Fragment != "":
		return bad("网址里不能有 # 后面的部分")
	case s.allows(u) && (u.Scheme == "https" || u.Scheme == "http"):
		return nil
	case u.Scheme != "https":
		return bad("网址应以 https:// 开头；内部网络的 http 地址要由平台运维先允许")
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if a, err := netip.ParseAddr(host); err == nil && !public(a) || host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local") {
		return bad("这个网址指向内部网络，平台不会访问；确有需要，请平台运维先允许这个主机")
	}
	return nil
}

// inWords is a failure as people read it; addresses and keys stay out.
func inWords(err error) string {
	var refused *partnership.Refused
	var invalid partnership.Invalid
	var status statusError
	var name *net.DNSError
	var smtp interface{ Words() string }
	var timeout net.Error
	switch {
	case errors.As(err, &refused):
		return refused.Sentence
	case errors.As(err, &invalid):
		for _, sentences := range invalid {
			return sentences[0]
		}
	case errors.As(err, &smtp):
		return smtp.Words()
	case errors.As(err, &status):
		return fmt.Sprintf("对方回答状态 %d", int(status))
	case errors.Is(err, errNotPublic):
		return "网址指向内部网络，平台不访问"
	case errors.As(err, &name):
		return "找不到这个主机名"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "对方没有及时回答"
	}
	return "连接不上对方"
}
