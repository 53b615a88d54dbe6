package engine_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// keyed carries the person's session and an idempotency key.
func (p *person) keyed(key string) context.Context {
	return mfa.WithCall(p.w.t.Context(), mfa.Call{Token: p.token, Key: mfa.NewSecret(key)})
}

const key = "a key that the client drew"

func TestARetryGetsTheSameAnswerForTenMinutes(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	req := mfa.ResetRequest{User: bob.email, Password: w.admin.password, NewCode: true}
	first, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	w.clock.Advance(10*time.Minute - time.Second)
	again, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	if again.RecoveryCode != first.RecoveryCode || again.Event != first.Event {
		t.Error("the retry made another code")
	}
	w.clock.Advance(time.Second)
	other, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	if other.RecoveryCode == first.RecoveryCode {
		t.Error("the answer outlived its ten minutes")
	}
}

func TestAnotherRequestUnderTheSameKeyIsAConflict(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	req := mfa.ResetRequest{User: bob.email, Password: w.admin.password}
	_, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	req.NewCode = true
	_, err = w.Reset(w.admin.keyed(key), req)
	code(t, err, mfa.Conflict)
	_, err = w.CreateUser(w.admin.keyed(key), mfa.CreateUserRequest{Email: "x@acme.example"})
	code(t, err, mfa.Conflict)
}

func TestNobodyElseGetsTheAnswer(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	eve := w.user("eve@acme.example", mfa.RoleOperator)
	eve.enable()
	req := mfa.ResetRequest{User: bob.email, Password: w.admin.password}
	first, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	req.Password, req.NewCode = eve.password, true
	hers, err := w.Reset(eve.keyed(key), req)
	ok(t, err)
	if hers.RecoveryCode == first.RecoveryCode {
		t.Error("she was given the code of another administrator")
	}
	req.Password, req.NewCode = w.admin.password, false
	again, err := w.Reset(w.admin.keyed(key), req)
	ok(t, err)
	if again.RecoveryCode != first.RecoveryCode {
		t.Error("another administrator took the key over")
	}
	made := mfa.CreateUserRequest{Email: "carol@acme.example"} // an act without a password
	const other = "a second key of the admin's"
	_, err = w.CreateUser(w.admin.keyed(other), made)
	ok(t, err)
	out, err := w.CreateUser(eve.keyed(other), made)
	ok(t, err)
	if out.Changed || !out.Code.IsZero() {
		t.Errorf("she was given the answer of another administrator: %+v", out)
	}
	eve.token = mfa.NewSecret("no token at all")
	_, err = w.Reset(eve.keyed(key), req)
	code(t, err, mfa.Unauthenticated)
}

// A key that was read in a log gives nobody more than they may ask for: of one account's
// tokens each has its own permissions.
func TestAKeyWidensNoToken(t *testing.T) {
	w := newWorld(t)
	wide := w.admin.by(w.admin.issue("wide", mfa.UsersRead, mfa.UsersWrite).Token)
	narrow := w.admin.by(w.admin.issue("narrow", mfa.UsersRead).Token)
	req := mfa.CreateUserRequest{Email: "x@acme.example"}
	first, err := w.CreateUser(wide.keyed(key), req)
	ok(t, err)
	got, err := w.CreateUser(narrow.keyed(key), req)
	code(t, err, mfa.Forbidden)
	if !got.Code.IsZero() {
		t.Error("it was given the code")
	}
	again, err := w.CreateUser(wide.keyed(key), req)
	ok(t, err)
	if again.Code != first.Code {
		t.Error("whoever asked first gets another answer")
	}
}

// A request about what asks is another one of another token, or session, of the account.
func TestAKeyAnswersNobodyElseAboutItself(t *testing.T) {
	w := newWorld(t)
	wide := w.admin.by(w.admin.issue("wide", mfa.UsersRead, mfa.UsersWrite).Token)
	narrow := w.admin.by(w.admin.issue("narrow", mfa.UsersRead).Token)
	req := mfa.RotateTokenRequest{Grace: mfa.Span(time.Minute)}
	first, err := w.RotateToken(wide.keyed(key), req)
	ok(t, err)
	got, err := w.RotateToken(narrow.keyed(key), req)
	code(t, err, mfa.Conflict)
	if !got.Token.IsZero() {
		t.Error("it was given the token of another")
	}
	_, err = w.RotateToken(w.admin.by(first.Token).keyed(key), req)
	code(t, err, mfa.Conflict)
	again, err := w.RotateToken(wide.keyed(key), req)
	ok(t, err)
	if again.Token != first.Token {
		t.Error("whoever asked first gets another answer")
	}
	bob := w.user("bob@acme.example", mfa.RoleMember)
	out, err := w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: bob.password})
	ok(t, err)
	other := bob.by(out.Token)
	_, err = w.Logout(bob.keyed("another key of a client"), mfa.LogoutRequest{})
	ok(t, err)
	_, err = w.Logout(other.keyed("another key of a client"), mfa.LogoutRequest{})
	code(t, err, mfa.Conflict)
	if bob.alive() != mfa.Unauthenticated || other.alive() != "" {
		t.Errorf("asked once: %q, not asked: %q", bob.alive(), other.alive())
	}
}

func TestAnActivationCanBeAskedForAgainThoughItEndedItsSession(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Password: bob.password})
	ok(t, err)
	bob.scan(e)
	req := mfa.ActivateRequest{Code: bob.code()}
	first, err := w.Activate(bob.keyed(key), req)
	ok(t, err)
	for _, token := range []mfa.Secret{bob.token, first.Session.Token} {
		bob.token = token
		again, err := w.Activate(bob.keyed(key), req)
		ok(t, err)
		if again.BackupCodes[0] != first.BackupCodes[0] || again.Session.Token != first.Session.Token {
			t.Error("another answer")
		}
	}
}

func TestARetriedWrongCodeCountsOnce(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	wrong := bob.wrong()
	for range 20 {
		_, err := w.Verify(w.admin.keyed(key), mfa.VerifyRequest{User: bob.email, Code: wrong})
		code(t, err, mfa.Rejected)
	}
	ok(t, bob.verify(bob.code()))
}

func TestADryRunTakesNoKeyAndChangesNothing(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	out, err := w.Reset(w.admin.keyed(key), mfa.ResetRequest{User: bob.email, Change: mfa.Change{DryRun: true}})
	ok(t, err)
	if !out.Changed || !out.RecoveryCode.IsZero() || out.Removed.BackupCodes != 10 {
		t.Errorf("preview: %+v", out)
	}
	bob.login(bob.code().Reveal())
	_, err = w.Reset(w.admin.keyed(key), mfa.ResetRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
}

// Answers that can no longer be had do not pile up.
func TestAnswersThatEndedAreSweptOutByLaterOnes(t *testing.T) {
	w := newWorld(t)
	w.user("bob@acme.example", mfa.RoleMember)
	several := func(n int) {
		for range n {
			_, err := w.Verify(w.admin.keyed(rand.Text()), mfa.VerifyRequest{User: "bob@acme.example", Code: mfa.NewSecret("123456"), IfEnrolled: true})
			ok(t, err)
		}
	}
	several(200)
	w.clock.Advance(10*time.Minute + time.Second)
	several(600)
	if n := w.execute("DELETE FROM replies"); n < 600 || n > 700 {
		t.Errorf("%d answers are kept", n)
	}
}
