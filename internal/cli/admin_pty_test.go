//go:build linux

package cli_test

import (
	"strings"
	"testing"
)

// What cannot be taken back is confirmed by typing what it is about; anything
// else typed changes nothing.
func TestAnAddressIsTypedBeforeADeletion(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	for _, c := range []struct {
		typed string
		want  int
	}{{"yes", 130}, {"bob@acme.example", 0}} {
		s := m.on("admin", "admin", "users", "delete", "bob@acme.example")
		s.sees("Type bob@acme.example to go on: ")
		s.types(c.typed)
		if got := s.ends(); got != c.want {
			t.Errorf("%s: exit status %d: %q", c.typed, got, s.text())
		}
	}
	if left := m.must("admin", "", "admin", "users", "list", "-o", "name"); left != "admin@acme.example\n" {
		t.Errorf("left: %s", left)
	}
}

func TestANumberIsTypedBeforeAListAndANameBeforeAnAdministrator(t *testing.T) {
	m := newMachine(t)
	rows, _ := lostPhones(m, 2, 1)
	m.write("lost.csv", "email,why\n"+rows)
	s := m.on("admin", "admin", "users", "lock", "--csv", m.path("lost.csv"))
	s.sees("Of 3 users, 2 would be changed. Type 2 to ")
	s.types("3")
	if got := s.ends(); got != 130 {
		t.Errorf("a wrong number: exit status %d", got)
	}
	s = m.on("admin", "admin", "users", "lock", "--csv", m.path("lost.csv"))
	s.sees("Type 2 to ")
	s.types("2")
	if got := s.ends(); got != 13 || !strings.Contains(s.text(), "user02@acme.example: no user") {
		t.Errorf("exit status %d: %q", got, s.text())
	}
	s = m.on("admin", "admin", "users", "update", "user00@acme.example", "--role", "admin")
	s.sees("Type user00@acme.example to go on: ")
	s.types("user00@acme.example")
	s.sees("Your password: ")
	s.types(adminPassword)
	if got := s.ends(); got != 0 {
		t.Errorf("exit status %d: %q", got, s.text())
	}
}

// A reset over the phone: who it is and what goes, the password, the code and how
// it is spelled.
func TestAResetOverThePhone(t *testing.T) {
	m := newMachine(t)
	m.user("bob")
	s := m.on("admin", "admin", "reset-2fa", "bob@acme.example", "--reason", "lost phone #4411")
	s.sees("bob@acme.example  member of Acme, last sign-in just now, 0 resets in 30 days")
	s.sees("Removes 1 authenticator, 10 backup codes, 1 session. They must set up 2FA again.")
	s.sees("Your password: ")
	s.types(adminPassword)
	s.sees("Recovery code of bob@acme.example, valid once, until ")
	s.sees(secretPrompt)
	s.types("done")
	if got := s.ends(); got != 0 || !strings.Contains(s.text(), "2FA reset (event ") {
		t.Errorf("exit status %d: %q", got, s.text())
	}
}

// Break-glass warns and has the address typed.
func TestBreakGlassIsConfirmedByName(t *testing.T) {
	m := newMachine(t)
	m.user("bob")
	s := m.on("nobody", "admin", "reset-2fa", "bob@acme.example", "--break-glass", "--reason", "all phones lost")
	s.sees("warning: break-glass")
	s.sees("Type bob@acme.example to go on: ")
	s.types("bob@acme.example")
	s.sees(secretPrompt)
	s.types("done")
	if got := s.ends(); got != 0 {
		t.Errorf("exit status %d: %q", got, s.text())
	}
}
