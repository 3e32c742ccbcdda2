package web

import (
	"net/http"
	"strings"
)

type screenPage struct {
	dashboardPage
	Counts []countRow
}

// screen is the wall for visits: the panels of the dashboard and of the charts at
// 1920x1080, with the moment of the snapshot; nothing personal.
func (s *Site) screen(v *visit) error {
	d, err := s.readDashboard(v)
	if err != nil {
		return err
	}
	h, err := s.exchange.Home(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	asked := dashboardQuery(v)
	if v.actor.SeesAll() {
		asked.School = ""
	}
	in, err := s.exchange.Insight(v.ctx(), v.actor, asked)
	if err != nil {
		return err
	}
	p := &screenPage{dashboardPage: *d}
	p.page = page{Title: "大屏", Charts: true, Wall: true}
	p.Panels = wallPanels(d.Panels, s.insightPanels(v, &in))
	for _, c := range h.Counts {
		p.Counts = append(p.Counts, countRow{"", c.Name, number(c.N)})
	}
	return s.render(v, http.StatusOK, "screen", p)
}

// wallPanels are the six pictures of the wall. Those of the dashboard come first; what has
// no rows gives its place to the next.
func wallPanels(figures, insight []panel) []panel {
	var out []panel
	take := func(all []panel, ids ...string) {
		for _, id := range ids {
			for _, p := range all {
				if p.ID == id && len(p.Rows) > 0 && len(out) < 6 {
					p.Links, p.Notes, p.Tall, p.Folded = nil, nil, false, false
					out = append(out, p)
				}
			}
		}
	}
	most := ""
	for i, n := range figures {
		if strings.HasPrefix(n.ID, "groups-") && (most == "" || len(n.Rows) > rowsOf(figures, most)) {
			most = figures[i].ID
		}
	}
	take(figures, "trend", most, "demand")
	take(insight, "flow", "map", "funnel")
	take(figures, "schools")
	return out
}

func rowsOf(all []panel, id string) int {
	for i := range all {
		if all[i].ID == id {
			return len(all[i].Rows)
		}
	}
	return 0
}
