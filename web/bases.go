package web

import (
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type basesPage struct {
	page
	List cursorList
	Rows []baseRow
}

type baseRow struct {
	ID, Name, Owner, Kind, Level, Trades, Stations, Value string
	Open, Sample                                          bool
}

func (s *Site) bases(v *visit) error {
	list, ask := readCursor(v, "/bases")
	list.Label, list.Placeholder = "搜实训基地", "名称、专业、单位"
	list.Empty = "没有实训基地。"
	p := &basesPage{page: page{Title: "实训基地", Crumbs: []link{{Label: "实训基地"}}}}
	if list.Query != "" {
		if err := s.searchCursor(v, &list, exchange.KindBase); err != nil {
			return err
		}
		p.List = list
		return s.render(v, http.StatusOK, "bases", p)
	}
	ask.State, ask.Limit = "", 100
	found, next, err := s.exchange.Bases(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	for _, b := range found {
		row := baseRow{ID: b.ID, Name: b.Name, Owner: b.OwnerName, Kind: orDash(b.Kind), Level: orDash(b.Level), Trades: orDash(b.Trades),
			Stations: orDash(""), Value: orDash(""), Open: b.OpenToOthers, Sample: b.Sample}
		if b.Workstations > 0 {
			row.Stations = number(b.Workstations)
		}
		if b.EquipmentCents > 0 {
			row.Value = yuan(b.EquipmentCents / 10000)
		}
		p.Rows = append(p.Rows, row)
	}
	p.List = list
	return s.render(v, http.StatusOK, "bases", p)
}

type classesPage struct {
	page
	List   cursorList
	Rows   []classRow
	Funnel []stage
}

// classRow sets what was promised beside what came.
type classRow struct {
	ID, Name, Kind, Company, CompanyURL, School, Majors, Year string
	Seats, Minimum                                            string
	Promise, Kept                                             string // shares hired, in percent
	PayPromise                                                string
	Verdict                                                   mark
	Stages                                                    []stage
	Sample                                                    bool
}

// stage is how many of an order class reached a point.
type stage struct {
	Name    string
	N       int
	Percent float64 // of those enrolled
	Words   string
	Count   string // N in words
	Value   string // N for the picture, empty if nobody knows yet
}

func stagesOf(enrolled, trained, interned, hired, at6, at12 int) []stage {
	out := []stage{{Name: "报名入班", N: enrolled}, {Name: "完成培养", N: trained}, {Name: "上岗实习", N: interned}, {Name: "录用", N: hired}, {Name: "满 6 个月在岗", N: at6}, {Name: "满 12 个月在岗", N: at12}}
	last := len(out) // stages behind the last one reached are not due or not recorded, which is no zero
	for last > 1 && out[last-1].N == 0 {
		last--
	}
	for i := range out {
		out[i].Words, out[i].Count = "—", "未到或未登记"
		if i >= last {
			continue
		}
		out[i].Count, out[i].Value = number(out[i].N), plain(out[i].N)
		if enrolled > 0 {
			out[i].Percent = 100 * float64(out[i].N) / float64(enrolled)
			out[i].Words = decimal(out[i].Percent) + "%"
		}
	}
	return out
}

func classRowOf(o *partnership.OrderClass) classRow {
	row := classRow{ID: o.ID, Name: o.Name, Kind: o.Kind, Company: o.CompanyName, CompanyURL: pageOf(exchange.KindCompany, o.Company), School: o.SchoolName,
		Majors: orDash(o.MajorNames), Year: plain(o.Year), Seats: number(o.Seats), Minimum: number(o.Minimum), Promise: "未承诺", Kept: "—", PayPromise: pay(o.PromisedPayFen),
		Stages: stagesOf(o.Enrolled, o.Trained, o.Interned, o.Hired, o.At6, o.At12), Sample: o.Sample, Verdict: mark{"培养中", "info"}}
	if o.PromisedHirePct > 0 {
		row.Promise = plain(o.PromisedHirePct) + "%"
	}
	switch {
	case o.Minimum > 0 && o.Enrolled < o.Minimum:
		row.Verdict = mark{"未达开班人数", "warn"}
	case o.Hired == 0 || o.Trained == 0:
	default:
		kept := 100 * float64(o.Hired) / float64(o.Trained)
		row.Kept = decimal(kept) + "%（" + number(o.Hired) + "/" + number(o.Trained) + "）"
		row.Verdict = mark{"已兑现", "good"}
		if kept+1e-9 < float64(o.PromisedHirePct) {
			row.Verdict = mark{"低于承诺", "bad"}
		}
	}
	return row
}

func (s *Site) classes(v *visit) error {
	list, ask := readCursor(v, "/order-classes")
	list.Label, list.Placeholder = "搜订单班", "名称、企业、学校、专业"
	list.Empty = "没有订单班。"
	p := &classesPage{page: page{Title: "订单班", Crumbs: []link{{Label: "订单班"}}, Charts: true}}
	if list.Query != "" {
		if err := s.searchCursor(v, &list, exchange.KindClass); err != nil {
			return err
		}
		p.List = list
		return s.render(v, http.StatusOK, "classes", p)
	}
	ask.State, ask.Limit = "", 100
	found, next, err := s.exchange.OrderClasses(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	var sum [6]int
	for i := range found {
		o := &found[i]
		p.Rows = append(p.Rows, classRowOf(o))
		for j, n := range []int{o.Enrolled, o.Trained, o.Interned, o.Hired, o.At6, o.At12} {
			sum[j] += n
		}
	}
	if len(found) > 0 {
		p.Funnel = stagesOf(sum[0], sum[1], sum[2], sum[3], sum[4], sum[5])
	}
	p.List = list
	return s.render(v, http.StatusOK, "classes", p)
}
