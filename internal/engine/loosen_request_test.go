package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// asks files a change of rules for a second person.
func (p *person) asks(rules map[string]string) (mfa.PolicySet, error) {
	p.w.t.Helper()
	return p.w.SetPolicy(p.ctx(), mfa.SetPolicyRequest{Rules: rules, Password: p.password, Request: true, Change: mfa.Change{Reason: "audit"}})
}

// inForce is a rule of Acme as it applies.
func (w *world) inForce(rule string) mfa.RuleValue {
	w.t.Helper()
	out, err := w.ShowPolicy(w.admin.ctx(), mfa.ShowPolicyRequest{})
	ok(w.t, err)
	return out.Rules[slices.IndexFunc(out.Rules, func(r mfa.RuleValue) bool { return r.Rule == rule })]
}

func TestTwoIndependentPeopleLoosenARuleAtOnce(t *testing.T) {
	w, ann, ben, tom := standing(t)
	puppet := ann.made("puppet@acme.example", mfa.RoleOperator)
	w.longSet("Acme", map[string]string{"reset_approval": "always", "require_2fa": "everyone"})
	asked := map[string]string{"reset_approval": "both", "unattended_reset": "true", "exempt": tom.email}
	out, err := ann.asks(asked)
	ok(t, err)
	if out.Request == nil || !out.Changed || out.Request.Rules["exempt"] != tom.email || !strings.Contains(out.Request.Approvers, ben.email) {
		t.Fatalf("filed %+v", out.Request)
	}
	if again, err := ann.asks(asked); err != nil || again.Changed || again.Request.ID != out.Request.ID {
		t.Errorf("asked twice: %+v, %v", again.Request, err)
	}
	for _, p := range []*person{ann, puppet} {
		_, err := p.approve(out.Request.ID)
		code(t, err, mfa.PolicyForbids)
	}
	if got := w.inForce("reset_approval").Value; got != "always" {
		t.Errorf("before it was approved: %s", got)
	}
	done, err := ben.approve(out.Request.ID)
	ok(t, err)
	if done.Policy == nil || len(done.Policy.Changes) != 3 || done.Request.Status != mfa.RequestApproved {
		t.Errorf("approved %+v", done)
	}
	for rule, want := range map[string]string{"reset_approval": "both", "unattended_reset": "true", "exempt": tom.email} {
		if got := w.inForce(rule); got.Value != want || len(got.Later) > 0 {
			t.Errorf("%s is %+v, want %s at once", rule, got, want)
		}
	}
	w.recorded(mfa.ActPolicyChange, mfa.OutcomeOK)
	if n := w.mails(w.admin.email, mfa.NoticePolicy); n != 2 {
		t.Errorf("%d notices of the policy to the administrator, want 2", n)
	}
}

// What one person has set already waits for a day no longer once two people agree.
func TestASecondPersonEndsTheWaitForALooserRule(t *testing.T) {
	w, ann, ben, _ := standing(t)
	w.longSet("Acme", map[string]string{"reset_approval": "always"})
	_, err := w.set("Acme", map[string]string{"reset_approval": "both"})
	ok(t, err)
	out, err := ann.asks(map[string]string{"reset_approval": "both"})
	ok(t, err)
	_, err = ben.approve(out.Request.ID)
	ok(t, err)
	if got := w.inForce("reset_approval"); got.Value != "both" || len(got.Later) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestARequestForALooserRuleLapses(t *testing.T) {
	w, ann, ben, _ := standing(t)
	w.longSet("Acme", map[string]string{"reset_approval": "always"})
	file := func() string {
		t.Helper()
		out, err := ann.asks(map[string]string{"reset_approval": "both"})
		ok(t, err)
		return out.Request.ID
	}
	id := file()
	_, err := w.set("Acme", map[string]string{"lockout": "4"})
	ok(t, err)
	_, err = ben.approve(id)
	code(t, err, mfa.Conflict)
	id = file()
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: ann.email, Role: mfa.RoleMember})
	ok(t, err)
	_, err = ben.approve(id)
	code(t, err, mfa.PolicyForbids)
	if got := w.inForce("reset_approval").Value; got != "always" {
		t.Errorf("the rule is %s", got)
	}
	_, err = ben.asks(map[string]string{"lockout": "5"})
	code(t, err, mfa.Usage) // it changes at once anyway
}

// The reply, the event, the notices and the policy say what applies, and until when.
func TestALooserRuleSaysWhenItTakesEffect(t *testing.T) {
	w, ann, _, tom := standing(t)
	w.longSet("Acme", map[string]string{"reset_approval": "always"})
	out, err := w.set("Acme", map[string]string{"reset_approval": "privileged"})
	ok(t, err)
	first := w.clock.Now().Add(mfa.LoosenAfter)
	w.clock.Advance(time.Hour)
	second := w.clock.Now().Add(mfa.LoosenAfter)
	w.admin.refresh()
	ann.refresh()
	_, err = w.set("Acme", map[string]string{"reset_approval": "both"})
	ok(t, err)
	if got := out.Changes[0].Effective; got.Value != "always" || len(got.Later) != 1 || got.Later[0].Value != "privileged" {
		t.Errorf("the reply says %+v", got)
	}
	later := w.inForce("reset_approval").Later
	if len(later) != 2 || !later[0].At.Equal(first) || later[1].Value != "both" || !later[1].At.Equal(second) {
		t.Errorf("later %+v", later)
	}
	text := "always applies until " + first.Format(time.RFC3339)
	if ev := w.recorded(mfa.ActPolicyChange, mfa.OutcomeOK); !strings.Contains(ev.Note, "until "+second.Format(time.RFC3339)) {
		t.Errorf("the event says %q, want %q", ev.Note, text)
	}
	_, err = ann.reset2FA(tom.email, false)
	code(t, err, mfa.PolicyForbids)
	if !strings.Contains(err.Error(), second.Format(time.RFC3339)) {
		t.Errorf("the refusal does not say from when: %v", err)
	}
	// Tightening applies at once and ends the wait: what is looser after it waits again.
	_, err = w.set("Acme", map[string]string{"reset_approval": "always"})
	ok(t, err)
	if got := w.inForce("reset_approval"); got.Value != "always" || len(got.Later) > 0 {
		t.Errorf("set back: %+v", got)
	}
}

// Administrators are notified at once of what becomes looser by a move, another parent or a
// role.
func TestAdministratorsAreNotifiedOfWhatBecomesLooser(t *testing.T) {
	for name, c := range map[string]struct {
		strict string // the community whose rule is strict
		change func(*world)
	}{
		"moved": {"Left", moves(atTim, "Right")}, "emptied": {"Acme", empties}, "another parent": {"Acme", all(createsTop, reparentsTo("Far"))},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLoose(t)
			w.longSet(c.strict, map[string]string{"reset_approval": "always"})
			before := w.mails(w.admin.email, mfa.NoticePolicy)
			c.change(w.world)
			if n := w.mails(w.admin.email, mfa.NoticePolicy); n != before+1 {
				t.Errorf("%d notices, want 1", n-before)
			}
		})
	}
}
