package faults

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestIdle holds thousands of connections that say nothing, and some that send a byte now and then, while others work.
func TestIdle(t *testing.T) {
	data := copyDistrict(t, t.TempDir())
	node := start(t, data)
	reader := node.signIn("school")
	before := node.measure("process_open_fds")
	address := strings.TrimPrefix(node.root, "http://")
	want := 8000 // both ends are in this machine's one range of ports and in two tables of files
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			c.Close() //nolint:errcheck // done with
		}
	}()
	for i := range want {
		c, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		idle = append(idle, c)
		if i%4 == 0 {
			io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ") //nolint:errcheck // never finished
		}
	}
	var took []time.Duration
	for range 200 {
		begin := time.Now()
		if status, _, err := reader.get("/posts?q=数控"); err != nil || status != http.StatusOK {
			t.Fatalf("beside %d idle connections: %d %v", len(idle), status, err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	memory := node.measure("process_resident_memory_bytes")
	t.Logf("beside %d idle and slow connections: p50 %v, p99 %v, %.0f MB resident", len(idle), took[100].Round(100*time.Microsecond), took[198].Round(100*time.Microsecond), memory/1e6)
	slow := idle[0]
	slow.SetReadDeadline(time.Now().Add(40 * time.Second)) //nolint:errcheck // a socket has deadlines
	if _, err := io.ReadAll(slow); err != nil {
		t.Errorf("a connection that never finishes its header is kept: %v", err)
	}
	for _, c := range idle {
		c.Close() //nolint:errcheck // done with
	}
	eventually(t, 30*time.Second, func() (float64, error) {
		if now := node.measure("process_open_fds"); now > before+50 {
			return now, fmt.Errorf("%.0f files still open, %.0f before", now, before)
		}
		return 0, nil
	})
}

// TestMemory runs the ordinary load with little memory allowed to the runtime and looks at what it really takes.
func TestMemory(t *testing.T) {
	data := copyDistrict(t, t.TempDir())
	node := start(t, data, "GOMEMLIMIT=120MiB")
	work(t, node.roles(), 10*time.Second)
	if got := node.measure("process_resident_memory_bytes"); got > 260e6 {
		t.Errorf("%.0f MB resident under GOMEMLIMIT=120MiB", got/1e6)
	} else {
		t.Logf("%.0f MB resident under GOMEMLIMIT=120MiB", got/1e6)
	}
}

// roles signs the demo roles in.
func (n *node) roles() map[string]*person {
	people := map[string]*person{}
	for _, login := range []string{"school", "company", "district"} {
		people[login] = n.signIn(login)
	}
	return people
}

// work walks the common pages as each role, with some writes, for a while; any error fails the test.
func work(t *testing.T, people map[string]*person, lasting time.Duration) {
	t.Helper()
	walks := []struct{ login, path string }{{"school", "/"}, {"school", "/posts?q=数控"}, {"school", "/cohorts"}, {"company", "/posts"},
		{"district", "/dashboard"}, {"district", "/companies"}, {"district", "/rates"}, {"school", "/search?q=幼儿"}, {"company", "/cohorts"}, {"school", "/order-classes"}}
	end := time.Now().Add(lasting)
	var all sync.WaitGroup
	var count atomic.Int64
	for w := range 4 {
		all.Go(func() {
			for i := w; time.Now().Before(end); i++ {
				if i%20 == 0 {
					if _, _, err := people["company"].write(fmt.Sprintf("持续运行 %d-%d", w, i)); err != nil {
						t.Errorf("write: %v", err)
						return
					}
				}
				at := walks[i%len(walks)]
				if status, _, err := people[at.login].get(at.path); err != nil || status != http.StatusOK {
					t.Errorf("%s %s: %d %v", at.login, at.path, status, err)
					return
				}
				count.Add(1)
			}
		})
	}
	all.Wait()
	t.Logf("%d pages in %v", count.Load(), lasting)
}

// TestSoak works for FAULTS_SOAK (20 s if it is not set) and asks that memory, goroutines and files stay flat: the last quarter
// against the second, so that caches are filled and the first is left out.
func TestSoak(t *testing.T) {
	lasting := 20 * time.Second
	if text := os.Getenv("FAULTS_SOAK"); text != "" {
		var err error
		if lasting, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	node := start(t, copyDistrict(t, t.TempDir()))
	gauges := []string{"process_resident_memory_bytes", "go_memstats_heap_inuse_bytes", "go_goroutines", "process_open_fds"}
	quarters, people := make([][4]float64, 4), node.roles()
	for q := range quarters {
		work(t, people, lasting/4)
		for i, g := range gauges {
			quarters[q][i] = node.measure(g)
		}
	}
	allowed := []float64{60e6, 60e6, 30, 30} // a garbage collection more or less; handlers and idle connections
	for i, g := range gauges {
		t.Logf("%s: %.0f %.0f %.0f %.0f", g, quarters[0][i], quarters[1][i], quarters[2][i], quarters[3][i])
		if quarters[3][i] > quarters[1][i]*1.2+allowed[i] {
			t.Errorf("%s grows: %.0f after half, %.0f at the end", g, quarters[1][i], quarters[3][i])
		}
	}
}

// TestJobCut kills the program in the middle of a job; the next run does the whole work once.
func TestJobCut(t *testing.T) {
	data := copyDistrict(t, t.TempDir())
	for i := range rounds(t, 5) {
		cmd := exec.Command(binary, "job", "run", "rates", "--day", "2026-01-01", "--data", data) //nolint:gosec // our own program
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+60*(i%12)) * time.Millisecond)
		cmd.Process.Kill() //nolint:errcheck // it may have ended
		cmd.Wait()         //nolint:errcheck // killed
	}
	out, err := exec.Command(binary, "job", "run", "rates", "--day", "2026-01-01", "--data", data).CombinedOutput() //nolint:gosec // our own program
	if err != nil {
		t.Fatalf("after the kills: %v\n%s", err, out)
	}
	out, err = exec.Command(binary, "job", "run", "rates", "--day", "2026-01-01", "--data", data).CombinedOutput() //nolint:gosec // our own program
	if err != nil || !strings.Contains(string(out), "新写 0 份") {
		t.Errorf("running it again: %v\n%s\nwant nothing new", err, out)
	}
	verify(t, data)
}
