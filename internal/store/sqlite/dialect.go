package sqlite

import (
	"context"
	"errors"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// dialect makes the dialect of the file. It has one write connection: SQLite has one writer
// anyway, and waiting for a connection is fair and can be given up, while waiting for
// SQLite's lock is neither.
func (f file) dialect() *sqlstore.Dialect {
	f.opened, _ = os.Stat(f.path) //nolint:gosec // G703: whose store it is names it; without, it is never there
	return &sqlstore.Dialect{
		Writers:     1,
		Readers:     f.options.Readers,
		Connect:     f.connect,
		Schema:      readSchema,
		CheckOpened: f.checkOpened,
		Begin:       "BEGIN IMMEDIATE",
		BeginRead:   "BEGIN",
		Version:     dataVersion,
		Groups:      true,
		// Only BEGIN IMMEDIATE ever waits. To watch the context of every other
		// statement would cost more than the statement.
		Statement:    context.WithoutCancel,
		Classify:     classify,
		NotCommitted: notCommitted,
		LostRace: func(err error) bool {
			var e *sqlite.Error
			return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_BUSY_SNAPSHOT
		},
		Faults:   []string{formFaults, strayRows},
		Reserve:  f.reserve,
		Reserved: Reserved,
		Purge:    purge,
	}
}

// SQLite's own checks: the form of the file and its indexes, and rows that belong to none.
const (
	formFaults = `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT $1`
	strayRows  = `SELECT 'a row of ' || "table" || ' belongs to a row of ' || parent || ' that is missing'
		FROM pragma_foreign_key_check LIMIT $1`
)

// dataVersion is SQLite's own number of what the connection has seen of the database
// (SQLITE_FCNTL_DATA_VERSION).
func dataVersion(c *sqlstore.Conn) (version uint32, err error) {
	err = c.SQL.Raw(func(driver any) (err error) {
		version, err = driver.(sqlite.FileControl).FileControlDataVersion("main")
		return err
	})
	return version, err
}

// purge empties the log, which still holds the pages of a deleted secret. Where another
// process reads, it is left to the next one.
func purge(c *sqlstore.Conn) {
	ctx := context.Background()
	_ = c.Exec(ctx, "PRAGMA busy_timeout = 100")
	_ = c.Exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}
