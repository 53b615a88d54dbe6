package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/mfactl/mfactl/internal/mfa"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings a store that an older program made to the schema of this one,
// all of it in one transaction: whoever is killed on the way leaves the old
// schema or the new one. Of several at the same time one does it. With dry it
// only tells, and needs not be able to write.
//
// It answers as [Open] does, Damaged also for a newer schema, and Unavailable
// where the store cannot be written or somebody else is busy with it; nothing
// happened then.
func Migrate(ctx context.Context, location string, o Options, dry bool) (out mfa.Migrated, err error) {
	path, o, err := located(ctx, location, o)
	if err != nil {
		return out, err
	}
	f := sqliteFile{path: path, options: o}
	out = mfa.Migrated{Store: path, To: schemaVersion, DryRun: dry}
	if out.From, err = f.schema(ctx); err != nil || out.From == schemaVersion || dry {
		out.Changed = err == nil && out.From != schemaVersion
		return out, err
	}
	l, err := Acquire(ctx, path)
	if err != nil {
		return out, err
	}
	defer l.Release(true)
	if out.From, err = f.schema(ctx); err != nil || out.From == schemaVersion { // somebody else was faster
		return out, err
	}
	if err := f.upgrade(ctx); err != nil {
		return out, sqliteDialect(path, o).translate(err)
	}
	out.Changed = true
	return out, nil
}

// schema is the version of the schema that the file has. Damaged for a newer
// one.
func (f sqliteFile) schema(ctx context.Context) (version int, _ error) {
	c, err := f.reader(ctx, func(ctx context.Context, c *conn) (err error) {
		version, err = readSchema(ctx, c)
		return err
	})
	if err == nil {
		err = c.close()
	}
	if err != nil {
		return 0, sqliteDialect(f.path, f.options).translate(err)
	}
	if version > schemaVersion {
		return 0, f.judgeSchema(version)
	}
	return version, nil
}

// upgrade brings the file to the schema of this program and closes it: closing
// moves it all from the log into the file and onto the disk.
func (f sqliteFile) upgrade(ctx context.Context) error {
	connector, err := sqlite.NewConnector(f.writeDSN())
	if err != nil {
		return err
	}
	db := sql.OpenDB(wholeConnector{connector})
	db.SetMaxOpenConns(1)
	return errors.Join(wholly(ctx, db, migrate), db.Close())
}

// wholly runs f in one transaction of a database of one [wholeConnector].
func wholly(ctx context.Context, db *sql.DB, f func(context.Context, *sql.DB) error) error {
	if _, err := db.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		return err
	}
	err := f(ctx, db)
	if err == nil {
		_, err = db.ExecContext(context.WithoutCancel(ctx), "COMMIT")
	}
	if err != nil {
		_, _ = db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // closing does the same
	}
	return err
}

// migrate runs the migrations that were not run yet and marks the file. Goose
// has no lock of its own on SQLite: the caller holds the lock file.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sqliteFS{files}, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	for _, mark := range []string{
		"PRAGMA application_id = " + strconv.Itoa(applicationID),
		"PRAGMA user_version = " + strconv.Itoa(schemaVersion),
	} {
		if err == nil {
			_, err = db.ExecContext(ctx, mark)
		}
	}
	return err
}

// wholeConnector makes connections on which the transactions of goose, one for
// each file, are parts of one that is begun and ended by hand.
type wholeConnector struct{ driver.Connector }

// Connect implements [driver.Connector].
func (w wholeConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := w.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return wholeConn{c.(sqliteConn)}, nil
}

// sqliteConn is what of the driver's connection a migration uses.
type sqliteConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
}

type wholeConn struct{ sqliteConn }

// BeginTx implements [driver.ConnBeginTx]: the transaction has begun.
func (c wholeConn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return c, nil }

// Commit implements [driver.Tx]: it is only a part.
func (wholeConn) Commit() error { return nil }

// Rollback implements [driver.Tx]: after an error the whole is rolled back.
func (wholeConn) Rollback() error { return nil }

// sqliteFS shows files of PostgreSQL DDL in SQLite's words.
type sqliteFS struct{ fs.FS }

// Open implements [fs.FS].
func (s sqliteFS) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return &sqliteDDL{File: f, text: bytes.NewReader([]byte(toSQLite(string(text))))}, nil
}

// sqliteDDL is one rewritten file.
type sqliteDDL struct {
	fs.File
	text *bytes.Reader
}

// Read implements [fs.File].
func (f *sqliteDDL) Read(b []byte) (int, error) { return f.text.Read(b) }

// toSQLite rewrites types and makes tables STRICT. It knows the words the
// migrations use, as whole words in capitals, and a table's end in a line of
// its own. A remark there names the key in whose order the rows are kept, if they are.
func toSQLite(ddl string) string {
	ddl = strings.ReplaceAll(ddl, ` COLLATE "C"`, "") // SQLite compares bytes anyway
	ddl = regexp.MustCompile(`\b(BIGINT|BOOLEAN|BYTEA)\b`).ReplaceAllStringFunc(ddl, func(word string) string {
		return map[string]string{"BIGINT": "INTEGER", "BOOLEAN": "INTEGER", "BYTEA": "BLOB"}[word]
	})
	ddl = regexp.MustCompile(`(?m)^\); -- kept in the order of: [\w, ]+$`).ReplaceAllString(ddl, ") STRICT, WITHOUT ROWID;")
	return regexp.MustCompile(`(?m)^\);`).ReplaceAllString(ddl, ") STRICT;")
}
