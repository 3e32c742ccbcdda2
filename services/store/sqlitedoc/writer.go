package sqlitedoc

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"sunmao/services/partnership"
)

// batch is how many writes share a commit at most: bounds how long one waits.
const batch = 256

// job is one write on its way to the writer.
type job struct {
	ctx  context.Context
	coll string // the collection it writes to, if any
	run  func(context.Context, *conn) error
	done chan error
}

// writer owns the only writing connection.
type writer struct {
	file string
	log  *slog.Logger
	db   *sql.DB
	c    *conn
	seq  int64 // of the last write; touched by jobs only
	jobs chan *job
	stop chan struct{}
	once sync.Once
	gone chan struct{} // closed when the goroutine has ended
	bad  error         // why no write is possible any more
	memo *memo
}

func newWriter(file string, log *slog.Logger) *writer {
	return &writer{file: file, log: log, jobs: make(chan *job, batch), stop: make(chan struct{}), gone: make(chan struct{}), memo: newMemo()}
}

func (w *writer) start(ctx context.Context) error {
	if err := w.connect(ctx); err != nil {
		return err
	}
	go w.loop() //nolint:gosec // jobs carry their own contexts
	return nil
}

func (w *writer) connect(ctx context.Context) error {
	w.db = open(w.file, "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16000)", "secure_delete(1)")
	raw, err := w.db.Conn(ctx)
	if err != nil {
		return errors.Join(err, w.db.Close())
	}
	w.c = &conn{Conn: raw, stmts: map[string]*sql.Stmt{}}
	return nil
}

func (w *writer) disconnect() error {
	if w.c == nil {
		return nil
	}
	err := errors.Join(w.c.close(), w.db.Close())
	w.c = nil
	return err
}

// close lets the writes under way finish.
func (w *writer) close() error {
	w.once.Do(func() { close(w.stop) })
	<-w.gone
	return w.disconnect()
}

var errClosed = partnership.Refuse(partnership.ErrUnavailable, "系统正在停止，这次操作没有保存。请稍后重试。")

// do runs one write and returns when it is durable or refused. A write that has begun is
// seen to its end whatever becomes of ctx, so a nil error and only a nil error means stored.
func (w *writer) do(ctx context.Context, coll string, run func(context.Context, *conn) error) error {
	j := &job{ctx: ctx, coll: coll, run: run, done: make(chan error, 1)}
	select {
	case <-w.stop:
		return errClosed
	default:
	}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.gone:
		return errClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-w.gone:
		select {
		case err := <-j.done:
			return err
		default:
			return errClosed
		}
	}
}

func (w *writer) loop() {
	defer close(w.gone)
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.gather(j))
		case <-w.stop:
			for {
				select {
				case j := <-w.jobs:
					w.commit(w.gather(j))
				default:
					return
				}
			}
		}
	}
}

// gather takes what has queued up behind the first job.
func (w *writer) gather(first *job) []*job {
	jobs := []*job{first}
	for len(jobs) < batch {
		select {
		case j := <-w.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// commit runs jobs in one transaction and answers each. A job that is refused (conflict,
// duplicate, a statement that makes no sense) fails alone; a fault of the disk undoes all.
func (w *writer) commit(jobs []*job) {
	results := make([]error, len(jobs))
	fault := w.transact(jobs, results)
	w.memo.written(jobs) // after a fault, too: whether the commit took place is then not known
	for i, j := range jobs {
		if fault != nil {
			results[i] = fault
		}
		j.done <- results[i]
	}
}

func (w *writer) transact(jobs []*job, results []error) (fault error) {
	if w.bad != nil {
		return w.bad
	}
	ctx := context.Background() // the batch belongs to no single caller
	seq := w.seq
	defer func() {
		if fault != nil {
			w.seq = seq
			fault = w.failed(fault)
		}
	}()
	if w.c == nil {
		if err := w.connect(ctx); err != nil {
			return err
		}
	}
	if _, err := w.c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for i, j := range jobs {
		if results[i] = j.ctx.Err(); results[i] != nil {
			continue
		}
		results[i] = j.run(ctx, w.c)
		if isFault(results[i]) {
			return results[i]
		}
	}
	if _, err := w.c.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	return nil
}

// failed undoes the batch and turns the fault into words.
func (w *writer) failed(err error) error {
	if w.c != nil {
		_, _ = w.c.exec(context.Background(), "ROLLBACK") // often the fault has rolled back already
		// A fresh connection forgets whatever the fault left in this one.
		if closeErr := w.disconnect(); closeErr != nil {
			w.log.Warn("close the writing connection after a fault", "error", closeErr)
		}
	}
	said := sayFault(err)
	w.log.Error("write to the store", "error", err, "lasting", said.lasting)
	out := fmt.Errorf("%w: %w", said.refused, err)
	if said.lasting {
		w.bad = out
	}
	return out
}

// conn is the writing connection with its prepared statements.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
}

// maxStmts bounds the statements kept: filters come in few forms, but nothing forces it.
const maxStmts = 256

func (c *conn) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if s := c.stmts[text]; s != nil {
		return s, nil
	}
	if len(c.stmts) >= maxStmts {
		for _, s := range c.stmts {
			_ = s.Close()
		}
		clear(c.stmts)
	}
	s, err := c.PrepareContext(ctx, text)
	if err == nil {
		c.stmts[text] = s
	}
	return s, err
}

func (c *conn) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	s, err := c.stmt(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *conn) row(ctx context.Context, text string, args []any, out ...any) error {
	s, err := c.stmt(ctx, text)
	if err != nil {
		return err
	}
	return s.QueryRowContext(ctx, args...).Scan(out...)
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}
