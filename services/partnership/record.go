package partnership

import "time"

// Record is what every stored document begins with. It is embedded with
// `json:",inline"` so that both stores keep its fields at the top level.
// The store owns these fields; use cases read them.
type Record struct {
	ID      string `json:"_id"`
	Rev     int64  `json:"_rev"` // grows by one with each write; guards against lost updates
	Schema  int    `json:"_v"`   // version of the document's shape
	Created Stamp  `json:"_c"`
	Updated Stamp  `json:"_u"`
	Deleted Stamp  `json:"_d"` // 0 while alive; deleting is a state
	Write   string `json:"_w"` // id of the last write, to recognise it after a cut reply
}

// Rec gives the store access to the record inside any document.
func (r *Record) Rec() *Record { return r }

// Stamp is a moment as milliseconds since 1970 UTC: the same integer, hence the
// same order, in both stores. 0 means never.
type Stamp int64

// At converts a time to a Stamp.
func At(t time.Time) Stamp {
	if t.IsZero() {
		return 0
	}
	return Stamp(t.UnixMilli())
}

// Time converts back; the zero Stamp becomes the zero time.
func (s Stamp) Time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s)).In(Beijing)
}

// Beijing is the one zone of the platform. A fixed zone, because China has no
// summer time and a bare machine may lack the zone files.
var Beijing = time.FixedZone("Asia/Shanghai", 8*3600)
