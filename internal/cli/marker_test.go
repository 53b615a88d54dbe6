package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A client that has signed in signs in again while strangers try passwords. It keeps what it
// needs for that in a file of its own, which signing out leaves.
func TestAClientThatSignedInIsNotLockedOutByStrangers(t *testing.T) {
	m := newMachine(t)
	u := m.user("bob")
	m.write("WRONG", "not the password of anybody")
	wrong := func() {
		for range 5 {
			if _, stderr, status := m.run("stranger", "", "login", u.email, "--password-file", m.path("WRONG")); status != 7 {
				t.Fatalf("exit %d: %s", status, stderr)
			}
		}
	}
	login := func(who string) (stdout string, status int) {
		m.advance(60e9)
		stdout, _, status = m.run(who, u.phone.Code(m.now()), "login", strings.ToUpper(u.email[:1])+u.email[1:], "--password-file", m.path("PU"), "--code-stdin", "-o", "json")
		return stdout, status
	}
	m.must("bob", "", "logout")
	wrong()
	if _, status := login("elsewhere"); status != 7 {
		t.Errorf("from a client that is not known: exit %d", status)
	}
	stdout, status := login("bob")
	if status != 0 || strings.Contains(stdout, "marker") {
		t.Errorf("exit %d: %s", status, stdout)
	}
	files, err := filepath.Glob(m.path("bob/mfactl/markers/*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if text := readFile(t, files[0]); !strings.Contains(text, `"marker":"mfactl_d_`) {
		t.Error(text)
	}
	if files, _ := filepath.Glob(m.path("elsewhere/mfactl/markers/*")); len(files) != 0 {
		t.Errorf("a refused sign-in left %v", files)
	}
	if err := os.Chmod(files[0], 0o644); err != nil { //nolint:gosec // what is tested
		t.Fatal(err)
	}
	wrong()
	_, stderr, status := m.run("bob", "", "login", u.email, "--password-file", m.path("PU"))
	if status != 7 || !strings.Contains(stderr, "others may read the device marker") {
		t.Errorf("with a marker that others may read: exit %d: %s", status, stderr)
	}
}
