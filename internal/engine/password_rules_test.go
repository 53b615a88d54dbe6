package engine_test

import (
	"fmt"
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
		"fourteen chars":              "shorter than 15",
		strings.Repeat("u\u0308", 14): "shorter than 15",
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

// chosen tries a new password of so many characters for the person.
func (p *person) chosen(length int) error {
	next := mfa.NewSecret(strings.Repeat("4 chars of ", 12)[:length-1] + "x")
	if next == p.password {
		next = mfa.NewSecret(strings.Repeat("5 chars of ", 12)[:length-1] + "x")
	}
	_, err := p.w.ChangePassword(p.ctx(), mfa.ChangePasswordRequest{Password: p.password, NewPassword: next})
	if err == nil {
		p.password = next
	}
	return err
}

// refusesShorter fails the test unless the least length of a new password of the person is
// that number, and the refusal and the person's own identity both name it.
func (p *person) refusesShorter(length int) {
	p.w.t.Helper()
	id, err := p.w.WhoAmI(p.ctx(), mfa.WhoAmIRequest{})
	ok(p.w.t, err)
	if id.PasswordLength != length {
		p.w.t.Errorf("%s reads %d, want %d", p.email, id.PasswordLength, length)
	}
	e := mfa.AsError(p.chosen(length - 1))
	if want := fmt.Sprintf("shorter than %d", length); e.Code != mfa.Usage || e.Field != "new_password" || !strings.Contains(e.Message, want) {
		p.w.t.Errorf("%d characters: %v, want %s", length-1, e, want)
	}
	if text := e.Message + e.Hint; !strings.Contains(text, "password_min_length") {
		p.w.t.Errorf("the refusal names no rule: %s", text)
	}
	ok(p.w.t, p.chosen(length))
}

func TestAPasswordThatStandsAloneIsLonger(t *testing.T) {
	w := newWorld(t)
	bob, eve := w.user("bob@acme.example", mfa.RoleMember), w.user("eve@acme.example", mfa.RoleHelpdesk)
	bob.refusesShorter(15)
	_, err := w.set("", map[string]string{"password_min_length": "8", "require_2fa": "privileged"})
	ok(t, err)
	bob.refusesShorter(15) // the rule is lower, and the password stands alone
	eve.login("")
	eve.enable()
	eve.refusesShorter(8) // the policy requires 2FA of her
	bob.enable()
	bob.refusesShorter(8) // he has 2FA without being required to
	_, err = w.set("", map[string]string{"password_min_length": "20", "require_2fa": ""})
	ok(t, err)
	bob.refusesShorter(20)
	_, err = w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
	ok(t, err)
	bob.refusesShorter(20) // the rule is higher than what a lone password needs
	_, err = w.set("", map[string]string{"password_min_length": ""})
	ok(t, err)
	bob.refusesShorter(15)
}

func TestTheLengthOfAPasswordBindsWhereverOneIsSet(t *testing.T) {
	w := newWorld(t)
	short, long := mfa.NewSecret("fourteen chars"), mfa.NewSecret("fifteen letters")
	create := mfa.CreateUserRequest{Email: "ada@acme.example", Role: mfa.RoleMember, NewPassword: short}
	_, err := w.CreateUser(w.admin.ctx(), create)
	code(t, err, mfa.Usage)
	create.NewPassword = mfa.Secret{}
	made, err := w.CreateUser(w.admin.ctx(), create)
	ok(t, err)
	redeem := mfa.RedeemPasswordRequest{Email: create.Email, Code: made.Code, NewPassword: short}
	_, err = w.RedeemPassword(t.Context(), redeem)
	code(t, err, mfa.Usage)
	redeem.NewPassword = long // the code was not spent
	_, err = w.RedeemPassword(t.Context(), redeem)
	ok(t, err)
	// Where the policy requires 2FA of the new account, the rule's own number is enough.
	_, err = w.set("", map[string]string{"require_2fa": "everyone"})
	ok(t, err)
	_, err = w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "eve@acme.example", Role: mfa.RoleMember, NewPassword: short})
	ok(t, err)
}
