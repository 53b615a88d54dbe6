package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// mustHave2FA reports whether the policy requires 2FA of the person.
func (p *person) mustHave2FA() bool {
	p.w.t.Helper()
	p.login("")
	st, err := p.w.TwoFactorStatus(p.ctx(), mfa.TwoFactorStatusRequest{})
	ok(p.w.t, err)
	return st.Required
}

// at sets the clock.
func (w *world) at(t time.Time) { w.clock.Advance(t.Sub(w.clock.Now())) }

// onDay is the beginning of a day of the world's month.
func onDay(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }

func TestAnExemptionEndsWithItsLastDay(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.longSet("", map[string]string{"require_2fa": "everyone", "exempt": bob.email + ":2026-03-20"})
	if bob.mustHave2FA() {
		t.Error("the exemption does not bind")
	}
	if r := w.ruleOf("", "exempt"); r.Value != bob.email+":2026-03-20" || r.Own != r.Value {
		t.Errorf("listed as %+v", r)
	}
	w.at(onDay(21).Add(-time.Second))
	if bob.mustHave2FA() {
		t.Error("the exemption ends before its last day does")
	}
	w.at(onDay(21))
	w.admin.login(w.admin.code().Reveal())
	if !bob.mustHave2FA() {
		t.Error("the exemption binds after its last day")
	}
	if r := w.ruleOf("", "exempt"); r.Value != "" || r.Own != bob.email+":2026-03-20 (expired)" {
		t.Errorf("listed as %+v", r)
	}
	_, err := w.set("", map[string]string{"exempt": bob.email + ":2026-03-20"})
	if code(t, err, mfa.Usage); !strings.Contains(mfa.AsError(err).Message, "over") {
		t.Error(err)
	}
	_, err = w.set("", map[string]string{"exempt": bob.email + ":soon"})
	code(t, err, mfa.Usage)
	_, err = w.set("", map[string]string{"exempt": bob.email + "," + bob.email + ":2026-12-31"})
	code(t, err, mfa.Usage)
}

// A longer exemption is a looser rule: for a day the user is exempt for no longer than before.
func TestALongerExemptionWaitsAsALooserRuleDoes(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.longSet("", map[string]string{"require_2fa": "everyone", "exempt": bob.email + ":2026-03-20"})
	w.at(onDay(20).Add(12 * time.Hour))
	w.admin.login(w.admin.code().Reveal())
	_, err := w.set("", map[string]string{"exempt": bob.email})
	ok(t, err)
	if bob.mustHave2FA() {
		t.Error("what was exempt before is exempt no more")
	}
	w.at(onDay(21))
	if !bob.mustHave2FA() {
		t.Error("one person made the exemption longer at once")
	}
	w.at(onDay(21).Add(12 * time.Hour))
	if bob.mustHave2FA() {
		t.Error("the longer exemption never binds")
	}
}

func TestNobodyExemptsThemselves(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	boss := w.user("boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	for _, value := range []string{"boss@acme.example", "boss@acme.example:2026-12-31"} {
		req := mfa.SetPolicyRequest{Rules: map[string]string{"exempt": value}, Password: boss.password}
		_, err := w.SetPolicy(boss.ctx(), req)
		code(t, err, mfa.PolicyForbids)
	}
	w.recorded(mfa.ActPolicyChange, mfa.OutcomeRefused)
}
