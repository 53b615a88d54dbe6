package engine_test

import (
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ASVS 7.4.3: what changes a user's factors or password ends the user's other sessions.
func TestOtherSessionsEndWhenAFactorOrThePasswordChanges(t *testing.T) {
	for name, change := range map[string]func(w *world, bob *person){
		"enable": func(_ *world, bob *person) { bob.enable() },
		"remove a factor": func(w *world, bob *person) {
			_, err := w.RemoveFactor(bob.ctx(), mfa.RemoveFactorRequest{Factor: "tablet", Password: bob.password})
			ok(w.t, err)
		},
		"disable": func(w *world, bob *person) {
			_, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
			ok(w.t, err)
		},
		"change the password": func(w *world, bob *person) {
			_, err := w.ChangePassword(bob.ctx(), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("another long password")})
			ok(w.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bob, answer := w.user("bob@acme.example", mfa.RoleMember), ""
			if name != "enable" {
				bob.enable()
				e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "tablet", Password: bob.password, Further: true})
				ok(t, err)
				bob.scan(e)
				a, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
				ok(t, err)
				bob.token, answer = a.Session.Token, bob.codes[0].Reveal()
			}
			other := *bob
			other.login(answer)
			change(w, bob)
			_, err := w.WhoAmI(other.ctx(), mfa.WhoAmIRequest{})
			code(t, err, mfa.Unauthenticated)
			_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
			ok(t, err)
		})
	}
}
