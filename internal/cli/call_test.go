package cli_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Every key that the flag accepts works with every user name: the key that is sent is within
// the bounds of a store and of a header.
func TestTheLongestIdempotencyKeyWorksWithEveryUserName(t *testing.T) {
	m := newMachine(t)
	longest := strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 59)+".", 3) + "example"
	m.must("admin", "", "admin", "users", "create", longest, "--password-file", m.path("PU"))
	key := strings.Repeat("k", mfa.IdempotencyKeyMax)
	m.must("admin", "", "admin", "users", "lock", longest, "--yes", "--idempotency-key", key)
	m.must("admin", "", "admin", "users", "unlock", longest, "--yes", "--idempotency-key", key)
	at := m.serve(1, "--listen", "127.0.0.1:0").at[0]
	for place, env := range map[string][]string{"store": nil, "server": {"MFACTL_STORE=", "MFACTL_SERVER=http://" + at}} {
		m.extra = env
		m.must(place, "", "login", longest, "--password-file", m.path("PU"), "--idempotency-key", key)
		for _, name := range []string{strings.Repeat("x", 300) + "@acme.example", "bob\n@acme.example", "bob\x00@acme.example", "böb@acme.example"} {
			_, stderr, status := m.run(place, "", "admin", "users", "lock", name, "--yes", "--idempotency-key", key)
			if want := mfa.Forbidden.Facts().Exit; status != want || strings.Contains(stderr, "idempotency") {
				t.Errorf("%.30q at the %s: exit %d, not %d: %s", name, place, status, want, stderr)
			}
		}
	}
}
