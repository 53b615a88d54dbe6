package store

import (
	"bytes"
	"context"
	"embed"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"

	"github.com/mfactl/mfactl/internal/mfa"
)

// schemaVersion is the newest migration this program knows.
const schemaVersion = 1

// versionTable is where goose keeps which migrations were applied.
const versionTable = "goose_db_version"

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Goose has no lock of its own on SQLite,
// so a lock file beside the store is held.
func (d *sqliteDialect) migrate(ctx context.Context) error {
	lock := flock.New(d.path+".lock", flock.SetPermissions(0o600))
	ok, err := lock.TryLockContext(ctx, 50*time.Millisecond)
	if err != nil || !ok {
		return mfa.Errorf(mfa.Unavailable, "the store is being migrated by another process").WithCause(err)
	}
	defer lock.Close() //nolint:errcheck // the process's end releases it too
	db, err := d.dial(url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}})
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the migration has committed
	db.SetMaxOpenConns(1)
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return mfa.Fault(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, sqliteTypes{files}, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return mfa.Fault(err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return d.explain(err)
	}
	return nil
}

// sqliteTypes reads migrations written in PostgreSQL's words as STRICT tables of
// SQLite.
type sqliteTypes struct{ fs.FS }

// Open implements fs.FS.
func (s sqliteTypes) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	defer f.Close() //nolint:errcheck // embedded
	b, err := fs.ReadFile(s.FS, name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	words := strings.NewReplacer(" BIGINT", " INTEGER", " BYTEA", " BLOB", " BOOLEAN", " INTEGER", "\n);", "\n) STRICT;")
	return &rewritten{Reader: bytes.NewReader([]byte(words.Replace(string(b)))), info: info}, nil
}

type rewritten struct {
	*bytes.Reader
	info fs.FileInfo
}

// Stat implements fs.File.
func (r *rewritten) Stat() (fs.FileInfo, error) { return r.info, nil }

// Close implements fs.File.
func (*rewritten) Close() error { return nil }
