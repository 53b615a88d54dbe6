package cli_test

import (
	"strings"
	"testing"
)

// With break-glass the owner of a store does without a session what no administrator can:
// each act warns, needs a reason and a confirmation, and asks for no password.
func TestBreakGlassWorksOnAccountsWithoutASession(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must("admin", "", "admin", "users", "lock", "bob@acme.example")
	for _, c := range []struct {
		args string
		says string
	}{
		{"admin users unlock bob@acme.example", "unlocked"},
		{"admin users update bob@acme.example --email robert@acme.example", "robert@acme.example"},
		{"admin users create eve@acme.example --role admin --reveal", "eve@acme.example"},
		{"admin users delete robert@acme.example", "deleted"},
	} {
		args := append(strings.Fields(c.args), "--break-glass", "--no-input")
		if _, stderr, status := m.run("nobody", "", append(args, "--yes")...); status != 2 || !strings.Contains(stderr, "--reason") {
			t.Errorf("%s without a reason: exit %d: %s", c.args, status, stderr)
		}
		args = append(args, "--reason", "nobody left")
		if _, stderr, status := m.run("nobody", "", args...); status != 2 || !strings.Contains(stderr, "--yes") {
			t.Errorf("%s without a confirmation: exit %d: %s", c.args, status, stderr)
		}
		if _, stderr, status := m.run("nobody", "", append(args, "--dry-run")...); status != 0 {
			t.Errorf("%s as a dry run: exit %d: %s", c.args, status, stderr)
		}
		out, stderr, status := m.run("nobody", "", append(args, "--yes", "-o", "table")...)
		if status != 0 || !strings.Contains(stderr, "warning: break-glass") || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit %d: %s%s", c.args, status, out, stderr)
		}
	}
	for _, args := range []string{
		"admin users update eve@acme.example --role helpdesk", "admin users update eve@acme.example --email e@acme.example --status deactivated",
		"admin users create dora@acme.example --password-file " + m.path("PU"),
	} {
		_, stderr, status := m.run("nobody", "", append(strings.Fields(args), "--break-glass", "--reason", "R", "--yes")...)
		if status != 2 || !strings.Contains(stderr, "break-glass") {
			t.Errorf("%s: exit %d: %s", args, status, stderr)
		}
	}
	events := m.must("admin", "", "admin", "audit", "list", "--action", "breakglass.use", "--jq", `[.items[] | select(.severity == "high" and .actor == null) | .note] | sort | join(",")`)
	if strings.TrimSpace(events) != "BreakGlassCreate,BreakGlassDelete,BreakGlassEmail,BreakGlassUnlock" {
		t.Errorf("the audit trail has %s", events)
	}
}
