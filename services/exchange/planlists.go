package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// The lists of what is planned, in the columns that they are taken in by: bookings,
// students of order classes, plans of rotation. What is exported and taken in again
// changes nothing.

// BookingQuery narrows the list of bookings (工位预订) of one school year.
type BookingQuery struct {
	Year  int    // in which the school year begins; 0 the present one
	State string // a BookingState; BookingsHeld for those that take seats; empty for all
	Own   bool   // only those of the actor's school
}

// BookingsHeld are the bookings that wait or stand.
const BookingsHeld = "held"

// BookedBase is a booking with the base it is of.
type BookedBase struct {
	partnership.BaseBooking
	Base *partnership.TrainingBase
}

// BookingList lists bookings by their first day: a school's own and those of its bases, a
// company's of its bases, a district's of the bases in its region. It also returns the year.
func (x *Exchange) BookingList(ctx context.Context, actor partnership.Actor, q BookingQuery) ([]BookedBase, int, error) {
	if q.Year == 0 {
		q.Year = partnership.SchoolYear(x.today())
	}
	books, err := x.books.All(ctx, store.Query{Where: store.Field("year").Eq(q.Year)})
	if err != nil {
		return nil, q.Year, fmt.Errorf("bookings: %w", err)
	}
	ids := make([]string, len(books))
	for i := range books {
		ids[i] = books[i].Base
	}
	bases := map[string]*partnership.TrainingBase{}
	if err := byField(ctx, x.bases, "_id", ids, func(b *partnership.TrainingBase) { bases[b.ID] = b }); err != nil {
		return nil, q.Year, err
	}
	var out []BookedBase
	for i := range books {
		b := bases[books[i].Base]
		if b == nil || !maySeeBase(actor, b) {
			continue
		}
		all := ownsBase(actor, b) || actor.Oversees(b.Region)
		for _, k := range books[i].Bookings {
			mine := actor.SpeaksFor(k.School)
			if (mine || all && !q.Own) && (q.State == "" || string(k.State) == q.State || q.State == BookingsHeld && k.State.Holds()) {
				out = append(out, BookedBase{k, b})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b BookedBase) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Base.Name, b.Base.Name), cmp.Compare(a.ID, b.ID))
	})
	return out, q.Year, nil
}

var (
	weekdayWords = []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}
	partWords    = map[string]string{partnership.Morning: "上午", partnership.Afternoon: "下午"}
)

// BookingRows are bookings by the fields of their table. A base whose name another one in
// the list has, goes by its number.
func BookingRows(list []BookedBase) []map[string]any {
	named := map[string]string{}
	twice := map[string]bool{}
	for i := range list {
		b := list[i].Base
		twice[b.Name] = twice[b.Name] || named[b.Name] != "" && named[b.Name] != b.ID
		named[b.Name] = b.ID
	}
	out := make([]map[string]any, len(list))
	for i := range list {
		k := &list[i]
		base := k.Base.Name
		if twice[base] {
			base = k.Base.ID
		}
		var days, parts []string
		for _, d := range k.Weekdays {
			days = append(days, weekdayWords[d-1])
		}
		for _, p := range k.Parts {
			parts = append(parts, partWords[p])
		}
		out[i] = map[string]any{"base": base, "class": k.CohortName, "teachers": k.Teachers, "subject": k.Subject, "seats": k.Seats, "start": k.From, "end": k.To,
			"weekdays": days, "parts": parts, "school": k.SchoolName, "state": k.State.Words()}
	}
	return out
}

// ClassMemberRows are the students who are in these order classes, by the fields of their
// table. It is for the school of the classes.
func (x *Exchange) ClassMemberRows(ctx context.Context, actor partnership.Actor, ids []string) ([]map[string]any, error) {
	if actor.Role != partnership.RoleSchool {
		return nil, partnership.Refuse(partnership.ErrForbidden, "订单班的学生名单由学校导出")
	}
	classes, err := x.ClassesByID(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	for i := range classes {
		o := &classes[i]
		same, err := x.classes.Count(ctx, store.And(store.Field("school").Eq(o.School), store.Field("name").Eq(o.Name)))
		if err != nil {
			return nil, err
		}
		name := o.Name
		if same > 1 {
			name = o.ID
		}
		var students []string
		rounds := map[string]int{}
		for j := range o.Members {
			if m := &o.Members[j]; m.Left == "" {
				students, rounds[m.Student] = append(students, m.Student), m.Round
			}
		}
		var rows []map[string]any
		err = byField(ctx, x.students, "_id", students, func(s *partnership.Student) {
			row := map[string]any{"class": name, "student_no": s.Number}
			if n := rounds[s.ID]; n > 0 {
				row["round"] = n
			}
			rows = append(rows, row)
		})
		if err != nil {
			return nil, err
		}
		slices.SortFunc(rows, func(a, b map[string]any) int { return cmp.Compare(a["student_no"].(string), b["student_no"].(string)) }) //nolint:forcetypeassert // made above
		out = append(out, rows...)
	}
	return out, nil
}

// ExportRotations yields the plans that Rotations lists, by the fields of their table.
func (x *Exchange) ExportRotations(ctx context.Context, actor partnership.Actor) func(yield func(map[string]any, error) bool) {
	return func(yield func(map[string]any, error) bool) {
		for l := (List{Limit: 100}); ; {
			found, next, err := x.Rotations(ctx, actor, l)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found {
				r := &found[i]
				row := map[string]any{"name": r.Name, "class": r.CohortName, "start": r.From, "end": r.To, "batches": r.Batches, "turn_weeks": r.TurnWeeks, "posts": rotationPosts(r)}
				if !yield(row, nil) {
					return
				}
			}
			if l.After = next; next == "" {
				return
			}
		}
	}
}

// rotationPosts names the posts of a plan as its table does, by their number where two of
// the plan share a name.
func rotationPosts(r *partnership.Rotation) []string {
	count := map[string]int{}
	for _, p := range r.Posts {
		count[p.Company+"/"+p.Title]++
	}
	out := make([]string, len(r.Posts))
	for i, p := range r.Posts {
		if out[i] = p.Company + "/" + p.Title; count[out[i]] > 1 {
			out[i] = p.Post
		}
	}
	return out
}

// samePlan reports whether a row asks for the plan as it is: its days, batches and posts.
func samePlan(r *partnership.Rotation, from, to string, batches, turnWeeks int, posts []string) bool {
	if r.From != from || r.To != to || r.Batches != batches || r.TurnWeeks != turnWeeks || len(posts) != len(r.Posts) {
		return false
	}
	names := rotationPosts(r)
	for i, p := range r.Posts {
		if !slices.Contains(posts, p.Post) && !slices.Contains(posts, names[i]) {
			return false
		}
	}
	return true
}
