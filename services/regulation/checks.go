package regulation

// All the subjects a check may be used on, for the table below.
var (
	posts      = []Subject{OnPost, OnPlacement}
	hosts      = []Subject{OnPost, OnCompany, OnPlacement}
	students   = []Subject{OnCohort, OnPlacement}
	placements = []Subject{OnPlacement}
	papers     = []Subject{OnAgreement, OnPlacement}
	windows    = []Subject{OnPost, OnCohort, OnPlacement}
)

// checks are all the ways of testing, by the name that rules use. A new rule with
// other numbers needs no new check.
var checks = map[string]check{
	"kind":            {on: windows, run: kindNamed},
	"observation_own": {on: placements, run: observationOwn},
	"disguised":       {on: posts, lists: []string{"labels"}, run: disguised},
	"host_registered": {on: posts, lists: []string{"hosts"}, run: hostRegistered},
	"school_type":     {on: students, lists: []string{"types"}, run: schoolType},
	"grade_above":     {on: students, params: []string{"grade"}, run: gradeAbove},
	"age_at_least":    {on: placements, params: []string{"years"}, run: ageAtLeast},
	"identity":        {on: placements, run: identity},
	"labour_grade":    {on: posts, params: []string{"grade"}, run: labourGrade},
	"minor_work":      {on: posts, params: minorParams, run: minorWork},
	"minor_fit":       {on: placements, run: minorFit},
	"women_work":      {on: posts, params: []string{"labour_grade", "lifts", "lift_kg", "single_kg"}, run: womenWork},
	"venue":           {on: hosts, lists: []string{"codes", "words"}, run: venue},
	"hazard":          {on: posts, lists: []string{"hazards"}, run: hazardDeclared},
	"harmful_words":   {on: posts, lists: []string{"words"}, run: harmfulWords},
	"only_repetitive": {on: posts, run: onlyRepetitive},
	"hours":           {on: posts, params: []string{"daily", "weekly"}, run: hours},
	"overtime":        {on: posts, params: []string{"weekly"}, run: overtime},
	"night":           {on: posts, run: nightShift},
	"days_off":        {on: posts, run: daysOff},
	"length":          {on: windows, params: []string{"min_months", "max_months"}, run: length},
	"grading":         {on: posts, lists: []string{"words"}, run: grading},
	"staff_share":     {on: hosts, params: []string{"percent"}, run: staffShare},
	"post_share":      {on: posts, params: []string{"percent"}, run: postShare},
	"pay_floor":       {on: posts, params: []string{"percent"}, run: payFloor},
	"pay_some":        {on: posts, run: paySome},
	"pay_cycle":       {on: posts, params: []string{"days"}, run: payCycle},
	"pay_form":        {on: posts, lists: []string{"forms"}, run: payForm},
	"payee":           {on: posts, lists: []string{"payees"}, run: payee},
	"fees":            {on: posts, run: fees},
	"papers_held":     {on: posts, run: papersHeld},
	"pays_school":     {on: posts, run: paysSchool},
	"agent":           {on: hosts, lists: []string{"codes", "words"}, run: agent},
	"forced":          {on: students, run: forced},
	"consent":         {on: papers, run: consent},
	"refused":         {on: papers, run: refusedHost},
	"signatures":      {on: papers, run: signatures},
	"clauses":         {on: papers, lists: []string{"clauses"}, run: clauses},
	"early_end":       {on: placements, run: earlyEnd},
	"credit_record":   {on: hosts, run: creditRecord},
	"safety_record":   {on: hosts, params: []string{"years"}, run: safetyRecord},
	"site_visit":      {on: []Subject{OnCompany, OnPlacement}, lists: []string{"topics"}, run: siteVisit},
	"host_approved":   {on: []Subject{OnCompany, OnPlacement}, run: hostApproved},
	"major_match":     {on: placements, run: majorMatch},
	"category_match":  {on: placements, run: categoryMatch},
	"plan":            {on: students, run: plan},
	"school_papers":   {on: students, lists: []string{"papers"}, run: schoolPapers},
	"tutors":          {on: papers, run: tutors},
	"training":        {on: placements, run: training},
	"tutor_checks":    {on: placements, params: []string{"days"}, run: tutorChecks},
	"lodging":         {on: placements, run: lodging},
	"insurance":       {on: placements, run: insurance},
	"insurance_payer": {on: placements, lists: []string{"payers"}, run: insurancePayer},
	"archive":         {on: placements, lists: []string{"kinds"}, run: archive},
	"filed":           {on: students, run: filedInternship},
	"filed_province":  {on: placements, run: filedProvince},
	"filed_abroad":    {on: placements, run: filedAbroad},
}
