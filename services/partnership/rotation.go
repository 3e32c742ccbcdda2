package partnership

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Work-study rotation (工读轮换): a cohort is split into batches that alternate between
// school and companies over a term.

// RotationPost is a post that takes part, with the places it has at any time.
type RotationPost struct {
	Post    string `json:"post"`
	Title   string `json:"title"`
	Company string `json:"company"`
	Slots   int    `json:"slots"`
}

// Rotation is a plan of work-study rotation of one cohort over one term.
type Rotation struct {
	Record     `json:",inline"`
	School     string         `json:"school"`
	Cohort     string         `json:"cohort"`
	CohortName string         `json:"cohort_name"`
	Name       string         `json:"name"`
	From       string         `json:"from"`
	To         string         `json:"to"`
	TurnWeeks  int            `json:"turn_weeks"` // length of one turn
	Batches    int            `json:"batches"`
	Students   []string       `json:"students"` // ids, by number
	Posts      []RotationPost `json:"posts"`
	Turns      []Turn         `json:"turns"`
	Sample     bool           `json:"sample,omitempty"`
}

// Turn is one stretch of the term: the batch that works, and who is on which post.
// Everybody else is at school.
type Turn struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Batch int    `json:"batch"` // from 1
	// At is the post of each student of the batch, by the place in Rotation.Posts.
	At map[string]int `json:"at"`
}

// Check returns Invalid with every field that is missing or out of range.
func (r *Rotation) Check() error {
	bad := Invalid{}
	if n := len([]rune(strings.TrimSpace(r.Name))); n < 2 || n > 60 {
		bad.Add("name", "名称应为 2 到 60 个字")
	}
	checkWindow(bad, r.From, r.To)
	if isDay(r.From) && isDay(r.To) && r.From <= r.To && OverlapDays(r.From, r.To, r.From, r.To) > 366 {
		bad.Add("to", "轮换最长一年")
	}
	if r.TurnWeeks < 1 || r.TurnWeeks > 26 {
		bad.Add("turn_weeks", "每轮应为 1 到 26 周")
	}
	if len(r.Students) == 0 {
		bad.Add("cohort", "这个班级批次还没有学生名册，请先导入")
	}
	if len(r.Posts) == 0 {
		bad.Add("posts", "请选择岗位")
	}
	if r.Batches < 2 || r.Batches > 26 {
		bad.Add("batches", "批数应在 2 到 26 之间")
	}
	return bad.Err()
}

// Weeks are the whole weeks of the term, from its first day.
func (r *Rotation) Weeks() int { return OverlapDays(r.From, r.To, r.From, r.To) / 7 }

// Plan splits the students into batches of nearly the same size and gives each batch its
// turns in a circle, all batches the same number of turns: what is left of the term is
// spent at school by everybody. Within a turn the students of the batch fill the posts; a
// batch comes back to other posts than before, as far as there are any (each student moves
// on along the row of places). It is refused when the places are too few for a batch or the
// term too short for one turn each, with the number that would do.
func (r *Rotation) Plan() error {
	if err := r.Check(); err != nil {
		return err
	}
	places := r.places()
	largest := (len(r.Students) + r.Batches - 1) / r.Batches
	turns := r.Weeks() / r.TurnWeeks
	switch {
	case r.Batches > len(r.Students):
		return Invalid{"batches": {fmt.Sprintf("只有 %d 名学生，分不成 %d 批", len(r.Students), r.Batches)}}
	case largest > len(places):
		need := (len(r.Students) + len(places) - 1) / len(places)
		return Invalid{"batches": {fmt.Sprintf("分 %d 批，每批最多 %d 人，岗位只有 %d 个名额。请分成至少 %d 批，或增加岗位", r.Batches, largest, len(places), need)}}
	case turns < r.Batches:
		return Invalid{"turn_weeks": {fmt.Sprintf("从 %s 到 %s 共 %d 周，每轮 %d 周只有 %d 轮，%d 批轮不到一遍。请缩短每轮或减少批数", r.From, r.To, r.Weeks(), r.TurnWeeks, turns, r.Batches)}}
	}
	first, err := time.Parse(time.DateOnly, r.From)
	if err != nil {
		return fmt.Errorf("first day of a rotation: %w", err)
	}
	turns -= turns % r.Batches
	r.Turns = make([]Turn, turns)
	for t := range turns {
		begin := first.AddDate(0, 0, 7*r.TurnWeeks*t)
		batch, lap := t%r.Batches, t/r.Batches
		members := r.Batch(batch + 1)
		turn := Turn{From: begin.Format(time.DateOnly), To: begin.AddDate(0, 0, 7*r.TurnWeeks-1).Format(time.DateOnly), Batch: batch + 1, At: make(map[string]int, len(members))}
		for i, s := range members {
			turn.At[s] = places[(i+lap*stride(len(places), len(r.Posts)))%len(places)]
		}
		r.Turns[t] = turn
	}
	return nil
}

// stride moves a student on by about the places of one post.
func stride(places, posts int) int { return max(1, (places+posts-1)/posts) }

// places are the posts' places, one entry each, post after post.
func (r *Rotation) places() []int {
	var out []int
	for i, p := range r.Posts {
		for range p.Slots {
			out = append(out, i)
		}
	}
	return out
}

// Batch are the students of a batch, from 1: sizes differ by one at most.
func (r *Rotation) Batch(n int) []string {
	return r.Students[len(r.Students)*(n-1)/r.Batches : len(r.Students)*n/r.Batches]
}

// BatchOf is the batch of a student, 0 if it is not in the plan.
func (r *Rotation) BatchOf(student string) int {
	for n := 1; n <= r.Batches; n++ {
		if slices.Contains(r.Batch(n), student) {
			return n
		}
	}
	return 0
}

// WorkDays are the days of the term that a student spends at companies.
func (r *Rotation) WorkDays(student string) int {
	n := 0
	for _, t := range r.Turns {
		if _, ok := t.At[student]; ok {
			n += OverlapDays(t.From, t.To, t.From, t.To)
		}
	}
	return n
}

// Verify proves a plan by itself, whoever made it: turns within the term, one after the
// other, every student of a batch on one post, no post above its slots, and everybody the
// same days, but for one turn at most. It returns the first fault in words.
func (r *Rotation) Verify() error {
	days := map[string]int{}
	last := ""
	for i, t := range r.Turns {
		if t.From <= last || t.To < t.From || t.From < r.From || t.To > r.To {
			return fmt.Errorf("turn %d from %s to %s is out of order or outside the term", i+1, t.From, t.To)
		}
		last = t.To
		used := make([]int, len(r.Posts))
		for s, post := range t.At {
			if post < 0 || post >= len(r.Posts) || !slices.Contains(r.Students, s) {
				return fmt.Errorf("turn %d: %s on post %d", i+1, s, post)
			}
			if used[post]++; used[post] > r.Posts[post].Slots {
				return fmt.Errorf("turn %d: more than %d on post %d", i+1, r.Posts[post].Slots, post)
			}
			days[s] += OverlapDays(t.From, t.To, t.From, t.To)
		}
	}
	low, high := 0, 0
	for i, s := range r.Students {
		if i == 0 || days[s] < low {
			low = days[s]
		}
		high = max(high, days[s])
	}
	if high-low > 7*r.TurnWeeks {
		return fmt.Errorf("some work %d days and some %d", low, high)
	}
	return nil
}
