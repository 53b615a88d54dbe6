package cli_test

import (
	"os"
	"strings"
	"testing"
)

// A store that is found and one that is named by the path where it is found are one,
// also where an earlier mfactl made its key beside it.
func TestADefaultStoreCanBeOpenedByItsPath(t *testing.T) {
	d := newDesk(t)
	d.write("P", adminPassword)
	store := d.path("mfactl/mfactl.db")
	if _, stderr, status := d.run("init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable"); status != 0 {
		t.Fatal(stderr)
	}
	for _, args := range [][]string{{"--store", store, "whoami"}, {"whoami"}} {
		if _, stderr, status := d.run(args...); status != 0 {
			t.Errorf("%v: exit %d: %s", args, status, stderr)
		}
	}
	if err := os.Rename(d.path("mfactl/mfactl.key"), store+".key"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--store", store, "whoami"}, {"whoami"}} {
		if _, stderr, status := d.run(args...); status != 0 || strings.Contains(stderr, "missing") {
			t.Errorf("with the key beside it, %v: exit %d: %s", args, status, stderr)
		}
	}
}
