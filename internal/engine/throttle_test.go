package engine_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// verify gives a code of the person to the administrator's verify.
func (p *person) verify(code mfa.Secret) error {
	_, err := p.w.Verify(p.w.admin.ctx(), mfa.VerifyRequest{User: p.email, Code: code})
	return err
}

// lockedUntil fails unless an answer is Locked, and returns until when.
func lockedUntil(t *testing.T, err error) time.Time {
	t.Helper()
	code(t, err, mfa.Locked)
	return mfa.AsError(err).RetryAt
}

func TestTheLockoutTimeline(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	start := w.clock.Now()

	for range 5 {
		code(t, bob.verify(bob.wrong()), mfa.Rejected)
	}
	steps := []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, time.Hour, time.Hour}
	for i, lock := range steps {
		begun := w.clock.Now()
		if got := lockedUntil(t, bob.verify(bob.code())); !got.Equal(begun.Add(lock)) {
			t.Fatalf("after %d wrong codes locked for %s, not %s", 5+i, got.Sub(begun), lock)
		}
		w.clock.Set(begun.Add(lock - time.Second))
		w.admin.refresh()
		code(t, bob.verify(bob.code()), mfa.Locked)
		w.clock.Set(begun.Add(lock))
		w.admin.refresh()
		code(t, bob.verify(bob.wrong()), mfa.Rejected)
	}
	// that was the tenth wrong code of the day
	if got := lockedUntil(t, bob.verify(bob.code())); !got.Equal(start.Add(24 * time.Hour)) {
		t.Fatalf("after ten wrong codes locked until %s, not a day after the first", got)
	}
	w.clock.Set(start.Add(24 * time.Hour))
	w.admin.refresh()
	ok(t, bob.verify(bob.code()))
}

func TestARightCodeForgivesNothingOfTheDay(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	start := w.clock.Now()
	for range 2 {
		for range 4 {
			code(t, bob.verify(bob.wrong()), mfa.Rejected)
		}
		w.clock.Advance(time.Minute)
		ok(t, bob.verify(bob.code()))
	}
	code(t, bob.verify(bob.wrong()), mfa.Rejected)
	code(t, bob.verify(bob.wrong()), mfa.Rejected) // the tenth of the day
	if got := lockedUntil(t, bob.verify(bob.code())); !got.Equal(start.Add(24 * time.Hour)) {
		t.Errorf("locked until %s, not a day after the first", got)
	}
}

func TestAWrongCodeIsMailedOnceAnHour(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	mails := func() int64 { return w.execute("UPDATE notices SET sent_at = sent_at WHERE kind = 'wrong-code'") }
	for range 2 {
		code(t, bob.verify(bob.wrong()), mfa.Rejected)
		code(t, bob.verify(mfa.NewSecret("0000000000000000")), mfa.Rejected) // pays the other counter
	}
	if n := mails(); n != 1 {
		t.Errorf("%d mails in the first hour", n)
	}
	w.clock.Advance(time.Hour)
	w.admin.refresh()
	code(t, bob.verify(bob.wrong()), mfa.Rejected)
	if n := mails(); n != 2 {
		t.Errorf("%d mails in two hours", n)
	}
}

func TestALockOfOneTimePasswordsLeavesBackupCodesOpen(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	for range 5 {
		code(t, bob.verify(bob.wrong()), mfa.Rejected)
	}
	code(t, bob.verify(bob.code()), mfa.Locked)
	if out := bob.login(bob.codes[0].Reveal()); out.Level != mfa.LevelMFA {
		t.Fatalf("signed in as %+v", out)
	}
}

func TestAReplayCountsAsWrongAndIsToldApartOnlyInTheAudit(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	given := bob.code()
	ok(t, bob.verify(given))
	replay, wrong := bob.verify(given), bob.verify(bob.wrong())
	code(t, replay, mfa.Rejected)
	if replay.Error() != wrong.Error() || mfa.AsError(replay).HintText() != mfa.AsError(wrong).HintText() {
		t.Errorf("a replay says %q, a wrong code %q", replay, wrong)
	}
	w.recorded(mfa.ActOTPReplay, mfa.OutcomeRefused)
	for range 3 {
		code(t, bob.verify(given), mfa.Rejected)
	}
	code(t, bob.verify(given), mfa.Locked)
}

// hundredWrong gives a hundred wrong codes, and waits until no lock is left.
func (p *person) hundredWrong() {
	for n := 0; n < 100; {
		p.w.clock.Advance(25 * time.Hour)
		p.w.admin.refresh()
		for n < 100 && mfa.AsError(p.verify(p.wrong())).Code == mfa.Rejected {
			n++
		}
	}
	p.w.clock.Advance(48 * time.Hour)
	p.w.admin.refresh()
}

func TestOneHundredWrongCodesDisableOneTimePasswordsUntilAReset(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	bob.hundredWrong()
	err := bob.verify(bob.code())
	code(t, err, mfa.Locked)
	if !mfa.AsError(err).RetryAt.IsZero() {
		t.Error("waiting is said to help")
	}
	info, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
	ok(t, err)
	if info.Factors[0].Status != mfa.FactorDisabled || info.State != mfa.StateOn {
		t.Errorf("status %s, state %s", info.Factors[0].Status, info.State)
	}
	bob.token = mfa.Secret{}
	bob.login(bob.codes[0].Reveal())
	report := bob.reset()
	bob.login(report.RecoveryCode.Reveal())
	bob.enable()
	ok(t, bob.verify(bob.code()))
}

func TestWhoTurns2FAOffAndOnAgainIsNotLockedOutByTheOldFactor(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	bob.hundredWrong()
	bob.token = mfa.Secret{}
	bob.login(bob.codes[0].Reveal())
	_, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
	ok(t, err)
	bob.enable()
	w.clock.Advance(time.Minute)
	ok(t, bob.verify(bob.code()))
}

func TestOfAHundredWrongCodesAtOnceFiveAreChecked(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	wrong := bob.wrong()
	var checked, locked atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			switch mfa.AsError(bob.verify(wrong)).Code {
			case mfa.Rejected:
				checked.Add(1)
			case mfa.Locked:
				locked.Add(1)
			default:
			}
		})
	}
	all.Wait()
	if checked.Load() != 5 || locked.Load() != 95 {
		t.Errorf("%d checked, %d locked", checked.Load(), locked.Load())
	}
}

func TestWrongPasswordsLockForHalfAnHour(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	right := bob.password
	for range 5 {
		bob.password = mfa.NewSecret("not his password")
		_, err := bob.try(mfa.Secret{})
		code(t, err, mfa.Rejected)
	}
	bob.password = right
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected) // the same answer, though the password is right
	w.clock.Advance(30*time.Minute - time.Second)
	_, err = bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
	w.clock.Advance(time.Second)
	bob.login("")
}

func TestTwentyWrongPasswordsADayLockForHalfAnHour(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	right := bob.password
	for range 5 {
		for range 4 {
			bob.password = mfa.NewSecret("not his password")
			_, err := bob.try(mfa.Secret{})
			code(t, err, mfa.Rejected)
		}
		w.clock.Advance(time.Minute)
	}
	bob.password = right
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
	w.clock.Advance(29 * time.Minute)
	bob.login("")
}

// hundredWrongPasswords has the count of wrong passwords reach a hundred, and waits until no
// other lock is left.
func (p *person) hundredWrongPasswords() {
	p.w.t.Helper()
	p.w.edit(p.email, func(u *mfa.User) { u.Password.Consecutive = 99 })
	_, err := p.w.Login(p.w.t.Context(), mfa.LoginRequest{Email: p.email, Password: mfa.NewSecret("not the password")})
	code(p.w.t, err, mfa.Rejected)
	p.w.clock.Advance(48 * time.Hour)
	p.w.admin.refresh()
}

func TestAnUnlockClearsAHundredWrongPasswords(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.hundredWrongPasswords()
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
	unlock := mfa.UnlockUserRequest{User: bob.email}
	_, err = w.Engine.UnlockUser(w.admin.ctx(), unlock)
	refusal(t, err, mfa.Usage, "clear a count of 100 wrong passwords")
	_, err = w.Engine.UnlockUser(w.admin.by(w.admin.issue("all", mfa.Permissions()...).Token).ctx(), unlock)
	refusal(t, err, mfa.Forbidden, "clear a count of 100 wrong passwords")
	unlock.Password = w.admin.password
	out, err := w.Engine.UnlockUser(w.admin.ctx(), unlock)
	ok(t, err)
	if !out.Changed || !slices.Equal(out.Cleared, []string{mfa.ExhaustedPassword}) || len(out.User.Locks) != 0 {
		t.Errorf("%+v, locks %+v", out, out.User.Locks)
	}
	bob.login("")
}

func TestAnUnlockThatCanClearNothingSaysSo(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.edit(bob.email, func(u *mfa.User) { u.OTP.Consecutive = 100 })
	out, err := w.Engine.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: bob.email})
	ok(t, err)
	if out.Changed || len(out.Cleared) != 0 || len(out.User.Locks) != 1 || out.User.Locks[0].What != mfa.ExhaustedCodes {
		t.Errorf("%+v, locks %+v", out, out.User.Locks)
	}
}

func TestAPasswordResetClearsAHundredWrongPasswords(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.hundredWrongPasswords()
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
	out, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	bob.password = mfa.NewSecret("another one of his own")
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: bob.email, Code: out.Code, NewPassword: bob.password})
	ok(t, err)
	bob.login("")
}

func TestFourWrongPasswordsAMinuteAreForgiven(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	right := bob.password
	for range 2 {
		for range 4 {
			bob.password = mfa.NewSecret("not his password")
			_, err := bob.try(mfa.Secret{})
			code(t, err, mfa.Rejected)
		}
		w.clock.Advance(time.Minute)
	}
	bob.password = right
	bob.login("")
}

func TestAnAttemptThatWasKilledAwayIsPaidFor(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for range 4 {
		w.killWhileHashing(bob.email)
	}
	_, err := bob.try(mfa.Secret{})
	ok(t, err) // four are in flight and the fifth is right
	w.killWhileHashing(bob.email)
	_, err = bob.try(mfa.Secret{})
	code(t, err, mfa.Unavailable)
	w.clock.Advance(time.Minute) // nobody came back for them: they were five wrong ones
	_, err = bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
	w.clock.Advance(30 * time.Minute)
	_, err = bob.try(mfa.Secret{})
	ok(t, err)
}
