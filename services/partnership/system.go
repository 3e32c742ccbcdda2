package partnership

// Account is a person's sign-in (账号).
type Account struct {
	Record   `json:",inline"` // ID = login name, folded
	Name     string           `json:"name"`
	Role     Role             `json:"role"`
	Party    string           `json:"party,omitempty"`
	Region   string           `json:"region,omitempty"`
	Admin    bool             `json:"admin,omitempty"` // invites and bars colleagues of the same party
	Hash     string           `json:"hash"`            // argon2id
	Disabled bool             `json:"disabled,omitempty"`
	Link     string           `json:"link,omitempty"` // the invitation it was made with
	LastIn   Stamp            `json:"last_in,omitempty"`
	Sample   bool             `json:"sample,omitempty"`

	TOTP      Sealed   `json:"totp,omitempty"`       // secret of the second step
	TOTPOffer Sealed   `json:"totp_offer,omitempty"` // one that no code has proved yet
	TOTPStep  int64    `json:"totp_step,omitempty"`  // of the last code used
	TOTPSince Stamp    `json:"totp_since,omitempty"`
	Recovery  []string `json:"recovery,omitempty"` // hashes of the codes left
}

// Throttle counts the wrong tries of one login, browser or address; ID is a keyed hash.
type Throttle struct {
	Record   `json:",inline"`
	Tries    int   `json:"tries"`
	Last     Stamp `json:"last"`
	LockedTo Stamp `json:"locked_to"`
}

// Invitation is a one-time link (一次性链接): to make an account, or to give an account
// a new password. ID is the SHA-256 of the token in the link.
type Invitation struct {
	Record    `json:",inline"`
	Account   string `json:"account"` // whose password it resets; empty for a new account
	Role      Role   `json:"role"`
	Party     string `json:"party"`
	PartyName string `json:"party_name"`
	Region    string `json:"region"`
	Admin     bool   `json:"admin"`
	Name      string `json:"name"` // of the person it is meant for
	By        string `json:"by"`   // account that made it
	Expires   Stamp  `json:"expires"`
	Used      Stamp  `json:"used"`  // 0 while open
	Login     string `json:"login"` // who used it
}

// Session is one signed-in browser. ID is the SHA-256 of the token in its cookie.
type Session struct {
	Record  `json:",inline"`
	Account string `json:"account"`
	Expires Stamp  `json:"expires"`
	Seen    Stamp  `json:"seen"`
	Agent   string `json:"agent,omitempty"`
	Half    bool   `json:"half,omitempty"` // the password was right, the second step is to come
}

// JobRun is one run of a scheduled job (ID = job + "|" + start).
type JobRun struct {
	Record `json:",inline"`
	Job    string `json:"job"`
	Day    string `json:"day"` // the day it worked for
	Start  Stamp  `json:"start"`
	End    Stamp  `json:"end"`
	OK     bool   `json:"ok"`
	Result string `json:"result"` // what it changed, in words
	By     string `json:"by"`     // schedule, or the account that pressed the button
}

// JobPause says that the scheduled runs of a job are paused, by whom and why. Record.ID
// is the name of the job; without a document it runs.
type JobPause struct {
	Record `json:",inline"`
	By     string `json:"by"`
	At     Stamp  `json:"at"`
	Why    string `json:"why"`
}

// MissedQuery is a query that found nothing, counted as unmet demand.
type MissedQuery struct {
	Record    `json:",inline"` // ID = region + "|" + kind + "|" + folded text
	Region    string           `json:"region,omitempty"` // of who searched; empty in records from before it was kept
	Text      string           `json:"text"`
	Kind      string           `json:"kind"`
	Times     int              `json:"times"`
	Schools   int              `json:"schools"`   // of Times
	Companies int              `json:"companies"` // of Times
	Last      Stamp            `json:"last"`
	Done      bool             `json:"done"`              // dealt with, and not asked for since
	Answers   []Step           `json:"answers,omitempty"` // how, each time
}

// Searches is what one account looks for (检索记录): ID = account.
type Searches struct {
	Record `json:",inline"`
	Recent []RecentSearch `json:"recent,omitempty"` // the latest first
	Saved  []SavedSearch  `json:"saved,omitempty"`  // in the order they were saved
}

// RecentSearch is a query that was asked.
type RecentSearch struct {
	Text string `json:"text"`
	At   Stamp  `json:"at"`
}

// SavedSearch is a list with its filters under a name (常用检索).
type SavedSearch struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Path string `json:"path"` // address of the list with its query
	Made Stamp  `json:"made"`
	Seen Stamp  `json:"seen"` // when it was last looked at: what changed since is new
}

// TrailEntry is one event of the audit trail: who, when, what, which document, and what
// its state became. It names accounts and ids, and no personal data. ID is its number.
type TrailEntry struct {
	Record  `json:",inline"`
	Seq     int64  `json:"seq"`
	At      Stamp  `json:"at"`
	Account string `json:"account"` // empty: nobody signed in
	Role    Role   `json:"role,omitempty"`
	Party   string `json:"party,omitempty"`
	Region  string `json:"region"`
	Act     string `json:"act"`    // create, change, delete, purge, sign-in …
	What    string `json:"what"`   // collection, or what was exported
	Object  string `json:"object"` // id; empty when several were written at once
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`    // state afterwards
	Count   int    `json:"count,omitempty"` // of documents, when several
	Prev    string `json:"prev"`
	Hash    string `json:"hash"`
}
