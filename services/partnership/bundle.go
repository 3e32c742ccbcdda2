package partnership

// Bundle is a district's documents handed over at once, as the demo loader and a
// transfer from another installation do.
type Bundle struct {
	Schools      []School
	Companies    []Company
	Bases        []TrainingBase
	Posts        []Post
	OrderClasses []OrderClass
	Cohorts      []Cohort
	Cooperations []Cooperation
	Outcomes     []Outcome
	Published    []Published
}
