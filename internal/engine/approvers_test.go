package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A request is judged by how things stand when it is approved, not by how they
// stood when it was filed.
func TestWhatHasChangedSinceARequestWasFiledCounts(t *testing.T) {
	w := newWorld(t)
	w.community("Other", "")
	asker, approver := w.user("asker@acme.example", mfa.RoleAdmin), w.user("second@acme.example", mfa.RoleAdmin)
	asker.enable()
	approver.enable()
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.clock.Advance(30 * 24 * time.Hour)
	for _, p := range []*person{w.admin, asker, approver} {
		p.refresh()
	}
	other := w.userIn("Other", "eve@other.example", mfa.RoleMember).community()
	promoted := func(u *mfa.User) { u.Role = mfa.RoleOperator }
	for name, c := range map[string]struct {
		asks, approves *person
		whose          *person // what has changed is theirs
		change         func(*mfa.User)
		want           mfa.Code
	}{
		"nothing":              {asker, approver, bob, func(*mfa.User) {}, ""},
		"the target has moved": {w.admin, approver, bob, func(u *mfa.User) { u.CommunityID = other }, mfa.Conflict},
		"the target may do more than the approver":   {w.admin, approver, bob, promoted, mfa.Forbidden},
		"the target may do more than whoever asked":  {asker, w.admin, bob, promoted, mfa.PolicyForbids},
		"the target was reset since":                 {asker, approver, bob, func(u *mfa.User) { u.PasswordResetAt = w.clock.Now() }, mfa.Conflict},
		"the target is locked":                       {asker, approver, bob, func(u *mfa.User) { u.Status = mfa.UserLocked }, mfa.Conflict},
		"the role of the target has changed":         {asker, approver, bob, func(u *mfa.User) { u.Role = mfa.RoleHelpdesk }, mfa.Conflict},
		"whoever asked may do something else":        {asker, approver, asker, func(u *mfa.User) { u.Role = mfa.RoleHelpdesk }, mfa.Conflict},
		"a sign-in of the target":                    {asker, approver, bob, func(u *mfa.User) { u.LastSignInAt = w.clock.Now() }, ""},
		"whoever asked is locked":                    {asker, approver, asker, func(u *mfa.User) { u.Status = mfa.UserLocked }, mfa.PolicyForbids},
		"whoever asked has lost their 2FA":           {asker, approver, asker, func(u *mfa.User) { u.State = mfa.StateRecovering }, mfa.PolicyForbids},
		"whoever asked is elsewhere":                 {asker, approver, asker, func(u *mfa.User) { u.CommunityID = other }, mfa.PolicyForbids},
		"whoever asked may no longer reset anything": {asker, approver, asker, func(u *mfa.User) { u.Role = mfa.RoleAuditor }, mfa.PolicyForbids},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.fork(t)
			out, err := c.asks.in(f).reset2FA(bob.email, true)
			ok(t, err)
			f.edit(c.whose.email, c.change)
			_, err = c.approves.in(f).approve(out.Request.ID)
			code(t, err, c.want)
		})
	}
}

func TestNobodyApprovesWhatIsDoneToThem(t *testing.T) {
	w, _, second, _ := both(t)
	out, err := w.admin.reset2FA(second.email, true)
	ok(t, err)
	_, err = second.approve(out.Request.ID)
	code(t, err, mfa.Forbidden)
}

func TestWhoeverChangedTheAddressApprovesNoReset(t *testing.T) {
	w, bob, second, _ := both(t)
	_, err := w.UpdateUser(second.ctx(), mfa.UpdateUserRequest{User: bob.email, Email: "rob@acme.example"})
	ok(t, err)
	out, err := w.admin.reset2FA("rob@acme.example", true)
	ok(t, err)
	_, err = second.approve(out.Request.ID)
	code(t, err, mfa.PolicyForbids)
}

func TestAnApproverWhomTheRequesterMovedIsRefused(t *testing.T) {
	w, _, second, id := both(t)
	w.community("Branch", w.admin.community())
	w.edit(second.email, func(u *mfa.User) { u.Role = mfa.RoleOperator }) // who reaches it from anywhere
	_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: second.email, Community: "Branch"})
	ok(t, err)
	second.refresh()
	_, err = second.approve(id)
	code(t, err, mfa.PolicyForbids)
}

func TestTwoNewAddressesAreTwoRequests(t *testing.T) {
	w, bob, _, _ := both(t)
	ids := map[string]bool{}
	for _, address := range []string{"rob@acme.example", "bobby@acme.example", "rob@acme.example"} {
		out, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Email: address, Request: true})
		ok(t, err)
		if out.Request.Email != address {
			t.Errorf("%+v", out.Request)
		}
		ids[out.Request.ID] = true
	}
	if len(ids) != 2 {
		t.Errorf("%d requests", len(ids))
	}
	_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Email: "b@acme.example", Role: mfa.RoleAdmin, Request: true})
	code(t, err, mfa.Usage)
}

// Only a change of the role makes a member privileged for a day.
func TestANewAddressMakesNobodyPrivileged(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	_, err := w.set("", map[string]string{"reset_approval": "privileged"})
	ok(t, err)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Email: "rob@acme.example"})
	ok(t, err)
	_, err = w.admin.resetPassword("rob@acme.example", false) // the half that the address is, too
	ok(t, err)
	for _, address := range []string{"bob@acme.example", "rob@acme.example"} {
		if w.mails(address, mfa.NoticeAddressChanged) != 1 {
			t.Error(address, "was not told of the new address")
		}
	}
}

// A new address of somebody with permissions over others is both resets at once.
func TestAfterANewAddressOfAnAdministratorNeitherIsResetAlone(t *testing.T) {
	w := newWorld(t)
	eve, second := w.user("eve@acme.example", mfa.RoleHelpdesk), w.user("second@acme.example", mfa.RoleAdmin)
	eve.enable()
	second.enable()
	change := mfa.UpdateUserRequest{User: eve.email, Email: "eva@acme.example"}
	_, err := w.UpdateUser(w.admin.ctx(), change)
	code(t, err, mfa.PolicyForbids)
	change.Request = true
	out, err := w.UpdateUser(w.admin.ctx(), change)
	ok(t, err)
	_, err = second.approve(out.Request.ID)
	ok(t, err)
	_, err = w.admin.reset2FA("eva@acme.example", false)
	code(t, err, mfa.PolicyForbids)
	_, err = w.admin.resetPassword("eva@acme.example", false)
	code(t, err, mfa.PolicyForbids)
}

// TestANewAdministratorIsSaidToApproveFromWhen: a team in which nobody can approve yet learns so
// when it creates the account that will, and one in which somebody can does not.
func TestANewAdministratorIsSaidToApproveFromWhen(t *testing.T) {
	w := newWorld(t)
	create := func(by *person, name string, role mfa.Role) string {
		out, err := w.CreateUser(by.ctx(), mfa.CreateUserRequest{Email: name + "@acme.example", Role: role, Password: by.password})
		ok(t, err)
		return out.Approvals
	}
	if said := create(w.admin, "early", mfa.RoleAdmin); !strings.Contains(said, "early@acme.example could, once they have chosen their password") {
		t.Errorf("in the early days: %q", said)
	}
	if said := create(w.admin, "member", mfa.RoleMember); said != "" {
		t.Errorf("a member: %q", said)
	}
	w.clock.Advance(30 * 24 * time.Hour)
	w.admin.refresh()
	from := w.clock.Now().Add(mfa.ControlTTL).Format(time.RFC3339)
	if said := create(w.admin, "late", mfa.RoleAdmin); !strings.Contains(said, "late@acme.example could, from "+from+" on") || !strings.Contains(said, "--break-glass") {
		t.Errorf("later: %q", said)
	}
	second := w.user("second@acme.example", mfa.RoleAdmin)
	second.enable()
	w.clock.Advance(8 * 24 * time.Hour)
	w.admin.refresh()
	if said := create(w.admin, "third", mfa.RoleAdmin); said != "" {
		t.Errorf("where two are independent: %q", said)
	}
}
