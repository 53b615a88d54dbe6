//go:build unix

package sqlite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "dir")
	defer unix.Umask(unix.Umask(0)) // the process's: no test may run beside
	s, err := createAt(t.Context(), filepath.Join(dir, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := mfatest.SetMeta(t.Context(), s, "m", "1"); err != nil {
		t.Fatal(err)
	}
	mfatest.WantMeta(t, s, "m", "1")
	seen := 0
	err = filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		seen++
		return err
	})
	if want := 6; seen != want || err != nil { // deep, dir, x.db, -wal, -shm, .lock
		t.Errorf("saw %d files, want %d (%v)", seen, want, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAStoreThatOthersCanReadIsRefused(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o610, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		e := mfatest.WantCode(t, use(t, path), mfa.Forbidden)
		if e.HintText() != "chmod 600 "+path {
			t.Errorf("%v: hint %q", mode, e.HintText())
		}
	}
}

// otherUID is a user whom permissions bind, for tests that root runs.
const otherUID = 65534

// asOtherUser runs the test binary on a store as a user whom permissions bind,
// and returns what it prints.
func asOtherUser(t *testing.T, path string) string {
	t.Helper()
	cmd := process(t, "read only", path)
	if os.Geteuid() == 0 {
		cmd.Path = publicCopy(t, os.Args[0])
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: otherUID, Gid: otherUID}}
	}
	out, err := cmd.Output()
	if failed, is := errors.AsType[*exec.ExitError](err); is && failed.ExitCode() != 1 {
		t.Fatalf("it broke off: %s", failed.Stderr)
	} else if err != nil && !is {
		t.Fatal(err)
	}
	return string(out)
}

// publicDir makes a directory that everybody can enter; t.TempDir does not.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mfactl-test-*") //nolint:usetesting // others must get in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(dir, "d"), 0o700) //nolint:gosec // so that it can be removed
		_ = os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // public on purpose
		t.Fatal(err)
	}
	return dir
}

func publicCopy(t *testing.T, path string) string {
	t.Helper()
	name := filepath.Join(publicDir(t), "test")
	in, err := os.Open(path) //nolint:gosec // the test binary
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755) //nolint:gosec // public on purpose
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPermissions(t *testing.T) {
	tests := []struct {
		name      string
		file, dir os.FileMode
		drop      []string // of -wal and -shm
		foreign   bool     // leave the file to root
		want      string   // empty: it can be read and not written
	}{
		{"a read-only file", 0o400, 0o700, nil, false, ""},
		{"a read-only directory with the log", 0o600, 0o500, nil, false, "written"},
		{"a read-only file and directory", 0o400, 0o500, nil, false, ""},
		{"without the log", 0o400, 0o500, []string{"-wal", "-shm"}, false, ""},
		{"with an empty log but no index", 0o400, 0o500, []string{"-shm"}, false, ""},
		{"an unreadable file", 0o200, 0o700, nil, false, "may not be opened"},
		{"a directory that may not be entered", 0o600, 0o000, nil, false, "may not be opened"},
		{"a file of another user", 0o600, 0o755, nil, true, "belongs to another user"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.foreign && os.Geteuid() != 0 {
				t.Skip("only root can make a file of another user")
			}
			dir := filepath.Join(publicDir(t), "d")
			path := filepath.Join(dir, "x.db")
			s, err := createAt(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if err := mfatest.SetMeta(t.Context(), s, "m", "1"); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			for _, suffix := range tt.drop {
				if err := os.Remove(path + suffix); err != nil {
					t.Fatal(err)
				}
			}
			if os.Geteuid() == 0 && !tt.foreign {
				giveAway(t, dir)
			}
			// The file comes first, since its directory cannot be entered afterwards.
			if err := errors.Join(os.Chmod(path, tt.file), os.Chmod(dir, tt.dir)); err != nil {
				t.Fatal(err)
			}
			if got := asOtherUser(t, path); (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("it says %q, want %q", got, tt.want)
			}
		})
	}
}

// giveAway makes everything in a directory another user's.
func giveAway(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, otherUID, otherUID) //nolint:gosec // no other user is there
	})
	if err != nil {
		t.Fatal(err)
	}
}
