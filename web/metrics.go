package web

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what a node does, for Prometheus: requests here, the rest told by the
// parts that do it. The zero value is not usable.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	store    *prometheus.HistogramVec
	lag      prometheus.Histogram
	rounds   *prometheus.HistogramVec
	jobs     *prometheus.HistogramVec
}

// NewMetrics returns metrics of their own registry, with those of Go and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sunmao_http_requests_total", Help: "Answered requests by route pattern, method and status."},
			[]string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sunmao_http_seconds", Help: "Seconds to answer, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 10}},
			[]string{"route"}),
		store: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sunmao_store_seconds", Help: "Seconds of a call of the document store, by operation.",
			Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5}}, []string{"op"}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sunmao_index_lag_seconds", Help: "Seconds from the save of a document elsewhere until this node can find it.",
			Buckets: []float64{.1, .25, .5, 1, 2, 5, 30, 300, 3600}}),
		rounds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sunmao_round_seconds", Help: "Seconds to decide a matching round and prove the result, by mode.",
			Buckets: []float64{.01, .05, .25, 1, 5, 30, 120}}, []string{"mode"}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sunmao_job_seconds", Help: "Seconds of a run of a job, by job and result (ok, failed).",
			Buckets: []float64{.01, .1, 1, 10, 60, 600, 3600}}, []string{"job", "result"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.store, m.lag, m.rounds, m.jobs, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// StoreCall counts a call of the store.
func (m *Metrics) StoreCall(op string, took time.Duration) {
	m.store.WithLabelValues(op).Observe(took.Seconds())
}

// IndexLag counts how late a document was found that another node had saved.
func (m *Metrics) IndexLag(lag time.Duration) { m.lag.Observe(lag.Seconds()) }

// Round counts a matching round.
func (m *Metrics) Round(mode string, took time.Duration) {
	m.rounds.WithLabelValues(mode).Observe(took.Seconds())
}

// JobRun counts a run of a job.
func (m *Metrics) JobRun(job string, ok bool, took time.Duration) {
	m.jobs.WithLabelValues(job, map[bool]string{true: "ok", false: "failed"}[ok]).Observe(took.Seconds())
}

func (m *Metrics) observe(route, method string, status int, took time.Duration) {
	switch method { // a label must not grow with what strangers send
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodDelete:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Handler serves /metrics for Prometheus and /debug/pprof for whoever looks for what is
// slow. It belongs on a loopback listener of its own; the face itself has no such routes.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	return mux
}

// healthz says that the process answers.
func (s *Site) healthz(v *visit) error {
	v.String(http.StatusOK, "ok\n")
	return nil
}

// readyz says whether requests should come here: store and index answer, no stop has begun.
func (s *Site) readyz(v *visit) error {
	if s.stopping.Load() {
		v.String(http.StatusServiceUnavailable, "正在停止\n")
		return nil
	}
	ctx, cancel := context.WithTimeout(v.ctx(), 2*time.Second)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		s.log.Warn("not ready", "error", err.Error())
		v.String(http.StatusServiceUnavailable, "未就绪，请查看日志\n")
		return nil
	}
	v.String(http.StatusOK, "ready\n")
	return nil
}
