package engine_test

import (
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestBreakGlassNeedsNobodySignedInAndTellsEverybody(t *testing.T) {
	w := newWorld(t)
	w.community("Other", "")
	boss := w.user("boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	desk := w.user("desk@acme.example", mfa.RoleHelpdesk)
	stranger := w.userIn("Other", "stranger@other.example", mfa.RoleAdmin)
	from := mfa.Provenance{UID: "0", OSUser: "root", LoginUID: "1000", LoginUser: "alice", Claimed: "sudo_user=mallory", Host: "vault", TTY: "/dev/pts/3"}
	ctx := mfa.WithCall(t.Context(), mfa.Call{From: from})
	_, err := w.BreakGlassReset(ctx, mfa.BreakGlassRequest{User: boss.email})
	code(t, err, mfa.Usage) // without a reason
	_, err = w.BreakGlassReset(ctx, mfa.BreakGlassRequest{User: "nobody@acme.example", Change: mfa.Change{Reason: "R"}})
	code(t, err, mfa.NotFound)
	dry, err := w.BreakGlassReset(ctx, mfa.BreakGlassRequest{User: boss.email, Change: mfa.Change{Reason: "R", DryRun: true}})
	ok(t, err)
	if !dry.Changed || !dry.RecoveryCode.IsZero() {
		t.Errorf("%+v", dry)
	}
	out, err := w.BreakGlassReset(ctx, mfa.BreakGlassRequest{User: boss.email, Change: mfa.Change{Reason: "all phones lost"}})
	ok(t, err)
	_, err = w.WhoAmI(boss.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
	ev := w.recorded(mfa.ActBreakGlass, mfa.OutcomeOK)
	if ev.Severity != mfa.SeverityHigh || ev.From.LoginUser != "alice" || ev.From.Claimed != "sudo_user=mallory" || ev.From.TTY != "/dev/pts/3" || ev.Reason != "all phones lost" || ev.ActorID != "" || ev.Target != boss.email {
		t.Errorf("%+v", ev)
	}
	if ev := w.recorded(mfa.ActReset, mfa.OutcomeOK); ev.Severity != mfa.SeverityHigh {
		t.Errorf("%+v", ev)
	}
	for address, want := range map[string]int{w.admin.email: 1, boss.email: 1, desk.email: 0, stranger.email: 0} {
		if got := w.mails(address, mfa.NoticeBreakGlass); got != want {
			t.Errorf("%d notices to %s", got, address)
		}
	}
	// It signs nobody in: the password and the recovery code do, only to enroll.
	_, err = boss.try(mfa.Secret{})
	ok(t, err)
	if in := boss.login(out.RecoveryCode.Reveal()); in.Level != mfa.LevelEnroll {
		t.Errorf("the level is %s", in.Level)
	}
}

// Break-glass is exempt from the two-person rule.
func TestBreakGlassResetsBoth(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	_, err := w.set("", map[string]string{"reset_approval": "always"})
	ok(t, err)
	glass := mfa.BreakGlassRequest{User: bob.email, Change: mfa.Change{Reason: "R"}}
	p, err := w.BreakGlassPassword(t.Context(), glass)
	ok(t, err)
	r, err := w.BreakGlassReset(t.Context(), glass)
	ok(t, err)
	if p.Code.IsZero() || r.RecoveryCode.IsZero() {
		t.Error("a code is missing")
	}
	for _, action := range []mfa.Action{mfa.ActPasswordReset, mfa.ActReset, mfa.ActRecoveryIssue, mfa.ActBreakGlass} {
		if ev := w.recorded(action, mfa.OutcomeOK); ev.Severity != mfa.SeverityHigh {
			t.Errorf("%s has the severity %q", action, ev.Severity)
		}
	}
}

// One administrator's damaged row keeps nobody from breaking the glass.
func TestADamagedAdministratorDoesNotHinderBreakGlass(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.user("boss@acme.example", mfa.RoleAdmin)
	w.execute("UPDATE users SET last_sign_in_at = 7 WHERE email = 'boss@acme.example'")
	_, err := w.BreakGlassReset(t.Context(), mfa.BreakGlassRequest{User: bob.email, Change: mfa.Change{Reason: "R"}})
	ok(t, err)
}
