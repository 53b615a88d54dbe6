package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/mfactl/mfactl/internal/mfa"
)

// schemaVersion is the number of the newest file in migrations.
const schemaVersion = 5

// pageSize is what SQLite makes by default: every file of ours is a multiple.
const pageSize = 4096

// applicationID marks our files among SQLite's ("mfac"; PRAGMA application_id).
const applicationID = 0x6d666163

// sqliteDialect makes the dialect of one SQLite file. It has one write
// connection: SQLite has one writer anyway, and waiting for a connection is
// fair and can be given up, while waiting for SQLite's lock is neither.
func sqliteDialect(path string, o Options) *dialect {
	f := sqliteFile{path: path, options: o}
	f.opened, _ = os.Stat(path) //nolint:gosec // G703: whose store it is names it; without, it is never there
	return &dialect{
		writers:   1,
		readers:   o.Readers,
		connect:   f.connect,
		current:   f.checkSchema,
		there:     f.there,
		begin:     "BEGIN IMMEDIATE",
		beginRead: "BEGIN",
		version:   dataVersion,
		groups:    true,
		// Only BEGIN IMMEDIATE ever waits. To watch the context of every other
		// statement would cost more than the statement.
		statement:    context.WithoutCancel,
		classify:     classifySQLite,
		notCommitted: notCommittedSQLite,
		lostRace: func(err error) bool {
			var e *sqlite.Error
			return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_BUSY_SNAPSHOT
		},
		faults:  sqliteFaults,
		reserve: f.reserve,
		purge:   purgeSQLite,
	}
}

// sqliteFile is one SQLite database.
type sqliteFile struct {
	path    string // absolute, links resolved
	options Options
	opened  os.FileInfo // which file that was
}

// connect opens the file for writing or for reading, see [dialect].
func (f sqliteFile) connect(ctx context.Context, write bool) (*conn, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	if write {
		return f.open(ctx, f.writeDSN(), f.checkSchema, prepareWriter)
	}
	return f.reader(ctx, f.checkSchema)
}

// check is what a new connection must pass.
type check func(context.Context, *conn) error

// reader opens the file for reading. On a read-only file system there is no
// place for the shared index of the log; where there is no log either, the file
// cannot change and is read as it is.
func (f sqliteFile) reader(ctx context.Context, checks ...check) (*conn, error) {
	c, err := f.open(ctx, f.readDSN(nil), checks...)
	if err != nil && isCode(err, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) && f.immutable() {
		return f.open(ctx, f.readDSN(url.Values{"immutable": {"1"}}), checks...)
	}
	return c, err
}

func (f sqliteFile) open(ctx context.Context, dsn string, checks ...check) (*conn, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	c, err := newConn(ctx, sql.OpenDB(connector))
	if err != nil {
		return nil, err
	}
	for _, check := range checks {
		if err := check(ctx, c); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

// there refuses a file that was moved, removed or replaced since it was opened: what is
// written to it is nobody's any more, what it says is of the past, and the log beside it
// is not that of a new one.
func (f sqliteFile) there() error {
	if now, err := os.Stat(f.path); err != nil || !os.SameFile(now, f.opened) {
		return mfa.Errorf(mfa.Unavailable, "%s is no longer the file that was opened, nothing happened", f.path).
			WithHint("put it back, or start again").WithCause(err)
	}
	return nil
}

// dsn is a file: URL; only there SQLite reads mode, and only there a path may
// have any character.
func (f sqliteFile) dsn(q url.Values) string {
	path := filepath.ToSlash(f.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	q.Set("_busy_timeout", strconv.FormatInt(f.options.BusyTimeout.Milliseconds(), 10))
	q.Set("_dqs", "0")
	q.Set("_defensive", "1")
	q.Add("_pragma", "trusted_schema(0)")
	q.Add("_pragma", "cell_size_check(1)")
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func (f sqliteFile) writeDSN() string {
	q := url.Values{
		"mode":          {"rw"},
		"_txlock":       {"immediate"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"1"},
		"_pragma": {
			"secure_delete(1)",
			"temp_store(2)", // what a savepoint would bring back is in no file
			"wal_autocheckpoint(" + strconv.Itoa(checkpointEvery) + ")",
			"journal_size_limit(" + strconv.Itoa(maxLog) + ")",
		},
	}
	for _, p := range f.options.pragmas {
		q.Add("_pragma", p)
	}
	return f.dsn(q)
}

func (f sqliteFile) readDSN(q url.Values) string {
	if q == nil {
		q = url.Values{}
	}
	q.Set("mode", "ro")
	return f.dsn(q)
}

// readSchema reads the version of the schema, from the two places where it
// stands: a migration run by hand does not set the first.
func readSchema(ctx context.Context, c *conn) (int, error) {
	version, err := query1(ctx, c, "PRAGMA user_version")
	if err == nil && version == schemaVersion {
		version, err = query1(ctx, c, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version")
	}
	return int(version), err
}

// checkSchema refuses a store of another schema.
func (f sqliteFile) checkSchema(ctx context.Context, c *conn) error {
	version, err := readSchema(ctx, c)
	if err != nil {
		return err
	}
	return f.judgeSchema(version)
}

func (f sqliteFile) judgeSchema(version int) error {
	switch {
	case version == schemaVersion:
		return nil
	case version > schemaVersion:
		return mfa.Errorf(mfa.Damaged, "%s was made by a newer mfactl", f.path).WithHint("use that mfactl")
	}
	return mfa.Errorf(mfa.Damaged, "%s was made by an older mfactl", f.path).WithHint("mfactl store migrate")
}

// checkpointEvery is after how many pages what stands in the log is moved into the file:
// four times as many as SQLite's own. A change writes a dozen pages, mostly the same ones
// as the change before, and each is moved once, so it is less work to wait for more.
const checkpointEvery = 4000

// maxLog is how long the log may be when it begins anew, in bytes: twice what is
// written between two checkpoints. To make it short each time would have every commit
// lengthen it, which takes the disk longer than to write over what is there.
const maxLog = 2 * (32 + checkpointEvery*(24+pageSize)) // with the heads of the log and of its frames

// prepareWriter keeps the log file when the last connection closes, emptied since it
// has a limit. To remove and make it again costs more than to write, and a reader on a
// read-only file system needs it.
func prepareWriter(ctx context.Context, c *conn) error {
	err := c.sql.Raw(func(driver any) error {
		_, err := driver.(sqlite.FileControl).FileControlPersistWAL("main", 1)
		return err
	})
	if err != nil {
		return err
	}
	c.memory = newMemory()
	return checkDurable(ctx, c)
}

// dataVersion is SQLite's own number of what the connection has seen of the database
// (SQLITE_FCNTL_DATA_VERSION).
func dataVersion(c *conn) (version uint32, err error) {
	err = c.sql.Raw(func(driver any) (err error) {
		version, err = driver.(sqlite.FileControl).FileControlDataVersion("main")
		return err
	})
	return version, err
}

// checkDurable reads back what keeps a committed transaction through a power
// cut: SQLite ignores what it cannot do.
func checkDurable(ctx context.Context, c *conn) error {
	for _, want := range []struct{ pragma, value string }{{"synchronous", "2"}, {"journal_mode", "wal"}, {"foreign_keys", "1"}} {
		var is string
		if err := c.sql.QueryRowContext(ctx, "PRAGMA "+want.pragma).Scan(&is); err != nil {
			return err
		}
		if is != want.value {
			return mfa.Errorf(mfa.Unavailable, "the store cannot be written durably here, nothing happened").
				WithHint("keep it on a local file system").WithCause(fmt.Errorf("%s is %s", want.pragma, is))
		}
	}
	return nil
}

// query1 runs a query for one number, once.
func query1(ctx context.Context, c *conn, query string) (n int64, err error) {
	err = c.sql.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// purgeSQLite empties the log, which still holds the pages a deleted secret
// stood on. Where somebody else reads, it is left to the next one.
func purgeSQLite(c *conn) {
	ctx := context.Background()
	_ = c.exec(ctx, "PRAGMA busy_timeout = 100")
	_ = c.exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}
