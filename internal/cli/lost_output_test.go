package cli_test

import (
	"os"
	"strings"
	"testing"
)

// loses runs a command whose output cannot be written, and returns the key that its error
// names.
func (m *machine) loses(who string, args ...string) (key string) {
	m.t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		m.t.Skip("there is no /dev/full")
	}
	defer full.Close() //nolint:errcheck // nothing can be written
	c := m.cmd(who, args...)
	var stderr strings.Builder
	c.Stdout, c.Stderr = full, &stderr
	_ = c.Run() // its status is looked at
	_, key, _ = strings.Cut(stderr.String(), "--idempotency-key ")
	if key, _, _ = strings.Cut(key, `"`); c.ProcessState.ExitCode() != 15 {
		m.t.Fatalf("%q: exit %d: %s", args, c.ProcessState.ExitCode(), stderr.String())
	}
	return strings.TrimSpace(key)
}

// Where the output is lost with a secret, the command that the hint names gives it.
func TestEverySecretThatIsLostCanBeHadAgain(t *testing.T) {
	m := newMachine(t)
	m.user("bob")
	m.user("gina")
	m.must("admin", "", "admin", "users", "create", "carol@acme.example", "--role", "admin", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must("carol", "", "login", "carol@acme.example", "--password-file", m.path("PU"))
	m.enable("carol", "PU")
	m.must("admin", "", "admin", "users", "create", "dora@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.settle("carol@acme.example")
	m.settle("dora@acme.example")
	m.must("dora", "", "login", "dora@acme.example", "--password-file", m.path("PU"))
	token := strings.TrimSpace(m.must("admin", "", "admin", "tokens", "create", "--password-file", m.path("P"), "--name", "old", "--allow", "users:read", "--reveal", "--jq", ".id"))
	asks := func(command, user string) string {
		return strings.TrimSpace(m.must("carol", "", append(strings.Fields(command), user, "--reason", "lost", "--request", "--password-file", m.path("PU"), "--yes", "--jq", ".request.id")...))
	}
	for _, c := range []struct{ who, args, secret string }{
		{"dora", "2fa enable --pending --label phone --password-file PU", ".secret"},
		{"admin", "admin requests approve " + asks("admin reset-2fa", "bob@acme.example") + " --password-file P", ".reset.recovery_code"},
		{"admin", "admin requests approve " + asks("admin users reset-password", "dora@acme.example") + " --password-file P", ".password_reset.set_password_code"},
		{"admin", "admin reset-2fa gina@acme.example --reason lost --yes --new-code --password-file P", ".recovery_code"},
		{"admin", "admin users reset-password carol@acme.example --reason lost --yes --password-file P", ".set_password_code"},
		{"admin", "admin users create eve@acme.example", ".set_password_code"},
		{"admin", "admin tokens create --name new --allow users:read --password-file P", ".token"},
		{"admin", "admin tokens rotate " + token + " --password-file P", ".token"},
		{"admin", "backup-codes generate --password-file P --yes", ".codes[0]"},
		{"admin", "2fa add --pending --label tablet --password-file P", ".secret"},
	} {
		args := strings.Fields(strings.Replace(c.args, "--password-file ", "--password-file "+m.dir+"/", 1))
		args = append(args, "--reveal", "-o", "json", "--jq", c.secret)
		args = append(args, "--idempotency-key", m.loses(c.who, args...))
		first, stderr, status := m.run(c.who, "", args...)
		again, _, _ := m.run(c.who, "", args...)
		if status != 0 || len(first) < 10 || first != again {
			t.Errorf("%s: exit %d: %q, then %q: %s", c.args, status, first, again, stderr)
		}
	}
}

// Under the key that it was given, a change of the policy is told again as it was made.
func TestAChangeOfThePolicyIsToldAgainUnderItsKey(t *testing.T) {
	m := newMachine(t)
	args := []string{"admin", "policy", "set", "lockout=3", "--reason", "audit", "--password-file", m.path("P"), "--idempotency-key", strings.Repeat("k", 22), "--jq", ".changed"}
	m.loses("admin", args...)
	if got := m.must("admin", "", args...); got != "true\n" {
		t.Errorf("changed: %s", got)
	}
}
