//go:build linux

package cli_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// lone makes an account without 2FA and signs it in.
func (m *machine) lone(name string) {
	m.t.Helper()
	email := name + "@acme.example"
	m.must("admin", "", "admin", "users", "create", email, "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must(name, "", "login", email, "--password-file", m.path("PU"))
}

// generatedPassword finds the password that mfactl generated.
func generatedPassword(s *screen) string {
	s.t.Helper()
	s.sees(secretPrompt)
	return regexp.MustCompile(`[a-z]+(?:-[a-z]+){6,}`).FindString(s.text())
}

// At the prompt for a new password Enter generates one, which is shown until it is left, asked
// for, and then works. The prompt names how long a password must be.
func TestEnterGeneratesANewPassword(t *testing.T) {
	m := newMachine(t)
	m.lone("bob")
	first, second := "", ""
	for _, generated := range []*string{&first, &second} {
		s := m.on("bob", "password", "change", "--password-file", m.path("PU"))
		s.sees("New password, 15 characters or more (Enter: generate one): ")
		s.types("")
		*generated = generatedPassword(s)
		s.types("done")
		s.sees("The generated password, to be sure that you have it: ")
		s.types(*generated)
		s.ok()
		s.cleared(*generated)
		m.write("PU", *generated)
	}
	if words := strings.Split(first, "-"); len(words) < 7 || slices.Equal(words, strings.Split(second, "-")) {
		t.Errorf("generated %q and then %q", first, second)
	}
	m.must("bob", "", "login", "bob@acme.example", "--password-file", m.path("PU"))
}

func TestAGeneratedPasswordThatWasNotKeptChangesNothing(t *testing.T) {
	m := newMachine(t)
	m.lone("bob")
	s := m.on("bob", "password", "change", "--password-file", m.path("PU"))
	s.sees("New password")
	s.types("")
	generatedPassword(s)
	s.types("done")
	s.sees("to be sure that you have it: ")
	s.types("something else entirely")
	s.sees("not the same")
	if status := s.ends(); status != 2 {
		t.Errorf("exit status %d", status)
	}
	m.must("bob", "", "login", "bob@acme.example", "--password-file", m.path("PU"))
}

// Where the answer is for a program, nothing is generated: the password would be seen, or lost.
func TestNothingIsGeneratedIntoAnAnswerForPrograms(t *testing.T) {
	m := newMachine(t)
	m.lone("bob")
	s := m.on("bob", "password", "change", "--password-file", m.path("PU"), "-o", "json")
	s.sees("New password, 15 characters or more: ")
	s.types("")
	if status := s.ends(); status != 2 || !strings.Contains(s.text(), "empty") {
		t.Errorf("exit status %d: %s", status, s.text())
	}
}
