//go:build faults && linux && amd64

package faults

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver, for a database that is not ours
)

// neglect writes rows into a database that does not wait for the disk, as SQLite
// does by synchronous=NORMAL: the yardstick of a power cut.
func neglect(t *testing.T, dir string) (insert func() error, end func()) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "careless.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	if err == nil {
		_, err = db.ExecContext(t.Context(), "CREATE TABLE rows (n INTEGER); PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err != nil {
		t.Fatal(err)
	}
	insert = func() error {
		_, err := db.ExecContext(t.Context(), "INSERT INTO rows VALUES (1)")
		return err
	}
	return insert, func() { _ = db.Close() } // its disk is gone
}

// countRows is how many of them are left; none if there is nothing to open.
func countRows(t *testing.T, dir string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "careless.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM rows").Scan(&n); err != nil {
		n = 0 // even the table is lost
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	return n
}
