package sqlitedoc

import (
	"context"
	"database/sql"
	"sync"
)

// prepared is a pool that keeps the statements it has run: parsing and planning one costs
// more than most short reads do. SQLite plans a kept one anew by itself when the tables change.
type prepared struct {
	*sql.DB
	mu    sync.RWMutex
	stmts map[string]*sql.Stmt // at most maxStmts; what comes later is planned each time
}

func prepare(db *sql.DB) *prepared { return &prepared{DB: db, stmts: map[string]*sql.Stmt{}} }

// stmt returns the kept statement, or nil for one that is not kept.
func (p *prepared) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	p.mu.RLock()
	s, full := p.stmts[text], len(p.stmts) >= maxStmts
	p.mu.RUnlock()
	if s != nil || full {
		return s, nil
	}
	s, err := p.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.stmts[text]; other != nil {
		return other, s.Close() // somebody was quicker
	}
	p.stmts[text] = s
	return s, nil
}

// QueryContext is that of sql.DB.
func (p *prepared) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := p.stmt(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return p.DB.QueryContext(ctx, text, args...)
	}
	return s.QueryContext(ctx, args...)
}

// row reads the only row of a query, or returns sql.ErrNoRows.
func (p *prepared) row(ctx context.Context, text string, args []any, out ...any) error {
	s, err := p.stmt(ctx, text)
	if err != nil {
		return err
	}
	if s == nil {
		return p.QueryRowContext(ctx, text, args...).Scan(out...)
	}
	return s.QueryRowContext(ctx, args...).Scan(out...)
}
