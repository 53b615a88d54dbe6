package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// set sets rules of a community as the administrator does.
func (w *world) set(community string, rules map[string]string) (mfa.PolicySet, error) {
	w.t.Helper()
	return w.SetPolicy(w.admin.ctx(), mfa.SetPolicyRequest{Community: community, Rules: rules, Password: w.admin.password})
}

// longSet is set, and the rules were set so long ago that they apply.
func (w *world) longSet(community string, rules map[string]string) {
	w.t.Helper()
	out, err := w.set(community, rules)
	ok(w.t, err)
	err = records.New(w.store, w.keys).Update(w.t.Context(), func(wr *records.Writer) error {
		c, err := wr.CommunityByName(out.Community)
		if err != nil {
			return err
		}
		c.Held = nil
		return wr.PutCommunity(&c)
	})
	ok(w.t, err)
}

// userIn makes an account of a community and signs it in.
func (w *world) userIn(community, email string, role mfa.Role) *person {
	w.t.Helper()
	p := &person{w: w, email: email, password: mfa.NewSecret("a password of " + email[:1] + " her own")}
	_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: email, Role: role, Community: community, NewPassword: p.password})
	ok(w.t, err)
	p.login("")
	w.edit(strings.ToLower(email), ofLongStanding)
	return p
}

// mails counts the notices of a kind that wait for an address.
func (w *world) mails(address string, kind mfa.NoticeKind) (n int) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r mfa.Reader) error {
		all, err := r.Notices(mfa.NoticeQuery{})
		for _, m := range all {
			if m.Address == address && m.Kind == kind {
				n++
			}
		}
		return err
	})
	ok(w.t, err)
	return n
}

func TestARuleOutOfItsBoundsIsRefusedByName(t *testing.T) {
	w := newWorld(t)
	for rule, value := range map[string]string{"lockout": "0", "exempt": "nobody@acme.example", "no_such_rule": "1"} {
		_, err := w.set("", map[string]string{rule: value})
		code(t, err, mfa.Usage)
	}
	_, err := w.set("", nil)
	code(t, err, mfa.Usage)
}

func TestA2FARequirementHoldsAtTheNextRequest(t *testing.T) {
	w := newWorld(t)
	bob, eve := w.user("bob@acme.example", mfa.RoleMember), w.user("eve@acme.example", mfa.RoleHelpdesk)
	level := func(p *person) mfa.Level {
		id, err := w.WhoAmI(p.ctx(), mfa.WhoAmIRequest{})
		ok(t, err)
		return id.Level
	}
	if level(bob) != mfa.LevelPassword || level(eve) != mfa.LevelPassword {
		t.Fatal("a fresh session is not of the level password")
	}
	_, err := w.set("", map[string]string{"require_2fa": "privileged"})
	ok(t, err)
	if level(bob) != mfa.LevelPassword || level(eve) != mfa.LevelEnroll {
		t.Errorf("privileged: %s, %s", level(bob), level(eve))
	}
	_, err = w.ListUsers(eve.ctx(), mfa.ListUsersRequest{})
	code(t, err, mfa.Forbidden)
	_, err = w.set("", map[string]string{"require_2fa": "everyone"})
	ok(t, err)
	if level(bob) != mfa.LevelEnroll {
		t.Errorf("everyone: %s", level(bob))
	}
	if out := bob.login(""); out.Level != mfa.LevelEnroll || !out.MustEnroll {
		t.Errorf("a new session is of the level %s", out.Level)
	}
	bob.enable()
	_, err = w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
	code(t, err, mfa.PolicyForbids)
	// Off again: nobody's 2FA goes with it, and whoever has none signs in as before.
	_, err = w.set("", map[string]string{"require_2fa": ""})
	ok(t, err)
	st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	if !st.Enabled || level(eve) != mfa.LevelPassword {
		t.Errorf("switched off: %+v, %s", st, level(eve))
	}
	if w.mails("admin@acme.example", mfa.NoticePolicy) != 3 {
		t.Error("the administrators were not told of each change")
	}
	w.recorded(mfa.ActPolicyChange, mfa.OutcomeOK)
}

func TestAnExemptionBindsTheRuleOfItsOwnCommunityOnly(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	bob := w.userIn("Child", "bob@acme.example", mfa.RoleMember)
	required := func() bool {
		st, err := w.TwoFactorStatus(bob.ctx(), mfa.TwoFactorStatusRequest{})
		ok(t, err)
		return st.Required
	}
	w.longSet("Child", map[string]string{"require_2fa": "everyone", "exempt": bob.email})
	if required() {
		t.Error("the exemption does not hold")
	}
	_, err := w.set("Acme", map[string]string{"require_2fa": "everyone"})
	ok(t, err)
	if !required() {
		t.Error("a child's exemption binds the parent's rule")
	}
	w.longSet("Acme", map[string]string{"exempt": bob.email})
	if required() {
		t.Error("exempt in both, and still required")
	}
	_, err = w.set("Child", map[string]string{"exempt": "admin@acme.example"})
	code(t, err, mfa.Usage) // no user of the child
	out, err := w.ShowPolicy(w.admin.ctx(), mfa.ShowPolicyRequest{Community: "Child"})
	ok(t, err)
	if !slices.ContainsFunc(out.Rules, func(r mfa.RuleValue) bool { return r.Rule == "exempt" && r.Own == bob.email }) {
		t.Errorf("%+v", out.Rules)
	}
}

func TestShorterSessionsEndAtTheNextRequest(t *testing.T) {
	for rule, after := range map[string]time.Duration{"session_idle": 10 * time.Minute, "session_max": 20 * time.Minute} {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		w.clock.Advance(after / 2)
		_, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Password: bob.password}) // seen now
		ok(t, err)
		w.clock.Advance(after/2 + time.Second)
		if rule == "session_idle" {
			w.clock.Advance(after / 2)
		}
		_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
		ok(t, err)
		_, err = w.set("", map[string]string{rule: after.String()})
		ok(t, err)
		_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
		code(t, err, mfa.Unauthenticated)
	}
}

func TestTheRulesOfACommunityDecide(t *testing.T) {
	w := newWorld(t)
	_, err := w.set("", map[string]string{
		"methods": "totp", "backup_codes": "4", "recovery_ttl": "1h", "lockout": "2", "password_min_length": "20", "allow_disable": "false",
	})
	ok(t, err)
	_, err = w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "eve@acme.example", NewPassword: mfa.NewSecret("nineteen letters 19")})
	code(t, err, mfa.Usage)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	_, err = w.ChangePassword(bob.ctx(), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("nineteen letters 19")})
	code(t, err, mfa.Usage)
	_, err = w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindHOTP, Password: bob.password})
	code(t, err, mfa.PolicyForbids)
	bob.enable()
	if len(bob.codes) != 4 {
		t.Errorf("%d backup codes", len(bob.codes))
	}
	_, err = w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
	code(t, err, mfa.PolicyForbids)
	code(t, bob.verify(bob.wrong()), mfa.Rejected)
	code(t, bob.verify(bob.wrong()), mfa.Rejected)
	code(t, bob.verify(bob.code()), mfa.Locked)
	out := bob.reset()
	if got := out.ExpiresAt.Sub(w.clock.Now()); got != time.Hour {
		t.Errorf("the recovery code lives %s", got)
	}
}

func TestAPolicyIsSetByWhomItIsLeftTo(t *testing.T) {
	w := newWorld(t)
	w.community("Other", "")
	w.community("Child", w.admin.community())
	boss := w.user("boss@acme.example", mfa.RoleAdmin)
	req := mfa.SetPolicyRequest{Rules: map[string]string{"lockout": "3"}, Password: boss.password}
	_, err := w.SetPolicy(boss.ctx(), req)
	code(t, err, mfa.Forbidden) // without 2FA of their own
	boss.enable()
	_, err = w.SetPolicy(boss.ctx(), mfa.SetPolicyRequest{Rules: req.Rules, Password: mfa.NewSecret("wrong")})
	code(t, err, mfa.Rejected)
	for community, want := range map[string]mfa.Code{"": "", "Child": "", "Other": mfa.NotFound} {
		req.Community = community
		_, err = w.SetPolicy(boss.ctx(), req)
		code(t, err, want)
		_, err = w.ShowPolicy(boss.ctx(), mfa.ShowPolicyRequest{Community: community})
		code(t, err, want)
	}
	again, err := w.SetPolicy(boss.ctx(), mfa.SetPolicyRequest{Rules: req.Rules, Password: boss.password})
	ok(t, err)
	if again.Changed {
		t.Error("set to what it is, and changed")
	}
}

func TestNoCommunityIsLeftWithoutAMethod(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	_, err := w.set("Child", map[string]string{"methods": "hotp"})
	ok(t, err)
	_, err = w.set("Acme", map[string]string{"methods": "totp"})
	code(t, err, mfa.Conflict)
	_, err = w.set("Acme", map[string]string{"methods": "totp,hotp"})
	ok(t, err)
}

// The rules stand under the MAC of the community's row: whoever writes the
// database without the key switches nothing off.
func TestAPolicyTakenOutOfTheDatabaseIsDamage(t *testing.T) {
	w := newWorld(t)
	_, err := w.set("", map[string]string{"require_2fa": "everyone"})
	ok(t, err)
	w.execute("UPDATE communities SET policy = '{}'")
	_, err = w.TwoFactorStatus(w.admin.ctx(), mfa.TwoFactorStatusRequest{})
	code(t, err, mfa.Damaged)
}
