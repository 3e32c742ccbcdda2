package sqlitedoc

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	lib "modernc.org/sqlite/lib"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// queryer is a pool or a connection.
type queryer interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// Get returns the document with this id.
func (b *Backend) Get(ctx context.Context, coll, id string) (store.Doc, error) {
	var rev, crc int64
	var doc string
	err := b.reads.row(ctx, "SELECT rev,crc,doc FROM "+table(coll)+" WHERE id=?", []any{id}, &rev, &crc, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Doc{}, partnership.ErrNotFound
	}
	if err != nil {
		return store.Doc{}, readFault(err)
	}
	return checked(id, rev, crc, doc)
}

// gathered is the greatest limit up to which a query's rows are read before the caller
// sees the first; beyond it they stream on a connection outside the pool.
const gathered = 1000

// Find yields the documents that match, in order.
func (b *Backend) Find(ctx context.Context, coll string, where store.Filter, sort []store.Sort, limit int) iter.Seq2[store.Doc, error] {
	var q query
	q.WriteString("SELECT id,rev,crc,doc FROM " + table(coll) + " WHERE ")
	q.where(where)
	q.order(sort)
	if limit > 0 {
		q.WriteString(" LIMIT ?")
		q.args = append(q.args, limit)
	}
	if limit <= 0 || limit > gathered {
		return rows(ctx, b.scans, &q)
	}
	return func(yield func(store.Doc, error) bool) {
		var docs []store.Doc
		for d, err := range rows(ctx, b.reads, &q) {
			if err != nil {
				yield(store.Doc{}, err)
				return
			}
			docs = append(docs, d)
		}
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// rows streams the documents of a query; an error is the last thing it yields.
func rows(ctx context.Context, db queryer, q *query) iter.Seq2[store.Doc, error] {
	return func(yield func(store.Doc, error) bool) {
		rows, err := db.QueryContext(ctx, q.String(), q.args...)
		if err != nil {
			yield(store.Doc{}, readFault(err))
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id, doc string
			var rev, crc int64
			err := rows.Scan(&id, &rev, &crc, &doc)
			var d store.Doc
			if err == nil {
				d, err = checked(id, rev, crc, doc)
			}
			if !yield(d, readFault(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(store.Doc{}, readFault(err))
		}
	}
}

// texts streams a column of text.
func texts(ctx context.Context, db queryer, text string, args ...any) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		rows, err := db.QueryContext(ctx, text, args...)
		if err != nil {
			yield("", err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); !yield(s, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield("", err)
		}
	}
}

// readFault puts a fault of the file into words; the caller's own cancellation stays what it is.
func readFault(err error) error {
	if err == nil || code(err) == 0 {
		return err
	}
	sentence := "数据库暂时无法读取。请稍后重试；如仍不行，请联系系统管理员检查服务器磁盘。"
	if c := code(err); c&0xff == lib.SQLITE_CORRUPT || c == lib.SQLITE_NOTADB {
		sentence = "数据库文件已损坏，这部分数据无法读取。请联系系统管理员：停止服务，用 sunmao verify 检查，再从备份恢复。"
	}
	return fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable, "%s", sentence), err)
}

// Count counts the documents that match.
func (b *Backend) Count(ctx context.Context, coll string, where store.Filter) (int64, error) {
	var q query
	q.WriteString("SELECT count(*) FROM " + table(coll) + " WHERE ")
	q.where(where)
	rows, err := b.w.memo.answer(coll, &q, func() ([]store.GroupRow, error) {
		var n int64
		err := b.reads.row(ctx, q.String(), q.args, &n)
		return []store.GroupRow{{Count: n}}, readFault(err)
	})
	if err != nil {
		return 0, err
	}
	return rows[0].Count, nil
}

// Group groups and aggregates in the database.
func (b *Backend) Group(ctx context.Context, coll string, where store.Filter, by []string, aggs []store.Agg) ([]store.GroupRow, error) {
	var q query
	q.WriteString("SELECT count(*)")
	for _, a := range aggs {
		fn := map[store.AggKind]string{store.AggSum: "sum", store.AggMin: "min", store.AggMax: "max"}[a.Kind]
		q.WriteString("," + fn + "(" + column(a.Path) + ")")
	}
	cols := make([]string, len(by))
	for i, path := range by {
		cols[i] = column(path)
		q.WriteString("," + cols[i])
	}
	q.WriteString(" FROM " + table(coll) + " WHERE ")
	q.where(where)
	if len(by) > 0 {
		q.WriteString(" GROUP BY " + strings.Join(cols, ","))
	} else {
		q.WriteString(" HAVING count(*)>0")
	}
	return b.w.memo.answer(coll, &q, func() ([]store.GroupRow, error) { return b.group(ctx, &q, len(by), len(aggs)) })
}

// group reads the rows of a grouping: a count, then the aggregates, then what it is by.
func (b *Backend) group(ctx context.Context, q *query, by, aggs int) ([]store.GroupRow, error) {
	rows, err := b.reads.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return nil, readFault(err)
	}
	defer func() { _ = rows.Close() }()
	var out []store.GroupRow
	for rows.Next() {
		g := store.GroupRow{By: make([]any, by), Aggs: make([]float64, aggs)}
		into := []any{&g.Count}
		values := make([]sql.NullFloat64, aggs)
		for i := range values {
			into = append(into, &values[i])
		}
		for i := range by {
			into = append(into, &g.By[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, readFault(err)
		}
		for i, v := range values {
			g.Aggs[i] = v.Float64
		}
		out = append(out, g)
	}
	return out, readFault(rows.Err())
}

// Changes reads by sequence number, which the only writer gives in commit order. The
// cursor also holds the epoch: after a restore from backup a reader starts anew.
func (b *Backend) Changes(ctx context.Context, coll, cursor string, limit int) ([]store.Doc, string, error) {
	var seq int64
	if epoch, at, ok := strings.Cut(cursor, "."); ok && epoch == b.epoch {
		seq, _ = strconv.ParseInt(at, 10, 64) // what is no number starts anew, too
	}
	r, err := b.reads.QueryContext(ctx, "SELECT id,rev,crc,doc,seq FROM "+table(coll)+" WHERE seq>? ORDER BY seq LIMIT ?", seq, limit) // #nosec G202 -- the name of a collection, which was checked
	if err != nil {
		return nil, cursor, readFault(err)
	}
	defer func() { _ = r.Close() }()
	var docs []store.Doc
	for r.Next() {
		var id, doc string
		var rev, crc int64
		if err := r.Scan(&id, &rev, &crc, &doc, &seq); err != nil {
			return nil, cursor, readFault(err)
		}
		d, err := checked(id, rev, crc, doc)
		if err != nil {
			return nil, cursor, err
		}
		docs = append(docs, d)
	}
	if err := r.Err(); err != nil {
		return nil, cursor, readFault(err)
	}
	return docs, b.epoch + "." + strconv.FormatInt(seq, 10), nil
}
