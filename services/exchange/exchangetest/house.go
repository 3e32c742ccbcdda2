// Package exchangetest opens the use cases over a real store and a real index in
// temporary places, with a clock that tests move, for the tests of every layer above.
package exchangetest

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/outbox"
	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// House is the opened use cases.
type House struct {
	*exchange.Exchange
	Store     *store.Store
	Backend   store.Backend
	Index     *search.Index
	Catalogue *catalogue.Catalogue
	Clock     *Clock
	Dir       string // where the store keeps its files
}

// Clock is a clock that stands still until a test moves it.
type Clock struct {
	mu   sync.Mutex
	now  time.Time
	next func()
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	next := c.next
	c.next = nil
	c.mu.Unlock()
	if next != nil {
		next()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Meanwhile has f done, once, when somebody next asks for the time: what another one does
// in the middle of a use case.
func (c *Clock) Meanwhile(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = f
}

// Move sets the clock forward (or back).
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// The parties of Small.
const (
	School, School2   = "school-a", "school-b"
	Company, Company2 = "company-a", "company-b"
)

// Actors of Small, one per role and party.
func Actors() map[string]partnership.Actor {
	return map[string]partnership.Actor{
		"school":   {Account: "s", Name: "学校甲", Role: partnership.RoleSchool, Party: School, Region: demo.Region},
		"school2":  {Account: "s2", Name: "学校乙", Role: partnership.RoleSchool, Party: School2, Region: demo.Region},
		"company":  {Account: "c", Name: "企业甲", Role: partnership.RoleCompany, Party: Company, Region: demo.Region},
		"company2": {Account: "c2", Name: "企业乙", Role: partnership.RoleCompany, Party: Company2, Region: demo.Region},
		"district": {Account: "d", Name: "区教委", Role: partnership.RoleDistrict, Region: demo.Region},
		"operator": {Account: "o", Name: "运维", Role: partnership.RoleOperator, Region: demo.Region},
	}
}

// tables are loaded once: a Catalogue is never changed.
var tables = sync.OnceValues(catalogue.Load)

// Empty opens a house without records; its clock stands on a working day.
func Empty(t testing.TB) *House {
	t.Helper()
	ctx := context.Background()
	cat, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b, err := sqlitedoc.Open(ctx, dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	clock := &Clock{now: time.Date(2026, 11, 20, 9, 30, 0, 0, partnership.Beijing)}
	ix, err := search.OpenMemory(exchange.IndexConfig(cat))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ix.Close(); err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	kept := store.New(b, clock.Now)
	if _, err := kept.KeepTrail(bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	h := &House{Store: kept, Backend: b, Index: ix, Catalogue: cat, Clock: clock, Dir: dir}
	h.Exchange = h.open(t, h.Store, ix)
	if err := h.Reindex(ctx); err != nil { // a house whose index is whole, as it is after a start
		t.Fatal(err)
	}
	return h
}

// Again opens the same store a second time, with an index of its own: another node.
func (h *House) Again(t testing.TB) *House {
	t.Helper()
	ix, err := search.OpenMemory(exchange.IndexConfig(h.Catalogue))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ix.Close(); err != nil {
			t.Error(err)
		}
	})
	again := *h
	again.Store, again.Index = store.New(h.Backend, h.Clock.Now), ix
	if _, err := again.Store.KeepTrail(bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	again.Exchange = h.open(t, again.Store, ix)
	return &again
}

// open wires use cases over a store and an index.
func (h *House) open(t testing.TB, s *store.Store, ix *search.Index) *exchange.Exchange {
	t.Helper()
	rules, err := regulation.National()
	if err != nil {
		t.Fatal(err)
	}
	return exchange.New(exchange.Config{Store: s, Index: ix, Catalogue: h.Catalogue, Rules: rules, Now: h.Clock.Now, Log: slog.New(slog.DiscardHandler), Retention: partnership.DefaultRetention,
		Key: bytes.Repeat([]byte{7}, 32), Send: outbox.Settings{Allow: []string{"127.0.0.1"}}, Site: "https://sunmao.example"})
}

// Small is a house with two schools and two approved companies.
func Small(t testing.TB) *House {
	t.Helper()
	h := Empty(t)
	school := func(id, name string, majors ...partnership.OfferedMajor) partnership.School {
		s := partnership.School{Name: name, Short: name, Kind: "中职", Authority: "区教委", Region: demo.Region, Majors: majors,
			Point: &partnership.Point{Lng: 105.61, Lat: 29.41}}
		s.ID = id
		return s
	}
	company := func(id, name string, staff int) partnership.Company {
		c := partnership.Company{Name: name, Industry: "C3484", Region: demo.Region, Staff: staff, StaffAsOf: "2026-10-31", StaffProof: "社保参保人数",
			State: partnership.CompanyApproved, Point: &partnership.Point{Lng: 105.6, Lat: 29.4}}
		c.ID = id
		return c
	}
	cnc := partnership.OfferedMajor{Code: "660103", Name: "数控技术应用"}
	care := partnership.OfferedMajor{Code: "770101", Name: "幼儿保育"}
	err := h.Load(context.Background(), partnership.Bundle{
		Schools:   []partnership.School{school(School, "甲职业学校", cnc, care), school(School2, "乙技工学校", cnc)},
		Companies: []partnership.Company{company(Company, "重庆甲精密机械有限公司", 300), company(Company2, "重庆乙幼教服务有限公司", 100)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Demo is a house with the whole demo district, settled.
func Demo(t testing.TB) *House {
	t.Helper()
	h := Empty(t)
	ctx := context.Background()
	b, err := demo.District(h.Catalogue, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Load(ctx, b); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SettleAll(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	return h
}

// Lathe is a post of Company that breaks no rule, as a form would send it.
func Lathe() partnership.Post {
	return partnership.Post{Kind: partnership.KindInternship, Title: "数控车工", Duties: "操作数控车床加工轴套类零件，装夹、对刀、首件自检",
		Skills: []string{"数控编程", "对刀装夹", "量具测量"}, Slots: 5, From: "2027-03-01", To: "2027-08-31", ClosesOn: "2027-02-20",
		HoursPerDay: 8, DaysPerWeek: 5, LabourGrade: 2, SamePostStaff: 40, PayFen: 3600_00, PayWageFen: 4000_00, PayForm: "货币", PayCycle: 30,
		PayTo: "学生本人", Lodging: true, Meals: true, Tutors: 2, Region: demo.Region}
}

// Class is a cohort of School that Lathe suits.
func Class(name string, size int) partnership.Cohort {
	return partnership.Cohort{Name: name, Major: "660103", EntryYear: 2024, Size: size, From: "2027-03-01", To: "2027-08-31",
		Skills: []string{"数控编程", "量具测量"}, NeedsBeds: true}
}

// Open lists Lathe as Company, submits it and publishes it as the district.
func (h *House) Open(t testing.TB, draft partnership.Post) partnership.Post {
	t.Helper()
	ctx, as := context.Background(), Actors()
	p, err := h.SavePost(ctx, as["company"], draft)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = h.ActPost(ctx, as["company"], p.ID, "submit", ""); err != nil {
		t.Fatal(err)
	}
	if p, err = h.ActPost(ctx, as["district"], p.ID, "publish", ""); err != nil {
		t.Fatal(err)
	}
	return p
}
