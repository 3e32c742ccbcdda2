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

// Search is a query that found nothing, counted as unmet demand.
type MissedQuery struct {
	Record `json:",inline"` // ID = kind + "|" + folded text
	Text   string           `json:"text"`
	Kind   string           `json:"kind"`
	Times  int              `json:"times"`
	Last   Stamp            `json:"last"`
}
