package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A token proves no password, and changes no role, community or policy. It creates no token
// but its own successor.
func TestTheRulesAdmitTokensToWhatNeedsAPermissionAlone(t *testing.T) {
	besides := []string{"WhoAmI", "RotateToken", "Reset", "ResetPassword"} // the last but by request
	people := []string{"CreateToken", "CreateRole", "UpdateRole", "DeleteRole", "CreateCommunity", "UpdateCommunity"}
	for _, rule := range mfa.Rules() {
		want := rule.Permission != "" && rule.Password != mfa.PasswordAlways && !slices.Contains(people, rule.Method) ||
			slices.Contains(besides, rule.Method)
		if rule.Admits(mfa.LevelToken) != want {
			t.Errorf("%s admits tokens: %v", rule.Method, !want)
		}
	}
}

// A token creates and deletes members, locks them and ends locks by attempts. It changes no
// account: deactivating a member is for a person, who needs no password for it.
func TestATokenChangesNoAccount(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	gone := w.user("gone@acme.example", mfa.RoleMember)
	w.edit(gone.email, func(u *mfa.User) { u.Status = mfa.UserDeactivated })
	all := w.admin.by(w.admin.issue("all", mfa.Permissions()...).Token)
	for _, req := range []mfa.UpdateUserRequest{
		{User: bob.email, Status: mfa.UserDeactivated}, {User: gone.email, Status: mfa.UserActive},
		{User: bob.email, Role: mfa.RoleHelpdesk}, {User: bob.email, Email: "rob@acme.example"},
	} {
		for _, dry := range []bool{true, false} {
			req.DryRun = dry
			_, err := w.UpdateUser(all.ctx(), req)
			way := "mfactl login"
			if req.Email != "" {
				way = "--request"
			}
			refusal(t, err, mfa.Forbidden, "an API token may not", way)
		}
	}
	_, err := w.Engine.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: mfa.UserDeactivated})
	ok(t, err)
}

func TestNobodyGrowsByAToken(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	w.service("cd@acme.example", mfa.RoleHelpdesk)
	small := ci.by(ci.issue("small", mfa.UsersRead, mfa.UsersLock, mfa.TwoFactorReset, mfa.TokensWrite).Token)
	try := func(by *person, owner string, permissions ...mfa.Permission) mfa.Code {
		_, err := w.CreateToken(by.ctx(), mfa.CreateTokenRequest{For: owner, Name: "new", Permissions: permissions, Change: mfa.Change{DryRun: true}})
		return codeOf(err)
	}
	for name, got := range map[string][2]mfa.Code{
		"by a token, for its owner":     {try(small, "", mfa.UsersRead, mfa.TokensWrite), mfa.Forbidden},
		"what its owner alone has":      {try(small, "", mfa.UsersRead, mfa.AuditRead), mfa.Forbidden},
		"by a token, for another":       {try(small, "cd@acme.example", mfa.UsersRead), mfa.Forbidden},
		"for another who lacks it":      {try(small, "cd@acme.example", mfa.TokensWrite), mfa.Forbidden},
		"for somebody who has more":     {try(small, w.admin.email, mfa.UsersRead), mfa.Forbidden},
		"for a member":                  {try(w.admin, w.user("bob@acme.example", mfa.RoleMember).email, mfa.UsersRead), mfa.Forbidden},
		"for nobody":                    {try(w.admin, "nobody@acme.example", mfa.UsersRead), mfa.NotFound},
		"nothing":                       {try(w.admin, ci.email), mfa.Usage},
		"what is no permission":         {try(w.admin, ci.email, "users:eat"), mfa.Usage},
		"for an administrator, by them": {try(w.admin, "", mfa.Permissions()...), ""},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", name, got[0], got[1])
		}
	}
}

// A token is created for the person who asks or for a service account: another person would
// answer for what its bearer does. Nor does a rotation by its id give one of another person.
func TestATokenIsOfItsCreatorOrOfAServiceAccount(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve@acme.example", mfa.RoleAdmin)
	eve.enable()
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	create := func(by *person, owner string) error {
		_, err := w.CreateToken(by.ctx(), mfa.CreateTokenRequest{For: owner, Permissions: []mfa.Permission{mfa.UsersRead}})
		return err
	}
	for owner, want := range map[string]mfa.Code{"": "", w.admin.email: "", ci.email: "", eve.email: mfa.Forbidden} {
		if err := create(w.admin, owner); codeOf(err) != want {
			t.Errorf("for %q: %v", owner, err)
		} else if want != "" && (!strings.Contains(err.Error(), "another person") || !strings.Contains(mfa.AsError(err).HintText(), "--service")) {
			t.Errorf("%v / %s", err, mfa.AsError(err).HintText())
		}
	}
	old := eve.issue("old", mfa.UsersRead)
	_, err := w.RotateToken(w.admin.ctx(), mfa.RotateTokenRequest{ID: old.ID})
	code(t, err, mfa.Forbidden)
	_, err = w.RotateToken(eve.ctx(), mfa.RotateTokenRequest{ID: old.ID})
	ok(t, err)
}

func TestATokenHasANameOfItsOwnAndAnOwnerWhoIsActive(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	w.service("cd@acme.example", mfa.RoleHelpdesk)
	first := ci.issue("deploy", mfa.UsersRead)
	create := func(owner, name string, life time.Duration) mfa.Code {
		_, err := w.CreateToken(w.admin.ctx(), mfa.CreateTokenRequest{
			For: owner, Name: name, Permissions: []mfa.Permission{mfa.UsersRead}, Expires: mfa.Span(life),
		})
		return codeOf(err)
	}
	for _, c := range []struct {
		owner, name string
		life        time.Duration
		want        mfa.Code
	}{
		{"ci@acme.example", "deploy", 0, mfa.Conflict}, {"cd@acme.example", "deploy", 0, ""}, {"ci@acme.example", "", 0, ""},
		{"ci@acme.example", "a\x1bb", 0, mfa.Usage}, {"ci@acme.example", "short", time.Second, mfa.Usage}, {"ci@acme.example", "long", 91 * 24 * time.Hour, mfa.PolicyForbids},
		{"ci@acme.example", "negative", -time.Hour, mfa.Usage}, {"ci@acme.example", "longest", 90 * 24 * time.Hour, ""},
	} {
		if got := create(c.owner, c.name, c.life); got != c.want {
			t.Errorf("%q of %s for %s: %q, want %q", c.name, c.owner, c.life, got, c.want)
		}
	}
	w.clock.Set(first.ExpiresAt)
	w.admin.refresh()
	if got := create(ci.email, "deploy", 0); got != "" {
		t.Errorf("a name whose token has ended: %s", got)
	}
	_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: ci.email})
	ok(t, err)
	if got := create(ci.email, "locked", 0); got != mfa.Conflict {
		t.Errorf("of a locked owner: %q", got)
	}
}

func TestATokenResetsMembersOnlyWhereTheRuleSaysSo(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.token = ci.issue("desk", mfa.UsersRead, mfa.TwoFactorReset).Token
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	helen := w.user("helen@acme.example", mfa.RoleAuditor)
	helen.enable()
	all := w.admin.by(w.admin.issue("all", mfa.Permissions()...).Token)
	reset := func(by *person, user string) (mfa.ResetReport, mfa.Code) {
		out, err := w.Reset(by.ctx(), mfa.ResetRequest{User: user, NewCode: true})
		return out, codeOf(err)
	}
	if _, got := reset(ci, bob.email); got != mfa.PolicyForbids {
		t.Errorf("without the rule: %q", got)
	}
	w.longSet("Acme", map[string]string{"unattended_reset": "true"})
	if _, got := reset(all, helen.email); got != mfa.PolicyForbids {
		t.Errorf("of somebody with permissions: %q", got)
	}
	out, got := reset(ci, bob.email)
	if got != "" || out.RecoveryCode.IsZero() || bob.alive() != mfa.Unauthenticated {
		t.Fatalf("%q, %+v", got, out)
	}
	const note = "removed 1 factor, 10 backup codes, 1 session, without a password: unattended_reset"
	if ev := w.recorded(mfa.ActReset, mfa.OutcomeOK); ev.Note != note || ev.Actor != ci.email {
		t.Errorf("%+v", ev)
	}
	w.mailed(bob.email, mfa.NoticeReset, 1)
	_, err := w.ResetPassword(ci.ctx(), mfa.ResetPasswordRequest{User: bob.email})
	code(t, err, mfa.Forbidden)
	_, err = w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, NewCode: true}) // a person's password is still asked for
	code(t, err, mfa.Rejected)
}

// The rule is that of whom it is done to, and two persons are still two.
func TestAnUnattendedResetObeysTheOtherRules(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.token = ci.issue("desk", mfa.UsersRead, mfa.TwoFactorReset).Token
	bob := w.userIn("Branch", "bob@branch.example", mfa.RoleMember)
	bob.enable()
	w.longSet("Acme", map[string]string{"unattended_reset": "true"})
	reset := func(req mfa.ResetRequest) mfa.Code {
		req.User = bob.email
		_, err := w.Reset(ci.ctx(), req)
		return codeOf(err)
	}
	_, err := w.set("Branch", map[string]string{"unattended_reset": "false"})
	ok(t, err)
	if got := reset(mfa.ResetRequest{}); got != mfa.PolicyForbids {
		t.Errorf("where the branch forbids it: %q", got)
	}
	w.longSet("Branch", map[string]string{"unattended_reset": ""})
	if got := reset(mfa.ResetRequest{Change: mfa.Change{DryRun: true}}); got != "" {
		t.Errorf("where only the parent says so: %q", got)
	}
	_, err = w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	if got := reset(mfa.ResetRequest{}); got != mfa.PolicyForbids {
		t.Errorf("after a reset of the password: %q", got)
	}
	if got := reset(mfa.ResetRequest{Request: true}); got != "" {
		t.Errorf("as a request: %q", got)
	}
}

// Whoever made a token has it in their hands, in whosever name it acts: it gives
// them no second person.
func TestATokenGivesItsMakerNoSecondPerson(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	evil := w.user("evil@acme.example", mfa.RoleAdmin)
	evil.enable()
	made, err := w.CreateToken(evil.ctx(), mfa.CreateTokenRequest{For: ci.email, Name: "puppets", Permissions: mfa.Permissions()})
	ok(t, err)
	by := ci.by(made.Token)
	by.token = by.rotate(mfa.RotateTokenRequest{}).Token // it stays theirs
	puppet := &person{w: w, email: "puppet@acme.example", password: mfa.NewSecret("a password of puppets")}
	_, err = w.CreateUser(by.ctx(), mfa.CreateUserRequest{Email: puppet.email, Role: mfa.RoleMember, NewPassword: puppet.password})
	ok(t, err)
	puppet.login("")
	puppet.enable()
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: puppet.email, Role: mfa.RoleAdmin})
	ok(t, err)
	puppet.refresh()
	helen := w.user("helen@acme.example", mfa.RoleAuditor)
	helen.enable()
	_, err = w.UpdateUser(by.ctx(), mfa.UpdateUserRequest{User: helen.email, Role: mfa.RoleAdmin})
	code(t, err, mfa.Forbidden) // a token changes no role
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	filed, err := w.Reset(evil.ctx(), mfa.ResetRequest{User: bob.email, Password: evil.password, Request: true})
	ok(t, err)
	_, err = w.Approve(puppet.ctx(), mfa.ApproveRequest{ID: filed.Request.ID, Password: puppet.password})
	code(t, err, mfa.PolicyForbids)
	_, err = w.LockUser(by.ctx(), mfa.LockUserRequest{User: evil.email}) // it is they themselves
	code(t, err, mfa.Forbidden)
}
