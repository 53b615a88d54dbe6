package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// reset2FA and resetPassword are what an administrator does to somebody.
func (p *person) reset2FA(user string, request bool) (mfa.ResetReport, error) {
	return p.w.Reset(p.ctx(), mfa.ResetRequest{User: user, Password: p.password, Change: mfa.Change{Reason: "lost phone"}, Request: request})
}

func (p *person) resetPassword(user string, request bool) (mfa.PasswordReset, error) {
	return p.w.ResetPassword(p.ctx(), mfa.ResetPasswordRequest{User: user, Password: p.password, Change: mfa.Change{Reason: "forgotten"}, Request: request})
}

func (p *person) approve(id string) (mfa.Approved, error) {
	return p.w.Approve(p.ctx(), mfa.ApproveRequest{ID: id, Password: p.password, Change: mfa.Change{Reason: "called back"}})
}

// both is a world with a user whose password was just reset and whose 2FA is
// asked to be, and an administrator of a month's standing.
func both(t *testing.T) (w *world, bob, second *person, id string) {
	t.Helper()
	w = newWorld(t)
	second = w.user("second@acme.example", mfa.RoleAdmin)
	second.enable()
	w.clock.Advance(30 * 24 * time.Hour)
	w.admin.refresh()
	bob = w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	second.refresh()
	_, err := w.admin.resetPassword(bob.email, false)
	ok(t, err)
	_, err = w.admin.reset2FA(bob.email, false)
	code(t, err, mfa.PolicyForbids)
	out, err := w.admin.reset2FA(bob.email, true)
	ok(t, err)
	if out.Request == nil || !out.Changed || !out.RecoveryCode.IsZero() || out.Request.ExpiresAt.Sub(w.clock.Now()) != time.Hour {
		t.Fatalf("%+v", out)
	}
	return w, bob, second, out.Request.ID
}

func TestASecondPersonResetsBothAndHoldsTheOtherHalf(t *testing.T) {
	w, bob, second, id := both(t)
	again, err := w.admin.reset2FA(bob.email, true)
	ok(t, err)
	if again.Request.Approvers != "second@acme.example could approve it" {
		t.Errorf("%q", again.Request.Approvers)
	}
	if again.Changed || again.Request.ID != id {
		t.Errorf("asked for twice: %+v", again)
	}
	_, err = w.admin.approve(id)
	code(t, err, mfa.PolicyForbids) // nobody approves their own
	out, err := second.approve(id)
	ok(t, err)
	if out.Reset == nil || out.Reset.RecoveryCode.IsZero() || out.Request.Status != mfa.RequestApproved || out.Request.Decider != second.email {
		t.Fatalf("%+v", out)
	}
	ev := w.recorded(mfa.ActReset, mfa.OutcomeOK)
	if ev.Actor != second.email || ev.Target != bob.email || ev.Reason != "lost phone" {
		t.Errorf("the event of the reset: %+v", ev)
	}
	if ev := w.recorded(mfa.ActRequestApprove, mfa.OutcomeOK); ev.Actor != second.email {
		t.Errorf("%+v", ev)
	}
	w.recorded(mfa.ActRequestFile, mfa.OutcomeOK)
	for kind, address := range map[mfa.NoticeKind]string{mfa.NoticeReset: bob.email, mfa.NoticeDecided: w.admin.email, mfa.NoticeRequest: second.email} {
		if w.mails(address, kind) != 1 {
			t.Errorf("%d notices %s to %s", w.mails(address, kind), kind, address)
		}
	}
	_, err = second.approve(id)
	code(t, err, mfa.Conflict)
	_, err = w.Deny(second.ctx(), mfa.DenyRequest{ID: id})
	code(t, err, mfa.Conflict)
}

// Nor does anybody get the second half by approving what a third one asks for.
func TestWhoeverHoldsOneHalfApprovesNoOther(t *testing.T) {
	acts := map[string]func(p *person, user string, ask bool) (string, error){
		"2fa": func(p *person, user string, ask bool) (string, error) {
			out, err := p.reset2FA(user, ask)
			return requestOf(out.Request), err
		},
		"password": func(p *person, user string, ask bool) (string, error) {
			out, err := p.resetPassword(user, ask)
			return requestOf(out.Request), err
		},
	}
	for first, other := range map[string]string{"2fa": "password", "password": "2fa"} {
		t.Run(first+" first", func(t *testing.T) {
			w := newWorld(t)
			second := w.user("second@acme.example", mfa.RoleAdmin)
			second.enable()
			w.clock.Advance(30 * 24 * time.Hour)
			w.admin.refresh()
			bob := w.user("bob@acme.example", mfa.RoleMember)
			bob.enable()
			second.refresh()
			_, err := acts[first](second, bob.email, false)
			ok(t, err)
			id, err := acts[other](w.admin, bob.email, true)
			ok(t, err)
			_, err = second.approve(id)
			code(t, err, mfa.PolicyForbids)
			id, err = acts[other](second, bob.email, true) // the other way round it is two people's
			ok(t, err)
			_, err = w.admin.approve(id)
			ok(t, err)
		})
	}
}

// A half that was done by request was done by both.
func TestWhoeverAskedForOneHalfApprovesNoOther(t *testing.T) {
	w, bob, second, id := both(t)
	_, err := second.approve(id) // what the admin asked for is the second's now
	ok(t, err)
	out, err := second.resetPassword(bob.email, true)
	ok(t, err)
	_, err = w.admin.approve(out.Request.ID)
	code(t, err, mfa.PolicyForbids)
}

func TestAfterAWeekTheOtherHalfMayBeApproved(t *testing.T) {
	w, bob, second, _ := both(t)
	for _, c := range []struct {
		after time.Duration
		want  mfa.Code
	}{{apartLess, mfa.PolicyForbids}, {time.Second, ""}} {
		w.clock.Advance(c.after)
		w.admin.refresh()
		second.refresh()
		out, err := second.reset2FA(bob.email, true)
		ok(t, err)
		_, err = w.admin.approve(out.Request.ID)
		code(t, err, c.want)
	}
}

const apartLess = mfa.HalfMax - time.Second

func requestOf(a *mfa.RequestInfo) string {
	if a == nil {
		return ""
	}
	return a.ID
}

func TestARequestWaitsAnHour(t *testing.T) {
	w, _, second, id := both(t)
	begun := w.clock.Now()
	w.clock.Set(begun.Add(time.Hour - time.Second))
	second.refresh()
	_, err := w.Approve(second.ctx(), mfa.ApproveRequest{ID: id, Change: mfa.Change{DryRun: true}})
	ok(t, err)
	w.clock.Set(begun.Add(time.Hour))
	_, err = second.approve(id)
	code(t, err, mfa.Expired)
	page, err := w.ListRequests(second.ctx(), mfa.ListRequestsRequest{Status: mfa.RequestExpired})
	ok(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != id {
		t.Errorf("%+v", page)
	}
}

func TestWhoeverAskedMayTakeItBackAndOthersNeedThePermission(t *testing.T) {
	w, bob, second, id := both(t)
	desk := w.user("desk@acme.example", mfa.RoleHelpdesk)
	desk.enable()
	_, err := w.Deny(desk.ctx(), mfa.DenyRequest{ID: id})
	code(t, err, mfa.Forbidden)
	_, err = desk.approve(id)
	code(t, err, mfa.Forbidden)
	out, err := w.Deny(w.admin.ctx(), mfa.DenyRequest{ID: id, Reason: "found it"})
	ok(t, err)
	if out.Status != mfa.RequestDenied || out.Answer != "found it" {
		t.Errorf("%+v", out)
	}
	_, err = second.approve(id)
	code(t, err, mfa.Conflict)
	st, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
	ok(t, err)
	if st.State != mfa.StateOn {
		t.Errorf("denied, and the state is %s", st.State)
	}
}

// An approver whom the requester had in their hands in the last seven days is
// none: made, promoted, moved, given another address, or reset.
func TestAnApproverTheRequesterHadInTheirHandsIsRefused(t *testing.T) {
	w, _, second, id := both(t)
	custom := "approver"
	_, err := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Name: mfa.Role(custom), Permissions: []mfa.Permission{mfa.UsersRead, mfa.RequestsApprove}})
	ok(t, err)
	hands := map[string]func(f *world, s *person){
		"nothing": func(*world, *person) {},
		"promoted": func(f *world, s *person) {
			f.user("third@acme.example", mfa.RoleAdmin)
			_, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: s.email, Role: mfa.RoleOperator})
			ok(t, err)
			s.refresh()
		},
		"password reset": func(f *world, s *person) {
			out, err := f.admin.resetPassword(s.email, false)
			ok(t, err)
			s.password = mfa.NewSecret("another password of hers")
			_, err = f.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: s.email, Code: out.Code, NewPassword: s.password})
			ok(t, err)
			s.refresh()
		},
		"2FA reset": func(f *world, s *person) {
			out, err := f.admin.reset2FA(s.email, false)
			ok(t, err)
			s.login(out.RecoveryCode.Reveal())
			s.enable()
		},
		"another address": func(f *world, s *person) {
			third := f.user("third@acme.example", mfa.RoleAdmin)
			third.enable()
			out, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: s.email, Email: "sec@acme.example", Request: true})
			ok(t, err)
			_, err = third.approve(out.Request.ID)
			ok(t, err)
			s.email = "sec@acme.example"
		},
		"given a role": func(f *world, s *person) {
			_, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: s.email, Role: mfa.Role(custom)})
			ok(t, err)
			s.refresh()
		},
	}
	for name, lay := range hands {
		t.Run(name, func(t *testing.T) {
			f := w.fork(t)
			s := second.in(f)
			lay(f, s)
			_, err := s.approve(id)
			if name == "nothing" {
				ok(t, err)
				return
			}
			code(t, err, mfa.PolicyForbids)
		})
	}
	t.Run("made", func(t *testing.T) {
		f := w.fork(t)
		fresh := f.freshUser("fresh@acme.example", mfa.RoleAdmin)
		fresh.enable()
		_, err := fresh.approve(id)
		code(t, err, mfa.PolicyForbids)
	})
}

// What the approver's role gives counts as the approver, and no later change by
// somebody else hides who changed it.
func TestAnApproverWhoseRoleTheRequesterChangedIsRefused(t *testing.T) {
	w := newWorld(t)
	ok(t, w.role("", "approver", mfa.UsersRead, mfa.TwoFactorReset, mfa.RequestsApprove))
	second, third := w.user("second@acme.example", "approver"), w.user("third@acme.example", mfa.RoleAdmin)
	second.enable()
	third.enable()
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.clock.Advance(30 * 24 * time.Hour)
	for _, p := range []*person{w.admin, second, third} {
		p.refresh()
	}
	out, err := w.admin.reset2FA(bob.email, true)
	ok(t, err)
	change := func(by *person, req mfa.UpdateRoleRequest) {
		t.Helper()
		req.Name = "approver"
		_, err := by.w.UpdateRole(by.ctx(), req)
		ok(t, err)
	}
	note := "who approves"
	for name, c := range map[string]struct {
		changes func(admin, third *person)
		want    mfa.Code
	}{
		"by somebody else": {func(_, third *person) { change(third, mfa.UpdateRoleRequest{Add: []mfa.Permission{mfa.AuditRead}}) }, ""},
		"in its note only": {func(admin, _ *person) { change(admin, mfa.UpdateRoleRequest{Note: &note}) }, ""},
		"by the requester": {func(admin, _ *person) { change(admin, mfa.UpdateRoleRequest{Add: []mfa.Permission{mfa.UsersPassword}}) }, mfa.PolicyForbids},
		"by the requester, and then by another": {func(admin, third *person) {
			change(admin, mfa.UpdateRoleRequest{Add: []mfa.Permission{mfa.UsersPassword}})
			change(third, mfa.UpdateRoleRequest{Remove: []mfa.Permission{mfa.UsersPassword}})
		}, mfa.PolicyForbids},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.fork(t)
			c.changes(f.admin, third.in(f))
			_, err := second.in(f).approve(out.Request.ID)
			code(t, err, c.want)
		})
	}
}

func TestAWeekLaterTheApproverIsFreeOfTheRequester(t *testing.T) {
	w := newWorld(t)
	second := w.freshUser("second@acme.example", mfa.RoleAdmin)
	second.enable()
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	made := w.clock.Now()
	for offset, want := range map[time.Duration]mfa.Code{7*24*time.Hour - 3*time.Minute: mfa.PolicyForbids, 7 * 24 * time.Hour: ""} {
		f := w.fork(t)
		f.clock.Set(made.Add(offset))
		f.admin.refresh()
		s := second.in(f)
		s.refresh()
		out, err := f.admin.reset2FA(bob.email, true)
		ok(t, err)
		_, err = s.approve(out.Request.ID)
		code(t, err, want)
	}
}

// What whoever asked may no longer do themselves, nobody does for them.
func TestARequestOfSomebodyWhoLostTheRightIsRefused(t *testing.T) {
	w, bob, second, _ := both(t)
	third := w.user("third@acme.example", mfa.RoleAdmin)
	third.enable()
	out, err := third.reset2FA(bob.email, true)
	ok(t, err)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: third.email, Role: mfa.RoleAuditor})
	ok(t, err)
	_, err = second.approve(out.Request.ID)
	code(t, err, mfa.PolicyForbids)
}

func TestTheRuleResetApprovalAsksForASecondPerson(t *testing.T) {
	w := newWorld(t)
	bob, eve := w.user("bob@acme.example", mfa.RoleMember), w.user("eve@acme.example", mfa.RoleHelpdesk)
	bob.enable()
	eve.enable()
	for value, want := range map[string]map[*person]mfa.Code{
		"both":       {bob: "", eve: ""},
		"privileged": {bob: "", eve: mfa.PolicyForbids},
		"always":     {bob: mfa.PolicyForbids, eve: mfa.PolicyForbids},
	} {
		f := w.fork(t)
		_, err := f.set("", map[string]string{"reset_approval": value})
		ok(t, err)
		for p, answer := range want {
			_, err := f.Reset(f.admin.ctx(), mfa.ResetRequest{User: p.email, Change: mfa.Change{DryRun: true}})
			code(t, err, answer)
			_, err = f.ResetPassword(f.admin.ctx(), mfa.ResetPasswordRequest{User: p.email, Change: mfa.Change{DryRun: true}})
			code(t, err, answer)
		}
	}
}

// A demotion that is taken back afterwards is no way around the rules for those
// who have permissions over others.
func TestADemotionIsNoWayAroundTheSecondPerson(t *testing.T) {
	w := newWorld(t)
	eve := w.user("eve@acme.example", mfa.RoleHelpdesk)
	eve.enable()
	_, err := w.set("", map[string]string{"reset_approval": "privileged"})
	ok(t, err)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: eve.email, Role: mfa.RoleMember})
	ok(t, err)
	_, err = w.admin.reset2FA(eve.email, false)
	code(t, err, mfa.PolicyForbids)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: eve.email, Email: "eva@acme.example"})
	code(t, err, mfa.PolicyForbids)
	w.clock.Advance(24 * time.Hour)
	w.admin.refresh()
	_, err = w.admin.reset2FA(eve.email, false)
	ok(t, err)
}

// A new address of somebody with permissions over others counts as both.
func TestANewAddressOfAnAdministratorIsApproved(t *testing.T) {
	w, _, second, _ := both(t)
	eve := w.user("eve@acme.example", mfa.RoleHelpdesk)
	eve.enable()
	_, err := w.admin.resetPassword(eve.email, false)
	ok(t, err)
	req := mfa.UpdateUserRequest{User: eve.email, Email: "eva@acme.example"}
	_, err = w.UpdateUser(w.admin.ctx(), req)
	code(t, err, mfa.PolicyForbids)
	req.Request = true
	out, err := w.UpdateUser(w.admin.ctx(), req)
	ok(t, err)
	if out.Request == nil || out.User.Email != eve.email {
		t.Fatalf("%+v", out)
	}
	done, err := second.approve(out.Request.ID)
	ok(t, err)
	if done.User == nil || done.User.User.Email != "eva@acme.example" {
		t.Errorf("%+v", done)
	}
	_, err = second.reset2FA("eva@acme.example", false)
	code(t, err, mfa.PolicyForbids)
}

func TestARequestIsNotSeenFromAnotherCommunity(t *testing.T) {
	w, _, _, id := both(t)
	w.community("Other", "")
	boss := w.userIn("Other", "boss@other.example", mfa.RoleAdmin)
	boss.enable()
	_, err := w.ShowRequest(boss.ctx(), mfa.ShowRequestRequest{ID: id})
	code(t, err, mfa.NotFound)
	_, err = boss.approve(id)
	code(t, err, mfa.NotFound)
	_, err = w.Deny(boss.ctx(), mfa.DenyRequest{ID: id})
	code(t, err, mfa.NotFound)
	page, err := w.ListRequests(boss.ctx(), mfa.ListRequestsRequest{})
	ok(t, err)
	if len(page.Items) != 0 {
		t.Errorf("%+v", page)
	}
}

func TestARequestThatWasWrittenIntoTheDatabaseIsDamage(t *testing.T) {
	w, _, second, id := both(t)
	w.execute("UPDATE requests SET requester_id = 'nobody'")
	_, err := second.approve(id)
	code(t, err, mfa.Damaged)
}

// TestALapsedRequestIsListedAsLapsed: what nobody can approve any more does not look as if it
// waited for somebody, and says what has changed.
func TestALapsedRequestIsListedAsLapsed(t *testing.T) {
	w, bob, second, id := both(t)
	of := func(status mfa.RequestStatus) []mfa.RequestInfo {
		page, err := w.ListRequests(second.ctx(), mfa.ListRequestsRequest{Status: status})
		ok(t, err)
		return page.Items
	}
	if waiting := of(mfa.RequestPending); len(waiting) != 1 || waiting[0].Lapsed != "" {
		t.Fatalf("%+v", waiting)
	}
	_, err := w.UpdateUser(second.ctx(), mfa.UpdateUserRequest{User: bob.email, Role: mfa.RoleHelpdesk, Password: second.password})
	ok(t, err)
	lapsed := of(mfa.RequestLapsed)
	if len(of(mfa.RequestPending)) != 0 || len(lapsed) != 1 || lapsed[0].ID != id || lapsed[0].Lapsed != "the role of bob@acme.example changed since it was filed" {
		t.Errorf("%+v", lapsed)
	}
	shown, err := w.ShowRequest(second.ctx(), mfa.ShowRequestRequest{ID: id})
	ok(t, err)
	if shown.Status != mfa.RequestLapsed {
		t.Errorf("%+v", shown)
	}
	_, err = second.approve(id)
	code(t, err, mfa.Conflict)
	_, err = w.DeleteUser(second.ctx(), mfa.DeleteUserRequest{User: bob.email, Password: second.password})
	ok(t, err)
	if gone := of(mfa.RequestLapsed); len(gone) != 1 || gone[0].Lapsed != "bob@acme.example is gone" {
		t.Errorf("%+v", gone)
	}
}
