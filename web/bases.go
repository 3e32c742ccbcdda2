package web

import (
	"net/http"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type basesPage struct {
	page
	List   listing
	Rows   []baseRow
	MayAdd bool
}

type baseRow struct {
	ID, URL, Owner, Kind, Level, Trades, Stations, Value, Far string
	Name                                                      []piece
	Open, Sample                                              bool
	Why                                                       reasons
}

// bases is the list of training bases, or the one that the address names.
func (s *Site) bases(v *visit) error {
	q, r, err := s.list(v, "/bases")
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		return s.exportBases(v, &q)
	}
	p := &basesPage{page: page{Title: "实训基地", Crumbs: []link{{Label: "实训基地"}}}}
	p.MayAdd = v.actor.Role == partnership.RoleSchool || v.actor.Role == partnership.RoleCompany
	found, err := s.exchange.BasesByID(v.ctx(), v.actor, ids(r.Hits))
	if err != nil {
		return err
	}
	p.List = s.shown(v, &q, r)
	p.List.Empty = "学校和企业登记的实训基地会出现在这里。企业看到自己的，和对外开放的。"
	byHit(r.Hits, found, func(d *partnership.TrainingBase) string { return d.ID }, func(b *partnership.TrainingBase, h *search.Hit) {
		row := baseRow{ID: b.ID, URL: pageOf(exchange.KindBase, b.ID), Name: marked(b.Name, h), Owner: b.OwnerName, Kind: orDash(b.Kind), Level: orDash(b.Level), Trades: orDash(b.Trades),
			Stations: orDash(""), Value: orDash(""), Far: farWords(h.Distance), Open: b.OpenToOthers, Sample: b.Sample, Why: reasonsOf(*h, q.query.Sort)}
		if b.Workstations > 0 {
			row.Stations = number(b.Workstations)
		}
		if b.EquipmentCents > 0 {
			row.Value = yuan(b.EquipmentCents / 10000)
		}
		p.Rows = append(p.Rows, row)
	})
	return s.render(v, http.StatusOK, "bases", p)
}

type classesPage struct {
	page
	List   listing
	Rows   []classRow
	Funnel []stage
	MayAdd bool
}

// classRow sets what was promised beside what came.
type classRow struct {
	ID, URL, Kind, Company, CompanyURL, School, Majors, Year string
	Name                                                     []piece
	Seats, Minimum                                           string
	Promise, Kept                                            string // shares hired, in percent
	PayPromise                                               string
	Verdict                                                  mark
	Stages                                                   []stage
	Sample                                                   bool
	Why                                                      reasons
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
	row := classRow{ID: o.ID, URL: pageOf(exchange.KindClass, o.ID), Name: pieces(o.Name, nil), Kind: o.Kind, Company: o.CompanyName, CompanyURL: pageOf(exchange.KindCompany, o.Company), School: o.SchoolName,
		Majors: orDash(o.MajorNames), Year: plain(o.Year), Seats: number(o.Seats), Minimum: number(o.Minimum), Promise: "未承诺", Kept: "—", PayPromise: pay(o.PromisedPayFen),
		Stages: stagesOf(o.Enrolled, o.Trained, o.Interned, o.Hired, o.At6, o.At12), Sample: o.Sample}
	if o.PromisedHirePct > 0 {
		row.Promise = plain(o.PromisedHirePct) + "%"
	}
	row.Verdict = classVerdict(o)
	if o.Hired > 0 && o.Enrolled > 0 {
		row.Kept = shareWords(o.Hired, o.Enrolled) + "（" + number(o.Hired) + "/" + number(o.Enrolled) + "）"
	}
	return row
}

// classVerdict is where a class stands, or what became of its promise to hire.
func classVerdict(o *partnership.OrderClass) mark {
	switch st := o.Standing(); {
	case st == partnership.ClassNotOpened:
		return mark{st.Words(), "bad"}
	case o.Enrolled < o.Minimum:
		return mark{"未达开班人数", "warn"}
	case st == partnership.ClassEnrolling:
		return mark{st.Words(), "info"}
	case o.Hired == 0:
		return mark{"培养中", "info"}
	case o.HiredAsPromised():
		return mark{"已兑现", "good"}
	}
	return mark{"低于承诺", "bad"}
}

// classes is the list of order classes, or the one that the address names.
func (s *Site) classes(v *visit) error {
	q, r, err := s.list(v, "/order-classes")
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		return s.exportClasses(v, &q)
	}
	p := &classesPage{page: page{Title: "订单班", Crumbs: []link{{Label: "订单班"}}, Charts: true}}
	p.MayAdd = v.actor.Role == partnership.RoleSchool || v.actor.Role == partnership.RoleCompany
	found, err := s.exchange.ClassesByID(v.ctx(), v.actor, ids(r.Hits))
	if err != nil {
		return err
	}
	p.List = s.shown(v, &q, r)
	p.List.Empty = "学校和企业登记的订单班会出现在这里。"
	var sum [6]int
	byHit(r.Hits, found, func(d *partnership.OrderClass) string { return d.ID }, func(o *partnership.OrderClass, h *search.Hit) {
		row := classRowOf(o)
		row.Name, row.Why = marked(o.Name, h), reasonsOf(*h, q.query.Sort)
		p.Rows = append(p.Rows, row)
		for j, n := range []int{o.Enrolled, o.Trained, o.Interned, o.Hired, o.At6, o.At12} {
			sum[j] += n
		}
	})
	if len(p.Rows) > 0 {
		p.Funnel = stagesOf(sum[0], sum[1], sum[2], sum[3], sum[4], sum[5])
	}
	return s.render(v, http.StatusOK, "classes", p)
}
