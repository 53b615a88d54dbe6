package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

// What a sign-in opened may have ended since: then the retry is judged as a new one is.
func TestASignInWhoseSessionEndedIsJudgedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(w *world, bob *person) error
		want mfa.Code
	}{
		"deactivated": {func(w *world, bob *person) error {
			_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: mfa.UserDeactivated})
			return err
		}, mfa.Rejected},
		"locked": {func(w *world, bob *person) error {
			_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: bob.email})
			return err
		}, mfa.Locked},
		"revoked": {func(w *world, bob *person) error {
			_, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
			return err
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.user("bob@acme.example", mfa.RoleMember)
			first, err := bob.signIn(key, bob.password.Reveal(), "")
			ok(t, err)
			ok(t, tt.end(w, bob))
			again, err := bob.signIn(key, bob.password.Reveal(), "")
			code(t, err, tt.want)
			if again.Token == first.Token {
				t.Error("the retry was given a session that has ended")
			}
			if tt.want == "" && bob.by(again.Token).alive() != "" {
				t.Error("the retry was given no session that works")
			}
		})
	}
}

// A challenge that waits for its code is given again, also one that asks for a method.
func TestAChallengeIsRepeated(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	first, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	again, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	if again.Token != first.Token {
		t.Error("another challenge")
	}
	_, err = w.Answer(t.Context(), mfa.AnswerRequest{Challenge: again.Token, Code: bob.code()})
	ok(t, err)
}

// After another code under its key a sign-in is kept and repeated like a first one.
func TestASignInAfterAMismatchIsRepeated(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	_, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	other := mfa.LoginRequest{Email: bob.email, Password: bob.password, Method: mfa.KindTOTP}
	second, err := w.Login(w.under(key), other)
	ok(t, err)
	again, err := w.Login(w.under(key), other)
	ok(t, err)
	if again.Token != second.Token {
		t.Error("the second sign-in was not kept")
	}
}

// Methods before sign-in have names of their own under one key, also for one account.
func TestSignInAndSetPasswordDoNotMeetUnderOneKey(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	out, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	redeem := mfa.RedeemPasswordRequest{Email: bob.email, Code: out.Code, NewPassword: mfa.NewSecret("a password bob chose")}
	_, err = w.RedeemPassword(w.under(key), redeem)
	ok(t, err)
	_, err = bob.signIn(key, redeem.NewPassword.Reveal(), "")
	ok(t, err)
	_, err = w.RedeemPassword(w.under(key), redeem)
	ok(t, err)
}

// A refusal of a caller who is signed in is kept for its request, and for no other.
func TestAKeptRefusalAnswersItsRequestAlone(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	req := mfa.ResetRequest{User: bob.email, Password: mfa.NewSecret("a wrong password")}
	for range 12 { // the same wrong password is one guess
		_, err := w.Reset(w.admin.keyed(key), req)
		code(t, err, mfa.Rejected)
	}
	if n := len(w.texts("SELECT seq, '' FROM events WHERE method = 'Reset' AND code = 'rejected'")); n != 1 {
		t.Errorf("%d events of one refusal and its repetitions", n)
	}
	req.Password = w.admin.password
	_, err := w.Reset(w.admin.keyed(key), req)
	code(t, err, mfa.Conflict)
}

// The act may have removed what it was done to: its repetition is answered all the same.
func TestADeletionIsRepeated(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for range 2 {
		out, err := w.DeleteUser(w.admin.keyed(key), mfa.DeleteUserRequest{User: bob.email})
		ok(t, err)
		if !out.Changed {
			t.Error("the retry says that nothing was changed")
		}
	}
}

// A guess at a password under a used key names its target in the audit trail, as any does.
func TestAGuessUnderAUsedKeyNamesItsTarget(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	req := mfa.ResetRequest{User: bob.email, Password: w.admin.password}
	_, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	req.Password = mfa.NewSecret("a guess at the password")
	_, err = w.Reset(w.admin.keyed(key), req)
	code(t, err, mfa.Rejected)
	if ev := w.recorded(mfa.ActAuthFail, mfa.OutcomeRefused); ev.Target != bob.email || ev.Actor != w.admin.email {
		t.Errorf("%q guessed, to reset %q", ev.Actor, ev.Target)
	}
}

// The repetition of a change of password forgives no wrong password.
func TestARepeatedChangeOfPasswordForgivesNothing(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	req := mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("another password of his own")}
	_, err := w.ChangePassword(bob.keyed(key), req)
	ok(t, err)
	wrong := func() {
		t.Helper()
		_, err := bob.signIn("a key of a stranger, drawn at random", "a wrong password", "")
		code(t, err, mfa.Rejected)
	}
	for range 4 {
		wrong()
	}
	_, err = w.ChangePassword(bob.keyed(key), req)
	ok(t, err)
	wrong()
	bob.password = req.NewPassword
	_, err = bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
}

// rerun is a store that undoes each change and makes it again, as one does whose
// transaction lost a race.
type rerun struct{ mfa.Store }

func (r rerun) Update(ctx context.Context, f func(mfa.Tx) error) error {
	undo := errors.New("once more")
	if err := r.Store.Update(ctx, func(tx mfa.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return undo
	}); !errors.Is(err, undo) {
		return err
	}
	return r.Store.Update(ctx, f)
}

// Of a transaction that ran twice the second run alone counts, with and without an answer
// that was kept.
func TestARetryOverAStoreThatRunsEachChangeTwice(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.Engine = engine.New(rerun{w.store}, w.keys, quick())
	w.serve(t)
	first, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	_, err = bob.signIn(key, "a guess at the password", "")
	code(t, err, mfa.Rejected)
	again, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	if again.Token != first.Token {
		t.Error("the retry opened another session")
	}
	reset := mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password}
	one, err := w.ResetPassword(w.admin.keyed(key), reset)
	ok(t, err)
	two, err := w.ResetPassword(w.admin.keyed(key), reset)
	ok(t, err)
	if one.Code != two.Code || one.Event != two.Event {
		t.Error("the act was done again")
	}
	if n := len(w.texts("SELECT seq, '' FROM events WHERE method = 'ResetPassword' AND outcome = 'ok'")); n != 1 {
		t.Errorf("%d events of one act", n)
	}
}

// A server takes out all that is over, however many there are.
func TestASweepOfAServerLeavesNothingThatIsOver(t *testing.T) {
	w := newWorld(t)
	old := w.clock.Now().Add(-time.Hour)
	err := w.store.Update(t.Context(), func(tx mfa.Tx) error {
		for n := range 2500 {
			if err := tx.PutReply(mfa.Reply{Period: mfa.ReplyPeriod(old), Name: fmt.Sprint(n), At: old}); err != nil {
				return err
			}
		}
		return nil
	})
	ok(t, err)
	ok(t, w.Sweep(t.Context()))
	if n := len(w.texts("SELECT name, '' FROM replies")); n != 0 {
		t.Errorf("%d answers are left", n)
	}
}
