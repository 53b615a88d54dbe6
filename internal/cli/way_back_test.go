package cli_test

import (
	"strings"
	"testing"
	"time"
)

// A hundred wrong codes at verify disable bob's app codes. Each command names the next one on
// the way back.
func TestTheWayBackToAppCodesAfterAHundredWrongOnes(t *testing.T) {
	m := newMachine(t)
	bob, desk := m.user("bob"), m.user("desk")
	m.must("admin", "", "admin", "users", "update", desk.email, "--role", "helpdesk", "--password-file", m.path("P"))
	login := func(who account, name, code string) (stderr string, status int) {
		m.write("code", code)
		_, stderr, status = m.run(name, "", "login", who.email, "--password-file", m.path("PU"), "--code-file", m.path("code"))
		return stderr, status
	}
	for range 100 { // 150 minutes apart no lock is left, and a day has fewer than ten
		m.advance(150 * time.Minute)
		if _, stderr, status := m.run("nobody", bob.phone.Wrong(m.now()), "verify", "--code-stdin", "--", bob.email); status != 7 {
			t.Fatalf("exit %d: %s", status, stderr)
		}
	}
	m.advance(25 * time.Hour)
	stderr, status := login(bob, "bob", bob.phone.Code(m.now()))
	if status != 8 || !strings.Contains(stderr, "sign in with a backup code and run mfactl 2fa resync") {
		t.Errorf("login: exit %d: %s", status, stderr)
	}
	if stderr, status = login(desk, "desk", desk.phone.Code(m.now())); status != 0 {
		t.Fatalf("exit %d: %s", status, stderr)
	}
	out := m.must("desk", "", "admin", "users", "unlock", bob.email)
	if !strings.Contains(out, "one-time passwords, after 100 wrong ones") || !strings.Contains(out, "mfactl 2fa resync") {
		t.Errorf("unlock: %s", out)
	}

	if stderr, status = login(bob, "bob", bob.codes[0]); status != 0 {
		t.Fatalf("exit %d: %s", status, stderr)
	}
	m.write("first", bob.phone.Code(m.now()))
	m.write("second", bob.phone.Code(m.now().Add(30*time.Second)))
	resync := []string{"2fa", "resync", "phone", "--code-file", m.path("first"), "--second-code-file", m.path("second")}
	if _, stderr, status := m.run("bob", "", resync...); status != 2 || !strings.Contains(stderr, "--password-file") || !strings.Contains(stderr, "your own password") {
		t.Errorf("resync without a password: exit %d: %s", status, stderr)
	}
	m.must("bob", "", append(resync, "--password-file", m.path("PU"))...)
	m.advance(time.Minute)
	if stderr, status = login(bob, "bob", bob.phone.Code(m.now())); status != 0 {
		t.Errorf("exit %d: %s", status, stderr)
	}
}
