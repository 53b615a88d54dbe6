package engine_test

import (
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// rowsOfBob are the rows of one user that are damaged, each sort by itself.
var rowsOfBob = map[string]string{
	"factors":  `UPDATE factors SET label = label || '!'` + bobs,
	"sessions": `UPDATE sessions SET last_seen_at = last_seen_at + 1` + bobs,
	"tokens":   `UPDATE tokens SET created_by = 'another'` + bobs,
}

// An administrator looks at an account whose rows are damaged, and what removes the rows of an
// account removes those too: afterwards nothing damaged is left.
func TestDamagedRowsOfAUserAreToldAndRemoved(t *testing.T) {
	before := newWorld(t)
	bob := before.user("bob@acme.example", mfa.RoleHelpdesk)
	bob.enable()
	before.issue(bob.email, "ci", mfa.UsersRead)
	for sort, damage := range rowsOfBob {
		for name, remove := range map[string]func(w *world) (mfa.Removed, error){
			"reset": func(w *world) (mfa.Removed, error) {
				out, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: w.admin.password, RevokeTokens: true})
				return out.Removed, err
			},
			"delete": func(w *world) (mfa.Removed, error) {
				out, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: bob.email})
				return out.Removed, err
			},
		} {
			t.Run(sort+" "+name, func(t *testing.T) {
				w := before.fork(t)
				w.sql(damage)
				info, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
				ok(t, err)
				if len(info.Factors) != 1 || info.Factors[0].Kind != mfa.KindTOTP || info.Sessions != 1 || info.Tokens != 1 {
					t.Errorf("told %+v", info.UserDetail)
				}
				removed, err := remove(w)
				ok(t, err)
				if removed.Factors != 1 || removed.Sessions != 1 || removed.Tokens != 1 {
					t.Errorf("removed %+v", removed)
				}
				if out := w.examine(); out.Found != 0 {
					t.Errorf("left %+v", out.Damage)
				}
			})
		}
	}
}

// The remedy for a damaged session is to end it.
func TestADamagedSessionCanBeEnded(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.sql(rowsOfBob["sessions"])
	out, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
	ok(t, err)
	if !out.Changed || out.Ended != 1 {
		t.Errorf("%+v", out)
	}
	if out := w.examine(); out.Found != 0 {
		t.Errorf("left %+v", out.Damage)
	}
}

// An address that somebody wrote who has no key is suggested to nobody.
func TestAnAddressThatDoesNotVerifyIsNotSuggested(t *testing.T) {
	w := newWorld(t)
	w.user("alice@acme.example", mfa.RoleMember)
	ask := func() string {
		_, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: "alcie@acme.example"})
		code(t, err, mfa.NotFound)
		return mfa.AsError(err).Hint
	}
	if got := ask(); got != "did you mean alice@acme.example?" {
		t.Errorf("%q", got)
	}
	w.sql(`UPDATE users SET created_at = created_at + 1 WHERE email = 'alice@acme.example'`)
	if got := ask(); got != "" {
		t.Errorf("%q", got)
	}
}
