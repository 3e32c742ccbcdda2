package sqlitedoc_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// TestDiskFull fills a small disk: the write is refused in words, what was acknowledged
// stays readable, and once there is room again writing goes on without a restart.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("mounting a small disk needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	dir := filepath.Join(disk, "data")
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := slots(b)
	ballast := filepath.Join(disk, "ballast")
	write(t, ballast, make([]byte, 512<<10))
	stored := 0
	fill := func() error {
		for range 2000 { // 6 MB, thrice the disk
			s := slot{Record: partnership.Record{ID: fmt.Sprintf("s%05d", stored)}, Text: strings.Repeat("满", 1000)}
			if err := c.Insert(t.Context(), &s); err != nil {
				return err
			}
			stored++
		}
		return nil
	}
	for round := range 2 {
		before := stored
		if err := fill(); !errors.Is(err, partnership.ErrUnavailable) || errors.Is(err, store.ErrUnknown) || !strings.Contains(err.Error(), "磁盘") {
			t.Fatalf("round %d: a full disk says %v", round, err)
		}
		if stored == before {
			t.Fatalf("round %d: nothing could be written after room was made", round)
		}
		if n, err := c.Count(t.Context(), store.Filter{}); err != nil || n != int64(stored) {
			t.Fatalf("round %d: %d documents on the full disk, %v; %d acknowledged", round, n, err, stored)
		}
		if round == 0 {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Backup(t.Context(), filepath.Join(disk, "copy.db")); !errors.Is(err, partnership.ErrUnavailable) {
		t.Errorf("backup to the full disk: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(disk, "copy*")); err != nil || len(left) > 0 {
		t.Errorf("a failed backup left %v, %v", left, err)
	}
	if r, err := b.Verify(t.Context()); err != nil || len(r.Bad) > 0 {
		t.Errorf("verify: %+v, %v", r, err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("close on the full disk: %v", err)
	}
	b, err = sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err == nil {
		if n, err := slots(b).Count(t.Context(), store.Filter{}); err != nil || n != int64(stored) {
			t.Errorf("after reopening: %d documents, %v; want %d", n, err, stored)
		}
		err = b.Close()
	}
	if err != nil && !strings.Contains(err.Error(), "磁盘") {
		t.Errorf("reopening on the full disk: %v", err)
	}
}
