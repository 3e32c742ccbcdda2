package sqlitedoc

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// saying is what a fault of the disk means to people and to the writer.
type saying struct {
	refused error
	lasting bool // no more writes until somebody has looked
}

func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// sayFault sorts the faults of a commit. When the disk is full or read-only nothing of the
// batch has reached the log, so the next write may simply try again. After a failed sync
// nobody knows what is on the disk, and a damaged file gets worse by writing: both last
// until a restart, which reads the log from its beginning and checks the file.
func sayFault(err error) saying {
	say := func(lasting bool, sentence string) saying {
		return saying{partnership.Refuse(partnership.ErrUnavailable, "%s", sentence), lasting}
	}
	c := code(err)
	switch {
	case c == lib.SQLITE_IOERR_FSYNC || c == lib.SQLITE_IOERR_DIR_FSYNC:
		return saying{store.ErrUnknown, true}
	case c&0xff == lib.SQLITE_CORRUPT || c == lib.SQLITE_NOTADB:
		return say(true, "数据库文件已损坏，为避免损失扩大，已停止写入，仍可查看。请联系系统管理员：停止服务，用 sunmao verify 检查，再从备份恢复。")
	case c&0xff == lib.SQLITE_FULL:
		return say(false, "服务器磁盘已满，这次操作没有保存，已有数据没有丢失。请联系系统管理员清理磁盘，空间恢复后即可重试。")
	case c&0xff == lib.SQLITE_READONLY || c&0xff == lib.SQLITE_CANTOPEN || c&0xff == lib.SQLITE_IOERR || c&0xff == lib.SQLITE_PERM:
		return say(false, "服务器磁盘无法写入，这次操作没有保存，已有数据没有丢失。请联系系统管理员检查磁盘和权限，恢复后即可重试。")
	}
	return say(false, "数据库暂时无法保存，这次操作没有生效。请稍后重试；如仍不行，请联系系统管理员。")
}

// taken tells a constraint (a key that exists) from other errors of a statement.
func taken(err error) bool {
	return code(err)&0xff == lib.SQLITE_CONSTRAINT
}

// isFault tells what has to undo a whole batch, faults of disk or memory, from the answer
// to a single statement, after which the transaction stands as before.
func isFault(err error) bool {
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		return true
	}
	switch code(err) & 0xff {
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_NOMEM, lib.SQLITE_INTERRUPT,
		lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM, lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_ABORT, lib.SQLITE_MISUSE:
		return true
	}
	return false
}

// check looks at the file before anything writes to it.
func (b *Backend) check(ctx context.Context) error {
	info, err := os.Stat(b.file)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		if text, _ := os.ReadFile(filepath.Join(b.dir, lockName)); string(text) == begun {
			return partnership.Refuse(partnership.ErrUnavailable,
				"数据文件夹 %s 里的数据库文件 %s 不见了或是空的，但这里曾经有过数据，不能启动。请确认磁盘已挂载、路径没有写错，或用 sunmao restore 从备份恢复；确实要从空白开始，请另用一个新的文件夹。", b.dir, fileName)
		}
		return nil
	}
	if err != nil {
		return b.damaged(err)
	}
	db := open(b.file)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	var version, app, pages, size int64
	for pragma, v := range map[string]*int64{"user_version": &version, "application_id": &app, "page_count": &pages, "page_size": &size} {
		if err := db.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(v); err != nil {
			return b.damaged(err)
		}
	}
	if app != 0 && app != appID {
		return partnership.Refuse(partnership.ErrUnavailable,
			"%s 是另一个程序的数据库（标识 %#x），不是 sunmao 的。请用 SUNMAO_DATA 指定 sunmao 的数据文件夹。", b.file, app)
	}
	if version > format {
		return partnership.Refuse(partnership.ErrUnavailable,
			"数据文件夹 %s 由更新版本的 sunmao 写成（格式 %d，本程序只认识到 %d），不能用旧版本打开。请改用新版本的程序，或恢复旧版本时期的备份。", b.dir, version, format)
	}
	return b.sound(ctx, db, size)
}

// walked is the size in bytes up to which every start walks all pages of the file, a few seconds
// from a cold disk. A larger file is walked after a stop that was none (its log was left behind);
// after a proper one that would keep a city's platform down for minutes, so its length is
// compared, and the pages are left to the job integrity.
const walked = 512 << 20

// sound folds the log into the file, compares the file's length with what it says of
// itself and walks its pages.
func (b *Backend) sound(ctx context.Context, db queryer, pageSize int64) error {
	var busy, frames, moved, pages int64
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
		return b.damaged(err)
	}
	if err := db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return b.damaged(err)
	}
	info, err := os.Stat(b.file)
	if err != nil {
		return b.damaged(err)
	}
	if want := pages * pageSize; info.Size() < want {
		return b.damaged(fmt.Errorf("file is %d bytes long, should be %d: cut short", info.Size(), want))
	}
	if info.Size() > walked && frames == 0 {
		return nil
	}
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return b.damaged(err)
	}
	if found != "ok" {
		return b.damaged(errors.New(found))
	}
	return nil
}

// damaged says what was found in the file and what to do.
func (b *Backend) damaged(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch c := code(err) & 0xff; c {
	case lib.SQLITE_FULL, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return fmt.Errorf("%w: %w", sayFault(err).refused, err)
	}
	return fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
		"数据库文件 %s 已损坏，不能启动（发现：%v）。请不要删除它；先把整个文件夹 %s 复制一份留存，再用 sunmao restore 从最近的备份恢复。", b.file, err, b.dir), err)
}
