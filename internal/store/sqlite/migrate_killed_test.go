package sqlite

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// old is a store of an older schema, under its key.
type old struct {
	schema int
	events int
	keys   *seal.Keyring
}

// newOld reads the key of the store of a schema.
func newOld(t *testing.T, schema, events int) old {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "schema"+strconv.Itoa(schema), "key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ReadKeyFile(write(t, b))
	if err != nil {
		t.Fatal(err)
	}
	return old{schema, events, keys}
}

// rewrite signs again what the migration changes.
func (o old) rewrite(tx mfa.Tx, from, to int) error {
	return engine.Migration(o.keys).Sign(tx, from, to)
}

// migrate migrates a store and fails unless every record verifies then.
func (o old) migrate(t *testing.T, path string) {
	t.Helper()
	if _, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, o.rewrite, false); err != nil {
		t.Fatal("it cannot be migrated after that", err)
	}
	s, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	out, err := engine.New(s, o.keys, engine.Options{}).Examine(t.Context(), func(int64) {})
	if err != nil || out.Found != 0 {
		t.Fatalf("%+v (%v)", out, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed leaves what it had written by then: a part of the log
// and, once the log is whole, a part of the pages that are moved into the file.
func TestAMigrationThatIsKilledAtAnyWriteLeavesTheOldSchemaOrTheNew(t *testing.T) {
	for _, o := range []old{newOld(t, 1, 10), newOld(t, 5, 43)} {
		t.Run("schema "+strconv.Itoa(o.schema), func(t *testing.T) { killed(t, o) })
	}
}

func killed(t *testing.T, o old) {
	file := storeOf(t, o.schema)
	log, moved := o.migrationWrites(t, file)
	seen := map[int]int{}
	try := func(content, log []byte) {
		t.Helper()
		path := write(t, content)
		if err := os.WriteFile(path+"-wal", log, 0o600); err != nil {
			t.Fatal(err)
		}
		seen[o.wholeSchema(t, path)]++
		o.migrate(t, path)
	}
	const frame = 24 + pageSize
	for end := 32; end <= len(log); end += frame {
		try(file, log[:end])
		try(file, log[:min(len(log), end+frame/2)])
	}
	for page := range len(moved) / pageSize {
		part := append(bytes.Clone(moved[:page*pageSize]), file[min(len(file), page*pageSize):]...)
		try(part, log)
	}
	if seen[o.schema] == 0 || seen[sqlstore.SchemaVersion] == 0 || seen[o.schema]+seen[sqlstore.SchemaVersion] < 20 || len(seen) != 2 {
		t.Errorf("schemas seen: %v", seen)
	}
}

// migrationWrites migrates a store and returns the log it wrote, whole, and the
// file after the log was moved into it.
func (o old) migrationWrites(t *testing.T, before []byte) (log, moved []byte) {
	t.Helper()
	path := write(t, before)
	m, err := file{path: path, options: sqlstore.Options{Clock: now}}.migration()
	if err != nil {
		t.Fatal(err)
	}
	m.Rewrite = func(tx mfa.Tx) error { return o.rewrite(tx, o.schema, sqlstore.SchemaVersion) }
	db := m.Open()
	if err := m.Run(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if log, err = os.ReadFile(path + "-wal"); err != nil || len(log) == 0 {
		t.Fatal("no log", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if moved, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if v := binary.BigEndian.Uint32(moved[60:]); v != sqlstore.SchemaVersion {
		t.Fatalf("the file is of schema %d", v)
	}
	return log, moved
}

// wholeSchema returns the schema of a store and fails unless both marks agree,
// the tables and the words are those of that schema, and no row is lost.
func (o old) wholeSchema(t *testing.T, path string) int {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	var mark, version, events, approvals, requests, enrolling int
	var sound string
	err = db.QueryRowContext(t.Context(), `SELECT (SELECT user_version FROM pragma_user_version),
		(SELECT MAX(version_id) FROM goose_db_version), (SELECT COUNT(*) FROM events),
		(SELECT COUNT(*) FROM sqlite_schema WHERE name = 'approvals'),
		(SELECT COUNT(*) FROM sqlite_schema WHERE name = 'requests'),
		(SELECT COUNT(*) FROM sessions WHERE level = 'enrol'),
		(SELECT integrity_check FROM pragma_integrity_check)`).Scan(&mark, &version, &events, &approvals, &requests, &enrolling, &sound)
	if err != nil {
		t.Fatal(err)
	}
	if mark != version || events != o.events || sound != "ok" {
		t.Fatalf("marks %d and %d, %d events, %s", mark, version, events, sound)
	}
	if (approvals == 1) != (version >= 2 && version < 6) || (requests == 1) != (version >= 6) || (enrolling == 1) != (version == 5) {
		t.Fatalf("schema %d, tables of requests %d and %d, %d sessions that can only enroll", version, approvals, requests, enrolling)
	}
	return version
}

// A disk that is full at any page leaves the old store, and no copy.
func TestAMigrationThatFindsNoRoomForAnyPageChangesNothing(t *testing.T) {
	o := newOld(t, 1, 0)
	path := write(t, storeOf(t, 1))
	pages := len(storeOf(t, 1)) / pageSize
	failed := 0
	for ; ; pages++ {
		d := Driver{pragmas: []string{"max_page_count(" + strconv.Itoa(pages) + ")"}}
		_, err := d.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, o.rewrite, false)
		if err == nil {
			break
		}
		failed++
		mfatest.WantCode(t, err, mfa.Unavailable)
		if v := schemaOf(t, path); v != 1 || len(keptOf(t, path)) != 0 {
			t.Fatalf("at %d pages: schema %d, left: %q", pages, v, keptOf(t, path))
		}
	}
	if failed == 0 {
		t.Error("it never failed")
	}
	o.migrate(t, path)
}
