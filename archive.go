package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store/sqlitedoc"
)

// A backup is one tar file with these entries in this order; docs/operating.md tells
// operators how to look inside with tar and sha256sum.
const (
	manifestName = "manifest.json"
	sumsName     = "SHA256SUMS" // last: a line "sum  name" for each entry before it

	backupFormat = 1           // a reader refuses a newer one
	working      = ".work"     // folder beside a backup in the making
	staging      = ".restore"  // folder inside the data folder during a restore
	smallEntry   = 64 << 10    // bytes at most of manifest, sums and key
	tarTrailer   = 2 * tarUnit // zero bytes that end a whole tar file
	tarUnit      = 512
)

// Where the master key of a backup is.
const (
	keyIncluded = "included" // in the archive
	keyApart    = "apart"    // given by SUNMAO_KEY, or left out on request
	keyNone     = "none"     // none has been made yet
)

// manifest says what a backup holds.
type manifest struct {
	Program   string    `json:"program"` // "sunmao"
	Format    int       `json:"format"`
	Version   string    `json:"version"` // of the program that made it
	Made      time.Time `json:"made"`
	Documents int64     `json:"documents"`
	Bytes     int64     `json:"bytes"` // of the documents' JSON
	Key       string    `json:"key"`
}

func (m manifest) words() string {
	return fmt.Sprintf("%s 的数据，%d 条记录，内容 %s", m.Made.In(partnership.Beijing).Format("2006-01-02 15:04:05"), m.Documents, size(m.Bytes))
}

// makeBackup copies the store while it is in use, opens and reads the copy once as a
// program would, and packs it with the key. The file appears under its name, in place of
// an older one, when it is complete, read back and on the disk.
func makeBackup(app *App, b *sqlitedoc.Backend, to string, withKey bool) (m manifest, err error) {
	dir := to + working
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return m, unwritable(to, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m = manifest{Program: "sunmao", Format: backupFormat, Version: version, Made: app.Now().UTC().Truncate(time.Second), Key: keyNone}
	if err := b.Backup(app.Ctx, filepath.Join(dir, databaseName)); err != nil {
		return m, err
	}
	report, err := inspect(app.Ctx, dir)
	if err != nil {
		return m, err
	}
	m.Documents, m.Bytes = report.Documents, report.Bytes
	files := []string{filepath.Join(dir, databaseName)}
	key := filepath.Join(app.Config.Data, keyName)
	switch _, err := os.Stat(key); {
	case app.Config.Key != "" || err == nil && !withKey:
		m.Key = keyApart
	case err == nil:
		m.Key, files = keyIncluded, append(files, key)
	case !errors.Is(err, os.ErrNotExist):
		return m, fmt.Errorf("master key: %w", err)
	}
	part := filepath.Join(dir, "backup.tar")
	if err := pack(part, m, files); err != nil {
		return m, unwritable(to, err)
	}
	if _, err := checkBackup(part); err != nil {
		return m, err
	}
	if err := errors.Join(os.Rename(part, to), syncFolder(filepath.Dir(to))); err != nil {
		return m, unwritable(to, err)
	}
	return m, nil
}

func unwritable(to string, err error) error {
	return fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
		"备份没有完成，原数据没有受影响：写不了 %s（%v）。请检查目录是否存在、是否可写，磁盘空间是否有数据的两倍", to, err), err)
}

// inspect opens the store in dir, which brings an older one to today's format, and reads
// every document. A store with a fault is an error.
func inspect(ctx context.Context, dir string) (sqlitedoc.Report, error) {
	b, err := sqlitedoc.Open(ctx, dir, sqlitedoc.Options{})
	if err != nil {
		return sqlitedoc.Report{}, err
	}
	r, err := b.Verify(ctx)
	if err == nil && len(r.Bad) > 0 {
		err = partnership.Refuse(partnership.ErrUnavailable, "数据有 %d 处不完好，第一处：%s", len(r.Bad), badWords.Replace(r.Bad[0]))
	}
	return r, errors.Join(err, b.Close())
}

// pack writes the archive and puts it on the disk.
func pack(to string, m manifest, files []string) (err error) {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	w := tar.NewWriter(f)
	var sums strings.Builder
	add := func(name string, n int64, from io.Reader) error {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: n, ModTime: m.Made}); err != nil {
			return err
		}
		h := sha256.New()
		if _, err := io.Copy(io.MultiWriter(w, h), from); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", h.Sum(nil), name)
		return nil
	}
	if err := add(manifestName, int64(len(text)), bytes.NewReader(text)); err != nil {
		return err
	}
	for _, name := range files {
		if err := addFile(name, add); err != nil {
			return err
		}
	}
	if err := add(sumsName, int64(sums.Len()), strings.NewReader(sums.String())); err != nil {
		return err
	}
	return errors.Join(w.Close(), f.Sync())
}

func addFile(path string, add func(string, int64, io.Reader) error) error {
	f, err := os.Open(path) //nolint:gosec // the database or the key
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = add(filepath.Base(path), info.Size(), f)
	}
	return errors.Join(err, f.Close())
}

func syncFolder(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator names the folder
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// damagedBackup says what is wrong with a backup.
func damagedBackup(format string, args ...any) error {
	return partnership.Refuse(partnership.ErrUnavailable, "备份文件不完整或已损坏：%s。没有改动任何数据；请换一份备份，或重新复制这份备份后再试", fmt.Sprintf(format, args...))
}

// checkBackup reads a whole backup and compares every checksum.
func checkBackup(path string) (m manifest, err error) {
	err = withBackup(path, func(f io.ReaderAt, n int64) error {
		m, err = readBackup(f, n, func(string, io.Reader) error { return nil })
		return err
	})
	return m, err
}

func withBackup(path string, use func(f io.ReaderAt, n int64) error) error {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if errors.Is(err, os.ErrNotExist) {
		return partnership.Refuse(partnership.ErrNotFound, "没有备份文件 %s。请检查路径", path)
	}
	if err != nil {
		return partnership.Refuse(partnership.ErrNotFound, "打不开备份文件 %s：%v。请检查路径和权限", path, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = partnership.Refuse(partnership.ErrNotFound, "%s 不是文件。备份是 sunmao backup 写成的一个 .tar 文件", path)
	}
	if err == nil {
		err = use(f, info.Size())
	}
	return errors.Join(err, f.Close())
}

// readBackup reads a backup of n bytes to its end and hands each entry but the sums to
// take, which need not read it all; what take got is good only if the error is nil. It
// refuses a file that is none of ours, of a newer format, cut short or damaged anywhere.
func readBackup(f io.ReaderAt, n int64, take func(name string, from io.Reader) error) (m manifest, err error) {
	r := tar.NewReader(io.NewSectionReader(f, 0, n))
	var sums strings.Builder
	for i := 0; ; i++ {
		h, err := r.Next()
		if i == 0 && (err != nil || h.Name != manifestName) {
			return m, partnership.Refuse(partnership.ErrUnavailable, "这个文件不是 sunmao 的备份，或开头已损坏。没有改动任何数据；请检查文件名")
		}
		switch {
		case errors.Is(err, io.EOF):
			return m, damagedBackup("缺少结尾的 %s", sumsName)
		case err != nil:
			return m, damagedBackup("%v", err)
		case h.Typeflag != tar.TypeReg || h.Size > smallEntry && h.Name != databaseName:
			return m, damagedBackup("%q 不应是这样的", h.Name)
		case i == 0:
			m, err = readManifest(r, &sums)
		case i == 1 && h.Name == databaseName, i == 2 && h.Name == keyName:
			err = sumEntry(r, h.Name, &sums, take)
		case i >= 2 && h.Name == sumsName:
			return m, errors.Join(compareSums(r, sums.String()), ended(f, n))
		default:
			err = damagedBackup("不应有 %q", h.Name)
		}
		if err != nil {
			return m, err
		}
	}
}

func readManifest(r io.Reader, sums *strings.Builder) (m manifest, err error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return m, damagedBackup("%v", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, damagedBackup("%s 读不懂", manifestName)
	}
	if m.Program != "sunmao" || m.Format < 1 {
		return m, partnership.Refuse(partnership.ErrUnavailable, "这个文件不是 sunmao 的备份（%s 写的是 %q）。没有改动任何数据；请检查文件名", manifestName, m.Program)
	}
	if m.Format > backupFormat {
		return m, partnership.Refuse(partnership.ErrUnavailable,
			"这份备份由更新版本的 sunmao（%s）写成（备份格式 %d，本程序只认识到 %d），没有改动任何数据。请改用新版本的程序恢复", m.Version, m.Format, backupFormat)
	}
	fmt.Fprintf(sums, "%x  %s\n", sha256.Sum256(text), manifestName)
	return m, nil
}

// sumEntry hands an entry to take, reads the rest of it and notes its sum.
func sumEntry(r io.Reader, name string, sums *strings.Builder, take func(string, io.Reader) error) error {
	h := sha256.New()
	tee := io.TeeReader(r, h)
	taken := take(name, tee)
	if _, err := io.Copy(io.Discard, tee); err != nil { // the fault is the archive's, whatever take made of it
		return damagedBackup("%s 到一半就断了", name)
	}
	if taken != nil {
		return taken
	}
	fmt.Fprintf(sums, "%x  %s\n", h.Sum(nil), name)
	return nil
}

func compareSums(r io.Reader, want string) error {
	got, err := io.ReadAll(r)
	if err != nil {
		return damagedBackup("%s 到一半就断了", sumsName)
	}
	for line := range strings.Lines(want) {
		if !bytes.Contains(got, []byte(line)) {
			_, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
			return damagedBackup("%s 的校验和不符", name)
		}
	}
	if string(got) != want {
		return damagedBackup("%s 不对", sumsName)
	}
	return nil
}

// ended checks that the tar file has its end: the reader of the standard library takes
// one without for whole.
func ended(f io.ReaderAt, n int64) error {
	end := make([]byte, tarTrailer)
	if _, err := f.ReadAt(end, n-tarTrailer); err != nil && !errors.Is(err, io.EOF) || n%tarUnit != 0 || len(bytes.Trim(end, "\x00")) > 0 {
		return damagedBackup("缺少文件的结尾")
	}
	return nil
}

// restoreBackup checks the backup from end to end, unpacks it into a folder of its own
// inside dir, opens and reads it there as the program would, and only then moves it to its place,
// the database last. Whatever fails, dir is as it was.
func restoreBackup(ctx context.Context, path, dir string) (m manifest, err error) {
	if _, err := checkBackup(path); err != nil {
		return m, err
	}
	_, absent := os.Stat(dir)
	stage := filepath.Join(dir, staging)
	defer func() {
		err = errors.Join(err, os.RemoveAll(stage))
		if err != nil && absent != nil {
			_ = os.Remove(dir) // made below, and empty
		}
	}()
	if err := errors.Join(os.RemoveAll(stage), os.MkdirAll(stage, 0o700)); err != nil {
		return m, unrestored(dir, err)
	}
	err = withBackup(path, func(f io.ReaderAt, n int64) error {
		m, err = readBackup(f, n, func(name string, from io.Reader) error { return unpack(filepath.Join(stage, name), from) })
		return err
	})
	if err != nil {
		return m, err
	}
	report, err := inspect(ctx, stage)
	var refused *partnership.Refused
	if errors.As(err, &refused) {
		return m, partnership.Refuse(refused.Kind, "备份里的数据不能用，没有恢复，数据目录没有变：%s", refused.Sentence)
	}
	if err != nil {
		return m, unrestored(dir, err)
	}
	if report.Documents != m.Documents {
		return m, damagedBackup("应有 %d 条记录，只有 %d 条", m.Documents, report.Documents)
	}
	if err := mustBeEmpty(dir); err != nil { // nobody has begun there meanwhile
		return m, err
	}
	return m, moveIn(stage, dir)
}

func unrestored(dir string, err error) error {
	return fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
		"没有恢复：写不了数据目录 %s（%v）。请检查路径、权限和磁盘空间", dir, err), err)
}

// unpack writes one entry and puts it on the disk.
func unpack(path string, from io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // one of two fixed names
	if err == nil {
		_, err = io.Copy(f, from)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return unrestored(filepath.Dir(filepath.Dir(path)), err)
	}
	return nil
}

// moveIn moves the files of stage into dir, the database last, so that a folder with a
// database is a whole one. The lock file stays behind: the next start makes its own.
func moveIn(stage, dir string) error {
	entries, err := os.ReadDir(stage)
	if err != nil {
		return unrestored(dir, err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != databaseName && e.Name() != lockName {
			names = append(names, e.Name())
		}
	}
	for i, name := range append(names, databaseName) {
		if err := os.Rename(filepath.Join(stage, name), filepath.Join(dir, name)); err != nil {
			err = unrestored(dir, err)
			for _, moved := range names[:i] {
				err = errors.Join(err, os.Remove(filepath.Join(dir, moved)))
			}
			return err
		}
	}
	return syncFolder(dir)
}
