package sqlite

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// oldStore is the bytes of a store that the program of schema 1 made.
func oldStore(t *testing.T) []byte { return storeOf(t, 1) }

// storeOf is the bytes of a store that the program of a schema made.
func storeOf(t *testing.T, schema int) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "testdata", "schema"+strconv.Itoa(schema), "store.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// write makes a private file in a new directory.
func write(t *testing.T, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnOlderStoreIsRefusedUntilItIsMigrated(t *testing.T) {
	path := write(t, oldStore(t))
	e := mfatest.WantCode(t, use(t, path), mfa.Damaged)
	if e.Error() != path+" was made by an older mfactl" || e.HintText() != "mfactl store migrate" {
		t.Errorf("%q, hint %q", e.Error(), e.HintText())
	}
	out, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, false)
	if want := (mfa.Migrated{Store: path, From: 1, To: sqlstore.SchemaVersion, Changed: true, Copy: path + ".before-1", GoBack: goBack(path)}); err != nil || out != want {
		t.Fatalf("%+v (%v)", out, err)
	}
	if err := use(t, path); err != nil {
		t.Error(err)
	}
	if got, want := tables(t, path), tables(t, fresh(t)); got != want {
		t.Errorf("a migrated store has the tables\n%s\na new one\n%s", got, want)
	}
	again, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, false)
	if err != nil || again.Changed {
		t.Errorf("a second time: %+v (%v)", again, err)
	}
}

// goBack is the command that puts the copy of an old store back.
func goBack(path string) string {
	return "rm -f " + path + "-wal " + path + "-shm && mv " + path + ".before-1 " + path
}

func TestADryRunOfAMigrationChangesNothing(t *testing.T) {
	before := oldStore(t)
	path := write(t, before)
	out, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, true)
	if want := (mfa.Migrated{Store: path, From: 1, To: sqlstore.SchemaVersion, Changed: true, DryRun: true, Copy: path + ".before-1", GoBack: goBack(path)}); err != nil || out != want {
		t.Errorf("%+v (%v)", out, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed (%v)", err)
	}
	if _, err := os.Stat(path + ".lock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was locked (%v)", err)
	}
}

func TestOfManyMigrationsOneIsDone(t *testing.T) {
	path := write(t, oldStore(t))
	var all sync.WaitGroup
	did := make(chan bool, 8)
	for range cap(did) {
		all.Go(func() {
			out, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, false)
			if err != nil {
				t.Error(err)
			}
			did <- out.Changed
		})
	}
	all.Wait()
	close(did)
	changed := 0
	for one := range did {
		if one {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d of 8 changed the schema", changed)
	}
	if err := use(t, path); err != nil {
		t.Error(err)
	}
}

// A server of the older version would go on writing in its own way.
func TestAStoreThatAnotherProcessHasOpenIsNotMigrated(t *testing.T) {
	path := write(t, oldStore(t))
	alter(t, path, "PRAGMA journal_mode = WAL")
	_, release := held(t, "idle", path)
	_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now, BusyTimeout: 20 * time.Millisecond}, nil, false)
	e := mfatest.WantCode(t, err, mfa.Unavailable)
	if e.Error() != path+" is in use, nothing changed" || !strings.HasPrefix(e.HintText(), "stop mfactl serve and every other mfactl") {
		t.Errorf("%v, hint %q", e, e.HintText())
	}
	if v := schemaOf(t, path); v != 1 || len(keptOf(t, path)) != 0 {
		t.Errorf("schema %d, left: %q", v, keptOf(t, path))
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := migrated(t, path); err != nil {
		t.Error("when it has ended", err)
	}
}

func TestAStoreOfANewerSchemaIsNotMigrated(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	alter(t, path, "PRAGMA user_version = 99")
	for _, dry := range []bool{true, false} {
		_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, dry)
		mfatest.WantCode(t, err, mfa.Damaged)
	}
}

func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	path := write(t, oldStore(t))
	_, err := Driver{pragmas: []string{"max_page_count(42)"}}.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, false)
	mfatest.WantCode(t, err, mfa.Unavailable)
	if v, err := (file{path: path}).schema(t.Context()); v != 1 || err != nil {
		t.Errorf("schema %d (%v)", v, err)
	}
	if _, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, false); err != nil {
		t.Error("with room again", err)
	}
}

// fresh makes a new store of this program's schema.
func fresh(t *testing.T) string {
	t.Helper()
	s, path := create(t, sqlstore.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// tables lists every column and index of a store.
func tables(t *testing.T, path string) (list string) {
	t.Helper()
	c, err := file{path: path}.reader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // only read
	err = c.SQL.QueryRowContext(t.Context(), `SELECT group_concat(line, char(10)) FROM (
		SELECT m.name || '.' || i.name || ' ' || i.type || ' ' || i."notnull" AS line
		FROM sqlite_schema m JOIN pragma_table_info(m.name) i ORDER BY 1)`).Scan(&list)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A store that another version migrates while it is open says so.
func TestAnOpenStoreKnowsThatItsSchemaHasChanged(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	if err := s.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	alter(t, path, "PRAGMA user_version = "+strconv.Itoa(sqlstore.SchemaVersion+1))
	if err := s.Current(t.Context()); !errors.Is(err, mfa.Damaged) {
		t.Errorf("a newer one: %v", err)
	}
}

// A process that has a store open when another version migrates it writes nothing of the older
// form, and says what to do: a backup would not help.
func TestAnOpenStoreIsUsedNoMoreAfterItsMigration(t *testing.T) {
	for name, use := range map[string]func(*sqlstore.Store) error{
		"a writer": func(s *sqlstore.Store) error { return mfatest.SetMeta(t.Context(), s, "n", "2") },
		"a reader": func(s *sqlstore.Store) error {
			return s.View(t.Context(), func(r mfa.Reader) error {
				_, err := r.User("u1")
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := create(t, sqlstore.Options{Readers: 1})
			if err := errors.Join(mfatest.SetMeta(t.Context(), s, "n", "1"), use(s)); err != nil && !errors.Is(err, mfa.NotFound) {
				t.Fatal(err)
			}
			alter(t, path, "ALTER TABLE users RENAME TO people", "PRAGMA user_version = 99")
			e := mfatest.WantCode(t, use(s), mfa.Damaged)
			if !strings.Contains(e.Error(), "schema 99") || !strings.Contains(e.HintText(), "restart a server with that version") {
				t.Errorf("%v, hint %q", e, e.HintText())
			}
		})
	}
}

// A migration that finds another one at work waits for its end, however long that takes.
func TestAMigrationWaitsForAnother(t *testing.T) {
	path := write(t, oldStore(t))
	impatient := sqlstore.Options{Clock: now, BusyTimeout: time.Millisecond}
	second := make(chan error, 1)
	_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, func(_ mfa.Tx, from, to int) error {
		if from == to {
			return nil
		}
		_, err := files.Migrate(t.Context(), path, impatient, nil, true)
		mfatest.WantCode(t, err, mfa.Unavailable)
		go func() {
			out, err := files.Migrate(t.Context(), path, impatient, nil, false)
			if out.Changed {
				err = errors.New("it was migrated twice")
			}
			second <- err
		}()
		return nil
	}, false)
	if err := errors.Join(err, <-second); err != nil {
		t.Error(err)
	}
}
