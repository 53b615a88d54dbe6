package cli_test

import (
	"strings"
	"testing"
)

func TestWhoIsNotSignedInAtANamedPlaceIsSentThere(t *testing.T) {
	d := newDesk(t)
	if _, stderr, status := d.run("--server", "https://mfa.acme.example", "whoami"); status != 4 || !strings.Contains(stderr, "hint: mfactl --server https://mfa.acme.example login\n") {
		t.Errorf("exit %d: %s", status, stderr)
	}
	if _, stderr, _ := d.run("--server", "https://mfa.acme.example", "whoami", "-o", "json"); !strings.Contains(stderr, `"hint":"mfactl --server https://mfa.acme.example login"`) {
		t.Errorf("%s", stderr)
	}
	if out, _, _ := d.run("--store", d.path("none.db"), "doctor", "-o", "csv"); !strings.Contains(out, "mfactl --store "+d.path("none.db")+" init") {
		t.Errorf("%s", out)
	}
}
