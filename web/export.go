package web

import (
	"fmt"
	"iter"
	"net/http"

	"sunmao/services/sheets"
)

// sendRows sends a list as a file, row by row as it is read: the columns of its kind, so
// that the file can be imported again. Personal columns go along only if personal is set.
// A fault half-way cuts the connection, so that nobody takes a part for the whole.
func (s *Site) sendRows(v *visit, format sheets.Format, kind sheets.Kind, personal bool, rows iter.Seq2[map[string]any, error]) error {
	if err := download(v, format, kind.ID, kind.Title); err != nil {
		return err
	}
	v.Header("Content-Type", format.ContentType())
	var failed error
	err := sheets.Export(v.Writer, format, kind, personal, func(yield func(map[string]any) bool) {
		for row, err := range rows {
			if err != nil {
				failed = err
				return
			}
			if !yield(row) {
				return
			}
		}
	})
	if failed != nil {
		return s.cutOff(v, fmt.Errorf("export of %s: %w", kind.ID, failed))
	}
	if err != nil {
		return s.cutOff(v, fmt.Errorf("export of %s: %w", kind.ID, err))
	}
	return nil
}

// cutOff ends an answer that cannot be finished. What has left cannot be taken back: the
// connection is broken off, which a browser shows as a failed download.
func (s *Site) cutOff(v *visit, err error) error {
	if !v.Writer.Written() {
		v.Writer.Header().Del("Content-Disposition")
		return err
	}
	s.log.Error("answer cut off", "request", v.id, "error", err.Error())
	panic(http.ErrAbortHandler)
}
