package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestALockedAccountIsOutUntilItIsUnlocked(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	desk := w.user("desk@acme.example", mfa.RoleHelpdesk)
	desk.enable()
	out, err := w.LockUser(desk.ctx(), mfa.LockUserRequest{User: bob.email, Change: mfa.Change{Reason: "stolen laptop"}})
	ok(t, err)
	if !out.Changed || out.Ended != 1 || out.User.Status != mfa.UserLocked {
		t.Errorf("%+v", out)
	}
	_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
	_, err = bob.try(bob.code())
	code(t, err, mfa.Locked) // told, since the password was right
	code(t, bob.verify(bob.code()), mfa.Rejected)
	_, err = w.Login(t.Context(), mfa.LoginRequest{Email: bob.email, Password: mfa.NewSecret("not the password")})
	code(t, err, mfa.Rejected)
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: mfa.UserActive}) // that is what unlock is for
	code(t, err, mfa.Conflict)
	again, err := w.LockUser(desk.ctx(), mfa.LockUserRequest{User: bob.email})
	ok(t, err)
	if again.Changed {
		t.Error("locked twice")
	}
	free, err := w.UnlockUser(desk.ctx(), mfa.UnlockUserRequest{User: bob.email})
	ok(t, err)
	if !free.Changed || free.User.Status != mfa.UserActive {
		t.Errorf("%+v", free)
	}
	w.clock.Advance(time.Minute)
	bob.login(bob.code().Reveal())
	w.recorded(mfa.ActUserLock, mfa.OutcomeOK)
	w.recorded(mfa.ActAuthUnlock, mfa.OutcomeOK)
	if w.mails(bob.email, mfa.NoticeLocked) != 1 || w.mails(bob.email, mfa.NoticeUnlocked) != 1 {
		t.Error("bob was not told")
	}
}

// An unlock forgives what led to the lock, and the next wrong code is the first
// again; the hundred in a row are not forgiven.
func TestAnUnlockForgivesAllButTheHundred(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	unlock := func() mfa.UpdatedUser {
		out, err := w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: bob.email})
		ok(t, err)
		return out
	}
	wrong := 0
	for wrong < 95 {
		for range 5 {
			code(t, bob.verify(bob.wrong()), mfa.Rejected)
			wrong++
		}
		code(t, bob.verify(bob.code()), mfa.Locked)
		if out := unlock(); !out.Changed || len(out.User.Locks) != 0 {
			t.Fatalf("after %d wrong codes: %+v", wrong, out.User.Locks)
		}
	}
	if unlock().Changed {
		t.Error("nothing to unlock, and changed")
	}
	for range 5 {
		code(t, bob.verify(bob.wrong()), mfa.Rejected)
	}
	out := unlock()
	if len(out.User.Locks) != 1 || out.User.Locks[0].Until != nil {
		t.Errorf("after a hundred: %+v", out.User.Locks)
	}
	w.clock.Advance(48 * time.Hour)
	w.admin.refresh()
	code(t, bob.verify(bob.code()), mfa.Locked)
}

func TestADeletedAccountLeavesOnlyItsEvents(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	id := bob.id()
	out, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: bob.email, Change: mfa.Change{DryRun: true}})
	ok(t, err)
	if out.Removed != (mfa.Removed{Factors: 1, BackupCodes: 10, Sessions: 1}) {
		t.Errorf("would remove %+v", out.Removed)
	}
	_, err = w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: bob.email, Change: mfa.Change{Reason: "left"}})
	ok(t, err)
	_, err = w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
	_, err = bob.try(bob.code())
	code(t, err, mfa.Rejected)
	_, err = w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
	code(t, err, mfa.NotFound)
	for _, table := range []string{"factors", "sessions"} {
		if n := w.execute("DELETE FROM " + table + " WHERE user_id = '" + id + "'"); n != 0 {
			t.Errorf("%d %s are left", n, table)
		}
	}
	ev := w.recorded(mfa.ActUserDelete, mfa.OutcomeOK)
	if ev.TargetID != id || ev.Target != bob.email || ev.Reason != "left" {
		t.Errorf("%+v", ev)
	}
	if w.mails(bob.email, mfa.NoticeDeleted) != 1 {
		t.Error("bob is not told")
	}
	again := mfa.CreateUserRequest{Email: bob.email, NewPassword: bob.password}
	_, err = w.CreateUser(w.admin.ctx(), again)
	code(t, err, mfa.PolicyForbids) // the address is reserved
	w.clock.Advance(mfa.AddressTTL)
	w.admin.refresh()
	_, err = w.CreateUser(w.admin.ctx(), again)
	ok(t, err)
	if bob.id() == id {
		t.Error("another account has the id of the old one")
	}
}

func TestAnAccountThatWaitsForItsPasswordCanBeDeleted(t *testing.T) {
	w := newWorld(t)
	made, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "bob@acme.example", Role: mfa.RoleMember})
	ok(t, err)
	_, err = w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: made.User.Email})
	ok(t, err)
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: made.User.Email, Code: made.Code, NewPassword: mfa.NewSecret("a password of his own")})
	code(t, err, mfa.Rejected)
}

func TestTheLastOfThoseInChargeStays(t *testing.T) {
	w := newWorld(t)
	branch := w.community("Branch", w.admin.community())
	boss := w.userIn("Branch", "boss@branch.example", mfa.RoleAdmin)
	acts := map[string]func(*world) error{
		"delete": func(f *world) error {
			_, err := f.DeleteUser(f.admin.ctx(), mfa.DeleteUserRequest{User: boss.email})
			return err
		},
		"demote": func(f *world) error {
			_, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: boss.email, Role: mfa.RoleMember})
			return err
		},
		"deactivate": func(f *world) error {
			_, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: boss.email, Status: mfa.UserDeactivated})
			return err
		},
		"move": func(f *world) error {
			_, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: boss.email, Community: "Acme"})
			return err
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			code(t, act(w.fork(t)), mfa.Conflict)
			f := w.fork(t)
			_, err := f.CreateUser(f.admin.ctx(), mfa.CreateUserRequest{Email: "two@branch.example", Role: mfa.RoleAdmin, Community: branch})
			ok(t, err)
			ok(t, act(f))
		})
	}
	_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: boss.email}) // an operator can take it back
	ok(t, err)
	for _, err := range []error{
		second(w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: w.admin.email})),
		second(w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: w.admin.email})),
		second(w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: w.admin.email, Role: mfa.RoleMember})),
	} {
		code(t, err, mfa.Forbidden)
	}
}

func second[T any](_ T, err error) error { return err }

// What kills a recovery code besides time: the other ways stand in
// recovery_test.go.
func TestARecoveryCodeDiesWithAMoveADeactivationAndADeletion(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	given := bob.reset().RecoveryCode
	for name, act := range map[string]func(f *world){
		"move": func(f *world) {
			_, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Community: "Branch"})
			ok(t, err)
		},
		"deactivation": func(f *world) {
			for _, status := range []mfa.UserStatus{mfa.UserDeactivated, mfa.UserActive} {
				_, err := f.UpdateUser(f.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: status})
				ok(t, err)
			}
		},
		"deletion": func(f *world) {
			_, err := f.DeleteUser(f.admin.ctx(), mfa.DeleteUserRequest{User: bob.email})
			ok(t, err)
			f.clock.Advance(mfa.AddressTTL)
			f.admin.refresh()
			_, err = f.CreateUser(f.admin.ctx(), mfa.CreateUserRequest{Email: bob.email, NewPassword: bob.password})
			ok(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.fork(t)
			act(f)
			out, err := bob.in(f).try(given)
			switch name {
			case "deletion": // another account, which never had 2FA: the code is not asked for
				ok(t, err)
				if out.Level != mfa.LevelPassword {
					t.Errorf("the level is %s", out.Level)
				}
				return
			default:
				code(t, err, mfa.Expired)
			}
			f.recorded(mfa.ActRecoveryRevoke, mfa.OutcomeOK)
			if name == "deactivation" && (f.mails(bob.email, mfa.NoticeDeactivated) != 1 || f.mails(bob.email, mfa.NoticeReactivated) != 1) {
				t.Error("bob is not told")
			}
			report, err := f.Reset(f.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: f.admin.password})
			ok(t, err)
			if !report.Changed {
				t.Error("no other code is given")
			}
		})
	}
}

func TestAMoveIsToldToBothCommunitiesAndNarrowsToTheRolesThere(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	w.community("Other", "")
	bob := w.user("bob@acme.example", mfa.RoleMember)
	boss := w.user("boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	_, err := w.UpdateUser(boss.ctx(), mfa.UpdateUserRequest{User: bob.email, Community: "Other"})
	code(t, err, mfa.NotFound)
	out, err := w.UpdateUser(boss.ctx(), mfa.UpdateUserRequest{User: bob.email, Community: "Branch"})
	ok(t, err)
	if out.User.Community != "Branch" || out.Ended != 1 {
		t.Errorf("%+v", out)
	}
	page, err := w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActUserMove}})
	ok(t, err)
	if len(page.Items) != 2 || page.Items[0].CommunityID == page.Items[1].CommunityID {
		t.Errorf("%+v", page.Items)
	}
	if w.mails(bob.email, mfa.NoticeMoved) != 1 {
		t.Error("bob is not told")
	}
}

func TestAnAddressIsOneAccountInAllCommunities(t *testing.T) {
	w := newWorld(t)
	w.community("Other", "")
	w.userIn("Other", "bob@acme.example", mfa.RoleMember)
	again, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "bob@acme.example", Role: mfa.RoleMember, Community: "Other"})
	ok(t, err)
	if again.Changed {
		t.Error("made twice")
	}
	for _, req := range []mfa.CreateUserRequest{
		{Email: "bob@acme.example", Role: mfa.RoleMember},
		{Email: "bob@acme.example", Role: mfa.RoleAuditor, Community: "Other"},
	} {
		_, err := w.CreateUser(w.admin.ctx(), req)
		code(t, err, mfa.Conflict)
	}
}
