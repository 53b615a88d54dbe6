package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// role makes a role as the administrator does.
func (w *world) role(community string, name mfa.Role, permissions ...mfa.Permission) error {
	w.t.Helper()
	_, err := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Name: name, Community: community, Permissions: permissions})
	return err
}

func TestARoleGivesWhatItSaysFromTheNextRequestOn(t *testing.T) {
	w := newWorld(t)
	ok(t, w.role("", "reader", mfa.UsersRead))
	bob := w.user("bob@acme.example", "reader")
	_, err := w.ListUsers(bob.ctx(), mfa.ListUsersRequest{})
	ok(t, err)
	_, err = w.ListEvents(bob.ctx(), mfa.ListEventsRequest{})
	code(t, err, mfa.Forbidden)
	update := mfa.UpdateRoleRequest{Name: "reader", Add: []mfa.Permission{mfa.AuditRead}, Remove: []mfa.Permission{mfa.UsersRead}}
	out, err := w.UpdateRole(w.admin.ctx(), update)
	ok(t, err)
	if out.Holders != 1 || !out.Changed {
		t.Errorf("%+v", out)
	}
	_, err = w.ListUsers(bob.ctx(), mfa.ListUsersRequest{})
	code(t, err, mfa.Forbidden)
	_, err = w.ListEvents(bob.ctx(), mfa.ListEventsRequest{})
	ok(t, err)
	again, err := w.UpdateRole(w.admin.ctx(), update)
	ok(t, err)
	if again.Changed {
		t.Error("updated to what it is, and changed")
	}
	if ev := w.recorded(mfa.ActRoleUpdate, mfa.OutcomeOK); ev.Note != "reader: added audit:read, removed users:read" {
		t.Errorf("%q", ev.Note)
	}
}

// Making what is there already is no change, and neither is an update that
// changes nothing; one that contradicts itself is none at all.
func TestACommunityHasSoManyRolesAndNoMore(t *testing.T) {
	w := newWorld(t)
	for i := range 100 {
		ok(t, w.role("", mfa.Role(fmt.Sprint("role-", i)), mfa.UsersRead))
	}
	code(t, w.role("", "one-more", mfa.UsersRead), mfa.Conflict)
	ok(t, w.role("", "role-7", mfa.UsersRead)) // it is there
	_, err := w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "role-7"})
	ok(t, err)
	ok(t, w.role("", "one-more", mfa.UsersRead))
}

func TestARoleIsMadeAndChangedOnce(t *testing.T) {
	w := newWorld(t)
	first := mfa.CreateRoleRequest{Name: "desk", Permissions: []mfa.Permission{mfa.TwoFactorReset, mfa.UsersRead, mfa.UsersRead}, Note: "the front desk"}
	tried := first
	tried.DryRun = true
	out, err := w.CreateRole(w.admin.ctx(), tried)
	ok(t, err)
	if !out.Changed || !out.DryRun {
		t.Errorf("%+v", out)
	}
	for _, want := range []bool{true, false} {
		out, err := w.CreateRole(w.admin.ctx(), first)
		ok(t, err)
		if out.Changed != want || !slices.Equal(out.Role.Permissions, []mfa.Permission{mfa.UsersRead, mfa.TwoFactorReset}) {
			t.Errorf("%+v", out)
		}
	}
	ok(t, w.role("", "desk", mfa.UsersRead, mfa.TwoFactorReset)) // whatever its note
	first.Note = "another"
	_, err = w.CreateRole(w.admin.ctx(), first)
	code(t, err, mfa.Conflict)
	_, err = w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Add: []mfa.Permission{mfa.AuditRead}, Remove: []mfa.Permission{mfa.AuditRead}})
	code(t, err, mfa.Usage)
	note := "the back desk"
	_, err = w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Note: &note, Remove: []mfa.Permission{mfa.PolicyRead}})
	ok(t, err)
	if ev := w.recorded(mfa.ActRoleUpdate, mfa.OutcomeOK); ev.Note != "desk: another note" {
		t.Errorf("%q", ev.Note)
	}
	if ev := w.recorded(mfa.ActRoleCreate, mfa.OutcomeOK); ev.Note != "desk: users:read 2fa:reset" {
		t.Errorf("%q", ev.Note)
	}
	note = "two\nlines"
	_, err = w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Note: &note})
	code(t, err, mfa.Usage)
}

func TestANameThatIsNoRoleIsAnsweredWithTheNearest(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	ok(t, w.role("", "front-desk", mfa.UsersRead))
	for role, hint := range map[mfa.Role]string{
		"front-dsek": "did you mean front-desk?", "opreator": "did you mean operator?", "king": "mfactl admin roles list -c Child",
	} {
		_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "x@acme.example", Role: role, Community: "Child"})
		code(t, err, mfa.Usage)
		if got := mfa.AsError(err).Hint; got != hint {
			t.Errorf("%s: %q", role, got)
		}
	}
	_, err := w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "frontdesk"})
	code(t, err, mfa.NotFound)
	if got := mfa.AsError(err).Hint; got != "did you mean front-desk?" {
		t.Errorf("%q", got)
	}
}

// Nobody makes, changes, deletes or grants a role that has more than they have.
func TestNobodyHandsOutMoreThanTheyHave(t *testing.T) {
	w := newWorld(t)
	ok(t, w.role("", "maker", mfa.RolesWrite, mfa.UsersRead, mfa.UsersWrite))
	ok(t, w.role("", "reader", mfa.UsersRead))
	ok(t, w.role("", "resetter", mfa.TwoFactorReset))
	eve := w.user("eve@acme.example", "maker")
	eve.enable()
	_, err := w.CreateRole(eve.ctx(), mfa.CreateRoleRequest{Name: "more", Permissions: []mfa.Permission{mfa.TwoFactorReset}})
	code(t, err, mfa.Forbidden)
	_, err = w.UpdateRole(eve.ctx(), mfa.UpdateRoleRequest{Name: "reader", Add: []mfa.Permission{mfa.TwoFactorReset}})
	code(t, err, mfa.Forbidden)
	_, err = w.UpdateRole(eve.ctx(), mfa.UpdateRoleRequest{Name: "resetter", Remove: []mfa.Permission{mfa.TwoFactorReset}})
	code(t, err, mfa.Forbidden)
	_, err = w.DeleteRole(eve.ctx(), mfa.DeleteRoleRequest{Name: "resetter"})
	code(t, err, mfa.Forbidden)
	_, err = w.UpdateRole(eve.ctx(), mfa.UpdateRoleRequest{Name: "maker", Add: []mfa.Permission{mfa.AuditRead}})
	code(t, err, mfa.Forbidden) // nor themselves
	for role, want := range map[mfa.Role]mfa.Code{"reader": "", "maker": "", "resetter": mfa.Forbidden, mfa.RoleAdmin: mfa.Forbidden, mfa.RoleMember: ""} {
		_, err = w.CreateUser(eve.ctx(), mfa.CreateUserRequest{Email: string(role) + "@new.example", Role: role})
		code(t, err, want)
	}
	_, err = w.CreateUser(eve.ctx(), mfa.CreateUserRequest{Email: "x@new.example", Role: "no-such-role"})
	code(t, err, mfa.Usage)
}

func TestARoleHasOneMeaningInItsLine(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	w.community("Other", "")
	ok(t, w.role("Child", "desk"))
	ok(t, w.role("Child", "desk")) // the very same
	code(t, w.role("Child", "desk", mfa.UsersRead), mfa.Conflict)
	code(t, w.role("Acme", "desk"), mfa.Conflict) // above
	ok(t, w.role("Other", "desk", mfa.UsersRead))
	ok(t, w.role("Acme", "front"))
	code(t, w.role("Child", "front", mfa.UsersRead), mfa.Conflict) // below
	code(t, w.role("Acme", "admin"), mfa.Conflict)
	for _, name := range []mfa.Role{"", "Desk", "1st", "a b", "a\x1b", "ünïcode", "a23456789012345678901234567890123"} {
		code(t, w.role("Acme", name), mfa.Usage)
	}
	code(t, w.role("Acme", "odd", "users:everything"), mfa.Usage)
	// A role is given where it is known, and goes along nowhere else.
	bob := w.userIn("Child", "bob@acme.example", "desk")
	_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "x@acme.example", Role: "desk"})
	code(t, err, mfa.Usage)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Community: "Acme"})
	code(t, err, mfa.Usage)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Community: "Acme", Role: mfa.RoleMember})
	ok(t, err)
}

func TestARoleSomebodyHasStays(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	ok(t, w.role("Acme", "desk", mfa.UsersRead))
	bob := w.userIn("Child", "bob@acme.example", "desk")
	_, err := w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "desk"})
	code(t, err, mfa.Conflict)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Role: mfa.RoleMember})
	ok(t, err)
	out, err := w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "desk", Change: mfa.Change{DryRun: true}})
	ok(t, err)
	if !out.Changed || out.Role.Name != "desk" {
		t.Errorf("%+v", out)
	}
	_, err = w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "desk"})
	ok(t, err)
	_, err = w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "desk"})
	code(t, err, mfa.NotFound)
	_, err = w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: mfa.RoleAuditor})
	code(t, err, mfa.Conflict)
}
