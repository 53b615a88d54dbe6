//go:build linux

package cli_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
)

// key finds the key that stands beside the QR code, and the phone that it was
// typed into.
func (m *machine) key(s *screen) *authapp.App {
	m.t.Helper()
	s.sees("Code from the app: ")
	groups := regexp.MustCompile(`[A-Z2-7]{4} [A-Z2-7]{4} [A-Z2-7]{4} [A-Z2-7]{4}`).FindAllString(s.text(), 2)
	if len(groups) != 2 {
		m.t.Fatalf("no key is shown: %q", s.text())
	}
	return m.phoneOf(strings.ReplaceAll(strings.Join(groups, ""), " ", ""))
}

// leaveQuestion is the end of the question before backup codes are left unsaved.
const leaveQuestion = "Leave? [y/N] "

// lookUpCodes finds the codes on a screen.
func lookUpCodes(s *screen) []string {
	return regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}`).FindAllString(s.text(), -1)
}

// ok waits for the end and fails unless all went well.
func (s *screen) ok() {
	s.t.Helper()
	if status := s.ends(); status != 0 {
		s.t.Fatalf("exit status %d: %q", status, s.text())
	}
}

// cleared fails unless nothing that was shown once is left on the ordinary
// screen.
func (s *screen) cleared(secrets ...string) {
	s.t.Helper()
	text := regexp.MustCompile(`(?s)\x1b\[\?1049h.*?\x1b\[\?1049l`).ReplaceAllString(s.text(), "")
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			s.t.Errorf("%q stays on the screen", secret)
		}
	}
}

// A whole life, typed: init, enable, sign in with each sort of code, reset by an
// administrator, recovery, set-up anew, disable.
func TestAWholeLifeAtATerminal(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.write(".clock", "2026-03-14T09:26:40Z")
	m.write("PU", userPassword)

	s := m.on("admin", "init")
	s.sees("Community")
	s.types("Acme")
	s.sees("e-mail address: ")
	s.types("admin@acme.example")
	s.sees("New password")
	s.types(adminPassword)
	s.sees("The same again: ")
	s.types(adminPassword)
	p := m.key(s)
	s.types(p.Code(m.now()))
	s.sees(secretPrompt)
	codes := lookUpCodes(s)
	if len(codes) != 10 {
		t.Fatalf("%d codes are shown", len(codes))
	}
	s.types("done")
	s.sees(leaveQuestion)
	s.types("y")
	s.ok()
	s.cleared(codes...)
	if !strings.Contains(s.text(), "Copy the key to a safe place") {
		t.Error("it is not said to copy the key")
	}

	m.write("P", adminPassword)
	m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	s = m.on("bob", "login", "bob@acme.example")
	s.sees("Password for bob@acme.example: ")
	s.types(userPassword)
	s.ok()
	s = m.on("bob", "2fa", "enable", "--label", "phone")
	s.sees("Password for bob@acme.example: ")
	s.types(userPassword)
	p = m.key(s)
	s.types(p.Code(m.now()))
	s.sees(secretPrompt)
	codes = lookUpCodes(s)
	s.types("done")
	s.sees(leaveQuestion)
	s.types("y")
	s.ok()

	m.advance(30 * time.Second)
	for _, code := range []string{p.Code(m.now()), strings.ToLower(codes[0])} {
		s = m.on("bob", "login", "bob@acme.example")
		s.sees("Password for bob@acme.example: ")
		s.types(userPassword)
		s.sees("or a backup code: ")
		s.types("000000")
		s.sees("wrong code")
		s.seesTimes("or a backup code: ", 2)
		s.types(code)
		s.ok()
		m.advance(30 * time.Second)
	}
	s.sees("9 backup codes left")

	m.settle("bob@acme.example")
	s = m.on("admin", "admin", "reset-2fa", "bob@acme.example", "--reason", "lost phone")
	s.sees("Removes 1 authenticator, 9 backup codes")
	s.sees("Your password: ")
	s.types(adminPassword)
	s.sees(secretPrompt)
	recovery := lookUpCodes(s)[0]
	if !strings.Contains(s.text(), "over a secure channel, not by e-mail") {
		t.Error("it is not said how to send the code")
	}
	s.types("done")
	s.ok()
	s.cleared(recovery)

	s = m.on("bob", "login", "bob@acme.example")
	s.sees("Password for bob@acme.example: ")
	s.types(userPassword)
	s.sees("Recovery code: ")
	s.types(codes[1])
	s.seesTimes("Recovery code: ", 2)
	s.types(recovery)
	p = m.key(s) // it goes straight on to enable
	s.types(p.Code(m.now()))
	s.sees(secretPrompt)
	s.types("done")
	s.sees(leaveQuestion)
	s.types("y")
	s.ok()

	s = m.on("bob", "2fa", "disable")
	s.sees("[y/N] ")
	s.types("y")
	s.sees("Your password: ")
	s.types(userPassword)
	s.ok()
	s.sees("2FA disabled")
}

// Where pictures and moving cursors are not wanted there are none: the key is
// spelled and every line stays.
func TestAnAccessibleTerminalGetsPlainLines(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "eve@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must("eve", "", "login", "eve@acme.example", "--password-file", m.path("PU"))
	m.extra = []string{"ACCESSIBLE=1"}
	s := m.on("eve", "2fa", "enable", "--label", "phone", "--password-file", m.path("PU"))
	p := m.key(s)
	if !regexp.MustCompile(`(Alfa|Bravo|Charlie|Delta|Echo|Foxtrot|two|three|four|five|six|seven)`).MatchString(s.text()) {
		t.Errorf("the key is not spelled: %q", s.text())
	}
	s.types(p.Code(m.now()))
	s.sees(secretPrompt)
	s.types("dnoe")
	s.seesTimes(secretPrompt, 2)
	s.types("?")
	s.seesTimes(secretPrompt, 3)
	s.types("s")
	s.sees("File name [")
	s.types("~bob/codes.txt")
	s.seesTimes(secretPrompt, 4)
	s.types("done")
	s.sees(leaveQuestion)
	s.types("y")
	s.ok()
	if codes := lookUpCodes(s); len(codes) != 10 {
		t.Errorf("%d codes are shown, each of which stays", len(codes))
	}
	if strings.Contains(s.text(), "\x1b") || strings.Contains(s.text(), "▀") {
		t.Errorf("the terminal is driven: %q", s.text())
	}
}
