//go:build unix

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// filesEndAt lets this process write no file beyond a size, and returns what ends that.
func filesEndAt(t *testing.T, size int) (lift func()) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	now := was
	now.Cur = uint64(size) //nolint:gosec // a size is positive
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &now); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}
}

// Wherever the disk is full, there is the old store and no copy, and the error says so.
func TestACopyThatFindsNoRoomForAnyPageLeavesTheStore(t *testing.T) {
	if alone := "MFACTL_TEST_ALONE"; os.Getenv(alone) == "" { // go test writes a file as well
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$") //nolint:gosec // the test binary itself
		cmd.Env = append(os.Environ(), alone+"=1")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, said)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	before := oldStore(t)
	path := write(t, before)
	copied := false
	for size := 0; size < 4*len(before); size += pageSize {
		lift := filesEndAt(t, size+pageSize/2)
		err := migrated(t, path)
		lift()
		if err == nil {
			break
		}
		e := mfatest.WantCode(t, err, mfa.Unavailable)
		if v := schemaOf(t, path); v != 1 || len(keptOf(t, path)) != 0 {
			t.Fatalf("at %d bytes: schema %d, left: %q", size, v, keptOf(t, path))
		}
		if strings.Contains(e.Error(), "there is no room for "+path+".before-1") && e.HintText() == "make room, then migrate again" {
			copied = true
		}
	}
	if !copied {
		t.Error("no error named the copy")
	}
	if err := migrated(t, path); err != nil {
		t.Error("with room again", err)
	}
}

// swapping is a database whose pages are read after another user has changed the directory.
type swapping struct {
	querier
	swap func() error
}

// QueryContext implements [querier].
func (s swapping) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := s.swap(); err != nil {
		return nil, err
	}
	return s.querier.QueryContext(ctx, query, args...)
}

// The owner of the directory cannot have root write anywhere else.
func TestACopyFollowsNothingThatIsSwappedMeanwhile(t *testing.T) {
	for name, swap := range map[string]func(path, elsewhere string) error{
		"its part for a link": func(path, elsewhere string) error {
			part := path + ".before-1.new"
			return errors.Join(os.Remove(part), os.Symlink(filepath.Join(elsewhere, "planted"), part))
		},
		"its part for a file": func(path, _ string) error {
			part := path + ".before-1.new"
			return errors.Join(os.Remove(part), os.WriteFile(part, []byte("planted"), 0o600))
		},
		"the directory for a link": func(path, elsewhere string) error {
			dir := filepath.Dir(path)
			return errors.Join(os.Rename(dir, dir+".moved"), os.Symlink(elsewhere, dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, elsewhere := filepath.Join(t.TempDir(), "dir", "s.db"), t.TempDir()
			if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, oldStore(t), 0o600)); err != nil {
				t.Fatal(err)
			}
			f, err := files.locate(t.Context(), path, sqlstore.Options{Clock: now})
			if err != nil {
				t.Fatal(err)
			}
			k, err := f.keeper()
			if err != nil {
				t.Fatal(err)
			}
			c, err := f.reader(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			undo, err := k.keep(t.Context(), swapping{c.SQL, func() error { return swap(path, elsewhere) }}, k.copyPath(1), false)
			undo()
			if name != "the directory for a link" {
				mfatest.WantCode(t, err, mfa.Unavailable)
			}
			if there, err := os.ReadDir(elsewhere); err != nil || len(there) != 0 {
				t.Errorf("elsewhere is %v (%v)", there, err)
			}
			if err := errors.Join(c.Close(), k.dir.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// What the user may not do is said, also by a dry run.
func TestAMigrationThatMayMakeNoFileSaysWhere(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may do everything")
	}
	path := write(t, oldStore(t))
	refused := func(dry bool, hint string) {
		t.Helper()
		_, err := files.Migrate(t.Context(), path, sqlstore.Options{Clock: now}, nil, dry)
		if e := mfatest.WantCode(t, err, mfa.Forbidden); !strings.HasSuffix(e.HintText(), hint) {
			t.Errorf("%v, hint %q", e, e.HintText())
		}
	}
	if err := os.WriteFile(path+".lock", nil, 0); err != nil { // as one of another user
		t.Fatal(err)
	}
	refused(false, "rm -f "+path+".lock")
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil { //nolint:gosec // a directory
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) }) //nolint:gosec // as above
	refused(true, "chmod u+w "+filepath.Dir(path))
	refused(false, "chmod u+w "+filepath.Dir(path))
}

// Root may migrate the store of another user, who can use all of it afterwards.
func TestWhatRootMakesBelongsToTheOwnerOfTheStore(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	const owner = 12345
	path := write(t, oldStore(t))
	if err := os.Chown(path, owner, owner); err != nil {
		t.Fatal(err)
	}
	if err := migrated(t, path); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + ".lock", path + ".before-1"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if of := info.Sys().(*syscall.Stat_t); of.Uid != owner || info.Mode().Perm() != 0o600 {
			t.Errorf("%s belongs to %d, mode %v", name, of.Uid, info.Mode())
		}
	}
}
