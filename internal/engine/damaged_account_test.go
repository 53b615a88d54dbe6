package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// An account whose record does not verify is removed with all its rows: by an operator with
// password and reason, or by break-glass. Nothing is done to it otherwise.
func TestADamagedAccountIsRemoved(t *testing.T) {
	before := newWorld(t)
	before.community("Branch", before.admin.community())
	maker := before.userIn("Branch", "boss@acme.example", mfa.RoleAdmin)
	maker.enable()
	victim := before.userIn("Branch", "bob@acme.example", mfa.RoleMember)
	victim.enable()
	victim.login("")
	const reason = "its record is damaged"
	for _, damage := range []string{"status = 'locked'", flippedMAC, "attempts = '{'", "factors = '['"} {
		for way, remove := range map[string]func(w *world, dry bool) (mfa.DeletedUser, error){
			"an operator": func(w *world, dry bool) (mfa.DeletedUser, error) {
				return w.DeleteUser(w.admin.in(w).ctx(), mfa.DeleteUserRequest{
					User: victim.email, Password: w.admin.password, Change: mfa.Change{Reason: reason, DryRun: dry},
				})
			},
			"break-glass": func(w *world, dry bool) (mfa.DeletedUser, error) {
				return w.BreakGlassDelete(w.t.Context(), mfa.BreakGlassRequest{User: victim.email, Change: mfa.Change{Reason: reason, DryRun: dry}})
			},
		} {
			t.Run(way+" "+damage[:6], func(t *testing.T) {
				w := before.fork(t)
				id := victim.in(w).id()
				w.sql("UPDATE users SET " + damage + " WHERE email = 'bob@acme.example'")
				dry, err := remove(w, true)
				ok(t, err)
				if out := w.examine(); out.Found == 0 || !dry.Damaged || dry.User.ID != id {
					t.Errorf("%+v", dry)
				}
				out, err := remove(w, false)
				ok(t, err)
				if !out.Damaged || out.User.ID != id || out.User.Email != "" || out.Removed.Factors == 0 || out.Removed.Sessions == 0 {
					t.Errorf("%+v", out)
				}
				if out := w.examine(); out.Found != 0 {
					t.Errorf("left: %+v", out.Damage)
				}
				ev := w.recorded(mfa.ActUserDelete, mfa.OutcomeOK)
				if ev.TargetID != id || ev.Reason != reason || ev.Severity != mfa.SeverityHigh || !strings.Contains(ev.Note, "did not verify") || len(ev.Notices) == 0 {
					t.Errorf("%+v", ev)
				}
				_, err = w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: victim.email})
				code(t, err, mfa.NotFound)
			})
		}
	}
}

func TestADamagedAccountIsNotRemovedOtherwise(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	boss := w.userIn("Branch", "boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	w.userIn("Branch", "bob@acme.example", mfa.RoleMember)
	token := w.admin.issue("ci", mfa.UsersRead, mfa.UsersWrite).Token
	w.sql("UPDATE users SET status = 'locked' WHERE email = 'bob@acme.example'")
	req := mfa.DeleteUserRequest{User: "bob@acme.example", Password: w.admin.password, Change: mfa.Change{Reason: "damaged"}}
	for name, c := range map[string]struct {
		by   *person
		edit func(*mfa.DeleteUserRequest)
		want []mfa.Code
	}{
		"another administrator": {boss, func(r *mfa.DeleteUserRequest) { r.Password = boss.password }, []mfa.Code{mfa.Damaged}},
		"without a password":    {w.admin, func(r *mfa.DeleteUserRequest) { r.Password = mfa.Secret{} }, []mfa.Code{mfa.Damaged}},
		"a wrong password":      {w.admin, func(r *mfa.DeleteUserRequest) { r.Password = mfa.NewSecret("not the password") }, []mfa.Code{mfa.Rejected}},
		"without a reason":      {w.admin, func(r *mfa.DeleteUserRequest) { r.Reason = "" }, []mfa.Code{mfa.Usage}},
		"a token":               {w.admin.by(token), func(*mfa.DeleteUserRequest) {}, []mfa.Code{mfa.Forbidden, mfa.Damaged}},
	} {
		r := req
		c.edit(&r)
		_, err := w.Engine.DeleteUser(c.by.ctx(), r) // nobody fills in a password
		if got := codeOf(err); !slices.Contains(c.want, got) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.BreakGlassDelete(t.Context(), mfa.BreakGlassRequest{User: "bob@acme.example"})
	code(t, err, mfa.Usage)
	if out := w.examine(); out.Found != 1 {
		t.Errorf("%+v", out)
	}
}

// Break-glass removes a sound account too, and never the last operator.
func TestBreakGlassRemovesAnAccount(t *testing.T) {
	w, bob := peopled(t)
	change := mfa.Change{Reason: "nobody can sign in"}
	out, err := w.BreakGlassDelete(t.Context(), mfa.BreakGlassRequest{User: bob.email, Change: change})
	ok(t, err)
	if out.User.Email != bob.email || out.Damaged {
		t.Errorf("%+v", out)
	}
	_, err = w.BreakGlassDelete(t.Context(), mfa.BreakGlassRequest{User: w.admin.email, Change: change})
	code(t, err, mfa.Conflict)
	if ev := w.recorded(mfa.ActBreakGlass, mfa.OutcomeOK); ev.Target != bob.email || len(ev.Notices) == 0 {
		t.Errorf("%+v", ev)
	}
	if out := w.examine(); out.Found != 0 {
		t.Errorf("%+v", out)
	}
}
