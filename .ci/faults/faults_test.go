package faults

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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
)

// ledger is what the program acknowledged: for every post the newest answer.
type ledger struct {
	mu    sync.Mutex
	posts map[string]post
	order []string
}

func newLedger() *ledger { return &ledger{posts: map[string]post{}} }

func (l *ledger) keep(p post) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.posts[p.ID]; !known {
		l.order = append(l.order, p.ID)
	}
	if p.Rev > l.posts[p.ID].Rev {
		l.posts[p.ID] = p
	}
}

func (l *ledger) newest(n int) []post {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []post
	for _, id := range l.order[max(0, len(l.order)-n):] {
		out = append(out, l.posts[id])
	}
	return out
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.posts)
}

// burden lets `writers` list posts, hand every second one in, and read, until the node is gone or stop is closed; it keeps what was
// acknowledged and returns the first answer that was neither done nor a broken connection.
func burden(writer *person, writers int, stop <-chan struct{}, acked *ledger, tag string) error {
	var first atomic.Pointer[error]
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				p, status, err := writer.write(fmt.Sprintf("断电试验 %s-%d-%d", tag, w, i))
				if err == nil {
					acked.keep(p)
					if i%2 == 1 {
						if p, status, err = writer.posted("/api/v1/posts/"+p.ID+"/act", map[string]string{"verb": "submit"}); err == nil {
							acked.keep(p)
						}
					}
				}
				if err != nil {
					if status != 0 {
						first.CompareAndSwap(nil, &err)
					}
					return
				}
			}
		})
	}
	all.Wait()
	if err := first.Load(); err != nil {
		return *err
	}
	return nil
}

// whole asks that each acknowledged post is there, as new as it was acknowledged, and within its bounds.
func whole(t *testing.T, p *person, acked []post) {
	t.Helper()
	for _, want := range acked {
		got, err := p.read(want.ID)
		if err != nil {
			t.Errorf("an acknowledged post is lost: %v", err)
			continue
		}
		if got.Rev < want.Rev || got.Title != want.Title || (got.Rev == want.Rev && got.State != want.State) {
			t.Errorf("post %s = %+v, acknowledged was %+v", want.ID, got, want)
		}
		if got.Left < 0 || got.Left > got.Slots {
			t.Errorf("post %s has %d of %d slots left", got.ID, got.Left, got.Slots)
		}
	}
}

// TestKill ends the program by SIGKILL at random moments under load, again and again on the same folder.
func TestKill(t *testing.T) {
	data := copyDistrict(t, t.TempDir())
	acked := newLedger()
	var writer *person
	const seed = 20261121
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // moments of the test, repeatable
	n := rounds(t, 6)
	for round := range n {
		node := start(t, data)
		if writer == nil {
			writer = node.signIn("company")
		}
		writer = writer.at(node)
		whole(t, writer, acked.newest(60))
		stop := make(chan struct{})
		done := make(chan error, 1)
		go func() { done <- burden(writer, 4, stop, acked, fmt.Sprint(round)) }()
		enough := acked.len() + random.IntN(30)
		for end := time.Now().Add(10 * time.Second); acked.len() <= enough && time.Now().Before(end); {
			time.Sleep(time.Duration(random.IntN(5000)) * time.Microsecond)
		}
		node.kill()
		close(stop)
		if err := <-done; err != nil {
			t.Errorf("round %d: a request was answered with %v", round, err)
		}
	}
	node := start(t, data)
	whole(t, writer.at(node), acked.newest(acked.len()))
	node.stop()
	verify(t, data)
	t.Logf("%d kills, %d acknowledged posts, all there", n, acked.len())
	if acked.len() < n {
		t.Errorf("only %d writes were acknowledged: the test did not test", acked.len())
	}
}

// TestStop sends SIGTERM under load: a request is answered whole or was never taken.
func TestStop(t *testing.T) {
	data := copyDistrict(t, t.TempDir())
	var longest time.Duration
	n := rounds(t, 3)
	var writer *person
	for round := range n {
		node := start(t, data)
		if writer == nil {
			writer = node.signIn("company")
		}
		writer = writer.at(node)
		var cut, answered atomic.Int64
		stop := make(chan struct{})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					_, _, err := writer.get("/posts?q=数控")
					switch {
					case err == nil:
						answered.Add(1)
					case refused(err):
						return
					default:
						cut.Add(1)
						t.Errorf("round %d: cut: %v", round, err)
						return
					}
				}
			})
		}
		time.Sleep(300 * time.Millisecond)
		longest = max(longest, node.stop())
		close(stop)
		all.Wait()
		if node.code != 0 {
			t.Errorf("round %d: exit %d after SIGTERM\n%s", round, node.code, node.log)
		}
		if answered.Load() == 0 {
			t.Errorf("round %d: no request was answered before the stop", round)
		}
	}
	verify(t, data)
	t.Logf("%d stops under load, no request cut, the longest took %v", n, longest.Round(time.Millisecond))
}

// refused reports whether the connection was never taken: refused, or an idle one closed before a byte of the answer.
func refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.Contains(err.Error(), "server closed idle connection")
}

// tmpfs mounts a small disk; only root may.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// TestDiskFull fills the disk under the running program: pages go on, writes are refused with a reason, nothing
// acknowledged is lost, and when there is room again writing works without a restart.
func TestDiskFull(t *testing.T) {
	disk := tmpfs(t, "128m")
	data := copyDistrict(t, disk)
	node := start(t, data)
	writer := node.signIn("company")
	acked := newLedger()
	before, _, err := writer.write("磁盘写满之前")
	if err != nil {
		t.Fatal(err)
	}
	acked.keep(before)
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	var said error
	for i := range 200 { // the last free pages of the database still take some
		p, status, err := writer.write(fmt.Sprintf("磁盘写满 %d", i))
		if err != nil {
			said = err
			if status < 500 || !strings.Contains(err.Error(), "磁盘") {
				t.Errorf("a write on a full disk was answered with %v; want a 5xx that names the disk", err)
			}
			break
		}
		acked.keep(p)
	}
	if said == nil {
		t.Error("200 writes went to a full disk: the test did not fill it")
	}
	for _, path := range []string{"/posts?q=数控", "/api/v1/posts/" + before.ID} {
		if status, _, err := writer.get(path); err != nil || status != http.StatusOK {
			t.Errorf("%s on a full disk: %d %v", path, status, err)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	after := eventually(t, 20*time.Second, func() (post, error) { p, _, err := writer.write("又有空间之后"); return p, err })
	acked.keep(after)
	whole(t, writer, acked.newest(acked.len()))
	node.stop()
	verify(t, data)
	t.Logf("on a full disk: %v", said)
}

// fill writes until the disk has no room left.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name) //nolint:gosec // below the test's own disk
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // full is what is wanted
	for _, size := range []int{1 << 20, 4096, 1} {
		block := make([]byte, size)
		for {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
	}
}

func eventually[T any](t *testing.T, within time.Duration, try func() (T, error)) T {
	t.Helper()
	var err error
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var got T
		if got, err = try(); err == nil {
			return got
		}
	}
	t.Fatalf("not within %v: %v", within, err)
	panic("unreachable")
}

// TestReadOnlyDisk starts on a disk that is read-only, as a kernel makes one that fails: refused with a sentence, and fine once it is mended.
func TestReadOnlyDisk(t *testing.T) {
	disk := tmpfs(t, "256m")
	data := copyDistrict(t, disk)
	node := start(t, data)
	writer := node.signIn("company")
	before, _, err := writer.write("磁盘只读之前")
	if err != nil {
		t.Fatal(err)
	}
	node.stop() // a kernel does not remount what is open for writing
	if out, err := exec.Command("mount", "-o", "remount,ro", disk).CombinedOutput(); err != nil {
		t.Skipf("cannot remount read-only: %v %s", err, out)
	}
	blind := launch(t, data)
	select {
	case <-blind.gone:
	case <-time.After(20 * time.Second):
		t.Error("still running on a read-only disk")
		blind.kill()
	}
	if blind.code != 1 || !strings.Contains(blind.log.String(), "磁盘") {
		t.Errorf("start on a read-only disk: exit %d\n%s\nwant 1 and a sentence that says so", blind.code, blind.log)
	}
	if out, err := exec.Command("mount", "-o", "remount,rw", disk).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	node = start(t, data)
	whole(t, writer.at(node), []post{before})
	node.stop()
	verify(t, data)
}

// TestSecondProcess starts a second program on the same folder: it is refused and the first does not notice.
func TestSecondProcess(t *testing.T) {
	data := copyDistrict(t, t.TempDir())
	first := start(t, data)
	writer := first.signIn("company")
	second := launch(t, data)
	select {
	case <-second.gone:
	case <-time.After(20 * time.Second):
		t.Fatal("a second program runs on the same folder")
	}
	if second.code != 1 || !strings.Contains(second.log.String(), "另一个 sunmao 进程") {
		t.Errorf("second process: exit %d\n%s", second.code, second.log)
	}
	p, _, err := writer.write("第二个进程来过之后")
	if err != nil {
		t.Fatal(err)
	}
	whole(t, writer, []post{p})
}
