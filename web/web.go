package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"

	"sunmao/jobs"
	"sunmao/services/account"
	"sunmao/services/catalogue"
	"sunmao/services/exchange"
)

// Config is what a Site needs.
type Config struct {
	Exchange  *exchange.Exchange
	Accounts  *account.Accounts
	Jobs      *jobs.Runner
	Catalogue *catalogue.Catalogue
	Log       *slog.Logger
	Now       func() time.Time            // the clock
	Ready     func(context.Context) error // nil once store and index can answer
	District  string                      // shown in the head, such as 荣昌区
	Region    string                      // its six-digit code
	Version   string
	Demo      []DemoAccount // offered on the sign-in page; empty outside the demo
	Secure    bool          // served over TLS: __Host- cookies and HSTS
	URL       string        // what links to this site begin with, such as https://sunmao.example.cn
	Proxied   bool          // behind one proxy, which writes X-Forwarded-For
	Patience  time.Duration // how long a request waits for long work before the page shows its progress; 0.9 s if 0
	Metrics   *Metrics      // where requests are counted; nil for counters that nobody reads
}

// Site is the face as a handler. Make one with New.
type Site struct {
	exchange  *exchange.Exchange
	accounts  *account.Accounts
	jobs      *jobs.Runner
	catalogue *catalogue.Catalogue
	log       *slog.Logger
	now       func() time.Time
	ready     func(context.Context) error
	district  string
	region    string
	version   string
	demo      []DemoAccount
	secure    bool
	proxied   bool
	url       string
	assets    *assets
	templates templates
	metrics   *Metrics
	patience  time.Duration
	access    map[string]access // "GET /posts" -> who may
	limiter   *limiter          // of API keys
	stopping  atomic.Bool

	crossOrigin *http.CrossOriginProtection
	engine      *gin.Engine
	api         huma.API
	openapi     []byte
}

// New builds the face. It fails on a template or asset that does not load and on a
// route without a role.
func New(cfg Config) (*Site, error) {
	if cfg.Exchange == nil || cfg.Accounts == nil || cfg.Jobs == nil || cfg.Catalogue == nil || cfg.Log == nil || cfg.Now == nil || cfg.Ready == nil {
		return nil, errors.New("web: use cases, accounts, jobs, catalogue, log, clock and readiness are needed")
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics()
	}
	s := &Site{
		exchange: cfg.Exchange, accounts: cfg.Accounts, jobs: cfg.Jobs, catalogue: cfg.Catalogue, region: cfg.Region, log: cfg.Log, now: cfg.Now, ready: cfg.Ready,
		district: cfg.District, version: cfg.Version, demo: cfg.Demo, secure: cfg.Secure, proxied: cfg.Proxied, url: cfg.URL,
		metrics: cfg.Metrics, patience: cmp.Or(cfg.Patience, shortly), access: map[string]access{}, limiter: newLimiter(keyRate, keyBurst), crossOrigin: http.NewCrossOriginProtection(),
	}
	var err error
	if s.assets, err = loadAssets(dist, own); err != nil {
		return nil, err
	}
	if s.templates, err = loadTemplates(); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.ForwardedByClientIP = false
	e.HandleMethodNotAllowed = false
	e.RedirectTrailingSlash = false
	e.Use(s.enter, gzip.Gzip(gzip.DefaultCompression, gzip.WithExcludedPaths([]string{assetRoot})), s.guard)
	for _, r := range s.routes() {
		s.access[r.method+" "+r.path] = r.access
		e.Handle(r.method, r.path, s.handle(r.do))
	}
	e.NoRoute(func(*gin.Context) {}) // guard has answered
	s.engine = e
	if err := s.mountAPI(); err != nil {
		return nil, err
	}
	for _, r := range e.Routes() {
		if _, ok := s.access[r.Method+" "+r.Path]; !ok {
			return nil, fmt.Errorf("web: route %s %s has no role", r.Method, r.Path)
		}
	}
	return s, nil
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Stopping makes /readyz answer 503, so that a balancer sends nobody here any more
// while open requests finish.
func (s *Site) Stopping() { s.stopping.Store(true) }

// Built reports whether the style sheet and script bundles are inside this binary.
func (s *Site) Built() bool { return s.assets.built }

// NewServer returns an HTTP server for h with time limits against slow clients:
// 5 s for headers, 60 s for a body, two minutes for an answer, headers up to 32 KiB.
func NewServer(addr string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second,
		WriteTimeout: 120 * time.Second, IdleTimeout: 60 * time.Second,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
