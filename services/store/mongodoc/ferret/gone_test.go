package ferret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/mongodoc"
)

type note struct {
	partnership.Record `json:",inline"`
	Words              string `json:"words"`
}

// quickly lets the driver give up soon, so that the test does not wait for half a minute.
const quickly = "?serverSelectionTimeoutMS=1000&connectTimeoutMS=1000&heartbeatFrequencyMS=500"

// TestGoneAndBack takes the server away under writing and gives it back, three times: what fails
// says that the database is out of reach, what was acknowledged is there, and the same open store
// goes on by itself.
func TestGoneAndBack(t *testing.T) {
	p := serve(t)
	b, err := mongodoc.Open(t.Context(), "mongodb://"+p.addr()+"/gone"+quickly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	notes := store.Open[note](store.New(b, time.Now), store.Spec{Name: "notes"})
	var mu sync.Mutex
	var acked []string
	var refused atomic.Int64
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				n := note{Words: "写入"}
				n.ID = fmt.Sprintf("%d-%d", w, i)
				err := notes.Insert(context.Background(), &n)
				switch {
				case err == nil:
					mu.Lock()
					acked = append(acked, n.ID)
					mu.Unlock()
				case errors.Is(err, partnership.ErrUnavailable), errors.Is(err, store.ErrUnknown):
					refused.Add(1)
					time.Sleep(20 * time.Millisecond)
				default:
					t.Errorf("while the server is gone: %v", err)
					return
				}
			}
		})
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(acked)
	}
	for round := range 3 {
		eventually(t, func() error { // it writes
			if n := count(); n < (round+1)*20 {
				return fmt.Errorf("%d writes", n)
			}
			return nil
		})
		before := refused.Load()
		p.goAway(true)
		eventually(t, func() error {
			if refused.Load() == before {
				return errors.New("no write was refused")
			}
			return nil
		})
		p.goAway(false)
	}
	n := count()
	eventually(t, func() error {
		if count() < n+20 {
			return errors.New("writing has not gone on")
		}
		return nil
	})
	close(stop)
	writers.Wait()
	for _, id := range acked {
		if _, err := notes.Get(t.Context(), id); err != nil {
			t.Errorf("an acknowledged write is lost: %v", err)
		}
	}
	t.Logf("%d acknowledged writes, all there; %d refused while the server was gone", len(acked), refused.Load())
}

// TestProgram_ServerGoneAndBack runs the program on the server: gone, the pages say so and do not
// hang, and /readyz takes the node out of the proxy; back, it goes on without a restart.
func TestProgram_ServerGoneAndBack(t *testing.T) {
	p := serve(t)
	dir := t.TempDir()
	binary := filepath.Join(dir, "sunmao")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..", "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() //nolint:errcheck // only its port is wanted
	log := &strings.Builder{}
	cmd := exec.Command(binary, "serve", "--data", filepath.Join(dir, "data"), "--listen", address, "--log-level", "error") //nolint:gosec // our own program
	cmd.Env = append(os.Environ(), "SUNMAO_STORE=mongodb://"+p.addr()+"/program"+quickly)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may be gone
		cmd.Wait()                          //nolint:errcheck // the test has asked what it wanted
		if t.Failed() {
			t.Log(log)
		}
	})
	client := &http.Client{Timeout: 15 * time.Second}
	get := func(path string) (int, string) {
		res, err := client.Get("http://" + address + path) //nolint:noctx // the client has a deadline
		if err != nil {
			return 0, err.Error()
		}
		defer res.Body.Close() //nolint:errcheck // read to its end
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	answers := func(path string, want int) {
		t.Helper()
		eventually(t, func() error {
			if got, body := get(path); got != want {
				return fmt.Errorf("%s: %d, want %d: %.200s", path, got, want, body)
			}
			return nil
		})
	}
	for range 2 {
		answers("/readyz", http.StatusOK)
		answers("/register", http.StatusOK)
		p.goAway(true)
		answers("/readyz", http.StatusServiceUnavailable)
		answers("/healthz", http.StatusOK) // the process lives: nothing is to be killed
		begin := time.Now()
		status, body := get("/api/v1/posts")
		if status != http.StatusServiceUnavailable && status != http.StatusUnauthorized || strings.Contains(body, "mongodb://") {
			t.Errorf("an API call while the server is gone: %d %.300s", status, body)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("an API call hung for %v", took)
		}
		p.goAway(false)
	}
	answers("/readyz", http.StatusOK)
}

func eventually(t *testing.T, f func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatal(err)
}
