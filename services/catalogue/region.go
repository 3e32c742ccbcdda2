package catalogue

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Point is a place on the map, degrees east and north in GCJ-02 (the datum of
// Chinese web maps, not WGS-84). The zero Point is unknown.
type Point struct {
	Lng float64 `json:"lng"`
	Lat float64 `json:"lat"`
}

// Known says whether the point is set: no place of the tables lies at 0°, 0°.
func (p Point) Known() bool { return p.Lng != 0 || p.Lat != 0 }

// Km is the great-circle distance between two points in kilometres (haversine, mean
// Earth radius 6371.0088 km), NaN if one of them is unknown.
func (p Point) Km(q Point) float64 {
	if !p.Known() || !q.Known() {
		return math.NaN()
	}
	const radius, rad = 6371.0088, math.Pi / 180
	sinLat := math.Sin((q.Lat - p.Lat) * rad / 2)
	sinLng := math.Sin((q.Lng - p.Lng) * rad / 2)
	h := sinLat*sinLat + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*sinLng*sinLng
	return 2 * radius * math.Asin(math.Sqrt(min(1, h)))
}

// Region is a province, a prefecture or a county (行政区划, GB/T 2260).
type Region struct {
	Code  string `json:"code"` // six digits
	Name  string `json:"name"`
	Short string `json:"short"` // 荣昌 for 荣昌区
	Point Point  `json:"point"` // the seat, not the centroid; zero for 394 rows
}

// Parent is the code one step up, "" for a province.
func (r Region) Parent() string {
	switch {
	case strings.HasSuffix(r.Code, "0000"):
		return ""
	case strings.HasSuffix(r.Code, "00"), r.Code[2:4] == "90": // 90: 省直辖县级行政区划
		return r.Code[:2] + "0000"
	}
	return r.Code[:4] + "00"
}

// Region looks a code up.
func (c *Catalogue) Region(code string) (Region, bool) {
	i, ok := c.regionID[fold(code)]
	if !ok {
		return Region{}, false
	}
	return c.regions[i], true
}

// FindRegions returns the regions with this name or short name (荣昌, 荣昌区, 重庆荣昌,
// 重庆市荣昌区), the higher rank first. Several mean that the name is not unique.
func (c *Catalogue) FindRegions(name string) []Region {
	name = fold(name)
	var out []Region
	for _, r := range c.regions {
		if r.Name == name || r.Short == name {
			out = append(out, r)
		}
	}
	if len(out) > 0 || name == "" {
		return out
	}
	for _, r := range c.regions {
		for _, end := range []string{r.Name, r.Short} {
			head, ok := strings.CutSuffix(name, end)
			if ok && head != "" && c.above(r, head) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// above says whether the words in front of a region's name are regions it lies in.
func (c *Catalogue) above(r Region, head string) bool {
	for p := r.Parent(); p != ""; {
		up, ok := c.Region(p)
		if !ok {
			return false
		}
		for _, end := range []string{up.Name, up.Short} {
			if rest, ok := strings.CutSuffix(head, end); ok {
				if rest == "" || c.above(up, rest) {
					return true
				}
			}
		}
		p = up.Parent()
	}
	return false
}

// FullName is the name with those above it: 重庆市荣昌区.
func (c *Catalogue) FullName(code string) string {
	r, ok := c.Region(code)
	if !ok {
		return ""
	}
	up := c.FullName(r.Parent())
	if strings.Contains("11 12 31 50", r.Code[:2]) && strings.HasSuffix(r.Code, "00") && up != "" {
		return up // a municipality's 市辖区 and 县 rows are no place people name
	}
	return up + r.Name
}

// Inside says whether a region is another one or lies in it.
func (c *Catalogue) Inside(code, outer string) bool {
	for p := fold(code); p != ""; {
		if p == outer {
			return true
		}
		r, ok := c.Region(p)
		if !ok {
			return false
		}
		p = r.Parent()
	}
	return false
}

// Km is the distance in kilometres between the seats of two regions, NaN if a code
// is unknown or has no point.
func (c *Catalogue) Km(a, b string) float64 {
	ra, _ := c.Region(a)
	rb, _ := c.Region(b)
	return ra.Point.Km(rb.Point)
}

func parseRegions(t *tables) error {
	n := strings.Count(regionsCSV, "\n")
	t.regions = make([]Region, 0, n)
	t.regionID = make(map[string]int, n)
	err := eachRow("regions", regionsCSV, 5, func(r []string) error {
		reg := Region{Code: r[0], Name: r[1], Short: r[2]}
		if r[3] != "" {
			var err error
			if reg.Point.Lng, err = strconv.ParseFloat(r[3], 64); err != nil {
				return fmt.Errorf("%s: %w", r[0], err)
			}
			if reg.Point.Lat, err = strconv.ParseFloat(r[4], 64); err != nil {
				return fmt.Errorf("%s: %w", r[0], err)
			}
		}
		t.regionID[reg.Code] = len(t.regions)
		t.regions = append(t.regions, reg)
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range t.regions {
		if _, ok := t.regionID[r.Parent()]; r.Parent() != "" && !ok {
			return fmt.Errorf("regions.csv: %s has no parent %s", r.Code, r.Parent())
		}
	}
	return nil
}

// Regions is every place of the table, by code.
func (c *Catalogue) Regions() []Region { return slices.Clone(c.regions) }
