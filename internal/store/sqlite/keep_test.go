package sqlite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// migrated migrates an old store, as a program does that knows no key.
func migrated(t *testing.T, path string) error {
	t.Helper()
	_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, false)
	return err
}

// schemaOf is the schema of which a store is.
func schemaOf(t *testing.T, path string) int {
	t.Helper()
	v, err := (file{path: path}).schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// content is what a file holds.
func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// keptOf lists what is left beside a store.
func keptOf(t *testing.T, path string) []string {
	t.Helper()
	kept, err := files.Kept(path)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// A process that is killed while it copies leaves a part under another name, and one that
// is killed later leaves the whole copy.
func TestAMigrationThatWasKilledAfterItsCopyBeganIsRepeated(t *testing.T) {
	done := write(t, oldStore(t))
	if err := migrated(t, done); err != nil {
		t.Fatal(err)
	}
	whole := content(t, done+".before-1")
	for name, left := range map[string]map[string][]byte{
		"a part":                       {".before-1.new": whole[:len(whole)/2], ".before-1.new-journal": []byte("x")},
		"the whole, not yet named":     {".before-1.new": whole},
		"the whole under both names":   {".before-1.new": whole, ".before-1": whole},
		"the whole, nothing migrated":  {".before-1": whole},
		"an empty file, not yet named": {".before-1.new": nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, oldStore(t))
			for suffix, b := range left {
				if err := os.WriteFile(path+suffix, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if kept := keptOf(t, path); len(kept) != len(left) {
				t.Errorf("doctor would name %q", kept)
			}
			if err := migrated(t, path); err != nil {
				t.Fatal(err)
			}
			if kept := keptOf(t, path); len(kept) != 1 || kept[0] != path+".before-1" || !bytes.Equal(content(t, kept[0]), whole) {
				t.Errorf("left: %q", kept)
			}
			if v := schemaOf(t, path); v != sqlstore.SchemaVersion {
				t.Errorf("schema %d", v)
			}
		})
	}
}

// What has the name of a copy may be all that is left of an older state.
func TestAMigrationReplacesNoFile(t *testing.T) {
	for name, c := range map[string]struct {
		put  func(path string) error
		want mfa.Code
	}{
		"another file":           {func(path string) error { return os.WriteFile(path, []byte("kept"), 0o600) }, mfa.Conflict},
		"an older state":         {func(path string) error { return os.WriteFile(path, oldStore(t)[:4096], 0o600) }, mfa.Conflict},
		"a directory":            {func(path string) error { return os.Mkdir(path, 0o700) }, mfa.Conflict},
		"a link to another file": {func(path string) error { return os.Symlink("/dev/null", path) }, mfa.Conflict},
		"a link to nothing":      {func(path string) error { return os.Symlink("nowhere", path) }, mfa.Conflict},
		"one that others read":   {func(path string) error { return os.WriteFile(path, oldStore(t)[:4096], 0o644) }, mfa.Conflict}, //nolint:gosec // what is tested
		"a longer one":           {func(path string) error { return os.WriteFile(path, append(oldStore(t), 0), 0o600) }, mfa.Conflict},
		"the store itself":       {func(path string) error { return os.Link(strings.TrimSuffix(path, ".before-1"), path) }, mfa.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, oldStore(t))
			if err := c.put(path + ".before-1"); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(path + ".before-1")
			for _, dry := range []bool{true, false} {
				_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, dry)
				e := mfatest.WantCode(t, err, c.want)
				if want := "move it away: mv -n " + path + ".before-1 " + path + ".before-1.old"; !strings.Contains(e.Error(), path+".before-1") || e.HintText() != want {
					t.Errorf("%v, hint %q", e, e.HintText())
				}
			}
			after, err := os.Lstat(path + ".before-1")
			if err != nil || !os.SameFile(before, after) || after.Size() != before.Size() {
				t.Errorf("it was replaced (%v)", err)
			}
			if v := schemaOf(t, path); v != 1 || len(keptOf(t, path)) != 1 {
				t.Errorf("schema %d, left: %q", v, keptOf(t, path))
			}
		})
	}
}

// refusing looks as if it could sign, and cannot.
func refusing(err error) sqlstore.Rewrite {
	return func(_ mfa.Tx, from, to int) error {
		if from == to {
			return nil
		}
		return err
	}
}

func TestADirectoryInTheWayOfACopyIsAnError(t *testing.T) {
	path := write(t, oldStore(t))
	if err := os.MkdirAll(path+".before-1.new/x", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, dry)
		e := mfatest.WantCode(t, err, mfa.Unavailable)
		if !strings.HasPrefix(e.HintText(), "move it away: mv -n "+path+".before-1.new ") {
			t.Errorf("%v, hint %q", e, e.HintText())
		}
	}
	if v := schemaOf(t, path); v != 1 {
		t.Errorf("schema %d", v)
	}
}

// A copy that was left is kept only if it is as private as the store.
func TestAWholeCopyThatOthersCanReadIsRefused(t *testing.T) {
	path, other := write(t, oldStore(t)), write(t, oldStore(t))
	if err := errors.Join(migrated(t, other), os.WriteFile(path+".before-1", content(t, other+".before-1"), 0o644)); err != nil { //nolint:gosec // what is tested
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing there")
	}
	e := mfatest.WantCode(t, migrated(t, path), mfa.Forbidden)
	if e.HintText() != "chmod 600 "+path+".before-1" {
		t.Errorf("%v, hint %q", e, e.HintText())
	}
}

// Not every file system has links.
func TestACopyGetsItsNameWithoutALink(t *testing.T) {
	dir, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close() //nolint:errcheck // only read
	refused := func(string, string) error { return &os.LinkError{Op: "link", Err: errors.ErrUnsupported} }
	put := func(name, text string) {
		if err := dir.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("part", "the copy")
	if err := giveName(dir, "part", "copy", refused); err != nil {
		t.Fatal(err)
	}
	put("part", "another")
	if err := giveName(dir, "part", "copy", refused); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if text, err := dir.ReadFile("copy"); err != nil || string(text) != "the copy" {
		t.Errorf("%q (%v)", text, err)
	}
	if err := giveName(dir, "missing", "free", refused); err == nil {
		t.Error("what is not there got a name")
	}
	if _, err := dir.Lstat("free"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the claim stays (%v)", err)
	}
}

func TestNoCopyIsLeftWhereNothingWasMigrated(t *testing.T) {
	path := write(t, oldStore(t))
	refused := mfa.Errorf(mfa.Damaged, "another key")
	_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, refusing(refused), false)
	if !errors.Is(err, refused) {
		t.Error(err)
	}
	if v := schemaOf(t, path); v != 1 || len(keptOf(t, path)) != 0 {
		t.Errorf("schema %d, left: %q", v, keptOf(t, path))
	}
	if _, err := (Driver{pragmas: []string{"max_page_count(42)"}}).Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, false); err == nil {
		t.Error("there was no room")
	}
	if kept := keptOf(t, path); len(kept) != 0 {
		t.Errorf("left: %q", kept)
	}
}

// The rows of a migration are changed in its transaction, from the schema that the store was of.
func TestAMigrationChangesRecordsInItsTransaction(t *testing.T) {
	path := write(t, oldStore(t))
	_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, func(tx mfa.Tx, from, to int) error {
		if from == to {
			return nil
		}
		return tx.SetMeta("migrated", strconv.Itoa(from)+" "+strconv.Itoa(to)+" "+tx.Now().Format("2006"))
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	mfatest.WantMeta(t, s, "migrated", "1 "+strconv.Itoa(sqlstore.SchemaVersion)+" "+now().Format("2006"))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A store that is reached through a link has its copy beside the file itself.
func TestACopyLiesBesideTheFileOfTheStore(t *testing.T) {
	path := write(t, oldStore(t))
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := migrated(t, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		if kept := keptOf(t, name); len(kept) != 1 || kept[0] != path+".before-1" {
			t.Errorf("of %s: %q", name, kept)
		}
	}
}
