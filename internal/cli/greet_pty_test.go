//go:build linux

package cli_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// served starts a server of the machine's store and returns where it listens.
func (m *machine) served() string {
	m.t.Helper()
	socket := m.path("s.sock")
	c := m.cmd("server", "serve", "--listen", "unix:"+socket)
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "unix", socket)
		if err == nil {
			_ = conn.Close()
			return "unix:" + socket
		}
		if time.Now().After(end) {
			m.t.Fatal(err)
		}
	}
}

// Whoever is asked for something at a server, or at a place with a name, reads first and
// once where that is; at one's own store nothing is said.
func TestTheFirstQuestionSaysWhereItIsAsked(t *testing.T) {
	m := newMachine(t)
	at := m.served()
	m.must("admin", "", "context", "create", "prod", "--server", at)
	m.must("admin", "", "context", "create", "lab", "--store", m.path("store.db"))
	variable := m.extra
	for name, c := range map[string]struct {
		env  string
		args []string
		want string
	}{
		"a server":          {"MFACTL_SERVER=" + at, nil, "At " + at + "\r\n"},
		"a context":         {"", []string{"--context", "prod"}, "At " + at + " (context prod)\r\n"},
		"a store by a name": {"", []string{"--context", "lab"}, "At " + m.path("store.db") + " (context lab)\r\n"},
		"one's own store":   {"MFACTL_STORE=" + m.path("store.db"), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			mm := *m
			mm.t, mm.extra = t, append(variable, "MFACTL_STORE=", c.env)
			s := mm.on("nobody", append(c.args, "login")...)
			s.sees("E-mail address: ")
			s.types("admin@acme.example")
			s.sees("Password for admin@acme.example: ")
			if text := s.text(); !strings.HasPrefix(text, c.want+"E-mail address: ") || strings.Count(text, "At ") > 1 {
				t.Errorf("%q", text)
			}
		})
	}
}

// Nobody types a password for a server that is not there.
func TestAServerThatIsNotThereIsToldOfBeforeAnythingIsAsked(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.write(".clock", "2026-03-14T09:26:40Z")
	for _, at := range []string{"unix:" + m.path("none.sock"), "http://127.0.0.1:1"} {
		m.extra = []string{"MFACTL_STORE=", "MFACTL_SERVER=" + at}
		s := m.on("nobody", "login")
		if status := s.ends(); status != 11 || strings.Contains(s.text(), "E-mail") || !strings.Contains(s.text(), "cannot be reached") {
			t.Errorf("exit %d: %q", status, s.text())
		}
	}
}
