//go:build linux

package cli_test

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A command that has no place for its codes is refused at once: nobody is asked to sign in
// for an error of usage, and no session is saved.
func TestGenerateWithoutAPlaceAsksNobodyToSignIn(t *testing.T) {
	m := newMachine(t)
	bob := m.user("bob")
	m.must("admin", "", "admin", "sessions", "revoke", bob.email, "--yes")
	for who, what := range map[string]string{"nobody": "not signed in", "bob": "the server ended the session"} {
		s := m.on(who, "backup-codes", "generate", "-o", "json")
		if status := s.ends(); status != 2 || strings.Contains(s.text(), "assword") || strings.Contains(s.text(), "E-mail") ||
			strings.Contains(s.text(), "sign in") || !strings.Contains(s.text(), "--reveal") {
			t.Errorf("%s: exit %d: %q", what, status, s.text())
		}
	}
	if _, err := os.Stat(m.path("nobody/sessions")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there are sessions: %v", err)
	}
}

// If the place is missing and the way in is wrong as well, the way in is what to mend first.
func TestGenerateWithoutAPlaceDoesNotHideTheErrorOfAToken(t *testing.T) {
	m := newMachine(t)
	m.extra = []string{"MFACTL_TOKEN=x"}
	if out, stderr, status := m.run("nobody", "", "backup-codes", "generate"); status != 2 || out != "" || !strings.Contains(stderr, "no API token") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}

// Codes that came although none were expected are not lost in silence: the error says that
// they were made, and how to get them.
func TestCodesThatWereNotExpectedCanStillBeHad(t *testing.T) {
	m := newMachine(t)
	rule := func(value string) {
		m.must("admin", "", "admin", "policy", "set", "backup_codes="+value, "--password-file", m.path("P"))
	}
	rule("0")
	s := m.on("admin", "backup-codes", "generate", "-o", "json", "--password-file", m.path("P"))
	s.sees("Go on?")
	rule("10")
	s.types("y")
	status := s.ends()
	key := regexp.MustCompile(`--idempotency-key ([A-Z2-7]{26})`).FindStringSubmatch(s.text())
	if status != 15 || key == nil || !strings.Contains(s.text(), "the backup codes were replaced, but") || len(lookUpCodes(s)) != 0 {
		t.Fatalf("exit %d: %q", status, s.text())
	}
	var out struct {
		Codes []string `json:"codes"`
	}
	m.parse(m.must("admin", "", "backup-codes", "generate", "-o", "json", "--yes", "--password-file", m.path("P"), "--reveal", "--idempotency-key", key[1]), &out)
	if len(out.Codes) != 10 {
		t.Fatalf("%d codes", len(out.Codes))
	}
	m.must("admin", out.Codes[0], "verify", "--code-stdin", "--", "admin@acme.example")
}
