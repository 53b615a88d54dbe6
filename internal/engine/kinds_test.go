package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestACounterFactorSignsInAndIsBroughtBackInStep(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindHOTP, Label: "token", Password: bob.password})
	ok(t, err)
	bob.scan(e)
	at := func(n int64) mfa.Secret { return mfa.NewSecret(bob.phone.At(n)) }
	a, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: at(0)})
	ok(t, err)
	bob.token = a.Session.Token
	_, err = bob.try(at(0))
	code(t, err, mfa.Rejected) // the confirmation spent it
	out, err := bob.try(at(4))
	ok(t, err)
	if out.Method != mfa.KindHOTP || out.Level != mfa.LevelMFA {
		t.Errorf("signed in as %+v", out)
	}
	_, err = bob.try(at(50))
	code(t, err, mfa.Rejected)
	_, err = w.ResyncFactor(bob.ctx(), mfa.ResyncFactorRequest{Factor: "token", First: at(50), Second: at(51)})
	ok(t, err)
	_, err = bob.try(at(52))
	ok(t, err)
}

// However often it was told before, it is what is left now.
func TestAnAnswerTellsHowManyCodesAreLeft(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	told := func(code mfa.Secret, want int) {
		t.Helper()
		out, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: code})
		ok(t, err)
		if out.BackupCodesLeft != want {
			t.Errorf("%d codes left, not %d", out.BackupCodesLeft, want)
		}
		w.clock.Advance(30 * time.Second)
	}
	w.clock.Advance(30 * time.Second)
	told(bob.code(), 10)
	told(bob.code(), 10)
	told(bob.codes[3], 9)
	told(bob.code(), 9)
	out, err := w.GenerateBackupCodes(bob.ctx(), mfa.GenerateBackupCodesRequest{Password: bob.password})
	ok(t, err)
	told(bob.code(), 10)
	told(out.Codes[0], 9)
}

func TestAMethodRestrictsWhatIsTried(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	login := func(code mfa.Secret, method mfa.Kind) error {
		_, err := w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: bob.password, Code: code, Method: method})
		return err
	}
	code(t, login(bob.code(), mfa.KindHOTP), mfa.Rejected)
	code(t, login(bob.code(), "email"), mfa.Usage)
	ok(t, login(bob.code(), mfa.KindTOTP))
	code(t, login(bob.codes[0], mfa.KindTOTP), mfa.Rejected)
	ok(t, login(bob.codes[0], mfa.KindBackup))
}

func TestVerifySaysNoToWhoeverHasNo2FAUnlessAsked(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	code(t, bob.verify(mfa.NewSecret("123456")), mfa.Rejected)
	out, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, IfEnrolled: true})
	ok(t, err)
	if !out.OK || out.Method != mfa.MethodNone {
		t.Errorf("%+v", out)
	}
	bob.enable()
	_, err = w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, IfEnrolled: true, Code: bob.wrong()})
	code(t, err, mfa.Rejected)
	report := bob.reset()
	code(t, bob.verify(report.RecoveryCode), mfa.Rejected)
	_, err = w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, IfEnrolled: true, Code: report.RecoveryCode})
	code(t, err, mfa.Rejected)
}

func TestThreeWrongCodesDropAPendingEnrollmentAndLockNothing(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for range 3 { // far more than any lockout
		e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Password: bob.password})
		ok(t, err)
		bob.scan(e)
		for range 3 {
			_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.wrong()})
			code(t, err, mfa.Rejected)
		}
		_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
		code(t, err, mfa.Conflict)
	}
	bob.enable()
}

func TestAPendingEnrollmentIsNoFactorAndEndsAfterTenMinutes(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Password: bob.password})
	ok(t, err)
	bob.scan(e)
	if out := bob.login(""); out.Level != mfa.LevelPassword {
		t.Errorf("signed in as %+v", out)
	}
	_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
	code(t, err, mfa.Conflict) // it belongs to the other session
	e, err = w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Password: bob.password})
	ok(t, err)
	bob.scan(e)
	w.clock.Set(e.ExpiresAt)
	_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
	code(t, err, mfa.Expired)
}

func TestTheLastFactorCannotBeRemovedAndAnotherTakesItsPlace(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "tablet", Password: bob.password, Further: true})
	ok(t, err)
	old := bob.phone
	bob.scan(e)
	a, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
	ok(t, err)
	if len(a.BackupCodes) != 0 {
		t.Error("new backup codes were made though a set lives")
	}
	bob.token = a.Session.Token
	_, err = w.RemoveFactor(bob.ctx(), mfa.RemoveFactorRequest{Factor: "phone", Password: bob.password})
	ok(t, err)
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	if len(st.Factors) != 1 || st.Preferred == nil || *st.Preferred != st.Factors[0].ID || st.BackupCodesLeft != 10 {
		t.Errorf("%+v", st)
	}
	_, err = w.RemoveFactor(bob.ctx(), mfa.RemoveFactorRequest{Factor: "tablet", Password: bob.password})
	code(t, err, mfa.Conflict)
	w.clock.Advance(30e9)
	_, err = bob.try(mfa.NewSecret(old.Code(w.clock.Now())))
	code(t, err, mfa.Rejected)
	bob.login(bob.code().Reveal())
}
