package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sunmao_http_requests_total", Help: "Answered requests by route pattern, method and status."},
			[]string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sunmao_http_seconds", Help: "Seconds to answer, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 10}},
			[]string{"route"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	switch method { // a label must not grow with what strangers send
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodDelete:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Metrics serves the figures of this Site for Prometheus. It belongs on a loopback
// listener of its own; the face itself has no such route.
func (s *Site) Metrics() http.Handler {
	return promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{Registry: s.metrics.registry})
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
