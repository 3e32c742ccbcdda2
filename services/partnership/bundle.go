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
	Alliances    []Alliance
	Outcomes     []Outcome
	Published    []Published
	// Students bring their personal fields in the clear; they are sealed when they are stored.
	Students    []Student
	BaseBooks   []BaseBook
	Rotations   []Rotation
	Rounds      []Round
	Allocations []Allocation
	Placements  []Placement // the clauses of an agreement follow from the post when it is stored
}
