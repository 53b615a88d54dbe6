package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/mfa"
)

// holder is a person with a factor or code of each kind.
type holder struct {
	*person
	token    *authapp.App // of kind HOTP
	recovery mfa.Secret   // as long as the state is recovering
}

// answer is a right answer of a kind.
func (h holder) answer(kind mfa.Kind) mfa.Secret {
	switch kind {
	case mfa.KindTOTP:
		return h.code()
	case mfa.KindHOTP:
		return mfa.NewSecret(h.token.At(5))
	case mfa.KindBackup:
		return h.codes[0]
	default:
		return h.recovery
	}
}

// inState is a world with a holder whose 2FA is in a state.
func inState(t *testing.T, state mfa.State) (*world, holder) {
	t.Helper()
	w := newWorld(t)
	bob := holder{person: w.user("bob@acme.example", mfa.RoleMember), recovery: mfa.NewSecret("0000000000000000")}
	bob.enable()
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindHOTP, Label: "token", Further: true, Password: bob.password})
	ok(t, err)
	bob.token, err = authapp.Scan(e.OtpauthURI.Reveal())
	ok(t, err)
	a, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: mfa.NewSecret(bob.token.At(0))})
	ok(t, err)
	bob.person.token = a.Session.Token
	switch state {
	case mfa.StateOff:
		_, err = w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
		ok(t, err)
		w.clock.Advance(25 * time.Hour)
		w.admin.refresh()
	case mfa.StateRecovering:
		bob.recovery = bob.reset().RecoveryCode
	case mfa.StateOn:
	}
	return w, bob
}

// worth is what a right answer is worth: the level at sign-in, empty where it is refused, and
// whether verify says yes.
func worth(rule string, state mfa.State, kind mfa.Kind) (level mfa.Level, verified bool) {
	barred := rule == "totp" && kind == mfa.KindHOTP || rule == "hotp" && kind == mfa.KindTOTP
	switch {
	case state == mfa.StateOff:
		return mfa.LevelPassword, false
	case state == mfa.StateRecovering && kind == mfa.KindRecovery:
		return mfa.LevelEnroll, false
	case state == mfa.StateRecovering || kind == mfa.KindRecovery:
		return "", false
	case barred:
		return mfa.LevelEnroll, false
	}
	return mfa.LevelMFA, true
}

func TestTheRuleMethodsDecidesWhatAFactorIsWorth(t *testing.T) {
	kinds := []mfa.Kind{mfa.KindTOTP, mfa.KindHOTP, mfa.KindBackup, mfa.KindRecovery}
	for _, state := range []mfa.State{mfa.StateOff, mfa.StateOn, mfa.StateRecovering} {
		begun, bob := inState(t, state)
		for _, rule := range []string{"totp,hotp", "totp", "hotp"} {
			for _, kind := range kinds {
				t.Run(fmt.Sprintf("%s, %s, %s", state, rule, kind), func(t *testing.T) {
					level, verified := worth(rule, state, kind)
					w := begun.fork(t)
					bob := holder{bob.in(w), bob.token, bob.recovery}
					_, err := w.set("", map[string]string{"methods": rule})
					ok(t, err)
					out, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: bob.answer(kind)})
					if got := err == nil && out.OK; got != verified || err != nil && mfa.AsError(err).Code != mfa.Rejected {
						t.Errorf("verify: %+v, %v", out, err)
					}
					if verified { // the code is spent
						return
					}
					in, err := bob.try(bob.answer(kind))
					if in.Level != level || level == "" && mfa.AsError(err).Code != mfa.Rejected || in.MustEnroll != (level == mfa.LevelEnroll) {
						t.Errorf("sign-in: %+v, %v", in, err)
					}
				})
			}
			if state != mfa.StateOn {
				continue
			}
			w := begun.fork(t) // what verify took there, sign-in takes here
			_, err := w.set("", map[string]string{"methods": rule})
			ok(t, err)
			for _, kind := range kinds {
				level, _ := worth(rule, state, kind)
				bob := holder{bob.in(w), bob.token, bob.recovery}
				if in, err := bob.try(bob.answer(kind)); in.Level != level {
					t.Errorf("%s, %s: sign-in gives %+v, %v", rule, kind, in, err)
				}
			}
		}
	}
}

func TestABarredFactorOpensASessionThatEnrollsAnotherAndNothingElse(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	old := bob.in(w) // signed in before the rule was set
	_, err := w.set("", map[string]string{"methods": "hotp"})
	ok(t, err)
	bob.login(bob.code().Reveal())
	other := bob.in(w)
	w.clock.Advance(30 * time.Second)
	bob.login(bob.code().Reveal())

	refusal(t, func() error { _, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password}); return err }(),
		mfa.Forbidden, "only set up 2FA", "mfactl 2fa enable")
	_, err = w.GenerateBackupCodes(bob.ctx(), mfa.GenerateBackupCodesRequest{Password: bob.password})
	code(t, err, mfa.Forbidden)
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	if !st.MustEnroll || !st.Enabled || st.State != mfa.StateOn {
		t.Errorf("%+v", st)
	}
	_, err = w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "tablet", Password: bob.password})
	refusal(t, err, mfa.PolicyForbids, "methods", "totp", "it allows hotp")

	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindHOTP, Label: "token", Password: bob.password})
	ok(t, err)
	bob.scan(e)
	a, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: mfa.NewSecret(bob.phone.At(0))})
	ok(t, err)
	if a.Session.Level != mfa.LevelMFA || a.Factor.Kind != mfa.KindHOTP || !a.Factor.Preferred || len(a.BackupCodes) != 0 {
		t.Errorf("%+v", a)
	}
	bob.token = a.Session.Token
	st, err = w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	if st.MustEnroll || st.State != mfa.StateOn || len(st.Factors) != 2 {
		t.Errorf("%+v", st)
	}
	for _, p := range []*person{old, other} {
		if got := p.alive(); got != mfa.Unauthenticated {
			t.Errorf("a session of before: %s", got)
		}
	}
	ok(t, bob.verify(mfa.NewSecret(bob.phone.At(1))))
}

func TestAnEnrollmentThatTheRuleMethodsBarsMeanwhileIsNotActivated(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "phone", Password: bob.password})
	ok(t, err)
	bob.scan(e)
	_, err = w.set("", map[string]string{"methods": "hotp"})
	ok(t, err)
	_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
	refusal(t, err, mfa.PolicyForbids, "methods", "it allows hotp")
	_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
	code(t, err, mfa.Conflict) // it is dropped
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	if st.State != mfa.StateOff {
		t.Errorf("%+v", st)
	}
}
