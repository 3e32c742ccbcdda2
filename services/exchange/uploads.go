package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// uploadPart is how many bytes of an upload one document holds.
const uploadPart = 512 << 10

func partID(batch string, n int64) string { return batch + "/" + strconv.FormatInt(n, 10) }

// keepUpload stores a file piece by piece, each sealed, and returns its size. A roster
// holds what must not rest in the clear, and the node that reads it may be another.
func (x *Exchange) keepUpload(ctx context.Context, batch string, body io.Reader) (int64, error) {
	sealer, err := x.seals()
	if err != nil {
		return 0, err
	}
	buf := make([]byte, uploadPart)
	var size int64
	for n := int64(0); ; n++ {
		got, err := io.ReadFull(body, buf)
		if got == 0 && errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return size, fmt.Errorf("read upload: %w", err)
		}
		if size += int64(got); size > sheets.MaxFile {
			return size, partnership.Invalid{"file": {fmt.Sprintf("文件超过 %d MB，请分成几份导入", sheets.MaxFile>>20)}}
		}
		part := partnership.UploadPart{Import: batch}
		part.ID = partID(batch, n)
		part.Data = sealer.Seal("uploads/"+part.ID, string(buf[:got]))
		if err := x.uploads.Insert(ctx, &part); err != nil {
			return size, fmt.Errorf("keep upload: %w", err)
		}
		if got < len(buf) {
			return size, nil
		}
	}
}

// dropUpload removes the pieces of an upload.
func (x *Exchange) dropUpload(ctx context.Context, batch string) error {
	parts, err := x.uploads.All(ctx, store.Query{Where: store.Field("import").Eq(batch)})
	if err != nil {
		return err
	}
	for i := range parts {
		if err := x.uploads.Purge(ctx, parts[i].ID); err != nil {
			return fmt.Errorf("drop upload: %w", err)
		}
	}
	return nil
}

// upload reads a kept file from any place, as a workbook's parts need it. It holds a few
// opened pieces at a time, never the file.
type upload struct {
	ctx   context.Context //nolint:containedctx // a reader for the length of one call
	x     *Exchange
	batch string
	size  int64
	at    int64
	held  map[int64][]byte
	order []int64 // of held, the oldest first
}

// uploadsHeld is how many opened pieces an upload keeps.
const uploadsHeld = 4

func (x *Exchange) openUpload(ctx context.Context, b *partnership.ImportBatch) *upload {
	return &upload{ctx: ctx, x: x, batch: b.ID, size: b.Size, held: map[int64][]byte{}}
}

func (u *upload) piece(n int64) ([]byte, error) {
	if body, ok := u.held[n]; ok {
		return body, nil
	}
	sealer, err := u.x.seals()
	if err != nil {
		return nil, err
	}
	part, err := u.x.uploads.Get(u.ctx, partID(u.batch, n))
	if err != nil {
		return nil, known(err, partnership.Refuse(partnership.ErrNotFound, "上传的文件已经清除，请重新上传"))
	}
	text, err := sealer.Open("uploads/"+part.ID, part.Data)
	if err != nil {
		return nil, err
	}
	if len(u.order) == uploadsHeld {
		delete(u.held, u.order[0])
		u.order = u.order[1:]
	}
	u.held[n], u.order = []byte(text), append(u.order, n)
	return u.held[n], nil
}

// ReadAt reads from any place; it never reads past the end.
func (u *upload) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		if off < 0 || off >= u.size {
			return done, io.EOF
		}
		body, err := u.piece(off / uploadPart)
		if err != nil {
			return done, err
		}
		from := off % uploadPart
		if from >= int64(len(body)) {
			return done, io.ErrUnexpectedEOF
		}
		n := copy(p[done:], body[from:])
		done, off = done+n, off+int64(n)
	}
	return done, nil
}

// Read reads on from the present place.
func (u *upload) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := u.ReadAt(p, u.at)
	u.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Seek sets the place to read from.
func (u *upload) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += u.at
	case io.SeekEnd:
		offset += u.size
	}
	if offset < 0 {
		return u.at, errors.New("seek before the beginning of the upload")
	}
	u.at = offset
	return offset, nil
}
