package partnership

import "slices"

// APIKey lets another system of a party use the API in the party's name (接口密钥). The
// key is shown once; what is kept is its hash.
type APIKey struct {
	Record  `json:",inline"` // ID is the part of the key that names it
	Hash    string           `json:"hash"` // SHA-256 of the secret part
	Name    string           `json:"name"` // of the system that uses it
	Role    Role             `json:"role"`
	Party   string           `json:"party"`
	Region  string           `json:"region"`
	Scopes  []string         `json:"scopes"`
	By      string           `json:"by"` // account that made it
	Expires Stamp            `json:"expires"`
	Seen    Stamp            `json:"seen"`    // last use, to the minute; 0 for never
	Revoked Stamp            `json:"revoked"` // 0 while it works
	Ended   string           `json:"ended"`   // account that revoked it
}

// Scope is what a key may be allowed: an area of the API, to read or to write.
type Scope struct {
	Key   string // listings:read
	Words string
	Roles []Role // for whom the area holds anything
}

// Scopes lists every scope. What none covers (seeing and erasing personal data, jobs)
// is for a person who is signed in.
var Scopes = []Scope{
	{"listings:read", "查看岗位、班级批次、企业、基地、订单班和对口认定", []Role{RoleSchool, RoleCompany, RoleDistrict}},
	{"listings:write", "建立、提交和关闭岗位，更正职业与对口，回答名称", []Role{RoleSchool, RoleCompany, RoleDistrict}},
	{"students:read", "查看学生名册（个人信息已遮盖）", []Role{RoleSchool}},
	{"placements:read", "查看学生安置、在岗跟踪和待办（个人信息已遮盖）", []Role{RoleSchool, RoleCompany, RoleDistrict}},
	{"placements:write", "答复安排、登记材料、签字、点名和鉴定", []Role{RoleSchool, RoleCompany}},
	{"rounds:read", "查看匹配轮次和双选", []Role{RoleSchool, RoleCompany, RoleDistrict}},
	{"rounds:write", "运行和发布轮次，录入志愿和排名", []Role{RoleSchool, RoleCompany, RoleDistrict}},
	{"rates:read", "查看就业指标、看板、毕业去向和快照", []Role{RoleSchool, RoleDistrict}},
	{"imports:read", "查看导入批次", []Role{RoleSchool, RoleCompany, RoleDistrict}},
	{"imports:write", "上传、写入和撤销导入", []Role{RoleSchool, RoleCompany, RoleDistrict}},
}

// ScopesOf are the scopes that a key of this role can have.
func ScopesOf(role Role) []Scope {
	return slices.DeleteFunc(slices.Clone(Scopes), func(s Scope) bool { return !slices.Contains(s.Roles, role) })
}

// Allows reports whether the actor may use what the scope covers: a person always, as far
// as the role goes, a key only if it has the scope.
func (a Actor) Allows(scope string) bool {
	return a.Key == "" || scope != "" && slices.Contains(a.Scopes, scope)
}

// Repeatable is a request of a program that carries an idempotency key, with the answer
// it got. ID is a hash of who asked and of the key.
type Repeatable struct {
	Record  `json:",inline"`
	Request string `json:"request"` // SHA-256 of method, address and body
	Done    bool   `json:"done"`    // answered; else under way, or ended without an answer
	Failed  bool   `json:"failed"`  // ended with a fault: what it did is not known
	Status  int    `json:"status"`
	Type    string `json:"type"`
	Answer  Sealed `json:"answer"` // the body, gzip: it may hold what is not for everybody
}
