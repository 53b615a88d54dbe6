package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// loosening is a change by one person that makes a two-person rule looser for somebody.
type loosening struct {
	before map[string]map[string]string // rules of communities that apply since long ago
	change func(w *world)
	// tried is the answer to what the rule forbids: empty if it is allowed.
	tried func(w *loose) mfa.Code
	free  bool // the change does not make the rule looser for that account
}

// loose is a world of two communities side by side below Acme. Tim is a member of Left, Eva
// has the role desk there, and the token may reset members.
type loose struct {
	*world
	tim   *person
	token mfa.Secret
}

func newLoose(t *testing.T) *loose {
	t.Helper()
	w := newWorld(t)
	w.community("Left", w.admin.community())
	w.community("Right", w.admin.community())
	_, err := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Name: "desk", Community: "Left", Permissions: []mfa.Permission{mfa.UsersRead}})
	ok(t, err)
	tim, eva := w.userIn("Left", atTim, mfa.RoleMember), w.userIn("Left", atEva, "desk")
	tim.enable()
	eva.enable()
	w.clock.Advance(30 * 24 * time.Hour)
	w.admin.refresh()
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	token := ci.issue("desk", mfa.UsersRead, mfa.TwoFactorReset).Token
	return &loose{w, tim, token}
}

// resetOf is the answer to a reset by the administrator alone.
func resetOf(email string) func(*loose) mfa.Code {
	return func(w *loose) mfa.Code {
		_, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: email, NewCode: true, Change: mfa.Change{DryRun: true}})
		return codeOf(err)
	}
}

// byToken is the answer to a reset of Tim by a token.
func byToken(w *loose) mfa.Code {
	_, err := w.Reset(w.admin.by(w.token).ctx(), mfa.ResetRequest{User: atTim, NewCode: true, Change: mfa.Change{DryRun: true}})
	return codeOf(err)
}

// exemptNow is the answer to whether the policy requires 2FA of Tim.
func exemptNow(w *loose) mfa.Code {
	tim := w.tim.in(w.world)
	tim.refresh()
	out, err := w.TwoFactorStatus(tim.ctx(), mfa.TwoFactorStatusRequest{})
	if err == nil && out.Required {
		return mfa.PolicyForbids
	}
	return codeOf(err)
}

// sets is a change of one rule.
func sets(community, rule, value string) func(*world) {
	return func(w *world) {
		w.t.Helper()
		_, err := w.set(community, map[string]string{rule: value})
		ok(w.t, err)
	}
}

// moves moves a user.
func moves(email, to string) func(*world) {
	return func(w *world) {
		w.t.Helper()
		_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: email, Community: to})
		ok(w.t, err)
	}
}

// all makes several changes.
func all(changes ...func(*world)) func(*world) {
	return func(w *world) {
		w.t.Helper()
		for _, change := range changes {
			change(w)
		}
	}
}

func rulesOf(community, rule, value string) map[string]map[string]string {
	return map[string]map[string]string{community: {rule: value}}
}

const (
	atTim = "tim@acme.example"
	atEva = "eva@acme.example"
)

func empties(w *world) {
	w.t.Helper()
	_, err := w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Community: "Left", Name: "desk", Remove: []mfa.Permission{mfa.UsersRead}})
	ok(w.t, err)
}

func fills(w *world) {
	w.t.Helper()
	_, err := w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Community: "Left", Name: "desk", Add: []mfa.Permission{mfa.UsersRead}})
	ok(w.t, err)
}

func reparents(w *world) {
	w.t.Helper()
	_, err := w.UpdateCommunity(w.admin.ctx(), mfa.UpdateCommunityRequest{Community: "Left", Parent: "Right"})
	ok(w.t, err)
}

// createsRole makes a role of the name desk in Right that gives nothing.
func createsRole(w *world) {
	w.t.Helper()
	_, err := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Name: "desk", Community: "Right"})
	ok(w.t, err)
}

func demotes(w *world) {
	w.t.Helper()
	_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: atEva, Role: mfa.RoleMember})
	ok(w.t, err)
}

// loosenings are the ways in which a rule becomes looser, and some in which it does not.
func loosenings() map[string]loosening {
	always, privileged := rulesOf("Acme", "reset_approval", "always"), rulesOf("Acme", "reset_approval", "privileged")
	left := rulesOf("Left", "reset_approval", "always")
	both := sets("Acme", "reset_approval", "both")
	return map[string]loosening{
		"lowered, seen through the child":     {before: always, change: both, tried: resetOf(atTim)},
		"taken back":                          {before: left, change: sets("Left", "reset_approval", ""), tried: resetOf(atTim)},
		"lowered for those with permissions":  {before: privileged, change: both, tried: resetOf(atEva)},
		"lowered in two steps":                {before: always, change: all(sets("Acme", "reset_approval", "privileged"), both), tried: resetOf(atTim)},
		"lowered for a moment":                {before: always, change: all(both, sets("Acme", "reset_approval", "always"), both), tried: resetOf(atTim)},
		"lowered where the parent is strict":  {before: left, change: all(sets("Acme", "reset_approval", "always"), sets("Left", "reset_approval", ""), both), tried: resetOf(atTim)},
		"moved":                               {before: left, change: moves(atTim, "Right"), tried: resetOf(atTim)},
		"moved over a third":                  {before: left, change: all(moves(atTim, "Right"), moves(atTim, "Acme")), tried: resetOf(atTim)},
		"moved after it was lowered":          {before: left, change: all(sets("Left", "reset_approval", ""), moves(atTim, "Right")), tried: resetOf(atTim)},
		"another parent":                      {before: always, change: all(createsTop, reparentsTo("Far")), tried: resetOf(atTim)},
		"another parent after it was lowered": {before: always, change: all(both, createsTop, reparentsTo("Far")), tried: resetOf(atTim)},
		"demoted":                             {before: privileged, change: demotes, tried: resetOf(atEva)},
		"role emptied":                        {before: privileged, change: empties, tried: resetOf(atEva)},
		"role emptied, then moved":            {before: privileged, change: all(empties, createsRole, moves(atEva, "Right")), tried: resetOf(atEva)},
		"role of the same name":               {before: privileged, change: all(createsRole, moves(atEva, "Right")), tried: resetOf(atEva)},
		"tokens let in":                       {change: sets("Left", "unattended_reset", "true"), tried: byToken},
		"tokens let in, seen through a child": {change: sets("Acme", "unattended_reset", "true"), tried: byToken},
		"tokens let in below and above":       {change: all(sets("Left", "unattended_reset", "true"), sets("Acme", "unattended_reset", "true")), tried: byToken},
		"tokens let in above and below":       {change: all(sets("Acme", "unattended_reset", "true"), sets("Left", "unattended_reset", "true")), tried: byToken},
		"tokens forbidden no more": {
			before: map[string]map[string]string{"Acme": {"unattended_reset": "true"}, "Left": {"unattended_reset": "false"}},
			change: sets("Left", "unattended_reset", ""), tried: byToken,
		},
		"moved to where tokens may":                   {before: rulesOf("Right", "unattended_reset", "true"), change: moves(atTim, "Right"), tried: byToken},
		"put below where tokens may":                  {before: rulesOf("Right", "unattended_reset", "true"), change: reparents, tried: byToken},
		"forbidden above for a moment":                {before: rulesOf("Left", "unattended_reset", "true"), change: all(sets("Acme", "unattended_reset", "false"), sets("Acme", "unattended_reset", "")), tried: byToken},
		"exempt":                                      {before: rulesOf("Acme", "require_2fa", "everyone"), change: sets("Acme", "exempt", atTim), tried: exemptNow},
		"exempt again":                                {before: map[string]map[string]string{"Acme": {"require_2fa": "everyone", "exempt": atTim}}, change: all(sets("Acme", "exempt", ""), sets("Acme", "exempt", atTim)), tried: exemptNow},
		"set and set back":                            {before: rulesOf("Acme", "reset_approval", "both"), change: all(sets("Acme", "reset_approval", "privileged"), both), tried: resetOf(atTim), free: true},
		"allowed below, and then above":               {before: rulesOf("Left", "unattended_reset", "true"), change: sets("Acme", "unattended_reset", "true"), tried: byToken, free: true},
		"another one exempt":                          {before: map[string]map[string]string{"Acme": {"require_2fa": "everyone", "exempt": atTim}}, change: sets("Acme", "exempt", atTim+","+atEva), tried: exemptNow, free: true},
		"role emptied and filled, for the rule":       {before: privileged, change: all(empties, fills, demotes), tried: resetOf(atEva)},
		"exempt in another community, and moved back": {before: map[string]map[string]string{"Left": {"require_2fa": "everyone", "exempt": atTim}, "Right": {"require_2fa": "everyone"}}, change: all(moves(atTim, "Right"), moves(atTim, "Left")), tried: exemptNow},
	}
}

// createsTop makes a community that stands below none.
func createsTop(w *world) {
	w.t.Helper()
	w.community("Far", "")
}

func reparentsTo(parent string) func(*world) {
	return func(w *world) {
		w.t.Helper()
		_, err := w.UpdateCommunity(w.admin.ctx(), mfa.UpdateCommunityRequest{Community: "Left", Parent: parent})
		ok(w.t, err)
	}
}

// Row by row: what one person alone makes looser applies a day later. What is not looser for
// the account applies at once.
func TestLooseningByOnePersonTakesADay(t *testing.T) {
	base := newLoose(t)
	for name, c := range loosenings() {
		t.Run(name, func(t *testing.T) {
			w := &loose{base.fork(t), base.tim, base.token}
			for community, rules := range c.before {
				w.longSet(community, rules)
			}
			c.change(w.world)
			want := mfa.PolicyForbids
			if c.free {
				want = ""
			}
			if got := c.tried(w); got != want {
				t.Errorf("at once: %q, want %q", got, want)
			}
			w.clock.Advance(mfa.LoosenAfter - time.Second)
			w.admin.refresh()
			if got := c.tried(w); got != want {
				t.Errorf("a second before it ends: %q, want %q", got, want)
			}
			w.clock.Advance(time.Second)
			if got := c.tried(w); got != "" {
				t.Errorf("after a day: %q", got)
			}
		})
	}
}
