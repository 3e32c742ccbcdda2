package partnership

// NameAnswer is what a person answered when a name fitted nothing exactly: the text
// means this record, or none. It is asked once and kept. ID = scope|kind|folded text.
type NameAnswer struct {
	Record `json:",inline"`
	Scope  string `json:"scope"` // party the answer holds for; "district" for all
	Kind   string `json:"kind"`  // major | occupation | company | school | same-company
	Text   string `json:"text"`  // as it was typed
	Value  string `json:"value"` // code or id it means
	Words  string `json:"words"` // Value as people read it
	By     string `json:"by"`
	Name   string `json:"name"`
	Role   Role   `json:"role"`
	At     Stamp  `json:"at"`
}

// Said tells who answered and when.
func (a *NameAnswer) Said() string {
	return a.Role.Words() + "“" + a.Name + "”" + a.At.Time().Format("2006年1月2日")
}
