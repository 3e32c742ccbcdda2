package sqlitedoc

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

const (
	fileName = "sunmao.db"
	lockName = "sunmao.lock"
	// begun is what the lock file says once the folder holds a store. A folder whose file
	// has vanished or is empty is then not taken for a new one.
	begun = "sunmao.db\n"
	// format is the version of the tables, kept in PRAGMA user_version. A change of the
	// tables raises it and adds a step to upgrade.
	format = 1
	// appID marks the file as ours (PRAGMA application_id): "SUNM".
	appID = 0x53554e4d
	// readers is how many short reads run at once.
	readers = 4
)

// Options for Open; the zero value will do.
type Options struct {
	Log *slog.Logger // faults of the disk; nil is silence
}

// Backend is a store.Backend on one SQLite file.
type Backend struct {
	dir   string
	file  string
	lock  *flock.Flock
	reads *prepared // short reads, whose rows are gathered before anyone sees them
	scans *sql.DB   // long reads, open while the caller works: never part of the pool above,
	// or callers that read within a scan would wait for each other
	w     *writer
	epoch string
	mu    sync.Mutex // for Ensure
}

var _ store.Backend = (*Backend)(nil)

// Open opens the store in the folder dir and makes the folder and an empty store if need
// be. It refuses, with an ErrUnavailable in words for the operator: a folder in use by
// another process, a file of a newer program, a damaged file.
func Open(ctx context.Context, dir string, opts Options) (*Backend, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
			"无法建立数据文件夹 %s。请检查路径和权限，或用 SUNMAO_DATA 指定别的文件夹。", dir), err)
	}
	b := &Backend{dir: dir, file: filepath.Join(dir, fileName), lock: flock.New(filepath.Join(dir, lockName))}
	if err := b.take(); err != nil {
		return nil, err
	}
	if err := b.open(ctx, opts); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Backend) take() error {
	held, err := b.lock.TryLock()
	if err != nil {
		return fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
			"无法在数据文件夹 %s 里建立锁文件 %s。请检查这个文件夹是否可写、磁盘是否已满。", b.dir, lockName), err)
	}
	if !held {
		return partnership.Refuse(partnership.ErrUnavailable,
			"数据文件夹 %s 正被另一个 sunmao 进程使用，同一个文件夹只能由一个进程打开。请先停止那个进程（例如正在运行的 sunmao serve），或用 SUNMAO_DATA 指定别的文件夹。", b.dir)
	}
	return nil
}

func (b *Backend) open(ctx context.Context, opts Options) error {
	log := opts.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := b.check(ctx); err != nil {
		return err
	}
	w := newWriter(b.file, log)
	if err := w.start(ctx); err != nil {
		return b.damaged(err)
	}
	b.w = w
	if err := b.upgrade(ctx); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.dir, lockName), []byte(begun), 0o600); err != nil {
		return b.damaged(err)
	}
	b.reads, b.scans = prepare(open(b.file, "query_only(1)")), open(b.file, "query_only(1)")
	b.reads.SetMaxOpenConns(readers)
	b.reads.SetMaxIdleConns(readers)
	b.scans.SetMaxIdleConns(1)
	return nil
}

// open returns a pool on the file; nothing is touched until it is used.
func open(file string, pragmas ...string) *sql.DB {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "cache_size(-8000)"}, pragmas...)}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: filepath.ToSlash(file), RawQuery: q.Encode()}).String())
	if err != nil {
		panic(err) // only an unregistered driver, which the import above rules out
	}
	return db
}

// upgrade brings the tables to this program's format.
func (b *Backend) upgrade(ctx context.Context) error {
	return b.w.do(ctx, "", func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
		if err != nil {
			return err
		}
		if _, err = c.exec(ctx, "INSERT OR IGNORE INTO meta VALUES('epoch',?),('seq','0')", rand.Text()); err != nil {
			return err
		}
		for _, p := range []string{"user_version", "application_id"} {
			n := map[string]int{"user_version": format, "application_id": appID}[p]
			if _, err = c.exec(ctx, "PRAGMA "+p+"="+strconv.Itoa(n)); err != nil {
				return err
			}
		}
		if err = c.row(ctx, "SELECT value FROM meta WHERE key='epoch'", nil, &b.epoch); err != nil {
			return err
		}
		var seq string
		if err = c.row(ctx, "SELECT value FROM meta WHERE key='seq'", nil, &seq); err != nil {
			return err
		}
		n, err := strconv.ParseInt(seq, 10, 64)
		b.w.seq = max(b.w.seq, n)
		return err
	})
}

// Ensure makes the table of a collection and its indexes, and drops indexes that are no
// longer declared.
func (b *Backend) Ensure(ctx context.Context, spec store.Spec) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.w.do(ctx, spec.Name, func(ctx context.Context, c *conn) error {
		t := table(spec.Name)
		if _, err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS "+t+
			"(id TEXT PRIMARY KEY NOT NULL, rev INTEGER NOT NULL, seq INTEGER NOT NULL UNIQUE, crc INTEGER NOT NULL, doc TEXT NOT NULL)"); err != nil {
			return err
		}
		want := map[string]bool{}
		for _, x := range spec.Indexes {
			name, text := indexSQL(spec.Name, x)
			want[name] = true
			if _, err := c.exec(ctx, text); err != nil {
				return fmt.Errorf("index %v: %w", x.Fields, err)
			}
		}
		if err := dropOthers(ctx, c, t, want); err != nil {
			return err
		}
		var seq int64
		if err := c.row(ctx, "SELECT coalesce(max(seq),0) FROM "+t, nil, &seq); err != nil {
			return err
		}
		b.w.seq = max(b.w.seq, seq)
		return nil
	})
}

// dropOthers drops the indexes of a table that are not wanted any more.
func dropOthers(ctx context.Context, c *conn, table string, want map[string]bool) error {
	var drop []string
	for name, err := range texts(ctx, c, "SELECT name FROM sqlite_master WHERE type='index' AND tbl_name=? AND sql IS NOT NULL", table) {
		if err != nil {
			return err
		}
		if !want[name] {
			drop = append(drop, name)
		}
	}
	for _, name := range drop {
		if _, err := c.exec(ctx, "DROP INDEX "+name); err != nil {
			return err
		}
	}
	return nil
}

// Close waits for the writes under way, folds the log into the file and gives the folder free.
func (b *Backend) Close() error {
	var errs []error
	if b.reads != nil {
		errs = append(errs, b.reads.Close(), b.scans.Close())
	}
	if b.w != nil {
		errs = append(errs, b.w.close())
	}
	return errors.Join(append(errs, b.lock.Unlock())...)
}
