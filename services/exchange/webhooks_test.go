package exchange_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// receiver is another system: it keeps the events whose signature holds.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	events []exchange.Event
	bodies []string
	forged int
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		mac := hmac.New(sha256.New, []byte(r.secret))
		mac.Write([]byte(q.Header.Get("webhook-id") + "." + q.Header.Get("webhook-timestamp") + "."))
		mac.Write(body)
		if q.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
			r.forged++
			return
		}
		var e exchange.Event
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		r.events, r.bodies = append(r.events, e), append(r.bodies, string(body))
	}))
	t.Cleanup(r.Close)
	return r
}

// got is what arrived since the last call, after everything due has been told and sent.
func (r *receiver) got(t *testing.T, h *exchangetest.House) []exchange.Event {
	t.Helper()
	if _, err := h.TellWebhooks(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Outbox().Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.events
	r.events = nil
	return out
}

func TestWebhooks(t *testing.T) {
	h := exchangetest.Small(t)
	as := exchangetest.Actors()
	school := as["school"]
	school.Admin = true
	early := h.Open(t, exchangetest.Lathe())
	r := newReceiver(t)
	secret, w, err := h.MakeWebhook(ctx, school, "教务系统", r.URL+"/hook", []string{"posts", "order-classes"})
	if err != nil {
		t.Fatal(err)
	}
	r.secret = secret

	if got := r.got(t, h); len(got) != 0 {
		t.Errorf("what was there before is told: %+v", got)
	}
	draft, err := h.SavePost(ctx, as["company"], exchangetest.Lathe())
	if err != nil {
		t.Fatal(err)
	}
	if got := r.got(t, h); len(got) != 0 {
		t.Errorf("a draft that the school may not see is told: %+v", got)
	}
	open := h.Open(t, exchangetest.Lathe())
	if _, err := h.ActPost(ctx, as["company"], early.ID, "close", ""); err != nil {
		t.Fatal(err)
	}
	got := r.got(t, h)
	gone, seen := map[string]bool{}, map[string]bool{}
	for _, e := range got {
		if e.Type != "posts.changed" {
			t.Errorf("event %+v", e)
		}
		for _, one := range e.Records {
			seen[one.ID], gone[one.ID] = true, one.Gone
		}
	}
	if !seen[open.ID] || gone[open.ID] || !gone[early.ID] || seen[draft.ID] {
		t.Errorf("told %+v; want the open post, the closed one as gone, and not the draft", got)
	}
	if got := r.got(t, h); len(got) != 0 {
		t.Errorf("told again: %+v", got)
	}

	if _, err := h.TestWebhook(ctx, school, w.ID); err != nil {
		t.Fatal(err)
	}
	if got := r.got(t, h); len(got) != 1 || got[0].Type != "test" || got[0].Records == nil {
		t.Errorf("test event: %+v", got)
	}
	other := as["company"]
	other.Admin = true
	if _, err := h.DropWebhook(ctx, other, w.ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("another party drops it: %v", err)
	}
	if _, err := h.DropWebhook(ctx, school, w.ID); err != nil {
		t.Fatal(err)
	}
	h.Open(t, exchangetest.Lathe())
	if got := r.got(t, h); len(got) != 0 {
		t.Errorf("told after its end: %+v", got)
	}
	if r.forged != 0 {
		t.Errorf("%d events whose signature does not hold", r.forged)
	}
}

func TestWebhooksRefused(t *testing.T) {
	h := exchangetest.Small(t)
	school := exchangetest.Actors()["school"]
	if _, _, err := h.MakeWebhook(ctx, school, "教务系统", "https://example.com/", []string{"posts"}); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("no admin: %v", err)
	}
	school.Admin = true
	for _, tc := range []struct{ name, url, kind, field string }{
		{"", "https://example.com/", "posts", "name"}, {"教务", "http://example.com/", "posts", "url"}, {"教务", "https://10.0.0.1/", "posts", "url"},
		{"教务", "https://example.com/", "students", "kinds"},
	} {
		_, _, err := h.MakeWebhook(ctx, school, tc.name, tc.url, []string{tc.kind})
		var bad partnership.Invalid
		if !errors.As(err, &bad) || len(bad[tc.field]) == 0 {
			t.Errorf("%+v: %v, want a sentence at %s", tc, err, tc.field)
		}
	}
}
