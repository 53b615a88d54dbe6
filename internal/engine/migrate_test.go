package engine_test

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// oldWorld is a store that an older program made, and what its people know.
type oldWorld struct {
	*world
	known map[string]string
}

// newOldWorld returns a copy of the store of schema 5, which is not open.
func newOldWorld(t *testing.T) *oldWorld {
	t.Helper()
	return newOldWorldOf(t, "schema5")
}

// newOldWorldOf returns a copy of the store of a schema, which is not open.
func newOldWorldOf(t *testing.T, schema string) *oldWorld {
	t.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("..", "store", "testdata", schema, name))
		ok(t, err)
		return b
	}
	w := &oldWorld{world: &world{t: t, path: filepath.Join(t.TempDir(), "s.db")}}
	ok(t, json.Unmarshal(read("known.json"), &w.known))
	at, err := time.Parse(time.RFC3339, w.known["now"])
	ok(t, err)
	w.clock = mfatest.NewClock(at)
	z, err := gzip.NewReader(bytes.NewReader(read("store.db.gz")))
	ok(t, err)
	b, err := io.ReadAll(z)
	ok(t, err)
	ok(t, os.WriteFile(w.path, b, 0o600))
	key := filepath.Join(t.TempDir(), "key")
	ok(t, os.WriteFile(key, read("key"), 0o600))
	w.keys, err = seal.ReadKeyFile(key)
	ok(t, err)
	return w
}

// migrate brings the store to the schema of this program, under some keys.
func (w *oldWorld) migrate(keys *seal.Keyring) (mfa.Migrated, error) {
	return store.Migrate(w.t.Context(), w.path, store.Options{Clock: w.clock.Now}, engine.Migration(keys).Sign, false)
}

// migrated migrates the store and opens it.
func (w *oldWorld) migrated() *oldWorld {
	w.t.Helper()
	_, err := w.migrate(w.keys)
	ok(w.t, err)
	w.open(w.t)
	w.admin = w.person("admin")
	return w
}

// person is a user of the old store, with the session of that time.
func (w *oldWorld) person(name string) *person {
	return &person{
		w: w.world, email: name + "@acme.example", password: mfa.NewSecret(w.known[name+".password"]), token: mfa.NewSecret(w.known[name]),
	}
}

// sound fails unless every record verifies.
func (w *world) sound() {
	w.t.Helper()
	out, err := w.Examine(w.t.Context(), func(int64) {})
	if err != nil || out.Found != 0 {
		w.t.Errorf("%+v (%v)", out, err)
	}
}

func TestAStoreOfTheSchemaBeforeWorksAfterItsMigration(t *testing.T) {
	w := newOldWorld(t).migrated()
	w.sound()
	t.Run("a promotion binds", func(t *testing.T) {
		_, err := w.person("carol").approve(w.known["request"])
		code(t, err, mfa.PolicyForbids)
	})
	t.Run("a request is approved", func(t *testing.T) {
		out, err := w.person("frank").approve(w.known["request"])
		ok(t, err)
		if out.Reset == nil || out.Reset.RecoveryCode.IsZero() {
			t.Errorf("%+v", out)
		}
	})
	t.Run("a token works and has the permission", func(t *testing.T) {
		who, err := w.WhoAmI(w.person("ci").ctx(), mfa.WhoAmIRequest{})
		ok(t, err)
		if !slices.Equal(who.Permissions, []mfa.Permission{mfa.UsersRead, "notices:write"}) {
			t.Errorf("%q", who.Permissions)
		}
		_, err = w.ListUsers(w.person("ci").ctx(), mfa.ListUsersRequest{})
		ok(t, err)
	})
	t.Run("a role has the permission, and its note", func(t *testing.T) {
		page, err := w.ListRoles(w.admin.ctx(), mfa.ListRolesRequest{})
		ok(t, err)
		i := slices.IndexFunc(page.Items, func(r mfa.RoleInfo) bool { return r.Name == "desk" })
		if r := page.Items[i]; !slices.Equal(r.Permissions, []mfa.Permission{mfa.UsersRead, "notices:write"}) || r.Note != "notifications:write" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a challenge is answered", func(t *testing.T) {
		out, err := w.Answer(t.Context(), mfa.AnswerRequest{Challenge: mfa.NewSecret(w.known["challenge"]), Code: mfa.NewSecret(w.known["erin.code"])})
		ok(t, err)
		if out.Level != mfa.LevelMFA {
			t.Errorf("%+v", out)
		}
	})
	t.Run("an answer is repeated", func(t *testing.T) {
		ctx := mfa.WithCall(t.Context(), mfa.Call{Token: w.admin.token, Key: mfa.NewSecret(w.known["key"])})
		out, err := w.Reset(ctx, mfa.ResetRequest{User: "gina@acme.example", Password: w.admin.password, Change: mfa.Change{Reason: "lost phone"}})
		ok(t, err)
		if out.RecoveryCode.Reveal() != w.known["gina.recovery"] {
			t.Error("another code was issued")
		}
	})
	t.Run("a session that could only enroll has ended, with its factor", func(t *testing.T) {
		dave := w.person("dave")
		_, err := w.TwoFactorStatus(dave.ctx(), mfa.TwoFactorStatusRequest{})
		code(t, err, mfa.Unauthenticated)
		dave.clean(t)
		if in := dave.login(""); in.Level != mfa.LevelEnroll {
			t.Errorf("%+v", in)
		}
		dave.enable()
	})
	w.sound()
}

// Requests and locks of the schema before wait on, and what was done before counts as halves:
// one person does not do the other now.
func TestRequestsAndLocksOfTheSchemaBeforeWaitOn(t *testing.T) {
	w := newOldWorldOf(t, "schema6").migrated()
	w.sound()
	carol := w.person("carol")
	_, err := carol.try(mfa.NewSecret("000000"))
	code(t, err, mfa.Locked)
	_, err = carol.try(mfa.NewSecret(w.known["carol.code"]))
	ok(t, err)
	gina := w.person("gina")
	_, err = gina.try(mfa.Secret{})
	code(t, err, mfa.Locked)
	_, err = w.UnlockUser(w.admin.ctx(), mfa.UnlockUserRequest{User: gina.email})
	ok(t, err)
	_, err = w.ResetPassword(w.admin.ctx(), mfa.ResetPasswordRequest{User: gina.email, Password: w.admin.password})
	code(t, err, mfa.PolicyForbids) // the operator has reset her 2FA minutes ago
	out, err := w.person("frank").approve(w.known["request"])
	ok(t, err)
	if out.Reset == nil || out.Reset.RecoveryCode.IsZero() {
		t.Errorf("%+v", out)
	}
	_, err = w.person("frank").approve(w.known["request.password"])
	code(t, err, mfa.Forbidden) // it is about himself
	w.sound()
}

// clean fails if a user has a factor row or a session.
func (p *person) clean(t *testing.T) {
	t.Helper()
	err := p.w.store.View(t.Context(), func(r mfa.Reader) error {
		id, err := r.UserID(p.email)
		ok(t, err)
		factors, err := r.Factors(id)
		ok(t, err)
		sessions, err := r.Sessions(id)
		if len(factors) != 0 || len(sessions) != 0 {
			t.Errorf("%d factors and %d sessions", len(factors), len(sessions))
		}
		return err
	})
	ok(t, err)
}

func TestAMigrationUnderAnotherKeyChangesNothing(t *testing.T) {
	w := newOldWorld(t)
	before, err := os.ReadFile(w.path)
	ok(t, err)
	for _, dry := range []bool{true, false} {
		_, err = store.Migrate(t.Context(), w.path, store.Options{Clock: w.clock.Now}, engine.Migration(seal.New()).Sign, dry)
		code(t, err, mfa.Damaged)
	}
	after, err := os.ReadFile(w.path)
	if err != nil || !bytes.Equal(before[100:], after[100:]) { // the header says how the log is kept
		t.Errorf("the store was changed (%v)", err)
	}
	if kept, err := store.Kept(w.path); err != nil || len(kept) != 0 {
		t.Errorf("left: %q (%v)", kept, err)
	}
	w.migrated().sound()
}

func TestAMigrationSignsNoForgedRow(t *testing.T) {
	w := newOldWorld(t)
	w.sql(`UPDATE tokens SET permissions = '["users:read","users:write","notifications:write"]'`)
	w.migrated()
	_, err := w.WhoAmI(w.person("ci").ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Damaged)
	out, err := w.Examine(t.Context(), func(int64) {})
	if err != nil || out.Found != 1 || out.Damage[0].Sort != "token" {
		t.Errorf("%+v (%v)", out, err)
	}
}

// The store as it was comes back, and its migration has the same result.
func TestTheCopyOfAMigrationIsTheStoreAsItWas(t *testing.T) {
	w := newOldWorld(t)
	old := w.rows(w.path)
	out, err := w.migrate(w.keys)
	ok(t, err)
	migrated := w.rows(w.path)
	if got := w.rows(out.Copy); !bytes.Equal(got, old) {
		t.Error("the copy is not the store as it was")
	}
	if info, err := os.Stat(out.Copy); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v (%v)", info.Mode(), err)
	}
	ok(t, os.Rename(out.Copy, w.path))
	st, err := store.Open(t.Context(), w.path, store.Options{Clock: w.clock.Now})
	ok(t, err)
	err = st.View(t.Context(), func(mfa.Reader) error { return nil })
	code(t, err, mfa.Damaged)
	if e := mfa.AsError(err); e.HintText() != "mfactl store migrate" {
		t.Errorf("%v, hint %q", e, e.HintText())
	}
	ok(t, st.Close())
	again, err := w.migrate(w.keys)
	if err != nil || again.From != 5 || !bytes.Equal(w.rows(w.path), migrated) {
		t.Errorf("%+v (%v)", again, err)
	}
}

// The words of a row are changed as they are read, however they are spelled in the database.
func TestAMigrationChangesEverySpellingOfAWord(t *testing.T) {
	w := newOldWorld(t)
	w.sql(`UPDATE communities SET roles = replace(roles, '"notifications:write', '"notifications\u003awrite')`)
	w.sql(`UPDATE tokens SET permissions = replace(permissions, '"notifications:write', ' "notifications\u003aw\u0072ite')`)
	w.migrated().sound()
	who, err := w.WhoAmI(w.person("ci").ctx(), mfa.WhoAmIRequest{})
	ok(t, err)
	if !slices.Contains(who.Permissions, mfa.NoticesWrite) {
		t.Errorf("the token has %q", who.Permissions)
	}
	page, err := w.ListRoles(w.admin.ctx(), mfa.ListRolesRequest{})
	ok(t, err)
	i := slices.IndexFunc(page.Items, func(r mfa.RoleInfo) bool { return r.Name == "desk" })
	if r := page.Items[i]; !slices.Contains(r.Permissions, mfa.NoticesWrite) || len(r.Permissions) != 2 {
		t.Errorf("%+v", r)
	}
}

// What was forged into the words that a migration writes stays damaged.
func TestAMigrationMakesNoDamagedRowSound(t *testing.T) {
	w := newOldWorld(t)
	w.sql(`UPDATE tokens SET permissions = replace(permissions, 'notifications:write', 'notices:write')`)
	w.migrated()
	_, err := w.WhoAmI(w.person("ci").ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Damaged)
}

// A later migration names the rows that it changes, in one table, and comes after those before.
func TestALaterMigrationSignsWhatItChanges(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", "member")
	later := map[int]records.Changes{
		99:  {User: func(u mfa.User) mfa.User { u.Role = "never"; return u }},
		100: {User: func(u mfa.User) mfa.User { u.Role = "first"; return u }},
		101: {User: func(u mfa.User) mfa.User {
			if u.Email == bob.email && u.Role == "first" {
				u.Role, u.Email = "newcomer", "rob@acme.example"
			} else {
				u.Role = mfa.RoleAdmin
			}
			return u
		}},
	}
	err := w.store.Update(t.Context(), func(tx mfa.Tx) error {
		return records.Migration{Keys: w.keys, Changed: later}.Sign(tx, 99, 101)
	})
	ok(t, err)
	u, err := w.ShowUser(w.admin.ctx(), mfa.ShowUserRequest{User: "rob@acme.example"})
	if err != nil || u.Role != "newcomer" {
		t.Errorf("%+v (%v)", u, err)
	}
	w.sound()
}

// rows returns every row of every table of a database but the times of its migrations.
func (w *world) rows(path string) []byte {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	ok(w.t, err)
	defer db.Close() //nolint:errcheck // only read
	var all bytes.Buffer
	for _, table := range column(w.t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('goose_db_version', 'sqlite_sequence') ORDER BY name") {
		values := strings.Join(column(w.t, db, "SELECT 'quote(' || name || ')' FROM pragma_table_info('"+table+"') ORDER BY cid"), " || ',' || ")
		rows := column(w.t, db, "SELECT "+values+" FROM "+table+" ORDER BY 1") //nolint:gosec // G202: names of our own schema
		all.WriteString(table + "\n" + strings.Join(rows, "\n") + "\n")
	}
	return all.Bytes()
}

// column returns what a query finds, one text a row.
func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	ok(t, err)
	defer func() { ok(t, rows.Close()) }()
	for rows.Next() {
		var text string
		ok(t, rows.Scan(&text))
		all = append(all, text)
	}
	ok(t, rows.Err())
	return all
}

// The notices of an older store have no MAC; its migration signs them. Afterwards one without a
// MAC is forged.
func TestAMigrationSignsTheNotices(t *testing.T) {
	for _, schema := range []string{"schema5", "schema6"} {
		w := newOldWorldOf(t, schema).migrated()
		w.sound()
		n := 0
		ok(t, w.store.View(t.Context(), func(r mfa.Reader) error {
			for notice, err := range r.EachNotice() {
				if n++; err != nil || len(notice.MAC) == 0 {
					t.Errorf("%+v (%v)", notice, err)
				}
			}
			return nil
		}))
		if n == 0 {
			t.Errorf("%s has no notices", schema)
		}
	}
}
