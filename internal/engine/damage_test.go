package engine_test

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// sql writes the database as somebody who has it but not the key.
func (w *world) sql(query string) {
	w.t.Helper()
	if n := w.execute(query); n == 0 {
		w.t.Fatalf("no row: %s", query)
	}
}

// execute runs a statement and returns how many rows it touched.
func (w *world) execute(query string) int64 {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_busy_timeout=5000")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the statement has its own error
	res, err := db.ExecContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// texts returns the rows of a query for two columns of text.
func (w *world) texts(query string) (rows [][2]string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_busy_timeout=5000")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	found, err := db.QueryContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer found.Close() //nolint:errcheck // Err tells
	for found.Next() {
		var r [2]string
		if err := found.Scan(&r[0], &r[1]); err != nil {
			w.t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if err := found.Err(); err != nil {
		w.t.Fatal(err)
	}
	return rows
}

func TestWhoeverHasTheDatabaseAloneChangesNoDecision(t *testing.T) {
	before := newWorld(t)
	owner := before.user("bob@acme.example", mfa.RoleMember)
	owner.enable()
	for name, attack := range map[string]string{
		"2FA switched off":           `UPDATE users SET state = 'off' WHERE email = 'bob@acme.example'`,
		"a promotion":                `UPDATE users SET role = 'operator' WHERE email = 'bob@acme.example'`,
		"factors forgotten":          `UPDATE users SET factors = 'null' WHERE email = 'bob@acme.example'`,
		"a factor row deleted":       `DELETE FROM factors WHERE kind = 'totp' AND user_id = (SELECT id FROM users WHERE email = 'bob@acme.example')`,
		"every factor row deleted":   `DELETE FROM factors WHERE user_id = (SELECT id FROM users WHERE email = 'bob@acme.example')`,
		"a wrong count forgotten":    `UPDATE users SET attempts = '{"otp":{"n":2}}' WHERE email = 'bob@acme.example'`,
		"another's password hash":    `UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE email = 'admin@acme.example') WHERE email = 'bob@acme.example'`,
		"another's sealed secret":    `UPDATE factors SET sealed = (SELECT sealed FROM factors WHERE kind = 'totp' AND user_id = (SELECT id FROM users WHERE email = 'admin@acme.example')) WHERE kind = 'totp' AND user_id = (SELECT id FROM users WHERE email = 'bob@acme.example')`,
		"another's community":        `UPDATE communities SET name = 'Evil'`,
		"another kind of factor":     `UPDATE factors SET kind = 'hotp' WHERE kind = 'totp' AND user_id = (SELECT id FROM users WHERE email = 'bob@acme.example')`,
		"a flipped bit in a secret":  `UPDATE factors SET sealed = CAST(substr(sealed, 1, 20) || iif(substr(sealed, 21, 1) = x'00', x'01', x'00') || substr(sealed, 22) AS BLOB) WHERE kind = 'totp' AND user_id = (SELECT id FROM users WHERE email = 'bob@acme.example')`,
		"a factor of another's user": `UPDATE factors SET label = 'other', user_id = (SELECT id FROM users WHERE email = 'bob@acme.example') WHERE kind = 'totp' AND user_id = (SELECT id FROM users WHERE email = 'admin@acme.example')`,
		"another store's instance":   `UPDATE meta SET value = '01KKNTQJDGQT409WBW6C4DAC2B' WHERE name = 'instance'`,
		"a missing instance":         `DELETE FROM meta WHERE name = 'instance'`,
		"a missing key check":        `DELETE FROM meta WHERE name = 'key_check'`,
	} {
		t.Run(name, func(t *testing.T) {
			w := before.fork(t)
			bob := owner.in(w)
			w.sql(attack)
			for _, given := range []mfa.Secret{{}, bob.code()} {
				out, err := bob.try(given)
				if err == nil && out.Level != mfa.LevelChallenge {
					t.Fatalf("signed in as %+v", out)
				}
				if err == nil {
					continue // asked for a code, which then does not pass
				}
				code(t, err, mfa.Damaged)
			}
		})
	}
}

// An index that has lost a user has not made them nobody.
func TestAUserWhomAnIndexHasLostIsDamageAndNotNobody(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.sql(`PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_requests_1')
		WHERE name = 'sqlite_autoindex_users_1'`)
	w = w.fork(t)
	_, err := bob.in(w).try(mfa.Secret{})
	code(t, err, mfa.Damaged)
	_, err = w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: bob.email})
	code(t, err, mfa.Damaged)
}

// An index that leads from an address to another's row has made nobody another.
func TestAnAddressThatLeadsToAnotherUserIsDamage(t *testing.T) {
	w := newWorld(t)
	bob, carol := w.user("bob@acme.example", mfa.RoleMember), w.user("carol@acme.example", mfa.RoleMember)
	w.sql(`CREATE TABLE lie (email TEXT UNIQUE);
		INSERT INTO lie (rowid, email) SELECT rowid, CASE email WHEN 'bob@acme.example' THEN 'carol@acme.example'
			WHEN 'carol@acme.example' THEN 'bob@acme.example' ELSE email END FROM users;
		PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_lie_1')
		WHERE name = 'sqlite_autoindex_users_2'`)
	w = w.fork(t)
	for _, p := range []*person{bob, carol} {
		_, err := p.in(w).try(mfa.Secret{})
		code(t, err, mfa.Damaged)
		_, err = w.Reset(w.admin.ctx(), mfa.ResetRequest{User: p.email, Password: w.admin.password, Change: mfa.Change{Reason: "lost phone"}})
		code(t, err, mfa.Damaged)
	}
}

func TestASessionCannotBeRaisedInTheDatabase(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.sql(`UPDATE sessions SET level = 'mfa' WHERE level = 'password'`)
	_, err := w.WhoAmI(bob.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Damaged)
}

func TestAChangedEventIsFound(t *testing.T) {
	w := newWorld(t)
	w.sql(`UPDATE events SET target = 'somebody@else.example' WHERE seq = 2`)
	page, err := w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{})
	ok(t, err)
	if want := []mfa.DamagedRow{{Sort: "event", ID: "2"}}; !slices.Equal(page.Damaged, want) || len(page.Items) == 0 {
		t.Errorf("%+v", page)
	}
}

func TestAChangedEventLeadsToNobody(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	_, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: bob.email})
	ok(t, err)
	w.sql(`UPDATE events SET target_id = 'somebody else' WHERE action = 'user.delete'`)
	_, err = w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{Target: bob.email, Actions: []mfa.Action{mfa.ActUserCreate}})
	code(t, err, mfa.Damaged)
}

func TestAForeignKeyOpensNothing(t *testing.T) {
	w := newWorld(t)
	w.Engine = engine.New(w.store, seal.New(), engine.Options{})
	w.serve(t)
	_, err := w.admin.try(w.admin.code())
	code(t, err, mfa.Damaged)
	_, err = w.Login(t.Context(), mfa.LoginRequest{Email: "nobody@acme.example", Password: mfa.NewSecret("whatever it is")})
	code(t, err, mfa.Damaged)
}

func TestADamagedAccountCanBeReset(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.sql(`DELETE FROM factors WHERE user_id = (SELECT id FROM users WHERE email = 'bob@acme.example')`)
	_, err := bob.try(bob.codes[0])
	code(t, err, mfa.Damaged)
	report := bob.reset()
	if out := bob.login(report.RecoveryCode.Reveal()); out.Level != mfa.LevelEnroll {
		t.Fatalf("signed in as %+v", out)
	}
	bob.enable()
}

func TestNoSecretStandsInTheDatabase(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	ctx := mfa.WithCall(t.Context(), mfa.Call{Token: w.admin.token, Key: mfa.NewSecret("a key of the client's own")})
	report, err := w.Reset(ctx, mfa.ResetRequest{User: bob.email, Password: w.admin.password})
	ok(t, err)
	planted := []string{
		bob.password.Reveal(), w.admin.password.Reveal(), report.RecoveryCode.Reveal(), bob.token.Reveal(),
		w.admin.token.Reveal(), "a key of the client's own",
	}
	for _, c := range bob.codes {
		planted = append(planted, c.Reveal())
	}
	ctx = mfa.WithCall(t.Context(), mfa.Call{Token: w.admin.token, Key: mfa.NewSecret("another key of the client's own")})
	token, err := w.CreateToken(ctx, mfa.CreateTokenRequest{Name: "any", Permissions: mfa.Permissions(), Password: w.admin.password})
	ok(t, err)
	w.holdsNone(append(planted, token.Token.Reveal()))
}
