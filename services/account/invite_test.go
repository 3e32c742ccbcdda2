package account

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"sunmao/services/partnership"
)

// The people of these tests: admins of one school, of its district, of another
// district, and a colleague who manages nobody.
var (
	schoolAdmin = partnership.Actor{Account: "head", Role: partnership.RoleSchool, Party: "school-a", Region: "500153", Admin: true}
	colleague   = partnership.Actor{Account: "clerk", Role: partnership.RoleSchool, Party: "school-a", Region: "500153"}
	district    = partnership.Actor{Account: "district", Role: partnership.RoleDistrict, Region: "500153", Admin: true}
	elsewhere   = partnership.Actor{Account: "other", Role: partnership.RoleDistrict, Region: "500112", Admin: true}
	city        = partnership.Actor{Account: "city", Role: partnership.RoleDistrict, Region: "500100", Admin: true}
	operator    = partnership.Actor{Account: "ops", Role: partnership.RoleOperator, Admin: true}
)

func forSchool() partnership.Invitation {
	return partnership.Invitation{Role: partnership.RoleSchool, Party: "school-a", PartyName: "甲校", Region: "500153", Name: "王老师"}
}

func TestInvite_WhoMay(t *testing.T) {
	ctx := context.Background()
	a, _ := open(t)
	company := partnership.Invitation{Role: partnership.RoleCompany, Party: "company-a", Region: "500153"}
	officer := partnership.Invitation{Role: partnership.RoleDistrict, Region: "500153"}
	engineer := partnership.Invitation{Role: partnership.RoleOperator}
	otherSchool := forSchool()
	otherSchool.Party = "school-b"
	for _, tc := range []struct {
		name  string
		actor partnership.Actor
		draft partnership.Invitation
		ok    bool
	}{
		{"admin invites a colleague", schoolAdmin, forSchool(), true},
		{"admin invites for another school", schoolAdmin, otherSchool, false},
		{"school admin invites for a company", schoolAdmin, company, false},
		{"colleague invites", colleague, forSchool(), false},
		{"district invites a school", district, forSchool(), true},
		{"district invites a company", district, company, true},
		{"district invites a colleague", district, officer, true},
		{"district invites an operator", district, engineer, false},
		{"another district", elsewhere, forSchool(), false},
		{"the city above", city, forSchool(), true},
		{"operator invites an operator", operator, engineer, true},
		{"operator invites the district", operator, officer, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			token, inv, err := a.Invite(ctx, tc.actor, tc.draft)
			if tc.ok != (err == nil) || !tc.ok && !errors.Is(err, partnership.ErrForbidden) {
				t.Fatalf("Invite = %v, want ok %v or ErrForbidden", err, tc.ok)
			}
			if tc.ok && (len(token) != 43 || inv.ID == token || inv.By != tc.actor.Account) {
				t.Errorf("token %q, invitation %+v: want 256 bits of which only the hash is kept", token, inv)
			}
		})
	}
}

func TestJoin(t *testing.T) {
	ctx := context.Background()
	invite := func(t *testing.T) (*Accounts, *time.Time, string) {
		a, now := open(t)
		token, _, err := a.Invite(ctx, district, forSchool())
		if err != nil {
			t.Fatal(err)
		}
		return a, now, token
	}
	t.Run("makes the account and signs in", func(t *testing.T) {
		a, _, token := invite(t)
		acc, err := a.Join(ctx, token, " Wang ", "", secret)
		if err != nil || acc.ID != "wang" || acc.Party != "school-a" || acc.Role != partnership.RoleSchool || acc.Name != "王老师" || acc.Admin || acc.Hash != "" {
			t.Fatalf("Join = %+v, %v", acc, err)
		}
		if e, err := a.SignIn(ctx, Attempt{Login: "wang", Password: secret}); err != nil || e.Actor.Party != "school-a" || e.Actor.Admin {
			t.Errorf("SignIn = %+v, %v", e.Actor, err)
		}
	})
	t.Run("once", func(t *testing.T) {
		a, _, token := invite(t)
		if _, err := a.Join(ctx, token, "wang", "", secret); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Join(ctx, token, "li", "", secret); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("second use: %v, want ErrNotFound", err)
		}
	})
	t.Run("not after it ran out", func(t *testing.T) {
		a, now, token := invite(t)
		*now = now.Add(linkLife)
		if _, err := a.Join(ctx, token, "wang", "", secret); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("Join = %v, want ErrNotFound", err)
		}
		if n, err := a.Sweep(ctx); err != nil || n != 0 {
			t.Errorf("Sweep at the last moment = %d, %v", n, err)
		}
		*now = now.Add(time.Second)
		if n, err := a.Sweep(ctx); err != nil || n != 1 {
			t.Errorf("Sweep = %d, %v, want the link, which names a person", n, err)
		}
	})
	t.Run("not after it was withdrawn", func(t *testing.T) {
		a, _, token := invite(t)
		open, err := a.Invitations(ctx, schoolAdmin)
		if err != nil || len(open) != 1 {
			t.Fatalf("Invitations = %v, %v", open, err)
		}
		if err := a.Withdraw(ctx, elsewhere, open[0].ID); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("another district withdraws: %v, want ErrNotFound", err)
		}
		if err := a.Withdraw(ctx, schoolAdmin, open[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Join(ctx, token, "wang", "", secret); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("Join = %v, want ErrNotFound", err)
		}
	})
	t.Run("a refusal leaves it usable", func(t *testing.T) {
		a, _, token := invite(t)
		for login, password := range map[string]string{"teacher": secret, "wang": "short", "a b": secret} {
			var bad partnership.Invalid
			if _, err := a.Join(ctx, token, login, "", password); !errors.As(err, &bad) {
				t.Errorf("Join as %q = %v, want Invalid", login, err)
			}
		}
		if _, err := a.Join(ctx, token, "wang", "", secret); err != nil {
			t.Errorf("after refusals: %v", err)
		}
	})
	t.Run("a made-up token is none", func(t *testing.T) {
		a, _, _ := invite(t)
		if _, err := a.Join(ctx, newToken(), "wang", "", secret); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("Join = %v, want ErrNotFound", err)
		}
	})
	t.Run("two at once", func(t *testing.T) {
		a, _, token := invite(t)
		errs := make([]error, 4)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = a.Join(ctx, token, "wang"+string(rune('a'+i)), "", secret) })
		}
		wg.Wait()
		if n := slices.IndexFunc(errs, func(err error) bool { return err == nil }); n < 0 {
			t.Fatalf("nobody got in: %v", errs)
		}
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else if !errors.Is(err, partnership.ErrConflict) && !errors.Is(err, partnership.ErrNotFound) {
				t.Errorf("loser: %v", err)
			}
		}
		if in != 1 {
			t.Errorf("%d got in with one link", in)
		}
	})
}

func TestInviteReset(t *testing.T) {
	ctx := context.Background()
	a, _ := open(t)
	session := signIn(t, a)
	if _, _, err := a.InviteReset(ctx, elsewhere, "teacher"); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("another district resets: %v, want ErrNotFound", err)
	}
	token, _, err := a.InviteReset(ctx, schoolAdmin, "teacher")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Actor(ctx, session); err != nil {
		t.Errorf("before the link is used: %v, want the session alive", err)
	}
	fresh := "换一句我记得住的长话 2026"
	if _, err := a.Join(ctx, token, "ignored", "ignored", fresh); err != nil {
		t.Fatal(err)
	}
	_, err = a.Actor(ctx, session)
	wantSignIn(t, err)
	if e, err := a.SignIn(ctx, Attempt{Login: "teacher", Password: fresh}); err != nil || e.Actor.Account != "teacher" {
		t.Errorf("SignIn with the new password = %+v, %v", e.Actor, err)
	}
	if _, err := a.Join(ctx, token, "", "", secret); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("second use: %v, want ErrNotFound", err)
	}
}

func TestAct(t *testing.T) {
	ctx := context.Background()
	a, _ := open(t)
	for _, actor := range []partnership.Actor{elsewhere, colleague, {Account: "x", Role: partnership.RoleCompany, Party: "school-a", Admin: true}} {
		if _, err := a.Act(ctx, actor, "teacher", Disable); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("%s disables: %v, want ErrNotFound", actor.Account, err)
		}
	}
	session := signIn(t, a)
	if _, err := a.Act(ctx, schoolAdmin, "teacher", Disable); err != nil {
		t.Fatal(err)
	}
	_, err := a.Actor(ctx, session)
	wantSignIn(t, err)
	if _, err := a.Act(ctx, schoolAdmin, "teacher", Enable); err != nil {
		t.Fatal(err)
	}
	if acc, err := a.Act(ctx, schoolAdmin, "teacher", Promote); err != nil || !acc.Admin || acc.Hash != "" {
		t.Fatalf("Promote = %+v, %v", acc, err)
	}
	self := schoolAdmin
	self.Account = "teacher"
	if _, err := a.Act(ctx, self, "teacher", Dismiss); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("dismissing oneself: %v, want ErrConflict", err)
	}
	if _, err := a.Act(ctx, schoolAdmin, "teacher", "sing"); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("unknown verb: %v, want ErrConflict", err)
	}
	nowhere := elsewhere
	nowhere.Region = ""
	for who, want := range map[*partnership.Actor]int{&nowhere: 0, &schoolAdmin: 1, &district: 1, &city: 1, &operator: 1, &elsewhere: 0} {
		if list, _, err := a.List(ctx, *who, "", 0); err != nil || len(list) != want || want == 1 && list[0].Hash != "" {
			t.Errorf("%s lists %d (%v), want %d without hashes", who.Account, len(list), err, want)
		}
	}
	if _, _, err := a.List(ctx, colleague, "", 0); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("colleague lists: %v, want ErrForbidden", err)
	}
}

// Accounts made before there were colleagues manage their party.
func TestUpcast_OldAccountsAreAdmins(t *testing.T) {
	got, err := AccountSpec.Upcast(0, []byte(`{"_id":"old","hash":"h","failures":9007199254740993}`))
	if err != nil || string(got) != `{"_id":"old","admin":true,"failures":9007199254740993,"hash":"h"}` {
		t.Errorf("Upcast = %s, %v", got, err)
	}
}
