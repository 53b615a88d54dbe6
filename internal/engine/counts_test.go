package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// belongings are the rows of a user that an act may remove, as they stand in the store.
type belongings struct {
	factors, sessions, tokens int
	set                       string // the id of the set of backup codes
}

// belongings counts the rows of a user: confirmed factors, sets of backup codes, sessions
// and API tokens that have not ended. A challenge is not counted.
func (w *world) belongings(id string) (out belongings) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r mfa.Reader) error {
		factors, err := r.Factors(id)
		if err != nil {
			return err
		}
		for _, f := range factors {
			switch {
			case f.Status == mfa.FactorPending:
			case f.Kind == mfa.KindBackup:
				out.set = f.ID
			case f.Kind == mfa.KindTOTP:
				out.factors++
			}
		}
		sessions, err := r.Sessions(id)
		if err != nil {
			return err
		}
		for _, x := range sessions {
			if x.Level != mfa.LevelChallenge && w.clock.Now().Before(x.ExpiresAt) {
				out.sessions++
			}
		}
		tokens, err := r.Tokens(mfa.TokenQuery{UserID: id, Alive: w.clock.Now()})
		out.tokens = len(tokens)
		return err
	})
	ok(w.t, err)
	return out
}

// possession is what a user has before an act: how many unused backup codes, sessions and
// tokens, and the rule about backup codes. Only the policy has ended a capped token.
type possession struct {
	codes, sessions, tokens int
	rule                    string
	capped                  bool
}

// owning returns a world in which bob has these possessions and a challenge.
func owning(t *testing.T, p possession) (*world, *person) {
	t.Helper()
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleHelpdesk)
	bob.enable()
	for _, code := range bob.codes[p.codes:] {
		ok(t, bob.verify(code))
	}
	for i := range p.tokens {
		bob.issue(fmt.Sprint("token-", i), mfa.UsersRead)
	}
	if p.capped {
		_, err := w.set("", map[string]string{"token_max": "1h"})
		ok(t, err)
		w.clock.Advance(2 * time.Hour)
		w.admin.refresh()
	}
	_, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
	ok(t, err)
	for range p.sessions {
		bob.login(bob.code().Reveal())
		w.clock.Advance(30 * time.Second)
	}
	_, err = bob.try(mfa.Secret{})
	ok(t, err)
	_, err = w.set("", map[string]string{"backup_codes": p.rule})
	ok(t, err)
	return w, bob
}

// counted is an act and the numbers of removed records that it reports, in its answer and
// in the note of its event if there is one.
type counted struct {
	self  bool // done by the user, with one of the sessions
	dry   bool // the act has a dry run
	event mfa.Action
	act   func(w *world, bob *person, dry bool) (mfa.Removed, error)
	note  func(mfa.Removed) string
}

func acts() map[string]counted {
	sessions := func(n int, err error) (mfa.Removed, error) { return mfa.Removed{Sessions: n}, err }
	reset := func(r mfa.Removed) string {
		note := "removed " + things(r.Factors, "factor") + ", " + things(r.BackupCodes, "backup code") + ", " + things(r.Sessions, "session")
		if r.Tokens > 0 {
			note += ", " + things(r.Tokens, "API token")
		}
		return note
	}
	return map[string]counted{
		"generate": {self: true, event: mfa.ActBackupGenerate, act: func(w *world, bob *person, _ bool) (mfa.Removed, error) {
			out, err := w.GenerateBackupCodes(bob.ctx(), mfa.GenerateBackupCodesRequest{Password: bob.password})
			return mfa.Removed{BackupCodes: out.Revoked}, err
		}, note: func(r mfa.Removed) string { return fmt.Sprintf(" new, %d revoked", r.BackupCodes) }},
		"disable": {self: true, act: func(w *world, bob *person, _ bool) (mfa.Removed, error) {
			out, err := w.Disable(bob.ctx(), mfa.DisableRequest{Password: bob.password})
			return out.Removed, err
		}},
		"change the password": {self: true, act: func(w *world, bob *person, _ bool) (mfa.Removed, error) {
			out, err := w.ChangePassword(bob.ctx(), mfa.ChangePasswordRequest{Password: bob.password, NewPassword: mfa.NewSecret("another long password")})
			return sessions(out.Ended, err)
		}},
		"log out everywhere": {self: true, act: func(w *world, bob *person, _ bool) (mfa.Removed, error) {
			out, err := w.Logout(bob.ctx(), mfa.LogoutRequest{All: true})
			return sessions(out.Ended, err)
		}},
		"reset": {dry: true, event: mfa.ActReset, note: reset, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: w.admin.password, Change: mfa.Change{DryRun: dry}})
			return out.Removed, err
		}},
		"reset with the tokens": {dry: true, event: mfa.ActReset, note: reset, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: w.admin.password, RevokeTokens: true, Change: mfa.Change{DryRun: dry}})
			return out.Removed, err
		}},
		"break glass": {dry: true, event: mfa.ActReset, note: reset, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.BreakGlassReset(w.t.Context(), mfa.BreakGlassRequest{User: bob.email, Change: mfa.Change{Reason: "alone", DryRun: dry}})
			return out.Removed, err
		}},
		"reset the password": {dry: true, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password, Change: mfa.Change{DryRun: dry}})
			return sessions(out.Ended, err)
		}},
		"lock": {dry: true, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: bob.email, Change: mfa.Change{DryRun: dry}})
			return sessions(out.Ended, err)
		}},
		"demote": {dry: true, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Role: mfa.RoleMember, Change: mfa.Change{DryRun: dry}})
			return sessions(out.Ended, err)
		}},
		"end the sessions": {dry: true, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email, Change: mfa.Change{DryRun: dry}})
			return sessions(out.Ended, err)
		}},
		"delete": {dry: true, act: func(w *world, bob *person, dry bool) (mfa.Removed, error) {
			out, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: bob.email, Change: mfa.Change{DryRun: dry}})
			return out.Removed, err
		}},
	}
}

// Every number in an answer and in an event is the number of rows that were removed, and
// a dry run reports the same numbers.
func TestEveryCountIsThatOfTheRowsThatAreGone(t *testing.T) {
	for _, p := range []possession{
		{codes: 10, sessions: 1, tokens: 2, rule: "10"},
		{codes: 10, sessions: 3, tokens: 0, rule: "0"},
		{codes: 5, sessions: 3, tokens: 2, rule: "10"},
		{codes: 5, sessions: 1, tokens: 2, rule: "0"},
		{codes: 0, sessions: 1, tokens: 0, rule: "10"},
		{codes: 0, sessions: 0, tokens: 2, rule: "0"},
		{codes: 10, sessions: 0, tokens: 1, rule: "0", capped: true},
	} {
		before, owner := owning(t, p)
		id := owner.id()
		for name, c := range acts() {
			if c.self && p.sessions == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s %+v", name, p), func(t *testing.T) {
				w := before.fork(t)
				bob := owner.in(w)
				old := w.belongings(id)
				var dry mfa.Removed
				var err error
				if c.dry {
					dry, err = c.act(w, bob, true)
					ok(t, err)
					if now := w.belongings(id); now != old {
						t.Errorf("the dry run left %+v of %+v", now, old)
					}
				}
				told, err := c.act(w, bob, false)
				ok(t, err)
				now := w.belongings(id)
				gone := mfa.Removed{
					Factors: old.factors - now.factors, Sessions: old.sessions - now.sessions, Tokens: old.tokens - now.tokens,
				}
				if now.set != old.set {
					gone.BackupCodes = p.codes
				}
				if told != gone {
					t.Errorf("%+v was told, %+v is gone", told, gone)
				}
				if c.dry && dry != told {
					t.Errorf("the dry run said %+v, the act %+v", dry, told)
				}
				if c.note != nil {
					if ev := w.recorded(c.event, mfa.OutcomeOK); !strings.Contains(ev.Note, c.note(gone)) {
						t.Errorf("the event says %q, %+v is gone", ev.Note, gone)
					}
				}
			})
		}
	}
}

// things writes a number and its noun as the notes of events do.
func things(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// A deactivated account loses its API tokens, and the event says how many.
func TestADeactivationCountsTheTokensThatAreGone(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		w, bob := owning(t, possession{codes: 10, sessions: 1, tokens: n, rule: "10"})
		out, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Status: mfa.UserDeactivated})
		ok(t, err)
		if left := w.belongings(bob.id()); left.tokens != 0 || left.sessions != 0 || out.Ended != 1 {
			t.Errorf("%+v is left, and %d sessions were said to have ended", left, out.Ended)
		}
		if ev := w.recorded(mfa.ActUserDisable, mfa.OutcomeOK); ev.Note != "removed "+things(n, "API token") {
			t.Errorf("%q", ev.Note)
		}
	}
}
