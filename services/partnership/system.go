package partnership

// Account is a person's sign-in (账号).
type Account struct {
	Record   `json:",inline"` // ID = login name, folded
	Name     string           `json:"name"`
	Role     Role             `json:"role"`
	Party    string           `json:"party,omitempty"`
	Region   string           `json:"region,omitempty"`
	Hash     string           `json:"hash"` // argon2id
	Failures int              `json:"failures"`
	LockedTo Stamp            `json:"locked_to"`
	Disabled bool             `json:"disabled,omitempty"`
	Sample   bool             `json:"sample,omitempty"`
}

// Session is one signed-in browser. ID is the SHA-256 of the token in its cookie.
type Session struct {
	Record  `json:",inline"`
	Account string `json:"account"`
	Expires Stamp  `json:"expires"`
	Seen    Stamp  `json:"seen"`
	Agent   string `json:"agent,omitempty"`
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

// ImportBatch says what an import did.
type ImportBatch struct {
	Record `json:",inline"`
	Kind   string `json:"kind"`
	File   string `json:"file"`
	By     string `json:"by"`
	Rows   int    `json:"rows"`
	Bad    int    `json:"bad"`
	State  string `json:"state"` // writing | committed | undone
}

// Search is a query that found nothing, counted as unmet demand.
type MissedQuery struct {
	Record `json:",inline"` // ID = kind + "|" + folded text
	Text   string           `json:"text"`
	Kind   string           `json:"kind"`
	Times  int              `json:"times"`
	Last   Stamp            `json:"last"`
}
