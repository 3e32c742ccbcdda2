package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

func try(a *Accounts, login, password, address, device string) (Entry, error) {
	return a.SignIn(context.Background(), Attempt{Login: login, Password: password, Address: address, Device: device})
}

// The wait after wrong passwords begins with a minute and doubles, to half an hour, for
// logins that exist and for those that do not alike.
func TestSignIn_WaitsGrow(t *testing.T) {
	for _, login := range []string{"teacher", "nobody"} {
		t.Run(login, func(t *testing.T) {
			a, now := open(t)
			for i := range freeLogin {
				if _, err := try(a, login, "wrong", "", ""); err == nil || strings.Contains(err.Error(), "次数太多") {
					t.Fatalf("try %d: %v, want it counted and no more", i+1, err)
				}
			}
			for _, wait := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
				wait *= time.Minute
				_, err := try(a, login, secret, "", "")
				if !errors.Is(err, partnership.ErrSignIn) || !strings.Contains(err.Error(), fmt.Sprintf("%d 分钟", int(wait.Minutes()))) {
					t.Fatalf("in the wait of %v: %v", wait, err)
				}
				*now = now.Add(wait + time.Second)
				if _, err := try(a, login, "wrong", "", ""); err == nil || strings.Contains(err.Error(), "次数太多") {
					t.Fatalf("after the wait of %v: %v", wait, err)
				}
			}
			*now = now.Add(longest + time.Second)
			if login == "teacher" {
				if _, err := try(a, login, secret, "", ""); err != nil {
					t.Errorf("right password after the wait: %v", err)
				}
				if _, err := try(a, login, "wrong", "", ""); err == nil || strings.Contains(err.Error(), "次数太多") {
					t.Errorf("the count does not begin anew: %v", err)
				}
			}
		})
	}
}

// Every answer to a wrong try is the same sentence for logins that exist and those that
// do not, through the whole course of a lock-out.
func TestSignIn_TellsNoLogin(t *testing.T) {
	a, now := open(t)
	for i := range 12 {
		_, there := try(a, "teacher", "wrong", "", "")
		_, none := try(a, "nobody", "wrong", "", "")
		if there == nil || none == nil || there.Error() != none.Error() {
			t.Fatalf("try %d: %v for a login there is, %v for none", i+1, there, none)
		}
		*now = now.Add(40 * time.Second)
	}
}

// A hundred guesses sent at once are no more than the free ones.
func TestSignIn_ManyAtOnceCountToo(t *testing.T) {
	a, _ := open(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	checked := 0
	for range 40 {
		wg.Go(func() {
			if _, err := try(a, "teacher", "wrong", "", ""); err != nil && !strings.Contains(err.Error(), "次数太多") {
				mu.Lock()
				checked++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if checked > freeLogin {
		t.Errorf("%d passwords were checked, want at most %d", checked, freeLogin)
	}
}

// Strangers who try passwords do not lock out the browser that has signed in before.
func TestSignIn_KnownBrowserHasItsOwnCount(t *testing.T) {
	a, _ := open(t)
	e, err := try(a, "teacher", secret, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for range freeLogin + 1 {
		_, _ = try(a, "teacher", "wrong", "", "")
	}
	if _, err := try(a, "teacher", secret, "", "made.up"); err == nil {
		t.Error("a made-up browser got past the wait")
	}
	if _, err := try(a, "teacher", secret, "", e.Device); err != nil {
		t.Errorf("the known browser: %v", err)
	}
	for range freeLogin {
		_, _ = try(a, "teacher", "wrong", "", e.Device)
	}
	if _, err := try(a, "teacher", secret, "", e.Device); err == nil {
		t.Error("a known browser may guess without end")
	}
	if _, ok := a.knownDevice("other", e.Device); ok {
		t.Error("the browser is known to another login too")
	}
}

func TestSignIn_AddressWaits(t *testing.T) {
	a, now := open(t)
	for i := range freeAddress {
		_, _ = try(a, fmt.Sprintf("someone%d", i), "wrong", "192.0.2.1", "")
	}
	if _, err := try(a, "teacher", secret, "192.0.2.1", ""); err == nil || !strings.Contains(err.Error(), "次数太多") {
		t.Errorf("from the address of 20 wrong tries: %v", err)
	}
	if _, err := try(a, "teacher", secret, "192.0.2.2", ""); err != nil {
		t.Errorf("from another address: %v", err)
	}
	*now = now.Add(time.Minute + time.Second)
	for range 3 * freeAddress { // right ones do not count
		if _, err := try(a, "teacher", secret, "192.0.2.1", ""); err != nil {
			t.Fatalf("after the wait: %v", err)
		}
	}
}

// Neither addresses nor what was typed as a login rest in the store.
func TestThrottles_KeepNoAddress(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	_, _ = try(a, "张三的身份证", "wrong", "192.0.2.77", "")
	all, err := a.throttles.All(ctx, store.Query{})
	if err != nil || len(all) != 2 {
		t.Fatalf("throttles = %v, %v", all, err)
	}
	for _, b := range all {
		if strings.Contains(b.ID, "192") || strings.Contains(b.ID, "张三") {
			t.Errorf("throttle %q names what it counts", b.ID)
		}
	}
	*now = now.Add(forgotten + longest + time.Minute)
	if n, err := a.Sweep(ctx); err != nil || n != 2 {
		t.Errorf("Sweep = %d, %v, want both", n, err)
	}
}

func TestTry_OtherThings(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	for range freeAddress {
		if err := a.Try(ctx, "register", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Try(ctx, "register", "192.0.2.1"); !errors.Is(err, partnership.ErrTooMany) {
		t.Errorf("Try = %v, want ErrTooMany", err)
	}
	if err := a.Try(ctx, "join", "192.0.2.1"); err != nil {
		t.Errorf("another thing: %v", err)
	}
	*now = now.Add(2 * forgotten)
	if err := a.Try(ctx, "register", "192.0.2.1"); err != nil {
		t.Errorf("after two days: %v", err)
	}
}

// The administrator lets a locked person in at once.
func TestAct_EnableUnlocks(t *testing.T) {
	ctx := context.Background()
	a, _ := open(t)
	for range freeLogin {
		_, _ = try(a, "teacher", "wrong", "", "")
	}
	list, _, err := a.List(ctx, schoolAdmin, "", 0)
	if err != nil || len(list) != 1 || list[0].Locked == 0 {
		t.Fatalf("List = %+v, %v, want the lock shown", list, err)
	}
	if _, err := a.Act(ctx, schoolAdmin, "teacher", Enable); err != nil {
		t.Fatal(err)
	}
	if _, err := try(a, "teacher", secret, "", ""); err != nil {
		t.Errorf("after Enable: %v", err)
	}
}
