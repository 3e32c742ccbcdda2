package rates

// Count names one thing that is counted in a group. Rates are built from counts and
// from nothing else, so that any figure can show its two numbers.
type Count uint8

// The counts. People unless said otherwise.
const (
	Graduates     Count = iota // 毕业生
	Direct                     // 直接就业: employed, self-employed, army, flexible, abroad; never 升学, never an internship
	Progressed                 // 升学, 贯通 included
	Through                    // 贯通 (3+2, 3+4, 五年制 转段), part of Progressed
	Startup                    // 自主创业, part of Direct
	Military                   // 参军, part of Direct
	Flexible                   // 灵活就业、自由职业, part of Direct
	Abroad                     // 出国(境), part of Direct
	Waiting                    // 待就业、暂不就业、去向不明; a person who is only an intern stands here
	Listed                     // 直接就业 recorded person by person; the rest of Direct are counts in a ledger
	AlignedExact               // Listed whose code is in the major's table
	AlignedNear                // Listed whose code is beside the major's table
	AlignedNot                 // Listed whose code has nothing to do with it
	AlignedOpen                // Listed without a code to judge by
	LabelAligned               // 直接就业 that the school itself labels 对口
	LabelKnown                 // 直接就业 that carry the school's label, either way
	SurveyAligned              // Listed who answer 对口 in a survey
	SurveyKnown                // Listed who answered at all
	LocalCounty                // Listed in the district's own county
	LocalCity                  // Listed in its city, county included
	LocalProvince              // Listed in its province, city included
	PlaceKnown                 // Listed whose place of work is known
	Sector1                    // Listed in 第一产业
	Sector2                    // Listed in 第二产业
	Sector3                    // Listed in 第三产业
	Paid                       // Listed whose starting pay is known
	PayFen                     // their pay together, fen a month

	GraduateAnswers   // valid answers of graduates
	GraduateSatisfied // of these, satisfied (61 points and above)
	GraduateScored    // answers that give a score
	GraduatePoints    // these scores together, 0-100 each
	EmployerAnswers   // valid answers of employers (forms, not people)
	EmployerSatisfied // of these, satisfied
	EmployerScored    // forms that give a score
	EmployerPoints    // these scores together

	InternsDue     // students whose plan has 岗位实习 in the period
	Interns        // of these, on one
	InternsAligned // of these, on a post that fits the major by code
	Completed      // placements completed at a host
	Retained       // of these, hired by the host within the stated months
	Slots          // internship slots offered
	SlotsFilled    // of these, taken
	OrderSeats     // seats of order classes
	OrderEnrolled  // of these, taken
	PromisesDue    // promises of order classes that fell due (promises, not people)
	PromisesKept   // of these, kept

	Majors          // majors offered (majors, not people)
	MajorsServing   // of these, serving an industry cluster of the district
	Certified       // graduates with a certificate
	Assessed        // graduates who took a certificate examination or were to, of schools that state both
	AssessedPassed  // of these, with a certificate
	CertifiedMiddle // of these, 中级 or above
	MiddleOf        // Assessed of the schools that state these
	CourseTaken     // graduates examined in major courses
	CoursePassed    // of these, passed
	Teachers        // full-time teachers 专任教师
	DualTeachers    // 专业课教师 recognised as 双师型
	DualOf          // 专业课教师 of the schools that state these
	PracticeDays    // days of 专业课教师 in firms (days, not people)
	PracticeOf      // 专业课教师 of the schools whose days are known
	Students        // students on the roll
	MajorStudents   // of these, in majors whose clusters are known either way
	ServingStudents // of these, in majors that serve a cluster of the district

	countN // how many there are
)

// countSet is a set of counts, a bit for each.
type countSet uint64

var _ [64 - countN]struct{} // they all fit

func setOf(counts ...Count) (s countSet) {
	for _, c := range counts {
		s |= 1 << c
	}
	return s
}

// Tally holds one number per Count.
type Tally [countN]int64

// Of returns the sum of the named counts.
func (t *Tally) Of(counts ...Count) int64 {
	var n int64
	for _, c := range counts {
		n += t[c]
	}
	return n
}

// countKeys name the counts where they are written down.
var countKeys = [countN]string{"graduates", "direct", "progressed", "through", "startup", "military", "flexible", "abroad", "waiting", "listed",
	"aligned_exact", "aligned_near", "aligned_not", "aligned_open", "label_aligned", "label_known", "survey_aligned", "survey_known",
	"local_county", "local_city", "local_province", "place_known", "sector1", "sector2", "sector3", "paid", "pay_fen",
	"graduate_answers", "graduate_satisfied", "graduate_scored", "graduate_points", "employer_answers", "employer_satisfied", "employer_scored", "employer_points",
	"interns_due", "interns", "interns_aligned", "completed", "retained", "slots", "slots_filled", "order_seats", "order_enrolled", "promises_due", "promises_kept",
	"majors", "majors_serving", "certified", "assessed", "assessed_passed", "certified_middle", "middle_of", "course_taken", "course_passed", "teachers", "dual_teachers", "dual_of",
	"practice_days", "practice_of", "students", "major_students", "serving_students"}

// String is the key of a count, as ParseCount reads it.
func (c Count) String() string { return countKeys[c] }

// ParseCount reads a key written by String.
func ParseCount(key string) (Count, bool) {
	for c, k := range countKeys {
		if k == key {
			return Count(c), true
		}
	}
	return 0, false
}
