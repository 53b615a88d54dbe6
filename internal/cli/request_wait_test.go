package cli_test

import (
	"strings"
	"testing"
	"time"
)

// waited is what a command answered that waited for the decision about its request.
type waited struct {
	out, err string
	status   int
}

// Who waits has the outcome of their request, never its code: an approval is exit 0, a denial 5.
func TestARequestIsWaitedFor(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must("admin", "", "admin", "users", "create", "carol@acme.example", "--role", "admin", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must("admin", "", "admin", "users", "create", "dan@acme.example", "--role", "admin", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	people := map[string]account{}
	for _, who := range []string{"carol", "dan"} {
		m.must(who, "", "login", "--email", who+"@acme.example", "--password-file", m.path("PU"))
		people[who] = m.enable(who, "PU")
	}
	m.advance(8 * 24 * time.Hour) // they are independent of their creator
	for who, p := range people {
		m.must(who, p.phone.Code(m.now()), "login", "--email", p.email, "--password-file", m.path("PU"), "--code-stdin")
	}
	m.must("carol", "", "admin", "tokens", "create", "--allow", "users:read,users:write,users:password,2fa:reset,requests:approve", "--password-file", m.path("PU"), "--save", m.path("token"))
	job := []string{"admin", "users", "reset-password", "bob@acme.example", "--token-file", m.path("token"), "--yes", "--request", "--wait", "5m", "-o", "json"}
	wait := func() <-chan waited {
		done := make(chan waited, 1)
		go func() {
			out, err, status := m.run("job", "", job...)
			done <- waited{out, err, status}
		}()
		return done
	}
	filed := func() string {
		for {
			if id := strings.TrimSpace(m.must("carol", "", "admin", "requests", "list", "--status", "pending", "-o", "name")); id != "" {
				return id
			}
		}
	}
	denied := wait()
	m.must("carol", "", "admin", "requests", "deny", filed(), "--reason", "not today")
	if got := <-denied; got.status != 5 || !strings.Contains(got.err, "not today") {
		t.Errorf("denied: %+v", got)
	}
	approved := wait()
	m.must("dan", "", "admin", "requests", "approve", filed(), "--password-file", m.path("PU"), "--save", m.path("code"))
	if got := <-approved; got.status != 0 || !strings.Contains(got.out, `"status": "approved"`) || strings.Contains(got.out, `"pending"`) || strings.Contains(got.out, "set_password_code") {
		t.Errorf("approved: %+v", got)
	}
}
