package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/mfactl/mfactl/internal/mfa"
)

// sqliteDialect is a store in one SQLite file.
type sqliteDialect struct {
	path string
	busy time.Duration
}

// busyHint marks what another process held and nothing happened.
const busyHint = "another process holds the store; try again"

func newSQLite(location string, o Options) (*sqliteDialect, error) {
	path := strings.TrimPrefix(location, "sqlite://")
	if path == "" || strings.ContainsRune(path, 0) {
		return nil, mfa.Bad("store", "not a path")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, mfa.Bad("store", "not a path").WithCause(err)
	}
	busy := o.Busy
	if busy == 0 {
		busy = 5 * time.Second
	}
	return &sqliteDialect{path: abs, busy: busy}, nil
}

// exists refuses what is not there, is no file, or is not private (OWASP ASVS
// 13.3.2).
func (d *sqliteDialect) exists() error {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return mfa.Errorf(mfa.Unavailable, "there is no store at %s", d.path).WithHint("mfactl init").WithCause(err)
	case errors.Is(err, fs.ErrPermission):
		return mfa.Errorf(mfa.Forbidden, "the store at %s may not be opened", d.path).WithCause(err)
	case err != nil:
		return mfa.Errorf(mfa.Unavailable, "the store at %s cannot be opened", d.path).WithCause(err)
	case !info.Mode().IsRegular():
		return mfa.Errorf(mfa.Damaged, "the store at %s is no file", d.path)
	case info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/':
		return mfa.Errorf(mfa.Forbidden, "others may read the store: %s has mode %04o", d.path, info.Mode().Perm()).
			WithHint("chmod 600 %s", d.path)
	}
	return nil
}

// create makes the file 0600 before SQLite sees it, and removes it again if the
// schema cannot be made.
func (d *sqliteDialect) create(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(d.path), 0o700); err != nil {
		return d.cannotCreate(err)
	}
	f, err := os.OpenFile(d.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return d.cannotCreate(err)
	}
	err = f.Close()
	if err == nil {
		err = d.migrate(ctx)
	}
	if err != nil {
		for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
			_ = os.Remove(d.path + suffix)
		}
	}
	return err
}

func (d *sqliteDialect) cannotCreate(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return mfa.Errorf(mfa.Conflict, "there is a file already: %s", d.path).
			WithHint("mfactl login, or choose another --store").WithCause(err)
	case errors.Is(err, fs.ErrPermission):
		return mfa.Errorf(mfa.Forbidden, "the store may not be made: %s", d.path).WithCause(err)
	default:
		return mfa.Errorf(mfa.Unavailable, "the store cannot be made: %s", d.path).WithCause(err)
	}
}

func (d *sqliteDialect) openWrite(ctx context.Context) (*sql.DB, error) {
	if !writable(d.path) {
		return nil, mfa.Errorf(mfa.Unavailable, "the store is read-only: %s", d.path)
	}
	db, err := d.connect(ctx, url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	var mode string
	var level int
	err = db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode)
	if err == nil {
		err = db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level)
	}
	if err != nil {
		_ = db.Close()
		return nil, d.explain(err)
	}
	if mode != "wal" || level != 2 {
		_ = db.Close()
		return nil, mfa.Errorf(mfa.Unavailable, "the store cannot promise that what it answers stays").
			WithHint("keep it on a local file system")
	}
	return db, nil
}

// openRead opens the file as it is; on a read-only file system, where SQLite
// could not keep its shared memory, as one that cannot change.
func (d *sqliteDialect) openRead(ctx context.Context) (*sql.DB, error) {
	q := url.Values{"mode": {"rw"}, "_query_only": {"1"}}
	if !writable(d.path) || !writable(filepath.Dir(d.path)) {
		q.Set("mode", "ro")
		if info, err := os.Stat(d.path + "-wal"); err != nil || info.Size() == 0 {
			q.Set("immutable", "1")
		}
	}
	return d.connect(ctx, q)
}

// connect opens a handle and sees that the schema is the one this program
// knows.
func (d *sqliteDialect) connect(ctx context.Context, q url.Values) (*sql.DB, error) {
	db, err := d.dial(q)
	if err != nil {
		return nil, err
	}
	var version int64
	err = db.QueryRowContext(ctx, "SELECT max(version_id) FROM "+versionTable).Scan(&version)
	if err == nil && version == schemaVersion {
		return db, nil
	}
	_ = db.Close()
	switch {
	case err == nil && version > schemaVersion:
		return nil, mfa.Errorf(mfa.Damaged, "the store was made by a newer mfactl").WithHint("update mfactl")
	case err == nil:
		return nil, mfa.Errorf(mfa.Damaged, "the store was made by an older mfactl").WithHint("mfactl store migrate")
	}
	told := mfa.AsError(d.explain(err))
	if told.Code == mfa.Internal {
		return nil, mfa.Errorf(mfa.Damaged, "not a store of ours: %s", d.path).WithCause(err)
	}
	return nil, told
}

func (d *sqliteDialect) dial(q url.Values) (*sql.DB, error) {
	q.Set("_busy_timeout", strconv.FormatInt(d.busy.Milliseconds(), 10))
	q.Set("_foreign_keys", "1")
	q.Set("_dqs", "0")
	q.Set("_defensive", "1")
	q["_pragma"] = []string{"trusted_schema(0)", "cell_size_check(1)", "secure_delete(1)"}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(d.path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, d.explain(err)
	}
	return db, nil
}

// holdRow is nothing: an immediate transaction holds the whole file.
func (*sqliteDialect) holdRow() string { return "" }

// explain implements dialect. Extended result codes carry the primary one in
// their low byte.
func (d *sqliteDialect) explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return mfa.AsError(err)
	}
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return mfa.Errorf(mfa.Conflict, "it exists already").WithCause(err)
	}
	unavailable := func(why string) error {
		return mfa.Errorf(mfa.Unavailable, "%s: %s", why, d.path).WithCause(err)
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return mfa.Errorf(mfa.Unavailable, "the store is busy, nothing changed").WithHint(busyHint).WithCause(err)
	case lib.SQLITE_FULL:
		return unavailable("the disk is full, nothing changed")
	case lib.SQLITE_READONLY:
		return unavailable("the store is read-only")
	case lib.SQLITE_CANTOPEN:
		return unavailable("the store cannot be opened")
	case lib.SQLITE_IOERR:
		return unavailable("the disk cannot be read or written, nothing changed")
	case lib.SQLITE_INTERRUPT:
		return mfa.AsError(context.Canceled)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return mfa.Errorf(mfa.Damaged, "the store cannot be read: %s", d.path).
			WithHint("restore it from a backup").WithCause(err)
	}
	return mfa.Fault(err)
}
