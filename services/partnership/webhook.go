package partnership

import "slices"

// Webhook tells a program of a party that something changed (接口推送). It carries ids and
// revisions only; what they stand for the program reads with its key.
type Webhook struct {
	Record  `json:",inline"`
	Name    string            `json:"name"` // of the system that receives
	Role    Role              `json:"role"`
	Party   string            `json:"party"`
	Region  string            `json:"region"`
	Target  Sealed            `json:"target"`            // URL
	Secret  Sealed            `json:"secret"`            // what events are signed with
	Host    string            `json:"host"`              // of the target, for people
	Kinds   []string          `json:"kinds"`             // of EventKinds
	Cursors map[string]string `json:"cursors,omitempty"` // by kind, where its feed was read to; none before the first reading
	By      string            `json:"by"`
	Told    Stamp             `json:"told"` // the last event; 0 for none
}

// EventKinds are the kinds of records whose changes a webhook tells, with words.
func EventKinds() [][2]string {
	return [][2]string{{"posts", "岗位"}, {"cohorts", "班级批次"}, {"companies", "企业"}, {"bases", "实训基地"}, {"order-classes", "订单班"}, {"placements", "学生安置"}}
}

// IsEventKind reports whether there is such a kind.
func IsEventKind(kind string) bool {
	return slices.ContainsFunc(EventKinds(), func(k [2]string) bool { return k[0] == kind })
}
