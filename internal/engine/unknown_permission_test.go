package engine_test

import (
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// A permission of another version gives nothing, keeps nobody from managing who has it, and
// can be taken away.
func TestAPermissionThatIsNotKnownCountsForNothing(t *testing.T) {
	w := newWorld(t)
	ok(t, w.role("", "desk", mfa.UsersRead))
	ok(t, w.role("", "other", mfa.UsersRead))
	bob := w.user("bob@acme.example", "desk")
	later := records.Changes{Community: func(c mfa.Community) mfa.Community {
		c.Roles = slices.Clone(c.Roles)
		for i := range c.Roles {
			c.Roles[i].Permissions = []mfa.Permission{mfa.UsersRead, "later:write"}
		}
		return c
	}}
	ok(t, w.store.Update(t.Context(), func(tx mfa.Tx) error {
		_, err := records.Resign(tx, w.keys, later, nil)
		return err
	}))
	who, err := w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
	if err != nil || !slices.Equal(who.Permissions, []mfa.Permission{mfa.UsersRead}) {
		t.Errorf("it gives %q (%v)", who.Permissions, err)
	}
	_, err = w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: bob.email, Change: mfa.Change{Reason: "stolen"}})
	ok(t, err)
	out, err := w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Remove: []mfa.Permission{"later:write"}})
	if err != nil || !out.Changed || !slices.Equal(out.Role.Permissions, []mfa.Permission{mfa.UsersRead}) {
		t.Errorf("%+v (%v)", out, err)
	}
	_, err = w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Remove: []mfa.Permission{"later:write"}})
	code(t, err, mfa.Usage)
	_, err = w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "other"})
	ok(t, err)
	w.sound()
}
