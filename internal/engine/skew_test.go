package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// codeOf is the code of the person's app so many steps from now.
func (p *person) codeOf(steps int) mfa.Secret {
	return mfa.NewSecret(p.phone.Code(p.w.clock.Now().Add(time.Duration(steps) * 30 * time.Second)))
}

func TestTheRuleTOTPSkewBoundsTheSteps(t *testing.T) {
	for skew, want := range map[string]mfa.Code{"0": mfa.Rejected, "1": ""} {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		_, err := w.set("", map[string]string{"totp_skew": skew})
		ok(t, err)
		bob.enable()
		for _, steps := range []int{-1, 1} {
			w.clock.Advance(5 * time.Minute)
			_, err := bob.try(bob.codeOf(steps))
			code(t, err, want)
			w.clock.Advance(5 * time.Minute)
			code(t, bob.verify(bob.codeOf(steps)), want)
			w.clock.Advance(5 * time.Minute)
			bob.login(bob.code().Reveal())
		}
	}
}

func TestTheRuleTOTPSkewBindsTheCodeThatConfirmsAnEnrollment(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	_, err := w.set("", map[string]string{"totp_skew": "0"})
	ok(t, err)
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "phone", Password: bob.password})
	ok(t, err)
	bob.scan(e)
	_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.codeOf(1)})
	code(t, err, mfa.Rejected)
	out, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
	ok(t, err)
	bob.token = out.Session.Token
	// A clock that drifted is found again as before.
	_, err = w.ResyncFactor(bob.ctx(), mfa.ResyncFactorRequest{Factor: "phone", First: bob.codeOf(9), Second: bob.codeOf(10)})
	ok(t, err)
	w.clock.Advance(time.Minute)
	bob.login(bob.codeOf(10).Reveal())
}

func TestAChildCannotWidenTheSkewOfItsParent(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	_, err := w.set("Acme", map[string]string{"totp_skew": "0"})
	ok(t, err)
	out, err := w.set("Child", map[string]string{"totp_skew": "1"})
	ok(t, err)
	if got := out.Changes[0].Effective; got.Value != "0" || got.From != "Acme" {
		t.Errorf("effective is %+v", got)
	}
}
