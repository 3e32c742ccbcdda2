package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"sunmao/jobs"
	"sunmao/web"
)

type serveCmd struct{}

func (serveCmd) Run(app *App) error {
	h, err := openHouse(app)
	if err != nil {
		return err
	}
	return errors.Join(serve(app, h, nil), h.Close())
}

// graceful is how long a stop waits for requests in flight and running jobs.
const graceful = 10 * time.Second

// serve runs site and jobs until the context ends, then stops them in order: no new
// requests, requests in flight, jobs; the caller closes index and store after it.
func serve(app *App, h *house, demo []web.DemoAccount) error {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	runner, err := jobs.New(h.store, append(jobs.Table(h.exchange, h.accounts), h.jobs(app)...), fmt.Sprintf("%s/%d", host, os.Getpid()), app.Now, app.Log)
	if err != nil {
		return err
	}
	runner.Watch(h.metrics.JobRun)
	secure := app.Config.TLSCert != "" || app.Config.Proxied
	listener, err := (&net.ListenConfig{}).Listen(app.Ctx, "tcp", app.Config.Listen)
	if err != nil {
		return fmt.Errorf("不能监听 %s（可能已有程序占用，换一个 --listen 地址）: %w", app.Config.Listen, err)
	}
	site, err := web.New(web.Config{Exchange: h.exchange, Accounts: h.accounts, Jobs: runner, Catalogue: h.catalogue, Log: app.Log, Now: app.Now,
		Ready: h.exchange.Ready, District: "荣昌区", Region: "500153", Version: version, Demo: demo, Secure: secure, Proxied: app.Config.Proxied, Metrics: h.metrics, URL: app.Config.site(listener.Addr().String())})
	if err != nil {
		return err
	}
	server := web.NewServer(app.Config.Listen, site, app.Log)
	failed := make(chan error, 2)
	go func() {
		if app.Config.TLSCert != "" {
			failed <- server.ServeTLS(listener, app.Config.TLSCert, app.Config.TLSKey)
			return
		}
		failed <- server.Serve(listener)
	}()
	var metrics *http.Server
	if app.Config.Metrics != "" {
		metrics = web.NewServer(app.Config.Metrics, h.metrics.Handler(), app.Log)
		go func() { failed <- metrics.ListenAndServe() }()
	}
	runner.Start()
	following, leave := context.WithCancel(app.Ctx)
	defer leave()
	var indexing sync.WaitGroup
	indexing.Go(func() { catchUp(following, h, app.Log) })
	indexing.Go(h.catalogue.Warm) // before somebody saves the first post
	app.Log.Info("serving", append(app.Config.Masked(), "version", version, "address", listener.Addr().String())...)
	if demo != nil {
		announce(app, listener.Addr().String(), demo)
	}

	select {
	case err = <-failed:
	case <-app.Ctx.Done():
		err = nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), graceful)
	defer cancel()
	site.Stopping()
	err = errors.Join(err, server.Shutdown(ctx))
	if metrics != nil {
		err = errors.Join(err, metrics.Shutdown(ctx))
	}
	runner.Stop(ctx)
	leave()
	indexing.Wait()
	app.Log.Info("stopped")
	return err
}

// fresh is how often a node looks in the store for what the other nodes saved.
const fresh = 500 * time.Millisecond

// catchUp rebuilds a lost or outdated index while the site already answers, then keeps it in step with the store.
func catchUp(ctx context.Context, h *house, log *slog.Logger) {
	if err := h.ready(ctx); err != nil && ctx.Err() == nil {
		log.Error("index not rebuilt", "err", err)
	}
	h.exchange.Follow(ctx, fresh)
}
