package rates

import (
	"cmp"
	"strconv"
	"strings"
)

// Dim is what a group's members have in common besides year and school.
type Dim uint8

// The dimensions. Whole means no further cut.
const (
	Whole    Dim = iota
	Region       // 区县
	Class        // 专业大类
	Category     // 专业类 (the report's own word for its rows)
	Major        // 专业
	Cohort       // 班级批次
	Company      // 用人单位
	Industry     // 行业
	Cluster      // 产业集群
	dimN
)

var dimNames = [dimN]string{"全部", "区县", "专业大类", "专业类", "专业", "批次", "单位", "行业", "产业集群"}
var dimKeys = [dimN]string{"all", "region", "class", "category", "major", "cohort", "company", "industry", "cluster"}

// Name returns the Chinese name of the dimension.
func (d Dim) Name() string { return dimNames[d] }

// String returns the key used in addresses and on the command line.
func (d Dim) String() string { return dimKeys[d] }

// ParseDim reads a key written by String.
func ParseDim(s string) (Dim, bool) {
	for i, k := range dimKeys {
		if k == s {
			return Dim(i), true
		}
	}
	return 0, false
}

// Scope names a group: whose figure it is. School "" is the whole district, Year 0
// all years together.
type Scope struct {
	Year   int    `json:"year"`
	School string `json:"school,omitempty"`
	Dim    Dim    `json:"dim,omitempty"`
	Value  string `json:"value,omitempty"`
}

// String writes the scope as one stable word for use as a document key:
// year/school/dim/value, with / and % in names escaped.
func (s Scope) String() string {
	esc := func(x string) string {
		return strings.NewReplacer("%", "%25", "/", "%2F", "|", "%7C").Replace(x)
	}
	return strconv.Itoa(s.Year) + "/" + esc(s.School) + "/" + s.Dim.String() + "/" + esc(s.Value)
}

// Words names the scope for a reader: 2025年 职教中心 农林牧渔类.
func (s Scope) Words() string {
	var w []string
	if s.Year > 0 {
		w = append(w, strconv.Itoa(s.Year)+"年")
	}
	if s.School == "" {
		w = append(w, "全区")
	} else {
		w = append(w, s.School)
	}
	if s.Dim != Whole {
		w = append(w, s.Value)
	}
	return strings.Join(w, " ")
}

// Compare orders scopes by year, school (district first), dimension and value.
func (s Scope) Compare(o Scope) int {
	return cmp.Or(cmp.Compare(s.Year, o.Year), cmp.Compare(s.School, o.School),
		cmp.Compare(s.Dim, o.Dim), cmp.Compare(s.Value, o.Value))
}
