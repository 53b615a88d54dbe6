package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// made is an account with 2FA that one person makes of their own.
func (p *person) made(email string, role mfa.Role) *person {
	p.w.t.Helper()
	q := &person{w: p.w, email: email, password: mfa.NewSecret("a password of " + email[:2] + " and their own")}
	_, err := p.w.CreateUser(p.ctx(), mfa.CreateUserRequest{Email: q.email, Role: role, NewPassword: q.password})
	ok(p.w.t, err)
	q.login("")
	q.enable()
	return q
}

// chain is an administrator of long standing who asks for a reset of Bob.
func chain(t *testing.T) (w *world, carol *person, id string) {
	t.Helper()
	w = newWorld(t)
	carol = w.user("carol@acme.example", mfa.RoleOperator)
	carol.enable()
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.clock.Advance(30 * 24 * time.Hour)
	w.admin.refresh()
	carol.refresh()
	out, err := carol.reset2FA(bob.email, true)
	ok(t, err)
	return w, carol, out.Request.ID
}

// Whoever has somebody in their hands has what that one holds, however long the
// line of accounts is, and though one of it is gone.
func TestAnApproverInTheHandsOfAPuppetIsRefused(t *testing.T) {
	w, carol, id := chain(t)
	first := carol.made("first@acme.example", mfa.RoleOperator)
	second := first.made("second@acme.example", mfa.RoleOperator)
	third := second.made("third@acme.example", mfa.RoleAdmin)
	for _, p := range []*person{first, second, third} {
		_, err := p.approve(id)
		code(t, err, mfa.PolicyForbids)
	}
	_, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: first.email})
	ok(t, err)
	_, err = third.approve(id)
	code(t, err, mfa.PolicyForbids)
	stranger := w.admin.made("stranger@acme.example", mfa.RoleAdmin)
	_, err = stranger.approve(id)
	ok(t, err)
}

// A reset through a puppet gives its maker the same hold as the puppet.
func TestAnApproverWhomAPuppetResetIsRefused(t *testing.T) {
	w, carol, id := chain(t)
	second := w.admin.made("second@acme.example", mfa.RoleAdmin)
	puppet := carol.made("puppet@acme.example", mfa.RoleOperator)
	out, err := puppet.reset2FA(second.email, false)
	ok(t, err)
	second.login(out.RecoveryCode.Reveal())
	second.enable()
	_, err = second.approve(id)
	code(t, err, mfa.PolicyForbids)
}

// A token acts in the name of its owner, whoever made it: what it makes is in the
// hands of both.
func TestATokenSomebodyElseMadeGivesItsOwnerNoSecondPerson(t *testing.T) {
	w, carol, id := chain(t)
	made := carol.issue("job", mfa.Permissions()...)
	puppet := carol.by(made.Token).made("puppet@acme.example", mfa.RoleMember)
	_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: puppet.email, Role: mfa.RoleAdmin})
	ok(t, err)
	puppet.refresh()
	_, err = puppet.approve(id)
	code(t, err, mfa.PolicyForbids)
}

// Nobody approves what an account asks for that they made: they would be both persons.
func TestAnApproverWhoMadeTheRequesterIsRefused(t *testing.T) {
	w, carol, _ := chain(t)
	fresh := carol.made("fresh@acme.example", mfa.RoleAdmin)
	dan := w.user("dan@acme.example", mfa.RoleMember)
	dan.enable()
	out, err := fresh.reset2FA(dan.email, true)
	ok(t, err)
	_, err = carol.approve(out.Request.ID)
	refusal(t, err, mfa.PolicyForbids, "you control fresh@acme.example", w.admin.email+" could approve it")
	_, err = w.admin.approve(out.Request.ID)
	ok(t, err)
}
