//go:build unix

package seal_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

func TestAKeyFileOpenToOthersIsRefused(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o660, 0o777} {
		path, _ := keyFile(t)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := seal.ReadKeyFile(path)
		wantCode(t, err, mfa.Forbidden)
		if hint := mfa.AsError(err).HintText(); hint != "chmod 600 "+path {
			t.Errorf("%04o: hint %q", mode, hint)
		}
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		path, _ := keyFile(t)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.ReadKeyFile(path); err != nil {
			t.Errorf("%04o: %v", mode, err)
		}
	}
}

func TestASymlinkToAnOpenKeyFileIsRefused(t *testing.T) {
	path, _ := keyFile(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil { //nolint:gosec // too open on purpose
		t.Fatal(err)
	}
	_, err := seal.ReadKeyFile(link)
	wantCode(t, err, mfa.Forbidden)
}

func TestTheHintCanBePasted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it's a key; rm")
	if err := seal.CreateKeyFile(path, seal.New()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // too open on purpose
		t.Fatal(err)
	}
	_, err := seal.ReadKeyFile(path)
	if hint := mfa.AsError(err).HintText(); !strings.HasSuffix(hint, `/it'\''s a key; rm'`) {
		t.Errorf("hint %q", hint)
	}
}

func TestRootMayUseEverybodysKeyFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path, _ := keyFile(t)
	if err := os.Chown(path, 65534, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.ReadKeyFile(path); err != nil {
		t.Error(err)
	}
}

func TestModesDoNotDependOnTheUmask(t *testing.T) {
	dir := t.TempDir() // before the umask is changed
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
	path := filepath.Join(dir, "a", "b", "store.key")
	if err := seal.CreateKeyFile(path, seal.New()); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]os.FileMode{
		path: 0o600, filepath.Join(dir, "a", "b"): 0o700, filepath.Join(dir, "a"): 0o700,
	} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", p, got, want)
		}
	}
}

func TestAPipeIsRefusedAndNotWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := seal.ReadKeyFile(path)
		done <- err
	}()
	select {
	case err := <-done:
		wantCode(t, err, mfa.Damaged)
	case <-time.After(10 * time.Second):
		t.Fatal("waits for a writer")
	}
}

func TestADirectoryThatMayNotBeWrittenIsForbidden(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil { //nolint:gosec // a directory needs the execute bit
		t.Fatal(err)
	}
	wantCode(t, seal.CreateKeyFile(filepath.Join(dir, "store.key"), seal.New()), mfa.Forbidden)
	wantCode(t, seal.CreateKeyFile(filepath.Join(dir, "a", "store.key"), seal.New()), mfa.Forbidden)
}
