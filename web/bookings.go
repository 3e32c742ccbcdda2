package web

import (
	"context"
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// bookingTones mark where a booking stands.
var bookingTones = map[partnership.BookingState]string{partnership.BookingAsked: "warn", partnership.BookingConfirmed: "good", partnership.BookingDeclined: "bad"}

func bookedBy(k *partnership.BaseBooking) string {
	if k.Teachers {
		return joinWords("，", k.SchoolName, "教师实践")
	}
	return joinWords("，", k.SchoolName, k.CohortName)
}

func readBookings(v *visit) exchange.BookingQuery {
	return exchange.BookingQuery{Year: whole(v.Query("year"), 2100), State: v.Query("state"), Own: v.Query("whose") == "own"}
}

// bookings is the list of bookings across all bases of a school year.
func (s *Site) bookings(v *visit) error {
	q := readBookings(v)
	found, year, err := s.exchange.BookingList(v.ctx(), v.actor, q)
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		return s.exportBookings(v, found)
	}
	g := grid{Title: plain(year) + "—" + plain(year+1) + " 学年的预订", Head: []string{"基地", "学校与班级", "内容", "人数", "时间", "状态"}, Empty: "没有符合条件的预订。在实训基地的页面预订，或导入预订表。"}
	for i := range found {
		k := &found[i]
		state := toned(k.State.Words(), bookingTones[k.State])
		if k.Why != "" {
			state.Words += "：" + k.Why
		}
		g.add(linked(k.Base.Name, baseURL(k.Base.ID)+"?year="+plain(year)), words(bookedBy(&k.BaseBooking)), words(k.Subject), amount(k.Seats), words(bookingDays(&k.BaseBooking)), state)
	}
	var years []option
	for y := year + 1; y >= year-3; y-- {
		years = append(years, option{Value: plain(y), Label: plain(y) + "—" + plain(y+1) + " 学年"})
	}
	states := []option{{Label: "全部状态"}, {Value: exchange.BookingsHeld, Label: "占着工位的"}}
	for _, st := range []partnership.BookingState{partnership.BookingAsked, partnership.BookingConfirmed, partnership.BookingDeclined, partnership.BookingCancelled} {
		states = append(states, option{Value: string(st), Label: st.Words()})
	}
	bar := &filterBar{Path: "/bookings", Selects: []filterSelect{{"year", "学年", choose(years, plain(year))}, {"state", "状态", choose(states, q.State)}}}
	kept := url.Values{"year": {plain(year)}, "format": {"xlsx"}}
	if q.State != "" {
		kept.Set("state", q.State)
	}
	p := &recordPage{page: page{Title: "工位预订", Crumbs: []link{{URL: "/bases", Label: "实训基地"}, {Label: "工位预订"}}}, Grids: []grid{g}, Filter: bar}
	if v.actor.Role == partnership.RoleSchool {
		whose := ""
		if q.Own {
			whose = "own"
			kept.Set("whose", whose)
		}
		bar.Selects = append(bar.Selects, filterSelect{"whose", "谁预订的", choose([]option{{Label: "本校的，和别校预订本校基地的"}, {Value: "own", Label: "只看本校预订的"}}, whose)})
		p.Links = []link{{URL: "/import?kind=bookings", Label: "导入 Excel"}}
	}
	p.Links = append(p.Links, link{URL: "/bookings?" + kept.Encode(), Label: "导出 Excel"})
	return s.showRecord(v, http.StatusOK, p)
}

func (s *Site) exportBookings(v *visit, found []exchange.BookedBase) error {
	format, err := fileFormat(v)
	if err != nil {
		return err
	}
	return s.sendRows(v, format, sheets.Bookings(), false, rowsAs(exchange.BookingRows(found)))
}

// rowsAs hands rows that are there already to a file.
func rowsAs(rows []map[string]any) func(yield func(map[string]any, error) bool) {
	return func(yield func(map[string]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

type bookingsAsk struct {
	Year  int    `query:"year" maximum:"2100" doc:"学年开始的那一年；0 为本学年"`
	State string `query:"state" enum:",held,asked,confirmed,declined,cancelled" doc:"held 为占着工位的"`
	Whose string `query:"whose" enum:",own" doc:"own 只要本校预订的"`
}

type bookedDoc struct {
	Base     string `json:"base"`
	BaseName string `json:"base_name"`
	bookingDoc
}

func (s *Site) apiBookings(ctx context.Context, v *visit, in *bookingsAsk) (*one[struct {
	Year  int         `json:"year"`
	Items []bookedDoc `json:"items"`
}], error) {
	found, year, err := s.exchange.BookingList(ctx, v.actor, exchange.BookingQuery{Year: in.Year, State: in.State, Own: in.Whose == "own"})
	if err != nil {
		return nil, err
	}
	out := &one[struct {
		Year  int         `json:"year"`
		Items []bookedDoc `json:"items"`
	}]{}
	out.Body.Year, out.Body.Items = year, []bookedDoc{}
	for i := range found {
		out.Body.Items = append(out.Body.Items, bookedDoc{found[i].Base.ID, found[i].Base.Name, bookingDocOf(&found[i].BaseBooking)})
	}
	return out, nil
}
