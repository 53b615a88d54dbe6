package sqlite

import (
	"bytes"
	"io"
	"io/fs"
	"regexp"
	"strings"
)

// ddlFS shows files of PostgreSQL DDL in SQLite's words.
type ddlFS struct{ fs.FS }

// Open implements [fs.FS].
func (s ddlFS) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return &ddlFile{File: f, text: bytes.NewReader([]byte(toSQLite(string(text))))}, nil
}

// ddlFile is one rewritten file.
type ddlFile struct {
	fs.File
	text *bytes.Reader
}

// Read implements [fs.File].
func (f *ddlFile) Read(b []byte) (int, error) { return f.text.Read(b) }

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
