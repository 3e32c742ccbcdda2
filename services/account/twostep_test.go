package account

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sunmao/services/partnership"
)

// setUp gives the teacher a second step and returns the secret and the recovery codes.
func setUp(t *testing.T, a *Accounts, now *time.Time) (string, []string, string) {
	t.Helper()
	ctx := context.Background()
	token := signIn(t, a)
	actor, err := a.Actor(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	offer, err := a.OfferSecond(ctx, actor, "榫卯")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.OfferSecond(ctx, actor, "榫卯"); err != nil || again != offer {
		t.Fatalf("asked again: %v, %v, want the same offer", again, err)
	}
	codes, err := a.ConfirmSecond(ctx, actor, appCode(t, offer.Secret, *now), token)
	if err != nil || len(codes) != recoveries {
		t.Fatalf("ConfirmSecond = %v, %v", codes, err)
	}
	return offer.Secret, codes, token
}

func appCode(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	raw, err := secretText.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	return codeAt(raw, stepOf(now), codeLen)
}

func TestSecondStep(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	other := signIn(t, a)
	secret32, codes, mine := setUp(t, a, now)
	if _, err := a.Actor(ctx, mine); err != nil {
		t.Errorf("own session ended: %v", err)
	}
	_, err := a.Actor(ctx, other)
	wantSignIn(t, err)

	half := func() string {
		t.Helper()
		e, err := try(a, "teacher", secret, "", "")
		if err != nil || !e.Half || e.Actor.Role != "" || e.Device != "" {
			t.Fatalf("SignIn = %+v, %v, want half a session", e, err)
		}
		_, err = a.Actor(ctx, e.Token)
		wantSignIn(t, err)
		return e.Token
	}
	*now = now.Add(time.Minute)
	token := half()
	if _, err := a.Second(ctx, token, "000000", ""); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("wrong code: %v", err)
	}
	e, err := a.Second(ctx, token, appCode(t, secret32, *now), "")
	if err != nil || e.Token == token || e.Actor.Account != "teacher" {
		t.Fatalf("Second = %+v, %v, want a session under another token", e, err)
	}
	if _, err := a.Actor(ctx, e.Token); err != nil {
		t.Error(err)
	}
	if _, err := a.Second(ctx, token, appCode(t, secret32, *now), ""); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("the half session again: %v", err)
	}
	if _, err := a.Second(ctx, half(), appCode(t, secret32, *now), ""); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("the code again: %v", err)
	}
	if _, err := a.Second(ctx, half(), strings.ToLower(codes[3]), ""); err != nil {
		t.Errorf("recovery code: %v", err)
	}
	if _, err := a.Second(ctx, half(), codes[3], ""); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("recovery code again: %v", err)
	}
	late := half()
	*now = now.Add(halfLife)
	if _, err := a.Second(ctx, late, codes[4], ""); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("after %v: %v, want the sign-in anew", halfLife, err)
	}
	if _, left, err := a.SecondStep(ctx, partnership.Actor{Account: "teacher"}); err != nil || left != recoveries-1 {
		t.Errorf("%d codes left (%v), want one spent", left, err)
	}
}

// Guessing codes locks as guessing passwords does.
func TestSecond_GuessingWaits(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	_, codes, _ := setUp(t, a, now)
	e, err := try(a, "teacher", secret, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for range freeLogin {
		_, _ = a.Second(ctx, e.Token, "123456", "")
	}
	if _, err := a.Second(ctx, e.Token, codes[0], ""); err == nil || !strings.Contains(err.Error(), "次数太多") {
		t.Errorf("after %d wrong codes: %v, want a wait", freeLogin, err)
	}
	if _, err := try(a, "teacher", secret, "", ""); err == nil {
		t.Error("a new half session went round the wait")
	}
}

func TestDropSecond(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	secret32, _, token := setUp(t, a, now)
	actor, err := a.Actor(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(time.Minute)
	for name, try := range map[string][2]string{"password": {"wrong", appCode(t, secret32, *now)}, "code": {secret, "000000"}} {
		var bad partnership.Invalid
		if err := a.DropSecond(ctx, actor, try[0], try[1]); !errors.As(err, &bad) || bad[name] == nil {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
	if err := a.DropSecond(ctx, actor, secret, appCode(t, secret32, *now)); err != nil {
		t.Fatal(err)
	}
	if e, err := try(a, "teacher", secret, "", ""); err != nil || e.Half {
		t.Errorf("SignIn = %+v, %v, want no second step", e, err)
	}
}

// Who must have a second step is let in to set it up, and no further; an administrator
// frees somebody whose telephone is lost.
func TestSecondStep_Demanded(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	acc := partnership.Account{Name: "运维", Role: partnership.RoleOperator}
	acc.ID = "ops"
	if err := a.Create(ctx, acc, secret); err != nil {
		t.Fatal(err)
	}
	e, err := try(a, "ops", secret, "", "")
	if err != nil || !e.Actor.Unready {
		t.Fatalf("SignIn = %+v, %v, want an actor who is not ready", e, err)
	}
	offer, err := a.OfferSecond(ctx, e.Actor, "榫卯")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ConfirmSecond(ctx, e.Actor, appCode(t, offer.Secret, *now), e.Token); err != nil {
		t.Fatal(err)
	}
	actor, err := a.Actor(ctx, e.Token)
	if err != nil || actor.Unready {
		t.Errorf("Actor = %+v, %v, want ready", actor, err)
	}
	if err := a.DropSecond(ctx, actor, secret, ""); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("DropSecond = %v, want ErrForbidden", err)
	}
	if _, err := a.Act(ctx, partnership.System("test"), "ops", Unlink); err != nil {
		t.Fatal(err)
	}
	if e, err := try(a, "ops", secret, "", ""); err != nil || e.Half || !e.Actor.Unready {
		t.Errorf("after Unlink: %+v, %v", e, err)
	}
}

// The secret rests sealed, for this account only.
func TestSecondStep_SecretIsSealed(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	secret32, codes, _ := setUp(t, a, now)
	acc, err := a.accounts.Get(ctx, "teacher")
	if err != nil || strings.Contains(string(acc.TOTP), secret32) || strings.Contains(strings.Join(acc.Recovery, " "), strings.ReplaceAll(codes[0], "-", "")) {
		t.Fatalf("the account holds its secrets in plain: %+v, %v", acc, err)
	}
	other := acc
	other.ID = "somebody-else"
	if err := a.useCode(&other, appCode(t, secret32, *now)); err == nil || errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("copied into another account: %v, want it not to open", err)
	}
}

func TestSessions_ListAndEnd(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	first := signIn(t, a)
	*now = now.Add(time.Minute)
	second := signIn(t, a)
	actor, err := a.Actor(ctx, second)
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.Sessions(ctx, actor, second)
	if err != nil || len(list) != 2 || !list[0].Mine || list[1].Mine || list[0].Agent != "test" {
		t.Fatalf("Sessions = %+v, %v, want two, mine first", list, err)
	}
	stranger := partnership.Actor{Account: "stranger"}
	if err := a.EndSession(ctx, stranger, "", list[1].ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("a stranger ends it: %v, want ErrNotFound", err)
	}
	if err := a.EndSession(ctx, actor, second, list[1].ID); err != nil {
		t.Fatal(err)
	}
	_, err = a.Actor(ctx, first)
	wantSignIn(t, err)
	third := signIn(t, a)
	if err := a.EndSession(ctx, actor, second, ""); err != nil {
		t.Fatal(err)
	}
	_, err = a.Actor(ctx, third)
	wantSignIn(t, err)
	if _, err := a.Actor(ctx, second); err != nil {
		t.Errorf("own session: %v", err)
	}
	for range most + 3 {
		signIn(t, a)
		*now = now.Add(time.Second)
	}
	if list, err = a.Sessions(ctx, actor, second); err != nil || len(list) != most {
		t.Errorf("%d sessions (%v), want at most %d", len(list), err, most)
	}
	_, err = a.Actor(ctx, second)
	wantSignIn(t, err) // the oldest went
}
