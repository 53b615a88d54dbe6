package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// issue has the administrator create a token for somebody. For another person it is a token of
// an older store: by now nobody creates one for them.
func (w *world) issue(owner, name string, permissions ...mfa.Permission) mfa.TokenIssued {
	w.t.Helper()
	u, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: owner})
	ok(w.t, err)
	req := mfa.CreateTokenRequest{For: owner, Name: name, Permissions: permissions}
	old := !u.Service && owner != w.admin.email
	if old {
		req.For = ""
	}
	out, err := w.CreateToken(w.admin.ctx(), req)
	ok(w.t, err)
	if old {
		w.editToken(out.ID, func(k *mfa.Token) { k.UserID = u.ID })
		out.User, out.UserID = owner, u.ID
	}
	return out
}

// issue has the administrator make a token for the person.
func (p *person) issue(name string, permissions ...mfa.Permission) mfa.TokenIssued {
	p.w.t.Helper()
	return p.w.issue(p.email, name, permissions...)
}

// by is the person acting by a token.
func (p *person) by(token mfa.Secret) *person {
	q := *p
	q.token = token
	return &q
}

// alive is the code of asking who one is.
func (p *person) alive() mfa.Code {
	_, err := p.w.WhoAmI(p.ctx(), mfa.WhoAmIRequest{})
	return codeOf(err)
}

func TestATokenDoesWhatItMayInItsOwnersName(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	out := ci.issue("deploy", mfa.UsersLock, mfa.UsersRead, mfa.UsersRead)
	if text := out.Token.Reveal(); len(text) != 81 || !strings.HasPrefix(text, "mfactl_t_") {
		t.Errorf("the token is %d long", len(text))
	}
	if want := []mfa.Permission{mfa.UsersRead, mfa.UsersLock}; !slices.Equal(out.Permissions, want) || out.CreatedBy != w.admin.email {
		t.Errorf("made %+v", out.TokenInfo)
	}
	ci.token = out.Token
	me, err := w.WhoAmI(ci.ctx(), mfa.WhoAmIRequest{})
	ok(t, err)
	if me.User != ci.email || me.Level != mfa.LevelToken || me.TokenID != out.ID || len(me.Permissions) != 2 || !me.ExpiresAt.Equal(out.ExpiresAt) {
		t.Errorf("%+v", me)
	}
	w.user("bob@acme.example", mfa.RoleMember)
	_, err = w.LockUser(ci.ctx(), mfa.LockUserRequest{User: "bob@acme.example"})
	ok(t, err)
	if ev := w.recorded(mfa.ActUserLock, mfa.OutcomeOK); ev.Actor != ci.email || ev.TokenID != out.ID || ev.SessionHash != "" {
		t.Errorf("%+v", ev)
	}
	_, err = w.ListEvents(ci.ctx(), mfa.ListEventsRequest{})
	code(t, err, mfa.Forbidden)
	if ev := w.recorded(mfa.ActAuthzDeny, mfa.OutcomeRefused); ev.TokenID != out.ID {
		t.Errorf("%+v", ev)
	}
}

// A token of somebody who may do everything does only what it was made for, on
// nobody who has more than it has.
func TestATokenIsNoMoreThanItsPermissions(t *testing.T) {
	w := newWorld(t)
	helen := w.user("helen@acme.example", mfa.RoleHelpdesk)
	w.user("bob@acme.example", mfa.RoleMember)
	token := w.admin.by(w.admin.issue("locks", mfa.UsersRead, mfa.UsersLock).Token)
	_, err := w.LockUser(token.ctx(), mfa.LockUserRequest{User: "bob@acme.example"})
	ok(t, err)
	_, err = w.LockUser(token.ctx(), mfa.LockUserRequest{User: helen.email}) // who resets 2FA
	code(t, err, mfa.Forbidden)
	_, err = w.CreateUser(token.ctx(), mfa.CreateUserRequest{Email: "eve@acme.example"})
	code(t, err, mfa.Forbidden)
}

func TestAnotherPrefixOrChecksumIsNoToken(t *testing.T) {
	w := newWorld(t)
	text := w.admin.issue("any", mfa.UsersRead).Token.Reveal()
	session := w.admin.token.Reveal()
	for _, wrong := range []string{
		"mfactl_s_" + strings.TrimPrefix(text, "mfactl_t_"), "mfactl_t_" + strings.TrimPrefix(session, "mfactl_s_"),
		text[:len(text)-1] + "x", text + "0", strings.ToUpper(text), text[:80], " " + text,
	} {
		if got := w.admin.by(mfa.NewSecret(wrong)).alive(); got != mfa.Unauthenticated {
			t.Errorf("%s…: %q", wrong[:12], got)
		}
	}
}

func TestATokenLivesForThirtyDaysToTheSecond(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.token = ci.issue("deploy", mfa.UsersRead).Token
	made := w.clock.Now()
	w.clock.Set(made.Add(30*24*time.Hour - time.Second))
	if got := ci.alive(); got != "" {
		t.Errorf("a second before: %s", got)
	}
	w.clock.Set(made.Add(30 * 24 * time.Hour))
	if got := ci.alive(); got != mfa.Unauthenticated {
		t.Errorf("thirty days later: %q", got)
	}
}

func TestAPolicyShortensTheLifeOfTokens(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	long := mfa.Span(60 * 24 * time.Hour)
	out, err := w.CreateToken(w.admin.ctx(), mfa.CreateTokenRequest{For: ci.email, Name: "long", Permissions: []mfa.Permission{mfa.UsersRead}, Expires: long})
	ok(t, err)
	ci.token = out.Token
	w.rule("token_max", "10d")
	_, err = w.CreateToken(w.admin.ctx(), mfa.CreateTokenRequest{For: ci.email, Name: "longer", Permissions: []mfa.Permission{mfa.UsersRead}, Expires: long})
	code(t, err, mfa.PolicyForbids)
	if short := ci.issue("short", mfa.UsersRead); !short.ExpiresAt.Equal(out.CreatedAt.Add(10 * 24 * time.Hour)) {
		t.Errorf("by default until %s", short.ExpiresAt)
	}
	w.clock.Set(out.CreatedAt.Add(10*24*time.Hour - time.Second))
	if got := ci.alive(); got != "" {
		t.Errorf("on the tenth day: %s", got)
	}
	w.clock.Advance(time.Second)
	if got := ci.alive(); got != mfa.Unauthenticated {
		t.Errorf("after ten days: %q", got)
	}
	w.admin.refresh()
	page, err := w.ListTokens(w.admin.ctx(), mfa.ListTokensRequest{})
	ok(t, err)
	if len(page.Items) != 0 {
		t.Errorf("listed as alive: %+v", page.Items)
	}
}

// rule sets one rule of Acme.
func (w *world) rule(name, value string) {
	w.t.Helper()
	_, err := w.set("Acme", map[string]string{name: value})
	ok(w.t, err)
}

func TestARoleNarrowsTheTokensOfWhoHasIt(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.token = ci.issue("deploy", mfa.UsersRead, mfa.UsersLock).Token
	list := func() mfa.Code {
		_, err := w.ListUsers(ci.ctx(), mfa.ListUsersRequest{})
		return codeOf(err)
	}
	lock := func() mfa.Code {
		_, err := w.LockUser(ci.ctx(), mfa.LockUserRequest{User: "bob@acme.example", Change: mfa.Change{DryRun: true}})
		return codeOf(err)
	}
	w.user("bob@acme.example", mfa.RoleMember)
	for _, step := range []struct {
		role       mfa.Role
		list, lock mfa.Code
	}{
		{mfa.RoleAuditor, "", mfa.Forbidden}, {mfa.RoleMember, mfa.Forbidden, mfa.Forbidden}, {mfa.RoleHelpdesk, "", ""},
		{mfa.RoleAdmin, "", ""}, // and no more
	} {
		_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: ci.email, Role: step.role})
		ok(t, err)
		if l, k := list(), lock(); l != step.list || k != step.lock {
			t.Errorf("as %s: lists %q, locks %q", step.role, l, k)
		}
	}
	_, err := w.ListEvents(ci.ctx(), mfa.ListEventsRequest{})
	code(t, err, mfa.Forbidden)
}

func TestWhatSuspendsTokensAndWhatEndsThem(t *testing.T) {
	w := newWorld(t)
	helen := w.user("helen@acme.example", mfa.RoleHelpdesk)
	helen.enable()
	h := helen.by(helen.issue("desk", mfa.UsersRead).Token)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.token = ci.issue("deploy", mfa.UsersRead).Token
	both := func(when string, person, service mfa.Code) {
		t.Helper()
		if p, s := h.alive(), ci.alive(); p != person || s != service {
			t.Errorf("%s: the person's is %q, the service's %q", when, p, s)
		}
	}
	both("at first", "", "")
	helen.reset()
	both("after a reset", "", "")
	w.rule("require_2fa", "privileged")
	both("where 2FA is required", mfa.Unauthenticated, "")
	w.rule("require_2fa", "")
	both("where it is not any more", "", "")
	for _, p := range []*person{helen, ci} {
		_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: p.email})
		ok(t, err)
	}
	both("locked", mfa.Unauthenticated, mfa.Unauthenticated)
	page, err := w.ListTokens(w.admin.ctx(), mfa.ListTokensRequest{User: helen.email})
	ok(t, err)
	if len(page.Items) != 1 || !page.Items[0].Suspended {
		t.Errorf("%+v", page.Items)
	}
	for _, p := range []*person{helen, ci} {
		_, err := w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: p.email})
		ok(t, err)
	}
	both("unlocked", "", "")
	for _, status := range []mfa.UserStatus{mfa.UserDeactivated, mfa.UserActive} {
		_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: helen.email, Status: status})
		ok(t, err)
		both("as "+string(status), mfa.Unauthenticated, "")
	}
	gone, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: ci.email})
	ok(t, err)
	both("deleted", mfa.Unauthenticated, mfa.Unauthenticated)
	if gone.Removed.Tokens != 1 {
		t.Errorf("removed %+v", gone.Removed)
	}
}

func TestATokenThatIsRevokedIsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	helen := w.user("helen@acme.example", mfa.RoleAdmin)
	helen.enable()
	made, err := w.CreateToken(helen.ctx(), mfa.CreateTokenRequest{Name: "desk", Permissions: []mfa.Permission{mfa.UsersRead}})
	ok(t, err)
	h := helen.by(made.Token)
	page, err := w.ListTokens(w.admin.ctx(), mfa.ListTokensRequest{})
	ok(t, err)
	id := page.Items[0].ID
	_, err = w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: id, Change: mfa.Change{DryRun: true}})
	ok(t, err)
	if got := h.alive(); got != "" {
		t.Errorf("after a dry run: %s", got)
	}
	out, err := w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: id, Change: mfa.Change{Reason: "laptop lost"}})
	ok(t, err)
	if got := h.alive(); got != mfa.Unauthenticated || out.Name != "desk" || out.User != helen.email {
		t.Errorf("after that: %q, %+v", got, out)
	}
	out, err = w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: id})
	ok(t, err)
	if out.Changed || out.ID != id || out.Name != "" || out.User != "" {
		t.Errorf("revoked twice: %+v", out)
	}
	_, err = w.RevokeToken(w.admin.ctx(), mfa.RevokeTokenRequest{ID: "deploy"})
	code(t, err, mfa.NotFound)
	if ev := w.recorded(mfa.ActTokenRevoke, mfa.OutcomeOK); ev.Target != helen.email || ev.Reason != "laptop lost" || !strings.Contains(ev.Note, id) {
		t.Errorf("%+v", ev)
	}
	w.mailed(helen.email, mfa.NoticeTokenCreated, 1)
	w.mailed(helen.email, mfa.NoticeTokenRevoked, 1)
}

// mailed fails unless so many notices of a kind wait for an address.
func (w *world) mailed(address string, kind mfa.NoticeKind, want int) {
	w.t.Helper()
	n := 0
	err := w.store.View(w.t.Context(), func(r mfa.Reader) error {
		rows, err := r.Notices(mfa.NoticeQuery{})
		for _, notice := range rows {
			if notice.Address == address && notice.Kind == kind {
				n++
			}
		}
		return err
	})
	ok(w.t, err)
	if n != want {
		w.t.Errorf("%d notices %s to %s, want %d", n, kind, address, want)
	}
}

func TestAResetKeepsTokensUnlessItIsAskedTo(t *testing.T) {
	w := newWorld(t)
	helen := w.user("helen@acme.example", mfa.RoleHelpdesk)
	helen.enable()
	h := helen.by(helen.issue("desk", mfa.UsersRead).Token)
	kept := helen.reset()
	if got := h.alive(); got != "" || kept.Removed.Tokens != 0 || kept.Target.Tokens != 1 {
		t.Errorf("%q, removed %+v of %d", got, kept.Removed, kept.Target.Tokens)
	}
	req := mfa.ResetRequest{User: helen.email, Password: w.admin.password, RevokeTokens: true}
	_, err := w.Reset(w.admin.ctx(), req) // a code lives: it must not look as if they were revoked
	code(t, err, mfa.Conflict)
	req.NewCode, req.DryRun = true, true
	dry, err := w.Reset(w.admin.ctx(), req)
	ok(t, err)
	req.DryRun = false
	out, err := w.Reset(w.admin.ctx(), req)
	ok(t, err)
	if got := h.alive(); got != mfa.Unauthenticated || out.Removed.Tokens != 1 || dry.Removed.Tokens != 1 {
		t.Errorf("%q, removed %+v, dry %+v", got, out.Removed, dry.Removed)
	}
	if ev := w.recorded(mfa.ActReset, mfa.OutcomeOK); !strings.HasSuffix(ev.Note, "1 API token") {
		t.Errorf("%+v", ev)
	}
	req.Request = true
	_, err = w.Reset(w.admin.ctx(), req)
	code(t, err, mfa.Usage)
}

func TestTheUseOfATokenIsWrittenOnceAMinuteAlsoByAStatus(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.token = ci.issue("deploy", mfa.UsersRead).Token
	used := func() *time.Time {
		page, err := w.ListTokens(w.admin.ctx(), mfa.ListTokensRequest{})
		ok(t, err)
		return page.Items[0].LastUsedAt
	}
	if got, at := ci.alive(), used(); got != "" || at == nil || !at.Equal(w.clock.Now()) {
		t.Errorf("a status (%q) wrote %v", got, at)
	}
	w.clock.Advance(time.Minute)
	read := func() {
		_, err := w.ListUsers(ci.ctx(), mfa.ListUsersRequest{})
		ok(t, err)
	}
	read()
	first := w.clock.Now()
	if at := used(); at == nil || !at.Equal(first) {
		t.Fatalf("used %v", at)
	}
	w.clock.Advance(59 * time.Second)
	read()
	if !used().Equal(first) {
		t.Error("written twice within a minute")
	}
	w.clock.Advance(time.Second)
	read()
	if !used().Equal(w.clock.Now()) {
		t.Error("not written after a minute")
	}
}

func TestATokenCannotBeChangedInTheDatabase(t *testing.T) {
	before := newWorld(t)
	ci := before.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.token = ci.issue("deploy", mfa.UsersRead).Token
	for _, attack := range []string{
		`UPDATE tokens SET permissions = '["users:read","2fa:reset"]'`, `UPDATE tokens SET expires_at = expires_at + 1`,
		`UPDATE tokens SET user_id = (SELECT id FROM users WHERE email = 'admin@acme.example')`,
		`UPDATE tokens SET created_by = 'nobody'`, `UPDATE tokens SET permissions = '['`,
	} {
		w := before.fork(t)
		w.sql(attack)
		if got := ci.in(w).alive(); got != mfa.Damaged {
			t.Errorf("%s: %q", attack, got)
		}
		page, err := w.ListTokens(w.admin.ctx(), mfa.ListTokensRequest{})
		ok(t, err)
		if len(page.Items) != 0 || len(page.Damaged) != 1 || page.Damaged[0].Sort != "token" {
			t.Errorf("%s: %+v", attack, page)
		}
		if out := w.examine(); out.Found == 0 {
			t.Errorf("%s: not found by a check", attack)
		}
	}
}

// An act by a token names the token and who created it, who answers for it.
func TestAnEventNamesTheTokenAndItsCreator(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	token := ci.issue("deploy", mfa.UsersLock)
	_, err := w.LockUser(ci.by(token.Token).ctx(), mfa.LockUserRequest{User: bob.email})
	ok(t, err)
	if ev := w.recorded(mfa.ActUserLock, mfa.OutcomeOK); ev.Actor != ci.email || ev.TokenID != token.ID || ev.From.TokenName != "deploy" || ev.From.TokenCreator != w.admin.email {
		t.Errorf("%+v", ev)
	}
	_, err = w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: bob.email})
	ok(t, err)
	if ev := w.recorded(mfa.ActAuthUnlock, mfa.OutcomeOK); ev.From.TokenName != "" || ev.From.TokenCreator != "" {
		t.Errorf("%+v", ev)
	}
}
