package catalogue

import (
	"fmt"
	"slices"
)

// Cluster is an industry cluster that a government named (产业集群), within the system
// it belongs to (2335, 8大产业, 33618 …).
type Cluster struct {
	System     string   `json:"system"`
	Region     string   `json:"region"` // code
	Tier       string   `json:"tier,omitempty"`
	Name       string   `json:"name"`
	Industries []string `json:"industries"` // GB/T 4754 codes: a reading by name, not an official table
	Defined    bool     `json:"defined"`    // false: sources name the system without spelling it out
	Source     string   `json:"source"`
}

// Covers says whether an industry lies in the cluster.
func (k Cluster) Covers(industry string) bool {
	_, ok := within(industry, k.Industries)
	return ok
}

// touches returns the first of an occupation's industries that overlaps with the cluster,
// whichever is wider.
func (k Cluster) touches(codes []string) (string, bool) {
	for _, code := range codes {
		if k.Covers(code) {
			return code, true
		}
		for _, own := range k.Industries {
			if _, ok := within(own, []string{code}); ok {
				return code, true
			}
		}
	}
	return "", false
}

// Clusters returns the clusters of a region in one system, only those spelled out;
// an empty system is all.
func (c *Catalogue) Clusters(region, system string) []Cluster {
	var out []Cluster
	for _, k := range c.clusters {
		if k.Region == region && k.Defined && (system == "" || k.System == system) {
			out = append(out, k)
		}
	}
	return out
}

// ClustersOf returns a region's clusters that an industry belongs to.
func (c *Catalogue) ClustersOf(region, system, industry string) []Cluster {
	ind, ok := c.Industry(industry)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(c.Clusters(region, system), func(k Cluster) bool { return !k.Covers(ind.Code) })
}

// Enrolment is a major offered, with its students; one row per school and major.
type Enrolment struct {
	Major    string `json:"major"` // code
	Students int    `json:"students"`
}

// Share is a count of a total; the percent is for the reader to compute and to
// round. Den 0 means that there is nothing to measure.
type Share struct {
	Num int `json:"num"`
	Den int `json:"den"`
}

// ClusterFit is 专业与产业匹配度 of a district, by two definitions that must not be
// mixed up: ByMajors is the number of different majors offered that serve at least one
// cluster ÷ the number of different majors offered; ByStudents is the students in
// those majors ÷ all students. A major serves a cluster when an occupation on its path
// is mainly found in an industry of the cluster (major → occupation → industry →
// cluster), or when a reading handed in says so.
type ClusterFit struct {
	System     string       `json:"system"`
	ByMajors   Share        `json:"byMajors"`
	ByStudents Share        `json:"byStudents"`
	Rows       []ClusterRow `json:"rows"`      // one per cluster; a major may serve several, so rows do not sum to the total
	Unserving  []Major      `json:"unserving"` // majors that serve no cluster
}

// ClusterRow is what one cluster is served by.
type ClusterRow struct {
	Cluster  Cluster  `json:"cluster"`
	Majors   []Served `json:"majors"`
	Students int      `json:"students"`
}

// Served is a major that serves a cluster, and by which occupation and industry.
type Served struct {
	Major    Major    `json:"major"`
	Students int      `json:"students"`
	Path     []string `json:"path"` // in words, step by step
}

// FitClusters computes ClusterFit for a region's system of clusters. Reading, if it
// has an entry for a major, replaces the computed clusters of that major by the names
// it lists (a person's or a report's own reading; an empty list: serves none). Unknown
// major codes are an error.
func (c *Catalogue) FitClusters(region, system string, rows []Enrolment, reading map[string][]string) (ClusterFit, error) {
	fit := ClusterFit{System: system}
	for _, k := range c.Clusters(region, system) {
		fit.Rows = append(fit.Rows, ClusterRow{Cluster: k})
	}
	students := map[string]int{}
	var order []Major
	for _, r := range rows {
		m, err := c.CheckMajor(r.Major)
		if err != nil {
			return ClusterFit{}, err
		}
		if r.Students < 0 {
			return ClusterFit{}, fmt.Errorf("fit clusters: %s has %d students", m.Code, r.Students)
		}
		if _, seen := students[m.Code]; !seen {
			order = append(order, m)
		}
		students[m.Code] += r.Students
	}
	for _, m := range order {
		reach := c.industryReach(m)
		named, read := reading[m.Code]
		serves := false
		for i := range fit.Rows {
			row := &fit.Rows[i]
			path := []string{"专业 " + m.String(), "按所给的解读"}
			ok := read && slices.Contains(named, row.Cluster.Name)
			if code, touches := row.Cluster.touches(reach); !read && touches {
				path, ok = c.reachWords(m, code), true
			}
			if ok {
				row.Majors = append(row.Majors, Served{m, students[m.Code], append(path, "产业集群 "+row.Cluster.Name)})
				row.Students += students[m.Code]
				serves = true
			}
		}
		fit.ByMajors.Den++
		fit.ByStudents.Den += students[m.Code]
		if serves {
			fit.ByMajors.Num++
			fit.ByStudents.Num += students[m.Code]
		} else {
			fit.Unserving = append(fit.Unserving, m)
		}
	}
	return fit, nil
}

func parseClusters(t *tables) error {
	return eachRow("clusters", clustersCSV, 7, func(r []string) error {
		k := Cluster{System: r[0], Region: r[1], Tier: r[2], Name: r[3], Industries: list(r[4]), Defined: r[5] == "1", Source: r[6]}
		for _, code := range k.Industries {
			if _, ok := t.industryID[code]; !ok {
				return fmt.Errorf("%s: no industry %q", k.Name, code)
			}
		}
		t.clusters = append(t.clusters, k)
		return nil
	})
}
