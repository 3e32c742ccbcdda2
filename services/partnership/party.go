package partnership

// Point is a place in GCJ-02 degrees (the datum of the maps in common use here).
type Point struct {
	Lng float64 `json:"lng"`
	Lat float64 `json:"lat"`
}

// Step is one change of state: who, when, from what to what, and why.
type Step struct {
	At    Stamp  `json:"at"`
	Actor string `json:"actor"`
	From  string `json:"from"`
	To    string `json:"to"`
	Why   string `json:"why,omitempty"`
}

// OfferedMajor is a major a school teaches (专业设置). Name is the school's own
// wording; Code the national one it was resolved to.
type OfferedMajor struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Since int    `json:"since,omitempty"` // first year of enrolment
	// Programme as the school states it: 三年, 三年/五年, 3+4 …
	Programme string `json:"programme,omitempty"`
	// Category as the school's own tables print it (专业大类), which may lag the catalogue.
	Category string `json:"category,omitempty"`
}

// School is a vocational school (职业学校). Authority is the bureau it answers to
// and files internships with: technician schools answer to another one.
type School struct {
	Record    `json:",inline"`
	Name      string         `json:"name"`
	Short     string         `json:"short"`
	Kind      string         `json:"kind"`      // 中职 | 技工 | 高职
	Authority string         `json:"authority"` // 主管部门
	Region    string         `json:"region"`
	Point     *Point         `json:"point,omitempty"`
	Majors    []OfferedMajor `json:"majors,omitempty"`
	Sample    bool           `json:"sample,omitempty"`

	Suspended bool   `json:"suspended,omitempty"` // its accounts may not be used
	Steps     []Step `json:"steps,omitempty"`
}

// Suspend bars the accounts of the school, with a reason that they are told.
func (s *School) Suspend(by Actor, now Stamp, why string) error {
	if s.Suspended {
		return Refuse(ErrConflict, "这所学校已经暂停，请刷新后再看")
	}
	why, err := needWhy(why, "请写明暂停的原因，学校会看到这句话")
	if err != nil {
		return err
	}
	s.Suspended, s.Steps = true, append(s.Steps, Step{At: now, Actor: by.Account, From: "active", To: "suspended", Why: why})
	return nil
}

// Resume lets the accounts of the school in again.
func (s *School) Resume(by Actor, now Stamp) error {
	if !s.Suspended {
		return Refuse(ErrConflict, "这所学校没有暂停，请刷新后再看")
	}
	s.Suspended, s.Steps = false, append(s.Steps, Step{At: now, Actor: by.Account, From: "suspended", To: "active"})
	return nil
}

// CompanyState is where a company stands in the district's approval.
type CompanyState string

// A company registers (pending), is approved once by the district or returned to be
// mended, and may be suspended.
const (
	CompanyPending   CompanyState = "pending"
	CompanyReturned  CompanyState = "returned"
	CompanyApproved  CompanyState = "approved"
	CompanySuspended CompanyState = "suspended"
)

// Words gives the state in the users' language.
func (s CompanyState) Words() string {
	return map[CompanyState]string{CompanyPending: "待审核", CompanyReturned: "已退回", CompanyApproved: "已入库", CompanySuspended: "已暂停"}[s]
}

// Company is a partner company (合作企业).
type Company struct {
	Record     `json:",inline"`
	Name       string            `json:"name"`
	NameKey    string            `json:"name_key"`              // spelling folded for finding duplicates
	Spellings  []string          `json:"spellings,omitempty"`   // as written in reports
	CreditCode string            `json:"credit_code,omitempty"` // 统一社会信用代码, GB 32100; empty while unknown
	Industry   string            `json:"industry,omitempty"`    // GB/T 4754 code with letter
	Nature     string            `json:"nature,omitempty"`      // 企业性质, such as 民营 or 国有
	Cluster    string            `json:"cluster,omitempty"`     // industry cluster of the district
	Region     string            `json:"region"`
	Address    string            `json:"address,omitempty"`
	Point      *Point            `json:"point,omitempty"`
	Staff      int               `json:"staff,omitempty"`       // 在岗职工; 0 while unknown
	StaffAsOf  string            `json:"staff_as_of,omitempty"` // day of the figure
	StaffProof string            `json:"staff_proof,omitempty"` // evidence, such as the social insurance count
	State      CompanyState      `json:"state"`
	Steps      []Step            `json:"steps,omitempty"`
	Credit     Standing          `json:"credit,omitzero"`
	Safety     Standing          `json:"safety,omitzero"`
	Comments   map[string]string `json:"comments,omitempty"` // on fields of a returned registration
	District   string            `json:"district,omitempty"` // code of the district that approves it; empty on a platform of one district
	Blocked    string            `json:"blocked,omitempty"`  // dishonesty or safety record that bars it, in words
	Contact    string            `json:"contact,omitempty"`
	MergedInto string            `json:"merged_into,omitempty"` // the record that goes on for the same company
	Sample     bool              `json:"sample,omitempty"`      // generated for the demo (示例)
}

// Approve lets every school see the company.
func (c *Company) Approve(by Actor, now Stamp) error {
	if c.MergedInto != "" {
		return Refuse(ErrConflict, "这条记录已并入另一家企业，不能再审核。请到并入后的企业页面操作")
	}
	return c.move(CompanyApproved, by, now, "", CompanyPending, CompanySuspended)
}

// Suspend hides the company and its posts; why is shown to it.
func (c *Company) Suspend(by Actor, now Stamp, why string) error {
	if why == "" {
		return Invalid{"why": {"请写明暂停的原因，企业会看到这句话"}}
	}
	return c.move(CompanySuspended, by, now, why, CompanyPending, CompanyApproved)
}

func (c *Company) move(to CompanyState, by Actor, now Stamp, why string, from ...CompanyState) error {
	for _, f := range from {
		if c.State == f {
			c.Steps = append(c.Steps, Step{At: now, Actor: by.Account, From: string(f), To: string(to), Why: why})
			c.State = to
			return nil
		}
	}
	return Refuse(ErrConflict, "企业现在是“%s”，不能改为“%s”，请刷新后再看", c.State.Words(), to.Words())
}

// TrainingBase is a place to train (实训基地) owned by a school or a company.
type TrainingBase struct {
	Record         `json:",inline"`
	Name           string   `json:"name"`
	Owner          string   `json:"owner"` // school or company id
	OwnerName      string   `json:"owner_name"`
	School         string   `json:"school,omitempty"` // the school whose tables count it
	Kind           string   `json:"kind"`             // 校内 | 校外 | 共享 | 虚拟仿真 | 校中厂 | 厂中校
	Level          string   `json:"level"`            // 国家级 | 市级 | 区级 | 校级
	Majors         []string `json:"majors,omitempty"` // codes
	Trades         string   `json:"trades,omitempty"` // majors as printed
	Workstations   int      `json:"workstations,omitempty"`
	EquipmentCents int64    `json:"equipment_fen,omitempty"` // value in fen
	OpenToOthers   bool     `json:"open_to_others,omitempty"`
	OpenSeats      int      `json:"open_seats,omitempty"`     // workstations others may take at once; 0 all, if it is open
	TeacherPlaces  int      `json:"teacher_places,omitempty"` // for teachers' practice 教师企业实践
	Region         string   `json:"region"`
	Point          *Point   `json:"point,omitempty"`
	Sample         bool     `json:"sample,omitempty"`
}
