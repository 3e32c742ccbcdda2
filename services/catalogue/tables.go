package catalogue

import (
	_ "embed" // the tables below
	"fmt"
	"strings"
	"sync"
)

// The tables are strings, not []byte or embed.FS, so that every name in the
// parsed tables is a slice of the binary's read-only data and costs no heap.
var (
	//go:embed tables/majors.csv
	majorsCSV string
	//go:embed tables/major_groups.csv
	majorGroupsCSV string
	//go:embed tables/major_paths.csv
	majorPathsCSV string
	//go:embed tables/major_courses.csv
	majorCoursesCSV string
	//go:embed tables/major_names.csv
	majorNamesCSV string
	//go:embed tables/category_names.csv
	categoryNamesCSV string
	//go:embed tables/occupations.csv
	occupationsCSV string
	//go:embed tables/occupation_skills.csv
	occupationSkillsCSV string
	//go:embed tables/occupation_aliases.csv
	occupationAliasesCSV string
	//go:embed tables/occupation_industries.csv
	occupationIndustriesCSV string
	//go:embed tables/industries.csv
	industriesCSV string
	//go:embed tables/regions.csv
	regionsCSV string
	//go:embed tables/clusters.csv
	clustersCSV string
	//go:embed tables/district_majors.csv
	districtMajorsCSV string
	//go:embed tables/trade_titles.csv
	tradeTitlesCSV string
	//go:embed tables/synonyms.csv
	synonymsCSV string
	//go:embed tables/spoken.csv
	spokenCSV string
	//go:embed tables/titles.model
	titlesModel string
	//go:embed tables/district_paths.csv
	districtPathsCSV string
)

// tables is everything parsed from the embedded files.
type tables struct {
	majors     []Major // in table order: secondary, college, bachelor, then the district's own
	majorByID  map[string]int
	majorNames map[string][]majorName // by folded name
	byName     map[string][]int       // majors by folded official name
	groups     map[string]string      // two- and four-digit codes to names
	catNames   map[string][]string    // other spellings of a category to official names
	courses    map[string]string      // major code to names joined by |

	occs     []Occupation
	occByID  map[string]int
	skills   map[string]string // occupation code to names joined by |
	aliases  map[string]string // occupation code to market titles joined by |
	paths    map[string][]path // by major code
	majorsOn map[string][]int  // majors by the path code they list
	ofClass  map[string][]int  // majors by four-digit class
	occInds  map[string]string // occupation prefix to industry codes joined by |

	industries []Industry
	industryID map[string]int
	regions    []Region
	regionID   map[string]int
	clusters   []Cluster

	synonyms   []string            // groups, words joined by |
	spoken     map[string]string   // spoken phrase to the words it finds, joined by |
	otherNames map[string][]string // major code to its other names, those of a part or a merged major left out

	terms     []term // every known name of an occupation
	lessons   lessons
	suggester func() *suggester // built on first use, then kept
}

// path is one row of a major's occupations.
type path struct {
	occ      string
	minor    string // the 小类 that occ is or lies in, "" above
	middle   string // the 中类, "" above
	district bool
	who      string // district rows: who entered it
	when     string
	why      string
}

// eachRow calls f with the fields of every row below the header. The tables are
// written without quotes, and a comma always separates (a test holds that).
func eachRow(name, csv string, fields int, f func(row []string) error) error {
	row := make([]string, 0, fields)
	_, rest, _ := strings.Cut(csv, "\n")
	for line := 2; rest != ""; line++ {
		var text string
		text, rest, _ = strings.Cut(rest, "\n")
		row = row[:0]
		for more := true; more; {
			var field string
			field, text, more = strings.Cut(text, ",")
			row = append(row, field)
		}
		if len(row) != fields {
			return fmt.Errorf("%s.csv:%d: %d fields, want %d", name, line, len(row), fields)
		}
		if err := f(row); err != nil {
			return fmt.Errorf("%s.csv:%d: %w", name, line, err)
		}
	}
	return nil
}

func parseTables() (*tables, error) {
	t := &tables{}
	for _, parse := range []func(*tables) error{
		parseMajors, parseDistrictMajors, parseMajorNames, parseCategoryNames,
		parseOccupations, parsePaths, parseTerms, parseModel, parseSynonyms, parseIndustries, parseRegions, parseClusters,
	} {
		if err := parse(t); err != nil {
			return nil, err
		}
	}
	var err error
	for _, m := range []struct {
		to        *map[string]string
		name, csv string
	}{
		{&t.courses, "major_courses", majorCoursesCSV},
		{&t.skills, "occupation_skills", occupationSkillsCSV},
		{&t.aliases, "occupation_aliases", occupationAliasesCSV},
		{&t.occInds, "occupation_industries", occupationIndustriesCSV},
		{&t.spoken, "spoken", spokenCSV},
	} {
		if *m.to, err = parsePairs(m.name, m.csv); err != nil {
			return nil, err
		}
	}
	t.suggester = sync.OnceValue(func() *suggester { return newSuggester(t, t.lessons) })
	return t, nil
}

// parsePairs reads a table of two columns.
func parsePairs(name, csv string) (map[string]string, error) {
	out := make(map[string]string, strings.Count(csv, "\n"))
	err := eachRow(name, csv, 2, func(r []string) error {
		if _, twice := out[r[0]]; twice {
			return fmt.Errorf("%s stands twice", r[0])
		}
		out[r[0]] = r[1]
		return nil
	})
	return out, err
}

// list splits a joined cell; an empty cell is no item.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, "|")
}

func cmpString(a, b string) int { return strings.Compare(a, b) }
