package sqlitedoc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sunmao/services/partnership"
)

// Backup writes a consistent copy of everything committed before now to the file path,
// while reading and writing go on (writing at a fraction of its speed). The file must not
// exist; it appears under its name only when it is complete, checked and on the disk.
// The copy has an epoch of its own, so that readers of the feed start anew on it.
func (b *Backend) Backup(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return partnership.Refuse(partnership.ErrDuplicate, "备份文件 %s 已经存在。请换一个文件名。", path)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup: %w", err)
	}
	err := b.copyTo(ctx, part)
	if err == nil {
		err = finish(part, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
			"备份没有完成，原数据没有受影响。请检查 %s 所在的磁盘是否可写、空间是否足够。", path), err), removeIfThere(part))
	}
	return nil
}

func (b *Backend) copyTo(ctx context.Context, part string) error {
	from := open(b.file)
	defer func() { _ = from.Close() }()
	if _, err := from.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return err
	}
	to := open(part, "journal_mode(DELETE)", "synchronous(FULL)")
	defer func() { _ = to.Close() }()
	to.SetMaxOpenConns(1)
	if _, err := to.ExecContext(ctx, "UPDATE meta SET value=? WHERE key='epoch'", rand.Text()); err != nil {
		return err
	}
	report, err := verify(ctx, to)
	if err == nil && len(report.Bad) > 0 {
		err = fmt.Errorf("copy is damaged: %s", report.Bad[0])
	}
	return errors.Join(err, to.Close())
}

// finish puts the file on the disk and gives it its name.
func finish(part, path string) error {
	for _, step := range []func() error{
		func() error { return syncFile(part) },
		func() error { return os.Rename(part, path) },
		func() error { return syncFile(filepath.Dir(path)) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Report is what Verify found.
type Report struct {
	Documents int64
	Bytes     int64    // of JSON
	Bad       []string // what is wrong, at most 100 lines; none is good
}

const maxBad = 100

// Verify reads everything: the structure of the file and the checksum, id and revision of
// every document. Reading and writing go on meanwhile.
func (b *Backend) Verify(ctx context.Context) (Report, error) {
	r, err := verify(ctx, b.scans)
	return r, readFault(err)
}

func verify(ctx context.Context, db queryer) (Report, error) {
	var r Report
	for line, err := range texts(ctx, db, "PRAGMA integrity_check(100)") {
		if err != nil {
			return r, err
		}
		if line != "ok" {
			r.add(line)
		}
	}
	var tables []string
	for name, err := range texts(ctx, db, "SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'c\\_%' ESCAPE '\\' ORDER BY name") {
		if err != nil {
			return r, err
		}
		tables = append(tables, name)
	}
	for _, t := range tables {
		if err := r.documents(ctx, db, t); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *Report) add(line string) {
	if len(r.Bad) < maxBad {
		r.Bad = append(r.Bad, line)
	}
}

func (r *Report) documents(ctx context.Context, db queryer, table string) error {
	rows, err := db.QueryContext(ctx, "SELECT id,crc,doc,CASE WHEN json_valid(doc) THEN "+
		"coalesce(json_extract(doc,'$._id')=id AND json_extract(doc,'$._rev')=rev,0) ELSE 0 END FROM "+table)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, doc string
		var crc int64
		var same bool
		if err := rows.Scan(&id, &crc, &doc, &same); err != nil {
			return err
		}
		r.Documents++
		r.Bytes += int64(len(doc))
		switch {
		case sum([]byte(doc)) != crc:
			r.add(fmt.Sprintf("%s %s: checksum differs", table[2:], id))
		case !same:
			r.add(fmt.Sprintf("%s %s: id or revision differ from the document's", table[2:], id))
		}
	}
	return rows.Err()
}
