package engine_test

import (
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// service makes a service account.
func (w *world) service(email string, role mfa.Role) *person {
	w.t.Helper()
	out, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: email, Role: role, Service: true})
	ok(w.t, err)
	if !out.Changed || !out.User.Service || out.User.HasPassword || !out.Code.IsZero() {
		w.t.Fatalf("made %+v", out)
	}
	w.edit(email, ofLongStanding)
	return &person{w: w, email: email}
}

// A service account is told from no account by nobody who signs in: the same
// answer, the same lock, the same events.
func TestAServiceAccountSignsInByNoPassword(t *testing.T) {
	w := newWorld(t)
	w.service("ci@acme.example", mfa.RoleHelpdesk)
	try := func(email string) string {
		_, err := w.Login(t.Context(), mfa.LoginRequest{Email: email, Password: mfa.NewSecret("whatever it is")})
		code(t, err, mfa.Rejected)
		return mfa.AsError(err).Error() + mfa.AsError(err).HintText()
	}
	for range 6 { // past the lock of a password
		if known, unknown := try("ci@acme.example"), try("nobody@acme.example"); known != unknown {
			t.Errorf("%q and %q", known, unknown)
		}
	}
	_, err := w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{
		Email: "ci@acme.example", Code: mfa.NewSecret("0000000000000000"), NewPassword: mfa.NewSecret(goodPassword),
	})
	code(t, err, mfa.Rejected)
	u, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: "ci@acme.example"})
	ok(t, err)
	if len(u.Locks) > 0 {
		t.Errorf("locked: %+v", u.Locks)
	}
	if ev := w.recorded(mfa.ActAuthFail, mfa.OutcomeRefused); ev.TargetID != "" || ev.CommunityID != "" {
		t.Errorf("the event tells whose it is: %+v", ev)
	}
}

// A password hash that found its way into the row signs nobody in.
func TestAServiceAccountWithAPasswordHashSignsInByNoPassword(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.edit(bob.email, func(u *mfa.User) { u.Service = true })
	_, err := bob.try(mfa.Secret{})
	code(t, err, mfa.Rejected)
}

func TestAServiceAccountHasNoPasswordToReset(t *testing.T) {
	w := newWorld(t)
	w.service("ci@acme.example", mfa.RoleMember)
	for _, req := range []mfa.ResetPasswordRequest{{}, {Change: mfa.Change{DryRun: true}}, {Request: true}} {
		req.User, req.Password = "ci@acme.example", w.admin.password
		_, err := w.ResetPassword(w.admin.ctx(), req)
		code(t, err, mfa.Conflict)
	}
	_, err := w.BreakGlassPassword(t.Context(), mfa.BreakGlassRequest{User: "ci@acme.example", Change: mfa.Change{Reason: "lost"}})
	code(t, err, mfa.Conflict)
	_, err = w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "cd@acme.example", Service: true, NewPassword: mfa.NewSecret(goodPassword)})
	code(t, err, mfa.Usage)
}

// Whoever is there as a person is not there as a service.
func TestAPersonIsNoServiceAccount(t *testing.T) {
	w := newWorld(t)
	w.service("ci@acme.example", mfa.RoleMember)
	_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "ci@acme.example"})
	code(t, err, mfa.Conflict)
	again, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "ci@acme.example", Service: true})
	ok(t, err)
	if again.Changed {
		t.Error("made twice")
	}
}

// A service account that administers keeps nobody else from going, since it
// cannot sign in.
func TestAServiceAccountIsNoLastAdministrator(t *testing.T) {
	w := newWorld(t)
	branch := w.community("Branch", w.admin.community())
	for _, req := range []mfa.CreateUserRequest{
		{Email: "robot@branch.example", Role: mfa.RoleAdmin, Community: branch, Service: true},
		{Email: "boss@branch.example", Role: mfa.RoleAdmin, Community: branch},
	} {
		_, err := w.CreateUser(w.admin.ctx(), req)
		ok(t, err)
	}
	_, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: "boss@branch.example"})
	code(t, err, mfa.Conflict)
	_, err = w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: "robot@branch.example"})
	ok(t, err)
}

func TestAServiceAccountIsToldNothingByMail(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: ci.email})
	ok(t, err)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: ci.email, Email: "cd@acme.example", Role: mfa.RoleMember})
	ok(t, err)
	_, err = w.SetPolicy(w.admin.ctx(), mfa.SetPolicyRequest{Rules: map[string]string{"lockout": "4"}, Password: w.admin.password})
	ok(t, err)
	err = w.store.View(t.Context(), func(r mfa.Reader) error {
		rows, err := r.Notices(mfa.NoticeQuery{})
		for _, n := range rows {
			if n.Address == ci.email || n.Address == "cd@acme.example" {
				t.Errorf("a notice %s waits for it", n.Kind)
			}
		}
		return err
	})
	ok(t, err)
}
