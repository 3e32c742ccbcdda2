// Package demo builds the demo district (示范区) as documents: the figures that the
// district's quality report for 2025 published, carried over exactly, and what the
// report does not give (single posts, companies without a name in it, students),
// generated from a fixed seed so that every published count holds, marked as 示例
// and naming no real person. It is pure: the day is handed in, nothing is stored.
package demo

import (
	"embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
)

//go:embed tables/*.csv
var tables embed.FS

// The two schools and the place.
const (
	Company  = "co-01"   // 示范企业账号所属的企业
	Centre   = "rc-zjzx" // 重庆市荣昌区职业教育中心
	Yimin    = "rc-ymjg" // 重庆益民技工学校
	Region   = "500153"  // 重庆市荣昌区
	CutOff   = "2025-12-31"
	source   = "荣昌区中等职业教育年度质量报告（2025年度）"
	postsAll = 600 // table 29, 顶岗实习岗位数, 2025
)

var schoolID = map[string]string{"重庆市荣昌区职业教育中心": Centre, "重庆益民技工学校": Yimin}

// schoolYear is the year in which the school year of a day began (1 September).
func schoolYear(day time.Time) int {
	if day.Month() < time.September {
		return day.Year() - 1
	}
	return day.Year()
}

// District returns the whole district. Published facts do not depend on day; the
// open posts and cohorts get their windows from the school year day falls into.
func District(cat *catalogue.Catalogue, day time.Time) (partnership.Bundle, error) {
	b := &builder{cat: cat, day: day, rng: rand.New(rand.NewPCG(20251231, 500153)), major: map[string]string{}, interns: map[string]int{}}
	steps := []func() error{b.readTrades, b.schools, b.companies, b.bases, b.published, b.ledgers, b.graduates2025, b.cohorts, b.posts, b.orderClasses, b.life}
	for _, step := range steps {
		if err := step(); err != nil {
			return partnership.Bundle{}, err
		}
	}
	b.cooperations()
	return b.out, nil
}

type builder struct {
	cat    *catalogue.Catalogue
	day    time.Time
	rng    *rand.Rand
	out    partnership.Bundle
	major  map[string]string // name in the report -> national code
	trades []trade
	hosts  []host // companies that offer posts, with their trade

	postMajor []string       // the major that each post is of, in the order of out.Posts
	interns   map[string]int // at work now, by company
}

type trade struct {
	major, title, duties, occupation, industry string
	skills                                     []string
	pay                                        int64 // yuan a month, middle
}

type host struct {
	company int // index in out.Companies
	trade   int // index in trades
}

// rows reads one of our tables as maps by header.
func rows(name string) ([]map[string]string, error) {
	f, err := tables.Open("tables/" + name + ".csv")
	if err != nil {
		return nil, fmt.Errorf("demo table: %w", err)
	}
	defer f.Close() //nolint:errcheck // embedded file
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("demo table %s: %w", name, err)
	}
	out := make([]map[string]string, 0, len(all)-1)
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, h := range all[0] {
			row[h] = r[i]
		}
		out = append(out, row)
	}
	return out, nil
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func (b *builder) readTrades() error {
	all, err := rows("trades")
	if err != nil {
		return err
	}
	for _, r := range all {
		b.trades = append(b.trades, trade{major: r["major"], title: r["title"], duties: r["duties"], occupation: r["occupation"],
			industry: r["industry"], skills: strings.Split(r["skills"], "|"), pay: int64(number(r["pay"]))})
	}
	return nil
}

// near is a point a few kilometres around the middle of the district.
func (b *builder) near() *partnership.Point {
	return &partnership.Point{Lng: 105.594 + b.rng.NormFloat64()*0.05, Lat: 29.405 + b.rng.NormFloat64()*0.04}
}

func (b *builder) schools() error {
	offered, err := rows("majors_offered")
	if err != nil {
		return err
	}
	centre := partnership.School{Name: "重庆市荣昌区职业教育中心", Short: "职教中心", Kind: "中职", Authority: "荣昌区教育委员会",
		Region: Region, Point: &partnership.Point{Lng: 105.6128, Lat: 29.4117}}
	centre.ID = Centre
	for _, r := range offered {
		b.major[r["major"]] = r["code"]
		centre.Majors = append(centre.Majors, partnership.OfferedMajor{Code: r["code"], Name: r["major"], Since: number(r["first_enrolled"]),
			Programme: r["programme"], Category: r["category"]})
	}
	// Spellings of the report's other tables and majors table 4 leaves out.
	for name, code := range map[string]string{"服装陈列与展示": "750105", "药品食品检验": "690204", "城市轨道交通运营服务": "700604",
		"汽车制造与检测": "660701", "物联网技术应用": "710102", "农村经济综合管理": "", "无人机摄影与制作": ""} {
		if code != "" {
			b.major[name] = code
		}
	}
	yimin := partnership.School{Name: "重庆益民技工学校", Short: "益民技校", Kind: "技工", Authority: "荣昌区人力资源和社会保障局",
		Region: Region, Point: &partnership.Point{Lng: 105.5803, Lat: 29.3972}}
	yimin.ID = Yimin
	for _, name := range []string{"模具制造技术", "数控技术应用", "计算机应用", "工业机器人技术应用", "城市轨道交通运营服务"} {
		yimin.Majors = append(yimin.Majors, partnership.OfferedMajor{Code: b.major[name], Name: name, Programme: "三年"})
	}
	b.out.Schools = []partnership.School{centre, yimin}
	return nil
}

// CategoryName is the one wording used for a category of the report, whose tables
// differ among themselves (table 15 轻工纺织, table 24 轻工纺织类): that of table 24.
func CategoryName(name string) string {
	switch name {
	case "轻工纺织":
		return "轻工纺织类"
	case "公共服务类":
		return "公共服务"
	case "教育与体育大类":
		return "教育类"
	}
	return name
}
