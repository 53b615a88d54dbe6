package engine_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// told says in one line each who and what the events after a sequence number name, and
// returns the last number.
func (w *world) told(after int64) (lines []string, last int64) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r mfa.Reader) error {
		rows, err := r.Events(mfa.EventQuery{})
		if err != nil {
			return err
		}
		last = rows[0].Seq
		for _, ev := range rows {
			if ev.Seq <= after {
				break
			}
			line := string(ev.Action)
			if ev.Outcome != mfa.OutcomeOK {
				line += " " + string(ev.Code)
			}
			community := ""
			if ev.CommunityID != "" {
				c, err := r.Community(ev.CommunityID)
				if err != nil {
					return err
				}
				community = c.Name
			}
			target := ev.Target
			if ev.TargetID == "" && strings.HasPrefix(target, "unknown:") {
				target = "unknown"
			}
			for _, part := range []struct{ name, value string }{
				{"by", ev.Actor}, {"to", target}, {"in", community}, {"factor", string(ev.Factor)}, {"because", ev.Reason}, {"severity", string(ev.Severity)},
			} {
				if part.value != "" {
					line += ", " + part.name + " " + strings.TrimSuffix(part.value, "@acme.example")
				}
			}
			lines = append([]string{line}, lines...)
		}
		return nil
	})
	ok(w.t, err)
	return lines, last
}

// An event names who did it, whom or what it was done to as far as that was found, the
// factor that was tried and the reason that counts.
func TestAnEventNamesWhomAndWhatItIsAbout(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", "Acme")
	bob := w.user("bob@acme.example", mfa.RoleMember)
	boss := w.user("boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	root, err := w.CreateToken(w.admin.ctx(), mfa.CreateTokenRequest{Permissions: []mfa.Permission{mfa.UsersRead}})
	ok(t, err)
	wrong := mfa.NewSecret("not the password")
	var set mfa.Secret
	steps := []struct {
		name string
		do   func() error
		want string
	}{
		{"a wrong password", func() error {
			_, err := w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: wrong})
			return err
		}, "auth.fail rejected, to bob, in Acme"},
		{"an unknown address", func() error {
			_, err := w.Login(t.Context(), mfa.LoginRequest{Email: "nobody@acme.example", Password: wrong})
			return err
		}, "auth.fail rejected, to unknown"},
		{"no permission", func() error {
			_, err := w.ListUsers(bob.ctx(), mfa.ListUsersRequest{})
			return err
		}, "authz.deny forbidden, by bob, in Acme"},
		{"a pending factor", func() error {
			e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Password: bob.password})
			bob.scan(e)
			return err
		}, "2fa.pending, by bob, to bob, in Acme, factor totp"},
		{"a wrong first code", func() error {
			_, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.wrong()})
			return err
		}, "otp.fail rejected, by bob, to bob, in Acme, factor totp"},
		{"the right first code", func() error {
			a, err := w.Activate(bob.ctx(), mfa.ActivateRequest{Code: bob.code()})
			bob.token, bob.codes = a.Session.Token, a.BackupCodes
			return err
		}, "2fa.enable, by bob, to bob, in Acme, factor totp"},
		{"a code at sign-in", func() error { _, err := bob.try(bob.codes[0]); return err },
			"backup.use, by bob, to bob, in Acme, factor backup; auth.ok, by bob, to bob, in Acme, factor backup"},
		{"a replay at sign-in", func() error { _, err := bob.try(bob.code()); return err }, "otp.replay rejected, by bob, to bob, in Acme, factor totp"},
		{"a wrong code at sign-in", func() error { _, err := bob.try(bob.wrong()); return err }, "otp.fail rejected, by bob, to bob, in Acme"},
		{"a second wrong code at sign-in", func() error { _, err := bob.try(bob.wrong()); return err }, "otp.fail rejected, by bob, to bob, in Acme"},
		{"a replay of somebody else", func() error { return bob.verify(bob.code()) }, "otp.replay rejected, by admin, to bob, in Acme, factor totp"},
		{"a replay that an administrator checks", func() error {
			_, err := w.CheckCode(w.admin.ctx(), mfa.CheckCodeRequest{User: bob.email, Code: bob.code()})
			return err
		}, "otp.replay rejected, by admin, to bob, in Acme, factor totp"},
		{"the code that locks", func() error {
			_, err := w.ResyncFactor(bob.ctx(), mfa.ResyncFactorRequest{Factor: "totp", First: bob.wrong(), Second: bob.wrong()})
			return err
		}, "auth.lock, by bob, to bob, in Acme, factor totp; otp.fail rejected, by bob, to bob, in Acme, factor totp"},
		{"a locked code", func() error { _, err := bob.try(bob.code()); return err }, "otp.fail locked, by bob, to bob, in Acme"},
		{"a user who is not there", func() error {
			_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: "nobody@acme.example", Change: mfa.Change{Reason: "R"}})
			return err
		}, "authz.deny not_found, by admin, in Acme, because R"},
		{"one's own account", func() error {
			_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: w.admin.email, Change: mfa.Change{Reason: "R"}})
			return err
		}, "authz.deny forbidden, by admin, to admin, in Acme, because R"},
		{"a user who has more", func() error {
			_, err := w.LockUser(boss.ctx(), mfa.LockUserRequest{User: w.admin.email, Change: mfa.Change{Reason: "R"}})
			return err
		}, "authz.deny forbidden, by boss, to admin, in Acme, because R"},
		{"a token of a user who has more", func() error {
			_, err := w.RevokeToken(boss.ctx(), mfa.RevokeTokenRequest{ID: root.ID, Change: mfa.Change{Reason: "R"}})
			return err
		}, "authz.deny forbidden, by boss, to admin, in Acme, because R"},
		{"the same to rotate it", func() error {
			_, err := w.RotateToken(boss.ctx(), mfa.RotateTokenRequest{ID: root.ID, Change: mfa.Change{Reason: "R"}})
			return err
		}, "authz.deny forbidden, by boss, to admin, in Acme, because R"},
		{"one's own wrong password", func() error {
			_, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: wrong, Change: mfa.Change{Reason: "R"}})
			return err
		}, "auth.fail rejected, by admin, to bob, in Acme, because R"},
		{"no methods left", func() error {
			_, err := w.SetPolicy(w.admin.ctx(), mfa.SetPolicyRequest{Community: "Acme", Password: w.admin.password, Change: mfa.Change{Reason: "R"}, Rules: map[string]string{"methods": "totp"}})
			if err == nil {
				_, err = w.SetPolicy(w.admin.ctx(), mfa.SetPolicyRequest{Community: "Branch", Password: w.admin.password, Change: mfa.Change{Reason: "R"}, Rules: map[string]string{"methods": "hotp"}})
			}
			return err
		}, "policy.change, by admin, in Acme, because R; policy.change conflict, by admin, in Branch, because R"},
		{"a role that is not there", func() error {
			_, err := w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Community: "Branch", Name: "nurse", Change: mfa.Change{Reason: "R"}})
			return err
		}, "role.delete not_found, by admin, in Branch, because R"},
		{"a community that is not there", func() error {
			_, err := w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Community: "Elsewhere", Name: "nurse", Change: mfa.Change{Reason: "R"}})
			return err
		}, "role.delete not_found, by admin, in Acme, because R"},
		{"a role and a role again", func() error {
			for _, may := range []mfa.Permission{mfa.UsersRead, mfa.AuditRead} {
				if _, err := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Community: "Branch", Name: "nurse", Permissions: []mfa.Permission{may}, Change: mfa.Change{Reason: "R"}}); err != nil {
					return err
				}
			}
			return nil
		}, "role.create, by admin, in Branch, because R; role.create conflict, by admin, in Branch, because R"},
		{"a community of a name that is taken", func() error {
			_, err := w.UpdateCommunity(w.admin.ctx(), mfa.UpdateCommunityRequest{Community: "Branch", Name: "Acme", Change: mfa.Change{Reason: "R"}})
			return err
		}, "community.update conflict, by admin, in Branch, because R"},
		{"break-glass for an unknown user", func() error {
			_, err := w.BreakGlassReset(t.Context(), mfa.BreakGlassRequest{User: "nobody@acme.example", Change: mfa.Change{Reason: "R"}})
			return err
		}, "breakglass.use not_found, because R"},
		{"break-glass for a service account", func() error {
			_, err := w.BreakGlassPassword(t.Context(), mfa.BreakGlassRequest{User: ci.email, Change: mfa.Change{Reason: "R"}})
			return err
		}, "breakglass.use conflict, to ci, in Acme, because R, severity high"},
		{"a password reset", func() error {
			out, err := w.admin.resetPassword(bob.email, false)
			set = out.Code
			return err
		}, "password.reset, by admin, to bob, in Acme, because forgotten"},
		{"a wrong set-password code", func() error {
			_, err := w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: bob.email, Code: mfa.NewSecret("0000000000000000"), NewPassword: wrong})
			return err
		}, "auth.fail rejected, to bob, in Acme"},
		{"a password set", func() error {
			_, err := w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: bob.email, Code: set, NewPassword: wrong})
			return err
		}, "password.set, by bob, to bob, in Acme"},
	}
	_, last := w.told(0)
	for _, step := range steps {
		err := step.do()
		var lines []string
		lines, last = w.told(last)
		if got := strings.Join(lines, "; "); got != step.want {
			t.Errorf("%s: %s\nwant %s (%v)", step.name, got, step.want, err)
		}
	}
}

// A refused approval has the approver's reason as long as the request may not be carried
// out, and from then on the requester's; it names the target once that is found.
func TestARefusedRequestNamesItsTargetAndTheReasonThatCounts(t *testing.T) {
	w, bob, second, id := both(t)
	_, last := w.told(0)
	_, err := second.approve(strings.Repeat("0", 26))
	code(t, err, mfa.NotFound)
	_, err = w.admin.approve(id)
	code(t, err, mfa.PolicyForbids)
	out, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: second.email, Email: "new@acme.example", Request: true, Change: mfa.Change{Reason: "married"}})
	ok(t, err)
	_, err = second.approve(out.Request.ID)
	code(t, err, mfa.Forbidden)
	out, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Email: "taken@acme.example", Request: true, Change: mfa.Change{Reason: "married"}})
	ok(t, err)
	_, err = w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "taken@acme.example"})
	ok(t, err)
	_, err = second.approve(out.Request.ID)
	code(t, err, mfa.Conflict)
	_, err = w.Deny(second.ctx(), mfa.DenyRequest{ID: out.Request.ID, Reason: "no"})
	ok(t, err)
	lines, _ := w.told(last)
	want := []string{
		"request.approve not_found, by second, in Acme, because called back",
		"request.approve policy, by admin, in Acme, because called back",
		"request.file, by admin, to second, in Acme, because married",
		"authz.deny forbidden, by second, to second, in Acme, because called back",
		"request.file, by admin, to bob, in Acme, because married",
		"user.create, by admin, to taken, in Acme",
		"request.approve conflict, by second, to bob, in Acme, because married",
		"request.deny, by second, to bob, in Acme, because no",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the events are\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// The event of a sign-in names the session that it opened; the event of a code names the
// session that the code was given in.
func TestTheEventOfASignInNamesItsSession(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	owed, err := bob.try(mfa.Secret{})
	ok(t, err)
	w.clock.Advance(2 * time.Minute)
	in, err := w.Answer(t.Context(), mfa.AnswerRequest{Challenge: owed.Token, Code: bob.code()})
	ok(t, err)
	for action, token := range map[mfa.Action]mfa.Secret{mfa.ActOTPOK: owed.Token, mfa.ActAuthOK: in.Token} {
		sum := sha256.Sum256([]byte(token.Reveal()))
		if ev := w.recorded(action, mfa.OutcomeOK); ev.Actor == bob.email && ev.SessionHash != hex.EncodeToString(sum[:]) {
			t.Errorf("%s names the session %s", action, ev.SessionHash)
		}
	}
	bob.token = in.Token
	_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
	ok(t, err)
}
