package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// served has the people of a world act through a server of its own.
func (w *world) served() *world {
	w.Service = proving(w.client(w.t))
	return w
}

// beside is a second server over the same file, with a store and an engine of its own.
func (w *world) beside() *world {
	w.t.Helper()
	other := &world{t: w.t, clock: w.clock, path: w.path, keys: w.keys}
	other.open(w.t)
	other.admin = w.admin.in(other)
	return other.served()
}

// Two servers work on one store. What one of them does to an account, its role or its
// rules, a person who is signed in at the other notices at their next request.
func TestWhatOneServerEndsAPersonAtTheOtherNotices(t *testing.T) {
	before := newWorld(t)
	ok(t, before.role("Acme", "desk", mfa.UsersRead, mfa.UsersLock))
	bob := before.user("bob@acme.example", "desk")
	bob.enable()
	first := bob.token
	second := bob.login(bob.code().Reveal()).Token
	bob.token = first
	before.clock.Advance(30 * time.Second)
	newcomer := before.user("newcomer@acme.example", "desk")
	token := bob.by(bob.issue("reads", mfa.UsersRead).Token)
	another := mfa.NewSecret("another password altogether")
	for name, c := range map[string]struct {
		who  *person
		act  func(w *world, admin, bob *person) error
		want mfa.Code
	}{
		"their sessions are ended": {bob, func(w *world, admin, bob *person) error {
			_, err := w.RevokeSessions(admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
			return err
		}, mfa.Unauthenticated},
		"they sign out everywhere": {bob, func(w *world, _, bob *person) error {
			_, err := w.Logout(bob.by(second).ctx(), mfa.LogoutRequest{All: true})
			return err
		}, mfa.Unauthenticated},
		"they sign this one out": {bob, func(w *world, _, bob *person) error {
			_, err := w.Logout(bob.ctx(), mfa.LogoutRequest{})
			return err
		}, mfa.Unauthenticated},
		"their 2FA is reset": {bob, func(w *world, admin, bob *person) error {
			_, err := w.Reset(admin.ctx(), mfa.ResetRequest{User: bob.email, Password: admin.password})
			return err
		}, mfa.Unauthenticated},
		"their 2FA is reset by break-glass": {bob, func(w *world, _, bob *person) error {
			_, err := w.BreakGlassReset(t.Context(), mfa.BreakGlassRequest{User: bob.email, Change: mfa.Change{Reason: "lost phone"}})
			return err
		}, mfa.Unauthenticated},
		"they disable 2FA": {bob, func(w *world, _, bob *person) error {
			_, err := w.Disable(bob.by(second).ctx(), mfa.DisableRequest{Password: bob.password})
			return err
		}, mfa.Unauthenticated},
		"they change their password": {bob, func(w *world, _, bob *person) error {
			_, err := w.ChangePassword(bob.by(second).ctx(), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: another})
			return err
		}, mfa.Unauthenticated},
		"their password is reset": {bob, func(w *world, admin, bob *person) error {
			_, err := w.ResetPassword(admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: admin.password})
			return err
		}, mfa.Unauthenticated},
		"they are locked": {bob, func(w *world, admin, bob *person) error {
			_, err := w.LockUser(admin.ctx(), mfa.LockUserRequest{User: bob.email})
			return err
		}, mfa.Unauthenticated},
		"they are deactivated": {bob, func(w *world, admin, bob *person) error {
			_, err := w.UpdateUser(admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: mfa.UserDeactivated})
			return err
		}, mfa.Unauthenticated},
		"they are deleted": {bob, func(w *world, admin, bob *person) error {
			_, err := w.DeleteUser(admin.ctx(), mfa.DeleteUserRequest{User: bob.email})
			return err
		}, mfa.Unauthenticated},
		"they are locked, and a token of theirs acts": {token, func(w *world, admin, bob *person) error {
			_, err := w.LockUser(admin.ctx(), mfa.LockUserRequest{User: bob.email})
			return err
		}, mfa.Unauthenticated},
		"they have another role, and a token of theirs acts": {token, func(w *world, admin, bob *person) error {
			_, err := w.UpdateUser(admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Role: mfa.RoleMember})
			return err
		}, mfa.Forbidden},
		"they have another role": {bob, func(w *world, admin, bob *person) error {
			_, err := w.UpdateUser(admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Role: mfa.RoleMember})
			return err
		}, mfa.Unauthenticated},
		"their role gives less": {bob, func(w *world, admin, _ *person) error {
			_, err := w.UpdateRole(admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Remove: []mfa.Permission{mfa.UsersRead}})
			return err
		}, mfa.Forbidden},
		"they need 2FA": {newcomer, func(w *world, admin, _ *person) error {
			_, err := w.SetPolicy(admin.ctx(), mfa.SetPolicyRequest{Rules: map[string]string{"require_2fa": "everyone"}, Password: admin.password})
			return err
		}, mfa.Forbidden},
		"sessions are shorter": {bob, func(w *world, admin, _ *person) error {
			w.clock.Advance(2 * time.Minute)
			_, err := w.SetPolicy(admin.ctx(), mfa.SetPolicyRequest{Rules: map[string]string{"session_idle": "1m"}, Password: admin.password})
			return err
		}, mfa.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			here := before.fork(t).served()
			there := here.beside()
			asks := func() mfa.Code {
				_, err := there.ListUsers(c.who.in(there).ctx(), mfa.ListUsersRequest{})
				return codeOf(err)
			}
			if got := asks(); got != "" {
				t.Fatalf("before, they are told %s", got)
			}
			ok(t, c.act(here, here.admin, bob.in(here)))
			if got := asks(); got != c.want {
				t.Errorf("they are told %q, want %s", got, c.want)
			}
		})
	}
}

// What is spent or counted at one server is so at the other: a code, a backup code, and
// attempts.
func TestWhatIsSpentAtOneServerIsSpentAtTheOther(t *testing.T) {
	here := newWorld(t).served()
	bob := here.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	there := here.beside()
	him := bob.in(there)
	for _, given := range []mfa.Secret{bob.code(), bob.codes[0]} {
		_, err := bob.try(given)
		ok(t, err)
		_, err = him.try(given)
		code(t, err, mfa.Rejected)
	}
	eve := here.user("eve@acme.example", mfa.RoleMember)
	eve.enable()
	for n := range 5 {
		by := []*person{eve, eve.in(there)}[n%2]
		_, err := by.w.Verify(by.w.admin.ctx(), mfa.VerifyRequest{User: eve.email, Code: eve.wrong()})
		code(t, err, mfa.Rejected)
	}
	for _, w := range []*world{here, there} {
		_, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: eve.email, Code: eve.code()})
		code(t, err, mfa.Locked)
	}
}
