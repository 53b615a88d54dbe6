package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// pageSize is what SQLite makes by default: every file of ours is a multiple.
const pageSize = 4096

// file is one SQLite database.
type file struct {
	path    string // absolute, links resolved
	options sqlstore.Options
	pragmas []string    // see [Driver]
	opened  os.FileInfo // which file that was
}

// connect opens the file for writing or for reading, see [file.dialect].
func (f file) connect(ctx context.Context, write bool) (*sqlstore.Conn, error) {
	if err := f.checkOpened(); err != nil {
		return nil, err
	}
	if write {
		return f.open(ctx, f.writeDSN(), f.checkSchema, prepareWriter)
	}
	return f.reader(ctx, f.checkSchema)
}

// check is what a new connection must pass.
type check func(context.Context, *sqlstore.Conn) error

// reader opens the file for reading. On a read-only file system there is no
// place for the shared index of the log; where there is no log either, the file
// cannot change and is read as it is.
func (f file) reader(ctx context.Context, checks ...check) (*sqlstore.Conn, error) {
	c, err := f.open(ctx, f.dsn(url.Values{"mode": {"ro"}}), checks...)
	if err != nil && isCode(err, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) && f.immutable() {
		return f.open(ctx, f.dsn(url.Values{"mode": {"ro"}, "immutable": {"1"}}), checks...)
	}
	return c, err
}

func (f file) open(ctx context.Context, dsn string, checks ...check) (*sqlstore.Conn, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.path, err)
	}
	c, err := sqlstore.NewConn(ctx, sql.OpenDB(connector))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.path, err)
	}
	for _, check := range checks {
		if err := check(ctx, c); err != nil {
			return nil, fmt.Errorf("open %s: %w", f.path, errors.Join(err, c.Close()))
		}
	}
	return c, nil
}

// checkOpened refuses a file that was moved, removed or replaced since it was opened: writes
// would be lost, reads would be stale, and the log beside it belongs to another file.
func (f file) checkOpened() error {
	if now, err := os.Stat(f.path); err != nil || !os.SameFile(now, f.opened) {
		return f.replaced(err)
	}
	return nil
}

func (f file) replaced(cause error) error {
	return mfa.Errorf(mfa.Unavailable, "%s is no longer the file that was opened, nothing happened", f.path).
		WithHint("put it back, or start again").WithCause(cause)
}

// dsn is a file: URL; only there SQLite reads mode, and only there a path may
// have any character.
func (f file) dsn(q url.Values) string {
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

func (f file) writeDSN() string {
	q := url.Values{
		"mode":          {"rw"},
		"_txlock":       {"immediate"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"1"},
		"_pragma": append(slices.Clone(f.pragmas),
			"secure_delete(1)",
			"temp_store(2)", // what a savepoint would bring back is in no file
			"wal_autocheckpoint("+strconv.Itoa(checkpointEvery)+")",
			"journal_size_limit("+strconv.Itoa(maxLog)+")",
		),
	}
	return f.dsn(q)
}

// checkpointEvery is after how many pages what stands in the log is moved into the file:
// four times as many as SQLite's own. A change writes a dozen pages, mostly the same ones
// as the change before, and each is moved once, so it is less work to wait for more.
const checkpointEvery = 4000

// maxLog is how long the log may be when it begins again, in bytes: twice what is
// written between two checkpoints. To make it short each time would have every commit
// lengthen it, which takes the disk longer than to write over what is there.
const maxLog = 2 * (32 + checkpointEvery*(24+pageSize)) // with the heads of the log and of its frames

// prepareWriter keeps the log file when the last connection closes, emptied since it
// has a limit. To remove and make it again costs more than to write, and a reader on a
// read-only file system needs it.
func prepareWriter(ctx context.Context, c *sqlstore.Conn) error {
	err := c.SQL.Raw(func(driver any) error {
		_, err := driver.(sqlite.FileControl).FileControlPersistWAL("main", 1)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the log file: %w", err)
	}
	c.Remember()
	return checkDurable(ctx, c)
}

// checkDurable reads back what keeps a committed transaction through a power
// cut: SQLite ignores what it cannot do.
func checkDurable(ctx context.Context, c *sqlstore.Conn) error {
	for _, want := range []struct{ pragma, value string }{{"synchronous", "2"}, {"journal_mode", "wal"}, {"foreign_keys", "1"}} {
		var is string
		if err := c.SQL.QueryRowContext(ctx, "PRAGMA "+want.pragma).Scan(&is); err != nil {
			return fmt.Errorf("read %s: %w", want.pragma, err)
		}
		if is != want.value {
			return mfa.Errorf(mfa.Unavailable, "the store cannot be written durably here, nothing happened").
				WithHint("keep it on a local file system").WithCause(fmt.Errorf("%s is %s", want.pragma, is))
		}
	}
	return nil
}
