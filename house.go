package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sunmao/search"
	"sunmao/services/account"
	"sunmao/services/catalogue"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
	"sunmao/services/store/mongodoc"
	"sunmao/services/store/sqlitedoc"
	"sunmao/web"
)

// house is the opened and wired parts of the platform. Close ends them in order.
type house struct {
	backend   store.Backend
	store     *store.Store
	index     *search.Index
	catalogue *catalogue.Catalogue
	exchange  *exchange.Exchange
	accounts  *account.Accounts
	metrics   *web.Metrics
}

// openHouse opens store and index and wires the use cases over them.
func openHouse(app *App) (h *house, err error) {
	h = &house{}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if err := os.MkdirAll(app.Config.Data, 0o700); err != nil {
		return h, partnership.Refuse(partnership.ErrUnavailable, "不能建立数据目录 %s：%v。请换一个有写权限的目录（--data）", app.Config.Data, err)
	}
	if h.catalogue, err = catalogue.Load(); err != nil {
		return h, fmt.Errorf("catalogue: %w", err)
	}
	if h.backend, err = openBackend(app.Ctx, app.Config); err != nil {
		return h, err
	}
	h.metrics = web.NewMetrics()
	h.store = store.New(store.Timed(h.backend, h.metrics.StoreCall), app.Now)
	cfg := exchange.IndexConfig(h.catalogue)
	cfg.Log, cfg.Now = app.Log, app.Now
	if h.index, err = search.Open(filepath.Join(app.Config.Data, "index"), cfg); err != nil {
		return h, fmt.Errorf("search: %w", err)
	}
	rules, err := allRules(app)
	if err != nil {
		return h, err
	}
	key, err := masterKey(app.Config)
	if err != nil {
		return h, err
	}
	if _, err := h.store.KeepTrail(key); err != nil {
		return h, err
	}
	h.exchange = exchange.New(exchange.Config{Store: h.store, Index: h.index, Catalogue: h.catalogue, Rules: rules, Now: app.Now, Log: app.Log, Key: key, Retention: partnership.Retention(app.Config.Retention),
		Send: app.Config.send(), Site: app.Config.site(app.Config.Listen),
		Watch: exchange.Watch{IndexLag: h.metrics.IndexLag, Round: h.metrics.Round}})
	if h.accounts, err = account.New(account.Config{Store: h.store, Now: app.Now, Key: key, Demand: app.Config.twoStep(), Barred: h.exchange.Barred}); err != nil {
		return h, err
	}
	return h, h.store.Ensure(app.Ctx)
}

// allRules is the national rules with those that a province or district put into the folder
// rules of the data folder, in the order of their names. A file with a mistake keeps the site
// from starting: a rule left out in silence would let through what it forbids.
func allRules(app *App) (regulation.Set, error) {
	files, err := filepath.Glob(filepath.Join(app.Config.Data, "rules", "*.json"))
	if err != nil {
		return regulation.Set{}, fmt.Errorf("rules of the district: %w", err)
	}
	rules, err := rulesOf(files)
	if err != nil {
		return rules, partnership.Refuse(partnership.ErrUnavailable, "地方规则文件有错，没有启动：%v。请改好，或把它移出数据目录下的 rules 文件夹", err)
	}
	if len(files) > 0 {
		app.Log.Info("rules of the district read", "files", len(files))
	}
	return rules, nil
}

func openBackend(ctx context.Context, c Config) (store.Backend, error) {
	switch {
	case strings.HasPrefix(c.Store, "mongodb://"), strings.HasPrefix(c.Store, "mongodb+srv://"):
		return opened(mongodoc.Open(ctx, c.Store))
	case c.Store == "sqlite":
		return opened(sqlitedoc.Open(ctx, c.Data, sqlitedoc.Options{}))
	}
	return nil, usagef("--store 应为 sqlite 或 mongodb://… 地址，现在是 %q", c.Store)
}

// opened keeps a backend that did not open from becoming an interface that is not nil.
func opened[B store.Backend](b B, err error) (store.Backend, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}

// ready brings the index up to date if it was lost, damaged or of another version.
func (h *house) ready(ctx context.Context) error {
	if !h.exchange.NeedsReindex() {
		return nil
	}
	err := h.exchange.Reindex(ctx)
	var refused *search.Refused
	if errors.As(err, &refused) { // logged; the old index goes on answering
		return nil
	}
	return err
}

// Close ends the parts, index before store.
func (h *house) Close() error {
	var errs []error
	if h.index != nil {
		errs = append(errs, h.index.Close())
	}
	if h.backend != nil {
		errs = append(errs, h.backend.Close())
	}
	return errors.Join(errs...)
}

// with opens the house for one command, index up to date, and closes it after.
func (a *App) with(use func(h *house) error) (err error) {
	h, err := openHouse(a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.ready(a.Ctx); err != nil {
		return err
	}
	return use(h)
}

// operator is who the command line acts as: whoever holds the data folder.
func operator() partnership.Actor { return partnership.System("cli") }

// masterKey is the key that personal fields are sealed with: the one given, or the
// file in the data folder, made on first use.
func masterKey(c Config) ([]byte, error) {
	text := c.Key
	if text == "" {
		name := filepath.Join(c.Data, "key")
		body, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			raw := make([]byte, 32)
			if _, err := rand.Read(raw); err != nil {
				return nil, fmt.Errorf("master key: %w", err)
			}
			body = []byte(hex.EncodeToString(raw))
			if err := os.WriteFile(name, body, 0o600); err != nil {
				return nil, fmt.Errorf("master key: %w", err)
			}
		} else if err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
		text = strings.TrimSpace(string(body))
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != 32 {
		return nil, partnership.Refuse(partnership.ErrConflict, "主密钥应为 64 位十六进制字符（SUNMAO_KEY 或数据目录里的 key 文件）")
	}
	return key, nil
}
