// Package faults breaks the running program on purpose, on loopback and bounded in time: kill -9, a full or read-only
// disk, SIGTERM under load, slow clients and idle connections, little memory, a second process on the same folder, a job
// cut in the middle. After each it asks whether every acknowledged write is there and whether the program came back.
// `make faults` runs it; FAULTS_ROUNDS and FAULTS_SOAK make it longer (docs/operating.md has the figures).
package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, district a data folder with the demo district in it; TestMain makes both.
var binary, district string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "faults")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
		binary, district = filepath.Join(dir, "sunmao"), filepath.Join(dir, "district")
		for _, args := range [][]string{{"go", "build", "-o", binary, "sunmao"}, {binary, "demo", "--load-only", "--data", district}} {
			if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil { //nolint:gosec // our own program
				fmt.Fprintf(os.Stderr, "%v: %v\n%s", args, err, out)
				return 1
			}
		}
		return m.Run()
	}())
}

// rounds is how often a random fault is repeated: FAULTS_ROUNDS, or few in the ordinary run.
func rounds(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("FAULTS_ROUNDS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("FAULTS_ROUNDS=%q is not a count", text)
	}
	return n
}

// node is one running program.
type node struct {
	t       *testing.T
	cmd     *exec.Cmd
	data    string
	root    string // http://127.0.0.1:port
	metrics string
	log     *screen
	gone    chan struct{} // closed when the process has ended
	code    int
}

type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// copyDistrict gives a test a demo district of its own, below dir.
func copyDistrict(t *testing.T, dir string) string {
	t.Helper()
	data := filepath.Join(dir, "data")
	if err := os.CopyFS(data, os.DirFS(district)); err != nil {
		t.Fatal(err)
	}
	return data
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only its port is wanted
	return l.Addr().String()
}

// start runs `sunmao serve` on the folder and waits until it is ready.
func start(t *testing.T, data string, env ...string) *node {
	t.Helper()
	n := launch(t, data, env...)
	if err := n.ready(time.Minute); err != nil {
		t.Fatalf("%v\n%s", err, n.log)
	}
	return n
}

// launch starts the program without waiting for it; the end of the test kills what is left of it.
func launch(t *testing.T, data string, env ...string) *node {
	t.Helper()
	address, metrics := freeAddress(t), freeAddress(t)
	n := &node{t: t, data: data, root: "http://" + address, metrics: "http://" + metrics, log: &screen{}, gone: make(chan struct{})}
	n.cmd = exec.Command(binary, "serve", "--data", data, "--listen", address, "--log-level", "warn") //nolint:gosec // our own program
	n.cmd.Env = append(append(os.Environ(), "SUNMAO_METRICS="+metrics), env...)
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		n.cmd.Wait() //nolint:errcheck // the code says it
		n.code = n.cmd.ProcessState.ExitCode()
		close(n.gone)
	}()
	t.Cleanup(n.kill)
	return n
}

func (n *node) ready(within time.Duration) error {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case <-n.gone:
			return fmt.Errorf("the program ended with %d", n.code)
		default:
		}
		res, err := http.Get(n.root + "/readyz") //nolint:noctx // loopback, in a bounded loop
		if err != nil {
			continue
		}
		res.Body.Close() //nolint:errcheck // nothing to read
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
	return errors.New("not ready in time")
}

func (n *node) signal(s os.Signal) {
	n.cmd.Process.Signal(s) //nolint:errcheck // it may be gone already
}

// kill ends it at once, as a power cut does for the process, and waits.
func (n *node) kill() {
	n.signal(syscall.SIGKILL)
	<-n.gone
}

// stop asks it to end and returns how long that took.
func (n *node) stop() time.Duration {
	n.t.Helper()
	begin := time.Now()
	n.signal(syscall.SIGTERM)
	select {
	case <-n.gone:
	case <-time.After(20 * time.Second):
		n.t.Errorf("still running 20 s after SIGTERM\n%s", n.log)
		n.kill()
	}
	return time.Since(begin)
}

// verify runs `sunmao verify` on the stopped folder: structure, and the checksum of every document.
func verify(t *testing.T, data string) {
	t.Helper()
	if out, err := exec.Command(binary, "verify", "--data", data).CombinedOutput(); err != nil { //nolint:gosec // our own program
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// person is one signed-in user of a node.
type person struct {
	root   string
	client *http.Client
}

// signIn signs a demo role in. The session survives a restart, so its cookie may be taken along with `at`.
func (n *node) signIn(login string) *person {
	n.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		n.t.Fatal(err)
	}
	p := &person{n.root, &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	status, page, err := p.get("/signin")
	if err != nil || status != http.StatusOK {
		n.t.Fatalf("sign-in page: %d %v", status, err)
	}
	form := url.Values{"login": {login}, "password": {"demo-" + login + "-2026"}}
	if m := regexp.MustCompile(`name="token" value="([^"]+)"`).FindSubmatch(page); m != nil {
		form.Set("token", string(m[1]))
	}
	res, err := p.client.PostForm(n.root+"/signin", form) //nolint:noctx // the client has a deadline
	if err != nil {
		n.t.Fatal(err)
	}
	res.Body.Close() //nolint:errcheck // nothing to read
	if status, _, err := p.get("/api/v1/posts?limit=1"); err != nil || status != http.StatusOK {
		n.t.Fatalf("not signed in as %s: %d %v", login, status, err)
	}
	return p
}

// at is the same person before another node: cookies belong to a host, and all nodes are on one.
func (p *person) at(n *node) *person {
	return &person{n.root, p.client}
}

func (p *person) do(method, path string, body any) (int, []byte, error) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, p.root+path, in)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := p.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	out, err := io.ReadAll(res.Body)
	return res.StatusCode, out, err
}

func (p *person) get(path string) (int, []byte, error) { return p.do(http.MethodGet, path, nil) }

// post is what the tests need to know of a stored post.
type post struct {
	ID    string `json:"id"`
	Rev   int64  `json:"rev"`
	Title string `json:"title"`
	State string `json:"state"`
	Slots int    `json:"slots"`
	Left  int    `json:"left"`
}

// write lists a draft post and returns what the program acknowledged.
func (p *person) write(title string) (post, int, error) {
	return p.posted("/api/v1/posts", map[string]any{"kind": "internship", "title": title, "duties": "按图纸要求操作数控车床加工零件，负责首件检验和设备日常保养",
		"skills": []string{"识图"}, "majors": []string{}, "slots": 3, "from": "2027-03-01", "to": "2027-08-31", "closes_on": "2027-02-15",
		"pay_fen": 300000, "hours_per_day": 8, "days_per_week": 5, "lodging": true, "meals": true, "region": "500153", "address": "昌州大道 1 号"})
}

func (p *person) posted(path string, body any) (post, int, error) {
	status, out, err := p.do(http.MethodPost, path, body)
	if err != nil {
		return post{}, status, err
	}
	if status != http.StatusOK && status != http.StatusCreated {
		return post{}, status, fmt.Errorf("%s: %d %.300s", path, status, out)
	}
	var got post
	return got, status, json.Unmarshal(out, &got)
}

func (p *person) read(id string) (post, error) {
	status, out, err := p.get("/api/v1/posts/" + id)
	if err != nil {
		return post{}, err
	}
	if status != http.StatusOK {
		return post{}, fmt.Errorf("post %s: %d %.300s", id, status, out)
	}
	var got struct{ Post post }
	return got.Post, json.Unmarshal(out, &got)
}

// inside reads from the address where the node tells of itself.
func (n *node) inside(path string) []byte {
	n.t.Helper()
	res, err := http.Get(n.metrics + path) //nolint:noctx // loopback
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	body, err := io.ReadAll(res.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return body
}

// profile writes where the node's CPU time goes, for go tool pprof.
func (n *node) profile(file string, seconds int) {
	n.t.Helper()
	if err := os.WriteFile(file, n.inside("/debug/pprof/profile?seconds="+strconv.Itoa(seconds)), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// measure reads one gauge of the node's own metrics.
func (n *node) measure(name string) float64 {
	n.t.Helper()
	body := n.inside("/metrics")
	for line := range strings.Lines(string(body)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				n.t.Fatal(err)
			}
			return v
		}
	}
	n.t.Fatalf("no gauge %s", name)
	return 0
}
