package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// row says what a package may import of ours, and which big dependencies live in it alone.
type row struct {
	may  []string
	home []string
}

// layering is the table of docs/architecture.md: main > web > jobs > services > search.
// A package without a row fails, and so does a row without a package.
var layering = map[string]row{
	".":                              {may: []string{"*"}, home: []string{"github.com/alecthomas/kong"}},
	"examples/copy":                  {},
	"web":                            {may: []string{"jobs", "services/account", "services/catalogue", "services/exchange", "services/matching", "services/partnership", "services/rates", "services/rates/audit", "services/regulation", "services/sheets", "search"}, home: []string{"github.com/gin-gonic/gin", "github.com/danielgtaylor/huma"}},
	"jobs":                           {may: []string{"services/account", "services/exchange", "services/partnership", "services/store"}, home: []string{"github.com/robfig/cron"}},
	"services/account":               {may: []string{"services/partnership", "services/store"}, home: []string{"golang.org/x/crypto"}},
	"services/catalogue":             {may: []string{"services/partnership"}},
	"services/demo":                  {may: []string{"services/catalogue", "services/partnership"}},
	"services/exchange":              {may: []string{"search", "services/catalogue", "services/matching", "services/matching/assign", "services/matching/market", "services/matching/stable", "services/outbox", "services/partnership", "services/rates", "services/rates/audit", "services/regulation", "services/sheets", "services/store"}},
	"services/exchange/exchangetest": {may: []string{"search", "services/catalogue", "services/demo", "services/exchange", "services/outbox", "services/partnership", "services/regulation", "services/store", "services/store/sqlitedoc"}},
	"services/matching":              {may: []string{"services/matching/assign", "services/matching/market", "services/matching/stable"}},
	"services/matching/assign":       {may: []string{"services/matching/market"}},
	"services/matching/market":       {},
	"services/matching/stable":       {may: []string{"services/matching/market"}},
	"services/outbox":                {may: []string{"services/partnership", "services/store"}, home: []string{"net/smtp"}},
	"services/partnership":           {},
	"services/rates":                 {may: []string{"services/catalogue", "services/partnership"}},
	"services/rates/audit":           {may: []string{"services/partnership", "services/rates"}},
	"services/regulation":            {may: []string{"services/catalogue", "services/partnership"}},
	"services/sheets":                {may: []string{"services/catalogue", "services/partnership"}, home: []string{"github.com/xuri/excelize", "golang.org/x/text"}},
	"services/store":                 {may: []string{"services/partnership"}},
	"services/store/mongodoc":        {may: []string{"services/partnership", "services/store"}, home: []string{"go.mongodb.org/mongo-driver"}},
	"services/store/sqlitedoc":       {may: []string{"services/partnership", "services/store"}, home: []string{"modernc.org/sqlite"}},
	"services/store/storetest":       {may: []string{"services/partnership", "services/store"}},
	"search":                         {home: []string{"github.com/blevesearch", "github.com/go-ego/gse", "github.com/mozillazg/go-pinyin"}},
}

// vague are names that say what kind of thing a package is, not what it is for.
var vague = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "manager", "types", "base"}

// TestLayering reads the source itself: asking the go command would let the test
// cache answer for a change it has not seen.
func TestLayering(t *testing.T) {
	imports := sourceImports(t)
	for pkg := range layering {
		if _, ok := imports[pkg]; !ok {
			t.Errorf("row without a package: %s", pkg)
		}
	}
	for pkg, paths := range imports {
		r, ok := layering[pkg]
		if !ok {
			t.Errorf("package without a row in the layering table: %s", pkg)
			continue
		}
		if slices.Contains(vague, filepath.Base(pkg)) {
			t.Errorf("package name says nothing: %s", pkg)
		}
		for path := range paths {
			if ours, ok := strings.CutPrefix(path, "sunmao/"); ok && !slices.Contains(r.may, ours) && !slices.Contains(r.may, "*") {
				t.Errorf("%s may not import %s", pkg, ours)
			}
			for home, other := range layering {
				for _, big := range other.home {
					if (path == big || strings.HasPrefix(path, big+"/")) && home != pkg {
						t.Errorf("%s imports %s, whose only home is %s", pkg, path, home)
					}
				}
			}
		}
	}
}

// sourceImports maps each package folder to the imports of its files, tests and
// tools with a build tag of their own left out.
func sourceImports(t *testing.T) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "node_modules" || n == "testdata" || n == "train" || n == "ferret" || len(n) > 1 && n[0] == '.' {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if out[dir] == nil {
			out[dir] = map[string]bool{}
		}
		for _, spec := range f.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			out[dir][p] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
