package api_test

import (
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// queue is a socket at which somebody listens and takes nobody in, until told to.
type queue struct {
	t    *testing.T
	path string
	fd   int
}

func newQueue(t *testing.T) *queue {
	t.Helper()
	q := &queue{t: t, path: filepath.Join(t.TempDir(), "s")}
	var err error
	if q.fd, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(q.fd) })
	if err := errors.Join(syscall.Bind(q.fd, &syscall.SockaddrUnix{Name: q.path}), syscall.Listen(q.fd, 0)); err != nil {
		t.Fatal(err)
	}
	return q
}

// fill lets others wait there until there is no more room for anybody.
func (q *queue) fill() {
	for {
		c, err := (&net.Dialer{}).DialContext(q.t.Context(), "unix", q.path)
		if err != nil {
			return
		}
		q.t.Cleanup(func() { _ = c.Close() })
	}
}

// A server that lives and has no time is told from one that is not there.
func TestABusyServerDoesNotAnswerInTime(t *testing.T) {
	q := newQueue(t)
	q.fill()
	_, err := dial(t, "unix:"+q.path, "").LockUser(t.Context(), mfa.LockUserRequest{User: "bob@acme.example"})
	if e := code(t, err, mfa.Unavailable); e.Message != "unix:"+q.path+" cannot be reached: it does not answer in time" {
		t.Error(e)
	}
}

// So it is after a change that may have been made: what became of it is not known, and
// the last reason is told.
func TestAServerThatGetsBusyMayHaveMadeTheChange(t *testing.T) {
	q := newQueue(t)
	go func() {
		fd, _, err := syscall.Accept(q.fd)
		if err != nil {
			t.Error(err)
			return
		}
		q.fill()
		_ = syscall.Close(fd) // without an answer
	}()
	_, err := dial(t, "unix:"+q.path, "").LockUser(t.Context(), mfa.LockUserRequest{User: "bob@acme.example"})
	if e := code(t, err, mfa.Unknown); e.Message != "unix:"+q.path+" did not answer in time" {
		t.Error(e)
	}
}

// A connection that is lost is not one that is slow.
func TestALostConnectionIsToldAsSuch(t *testing.T) {
	server := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	_, err := dial(t, server.URL, "").WhoAmI(t.Context(), mfa.WhoAmIRequest{})
	if e := code(t, err, mfa.Unavailable); !strings.HasSuffix(e.Message, "the connection was lost") {
		t.Error(e)
	}
	_, err = dial(t, server.URL, "").LockUser(t.Context(), mfa.LockUserRequest{User: "bob@acme.example"})
	if e := code(t, err, mfa.Unknown); !strings.HasSuffix(e.Message, "was lost before it answered") {
		t.Error(e)
	}
}
