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

// queue is a listening socket that accepts no connection.
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

// fill opens connections until the queue of the socket is full.
func (q *queue) fill() {
	for {
		c, err := (&net.Dialer{}).DialContext(q.t.Context(), "unix", q.path)
		if err != nil {
			return
		}
		q.t.Cleanup(func() { _ = c.Close() })
	}
}

// A server that is busy has another error than a server that does not exist.
func TestABusyServerDoesNotAnswerInTime(t *testing.T) {
	q := newQueue(t)
	q.fill()
	_, err := dial(t, "unix:"+q.path, "").LockUser(t.Context(), mfa.LockUserRequest{User: "bob@acme.example"})
	if e := refusal(t, err, mfa.Unavailable); e.Message != "unix:"+q.path+" cannot be reached: it does not answer in time" {
		t.Error(e)
	}
}

// If the server gets busy after it may have made a change, the result is unknown and the
// error gives the last reason.
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
	if e := refusal(t, err, mfa.Unknown); e.Message != "unix:"+q.path+" did not answer in time" {
		t.Error(e)
	}
}

// The error of a lost connection does not say that the server is slow.
func TestALostConnectionIsToldAsSuch(t *testing.T) {
	server := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	_, err := dial(t, server.URL, "").WhoAmI(t.Context(), mfa.WhoAmIRequest{})
	if e := refusal(t, err, mfa.Unavailable); !strings.HasSuffix(e.Message, "the connection was lost") {
		t.Error(e)
	}
	_, err = dial(t, server.URL, "").LockUser(t.Context(), mfa.LockUserRequest{User: "bob@acme.example"})
	if e := refusal(t, err, mfa.Unknown); !strings.HasSuffix(e.Message, "was lost before it answered") {
		t.Error(e)
	}
}
