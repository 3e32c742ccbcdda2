package partnership

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// Sealed is a personal text as ciphertext. Only the use case that seals it can open
// it, and each opening for a person is logged with a reason.
type Sealed string

// RosterEntry is what a school's roster (学生名册) says of a student. Name, ID and
// phone numbers are sealed; age, sex and fitness are what the internship rules read.
type RosterEntry struct {
	Cohort     string `json:"cohort"`
	CohortName string `json:"cohort_name"`
	Major      string `json:"major"`
	MajorName  string `json:"major_name"`
	EntryYear  int    `json:"entry_year"`
	Birth      string `json:"birth,omitempty"` // day
	Sex        string `json:"sex,omitempty"`   // 男 | 女
	Residence  string `json:"residence,omitempty"`
	Priority   bool   `json:"priority,omitempty"` // 家庭经济困难 优先
	Fit        *bool  `json:"fit,omitempty"`      // the school doctor's yes or no; no diagnosis is kept

	Name          Sealed `json:"name"`
	IDNumber      Sealed `json:"id_number,omitempty"`
	Phone         Sealed `json:"phone,omitempty"`
	Guardian      Sealed `json:"guardian,omitempty"`
	GuardianPhone Sealed `json:"guardian_phone,omitempty"`
	// IDKey and NameKey find the same ID number or name again without opening any: keyed hashes.
	IDKey   string `json:"id_key,omitempty"`
	NameKey string `json:"name_key,omitempty"`

	Change  RowChange `json:"change"`
	Changed []string  `json:"changed,omitempty"` // fields, never their contents
	Batch   string    `json:"batch,omitempty"`   // the import that last changed the entry
}

// Student is one student of a school (学生). Record.ID follows from school and number.
type Student struct {
	Record `json:",inline"`
	School string       `json:"school"`
	Number string       `json:"number"` // 学号
	Entry  RosterEntry  `json:"entry"`
	Before *RosterEntry `json:"before,omitempty"` // as it was before Entry.Batch, for undo
	Since  string       `json:"since,omitempty"`  // the import that brought the student
	// Held is the placement the student has accepted: one document holds it, so that a
	// student can accept only one at a time.
	Held   string `json:"held,omitempty"`
	HeldAt Stamp  `json:"held_at,omitempty"`
	// Class is the order class (订单班) the student is in: one at a time, for the same reason.
	Class string `json:"class,omitempty"`
}

// StudentID is the id of the student of a school who has a number: the same two, the same
// id. Whether there is one, only reading tells.
func StudentID(school, number string) string {
	sum := sha256.Sum256([]byte(school + "\x00" + number))
	return hex.EncodeToString(sum[:12])
}

// Free reports whether the student can be named for an offer.
func (s *Student) Free() bool { return s.Held == "" && s.Entry.Change != RowGone }

// answering is how long an acceptance may take before the same one may be tried again:
// one that was cut off must not bind the student for good.
const answering = 60_000 // ms

// Hold binds the student to a placement; it is refused while another one holds, or
// while the same acceptance is under way.
func (s *Student) Hold(placement string, now Stamp) error {
	switch {
	case s.Held == placement && now < s.HeldAt+answering && s.HeldAt < now+answering: // not of a clock that was ahead
		return Refuse(ErrConflict, "这名学生的确认正在处理，请稍后刷新再看")
	case s.Held != "" && s.Held != placement:
		return Refuse(ErrConflict, "这名学生已经接受了另一个岗位，不能再接受；要换岗位，请先结束原来的安置")
	}
	s.Held, s.HeldAt = placement, now
	return nil
}

// Release frees the student if this placement holds it.
func (s *Student) Release(placement string) {
	if s.Held == placement {
		s.Held, s.HeldAt = "", 0
	}
}

// Draw chooses n of the students when the school names nobody itself. Those with the fewest offers
// in named come first, so that nobody gets a second one while another has none. Among as many
// offers: first the students of the green channel (优先) that this offer was made for, green of them
// in all, then the others, last the rest of the green channel, for whom other offers were made.
// Among these a lottery that anybody can repeat from the published seed: the least SHA-256 of seed
// and number.
func Draw(students []Student, named map[string]int, seed uint64, n, green int) []Student {
	lot := map[string]uint64{}
	for i := range students {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], seed)
		sum := sha256.Sum256(append(b[:], students[i].Number...))
		lot[students[i].ID] = binary.BigEndian.Uint64(sum[:8])
	}
	order := slices.Clone(students)
	slices.SortFunc(order, func(a, b Student) int {
		return cmp.Or(cmp.Compare(named[a.ID], named[b.ID]), cmp.Compare(lot[a.ID], lot[b.ID]), strings.Compare(a.ID, b.ID))
	})
	var out []Student
	for len(order) > 0 {
		same := slices.IndexFunc(order, func(s Student) bool { return named[s.ID] != named[order[0].ID] })
		if same < 0 {
			same = len(order)
		}
		var first, rest, spare []Student
		for _, s := range order[:same] {
			switch {
			case !s.Entry.Priority:
				rest = append(rest, s)
			case green > 0:
				first, green = append(first, s), green-1
			default:
				spare = append(spare, s)
			}
		}
		out, order = slices.Concat(out, first, rest, spare), order[same:]
	}
	return out[:min(n, len(out))]
}

// MaskName keeps the surname: 张*. Compound surnames are not told apart.
func MaskName(name string) string {
	r := []rune(strings.TrimSpace(name))
	if len(r) == 0 {
		return ""
	}
	return string(r[0]) + "*"
}

// MaskID keeps the first and the last four characters of an ID number: 5002**********123X.
func MaskID(number string) string { return maskMiddle(number, 4, 4) }

// MaskPhone keeps the first three and the last four digits: 138****5678.
func MaskPhone(number string) string { return maskMiddle(number, 3, 4) }

// maskMiddle hides all but the ends; a text too short for both is hidden whole.
func maskMiddle(s string, head, tail int) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) <= head+tail {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-tail) + string(r[len(r)-tail:])
}

// Reveal is the record of one opening of a personal field, or of one export of a
// roster: who, whose, which, why.
// It is written before the field is shown and never changed.
type Reveal struct {
	Record  `json:",inline"`
	At      Stamp  `json:"at"`
	Account string `json:"account"`
	Role    Role   `json:"role"`
	Party   string `json:"party"`
	School  string `json:"school"`
	Student string `json:"student,omitempty"`
	Number  string `json:"number,omitempty"`
	Field   string `json:"field"`
	Count   int    `json:"count,omitempty"` // of an export: how many students
	Reason  string `json:"reason"`
}
