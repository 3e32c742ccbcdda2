package faults

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// setting is a count from the environment.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q is not a count", name, text)
	}
	return n
}

// ask is one kind of request of the load: what it is called, who sends it, and what it sends.
type ask struct {
	name, login string
	write       bool
	send        func(p *person, turn int64) (int, error)
}

// page is a read of one of the paths, by turns.
func page(name, login string, paths ...string) ask {
	return ask{name: name, login: login, send: func(p *person, turn int64) (int, error) {
		status, _, err := p.get(paths[turn%int64(len(paths))])
		return status, err
	}}
}

// first returns the addresses of the first records that a list shows.
func first(t *testing.T, p *person, list, kind string) []string {
	t.Helper()
	status, body, err := p.get(list)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %v", list, status, err)
	}
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`href="(/`+kind+`/[^"/?#]+)"`).FindAllSubmatch(body, -1) {
		if at := string(m[1]); !strings.HasSuffix(at, "/new") {
			found[at] = true
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s lists no %s", list, kind)
	}
	return slices.Sorted(maps.Keys(found))
}

// TestLoad puts users on a grown district: LOAD_STUDENTS (3,000 if not set) students, a fifth as many posts, a twentieth
// as many companies; LOAD_USERS (50) at once, one request in ten a write, for LOAD_SECONDS (8). A user looks at each answer
// for LOAD_PAUSE milliseconds on average (none if not set: the next request as soon as the last is answered, which asks
// how many pages the machine can make; people who read ask how long a page takes). Any error fails; the table of what each
// kind took is printed, not judged.
func TestLoad(t *testing.T) {
	students, users, seconds := setting(t, "LOAD_STUDENTS", 3000), setting(t, "LOAD_USERS", 50), setting(t, "LOAD_SECONDS", 8)
	pause := time.Duration(setting(t, "LOAD_PAUSE", 0)) * time.Millisecond
	data := os.Getenv("LOAD_DATA") // a folder loaded before, or where to keep it
	if data == "" {
		data = filepath.Join(t.TempDir(), "data")
	}
	if _, err := os.Stat(filepath.Join(data, "sunmao.db")); err != nil {
		begin := time.Now()
		out, err := exec.Command(binary, "demo", "--load-only", "--data", data, "--students", strconv.Itoa(students), //nolint:gosec // our own program
			"--posts", strconv.Itoa(students/5), "--companies", strconv.Itoa(students/20)).CombinedOutput()
		if err != nil {
			t.Fatalf("load: %v\n%s", err, out)
		}
		t.Logf("loaded in %v: %s", time.Since(begin).Round(time.Second), out)
	}
	node := start(t, data)
	people := node.roles()
	open, classes, companies := first(t, people["school"], "/posts", "posts"), first(t, people["school"], "/cohorts", "cohorts"), first(t, people["district"], "/companies", "companies")
	asks := []ask{
		page("学校首页 /", "school", "/"),
		page("企业首页 /", "company", "/"),
		page("区教委首页 /", "district", "/"),
		page("岗位列表 /posts", "school", "/posts?q=数控", "/posts", "/posts?q=护理", "/posts?q=汽车"),
		page("一个岗位 /posts/…", "school", open...),
		page("一个班级批次 /cohorts/…", "school", classes...),
		page("搜索 /search", "school", "/search?q=数控车工", "/search?q=幼儿", "/search?q=skcg", "/search?q=3000元以上%20电子"),
		page("输入时的提示", "company", "/search/suggest?q=shuk", "/search/suggest?q=电", "/search/suggest?q=汽车"),
		page("企业列表和一家企业", "district", append([]string{"/companies"}, companies...)...),
		page("看板 /dashboard", "district", "/dashboard"),
		page("学生名册 /students", "school", "/students"),
		page("安置 /placements", "school", "/placements"),
	}
	write := ask{name: "保存一个岗位", login: "company", write: true, send: func(p *person, turn int64) (int, error) {
		_, status, err := p.write(fmt.Sprintf("压力试验 %d", turn))
		return status, err
	}}
	took, turns := make([][]time.Duration, len(asks)+1), make([]atomic.Int64, len(asks)+1)
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	end := began.Add(time.Duration(seconds) * time.Second)
	for u := range users {
		all.Go(func() {
			mine := make([][]time.Duration, len(took))
			draw := rand.New(rand.NewPCG(1, uint64(u))) // #nosec G115 -- a small number
			for i := u; time.Now().Before(end); i++ {
				time.Sleep(time.Duration(2 * draw.Float64() * float64(pause)))
				at, a := i%len(asks), asks[i%len(asks)]
				if i%10 == 0 {
					at, a = len(asks), write
				}
				sent := time.Now()
				status, err := a.send(people[a.login], turns[at].Add(1))
				if err != nil || status != http.StatusOK && status != http.StatusCreated {
					t.Errorf("%s: %d %v", a.name, status, err)
					return
				}
				mine[at] = append(mine[at], time.Since(sent))
			}
			mu.Lock()
			defer mu.Unlock()
			for at := range mine {
				took[at] = append(took[at], mine[at]...)
			}
		})
	}
	if file := os.Getenv("LOAD_PROFILE"); file != "" { // where the server's time goes, for go tool pprof
		node.profile(file, seconds/2)
	}
	all.Wait()
	lasted := time.Since(began).Seconds()
	var table strings.Builder
	var reads []time.Duration
	for at, list := range took {
		name := write.name
		if at < len(asks) {
			name = asks[at].name
			reads = append(reads, list...)
		}
		row(&table, name, list, lasted)
	}
	row(&table, "读，合计", reads, lasted)
	t.Logf("%d users, %v to read a page, %.0f s, %.0f MB resident\n%s", users, pause, lasted, node.measure("process_resident_memory_bytes")/1e6, &table)
}

// row prints requests a second, and the median, 99th percentile and worst time in milliseconds.
func row(w *strings.Builder, name string, took []time.Duration, seconds float64) {
	if len(took) == 0 {
		return
	}
	slices.SortFunc(took, cmp.Compare[time.Duration])
	at := func(share float64) float64 {
		return float64(took[min(len(took)-1, int(share*float64(len(took))))]) / float64(time.Millisecond)
	}
	fmt.Fprintf(w, "| %s | %.0f | %.1f | %.1f | %.1f |\n", name, float64(len(took))/seconds, at(0.5), at(0.99), at(1))
}
