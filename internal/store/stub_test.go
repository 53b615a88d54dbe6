package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// A kind of store is what this file holds and one row of the table: it passes the suite of
// every store, and the front and the commands need not know it.
func TestAnotherDialectIsOneFolderAndItsScheme(t *testing.T) {
	schemes["stub"] = stub{}
	t.Cleanup(func() { delete(schemes, "stub") })
	mfatest.TestStore(t, func(t *testing.T, clock func() time.Time) mfa.Store {
		location := "stub://" + filepath.Join(t.TempDir(), "x")
		_, err := Open(t.Context(), location, Options{Clock: clock})
		mfatest.WantCode(t, err, mfa.Unavailable)
		made, err := Create(t.Context(), location, Options{Clock: clock})
		if err != nil {
			t.Fatal(err, mfa.AsError(err).Cause)
		}
		if err := made.Close(); err != nil {
			t.Error(err)
		}
		s, err := Open(t.Context(), location, Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// The commands hold a location as one text, and ask the store of it about its files.
func TestAnotherDialectIsFoundByItsLocationAgain(t *testing.T) {
	schemes["stub"] = stub{}
	t.Cleanup(func() { delete(schemes, "stub") })
	location, err := Locate("stub://x/../y")
	if err != nil || location != "stub://y" {
		t.Fatal(location, err)
	}
	again, err := Locate(location)
	if err != nil || again != location {
		t.Error(again, err)
	}
	if files := Files(location); len(files) != 0 {
		t.Errorf("it has the files %q", files)
	}
	if why, err := Unsafe(location); why != "" || err != nil {
		t.Error(why, err)
	}
	out, err := Migrate(t.Context(), location, Options{Clock: now}, nil, true)
	if want := (mfa.Migrated{Store: "y", From: sqlstore.SchemaVersion, To: sqlstore.SchemaVersion, DryRun: true}); err != nil || out != want {
		t.Errorf("%+v (%v)", out, err)
	}
}

// stub is another kind of database: without a memory, groups, files that are known, and
// anything to reserve or purge, but with a statement that has other writers wait. Its rows
// are in a file that only this test knows how to open.
type stub struct{}

func (stub) Locate(location string) (string, error) { return filepath.Clean(location), nil }

func (stub) Files(string) []string { return nil }

func (stub) Kept(string) ([]string, error) { return nil, nil }

func (stub) Free(string) (uint64, bool) { return 0, false }

func (stub) Unsafe(string) (string, error) { return "", nil }

func (stub) Open(_ context.Context, place string, o Options) (*Store, error) {
	if _, err := os.Stat(place); err != nil {
		return nil, mfa.Errorf(mfa.Unavailable, "no such stub").WithCause(err)
	}
	o, err := o.WithDefaults()
	return sqlstore.New(stubDialect(place), o), err
}

func (stub) Acquire(_ context.Context, place string) (Lock, error) { return stubLock{place}, nil }

func (stub) Migrate(_ context.Context, place string, _ Options, _ Rewrite, dry bool) (mfa.Migrated, error) {
	return mfa.Migrated{Store: place, From: sqlstore.SchemaVersion, To: sqlstore.SchemaVersion, DryRun: dry}, nil
}

// stubLock makes a stub; one test at a time makes one.
type stubLock struct{ place string }

func (l stubLock) Create(ctx context.Context, o Options) (*Store, error) {
	connector, err := driver.NewConnector("file:" + l.place + "?_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	m := sqlstore.Migration{Connector: connector, Goose: goose.DialectSQLite3, Translate: stubWords, Begin: "BEGIN EXCLUSIVE"}
	db := m.Open()
	if err := errors.Join(m.Run(ctx, db), db.Close()); err != nil {
		return nil, err
	}
	return stub{}.Open(ctx, l.place, o)
}

func (stubLock) Release(bool) {}

// stubWords shows the migrations in the words of the stub, which keeps bytes in any column.
func stubWords(files fs.FS) fs.FS {
	out := fstest.MapFS{}
	names, _ := fs.Glob(files, "*.sql")
	for _, name := range names {
		text, _ := fs.ReadFile(files, name)
		out[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(text), ` COLLATE "C"`, ""))}
	}
	return out
}

func stubDialect(place string) *sqlstore.Dialect {
	return &sqlstore.Dialect{
		Writers: 3, Readers: 3,
		Connect: func(ctx context.Context, _ bool) (*sqlstore.Conn, error) {
			connector, err := driver.NewConnector("file:" + place + "?_busy_timeout=60000&_pragma=foreign_keys(1)")
			if err != nil {
				return nil, err
			}
			return sqlstore.NewConn(ctx, sql.OpenDB(connector))
		},
		Schema: func(context.Context, *sqlstore.Conn) (int, error) {
			return sqlstore.SchemaVersion, nil
		},
		CheckOpened: func() error { return nil },
		Begin:       "BEGIN IMMEDIATE",
		BeginRead:   "BEGIN",
		LockSeq:     "DELETE FROM meta WHERE name = 'the row of the next event'",
		Statement:   context.WithoutCancel,
		Classify:    stubError,
		NotCommitted: func(error) bool {
			return true
		},
		LostRace: func(error) bool { return false },
		Faults:   []string{"SELECT 'never' WHERE $1 < 0"},
	}
}

func stubError(err error) *mfa.Error {
	e, is := errors.AsType[*driver.Error](err)
	switch {
	case !is:
		return nil
	case e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return mfa.Errorf(mfa.NotFound, "its record is missing")
	case e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT:
		return mfa.Errorf(mfa.Conflict, "another record has that")
	}
	return nil
}
