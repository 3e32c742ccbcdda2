package sqlitedoc

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// castagnoli is the polynomial of CRC32C, which both amd64 and arm64 compute in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(doc []byte) int64 { return int64(crc32.Checksum(doc, castagnoli)) }

// Insert stores the documents whose id and unique keys are free, in one transaction.
func (b *Backend) Insert(ctx context.Context, coll string, docs []store.Doc) error {
	text := "INSERT INTO " + table(coll) + "(id,rev,seq,crc,doc) VALUES(?,?,?,?,?)"
	return b.w.do(ctx, coll, func(ctx context.Context, c *conn) error {
		var refused store.Taken
		for _, d := range docs {
			_, err := c.exec(ctx, text, d.ID, d.Rev, b.w.seq+1, sum(d.JSON), string(d.JSON))
			switch {
			case taken(err):
				refused.IDs = append(refused.IDs, d.ID)
			case err != nil:
				return err
			default:
				b.w.seq++
			}
		}
		if len(refused.IDs) > 0 {
			return &refused
		}
		return nil
	})
}

// Replace swaps the document if its revision is still oldRev.
func (b *Backend) Replace(ctx context.Context, coll string, d store.Doc, oldRev int64) error {
	text := "UPDATE " + table(coll) + " SET rev=?,seq=?,crc=?,doc=? WHERE id=? AND rev=?"
	return b.w.do(ctx, coll, func(ctx context.Context, c *conn) error {
		return b.w.change(ctx, c, d.ID, text, d.Rev, b.w.seq+1, sum(d.JSON), string(d.JSON), d.ID, oldRev)
	})
}

// change runs an UPDATE of one row.
func (w *writer) change(ctx context.Context, c *conn, id, text string, args ...any) error {
	r, err := c.exec(ctx, text, args...)
	if taken(err) {
		return &store.Taken{IDs: []string{id}}
	}
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = partnership.ErrConflict
	}
	if err == nil {
		w.seq++
	}
	return err
}

// Update lets SQLite compute the document as it will be, then stores it with its
// checksum. Two statements are as atomic as one here: nobody else writes.
func (b *Backend) Update(ctx context.Context, coll, id string, guard store.Filter, ops []store.Op) (store.Doc, error) {
	var read query
	read.WriteString("SELECT rev,crc,doc,")
	read.apply(ops)
	read.WriteString(" FROM " + table(coll) + " WHERE id=? AND ")
	read.args = append(read.args, id)
	read.where(guard)
	text := "UPDATE " + table(coll) + " SET rev=?,seq=?,crc=?,doc=? WHERE id=?"
	var out store.Doc
	err := b.w.do(ctx, coll, func(ctx context.Context, c *conn) error {
		var rev, crc int64
		var before, after string
		err := c.row(ctx, read.String(), read.args, &rev, &crc, &before, &after)
		if errors.Is(err, sql.ErrNoRows) {
			return partnership.ErrConflict
		}
		if err != nil {
			return err
		}
		if _, err := checked(id, rev, crc, before); err != nil {
			return err
		}
		out = store.Doc{ID: id, Rev: rev + 1, JSON: []byte(after)}
		return b.w.change(ctx, c, id, text, out.Rev, b.w.seq+1, sum(out.JSON), after, id)
	})
	if err != nil {
		return store.Doc{}, err
	}
	return out, nil
}

// Purge removes the row. The highest sequence number ever given is kept, or a reader of
// the feed would miss a write that got the purged one's number after a restart.
func (b *Backend) Purge(ctx context.Context, coll, id string) error {
	text := "DELETE FROM " + table(coll) + " WHERE id=?"
	return b.w.do(ctx, coll, func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, text, id); err != nil {
			return err
		}
		_, err := c.exec(ctx, "UPDATE meta SET value=? WHERE key='seq'", strconv.FormatInt(b.w.seq, 10))
		return err
	})
}

// checked returns a row as a document, or says that its content is not what was written.
func checked(id string, rev, crc int64, doc string) (store.Doc, error) {
	j := []byte(doc)
	if sum(j) != crc {
		return store.Doc{}, fmt.Errorf("%w: document %s: checksum differs", partnership.Refuse(partnership.ErrUnavailable,
			"这条数据在磁盘上已损坏，无法读取。请联系系统管理员用 sunmao verify 检查，并从备份恢复。"), id)
	}
	return store.Doc{ID: id, Rev: rev, JSON: j}, nil
}
