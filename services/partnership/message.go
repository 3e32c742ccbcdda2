package partnership

import "slices"

// Channel is the road a message takes out of the house.
type Channel string

// The channels. Post sends a JSON body as it is, signed, to a program of a partner.
const (
	ChannelMail     Channel = "mail"     // 电子邮件, by SMTP
	ChannelWeCom    Channel = "wecom"    // 企业微信群机器人
	ChannelDingTalk Channel = "dingtalk" // 钉钉群机器人
	ChannelPost     Channel = "post"     // HTTP POST of JSON (Webhook)
	ChannelPhone    Channel = "phone"    // 电话: nothing can be sent, a person has to call
)

// Words gives the channel in the users' language.
func (c Channel) Words() string {
	return map[Channel]string{ChannelMail: "电子邮件", ChannelWeCom: "企业微信", ChannelDingTalk: "钉钉", ChannelPost: "接口推送", ChannelPhone: "电话告知"}[c]
}

// MessageState is where a message stands.
type MessageState string

// waiting -> sent | failed (tried often enough, or refused for good) | dropped (a person
// told the receiver otherwise).
const (
	MessageWaiting MessageState = "waiting"
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed"
	MessageDropped MessageState = "dropped"
)

// Words gives the state in the users' language.
func (s MessageState) Words() string {
	return map[MessageState]string{MessageWaiting: "等待送达", MessageSent: "已送达", MessageFailed: "没有送达", MessageDropped: "已另行告知"}[s]
}

// Message is one thing to be told to one receiver (待发消息). It holds no personal data of
// students; where it goes is sealed.
type Message struct {
	Record  `json:",inline"`
	Channel Channel      `json:"channel"`
	Target  Sealed       `json:"target"`           // mail address or URL
	Secret  Sealed       `json:"secret,omitempty"` // what it is signed with
	For     string       `json:"for"`              // the account, or the endpoint, it is for
	Name    string       `json:"name"`             // of that, for people
	Role    Role         `json:"role,omitempty"`
	Party   string       `json:"party,omitempty"`
	Region  string       `json:"region,omitempty"`
	Topic   string       `json:"topic"` // digest, alert, test, or the name of an event
	Subject string       `json:"subject"`
	Body    string       `json:"body"`             // text, or JSON for ChannelPost
	Missed  []string     `json:"missed,omitempty"` // what it tells, a line for each thing
	Due     string       `json:"due,omitempty"`    // the earliest day among them
	State   MessageState `json:"state"`
	Tries   int          `json:"tries"`
	Next    Stamp        `json:"next"` // not before; 0 once it is no longer waiting
	Last    Stamp        `json:"last,omitempty"`
	Error   string       `json:"error,omitempty"` // of the last try, in words
	Steps   []Step       `json:"steps,omitempty"` // what people did about it
}

// The kinds of what an account may be told of.
const (
	NoticeOffers     = "offers"     // 安排与答复
	NoticePlacements = "placements" // 安置、协议、在岗跟踪
	NoticeReviews    = "reviews"    // 岗位和企业的审核
	NoticeRounds     = "rounds"     // 匹配轮次与双选
	NoticeOutcomes   = "outcomes"   // 毕业去向
	NoticeOther      = "other"      // 班级批次、导入和其他
)

// NoticeKinds are all kinds, in the order of the form.
func NoticeKinds() []string {
	return []string{NoticeOffers, NoticePlacements, NoticeReviews, NoticeRounds, NoticeOutcomes, NoticeOther}
}

// NoticeWords gives a kind in the users' language.
func NoticeWords(kind string) string {
	return map[string]string{NoticeOffers: "安排与答复", NoticePlacements: "学生安置、协议和在岗跟踪", NoticeReviews: "岗位和企业的审核", NoticeRounds: "匹配轮次与双选",
		NoticeOutcomes: "毕业去向", NoticeOther: "班级批次、导入和其他"}[kind]
}

// When an account is told of a kind.
const (
	TellNow   = "now"   // 马上
	TellDaily = "daily" // 每日汇总
	TellNever = "never" // 不通知
)

// Reach is how an account wants to be told what needs it (通知设置). ID = account.
type Reach struct {
	Record   `json:",inline"`
	Mail     Sealed            `json:"mail,omitempty"`
	Hook     Sealed            `json:"hook,omitempty"`
	HookKind Channel           `json:"hook_kind,omitempty"` // wecom | dingtalk
	HookSign Sealed            `json:"hook_sign,omitempty"` // 钉钉加签密钥
	Phone    Sealed            `json:"phone,omitempty"`     // where people call if nothing else gets through
	Tell     map[string]string `json:"tell,omitempty"`      // kind to when; a kind without an entry is told daily
	Told     map[string]int64  `json:"told,omitempty"`      // what it was told at once and still needs it, with how many
	Digest   string            `json:"digest,omitempty"`    // day of the last daily digest
}

// When says when the account is told of a kind.
func (r *Reach) When(kind string) string {
	if w := r.Tell[kind]; slices.Contains([]string{TellNow, TellDaily, TellNever}, w) {
		return w
	}
	return TellDaily
}
