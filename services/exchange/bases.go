package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoBase = partnership.Refuse(partnership.ErrNotFound, "没有这个实训基地，或者您无权查看。请从列表重新打开")

// BaseView is what the page of one training base shows.
type BaseView struct {
	Base         partnership.TrainingBase
	Year         int                       // the school year shown, by its beginning
	Bookings     []partnership.BaseBooking // those the actor may see, by first day
	Weeks        []BaseWeek                // from today on
	Taken, All   int                       // half days of workstations from Monday to Friday, of the school year
	PracticeDays float64                   // of the actor's school, or of all for the owner, until today
	Owns         bool
	Books        bool // the actor may ask for workstations
}

// BaseWeek is the fullest half day of one week.
type BaseWeek struct {
	From, To string
	Peak     int // workstations taken on the fullest half day
	Left     int
	Open     int // of these, open to other schools
}

func (x *Exchange) visibleBase(ctx context.Context, actor partnership.Actor, id string) (partnership.TrainingBase, error) {
	b, err := x.bases.Get(ctx, id)
	if err != nil {
		return b, known(err, errNoBase)
	}
	if !maySeeBase(actor, &b) {
		return partnership.TrainingBase{}, errNoBase
	}
	return b, nil
}

// ownsBase reports whether the actor decides about a base: its owner, or the school that
// counts it while its company keeps no account of it.
func ownsBase(actor partnership.Actor, b *partnership.TrainingBase) bool {
	return actor.SpeaksFor(b.Owner) || actor.Role == partnership.RoleSchool && actor.SpeaksFor(b.School)
}

func (x *Exchange) book(ctx context.Context, base string, year int) (partnership.BaseBook, error) {
	k, err := x.books.Get(ctx, bookID(base, year))
	if errors.Is(err, partnership.ErrNotFound) {
		return partnership.BaseBook{Base: base, Year: year}, nil
	}
	return k, err
}

func bookID(base string, year int) string { return base + "|" + strconv.Itoa(year) }

// Base returns what the page of one training base shows for a school year, 0 for the present.
// Who else booked is told to the owner and the district; others see their own and numbers.
func (x *Exchange) Base(ctx context.Context, actor partnership.Actor, id string, year int) (BaseView, error) {
	b, err := x.visibleBase(ctx, actor, id)
	if err != nil {
		return BaseView{}, err
	}
	today := x.today()
	if year == 0 {
		year = partnership.SchoolYear(today)
	}
	k, err := x.book(ctx, id, year)
	if err != nil {
		return BaseView{}, err
	}
	view := BaseView{Base: b, Year: year, Owns: ownsBase(actor, &b)}
	view.Books = actor.Role == partnership.RoleSchool && b.Workstations > 0 && (b.Own(actor.Party) || b.OpenToOthers)
	all := view.Owns || actor.Oversees(b.Region)
	for _, one := range k.Bookings {
		if all || actor.SpeaksFor(one.School) {
			view.Bookings = append(view.Bookings, one)
		}
	}
	slices.SortStableFunc(view.Bookings, func(a, b partnership.BaseBooking) int { return strings.Compare(a.From, b.From) })
	first, last := fmt.Sprintf("%d-09-01", year), fmt.Sprintf("%d-08-31", year+1)
	view.Taken, view.All = k.Use(b.Workstations, first, last)
	schools := map[string]bool{}
	for i := range k.Bookings {
		if one := &k.Bookings[i]; one.Teachers && (all || actor.SpeaksFor(one.School)) && !schools[one.School] {
			schools[one.School] = true
			view.PracticeDays += float64(k.PracticeHalfDays(one.School, today)) / 2
		}
	}
	view.Weeks = baseWeeks(&b, &k, max(today, first), last)
	return view, nil
}

// baseWeeks are the next twelve weeks of a school year.
func baseWeeks(b *partnership.TrainingBase, k *partnership.BaseBook, from, last string) []BaseWeek {
	taken := k.Occupancy(false)
	start, err := time.Parse(time.DateOnly, partnership.MondayOf(from))
	if err != nil {
		return nil
	}
	var out []BaseWeek
	for len(out) < 12 && start.Format(time.DateOnly) <= last {
		w := BaseWeek{From: start.Format(time.DateOnly), To: start.AddDate(0, 0, 6).Format(time.DateOnly)}
		for d := range 7 {
			day := start.AddDate(0, 0, d).Format(time.DateOnly)
			w.Peak = max(w.Peak, taken[day+partnership.Morning], taken[day+partnership.Afternoon])
		}
		w.Left = max(0, b.Workstations-w.Peak)
		w.Open = min(w.Left, b.OpenTo())
		out, start = append(out, w), start.AddDate(0, 0, 7)
	}
	return out
}

// SaveBase registers a training base of the actor's (empty ID) or changes it.
func (x *Exchange) SaveBase(ctx context.Context, actor partnership.Actor, draft partnership.TrainingBase) (partnership.TrainingBase, error) {
	fresh := draft.ID == ""
	if fresh {
		p, err := x.Party(ctx, actor, actor.Role, actor.Party)
		if err != nil || actor.Party == "" {
			return draft, partnership.Refuse(partnership.ErrForbidden, "实训基地由学校或企业登记")
		}
		draft.Owner, draft.OwnerName, draft.Sample = p.ID, p.Name, false
		if actor.Role == partnership.RoleSchool {
			draft.School = p.ID
		}
		if draft.Region == "" {
			draft.Region = p.Region
		}
	} else {
		old, err := x.visibleBase(ctx, actor, draft.ID)
		if err != nil {
			return draft, err
		}
		switch {
		case !ownsBase(actor, &old):
			return draft, partnership.Refuse(partnership.ErrForbidden, "只有基地的所有者可以修改")
		case draft.Rev != old.Rev:
			return draft, partnership.Refuse(partnership.ErrConflict, "这个基地刚被别人修改过，请重新打开后再改")
		}
		draft.Record, draft.Owner, draft.OwnerName, draft.School, draft.Point, draft.Sample = old.Record, old.Owner, old.OwnerName, old.School, old.Point, old.Sample
	}
	if err := x.checkBase(ctx, &draft); err != nil {
		return draft, err
	}
	var err error
	if fresh {
		draft.ID = x.newID()
		err = x.bases.Insert(ctx, &draft)
	} else {
		err = x.bases.Replace(ctx, &draft)
	}
	if err != nil {
		return draft, fmt.Errorf("save training base: %w", err)
	}
	return draft, x.put(ctx, x.baseDocument(&draft))
}

// checkMajors puts the codes of majors right in place and returns their names.
func (x *Exchange) checkMajors(codes []string, bad partnership.Invalid) string {
	var names []string
	for i, code := range codes {
		m, err := x.cat().CheckMajor(code)
		if err != nil {
			bad.Add("majors", "%s", sentence(err))
			continue
		}
		codes[i], names = m.Code, append(names, m.Name)
	}
	return strings.Join(names, "、")
}

// checkBase checks the fields; a base cannot have fewer workstations than are booked.
func (x *Exchange) checkBase(ctx context.Context, b *partnership.TrainingBase) error {
	bad := partnership.Invalid{}
	b.Trades = x.checkMajors(b.Majors, bad)
	if _, ok := x.cat().Region(b.Region); !ok {
		bad.Add("region", "没有行政区划代码 %s", b.Region)
	}
	if b.ID != "" {
		for k, err := range x.books.Find(ctx, store.Query{Where: store.And(store.Field("base").Eq(b.ID), store.Field("year").Ge(partnership.SchoolYear(x.today())))}) {
			if err != nil {
				return err
			}
			for at, n := range k.Occupancy(false) {
				if n > b.Workstations && at[:10] >= x.today() {
					bad.Add("workstations", "%s 已订出 %d 个工位，不能减到 %d 个", at[:10], n, b.Workstations)
					break
				}
			}
		}
	}
	return mergeInvalid(bad, b.Check())
}

// BookBase books workstations for a cohort of the actor's school, or practice places for its
// teachers. The owner's own bookings stand at once, those of others wait for its word and
// hold their seats until then. Two at the same instant never get the same seats.
func (x *Exchange) BookBase(ctx context.Context, actor partnership.Actor, base string, k partnership.BaseBooking) (partnership.BaseBooking, error) {
	b, err := x.visibleBase(ctx, actor, base)
	if err != nil {
		return k, err
	}
	if k, err = x.bookable(ctx, actor, &b, k); err != nil {
		return k, err
	}
	_, err = x.editBook(ctx, base, partnership.SchoolYear(k.From), func(book *partnership.BaseBook) error { return book.Book(&b, k) })
	return k, err
}

// bookable checks a booking of the actor's school as far as it can be without the book, and
// completes it.
func (x *Exchange) bookable(ctx context.Context, actor partnership.Actor, b *partnership.TrainingBase, k partnership.BaseBooking) (partnership.BaseBooking, error) {
	switch {
	case actor.Role != partnership.RoleSchool:
		return k, partnership.Refuse(partnership.ErrForbidden, "工位由学校预订")
	case !b.Own(actor.Party) && !b.OpenToOthers:
		return k, partnership.Refuse(partnership.ErrForbidden, "这个基地没有对其他学校开放，请先与%s联系", b.OwnerName)
	}
	if k.Teachers {
		k.Cohort, k.CohortName = "", ""
	} else if k.Cohort != "" {
		c, err := x.visibleCohort(ctx, actor, k.Cohort)
		if err != nil {
			return k, partnership.Invalid{"cohort": {"没有这个班级批次"}}
		}
		k.CohortName = c.Name
	}
	bad := partnership.Invalid{}
	if !k.Teachers && k.Cohort == "" {
		bad.Add("cohort", "请选择班级批次")
	}
	if err := mergeInvalid(bad, k.Check()); err != nil {
		return k, err
	}
	if k.From < x.today() {
		return k, partnership.Invalid{"from": {"开始日期不能早于今天"}}
	}
	s, err := x.schools.Get(ctx, actor.Party)
	if err != nil {
		return k, fmt.Errorf("school of a booking: %w", err)
	}
	k.ID, k.School, k.SchoolName, k.At, k.By, k.State = x.newID(), s.ID, s.Name, x.stamp(), actor.Account, partnership.BookingAsked
	if b.Own(s.ID) {
		k.State = partnership.BookingConfirmed
	}
	return k, nil
}

// editBook changes the book of a base's school year, which is made when it is first used.
func (x *Exchange) editBook(ctx context.Context, base string, year int, change func(*partnership.BaseBook) error) (partnership.BaseBook, error) {
	id := bookID(base, year)
	k, err := x.books.Edit(ctx, id, change)
	if !errors.Is(err, partnership.ErrNotFound) {
		return k, err
	}
	fresh := partnership.BaseBook{Base: base, Year: year}
	fresh.ID = id
	if err := x.books.Insert(ctx, &fresh); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
		return fresh, err
	}
	return x.books.Edit(ctx, id, change)
}

// ActBooking answers a booking: confirm or decline by the owner, cancel by the owner or the
// school that booked.
func (x *Exchange) ActBooking(ctx context.Context, actor partnership.Actor, base string, year int, id, verb, why string) (partnership.BaseBooking, error) {
	b, err := x.visibleBase(ctx, actor, base)
	if err != nil {
		return partnership.BaseBooking{}, err
	}
	to, ok := map[string]partnership.BookingState{"confirm": partnership.BookingConfirmed, "decline": partnership.BookingDeclined, "cancel": partnership.BookingCancelled}[verb]
	if !ok {
		return partnership.BaseBooking{}, partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	}
	var done partnership.BaseBooking
	if year == 0 {
		year = partnership.SchoolYear(x.today())
	}
	_, err = x.books.Edit(ctx, bookID(base, year), func(book *partnership.BaseBook) error {
		at := slices.IndexFunc(book.Bookings, func(k partnership.BaseBooking) bool { return k.ID == id })
		if at < 0 || !ownsBase(actor, &b) && !actor.SpeaksFor(book.Bookings[at].School) {
			return partnership.Refuse(partnership.ErrNotFound, "没有这条预订，可能已经取消，请刷新后再看")
		}
		if !ownsBase(actor, &b) && to != partnership.BookingCancelled {
			return partnership.Refuse(partnership.ErrForbidden, "由基地的所有者确认")
		}
		if err := book.Answer(id, to, why); err != nil {
			return err
		}
		done = book.Bookings[at]
		return nil
	})
	return done, known(err, partnership.Refuse(partnership.ErrNotFound, "没有这条预订，可能已经取消，请刷新后再看"))
}
