package partnership

import (
	"slices"
	"strings"
)

// ClassState is where an order class stands.
type ClassState string

// enrolling -> opened -> finished; not opened is the other end: too few students by the
// last day of enrolment, or called off before.
const (
	ClassEnrolling ClassState = "enrolling"
	ClassOpened    ClassState = "opened"
	ClassNotOpened ClassState = "not_opened"
	ClassFinished  ClassState = "finished"
)

// Words gives the state in the users' language.
func (s ClassState) Words() string {
	return map[ClassState]string{ClassEnrolling: "招生中", ClassOpened: "已开班", ClassNotOpened: "未开班", ClassFinished: "已结束"}[s]
}

// ClassKinds are the kinds of order class, as schools and companies call them.
func ClassKinds() []string { return []string{"订单班", "冠名班", "定制班", "学徒制班"} }

// Stage is how far people of an order class came.
type Stage string

// The stages, in order.
const (
	StageEnrolled Stage = "enrolled"
	StageTrained  Stage = "trained"
	StageInterned Stage = "interned"
	StageHired    Stage = "hired"
	StageAt6      Stage = "at6"
	StageAt12     Stage = "at12"
)

// Stages are all stages in order.
func Stages() []Stage {
	return []Stage{StageEnrolled, StageTrained, StageInterned, StageHired, StageAt6, StageAt12}
}

// Words gives the stage in the users' language.
func (s Stage) Words() string {
	return map[Stage]string{StageEnrolled: "报名入班", StageTrained: "完成培养", StageInterned: "上岗实习", StageHired: "录用",
		StageAt6: "满 6 个月在岗", StageAt12: "满 12 个月在岗"}[s]
}

// SelectionRound is one round in which company and school choose the students of an order
// class (选拔).
type SelectionRound struct {
	Day     string `json:"day"`
	Way     string `json:"way"` // 面试, 笔试, 实操 …
	Applied int    `json:"applied"`
	Note    string `json:"note,omitempty"`
}

// Mark says that a person reached a stage: on which day, and who recorded it.
type Mark struct {
	Day string `json:"day"`
	By  string `json:"by"` // account
}

// ClassMember is one student of an order class.
type ClassMember struct {
	Student string         `json:"student"`
	On      string         `json:"on"`              // day of joining
	Round   int            `json:"round,omitempty"` // selection round, from 1; 0 without one
	Marks   map[Stage]Mark `json:"marks,omitempty"`
	Left    string         `json:"left,omitempty"` // day of leaving
	LeftWhy string         `json:"left_why,omitempty"`
	Told    *Mark          `json:"told,omitempty"`   // the student was told that the class does not open
	Import  string         `json:"import,omitempty"` // that brought the membership
}

// StageRecord is a count of a stage as a school or company stated it, for classes whose
// students are not named on the platform.
type StageRecord struct {
	Stage Stage  `json:"stage"`
	N     int    `json:"n"`
	Day   string `json:"day"` // the count stands for
	By    string `json:"by"`  // account
	Name  string `json:"name"`
	Proof string `json:"proof,omitempty"`
	At    Stamp  `json:"at"`
}

// OrderClass is a class trained for one company (订单班, 冠名班, 定制班, 学徒制班).
type OrderClass struct {
	Record      `json:",inline"`
	Company     string     `json:"company"`
	CompanyName string     `json:"company_name"`
	School      string     `json:"school"`
	SchoolName  string     `json:"school_name"`
	State       ClassState `json:"state,omitempty"` // empty for records taken over as counts; see Standing
	Steps       []Step     `json:"steps,omitempty"`
	Kind        string     `json:"kind"`
	Name        string     `json:"name"`
	Majors      []string   `json:"majors"`
	MajorNames  string     `json:"major_names,omitempty"`
	Seats       int        `json:"seats"`
	Minimum     int        `json:"minimum"` // fewer than this and it does not open
	Year        int        `json:"year"`
	DecideBy    string     `json:"decide_by,omitempty"` // last day of enrolment
	From        string     `json:"from,omitempty"`
	To          string     `json:"to,omitempty"`

	PromisedHirePct int    `json:"promised_hire_pct"` // share the company promises to hire, percent of those who joined
	PromisedPayFen  int64  `json:"promised_pay_fen"`  // floor, a month
	PromisedBy      string `json:"promised_by,omitempty"`
	PromisedPostsBy string `json:"promised_posts_by,omitempty"` // day by which the students are on internship posts
	Confirmed       *Mark  `json:"confirmed,omitempty"`         // the company stands by the promises as they are written

	Rounds   []SelectionRound `json:"rounds,omitempty"`
	Members  []ClassMember    `json:"members,omitempty"`
	Recorded []StageRecord    `json:"recorded,omitempty"`

	// Stages reached, heads: enrolled -> trained -> interned -> hired -> there at 6 and at 12
	// months. Counted from the members where there are any, else the last that was recorded.
	Enrolled int  `json:"enrolled"`
	Trained  int  `json:"trained"`
	Interned int  `json:"interned"`
	Hired    int  `json:"hired"`
	At6      int  `json:"at6"`
	At12     int  `json:"at12"`
	Sample   bool `json:"sample,omitempty"`
}

// maxSeats is the largest order class: its members live in one document.
const maxSeats = 500

// Standing is the state; that of a record without one follows from its counts.
func (o *OrderClass) Standing() ClassState {
	switch {
	case o.State != "":
		return o.State
	case o.Enrolled >= max(o.Minimum, 1):
		return ClassOpened
	}
	return ClassEnrolling
}

// Live counts the members who have not left.
func (o *OrderClass) Live() int {
	n := 0
	for i := range o.Members {
		if o.Members[i].Left == "" {
			n++
		}
	}
	return n
}

// FreeSeats is how many students the class still takes; none once it is over.
func (o *OrderClass) FreeSeats() int {
	if s := o.Standing(); s != ClassEnrolling && s != ClassOpened {
		return 0
	}
	return max(0, o.Seats-max(o.Live(), o.countOnly()))
}

// countOnly is the number enrolled of a class that is kept as counts.
func (o *OrderClass) countOnly() int {
	if len(o.Members) > 0 {
		return 0
	}
	return o.Enrolled
}

// At is the count of a stage.
func (o *OrderClass) At(s Stage) *int {
	return map[Stage]*int{StageEnrolled: &o.Enrolled, StageTrained: &o.Trained, StageInterned: &o.Interned, StageHired: &o.Hired, StageAt6: &o.At6, StageAt12: &o.At12}[s]
}

// Check returns Invalid with every field that is missing or out of range.
func (o *OrderClass) Check() error {
	bad := Invalid{}
	if n := len([]rune(strings.TrimSpace(o.Name))); n < 2 || n > 60 {
		bad.Add("name", "班级名称应为 2 到 60 个字")
	}
	if !slices.Contains(ClassKinds(), o.Kind) {
		bad.Add("kind", "类别应为：%s", strings.Join(ClassKinds(), "、"))
	}
	if len(o.Majors) == 0 {
		bad.Add("majors", "请选择专业")
	}
	if o.Seats < 1 || o.Seats > maxSeats {
		bad.Add("seats", "计划人数应在 1 到 %d 之间", maxSeats)
	}
	if live := o.Live(); o.Seats < live {
		bad.Add("seats", "已有 %d 人入班，计划人数不能再少", live)
	}
	if o.Minimum < 1 || o.Minimum > o.Seats {
		bad.Add("minimum", "最低开班人数应在 1 到计划人数 %d 之间", o.Seats)
	}
	checkWindow(bad, o.From, o.To)
	switch {
	case !isDay(o.DecideBy):
		bad.Add("decide_by", "报名截止日期请写成 2027-03-01 这样")
	case isDay(o.From) && o.DecideBy > o.From:
		bad.Add("decide_by", "报名应在开班 %s 之前截止", o.From)
	}
	if o.PromisedHirePct < 0 || o.PromisedHirePct > 100 {
		bad.Add("promised_hire_pct", "承诺录用比例应在 0 到 100 之间")
	}
	if o.PromisedPayFen < 0 || o.PromisedPayFen > 1_000_000_00 {
		bad.Add("promised_pay_fen", "承诺报酬应在每月 0 到 100 万元之间")
	}
	for field, day := range map[string]string{"promised_by": o.PromisedBy, "promised_posts_by": o.PromisedPostsBy} {
		if day != "" && !isDay(day) {
			bad.Add(field, "日期请写成 2027-07-31 这样")
		} else if day != "" && isDay(o.From) && day < o.From {
			bad.Add(field, "承诺的日期应在开班 %s 之后", o.From)
		}
	}
	if (o.PromisedHirePct > 0 || o.PromisedPayFen > 0) && o.PromisedBy == "" {
		bad.Add("promised_by", "承诺了录用或报酬，请写明到哪一天录用")
	}
	return bad.Err()
}

// SamePromises reports whether both promise the same.
func (o *OrderClass) SamePromises(other *OrderClass) bool {
	return o.PromisedHirePct == other.PromisedHirePct && o.PromisedPayFen == other.PromisedPayFen && o.PromisedBy == other.PromisedBy && o.PromisedPostsBy == other.PromisedPostsBy
}

// sides reports whether the actor acts for the class's school or company.
func (o *OrderClass) sides(by Actor) (school, company bool) {
	return by.Role == RoleSchool && by.SpeaksFor(o.School), by.Role == RoleCompany && by.SpeaksFor(o.Company)
}

func (o *OrderClass) bySchool(by Actor) error {
	if school, _ := o.sides(by); !school {
		return Refuse(ErrForbidden, "这一步由学校来做")
	}
	return nil
}

func (o *OrderClass) move(to ClassState, by Actor, now Stamp, why string, from ...ClassState) error {
	at := o.Standing()
	if !slices.Contains(from, at) {
		return Refuse(ErrConflict, "这个班现在是“%s”，不能改为“%s”，请刷新后再看", at.Words(), to.Words())
	}
	o.Steps = append(o.Steps, Step{At: now, Actor: by.Account, From: string(at), To: string(to), Why: why})
	o.State = to
	return nil
}

// Confirm says that the company stands by the promises.
func (o *OrderClass) Confirm(by Actor, now Stamp) error {
	if _, company := o.sides(by); !company {
		return Refuse(ErrForbidden, "承诺由企业自己确认")
	}
	o.Confirmed = &Mark{Day: Day(now.Time()), By: by.Account}
	o.Steps = append(o.Steps, Step{At: now, Actor: by.Account, From: string(o.Standing()), To: string(o.Standing()), Why: "企业确认承诺"})
	return nil
}

// Enrol adds students; none joins when they do not all fit. Those who are in it already
// are left as they are.
func (o *OrderClass) Enrol(by Actor, now Stamp, students []string, round int) error {
	if err := o.bySchool(by); err != nil {
		return err
	}
	if s := o.Standing(); s != ClassEnrolling && s != ClassOpened {
		return Refuse(ErrConflict, "这个班现在是“%s”，不能再报名", s.Words())
	}
	if o.countOnly() > 0 {
		return Refuse(ErrConflict, "这个班以前只登记了人数（%d 人），没有名单。请新建一个班登记学生，或继续按人数登记", o.Enrolled)
	}
	if round < 0 || round > len(o.Rounds) {
		return Invalid{"round": {"没有这一轮选拔，请先登记选拔"}}
	}
	var fresh []string
	for _, s := range students {
		if o.member(s) == nil && !slices.Contains(fresh, s) {
			fresh = append(fresh, s)
		}
	}
	if free := o.FreeSeats(); len(fresh) > free {
		return Refuse(ErrConflict, "还有 %d 个名额，这次要加 %d 人，一个也没有加。请减少人数，或请企业增加名额", free, len(fresh))
	}
	for _, s := range fresh {
		o.Members = append(o.Members, ClassMember{Student: s, On: Day(now.Time()), Round: round})
	}
	return nil
}

// member is the live membership of a student.
func (o *OrderClass) member(student string) *ClassMember {
	for i := range o.Members {
		if o.Members[i].Student == student && o.Members[i].Left == "" {
			return &o.Members[i]
		}
	}
	return nil
}

// Leave takes a student out of the class; the seat is free again.
func (o *OrderClass) Leave(by Actor, now Stamp, student, why string) error {
	if err := o.bySchool(by); err != nil {
		return err
	}
	m := o.member(student)
	if m == nil {
		return Refuse(ErrNotFound, "班里没有这名学生，可能已经退出，请刷新后再看")
	}
	if strings.TrimSpace(why) == "" {
		return Invalid{"why": {"请写明退出的原因"}}
	}
	m.Left, m.LeftWhy = Day(now.Time()), strings.TrimSpace(why)
	return nil
}

// Open starts the class; it needs the least number of students.
func (o *OrderClass) Open(by Actor, now Stamp) error {
	if err := o.bySchool(by); err != nil {
		return err
	}
	if n := max(o.Live(), o.countOnly()); n < o.Minimum {
		return Refuse(ErrConflict, "入班 %d 人，不到最低开班人数 %d 人，不能开班。可以继续招生到 %s，或登记不开班", n, o.Minimum, o.DecideBy)
	}
	return o.move(ClassOpened, by, now, "", ClassEnrolling)
}

// CallOff ends a class that does not open: everybody leaves it and every seat is free.
// It returns the students, who are to be told.
func (o *OrderClass) CallOff(by Actor, now Stamp, why string) ([]string, error) {
	school, company := o.sides(by)
	if !school && !company && by.Role != RoleOperator {
		return nil, Refuse(ErrForbidden, "不开班由学校或企业登记")
	}
	if strings.TrimSpace(why) == "" {
		return nil, Invalid{"why": {"请写明不开班的原因，学生会问"}}
	}
	if err := o.move(ClassNotOpened, by, now, why, ClassEnrolling); err != nil {
		return nil, err
	}
	var freed []string
	for i := range o.Members {
		if m := &o.Members[i]; m.Left == "" {
			m.Left, m.LeftWhy = Day(now.Time()), "没有开班"
			freed = append(freed, m.Student)
		}
	}
	return freed, nil
}

// TooFew reports whether enrolment is over on a day without the least number of students.
func (o *OrderClass) TooFew(day string) bool {
	return o.State == ClassEnrolling && o.DecideBy != "" && o.DecideBy < day && o.Live() < o.Minimum
}

// Untold are the students of a class that did not open whom nobody has told yet.
func (o *OrderClass) Untold() []string {
	var out []string
	if o.State != ClassNotOpened {
		return nil
	}
	for i := range o.Members {
		if m := &o.Members[i]; m.LeftWhy == "没有开班" && m.Told == nil {
			out = append(out, m.Student)
		}
	}
	return out
}

// Tell records that these students were told; none given means all who have not been.
func (o *OrderClass) Tell(by Actor, now Stamp, students []string) error {
	if err := o.bySchool(by); err != nil {
		return err
	}
	waiting := o.Untold()
	if len(waiting) == 0 {
		return Refuse(ErrConflict, "没有等待通知的学生")
	}
	for i := range o.Members {
		m := &o.Members[i]
		if slices.Contains(waiting, m.Student) && (len(students) == 0 || slices.Contains(students, m.Student)) {
			m.Told = &Mark{Day: Day(now.Time()), By: by.Account}
		}
	}
	return nil
}

// Finish closes the books of a class.
func (o *OrderClass) Finish(by Actor, now Stamp, why string) error {
	if err := o.bySchool(by); err != nil {
		return err
	}
	return o.move(ClassFinished, by, now, why, ClassOpened)
}

// AddRound records a round of selection.
func (o *OrderClass) AddRound(by Actor, r SelectionRound) error {
	if school, company := o.sides(by); !school && !company {
		return Refuse(ErrForbidden, "选拔由学校或企业登记")
	}
	bad := Invalid{}
	if !isDay(r.Day) {
		bad.Add("day", "选拔日期请写成 2027-01-10 这样")
	}
	if strings.TrimSpace(r.Way) == "" {
		bad.Add("way", "请写明选拔方式，如面试、实操")
	}
	if r.Applied < 0 || r.Applied > 10_000 {
		bad.Add("applied", "参加人数应在 0 到 10000 之间")
	}
	if len(o.Rounds) >= 20 {
		bad.Add("day", "一个班最多登记 20 轮选拔")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	o.Rounds = append(o.Rounds, r)
	return nil
}
