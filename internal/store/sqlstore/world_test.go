package sqlstore_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlite"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// now is a clock that stands still.
func now() time.Time { return time.Date(2026, 11, 23, 8, 58, 0, 0, time.UTC) }

// create makes a SQLite store in a new directory and returns its path.
func create(t *testing.T, o sqlstore.Options) (*sqlstore.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mfactl.db")
	l, err := sqlite.Driver{}.Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release(true)
	o.Clock = now
	s, err := l.Create(t.Context(), o)
	if err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

// open opens a store once more.
func open(t *testing.T, path string) (*sqlstore.Store, error) {
	t.Helper()
	return sqlite.Driver{}.Open(t.Context(), path, sqlstore.Options{Clock: now})
}

// alter runs a statement on the file of a store, on a connection of its own.
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
