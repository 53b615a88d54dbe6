package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// glassCtx is a call of root on the store's host, after a login as alice.
func (w *world) glassCtx() context.Context {
	return mfa.WithCall(w.t.Context(), mfa.Call{From: mfa.Provenance{UID: "0", OSUser: "root", LoginUID: "1000", LoginUser: "alice", Host: "vault"}})
}

// Each break-glass act needs a reason, is tried without a change, is an event of high severity
// whose actor is the OS user, and is told to every administrator and to the user.
func TestEveryBreakGlassActIsRecordedAndTold(t *testing.T) {
	change := mfa.Change{Reason: "nobody left"}
	for name, c := range map[string]struct {
		act    func(w *world, bob *person, change mfa.Change) (changed bool, err error)
		action mfa.Action
		notice mfa.NoticeKind
		to     string
	}{
		"BreakGlassUnlock": {func(w *world, bob *person, change mfa.Change) (bool, error) {
			out, err := w.BreakGlassUnlock(w.glassCtx(), mfa.BreakGlassRequest{User: bob.email, Change: change})
			return out.Changed, err
		}, mfa.ActAuthUnlock, mfa.NoticeUnlocked, "bob@acme.example"},
		"BreakGlassDelete": {func(w *world, bob *person, change mfa.Change) (bool, error) {
			out, err := w.BreakGlassDelete(w.glassCtx(), mfa.BreakGlassRequest{User: bob.email, Change: change})
			return out.Changed, err
		}, mfa.ActUserDelete, mfa.NoticeDeleted, "bob@acme.example"},
		"BreakGlassEmail": {func(w *world, bob *person, change mfa.Change) (bool, error) {
			out, err := w.BreakGlassEmail(w.glassCtx(), mfa.BreakGlassRequest{User: bob.email, Email: "new@acme.example", Change: change})
			return out.Changed, err
		}, mfa.ActUserUpdate, mfa.NoticeAddressChanged, "bob@acme.example"},
		"BreakGlassCreate": {func(w *world, _ *person, change mfa.Change) (bool, error) {
			out, err := w.BreakGlassCreate(w.glassCtx(), mfa.CreateUserRequest{Email: "eve@acme.example", Role: mfa.RoleAdmin, Change: change})
			if err == nil && (out.Code.IsZero() != change.DryRun || out.User.Role != mfa.RoleAdmin) {
				w.t.Errorf("%+v", out)
			}
			return out.Changed, err
		}, mfa.ActUserCreate, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bob := w.user("bob@acme.example", mfa.RoleHelpdesk)
			boss := w.user("boss@acme.example", mfa.RoleAdmin)
			bob.enable()
			_, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: bob.email})
			ok(t, err)
			_, err = c.act(w, bob, mfa.Change{})
			code(t, err, mfa.Usage)
			changed, err := c.act(w, bob, mfa.Change{Reason: "R", DryRun: true})
			if ok(t, err); !changed {
				t.Error("nothing would change")
			}
			w.mailed(boss.email, mfa.NoticeBreakGlass, 0)
			changed, err = c.act(w, bob, change)
			if ok(t, err); !changed {
				t.Error("nothing changed")
			}
			for _, action := range []mfa.Action{mfa.ActBreakGlass, c.action} {
				ev := w.recorded(action, mfa.OutcomeOK)
				if ev.Severity != mfa.SeverityHigh || ev.Reason != "nobody left" || ev.ActorID != "" || ev.From.LoginUser != "alice" || ev.Method != name {
					t.Errorf("%s: %+v", action, ev)
				}
			}
			for _, p := range []*person{w.admin, boss} {
				w.noticed(p.email, mfa.NoticeBreakGlass, "alice as root on vault")
			}
			if c.notice != "" {
				w.noticed(c.to, c.notice, "alice as root on vault")
			}
		})
	}
}

// Break-glass is exempt from who may do what, and not from what would leave nobody.
func TestBreakGlassObeysTheOtherRules(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	change := mfa.Change{Reason: "R"}
	_, err := w.BreakGlassDelete(w.glassCtx(), mfa.BreakGlassRequest{User: w.admin.email, Change: change})
	code(t, err, mfa.Conflict) // the last operator
	_, err = w.BreakGlassEmail(w.glassCtx(), mfa.BreakGlassRequest{User: bob.email, Email: w.admin.email, Change: change})
	code(t, err, mfa.Conflict) // taken
	_, err = w.BreakGlassEmail(w.glassCtx(), mfa.BreakGlassRequest{User: bob.email, Email: "no address", Change: change})
	code(t, err, mfa.Usage)
	_, err = w.BreakGlassCreate(w.glassCtx(), mfa.CreateUserRequest{Email: "eve@acme.example", Role: "nothing", Change: change})
	code(t, err, mfa.Usage) // no such role
	_, err = w.BreakGlassCreate(w.glassCtx(), mfa.CreateUserRequest{Email: "eve@acme.example", NewPassword: mfa.NewSecret("a password that was chosen"), Change: change})
	code(t, err, mfa.Usage)
	w.user("liz@acme.example", mfa.RoleMember)
	_, err = w.BreakGlassCreate(w.glassCtx(), mfa.CreateUserRequest{Email: "1iz@acme.example", Change: change})
	if code(t, err, mfa.Conflict); !strings.Contains(err.Error(), "looks like liz@acme.example") {
		t.Error(err)
	}
	w.community("Other", "")
	_, err = w.BreakGlassCreate(w.glassCtx(), mfa.CreateUserRequest{Email: "eve@acme.example", Change: change})
	code(t, err, mfa.Usage) // which of the two communities
	out, err := w.BreakGlassCreate(w.glassCtx(), mfa.CreateUserRequest{Email: "eve@other.example", Community: "Other", Change: change})
	if ok(t, err); out.User.Community != "Other" || out.User.HasPassword {
		t.Errorf("%+v", out.User)
	}
	again, err := w.BreakGlassCreate(w.glassCtx(), mfa.CreateUserRequest{Email: "eve@other.example", Community: "Other", Change: change})
	if ok(t, err); again.Changed || !again.Code.IsZero() {
		t.Errorf("%+v", again)
	}
}

// noticed fails unless a notice of a kind waits for an address and says who did it.
func (w *world) noticed(address string, kind mfa.NoticeKind, by string) {
	w.t.Helper()
	found := false
	err := w.store.View(w.t.Context(), func(r mfa.Reader) error {
		rows, err := r.Notices(mfa.NoticeQuery{})
		for _, n := range rows {
			if n.Address == address && n.Kind == kind {
				found = true
				if n.By != by {
					w.t.Errorf("the notice %s to %s says that %q did it", kind, address, n.By)
				}
			}
		}
		return err
	})
	if ok(w.t, err); !found {
		w.t.Errorf("no notice %s to %s", kind, address)
	}
}
