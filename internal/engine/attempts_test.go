package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Whoever counts answers must not learn which addresses exist.
func TestAnUnknownAddressIsCountedAsAKnownOne(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	answers := func(address string) string {
		var all string
		var wait sync.WaitGroup
		var mu sync.Mutex
		count := map[mfa.Code]int{}
		for range 12 {
			wait.Go(func() {
				_, err := w.Login(w.t.Context(), mfa.LoginRequest{Email: address, Password: mfa.NewSecret("not the password")})
				mu.Lock()
				defer mu.Unlock()
				count[mfa.AsError(err).Code]++
			})
		}
		wait.Wait()
		// Some were told to come back later, the others were wrong: at most five.
		if count[mfa.Rejected] > 0 && count[mfa.Rejected]+count[mfa.Unavailable] == 12 {
			all = "wrong or later"
		}
		for range 12 {
			_, err := w.Login(w.t.Context(), mfa.LoginRequest{Email: address, Password: mfa.NewSecret("not the password")})
			all += fmt.Sprint(" ", mfa.AsError(err).Code)
		}
		return all
	}
	if known, unknown := answers(bob.email), answers("nobody@acme.example"); known != unknown {
		t.Errorf("known:   %s\nunknown: %s", known, unknown)
	}
}

// A process that could not do its work has judged nothing.
func TestAnAttemptThatWasNeverJudgedIsGivenBack(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		failing := engine.New(&cancelAfterOne{Store: w.store, cancel: cancel}, w.keys, quick())
		if _, err := failing.Login(ctx, mfa.LoginRequest{Email: bob.email, Password: bob.password}); err == nil {
			t.Fatal("it went on after it was canceled")
		}
	}
	w.clock.Advance(2 * time.Minute)
	bob.login("")
}

// Sign-ins that were given up are given back to an address that is nobody's as well, and
// those of a locked account are in flight as others are: whoever makes many at once is
// told no more than by one.
func TestSignInsThatAreGivenUpTellNothing(t *testing.T) {
	w := newWorld(t)
	w.user("bob@acme.example", mfa.RoleMember)
	locked := w.user("locked@acme.example", mfa.RoleMember)
	login := func(address string) mfa.Code {
		_, err := w.Login(t.Context(), mfa.LoginRequest{Email: address, Password: mfa.NewSecret("not the password")})
		return mfa.AsError(err).Code
	}
	for range 5 {
		_ = login(locked.email)
	}
	w.clock.Advance(2 * time.Minute)
	for _, address := range []string{"bob@acme.example", locked.email, "nobody@acme.example"} {
		for range 6 {
			ctx, cancel := context.WithCancel(t.Context())
			failing := engine.New(&cancelAfterOne{Store: w.store, cancel: cancel}, w.keys, quick())
			_, err := failing.Login(ctx, mfa.LoginRequest{Email: address, Password: mfa.NewSecret("not the password")})
			code(t, err, mfa.Unavailable)
		}
		if got := login(address); got != mfa.Rejected {
			t.Errorf("%s: given up ones count: %s", address, got)
		}
		w.clock.Advance(time.Minute) // that one no longer counts among five
		for range 5 {
			w.killWhileHashing(address)
		}
		if got := login(address); got != mfa.Unavailable {
			t.Errorf("%s: with five in flight the answer is %s", address, got)
		}
	}
}

// Whoever knocks at a locked account without end, and waits for no answer, makes its
// lock no longer and uses nothing up.
func TestALockIsMadeNoLongerByWhoGivesUp(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for range 5 {
		_, err := w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: mfa.NewSecret("not the password")})
		code(t, err, mfa.Rejected)
	}
	end := w.clock.Now().Add(30 * time.Minute)
	for range 25 {
		for range 5 {
			w.killWhileHashing(bob.email)
		}
		w.clock.Advance(time.Minute)
	}
	w.clock.Set(end.Add(time.Minute))
	bob.login("")
}

// cancelAfterOne is a store whose caller gives up after one update.
type cancelAfterOne struct {
	mfa.Store
	cancel func()
}

func (c *cancelAfterOne) Update(ctx context.Context, f func(mfa.Tx) error) error {
	defer c.cancel()
	return c.Store.Update(ctx, f)
}

func TestCallsAtOnceUnderOneKeyPayOnce(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for n := range 3 {
		ctx := mfa.WithCall(t.Context(), mfa.Call{Key: mfa.NewSecret(fmt.Sprintf("a key drawn for call %d", n))})
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() { _, _ = w.Login(ctx, mfa.LoginRequest{Email: bob.email, Password: bob.password}) })
		}
		wait.Wait()
	}
	w.clock.Advance(2 * time.Minute)
	bob.login("")
}

func TestAUserWhoIsNotNamedIsMalformed(t *testing.T) {
	w := newWorld(t)
	_, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{})
	code(t, err, mfa.Usage)
	_, err = w.Verify(w.admin.ctx(), mfa.VerifyRequest{Code: mfa.NewSecret("123456")})
	code(t, err, mfa.Usage)
	_, err = w.Reset(w.admin.ctx(), mfa.ResetRequest{Password: w.admin.password})
	code(t, err, mfa.Usage)
}

func TestVerifySaysNoInOneWay(t *testing.T) {
	w := newWorld(t)
	off, on := w.user("off@acme.example", mfa.RoleMember), w.user("on@acme.example", mfa.RoleMember)
	on.enable()
	wrong := on.verify(on.wrong())
	none := on.verify(on.wrong())
	off.phone = on.phone
	if without := off.verify(off.wrong()); without.Error() != wrong.Error() || none.Error() != wrong.Error() {
		t.Errorf("off: %v; on: %v", without, wrong)
	}
}

func TestAUsedRecoveryCodeIsToldToWhoHasThePassword(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	report := bob.reset()
	bob.login(report.RecoveryCode.Reveal())
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Expired)
	_, err = bob.try(report.RecoveryCode)
	code(t, err, mfa.Rejected)
}

func TestASetOfBackupCodesThatIsUsedUpIsReplaced(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	for _, code := range bob.codes {
		w.clock.Advance(time.Minute)
		bob.login(code.Reveal())
	}
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "tablet", Further: true, Password: bob.password})
	ok(t, err)
	bob.scan(e)
	a, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
	ok(t, err)
	if len(a.BackupCodes) != 10 {
		t.Errorf("%d new codes", len(a.BackupCodes))
	}
}

func TestAnAddressChangedWithTheRoleCountsAsBothResets(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve@acme.example", mfa.RoleAdmin)
	eve.enable()
	_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: eve.email, Role: mfa.RoleMember, Email: "eva@acme.example"})
	code(t, err, mfa.PolicyForbids)
}

func TestNewBackupCodesKillTheOldOnes(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	out, err := w.GenerateBackupCodes(bob.ctx(), mfa.GenerateBackupCodesRequest{Password: bob.password})
	ok(t, err)
	if len(out.Codes) != 10 || out.Revoked != 10 {
		t.Errorf("%d new codes, %d revoked", len(out.Codes), out.Revoked)
	}
	code(t, bob.verify(bob.codes[0]), mfa.Rejected)
	ok(t, bob.verify(out.Codes[9]))
	code(t, bob.verify(out.Codes[9]), mfa.Rejected)
}

func TestAnAddressOfAnAdministratorCountsAsBothResets(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve@acme.example", mfa.RoleAdmin)
	eve.enable()
	for range 2 { // it always takes two people, however long nothing was done to her
		_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: eve.email, Email: "eva@acme.example"})
		code(t, err, mfa.PolicyForbids)
		w.clock.Advance(30 * 24 * time.Hour)
		w.admin.refresh()
	}
}
