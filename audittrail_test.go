package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// The command proves the trail of a data folder, and tells the first entry that is gone.
func TestAuditTrailVerify(t *testing.T) {
	dir := t.TempDir()
	command := func(args ...string) (int, string) {
		var out, words bytes.Buffer
		code := run(context.Background(), append([]string{"--data", dir, "--log-level", "error"}, args...), &out, &words)
		return code, out.String() + words.String()
	}
	for range 3 {
		if code, words := command("user", "invite", "--role", "operator", "--name", "运维"); code != 0 {
			t.Fatalf("invite: %d %s", code, words)
		}
	}
	code, words := command("audit-trail", "verify")
	if code != 0 || !strings.Contains(words, "审计记录 3 条，完好；末条校验值 3:") {
		t.Fatalf("verify: %d %s", code, words)
	}
	head := strings.TrimSpace(words[strings.Index(words, "3:"):])
	if code, words := command("audit-trail", "verify", "--head", head); code != 0 {
		t.Errorf("with its head: %d %s", code, words)
	}
	if code, words := command("audit-trail", "verify", "--head", "3:"+strings.Repeat("0", 64)); code != 1 || !strings.Contains(words, "第 3 条与当时留存的校验值不一致") {
		t.Errorf("with another head: %d %s", code, words)
	}
	if code, _ := command("audit-trail", "verify", "--head", "gestern"); code != 2 {
		t.Errorf("a head that is none: %d, want 2", code)
	}
	purge := func(id string) {
		t.Helper()
		app := &App{Ctx: context.Background(), Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Config: Config{Data: dir, Store: "sqlite"}}
		b, err := openBackend(app.Ctx, app.Config)
		if err != nil {
			t.Fatal(err)
		}
		entries := store.Open[partnership.TrailEntry](store.New(b, time.Now), store.Spec{Name: "trail"})
		if err := entries.Purge(app.Ctx, id); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	purge("000000000000003")
	if code, words := command("audit-trail", "verify"); code != 0 || !strings.Contains(words, "2 条") {
		t.Errorf("cut off, without a head: %d %s: nothing inside can tell", code, words)
	}
	if code, words := command("audit-trail", "verify", "--head", head); code != 1 || !strings.Contains(words, "末尾被截去") {
		t.Errorf("cut off, with the head: %d %s", code, words)
	}
	purge("000000000000001")
	if code, words := command("audit-trail", "verify"); code != 1 || !strings.Contains(words, "第 1 条不见了") {
		t.Errorf("the first gone: %d %s", code, words)
	}
}
