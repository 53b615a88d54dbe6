package api_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

const otherUser = 65534

// foreignSocket is a socket that another user listens at. heard gives what each connection
// brought, once it has ended.
func foreignSocket(t *testing.T) (path string, heard <-chan string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can listen as another user")
	}
	dir, err := os.MkdirTemp("", "mfactl-foreign-") //nolint:usetesting // another user must get in, and t.TempDir is closed to them
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // as /tmp is
		t.Fatal(err)
	}
	path = filepath.Join(dir, "mfactl.sock")
	listening := make(chan error)
	bytes := make(chan string, 16)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine, and its user with it
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, otherUser, otherUser, otherUser); e != 0 {
			listening <- e
			return
		}
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
		if listening <- err; err != nil {
			return
		}
		t.Cleanup(func() { _ = l.Close() })
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			b, _ := io.ReadAll(io.LimitReader(c, 1))
			_ = c.Close()
			bytes <- string(b)
		}
	}()
	if err := <-listening; err != nil {
		t.Fatal(err)
	}
	return path, bytes
}

// Another user of the host created the socket first: they get no byte of a request, and
// another try is not made.
func TestAForeignSocketGetsNothing(t *testing.T) {
	path, heard := foreignSocket(t)
	c := dial(t, "unix:"+path, "")
	for name, call := range map[string]func() error{
		"a sign-in": func() error {
			_, err := c.Login(t.Context(), mfa.LoginRequest{Email: adminEmail, Password: mfa.NewSecret(adminPassword)})
			return err
		},
		"a look": func() error { return c.Reach(t.Context()) },
	} {
		e := refusal(t, call(), mfa.Unavailable)
		if !strings.Contains(e.Message, "uid 65534") || !strings.Contains(e.Message, "nothing was sent") {
			t.Errorf("%s: %v", name, e)
		}
		if got := <-heard; got != "" {
			t.Errorf("%s: it received %q", name, got)
		}
	}
	select {
	case got := <-heard:
		t.Errorf("another try: %q", got)
	default:
	}
}

// The owner of the host's store serves it, so their socket is as good as root's.
func TestTheSocketOfTheStoresOwnerIsTrusted(t *testing.T) {
	path, heard := foreignSocket(t)
	at, err := api.ParseServer("unix:" + path)
	ok(t, err)
	c, err := api.NewClient(at, api.DialOptions{Owners: []int{otherUser}, Backoff: time.Millisecond, MaxWait: time.Millisecond})
	ok(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_ = refusal(t, c.Reach(t.Context()), mfa.Unavailable) // it hangs up
	if got := <-heard; got == "" {
		t.Error("nothing was sent")
	}
}
