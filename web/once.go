package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"sunmao/services/account"
	"sunmao/services/partnership"
)

const onceHeader = "Idempotency-Key"

// once lets a request of the API be carried out. One that changes something and carries
// an idempotency key is carried out once, however often it comes.
func (s *Site) once(v *visit) {
	if v.GetHeader(onceHeader) == "" || v.Request.Method != http.MethodPost || !v.api() {
		v.Next()
		return
	}
	if err := s.onceOnly(v); err != nil {
		v.err = err
		s.fail(v, err)
		v.Abort()
	}
}

func (s *Site) onceOnly(v *visit) error {
	key := v.GetHeader(onceHeader)
	for _, r := range key {
		if r <= ' ' || r > '~' {
			key = ""
			break
		}
	}
	if key == "" || len(key) > 100 {
		return partnership.Invalid{onceHeader: {"应为 1 到 100 个英文字母、数字或符号，不含空格，例如一个 UUID"}}
	}
	body, err := io.ReadAll(v.Request.Body) // its length is limited by then
	if err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	v.Request.Body = io.NopCloser(bytes.NewReader(body))
	request := sha256.Sum256(append([]byte(v.Request.Method+" "+v.Request.URL.RequestURI()+"\n"), body...))
	claim, kept, err := s.accounts.Once(v.ctx(), v.actor, key, request)
	if err != nil {
		return err
	}
	if kept != nil {
		v.Header("Idempotency-Replayed", "true")
		v.Data(kept.Status, kept.Type, kept.Body)
		v.Abort()
		return nil
	}
	return s.carryOut(v, claim)
}

// carryOut answers the request after its answer has been kept: an answer that was sent
// can always be had again.
func (s *Site) carryOut(v *visit, claim *account.Claim) (err error) {
	out := v.Writer
	held := &heldAnswer{ResponseWriter: out, status: http.StatusOK}
	v.Writer = held
	ctx := context.WithoutCancel(v.ctx()) // whoever went away may ask again
	ended := false
	defer func() {
		v.Writer = out
		if !ended { // a panic, which is answered further up
			_ = claim.Fail(ctx)
		}
	}()
	v.Next()
	ended = true
	switch status := held.status; {
	case status < http.StatusMultipleChoices:
		err = claim.Keep(ctx, account.Answer{Status: status, Type: held.Header().Get("Content-Type"), Body: held.body.Bytes()})
	case status < http.StatusInternalServerError:
		err = claim.Release(ctx)
	default:
		err = claim.Fail(ctx)
	}
	if err != nil { // done all the same: the answer goes out, only asking again will not bring it
		s.log.Error("answer not kept", "request", v.id, "error", err.Error())
	}
	v.Writer = out
	out.WriteHeader(held.status)
	_, err = out.Write(held.body.Bytes())
	if err != nil {
		v.err = fmt.Errorf("send answer: %w", err)
	}
	return nil
}

// heldAnswer holds an answer back.
type heldAnswer struct {
	gin.ResponseWriter
	status int
	body   bytes.Buffer
	begun  bool
}

func (h *heldAnswer) WriteHeader(status int)      { h.status, h.begun = status, true }
func (h *heldAnswer) WriteHeaderNow()             {}
func (h *heldAnswer) Write(p []byte) (int, error) { h.begun = true; return h.body.Write(p) }
func (h *heldAnswer) WriteString(text string) (int, error) {
	h.begun = true
	return h.body.WriteString(text)
}
func (h *heldAnswer) Status() int   { return h.status }
func (h *heldAnswer) Size() int     { return h.body.Len() }
func (h *heldAnswer) Written() bool { return h.begun && h.body.Len() > 0 }
func (h *heldAnswer) Flush()        {}
