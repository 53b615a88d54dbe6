package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// use opens a store and reads from it.
func use(t *testing.T, path string) error {
	t.Helper()
	s, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now})
	if err != nil {
		return err
	}
	err = s.View(t.Context(), func(r mfa.Reader) error {
		_, err := r.Users(mfa.UserQuery{})
		return err
	})
	return errors.Join(err, s.Close())
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	e := mfatest.WantCode(t, use(t, missing), mfa.Unavailable)
	if e.Error() != "no store at "+missing || e.HintText() != "mfactl init" {
		t.Errorf("%q, hint %q", e.Error(), e.HintText())
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("made %q", got)
	}
	mfatest.WantCode(t, use(t, dir), mfa.Damaged)

	for name, content := range map[string]string{
		"empty": "", "text": strings.Repeat("not a database\n", 1000), "short": "SQLite format 3\x00",
		"zeros": string(make([]byte, 8192)),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		mfatest.WantCode(t, use(t, path), mfa.Damaged)
	}
}

func TestTruncatedFilesAreDamaged(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	if err := errors.Join(mfatest.SetMeta(t.Context(), s, "m", strings.Repeat("x", 20000)), s.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 16, 99, 100, 512, 4095, 4096, 4097, 8192, len(whole) / 2, len(whole) - 4096, len(whole) - 1} {
		cut := filepath.Join(t.TempDir(), "cut.db")
		if err := os.WriteFile(cut, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := use(t, cut); !errors.Is(err, mfa.Damaged) {
			t.Errorf("%d of %d bytes: %v (%v)", size, len(whole), err, mfa.AsError(err).Cause)
		}
	}
}

func TestOtherSchemasAreRefused(t *testing.T) {
	newer := strconv.Itoa(sqlstore.SchemaVersion + 1)
	for change, want := range map[string]string{
		"PRAGMA user_version = " + newer: "was made by a newer mfactl", "PRAGMA user_version = 0": "was made by an older mfactl",
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (" + newer + ", 1)": "was made by a newer mfactl",
		"DELETE FROM goose_db_version WHERE version_id > 0":                               "was made by an older mfactl",
	} {
		s, path := create(t, sqlstore.Options{})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		alter(t, path, change)
		e := mfatest.WantCode(t, use(t, path), mfa.Damaged)
		if e.Error() != path+" "+want {
			t.Errorf("%s: %q", change, e.Error())
		}
	}
	s, path := create(t, sqlstore.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	alter(t, path, "PRAGMA application_id = 7", "PRAGMA user_version = 0")
	if e := mfatest.WantCode(t, use(t, path), mfa.Damaged); e.Error() != path+" is no store of mfactl" {
		t.Errorf("%q", e.Error())
	}
}

func TestAPartOfTheSchemaThatIsGoneIsDamage(t *testing.T) {
	for _, change := range []string{"ALTER TABLE users RENAME COLUMN password_hash TO passworx_hash", "ALTER TABLE users RENAME TO losers", "DROP TABLE goose_db_version"} {
		s, path := create(t, sqlstore.Options{})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		alter(t, path, change)
		mfatest.WantCode(t, use(t, path), mfa.Damaged)
	}
}

func TestAColumnThatIsGoneIsDamageToWhoWritesIt(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	alter(t, path, "ALTER TABLE events RENAME COLUMN actor TO bctor")
	mfatest.WantCode(t, s.Update(t.Context(), func(tx mfa.Tx) error { return tx.AppendEvent(mfa.Event{Seq: 1}) }), mfa.Damaged)
}

func TestARowThatCannotBeReadIsDamage(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	alter(t, path, "INSERT INTO communities (id, name, parent_id, created_at, mac, rev) VALUES ('c', 'C', '', 0, x'', 1)",
		"INSERT INTO users (id, community_id, email, role, status, state, password_hash, factors, preferred_id, attempts, reset_at, "+
			"password_reset_at, last_sign_in_at, created_at, created_by, mac, rev) VALUES ('u', 'c', 'a', '', '', '', '', 'no JSON', '', '{}', 0, 0, 0, 0, '', x'', 1)")
	mfatest.WantCode(t, s.View(t.Context(), func(r mfa.Reader) error {
		_, err := r.User("u")
		return err
	}), mfa.Damaged)
}

// A database of another program is refused, and stays as it is.
func TestADatabaseOfSomebodyElseIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "theirs.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "CREATE TABLE theirs (x); PRAGMA user_version = 1")
	if err := errors.Join(err, db.Close(), os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if e := mfatest.WantCode(t, use(t, path), mfa.Damaged); e.Error() != path+" is no store of mfactl" {
		t.Errorf("%q", e.Error())
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was changed (%v)", err)
	}
}
