package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// wrongAt is a way in which wrong codes of bob are counted.
type wrongAt struct {
	name  string
	wrong func(bob *person, code mfa.Secret) error
	other func(bob *person, code mfa.Secret) error
}

func signingIn(p *person, code mfa.Secret) error {
	_, err := p.try(code)
	return err
}

func bothWays() []wrongAt {
	return []wrongAt{
		{"login", signingIn, (*person).verify},
		{"verify", (*person).verify, signingIn},
	}
}

func TestALockOfOneWayDoesNotBindTheOther(t *testing.T) {
	for _, way := range bothWays() {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			noSuchCode := mfa.NewSecret("0000000000000000")
			for range 5 {
				code(t, way.wrong(bob, bob.wrong()), mfa.Rejected)
				code(t, way.wrong(bob, noSuchCode), mfa.Rejected)
			}
			code(t, way.wrong(bob, bob.code()), mfa.Locked)
			code(t, way.wrong(bob, bob.codes[0]), mfa.Locked)
			ok(t, way.other(bob, bob.code()))
			ok(t, way.other(bob, bob.codes[0]))
			code(t, way.wrong(bob, bob.codes[1]), mfa.Locked) // the lock itself stands

			_, err := w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: bob.email})
			ok(t, err)
			w.clock.Advance(30 * time.Second)
			ok(t, way.wrong(bob, bob.code()))
			ok(t, way.wrong(bob, bob.codes[1]))
		})
	}
}

// The steps of a lock at sign-in are those of TestTheLockoutTimeline, which is about verify.
func TestBothWaysLockInTheSameSteps(t *testing.T) {
	for _, way := range bothWays() {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		bob.enable()
		for range 5 {
			code(t, way.wrong(bob, bob.wrong()), mfa.Rejected)
		}
		for _, lock := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour} {
			begun := w.clock.Now()
			if got := lockedUntil(t, way.wrong(bob, bob.code())).Sub(begun); got != lock {
				t.Errorf("%s: locked for %s, not %s", way.name, got, lock)
			}
			w.clock.Set(begun.Add(lock))
			w.admin.refresh()
			code(t, way.wrong(bob, bob.wrong()), mfa.Rejected)
		}
	}
}

func TestVerifyRefusesAnAccountThatAnAdministratorLockedOrDeactivated(t *testing.T) {
	for name, do := range map[string]func(*world, string) error{
		"locked": func(w *world, user string) error {
			_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: user})
			return err
		},
		"deactivated": func(w *world, user string) error {
			_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: user, Status: mfa.UserDeactivated})
			return err
		},
	} {
		w := newWorld(t)
		on, off := w.user("on@acme.example", mfa.RoleMember), w.user("off@acme.example", mfa.RoleMember)
		on.enable()
		ok(t, do(w, on.email))
		ok(t, do(w, off.email))
		code(t, on.verify(on.code()), mfa.Rejected)
		code(t, on.verify(on.codes[0]), mfa.Rejected)
		_, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: off.email, IfEnrolled: true})
		if code(t, err, mfa.Rejected); t.Failed() {
			t.Error(name)
		}
	}
}

func TestTheHundredAreCountedInBothWaysTogether(t *testing.T) {
	for _, way := range bothWays() {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		bob.enable()
		count := func() { w.edit(bob.email, func(u *mfa.User) { u.OTP.Consecutive, u.VerifyOTP.Consecutive = 60, 39 }) }
		count()
		ok(t, way.wrong(bob, bob.code())) // a right code in one way ends both counts
		w.edit(bob.email, func(u *mfa.User) {
			if u.OTP.Consecutive+u.VerifyOTP.Consecutive != 0 {
				t.Errorf("%s: %d and %d after a right code", way.name, u.OTP.Consecutive, u.VerifyOTP.Consecutive)
			}
		})
		count()
		w.clock.Advance(time.Minute)
		code(t, way.wrong(bob, bob.wrong()), mfa.Rejected)
		w.clock.Advance(48 * time.Hour)
		w.admin.refresh()
		for _, try := range []func(*person, mfa.Secret) error{way.wrong, way.other} {
			refusal(t, try(bob, bob.code()), mfa.Locked, "disabled", "backup code", "mfactl 2fa resync", "reset")
			ok(t, try(bob, bob.codes[0]))
			bob.codes = bob.codes[1:]
		}
	}
}

// exhausted is a world in which bob has 2FA and a hundred wrong codes in a row.
func exhausted(t *testing.T) (*world, *person) {
	t.Helper()
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.edit(bob.email, func(u *mfa.User) { u.VerifyOTP.Consecutive = 100 })
	return w, bob
}

// resync gives two consecutive codes of the person's factor, with a password.
func (p *person) resync(password mfa.Secret) error {
	now := p.w.clock.Now()
	_, err := p.w.Engine.ResyncFactor(p.ctx(), mfa.ResyncFactorRequest{
		Factor: "phone", Password: password,
		First: mfa.NewSecret(p.phone.Code(now)), Second: mfa.NewSecret(p.phone.Code(now.Add(30 * time.Second))),
	})
	return err
}

func TestABackupCodeAndThePasswordEndAHundredWrongCodes(t *testing.T) {
	w, bob := exhausted(t)
	refusal(t, bob.resync(bob.password), mfa.Locked, "sign in with a backup code") // his session proved an app code
	bob.login(bob.codes[0].Reveal())
	refusal(t, bob.resync(mfa.Secret{}), mfa.Usage, "your own password")
	code(t, bob.resync(mfa.NewSecret("not his password")), mfa.Rejected)
	code(t, signingIn(bob, bob.code()), mfa.Locked)
	ok(t, bob.resync(bob.password))
	w.clock.Advance(time.Minute)
	ok(t, signingIn(bob, bob.code()))
	w.clock.Advance(time.Minute)
	ok(t, bob.verify(bob.code()))
}

func TestGuessesAtResyncAfterAHundredWrongCodesAreLocked(t *testing.T) {
	w, bob := exhausted(t)
	bob.login(bob.codes[0].Reveal())
	right := bob.phone
	guess := func() error {
		_, err := w.ResyncFactor(bob.ctx(), mfa.ResyncFactorRequest{Factor: "phone", First: bob.wrong(), Second: bob.wrong(), Password: bob.password})
		return err
	}
	for range 5 {
		code(t, guess(), mfa.Rejected)
	}
	bob.phone = right
	lockedUntil(t, bob.resync(bob.password))
	w.clock.Advance(25 * time.Hour)
	bob.login(bob.codes[1].Reveal())
	ok(t, bob.resync(bob.password))
}

func TestAnUnlockSaysThatAHundredWrongCodesStay(t *testing.T) {
	w, bob := exhausted(t)
	w.edit(bob.email, func(u *mfa.User) {
		u.VerifyOTP.LockedUntil, u.OTP.LockedUntil = w.clock.Now().Add(time.Hour), w.clock.Now().Add(time.Hour)
	})
	for range 2 { // the second one has nothing to do, and says the same
		out, err := w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: bob.email})
		ok(t, err)
		if locks := out.User.Locks; len(locks) != 1 || locks[0].Until != nil || !strings.Contains(locks[0].Remedy, "mfactl 2fa resync") {
			t.Errorf("%+v", locks)
		}
		code(t, bob.verify(bob.code()), mfa.Locked)
	}
	_, err := w.set("", map[string]string{"backup_codes": "0"})
	ok(t, err)
	out, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
	ok(t, err)
	if locks := out.Locks; len(locks) != 1 || locks[0].Remedy != "an administrator resets the 2FA" {
		t.Errorf("where no backup code works: %+v", locks)
	}
}

func TestFiftyWrongCodesInARowAreToldOnceToTheUserAndTheAdministrators(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.edit(bob.email, func(u *mfa.User) { u.OTP.Consecutive, u.VerifyOTP.Consecutive, u.VerifyOTP.Forgiven = 20, 28, 28 })
	for _, want := range []int{0, 1, 1} {
		code(t, bob.verify(bob.wrong()), mfa.Rejected)
		w.mailed(bob.email, mfa.NoticeManyWrong, want)
		w.mailed(w.admin.email, mfa.NoticeManyWrong, want)
	}
	_, err := w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: bob.email})
	ok(t, err)
	code(t, signingIn(bob, bob.wrong()), mfa.Rejected)
	w.mailed(bob.email, mfa.NoticeManyWrong, 1)

	// One mail is enough for an administrator who is the user.
	w.edit(w.admin.email, func(u *mfa.User) { u.OTP.Consecutive = 49 })
	code(t, signingIn(w.admin, w.admin.wrong()), mfa.Rejected)
	w.mailed(w.admin.email, mfa.NoticeManyWrong, 2)
}

// For 225 hours an application, or its thief, gives a wrong code of an administrator every ten
// minutes. What is tried during a lock is not looked at, so the test leaves it out.
func TestWrongCodesAtVerifyEndNoAppCodesWithoutAWayBack(t *testing.T) {
	attack := func(t *testing.T, w *world, owner *person, each func(hour int)) {
		t.Helper()
		app := w.service("app@acme.example", mfa.RoleAdmin).by(w.issue("app@acme.example", "app", mfa.TwoFactorVerify).Token)
		var locked time.Time
		for step := range 225*6 + 1 {
			if step > 0 {
				w.clock.Advance(10 * time.Minute)
			}
			if step%6 == 5 {
				each(step / 6)
			}
			if w.clock.Now().Before(locked) {
				continue
			}
			_, err := w.Verify(app.ctx(), mfa.VerifyRequest{User: owner.email, Code: owner.wrong()})
			if c := mfa.AsError(err).Code; c != mfa.Rejected && c != mfa.Locked {
				t.Fatalf("%v", err)
			}
			locked = mfa.AsError(err).RetryAt
		}
	}
	t.Run("an owner who signs in each day notices nothing", func(t *testing.T) {
		w := newWorld(t)
		attack(t, w, w.admin, func(hour int) {
			if hour%24 == 9 {
				ok(t, signingIn(w.admin, w.admin.code()))
			}
		})
		ok(t, signingIn(w.admin, w.admin.code()))
	})
	t.Run("an owner who was away has the way back", func(t *testing.T) {
		w := newWorld(t)
		owner := w.user("owner@acme.example", mfa.RoleAdmin)
		owner.enable()
		attack(t, w, owner, func(int) {})
		w.mailed(owner.email, mfa.NoticeManyWrong, 1)
		refusal(t, signingIn(owner, owner.code()), mfa.Locked, "sign in with a backup code and run mfactl 2fa resync")
		owner.login(owner.codes[0].Reveal())
		ok(t, owner.resync(owner.password))
		w.clock.Advance(time.Minute)
		ok(t, signingIn(owner, owner.code()))
	})
}
