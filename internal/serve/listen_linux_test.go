package serve

import (
	"errors"
	"net"
	"os"
	"path/filepath"
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
	place := Place{Flag: "--listen", At: "unix:" + path}
	if _, err := place.listen(t.Context()); !errors.Is(err, mfa.Conflict) {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}
