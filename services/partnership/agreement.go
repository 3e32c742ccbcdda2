package partnership

// Clause is one clause of an agreement, filled in from the post.
type Clause struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Agreement is the tripartite agreement (三方协议) of a placement with its consents.
// A signature is the day it was given, "" while it is missing.
type Agreement struct {
	Template        string   `json:"template"` // version of the model text
	From            string   `json:"from"`     // days covered
	To              string   `json:"to"`
	Clauses         []Clause `json:"clauses"`
	School          string   `json:"school_signed,omitempty"`
	Company         string   `json:"company_signed,omitempty"`
	Student         string   `json:"student_signed,omitempty"`
	StudentConsent  string   `json:"student_consent,omitempty"` // 知情同意书
	GuardianConsent string   `json:"guardian_consent,omitempty"`
}

// Signed reports whether all three parties have signed and student and guardian consent.
func (a *Agreement) Signed() bool {
	return a != nil && a.School != "" && a.Company != "" && a.Student != "" && a.Consented()
}

// Consented reports whether student AND guardian have signed the informed consent.
func (a *Agreement) Consented() bool {
	return a != nil && a.StudentConsent != "" && a.GuardianConsent != ""
}

// Signer is a signature that an agreement needs.
type Signer string

// The signatures: three on the agreement, two on the informed consent.
const (
	SignSchool   Signer = "school"
	SignCompany  Signer = "company"
	SignStudent  Signer = "student"
	ConsentSelf  Signer = "student_consent"
	ConsentGuard Signer = "guardian_consent"
)

// Words gives the signature in the users' language.
func (s Signer) Words() string {
	return map[Signer]string{SignSchool: "学校签字", SignCompany: "企业签字", SignStudent: "学生签字",
		ConsentSelf: "学生知情同意", ConsentGuard: "监护人知情同意"}[s]
}

// Signers are all signatures, in the order of the paper.
func Signers() []Signer {
	return []Signer{SignSchool, SignCompany, SignStudent, ConsentSelf, ConsentGuard}
}
