package account

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

const secret = "一句只有我知道的话 2026"

// open returns accounts over a real store with one school account, and its clock.
func open(t *testing.T) (*Accounts, *time.Time) {
	t.Helper()
	ctx := context.Background()
	b, err := sqlitedoc.Open(ctx, t.TempDir(), sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, partnership.Beijing)
	clock := func() time.Time { return now }
	a, err := New(Config{Store: store.New(b, clock), Now: clock, Key: bytes.Repeat([]byte{7}, 32), Demand: []partnership.Role{partnership.RoleOperator}})
	if err != nil {
		t.Fatal(err)
	}
	a.cost = cost{passes: 1, memoryKB: 64, lanes: 1} // the tests hash hundreds of times
	if a.decoy, err = hash(secret+"?", a.cost); err != nil {
		t.Fatal(err)
	}
	acc := partnership.Account{Name: "甲", Role: partnership.RoleSchool, Party: "school-a", Region: "500153"}
	acc.ID = " Teacher "
	if err := a.Create(ctx, acc, secret); err != nil {
		t.Fatal(err)
	}
	return a, &now
}

func signIn(t *testing.T, a *Accounts) string {
	t.Helper()
	e, err := a.SignIn(context.Background(), Attempt{Login: "TEACHER", Password: secret, Agent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	actor, token := e.Actor, e.Token
	if actor.Role != partnership.RoleSchool || actor.Party != "school-a" || actor.Account != "teacher" {
		t.Fatalf("actor = %+v", actor)
	}
	return token
}

func wantSignIn(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("error = %v, want ErrSignIn", err)
	}
}

func TestSession_LivesAndEnds(t *testing.T) {
	ctx := context.Background()
	t.Run("until signed out", func(t *testing.T) {
		a, _ := open(t)
		token := signIn(t, a)
		if _, err := a.Actor(ctx, token); err != nil {
			t.Error(err)
		}
		if err := a.SignOut(ctx, token); err != nil {
			t.Fatal(err)
		}
		_, err := a.Actor(ctx, token)
		wantSignIn(t, err)
	})
	t.Run("idle too long", func(t *testing.T) {
		a, now := open(t)
		token := signIn(t, a)
		*now = now.Add(idle + time.Minute)
		_, err := a.Actor(ctx, token)
		wantSignIn(t, err)
	})
	t.Run("kept by use, not beyond its lifetime", func(t *testing.T) {
		a, now := open(t)
		token := signIn(t, a)
		began := *now
		for now.Sub(began) < lifetime-20*time.Minute {
			*now = now.Add(20 * time.Minute)
			if _, err := a.Actor(ctx, token); err != nil {
				t.Fatalf("after %v: %v", now.Sub(began), err)
			}
		}
		*now = began.Add(lifetime)
		_, err := a.Actor(ctx, token)
		wantSignIn(t, err)
		if n, err := a.Sweep(ctx); err != nil || n != 0 {
			t.Errorf("Sweep at the last moment = %d, %v", n, err)
		}
		*now = now.Add(time.Second)
		if n, err := a.Sweep(ctx); err != nil || n != 1 {
			t.Errorf("Sweep = %d, %v, want the one that ended", n, err)
		}
	})
	t.Run("ended by a new password, but for the one that set it", func(t *testing.T) {
		a, _ := open(t)
		mine, other := signIn(t, a), signIn(t, a)
		actor, err := a.Actor(ctx, mine)
		if err != nil {
			t.Fatal(err)
		}
		var bad partnership.Invalid
		if err := a.ChangePassword(ctx, actor, "wrong", "另一句很长的新话 2026", mine); !errors.As(err, &bad) || bad["old"] == nil {
			t.Errorf("wrong old password: %v", err)
		}
		if err := a.ChangePassword(ctx, actor, secret, "另一句很长的新话 2026", mine); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Actor(ctx, mine); err != nil {
			t.Errorf("own session ended: %v", err)
		}
		_, err = a.Actor(ctx, other)
		wantSignIn(t, err)
	})
	t.Run("ended by disabling", func(t *testing.T) {
		a, _ := open(t)
		token := signIn(t, a)
		if _, err := a.Act(ctx, partnership.System("test"), "teacher", Disable); err != nil {
			t.Fatal(err)
		}
		_, err := a.Actor(ctx, token)
		wantSignIn(t, err)
		_, err = a.SignIn(ctx, Attempt{Login: "teacher", Password: secret})
		wantSignIn(t, err)
	})
}

func TestCreate_Refuses(t *testing.T) {
	ctx := context.Background()
	a, _ := open(t)
	for _, tc := range []struct{ name, login, field, password string }{
		{"short password", "a1", "password", "kurz"},
		{"mostly a common word", "a2", "password", "password2026"},
		{"from a leak", "a4", "password", "qwertyuiop123"},
		{"a leaked one with signs for letters", "a5", "password", "P@ssw0rd2024!"},
		{"a row of keys", "a6", "password", "1qaz2wsx3edc"},
		{"one character", "a3", "password", "aaaaaaaaaaaaaaa"},
		{"its own name", "operator-one", "password", "operator-one1"},
		{"no login", " ", "login", secret},
		{"login with a slash", "a/b", "login", secret},
	} {
		t.Run(tc.name, func(t *testing.T) {
			acc := partnership.Account{Role: partnership.RoleDistrict}
			acc.ID = tc.login
			var bad partnership.Invalid
			if err := a.Create(ctx, acc, tc.password); !errors.As(err, &bad) || bad[tc.field] == nil {
				t.Errorf("Create = %v, want a sentence against %s", err, tc.field)
			}
		})
	}
	t.Run("sentences and long ones are taken", func(t *testing.T) {
		for _, good := range []string{"今天的榫卯很牢固呢对吧", "荣昌职教2026年春天好", "correct horse battery", "我爱你我爱你我爱你，小猫咪三只和一条狗", strings.Repeat("4@8({[<3691!|105$+7%2", 6)} {
			bad := partnership.Invalid{}
			if CheckPassword(bad, "school", good); len(bad) > 0 && len([]rune(good)) >= 12 {
				t.Errorf("%q: %v", good, bad)
			}
		}
	})
	t.Run("taken", func(t *testing.T) {
		acc := partnership.Account{Role: partnership.RoleDistrict}
		acc.ID = "Teacher"
		if err := a.Create(ctx, acc, secret); !errors.Is(err, partnership.ErrDuplicate) {
			t.Errorf("Create = %v, want ErrDuplicate", err)
		}
	})
	t.Run("school without a school", func(t *testing.T) {
		acc := partnership.Account{Role: partnership.RoleSchool}
		acc.ID = "a9"
		var bad partnership.Invalid
		if err := a.Create(ctx, acc, secret); !errors.As(err, &bad) || bad["party"] == nil {
			t.Errorf("Create = %v, want a sentence against party", err)
		}
	})
}

func TestHash_IsNotThePassword(t *testing.T) {
	h, err := hash(secret, floor)
	if err != nil {
		t.Fatal(err)
	}
	other, err := hash(secret, floor)
	if err != nil || h == other || strings.Contains(h, secret) {
		t.Errorf("hash %q, again %q (%v): want salted and not the password", h, other, err)
	}
	if ok, err := matches(h, secret); !ok || err != nil {
		t.Errorf("matches = %v, %v", ok, err)
	}
	for _, broken := range []string{"", "x", "$argon2id$v=19$m=1$", strings.Replace(h, "argon2id", "md5", 1)} {
		if ok, err := matches(broken, secret); ok || err == nil {
			t.Errorf("broken hash %q: %v, %v", broken, ok, err)
		}
	}
}

// The accounts of a party that is barred neither sign in nor go on, and are told why only
// with the right password; when the party is let in again, they are.
func TestBarredPartyStaysOut(t *testing.T) {
	a, _ := open(t)
	why, ctx := "", context.Background()
	a.barred = func(_ context.Context, role partnership.Role, party string) (string, error) {
		if role == partnership.RoleSchool && party == "school-a" {
			return why, nil
		}
		return "", nil
	}
	token := signIn(t, a)
	why = "已暂停，请联系区教委"
	if _, err := a.Actor(ctx, token); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("goes on with the session it had: %v", err)
	}
	if _, err := a.SignIn(ctx, Attempt{Login: "teacher", Password: secret}); !errors.Is(err, partnership.ErrSignIn) || !strings.Contains(err.Error(), why) {
		t.Errorf("signs in: %v", err)
	}
	if _, err := a.SignIn(ctx, Attempt{Login: "teacher", Password: "不是这一句"}); strings.Contains(err.Error(), why) {
		t.Errorf("a guess is told how the party stands: %v", err)
	}
	why = ""
	if _, err := a.Actor(ctx, token); err != nil {
		t.Errorf("let in again: %v", err)
	}
	signIn(t, a)
}
