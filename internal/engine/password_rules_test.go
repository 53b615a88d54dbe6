package engine_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestAPasswordIsTheSameHoweverItsLettersWerePutTogether(t *testing.T) {
	const composed, apart = "gr\u00fcne B\u00e4ume am Bach", "gru\u0308ne Ba\u0308ume am Bach"
	w := newWorld(t)
	ada := &person{w: w, email: "ada@acme.example", password: mfa.NewSecret(composed)}
	_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: ada.email, Role: mfa.RoleMember, NewPassword: ada.password})
	ok(t, err)
	ada.password = mfa.NewSecret(apart)
	ada.login("")
	_, err = w.ChangePassword(ada.ctx(), mfa.ChangePasswordRequest{Password: ada.password, NewPassword: mfa.NewSecret(composed)})
	code(t, err, mfa.Usage)
	_, err = w.ChangePassword(ada.ctx(), mfa.ChangePasswordRequest{Password: ada.password, NewPassword: mfa.NewSecret(apart + " 2")})
	ok(t, err)
	ada.password = mfa.NewSecret(composed + " 2")
	ada.login("")
}

func TestBadPasswordsAreRefused(t *testing.T) {
	w := newWorld(t)
	for password, want := range map[string]string{
		"elevenchars":                 "shorter than 12",
		strings.Repeat("u\u0308", 11): "shorter than 12",
		strings.Repeat("x1 ", 43):     "longer than 128",
		"Password1234":                "most common",
		"Ada.Lovelace@acme.example":   "your own address",
		"not \xff valid UTF-8 at all": "UTF-8",
		"":                            "", // no password: a set-password code is made
	} {
		_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{
			Email: "ada.lovelace@acme.example", Role: mfa.RoleMember, NewPassword: mfa.NewSecret(password), Change: mfa.Change{DryRun: true},
		})
		if want == "" {
			ok(t, err)
			continue
		}
		if e := mfa.AsError(err); e.Code != mfa.Usage || e.Field != "new_password" || !strings.Contains(e.Message, want) {
			t.Errorf("%q: %v, want %s", password, err, want)
		}
	}
}
