package cli

import (
	"os"
	"strings"
	"testing"
)

// A default store has the default key, whoever named its path and how: its key is not
// beside it, so that neither alone is worth anything.
func TestADefaultStoreHasTheDefaultKeyHoweverItIsNamed(t *testing.T) {
	d := newDesk(t)
	d.write("mfactl/contexts.yaml", "contexts:\n- name: hosts\n  store: "+d.path("var/mfactl.db")+"\n")
	for name, c := range map[string]struct {
		flags globals
		key   string
	}{
		"the host's by its path":    {globals{store: d.path("var/mfactl.db")}, "etc/mfactl.key"},
		"the host's by a long path": {globals{store: "sqlite://" + d.path("run/../var/mfactl.db")}, "etc/mfactl.key"},
		"the host's by a context":   {globals{context: "hosts"}, "etc/mfactl.key"},
		"one's own by its path":     {globals{store: d.path("mfactl/mfactl.db")}, "mfactl/mfactl.key"},
		"another one":               {globals{store: d.path("other/mfactl.db")}, "other/mfactl.db.key"},
	} {
		p, err := d.app(c.flags).place()
		if err != nil || p.key != d.path(c.key) {
			t.Errorf("%s: %s (%v)", name, p.key, err)
		}
	}
}

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

// What is done past the server of a host to its store is not said to be done at the
// server.
func TestWhatIsDoneToTheStoreItselfIsNotSaidToBeAtTheServer(t *testing.T) {
	d := newDesk(t)
	d.write("run/mfactl.sock", "")
	d.write("var/mfactl.db", "")
	a := d.app(globals{})
	if line, err := a.greet(t.Context()); err == nil {
		t.Errorf("nobody listens there: %q", line)
	}
	if _, err := a.storePlace(); err != nil {
		t.Fatal(err)
	}
	if line, err := a.greet(t.Context()); line != "" || err != nil {
		t.Errorf("%q (%v)", line, err)
	}
}
