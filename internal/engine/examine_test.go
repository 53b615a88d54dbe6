package engine_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// examine checks the whole store.
func (w *world) examine() mfa.Examined {
	w.t.Helper()
	out, err := w.Examine(w.t.Context(), func(int64) {})
	if err != nil {
		w.t.Fatal(err, mfa.AsError(err).Cause)
	}
	return out
}

// bobs selects rows that belong to Bob.
const bobs = ` WHERE user_id = (SELECT id FROM users WHERE email = 'bob@acme.example')`

// peopled is a world with a record of every sort.
func peopled(t *testing.T) (*world, *person) {
	t.Helper()
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.user("helen@acme.example", mfa.RoleHelpdesk)
	_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "carol@acme.example", Role: mfa.RoleMember})
	ok(t, err)
	_, err = w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	filed, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: bob.email, Password: w.admin.password, Request: true})
	ok(t, err)
	if filed.Request == nil {
		t.Fatalf("no request was filed: %+v", filed)
	}
	return w, bob
}

func TestAStoreThatIsSoundIsFoundSo(t *testing.T) {
	w, _ := peopled(t)
	var told int64
	out, err := w.Examine(t.Context(), func(n int64) {
		if n != told+1 {
			t.Errorf("told %d after %d", n, told)
		}
		told = n
	})
	if err != nil || out.Found != 0 || out.Records != told || told < 20 {
		t.Errorf("%+v, told %d (%v)", out, told, err)
	}
}

// A pending factor is not damage, although the user row does not list it yet.
func TestAPendingFactorIsNoDamage(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	_, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Password: bob.password, Kind: mfa.KindTOTP})
	ok(t, err)
	if out := w.examine(); out.Found != 0 {
		t.Errorf("found %+v", out.Damage)
	}
}

// Every sort of record is there, and each change of any of them is found and
// named.
func TestEveryChangeOfARecordIsNamed(t *testing.T) {
	before, _ := peopled(t)
	tests := []struct{ name, attack, sort, record, problem, remedy string }{
		{"a promotion", `UPDATE users SET role = 'operator' WHERE email = 'bob@acme.example'`, "user", "bob@acme.example", "does not verify", "backup"},
		{"a row that is no JSON", `UPDATE users SET attempts = '{"otp' WHERE email = 'bob@acme.example'`, "user", "bob@acme.example", "cannot be read", "backup"},
		{"factors that were never given", `UPDATE users SET factors = replace(factors, '"id":"', '"id":"x') WHERE email = 'bob@acme.example'`,
			"user", "bob@acme.example", "does not verify", "backup"}, // and no finding about factors that this row lists
		{"another name", `UPDATE communities SET name = 'Evil'`, "community", "Evil", "does not verify", "backup"},
		{"another policy", `UPDATE communities SET policy = '{"lockout":"9"}'`, "community", "Acme", "does not verify", "backup"},
		{"a policy that is no JSON", `UPDATE communities SET policy = '{'`, "community", "Acme", "cannot be read", "backup"},
		{"a flipped bit in a secret", `UPDATE factors SET sealed = CAST(substr(sealed, 1, 20) || iif(substr(sealed, 21, 1) = x'00', x'01', x'00') || substr(sealed, 22) AS BLOB)` + bobs + ` AND kind = 'totp'`,
			"factor", `totp "phone" of bob@acme.example`, "does not verify", "mfactl admin reset-2fa bob@acme.example"},
		{"a factor that is gone", `DELETE FROM factors` + bobs + ` AND kind = 'totp'`, "factor", "totp of bob@acme.example", "is missing", "mfactl admin reset-2fa bob@acme.example"},
		{"codes that are gone", `DELETE FROM factors` + bobs + ` AND kind = 'backup'`, "factor", "backup codes of bob@acme.example", "is missing", "mfactl admin reset-2fa bob@acme.example"},
		{"a code to set a password", `UPDATE factors SET expires_at = expires_at + 1` + bobs + ` AND kind = 'set-password'`,
			"factor", "set-password code of bob@acme.example", "does not verify", "mfactl admin users reset-password bob@acme.example"},
		{"a session raised", `UPDATE sessions SET level = 'mfa' WHERE user_id = (SELECT id FROM users WHERE email = 'helen@acme.example')`,
			"session", "of helen@acme.example, since 2026-03-14T", "does not verify", "mfactl admin sessions revoke helen@acme.example"},
		{"a request approved", `UPDATE requests SET status = 'approved'`, "request", "0", "does not verify", "again"},
		{"an event changed", `UPDATE events SET target = 'somebody@else.example' WHERE seq = 2`, "event", "2", "does not verify", "compare"},
		{"an event that is no JSON", `UPDATE events SET provenance = '[' WHERE seq = 3`, "event", "3", "cannot be read", "compare"},
		{"an event taken out", `DELETE FROM events WHERE seq = 4`, "event", "4", "is missing", "compare"},
		{"the first events taken out", `DELETE FROM events WHERE seq < 4`, "event", "1 to 3", "are missing", "compare"},
		{"no events at all", `DROP TABLE events; UPDATE meta SET value = value`, "event", "all", "cannot be read any further", "backup"},
		{"no requests at all", `DROP TABLE requests; UPDATE meta SET value = value`, "request", "all", "cannot be read any further", "backup"},
		{"no factors at all", `DROP TABLE factors; UPDATE meta SET value = value`, "user", "all", "cannot be read any further", "backup"},
		{"no sessions at all", `DROP TABLE sessions; UPDATE meta SET value = value`, "user", "all", "cannot be read any further", "backup"},
		{"time forgotten", `UPDATE meta SET value = replace(value, '2026', '2025') WHERE name = 'high_water'`, "clock", "the latest time", "does not verify", "backup"},
		{"a session of nobody", `PRAGMA foreign_keys = 0; UPDATE sessions SET user_id = 'nobody' WHERE user_id = (SELECT id FROM users WHERE email = 'helen@acme.example')`,
			"database", "SQLite", "a row of sessions belongs to a row of users that is missing", "backup"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := before.fork(t)
			w.sql(tt.attack)
			out := w.examine()
			if out.Found != 1 || len(out.Damage) != 1 {
				t.Fatalf("found %+v", out)
			}
			d := out.Damage[0]
			if d.Sort != tt.sort || !strings.HasPrefix(d.Record, tt.record) || !strings.Contains(d.Problem, tt.problem) || !strings.Contains(d.Remedy, tt.remedy) {
				t.Errorf("found %+v", d)
			}
		})
	}
}

func TestAnOldFactorPutBackIsNamed(t *testing.T) {
	w, bob := peopled(t)
	w.execute(`CREATE TABLE kept AS SELECT * FROM factors` + bobs + ` AND kind = 'backup'`)
	_, err := w.Verify(w.admin.ctx(), mfa.VerifyRequest{User: bob.email, Code: bob.codes[0]})
	ok(t, err)
	w.execute(`REPLACE INTO factors SELECT * FROM kept`)
	w.execute(`DROP TABLE kept`)
	out := w.examine()
	if out.Found != 1 || out.Damage[0].Record != "backup codes of bob@acme.example" || !strings.Contains(out.Damage[0].Problem, "an old record was put back") {
		t.Errorf("found %+v", out)
	}
}

// What is told to do against damage mends it.
func TestTheRemedyMendsTheAccount(t *testing.T) {
	before, owner := peopled(t)
	for _, attack := range []string{
		`DELETE FROM factors` + bobs + ` AND kind = 'totp'`,
		`UPDATE factors SET label = 'other'` + bobs + ` AND kind = 'totp'`,
		`UPDATE factors SET sealed = x'00'` + bobs + ` AND kind = 'backup'`,
	} {
		w := before.fork(t)
		bob := owner.in(w)
		w.sql(attack)
		if out := w.examine(); out.Found == 0 || !strings.Contains(out.Damage[0].Remedy, "reset-2fa") {
			t.Fatalf("found %+v", out)
		}
		w.clock.Advance(mfa.HalfMax) // past the two-person rule
		w.admin.refresh()
		bob.reset()
		if out := w.examine(); out.Found != 0 {
			t.Errorf("still found %+v", out)
		}
	}
}

func TestTheRemedyEndsASessionThatWasChanged(t *testing.T) {
	w, _ := peopled(t)
	w.sql(`UPDATE sessions SET level = 'mfa' WHERE level = 'password'`)
	if out := w.examine(); out.Found != 1 || out.Damage[0].Remedy != "mfactl admin sessions revoke helen@acme.example" {
		t.Fatalf("found %+v", out)
	}
	_, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: "helen@acme.example"})
	ok(t, err)
	if out := w.examine(); out.Found != 0 {
		t.Errorf("still found %+v", out)
	}
}

func TestWhatCannotBeReadKeepsNothingElseFromBeingExamined(t *testing.T) {
	w, _ := peopled(t)
	w.sql(`UPDATE users SET factors = 'no JSON'`)
	w.sql(`UPDATE events SET note = 'x' WHERE seq = 1`)
	sorts := map[string]int{}
	for _, d := range w.examine().Damage {
		sorts[d.Sort]++
	}
	if sorts["user"] != 4 || sorts["event"] != 1 || len(sorts) != 2 {
		t.Errorf("found %v", sorts)
	}
}

func TestMuchDamageIsCountedAndNotKept(t *testing.T) {
	w := newWorld(t)
	w.execute(`WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 1700)
		INSERT INTO events (seq, at, action, outcome, code, actor_id, actor, actor_role, community_id, target_id, target, method,
			factor, reason, note, session_hash, key_hash, provenance, mac)
		SELECT i, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '{}', x'' FROM n`)
	out := w.examine()
	if out.Found != 1602 || len(out.Damage) != mfa.MaxDamage { // and the gap before them
		t.Errorf("found %d, kept %d", out.Found, len(out.Damage))
	}
}

func TestUnderAForeignKeyNothingIsExamined(t *testing.T) {
	w := newWorld(t)
	foreign := engine.New(w.store, seal.New(), engine.Options{})
	_, err := foreign.Examine(t.Context(), func(int64) {})
	code(t, err, mfa.Damaged)
	_, err = foreign.Health(t.Context())
	code(t, err, mfa.Damaged)
}
