package serve

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// The server notifies the service manager that it serves, for as long as it asks for that
// that it lives, and that it is about to end.
func TestTheServiceManagerIsToldOfBeginningLifeAndEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = manager.Close() }()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "2000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	_ = manager.SetReadDeadline(time.Now().Add(20 * time.Second)) // so that a failure does not hang
	hear := func(want string) {
		t.Helper()
		for word := make([]byte, 64); ; { // servers of other tests may still be ending
			n, err := manager.Read(word)
			if err != nil {
				t.Fatalf("no %s: %v", want, err)
			}
			if string(word[:n]) == want {
				return
			}
		}
	}
	r := start(t, hello(), nil)
	hear("READY=1")
	for range 3 {
		hear("WATCHDOG=1")
	}
	r.stop()
	hear("STOPPING=1")
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}
