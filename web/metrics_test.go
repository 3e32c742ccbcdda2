package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Whoever keeps the platform running reads what it does from one address, that the face lacks.
func TestMetrics(t *testing.T) {
	h := openDistrict(t)
	h.as(t, "school").get("/posts")
	m := h.site.metrics
	m.StoreCall("get", time.Millisecond)
	m.IndexLag(300 * time.Millisecond)
	m.Round("assign", time.Second)
	m.JobRun("rates", false, 2*time.Second)
	m.observe("/posts", "BREW", http.StatusTeapot, time.Millisecond)
	read := func(path string) (int, string) {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	status, body := read("/metrics")
	for _, want := range []string{`sunmao_http_requests_total{method="GET",route="/posts",status="200"} `, `sunmao_store_seconds_count{op="get"} 1`, "sunmao_index_lag_seconds_count 1",
		`sunmao_round_seconds_sum{mode="assign"} 1`, `sunmao_job_seconds_sum{job="rates",result="failed"} 2`, `method="other"`, "go_goroutines", "process_open_fds"} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("status %d, /metrics lacks %s", status, want)
		}
	}
	if strings.Contains(body, "BREW") {
		t.Error("a label grows with what strangers send")
	}
	if status, body := read("/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(body, "goroutine profile") {
		t.Errorf("pprof: status %d", status)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if res, _ := h.as(t, "operator").get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("the face serves %s: status %d", path, res.StatusCode)
		}
	}
}
