package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	segment "github.com/blevesearch/scorch_segment_api/v2"
	bolt "go.etcd.io/bbolt/errors"
)

// pointer names, inside an index's directory, the file that names the generation in use.
const pointer = "CURRENT"

// currentName reads the pointer, "" if there is none.
func (x *Index) currentName() (string, error) {
	b, err := os.ReadFile(filepath.Join(x.dir, pointer))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read search pointer: %w", err)
	}
	name := strings.TrimSpace(string(b))
	if name != filepath.Base(name) || !strings.HasPrefix(name, "idx-") {
		return "", nil // damaged: as good as none
	}
	return name, nil
}

// point makes name the generation in use: written beside, synced and renamed, so that a crash leaves
// the old pointer or the new one.
func (x *Index) point(name string) error {
	tmp := filepath.Join(x.dir, pointer+".new")
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write search pointer: %w", err)
	}
	_, err = f.WriteString(name + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(tmp, filepath.Join(x.dir, pointer))
	}
	if err == nil {
		err = syncDir(x.dir)
	}
	if err != nil {
		return fmt.Errorf("write search pointer: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// create makes a new empty generation with a name not used yet.
func (x *Index) create() (*generation, error) {
	if x.dir == "" {
		return openGeneration("")
	}
	for n := 1; ; n++ {
		path := filepath.Join(x.dir, fmt.Sprintf("%s-%d", x.version, n))
		if err := os.Mkdir(path, 0o700); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("make search index: %w", err)
		}
		return openGeneration(path)
	}
}

// moveAside keeps a damaged generation for inspection, the latest only.
func (x *Index) moveAside(path string) {
	to := filepath.Join(x.dir, "broken-"+filepath.Base(path))
	old, _ := filepath.Glob(filepath.Join(x.dir, "broken-*"))
	for _, o := range old {
		x.remove(o)
	}
	if err := os.Rename(path, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		x.log.Warn("damaged search index stays where it is", "path", path, "error", err)
	}
}

// sweep removes generations other than keep: leftovers of a crash, or of another version.
func (x *Index) sweep(keep string) {
	all, _ := filepath.Glob(filepath.Join(x.dir, "idx-*"))
	for _, path := range all {
		if filepath.Base(path) != keep {
			x.remove(path)
		}
	}
}

func (x *Index) remove(path string) {
	if err := os.RemoveAll(path); err != nil {
		x.log.Warn("old search index not removed", "path", path, "error", err)
	}
}

// held reports whether opening ended because another process holds the index.
func held(err error) bool { return errors.Is(err, bolt.ErrTimeout) }

// quickCheck is the size up to which opening reads an index whole to verify its sums: 0.1 s.
const quickCheck = 128 << 20

// openChecked opens an index that must be whole: its files are there, small ones are verified by
// their sums (bleve itself opens files with flipped bytes), and every document's record reads.
func openChecked(path string) (g *generation, err error) {
	if _, err := os.Stat(filepath.Join(path, "root.bolt")); err != nil {
		return nil, err // bleve would make a new one
	}
	defer func() {
		if r := recover(); r != nil { // bleve indexes into the file without looking at its length
			g, err = nil, fmt.Errorf("open index %s: %v", path, r)
		}
	}()
	if g, err = openGeneration(path); err != nil {
		return nil, err
	}
	if err := g.verify(quickCheck); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

// verify compares the files of the segments in use with the sums at their ends. Files that a crash
// left half written are not in use. More than limit bytes (0: any number) pass unread.
func (g *generation) verify(limit int64) error {
	err := g.verifyFiles(limit)
	if errors.Is(err, fs.ErrNotExist) { // merged away meanwhile, or truly gone
		if err = g.refresh(); err == nil {
			err = g.verifyFiles(limit)
		}
	}
	return err
}

func (g *generation) verifyFiles(limit int64) error {
	v := g.acquire()
	if v == nil {
		return errClosed
	}
	defer v.release()
	var files []string
	var total int64
	for _, p := range v.parts {
		s, ok := p.seg.(segment.PersistedSegment)
		if !ok || s.Path() == "" {
			continue
		}
		info, err := os.Stat(s.Path())
		if err != nil {
			return err
		}
		files, total = append(files, s.Path()), total+info.Size()
	}
	if limit > 0 && total > limit {
		return nil
	}
	for _, f := range files {
		if err := verifyFile(f); err != nil {
			return err
		}
	}
	return nil
}

func verifyFile(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < 8 {
		return fmt.Errorf("%s is cut short", filepath.Base(path))
	}
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, io.LimitReader(f, info.Size()-4)); err != nil {
		return err
	}
	var end [4]byte
	if _, err := io.ReadFull(f, end[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(end[:]) != sum.Sum32() {
		return fmt.Errorf("%s does not match its sum", filepath.Base(path))
	}
	return nil
}

// ErrUnwritable: the index cannot be written to disk (full, no rights, gone). What is put is found
// as long as the program runs, and has to come in again after a restart.
var ErrUnwritable = errors.New("search index cannot be written to disk")

// Verify writes out what is still in memory, waiting up to a minute, then reads the whole index and
// compares its sums: part of the nightly reconcile. Of an error that is not ErrUnwritable the index is
// damaged and a Rebuild is due.
func (x *Index) Verify() error {
	g := x.current.Load()
	if g == nil {
		return errClosed
	}
	if g.path == "" {
		return nil
	}
	if err := g.flush(time.Minute); err != nil {
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	if err := g.verify(0); err != nil {
		x.needs.Store(true)
		return fmt.Errorf("search index is damaged: %w", err)
	}
	return nil
}
