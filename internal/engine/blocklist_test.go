package engine_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

const refusedList = "\ufeffAcme Rocket Skates 1\r\n\r\nroad runner beep beep\n"

// ruleOf is what a rule is in a community.
func (w *world) ruleOf(community, rule string) mfa.RuleValue {
	w.t.Helper()
	out, err := w.ShowPolicy(w.admin.ctx(), mfa.ShowPolicyRequest{Community: community})
	ok(w.t, err)
	for _, r := range out.Rules {
		if r.Rule == rule {
			return r
		}
	}
	w.t.Fatalf("no rule %s", rule)
	return mfa.RuleValue{}
}

func TestAPasswordOfTheBlocklistIsRefused(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	bob, eve := w.user("bob@acme.example", mfa.RoleMember), w.userIn("Child", "eve@acme.example", mfa.RoleMember)
	refused := func(p *person, password string) bool {
		_, err := w.ChangePassword(p.ctx(), mfa.ChangePasswordRequest{Password: p.password, NewPassword: mfa.NewSecret(password)})
		if err == nil {
			p.password = mfa.NewSecret(password)
			return false
		}
		e := mfa.AsError(err)
		if e.Code != mfa.Usage || e.Field != "new_password" || !strings.Contains(e.Message, "password_blocklist") {
			t.Errorf("%q: %v", password, err)
		}
		return true
	}
	_, err := w.set("Acme", map[string]string{"password_blocklist": refusedList})
	ok(t, err)
	_, err = w.set("Child", map[string]string{"password_blocklist": "only below the parent"})
	ok(t, err)
	for password, want := range map[string][2]bool{
		"Acme Rocket Skates 1":       {true, true},
		"ACME rocket skates 1":       {true, true},
		"\uff32oad runner beep beep": {true, true}, // the first letter is a full-width one
		"acme rocket skates 12":      {false, false},
		"only below the parent":      {false, true},
	} {
		if got := [2]bool{refused(bob, password), refused(eve, password)}; got != want {
			t.Errorf("%q is refused in parent and child: %v, want %v", password, got, want)
		}
	}
	_, err = w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "ada@acme.example", NewPassword: mfa.NewSecret("road runner beep beep")})
	code(t, err, mfa.Usage)
	_, err = w.set("Acme", map[string]string{"password_blocklist": ""})
	ok(t, err)
	if refused(bob, "road runner beep beep") {
		t.Error("refused after the list was taken back")
	}
}

func TestThePolicyShowsOfABlocklistItsCountAndDigestOnly(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	out, err := w.set("Acme", map[string]string{"password_blocklist": refusedList})
	ok(t, err)
	const want = "2 refused (sha256 "
	if c := out.Changes[0]; c.Before != "" || !strings.HasPrefix(c.After, want) {
		t.Errorf("the change is %+v", c)
	}
	_, err = w.set("Child", map[string]string{"password_blocklist": "one more password"})
	ok(t, err)
	if r := w.ruleOf("Child", "password_blocklist"); strings.Count(r.Value, "refused") != 2 || !strings.HasPrefix(r.Own, "1 refused") {
		t.Errorf("the child has %+v", r)
	}
	again, err := w.set("Acme", map[string]string{"password_blocklist": refusedList})
	ok(t, err)
	if again.Changed {
		t.Error("the same list is a change")
	}
	if e := w.recorded(mfa.ActPolicyChange, mfa.OutcomeOK); !strings.Contains(e.Note, "1 refused") || strings.Contains(e.Note, "one more") {
		t.Errorf("the event says %q", e.Note)
	}
}

func TestABlocklistOutOfItsBoundsIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, text := range map[string]string{
		"too long": strings.Repeat("a password\n", mfa.MaxBlocklist/11+1), "not UTF-8": "pass\xffword", "without a password": " \r\n\n",
	} {
		_, err := w.set("", map[string]string{"password_blocklist": text})
		if e := mfa.AsError(err); e.Code != mfa.Usage || strings.Contains(e.Message, "password\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.set("", map[string]string{"password_blocklist": strings.Repeat("a password\n", mfa.MaxBlocklist/11)})
	ok(t, err)
}

// The list is not signed itself, but the policy names its digest.
func TestABlocklistThatWasChangedInTheDatabaseIsDamage(t *testing.T) {
	for _, change := range []string{
		"UPDATE meta SET value = 'another list' WHERE name LIKE 'blocklist%'", "DELETE FROM meta WHERE name LIKE 'blocklist%'",
	} {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		_, err := w.set("", map[string]string{"password_blocklist": refusedList})
		ok(t, err)
		w.execute(change)
		_, err = w.ChangePassword(bob.ctx(), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("road runner beep beep")})
		code(t, err, mfa.Damaged)
		if report := w.examine(); len(report.Damage) == 0 {
			t.Error("store check does not find it")
		}
	}
}
