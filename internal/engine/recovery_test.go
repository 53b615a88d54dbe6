package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestARecoveryCodeLivesForADayToTheSecond(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		want  mfa.Code
	}{{86_399 * time.Second, ""}, {86_400 * time.Second, mfa.Expired}} {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		bob.enable()
		report := bob.reset()
		if !report.ExpiresAt.Equal(w.clock.Now().Add(24 * time.Hour)) {
			t.Errorf("expires %s", report.ExpiresAt)
		}
		w.clock.Advance(c.after)
		_, err := bob.try(report.RecoveryCode)
		code(t, err, c.want)
	}
}

func TestARecoveryCodeNeedsThePasswordAndIsNotSpentWithoutIt(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	report := bob.reset()
	right := bob.password
	bob.password = mfa.NewSecret("not his password")
	_, err := bob.try(report.RecoveryCode)
	code(t, err, mfa.Rejected)
	bob.password = right
	if out := bob.login(report.RecoveryCode.Reveal()); out.Level != mfa.LevelEnroll {
		t.Fatalf("signed in as %+v", out)
	}
	_, err = bob.try(report.RecoveryCode)
	code(t, err, mfa.Rejected)
}

func TestWhatEndsARecoveryCode(t *testing.T) {
	deaths := map[string]func(w *world, bob *person, code mfa.Secret){
		"a later reset": func(w *world, bob *person, _ mfa.Secret) {
			_, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: w.admin.password, NewCode: true})
			ok(w.t, err)
		},
		"a completed enrollment": func(_ *world, bob *person, code mfa.Secret) {
			bob.login(code.Reveal())
			bob.enable()
		},
		"a completed enrollment that is disabled again": func(w *world, bob *person, code mfa.Secret) {
			bob.login(code.Reveal())
			bob.enable()
			_, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
			ok(w.t, err)
			bob.enable()
		},
		"deactivation": func(w *world, bob *person, _ mfa.Secret) {
			w.edit(bob.email, func(u *mfa.User) { u.Status = mfa.UserDeactivated })
		},
	}
	for name, end := range deaths {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			given := bob.reset().RecoveryCode
			end(w, bob, given)
			_, err := bob.try(given)
			code(t, err, mfa.Rejected)
		})
	}
}

func TestARecoveredSessionCanOnlyEnroll(t *testing.T) {
	w := newWorld(t)
	root := w.user("root@acme.example", mfa.RoleOperator)
	root.enable()
	given := root.reset().RecoveryCode
	root.login(given.Reveal())
	may := map[string]bool{"Logout": true, "WhoAmI": true, "Enroll": true, "Activate": true, "TwoFactorStatus": true}
	for _, rule := range mfa.Rules() {
		if len(rule.Levels) == 0 || rule.Method == "Answer" {
			continue
		}
		if got := rule.Admits(mfa.LevelEnroll); got != may[rule.Method] {
			t.Errorf("%s: an enroll session is admitted: %v", rule.Method, got)
		}
	}
	_, err := w.ListUsers(root.ctx(), mfa.ListUsersRequest{})
	code(t, err, mfa.Forbidden)
	_, err = w.Reset(root.ctx(), mfa.ResetRequest{User: w.admin.email, Password: root.password})
	code(t, err, mfa.Forbidden)
	_, err = w.ChangePassword(root.ctx(), mfa.ChangePasswordRequest{Password: root.password, NewPassword: mfa.NewSecret("another long password")})
	code(t, err, mfa.Forbidden)
	w.clock.Advance(15 * time.Minute)
	_, err = w.WhoAmI(root.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
	_, err = root.try(given)
	code(t, err, mfa.Rejected) // spent without an enrollment: only another reset helps
	report := root.reset()
	if !report.Changed {
		t.Error("another reset gives no code")
	}
}

func TestResetsOfPasswordAnd2FALieADayApart(t *testing.T) {
	reset2FA := func(w *world, u string) error {
		_, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: u, Password: w.admin.password})
		return err
	}
	resetPassword := func(w *world, u string) error {
		_, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: u, Password: w.admin.password})
		return err
	}
	for name, order := range map[string][2]func(*world, string) error{
		"password first": {resetPassword, reset2FA}, "2FA first": {reset2FA, resetPassword},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			ok(t, order[0](w, bob.email))
			begun := w.clock.Now()
			code(t, order[1](w, bob.email), mfa.PolicyForbids)
			w.clock.Set(begun.Add(24*time.Hour - time.Second))
			w.admin.refresh()
			code(t, order[1](w, bob.email), mfa.PolicyForbids)
			w.clock.Set(begun.Add(24 * time.Hour)) // he has not signed in with the other half since
			code(t, order[1](w, bob.email), mfa.PolicyForbids)
			w.clock.Set(begun.Add(mfa.HalfMax))
			w.admin.refresh()
			ok(t, order[1](w, bob.email))
		})
	}
}

func TestAPasswordResetTouchesNo2FAAndSignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	out, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	_, err = bob.try(bob.code())
	code(t, err, mfa.Rejected) // the old password is gone
	_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
	bob.password = mfa.NewSecret("a new password for bob")
	redeem := mfa.RedeemPasswordRequest{Email: bob.email, Code: mfa.NewSecret("0000-0000-0000-0000"), NewPassword: bob.password}
	_, err = w.RedeemPassword(t.Context(), redeem)
	code(t, err, mfa.Rejected)
	redeem.Code = out.Code
	_, err = w.RedeemPassword(t.Context(), redeem)
	ok(t, err)
	_, err = w.RedeemPassword(t.Context(), redeem)
	code(t, err, mfa.Rejected)
	ch, err := bob.try(mfa.Secret{})
	ok(t, err)
	if ch.Level != mfa.LevelChallenge {
		t.Fatalf("the password alone gives %s", ch.Level)
	}
	bob.login(bob.code().Reveal())
}

func TestASetPasswordCodeLivesForADay(t *testing.T) {
	w := newWorld(t)
	out, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "new@acme.example"})
	ok(t, err)
	w.clock.Advance(24 * time.Hour)
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{
		Email: "new@acme.example", Code: out.Code, NewPassword: mfa.NewSecret("a new password here"),
	})
	code(t, err, mfa.Expired)
}
