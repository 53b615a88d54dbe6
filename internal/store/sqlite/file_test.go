package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// alter runs statements on the file of a store, on one connection of their own.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, text := range statements {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Error(text, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// opened is the file of a store, for a test that makes its connections by hand.
func opened(t *testing.T) file {
	t.Helper()
	_, path := create(t, sqlstore.Options{})
	f, err := files.locate(t.Context(), path, sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	f.opened, err = os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestConnectionsAreWhatTheyMustBe(t *testing.T) {
	f := opened(t)
	for _, write := range []bool{true, false} {
		c, err := f.connect(t.Context(), write)
		if err != nil {
			t.Fatal(err)
		}
		for pragma, want := range map[string]int64{"busy_timeout": 5000, "trusted_schema": 0, "cell_size_check": 1} {
			if got, err := query1(t.Context(), c.SQL, "PRAGMA "+pragma); got != want || err != nil {
				t.Errorf("%s is %d (%v)", pragma, got, err)
			}
		}
		for pragma, want := range map[string]int64{
			"synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "temp_store": 2, "wal_autocheckpoint": checkpointEvery, "journal_size_limit": maxLog,
		} {
			if got, err := query1(t.Context(), c.SQL, "PRAGMA "+pragma); write && got != want || err != nil {
				t.Errorf("%s is %d (%v)", pragma, got, err)
			}
		}
		if _, err := c.SQL.ExecContext(t.Context(), `SELECT "no such column"`); err == nil {
			t.Error("a quoted name is taken for text")
		}
		_, err = c.SQL.ExecContext(t.Context(), "UPDATE meta SET value = ''")
		if write != (err == nil) {
			t.Errorf("writer: %v, error of a write: %v", write, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAStoreThatIsNotDurableIsRefused(t *testing.T) {
	f := opened(t)
	for _, pragma := range []string{"foreign_keys(0)", "synchronous(1)", "journal_mode(DELETE)"} {
		c, err := f.connect(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.SQL.ExecContext(t.Context(), "PRAGMA "+pragma); err != nil {
			t.Fatal(pragma, err)
		}
		mfatest.WantCode(t, checkDurable(t.Context(), c), mfa.Unavailable)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Where the file is not the one that was opened, nothing is written that would be lost,
// and nothing is said that is of the past.
func TestAFileThatWasMovedIsNoStoreAnyMore(t *testing.T) {
	s, path := create(t, sqlstore.Options{Readers: 1}) // so that each look is on the one connection that was made
	if err := mfatest.SetMeta(t.Context(), s, "before", "1"); err != nil {
		t.Fatal(err)
	}
	mfatest.WantMeta(t, s, "before", "1")
	look := func(mfa.Reader) error { return nil }
	for name, there := range map[string]func() error{
		"moved": func() error { return nil }, "replaced": func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		if err := errors.Join(os.Rename(path, path+".old"), there()); err != nil {
			t.Fatal(err)
		}
		schema, look, change := s.Current(t.Context()), s.View(t.Context(), look), mfatest.SetMeta(t.Context(), s, "lost", "1")
		again := s.Current(t.Context()) // by another connection
		for what, err := range map[string]error{"the schema": schema, "a look": look, "a change": change, "the schema again": again} {
			if e := mfa.AsError(err); e == nil || e.Code != mfa.Unavailable || !strings.Contains(e.Message, "no longer the file") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if err := os.Rename(path+".old", path); err != nil {
			t.Fatal(err)
		}
		mfatest.WantMeta(t, s, "lost", "")
		mfatest.WantUsable(t, s)
	}
}

// If the log cannot be opened, the store writes nothing and reads nothing that may be old.
// When the log can be opened again, the same store works again.
func TestALogThatCannotBeOpenedIsUnavailable(t *testing.T) {
	first, path := create(t, sqlstore.Options{})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for name, cannot := range map[string]func(string) error{
		"a directory": func(log string) error { return os.Mkdir(log, 0o700) },
		"a circle":    func(log string) error { return os.Symlink(log, log) },
	} {
		if err := os.Remove(path + "-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := cannot(path + "-wal"); err != nil {
			t.Fatal(err)
		}
		s, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now})
		if err != nil {
			t.Fatal(err)
		}
		look, change := s.View(t.Context(), func(mfa.Reader) error { return nil }), mfatest.SetMeta(t.Context(), s, "lost", "1")
		for what, err := range map[string]error{"a look": look, "a change": change} {
			if e := mfa.AsError(err); e == nil || e.Code != mfa.Unavailable || !strings.Contains(e.Message, "nothing changed") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if err := os.Remove(path + "-wal"); err != nil {
			t.Fatal(err)
		}
		mfatest.WantMeta(t, s, "lost", "")
		mfatest.WantUsable(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A server that keeps trying a store of another schema does not run out of file
// descriptors: each refused connection is closed.
func TestAConnectionThatIsRefusedIsClosed(t *testing.T) {
	open := func() int { return len(names(t, "/dev/fd")) }
	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip("the open files of a process are not listed in /dev/fd here")
	}
	s, path := create(t, sqlstore.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	alter(t, path, "PRAGMA user_version = 9")
	s, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	before := open()
	for range 20 {
		mfatest.WantCode(t, s.View(t.Context(), func(mfa.Reader) error { return nil }), mfa.Damaged)
		mfatest.WantCode(t, mfatest.SetMeta(t.Context(), s, "m", "1"), mfa.Damaged)
	}
	if after := open(); after > before+10 {
		t.Errorf("%d files are open, and were %d", after, before)
	}
}

func TestTablesAreStrict(t *testing.T) {
	c, err := opened(t).connect(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // only read
	const loose = "SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'"
	if n, err := query1(t.Context(), c.SQL, loose); n != 0 || err != nil {
		t.Errorf("%d tables are not STRICT (%v)", n, err)
	}
	if n, err := query1(t.Context(), c.SQL, "SELECT COUNT(*) FROM pragma_table_list WHERE strict = 1"); n != 11 || err != nil {
		t.Errorf("%d tables are STRICT (%v)", n, err)
	}
}

func TestDDLInSQLitesWords(t *testing.T) {
	const in = "-- a BIGINTEGER\nCREATE TABLE t (\n\ta BIGINT PRIMARY KEY,\n\tb BYTEA NOT NULL,\n\tc BOOLEAN,\n\td TEXT COLLATE \"C\" NOT NULL\n);\nCREATE INDEX i ON t (b);\n"
	const want = "-- a BIGINTEGER\nCREATE TABLE t (\n\ta INTEGER PRIMARY KEY,\n\tb BLOB NOT NULL,\n\tc INTEGER,\n\td TEXT NOT NULL\n) STRICT;\nCREATE INDEX i ON t (b);\n"
	if got := toSQLite(in); got != want {
		t.Errorf("got %s", got)
	}
}

func TestManyTransactionsAtOnce(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	var failed atomic.Int32
	var all sync.WaitGroup
	for i := range 400 {
		all.Go(func() {
			if err := mfatest.SetMeta(t.Context(), s, fmt.Sprint(i%7), fmt.Sprint(i)); err != nil {
				failed.Add(1)
			}
		})
	}
	all.Wait()
	if failed.Load() != 0 {
		t.Errorf("%d of 400 failed", failed.Load())
	}
}

func TestAFullDiskChangesNothing(t *testing.T) {
	first, path := create(t, sqlstore.Options{})
	if err := errors.Join(mfatest.SetMeta(t.Context(), first, "m", "1"), first.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Driver{pragmas: []string{"max_page_count(60)"}}.Open(t.Context(), path, sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx mfa.Tx) error {
		for i := range 1000 { // goes on, whatever the answer is
			_ = tx.SetMeta(fmt.Sprint("big", i), strings.Repeat("x", 1000))
		}
		return tx.SetMeta("m", "2")
	})
	mfatest.WantCode(t, err, mfa.Unavailable)
	mfatest.WantMeta(t, s, "m", "1")
	mfatest.WantMeta(t, s, "big0", "")
	if err := mfatest.SetMeta(t.Context(), s, "m", "3"); err != nil {
		t.Error("nothing fits any more", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestADeletedSecretIsNowhere(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	other, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now}) // so that s is not the last to close
	if err != nil {
		t.Fatal(err)
	}
	mfatest.WantMeta(t, other, "m", "")
	secret := bytes.Repeat([]byte("canary!"), 50)
	for _, f := range []func(mfa.Tx) error{
		func(tx mfa.Tx) error { return tx.PutCommunity(&mfa.Community{ID: "c"}) },
		func(tx mfa.Tx) error { return tx.PutUser(&mfa.User{ID: "u", CommunityID: "c"}) },
		func(tx mfa.Tx) error { return tx.PutFactor(&mfa.Factor{ID: "f", UserID: "u", Sealed: secret}) },
		func(tx mfa.Tx) error { return tx.DeleteFactor("f") },
	} {
		if err := s.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range names(t, filepath.Dir(path)) {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err != nil || bytes.Contains(content, []byte("canary")) {
			t.Errorf("%s still holds it (%v)", name, err)
		}
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}
