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
	AlignedExact               // 直接就业 whose code is in the major's table
	AlignedNear                // 直接就业 whose code is beside the major's table
	AlignedNot                 // 直接就业 whose code has nothing to do with it
	AlignedOpen                // 直接就业 without a code to judge by
	LabelAligned               // 直接就业 that the school itself labels 对口
	LabelKnown                 // 直接就业 that carry the school's label, either way
	SurveyAligned              // 直接就业 who answer 对口 in a survey
	SurveyKnown                // 直接就业 who answered at all
	LocalCounty                // 直接就业 in the district's own county
	LocalCity                  // 直接就业 in its city, county included
	LocalProvince              // 直接就业 in its province, city included
	PlaceKnown                 // 直接就业 whose place of work is known
	Sector1                    // 直接就业 in 第一产业
	Sector2                    // 直接就业 in 第二产业
	Sector3                    // 直接就业 in 第三产业
	Paid                       // 直接就业 whose starting pay is known
	PayFen                     // their pay together, fen a month

	GraduateAnswers   // valid answers of graduates
	GraduateSatisfied // of these, satisfied (61 points and above)
	GraduatePoints    // their scores together, 0-100 each
	EmployerAnswers   // valid answers of employers (forms, not people)
	EmployerSatisfied // of these, satisfied
	EmployerPoints    // their scores together

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
	Assessed        // graduates who took a certificate examination or were to
	Certified       // of these, with a certificate
	CertifiedMiddle // of these, 中级 or above
	CourseTaken     // graduates examined in major courses
	CoursePassed    // of these, passed
	Teachers        // full-time teachers 专任教师
	MajorTeachers   // of these, 专业课教师
	DualTeachers    // of these, recognised 双师型
	PracticeDays    // days of 专业课教师 in firms (days, not people)
	Students        // students on the roll

	countN // how many there are
)

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
