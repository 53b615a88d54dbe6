package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// diary is what an act leaves in the audit trail and in notices.
func (w *world) diary(after int64, mails int) (events, notices []string, last int64, all int) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r mfa.Reader) error {
		rows, err := r.Events(mfa.EventQuery{})
		if err != nil {
			return err
		}
		slices.Reverse(rows)
		for _, e := range rows {
			if e.Seq > after {
				events = append(events, strings.TrimSuffix(fmt.Sprintf("%s %s", e.Action, e.Outcome), " ok"))
			}
			last = e.Seq
		}
		mail, err := r.Notices(mfa.NoticeQuery{})
		for _, n := range mail[min(mails, len(mail)):] {
			notices = append(notices, string(n.Kind)+" to "+n.Address)
		}
		all = len(mail)
		return err
	})
	ok(w.t, err)
	slices.Sort(notices)
	return events, notices, last, all
}

// Each act leaves exactly its events and its notices, each in the order of its
// doing.
func TestEachActLeavesItsEventsAndItsNoticesAndNoOthers(t *testing.T) {
	w := newWorld(t)
	var bob *person
	var recovery, set mfa.Secret
	fresh := mfa.NewSecret("another long password")
	second := w.user("second@acme.example", mfa.RoleMember)
	_, _, last, mails := w.diary(0, 0)
	for _, step := range []struct {
		name   string
		do     func() error
		events string
		mails  string
	}{
		{"an account is made and signs in", func() error { bob = w.user("bob@acme.example", mfa.RoleMember); return nil }, "user.create, auth.ok", ""},
		{"a wrong password", func() error {
			_, err := w.Login(t.Context(), mfa.LoginRequest{Email: "bob@acme.example", Password: fresh})
			return want(err, mfa.Rejected)
		}, "auth.fail refused", ""},
		{"2FA is enabled", func() error { bob.enable(); return nil }, "2fa.pending, 2fa.enable", "2fa-enabled to bob@acme.example"},
		{"a right code", func() error { return bob.verify(bob.code()) }, "otp.ok", ""},
		{"the same again", func() error { return want(bob.verify(bob.code()), mfa.Rejected) }, "otp.replay refused", "wrong-code to bob@acme.example"},
		{"a wrong one", func() error { return want(bob.verify(bob.wrong()), mfa.Rejected) }, "otp.fail refused", ""},
		{"a backup code", func() error { return bob.verify(bob.codes[0]) }, "backup.use", "backup-code-used to bob@acme.example"},
		{"a wrong backup code", func() error { return want(bob.verify(mfa.NewSecret("0000000000000000")), mfa.Rejected) }, "backup.fail refused", ""},
		{"new backup codes", func() error {
			out, err := w.GenerateBackupCodes(bob.ctx(), mfa.GenerateBackupCodesRequest{Password: bob.password})
			bob.codes = out.Codes
			return err
		}, "backup.generate", "backup-codes-generated to bob@acme.example"},
		{"a password change", func() error {
			_, err := w.ChangePassword(bob.ctx(), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: fresh})
			bob.password = fresh
			return err
		}, "password.change", "password-changed to bob@acme.example"},
		{"what is not allowed", func() error {
			_, err := w.ListUsers(bob.ctx(), mfa.ListUsersRequest{})
			return want(err, mfa.Forbidden)
		}, "authz.deny refused", ""},
		{"a reset", func() error { recovery = bob.reset().RecoveryCode; return nil }, "2fa.reset, recovery.issue", "2fa-reset to bob@acme.example"},
		{"the recovery code", func() error { bob.login(recovery.Reveal()); return nil }, "recovery.use, auth.ok", "recovery-used to bob@acme.example"},
		{"2FA is enabled anew", func() error { bob.enable(); return nil }, "2fa.pending, 2fa.enable", "2fa-enabled to bob@acme.example"},
		{"2FA is disabled", func() error {
			_, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
			return err
		}, "2fa.disable", "2fa-disabled to bob@acme.example"},
		{"another's password is reset", func() error {
			out, err := w.admin.resetPassword(second.email, false)
			set = out.Code
			return err
		}, "password.reset", "password-reset to second@acme.example"},
		{"and set", func() error {
			_, err := w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: second.email, Code: set, NewPassword: fresh})
			return err
		}, "password.set", "password-changed to second@acme.example"},
		{"a role", func() error {
			_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: second.email, Role: mfa.RoleAuditor})
			return err
		}, "role.change", "role-changed to second@acme.example"},
		{"a lock", func() error {
			_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: second.email})
			return err
		}, "user.lock", "locked to second@acme.example"},
		{"locked out", func() error {
			_, err := w.Login(t.Context(), mfa.LoginRequest{Email: second.email, Password: fresh})
			return want(err, mfa.Locked)
		}, "auth.fail refused", ""},
		{"an unlock", func() error {
			_, err := w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: second.email})
			return err
		}, "auth.unlock", "unlocked to second@acme.example"},
		{"a deactivation", func() error {
			_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: second.email, Status: mfa.UserDeactivated})
			return err
		}, "user.disable", "deactivated to second@acme.example"},
		{"a deletion", func() error {
			_, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: second.email})
			return err
		}, "user.delete", "deleted to second@acme.example"},
		{"a rule", func() error {
			_, err := w.set("", map[string]string{"lockout": "4"})
			return err
		}, "policy.change", "policy-changed to admin@acme.example"},
	} {
		w.clock.Advance(time.Second)
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		var events, notices []string
		events, notices, last, mails = w.diary(last, mails)
		if got := strings.Join(events, ", "); got != step.events {
			t.Errorf("%s: the events are %s", step.name, got)
		}
		if got := strings.Join(notices, ", "); got != step.mails {
			t.Errorf("%s: the notices are %s", step.name, got)
		}
	}
}

// want is nil where an error is of a code.
func want(err error, c mfa.Code) error {
	if codeOf(err) == c {
		return nil
	}
	return fmt.Errorf("not %s: %w", string(c), err)
}

// A pending factor is none that could be preferred.
func TestOnlyAConfirmedFactorIsPreferred(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "tablet", Further: true, Password: bob.password})
	ok(t, err)
	for _, which := range []string{"tablet", e.Factor.ID, "backup"} {
		_, err = w.PreferFactor(bob.ctx(), mfa.PreferFactorRequest{Factor: which})
		code(t, err, mfa.NotFound)
	}
}
