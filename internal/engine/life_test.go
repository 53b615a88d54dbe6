package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestAWholeLife(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	if n := len(bob.codes); n != 10 {
		t.Fatalf("%d backup codes", n)
	}

	given := bob.code()
	if out := bob.login(given.Reveal()); out.Level != mfa.LevelMFA || out.Method != mfa.KindTOTP {
		t.Fatalf("signed in as %+v", out)
	}
	_, err := bob.try(given)
	code(t, err, mfa.Rejected)

	out := bob.login(bob.codes[0].Reveal())
	if out.Level != mfa.LevelMFA || out.BackupCodesLeft == nil || *out.BackupCodesLeft != 9 {
		t.Fatalf("signed in as %+v", out)
	}
	_, err = bob.try(bob.codes[0])
	code(t, err, mfa.Rejected)

	report := bob.reset()
	if want := (mfa.Removed{Factors: 1, BackupCodes: 9, Sessions: 3}); !report.Changed || report.Removed != want {
		t.Fatalf("reset: %+v", report)
	}
	again, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	if again.Changed || !again.RecoveryCode.IsZero() || !again.ExpiresAt.Equal(report.ExpiresAt) {
		t.Fatalf("again: %+v", again)
	}
	_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)

	ch, err := bob.try(mfa.Secret{})
	ok(t, err)
	if ch.Level != mfa.LevelChallenge || len(ch.Prompts) != 1 || ch.Prompts[0].Kind != mfa.KindRecovery {
		t.Fatalf("challenge: %+v", ch)
	}
	_, err = bob.try(bob.codes[1])
	code(t, err, mfa.Rejected)
	out, err = w.Answer(t.Context(), mfa.AnswerRequest{Challenge: ch.Token, Code: report.RecoveryCode})
	ok(t, err)
	if out.Level != mfa.LevelEnroll || !out.MustEnroll {
		t.Fatalf("recovered as %+v", out)
	}
	bob.token = out.Token
	_, err = w.ListUsers(bob.ctx(), mfa.ListUsersRequest{})
	code(t, err, mfa.Forbidden)
	bob.enable()

	_, err = w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
	ok(t, err)
	if out := bob.login(""); out.Level != mfa.LevelPassword {
		t.Fatalf("after disable: %+v", out)
	}
	page, err := w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{})
	ok(t, err)
	for _, ev := range page.Items {
		t.Log(ev.Seq, ev.Action, ev.Outcome, ev.Code, ev.Actor, ev.Target, ev.Note)
	}
	w.clock.Advance(time.Hour)
}
