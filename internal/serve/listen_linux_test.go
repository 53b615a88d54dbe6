package serve

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A server that has too much to do is a living one.
func TestABusyServersSocketIsNotTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		err = errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	for { // until nobody more can wait there
		c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", path)
		if err != nil {
			break
		}
		defer func() { _ = c.Close() }()
	}
	place := Address{Flag: "--listen", At: "unix:" + path}
	if _, err := place.listen(t.Context()); !errors.Is(err, mfa.Conflict) {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

// A directory without write permission is an error of permission, not a conflict with
// another server.
func TestAPlaceThatMayNotBeOpenedIsForbidden(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o555)); err != nil { //nolint:gosec // everybody may enter
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // root ignores file modes, so this thread takes another fsuid
		const other = 65534
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(other); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	for _, at := range []string{"s", "new/s", "new/er/s"} {
		_ = refusal(t, "unix:"+filepath.Join(dir, at), mfa.Forbidden)
	}
}
