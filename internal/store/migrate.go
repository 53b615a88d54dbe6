package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database to the schema of this program. Goose has no lock
// of its own on SQLite: the caller holds the lock file.
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
	return err
}

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
// its own.
func toSQLite(ddl string) string {
	ddl = strings.ReplaceAll(ddl, ` COLLATE "C"`, "") // SQLite compares bytes anyway
	ddl = regexp.MustCompile(`\b(BIGINT|BOOLEAN|BYTEA)\b`).ReplaceAllStringFunc(ddl, func(word string) string {
		return map[string]string{"BIGINT": "INTEGER", "BOOLEAN": "INTEGER", "BYTEA": "BLOB"}[word]
	})
	return regexp.MustCompile(`(?m)^\);`).ReplaceAllString(ddl, ") STRICT;")
}
