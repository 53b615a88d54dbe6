package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Who may make tokens has in hand those of whom they reach and who have no more than
// they: any other could be taken over by its id, or ended.
func TestATokenIsInTheHandsOfWhoReachesItsOwnerAndHasNoLess(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	w.community("Elsewhere", "")
	ok(t, w.role("Acme", "keeper", mfa.UsersRead, mfa.TokensWrite))
	small, equal := w.service("small@acme.example", mfa.RoleMember), w.service("equal@acme.example", "keeper")
	strong := w.service("strong@acme.example", mfa.RoleHelpdesk)
	for _, p := range []*person{small, equal, strong} {
		_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: p.email, Role: "keeper"})
		ok(t, err)
	}
	ids := map[string]string{}
	for name, p := range map[string]*person{"small": small, "equal": equal, "strong": strong, "operator": w.admin} {
		ids[name] = p.issue("reads", mfa.UsersRead).ID
	}
	ids["nowhere"] = "01KKNTQJDGQT409WBW6C4DAC2B"
	for p, role := range map[*person]mfa.Role{small: mfa.RoleMember, strong: mfa.RoleHelpdesk} {
		_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: p.email, Role: role})
		ok(t, err)
	}
	keeper, boss := w.user("keeper@acme.example", "keeper"), w.user("boss@acme.example", mfa.RoleAdmin)
	far, below := w.userIn("Elsewhere", "far@else.example", mfa.RoleAdmin), w.userIn("Branch", "below@branch.example", mfa.RoleAdmin)
	type hands map[string]mfa.Code
	for by, want := range map[*person]hands{
		keeper: {"small": "", "equal": "", "strong": mfa.Forbidden, "operator": mfa.Forbidden, "nowhere": mfa.NotFound},
		boss:   {"small": "", "equal": "", "strong": "", "operator": mfa.Forbidden, "nowhere": mfa.NotFound},
		far:    {"small": mfa.NotFound, "equal": mfa.NotFound, "strong": mfa.NotFound, "operator": mfa.NotFound, "nowhere": mfa.NotFound},
		below:  {"small": mfa.NotFound, "equal": mfa.NotFound, "strong": mfa.NotFound, "operator": mfa.NotFound, "nowhere": mfa.NotFound},
	} {
		by.enable()
		for whose, code := range want {
			if whose != "nowhere" {
				_, err := w.RevokeToken(by.ctx(), mfa.RevokeTokenRequest{ID: ids[whose], Change: mfa.Change{DryRun: true}})
				says(t, by.email+" revokes that of "+whose, err, code, ids[whose])
			}
			if whose == "small" && code == "" {
				continue // its owner has not even what the new one would
			}
			_, err := w.RotateToken(by.ctx(), mfa.RotateTokenRequest{ID: ids[whose], Change: mfa.Change{DryRun: true}})
			says(t, by.email+" rotates that of "+whose, err, code, ids[whose])
		}
	}
}

// says fails unless an error is of a code; one that finds no token says the same of one
// that is out of reach.
func says(t *testing.T, what string, err error, want mfa.Code, id string) {
	t.Helper()
	if got := codeOf(err); got != want {
		t.Errorf("%s: %q, want %q: %v", what, got, want, err)
	} else if want == mfa.NotFound && err.Error() != "no token "+id {
		t.Errorf("%s: %v", what, err)
	}
}

// A token that may make tokens makes none that does more than it does: not out of
// another token of its own owner either.
func TestATokenTakesOverNoStrongerOneOfItsOwner(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleAdmin)
	small := ci.by(ci.issue("small", mfa.UsersRead, mfa.TokensWrite).Token)
	strong := ci.issue("strong", mfa.UsersRead, mfa.TwoFactorReset)
	_, err := w.RotateToken(small.ctx(), mfa.RotateTokenRequest{ID: strong.ID})
	code(t, err, mfa.Forbidden)
	_, err = w.RotateToken(small.ctx(), mfa.RotateTokenRequest{ID: strong.ID, Permissions: []mfa.Permission{mfa.TwoFactorReset}})
	code(t, err, mfa.Forbidden)
	if got := ci.by(strong.Token).alive(); got != "" {
		t.Errorf("the strong one is %q", got)
	}
	_, err = w.RotateToken(small.ctx(), mfa.RotateTokenRequest{ID: strong.ID, Permissions: []mfa.Permission{mfa.UsersRead}})
	code(t, err, mfa.Forbidden) // a token replaces none but itself
	out, err := w.RotateToken(w.admin.ctx(), mfa.RotateTokenRequest{ID: strong.ID, Permissions: []mfa.Permission{mfa.UsersRead}})
	ok(t, err)
	if len(out.Permissions) != 1 || out.Permissions[0] != mfa.UsersRead {
		t.Errorf("%+v", out.TokenInfo)
	}
}

// What has ended is no token that could be had again in a fresh one: by its own time,
// nor by that of a rule that was made stricter.
func TestATokenThatHasEndedIsNotRotatedByItsID(t *testing.T) {
	w := newWorld(t)
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	short, err := w.CreateToken(w.admin.ctx(), mfa.CreateTokenRequest{For: ci.email, Name: "short", Permissions: []mfa.Permission{mfa.UsersRead}, Expires: mfa.Span(time.Minute)})
	ok(t, err)
	long := ci.issue("long", mfa.UsersRead)
	rotate := func(id string) mfa.Code {
		_, err := w.RotateToken(w.admin.ctx(), mfa.RotateTokenRequest{ID: id, Change: mfa.Change{DryRun: true}})
		return codeOf(err)
	}
	w.clock.Advance(time.Minute - time.Second)
	if got := rotate(short.ID); got != "" {
		t.Errorf("a second before its end: %s", got)
	}
	w.clock.Advance(time.Second)
	if got := rotate(short.ID); got != mfa.Conflict {
		t.Errorf("at its end: %q", got)
	}
	w.clock.Advance(10 * 24 * time.Hour)
	w.admin.refresh()
	if got := rotate(long.ID); got != "" {
		t.Errorf("within its time: %s", got)
	}
	w.rule("token_max", "10d")
	if got := rotate(long.ID); got != mfa.Conflict {
		t.Errorf("past what the rule leaves it: %q", got)
	}
}

// Where too many tries came of late, what is no token is refused and written nowhere: it
// would fill the audit trail. Whoever is signed in there is written as ever.
func TestASpentAddressFillsNoAuditTrail(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	none := bob.by(mfa.NewSecret("mfactl_s_none"))
	refusals := func() int {
		page, err := w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActAuthzDeny}})
		ok(t, err)
		return len(page.Items)
	}
	for _, step := range []struct {
		by    *person
		spent bool
		want  mfa.Code
		wrote int
	}{{none, false, mfa.Unauthenticated, 1}, {none, true, mfa.Unauthenticated, 0}, {bob, true, mfa.Forbidden, 1}} {
		before := refusals()
		_, err := w.Engine.ListUsers(mfa.WithCall(t.Context(), mfa.Call{Token: step.by.token, OverLimit: step.spent}), mfa.ListUsersRequest{})
		code(t, err, step.want)
		if n := refusals() - before; n != step.wrote {
			t.Errorf("spent %v, %s: %d events", step.spent, step.want, n)
		}
	}
}
