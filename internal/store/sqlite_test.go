package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// writer runs statements on the write connection, outside of a transaction.
func writer(t *testing.T, s *Store, statements ...string) {
	t.Helper()
	c, err := s.writers.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.writers.put(c)
	for _, text := range statements {
		if _, err := c.sql.ExecContext(t.Context(), text); err != nil {
			t.Fatal(text, err)
		}
	}
}

func TestConnectionsAreWhatTheyMustBe(t *testing.T) {
	s, _ := create(t, Options{})
	for write, pool := range map[bool]*pool{true: s.writers, false: s.readers} {
		c, err := pool.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for pragma, want := range map[string]int64{"busy_timeout": 5000, "trusted_schema": 0, "cell_size_check": 1} {
			if got, err := query1(t.Context(), c, "PRAGMA "+pragma); got != want || err != nil {
				t.Errorf("%s is %d (%v)", pragma, got, err)
			}
		}
		for pragma, want := range map[string]int64{
			"synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "temp_store": 2, "wal_autocheckpoint": checkpointEvery, "journal_size_limit": maxLog,
		} {
			if got, err := query1(t.Context(), c, "PRAGMA "+pragma); write && got != want || err != nil {
				t.Errorf("%s is %d (%v)", pragma, got, err)
			}
		}
		if _, err := c.sql.ExecContext(t.Context(), `SELECT "no such column"`); err == nil {
			t.Error("a quoted name is taken for text")
		}
		_, err = c.sql.ExecContext(t.Context(), "UPDATE meta SET value = ''")
		if write != (err == nil) {
			t.Errorf("writer: %v, error of a write: %v", write, err)
		}
		pool.put(c)
	}
}

func TestAStoreThatIsNotDurableIsRefused(t *testing.T) {
	_, path := create(t, Options{})
	for _, pragma := range []string{"foreign_keys(0)", "synchronous(1)", "journal_mode(DELETE)"} {
		s, err := Open(t.Context(), path, Options{Clock: now})
		if err != nil {
			t.Fatal(err)
		}
		connect := s.writers.connect
		s.writers.connect = nil
		c, err := connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.sql.ExecContext(t.Context(), "PRAGMA "+pragma); err != nil {
			t.Fatal(pragma, err)
		}
		wantCode(t, checkDurable(t.Context(), c), mfa.Unavailable)
		if err := errors.Join(c.close(), s.Close()); err != nil {
			t.Error(err)
		}
	}
}

// Where the file is not the one that was opened, nothing is written that nobody would find,
// and nothing is said that is of the past.
func TestAFileThatWasMovedIsNoStoreAnyMore(t *testing.T) {
	s, path := create(t, Options{Readers: 1}) // so that each look is on the one connection that was made
	if err := setMeta(t.Context(), s, "before", "1"); err != nil {
		t.Fatal(err)
	}
	wantMeta(t, s, "before", "1")
	look := func(mfa.Reader) error { return nil }
	for name, there := range map[string]func() error{
		"moved": func() error { return nil }, "replaced": func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		if err := errors.Join(os.Rename(path, path+".old"), there()); err != nil {
			t.Fatal(err)
		}
		schema, look, change := s.Current(t.Context()), s.View(t.Context(), look), setMeta(t.Context(), s, "lost", "1")
		again := s.Current(t.Context()) // by another connection
		for what, err := range map[string]error{"the schema": schema, "a look": look, "a change": change, "the schema again": again} {
			if e := mfa.AsError(err); e == nil || e.Code != mfa.Unavailable || !strings.Contains(e.Message, "no longer the file") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if err := os.Rename(path+".old", path); err != nil {
			t.Fatal(err)
		}
		wantMeta(t, s, "lost", "")
		wantUsable(t, s)
	}
}

// If the log cannot be opened, the store writes nothing and reads nothing that may be old.
// When the log can be opened again, the same store works again.
func TestALogThatCannotBeOpenedIsUnavailable(t *testing.T) {
	first, path := create(t, Options{})
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
		s, err := Open(t.Context(), path, Options{Clock: now})
		if err != nil {
			t.Fatal(err)
		}
		look, change := s.View(t.Context(), func(mfa.Reader) error { return nil }), setMeta(t.Context(), s, "lost", "1")
		for what, err := range map[string]error{"a look": look, "a change": change} {
			if e := mfa.AsError(err); e == nil || e.Code != mfa.Unavailable || !strings.Contains(e.Message, "nothing changed") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if err := os.Remove(path + "-wal"); err != nil {
			t.Fatal(err)
		}
		wantMeta(t, s, "lost", "")
		wantUsable(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A server that keeps trying a store of another schema does not run out of file
// descriptors: each refused connection is closed.
func TestAConnectionThatIsRefusedIsClosed(t *testing.T) {
	files := func() int { return len(names(t, "/dev/fd")) }
	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip("the open files of a process are not listed in /dev/fd here")
	}
	s, path := create(t, Options{})
	writer(t, s, "PRAGMA user_version = 9")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	before := files()
	for range 20 {
		wantCode(t, s.View(t.Context(), func(mfa.Reader) error { return nil }), mfa.Damaged)
		wantCode(t, setMeta(t.Context(), s, "m", "1"), mfa.Damaged)
	}
	if after := files(); after > before+10 {
		t.Errorf("%d files are open, and were %d", after, before)
	}
}

func TestTablesAreStrict(t *testing.T) {
	s, _ := create(t, Options{})
	c, err := s.readers.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.readers.put(c)
	const loose = "SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'"
	if n, err := query1(t.Context(), c, loose); n != 0 || err != nil {
		t.Errorf("%d tables are not STRICT (%v)", n, err)
	}
	if n, err := query1(t.Context(), c, "SELECT COUNT(*) FROM pragma_table_list WHERE strict = 1"); n != 10 || err != nil {
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
	s, _ := create(t, Options{})
	var failed atomic.Int32
	var all sync.WaitGroup
	for i := range 400 {
		all.Go(func() {
			if err := setMeta(t.Context(), s, fmt.Sprint(i%7), fmt.Sprint(i)); err != nil {
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
	first, path := create(t, Options{})
	if err := errors.Join(setMeta(t.Context(), first, "m", "1"), first.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{Clock: now, pragmas: []string{"max_page_count(60)"}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx mfa.Tx) error {
		for i := range 1000 { // goes on, whatever it is told
			_ = tx.SetMeta(fmt.Sprint("big", i), strings.Repeat("x", 1000))
		}
		return tx.SetMeta("m", "2")
	})
	wantCode(t, err, mfa.Unavailable)
	wantMeta(t, s, "m", "1")
	wantMeta(t, s, "big0", "")
	if err := setMeta(t.Context(), s, "m", "3"); err != nil {
		t.Error("nothing fits any more", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFailedCommitIsUnknownAndDropsTheConnection(t *testing.T) {
	s, _ := create(t, Options{})
	dangle := func(tx mfa.Tx) error {
		return errors.Join(run(tx, "PRAGMA defer_foreign_keys = 1"),
			tx.PutFactor(&mfa.Factor{ID: "f", UserID: "nobody"}))
	}
	wantCode(t, s.Update(t.Context(), dangle), mfa.NotFound)
	used := <-s.writers.slots
	if used == nil {
		t.Error("a refused commit dropped the connection")
	}
	s.writers.put(used)

	s.dialect.notCommitted = func(error) bool { return false } // as after a failed fsync
	wantCode(t, s.Update(t.Context(), dangle), mfa.Unknown)
	used = <-s.writers.slots
	if used != nil {
		t.Error("the connection is used again")
	}
	s.writers.put(used)
	if err := setMeta(t.Context(), s, "m", "1"); err != nil {
		t.Error(err)
	}
}

func run(t mfa.Tx, statement string) error {
	_, err := t.(*tx).exec(statement)
	return err
}

func TestALostRaceIsRunAgain(t *testing.T) {
	s, _ := create(t, Options{})
	lost := errors.New("lost")
	s.dialect.lostRace = func(err error) bool { return errors.Is(err, lost) }
	runs := 0
	err := s.Update(t.Context(), func(tx mfa.Tx) error {
		if runs++; runs < 3 {
			return errors.Join(tx.SetMeta("half", "1"), lost)
		}
		return tx.SetMeta("m", "1")
	})
	if err != nil || runs != 3 {
		t.Errorf("%d runs: %v", runs, err)
	}
	wantMeta(t, s, "m", "1")
	wantMeta(t, s, "half", "")
}

func TestADeletedSecretIsNowhere(t *testing.T) {
	s, path := create(t, Options{})
	other, err := Open(t.Context(), path, Options{Clock: now}) // so that s is not the last to close
	if err != nil {
		t.Fatal(err)
	}
	wantMeta(t, other, "m", "")
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
