//go:build linux

package cli_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Who comes back to a session that has ended is asked, and the command goes on.
func TestAnEndedSessionIsAskedForAgain(t *testing.T) {
	m := newMachine(t)
	u := m.user("bob")
	m.advance(31 * time.Minute)
	s := m.on("bob", "backup-codes", "generate", "--yes", "--save", m.path("codes.txt"))
	s.sees("Your password: ")
	s.types(userPassword)
	s.sees("sign in again")
	s.sees("Code from phone, or a backup code: ")
	s.types(u.phone.Code(m.now()))
	if got := s.ends(); got != 0 {
		t.Fatalf("exit status %d: %q", got, s.text())
	}
	if n := strings.Count(strings.ToLower(s.text()), "password"); n != 1 {
		t.Errorf("the password was asked for %d times", n)
	}
	if _, err, status := m.run("bob", "", "whoami"); status != 0 {
		t.Errorf("the session was not kept: %s", err)
	}
}

// A command that goes on after a sign-in takes its arguments once more, and not twice.
func TestAnEndedSessionDoesNotKeepThePolicyFromBeingSet(t *testing.T) {
	m := newMachine(t)
	code := strings.TrimSpace(m.must("admin", "", "backup-codes", "generate", "--yes", "--password-file", m.path("P"), "--reveal", "--jq", ".codes[0]"))
	m.advance(31 * time.Minute)
	s := m.on("admin", "admin", "policy", "set", "lockout=4")
	s.sees("sign in again")
	s.sees("Password for admin@acme.example: ")
	s.types(adminPassword)
	s.sees("or a backup code: ")
	s.types(code)
	if got := s.ends(); got != 0 || !strings.Contains(s.text(), "lockout  not set -> 4") {
		t.Errorf("exit status %d: %q", got, s.text())
	}
}

// A list that was read from standard input cannot be read once more, so the command ends.
func TestAnEndedSessionDoesNotEmptyAList(t *testing.T) {
	m := newMachine(t)
	m.user("bob")
	m.advance(31 * time.Minute)
	s := m.on("admin", "admin", "users", "lock", "-", "--yes", "--reason", "r")
	s.types("bob@acme.example")
	if _, err := s.f.Write([]byte{4}); err != nil { // ctrl-D
		t.Fatal(err)
	}
	if got := s.ends(); got != 4 || !strings.Contains(s.text(), "not signed in") {
		t.Errorf("exit status %d: %q", got, s.text())
	}
}

// A list that came through a pipe cannot be read once more either.
func TestAnEndedSessionDoesNotWaitForAPipeThatWasRead(t *testing.T) {
	m := newMachine(t)
	m.user("bob")
	m.advance(31 * time.Minute)
	if err := unix.Mkfifo(m.path("list"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := m.on("admin", "admin", "users", "lock", "--csv", m.path("list"), "--yes", "--reason", "r")
	if err := os.WriteFile(m.path("list"), []byte("email\nbob@acme.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.ends(); got != 4 || !strings.Contains(s.text(), "not signed in") {
		t.Errorf("exit status %d: %q", got, s.text())
	}
}

// Without a terminal it is told, and with a file that was read nothing is begun anew.
func TestAnEndedSessionWithoutATerminalIsToldSo(t *testing.T) {
	m := newMachine(t)
	m.advance(31 * time.Minute)
	if _, err, status := m.run("admin", "", "whoami", "-o", "json"); status != 4 || !strings.Contains(err, `"unauthenticated"`) {
		t.Errorf("exit status %d: %s", status, err)
	}
}

// Who leaves the screen early is told that the old codes are dead and how to
// have the new ones.
func TestCodesThatWereCutOffCanBeHadAgain(t *testing.T) {
	m := newMachine(t)
	args := []string{"backup-codes", "generate", "--password-file", m.path("P"), "--yes"}
	s := m.on("admin", args...)
	s.sees(secretPrompt)
	if _, err := s.f.Write([]byte{3}); err != nil { // ctrl-C
		t.Fatal(err)
	}
	if got := s.ends(); got != 130 {
		t.Errorf("exit status %d", got)
	}
	codes := regexp.MustCompile(`(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}`).FindAllString(s.text(), -1)
	key := regexp.MustCompile(`--idempotency-key ([A-Z0-9]+)`).FindStringSubmatch(s.text())
	if len(codes) != 10 || key == nil || !strings.Contains(s.text(), "the backup codes were replaced") || strings.Contains(s.text(), "nothing changed") {
		t.Fatalf("%q", s.text())
	}
	again := m.must("admin", "", append(args, "--reveal", "-o", "json", "--idempotency-key", key[1])...)
	for _, code := range codes {
		if !strings.Contains(again, code) {
			t.Errorf("the answer is another: %s", again)
		}
	}
}

// A password does not help where an API token has ended, so nobody is asked for one.
func TestATokenThatHasEndedAsksForNoPassword(t *testing.T) {
	m := newMachine(t)
	m.extra = []string{"MFACTL_TOKEN=" + tokenOf(1)}
	s := m.on("admin", "whoami")
	if got := s.ends(); got != 4 || strings.Contains(s.text(), "assword") || !strings.Contains(s.text(), "the token in MFACTL_TOKEN is not accepted") {
		t.Errorf("exit status %d: %q", got, s.text())
	}
}
