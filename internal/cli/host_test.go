package cli_test

import (
	"os"
	"strings"
	"testing"
)

// A default store has the default key, with any name of its path: its key is not beside it,
// so that neither alone is worth anything.
func TestADefaultStoreHasTheDefaultKeyHoweverItIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		flags      func(d *desk) []string
		store, key string
	}{
		"the host's by its path":    {func(d *desk) []string { return []string{"--store", d.path("var/mfactl.db")} }, "var/mfactl.db", "etc/mfactl.key"},
		"the host's by a long path": {func(d *desk) []string { return []string{"--store", "sqlite://" + d.dir + "/run/../var/mfactl.db"} }, "var/mfactl.db", "etc/mfactl.key"},
		"the host's by a context":   {func(*desk) []string { return []string{"--context", "hosts"} }, "var/mfactl.db", "etc/mfactl.key"},
		"one's own by its path":     {func(d *desk) []string { return []string{"--store", d.path("mfactl/mfactl.db")} }, "mfactl/mfactl.db", "mfactl/mfactl.key"},
		"another one":               {func(d *desk) []string { return []string{"--store", d.path("other/mfactl.db")} }, "other/mfactl.db", "other/mfactl.db.key"},
	} {
		d := newDesk(t)
		d.write("mfactl/contexts.yaml", "contexts:\n- name: hosts\n  store: "+d.path("var/mfactl.db")+"\n")
		store, key, said := d.makes(c.flags(d)...)
		if store != d.path(c.store) || key != d.path(c.key) {
			t.Errorf("%s: %s and %s: %s", name, store, key, said)
		}
	}
}

// makes makes a store and returns where it and its key are.
func (d *desk) makes(flags ...string) (store, key, said string) {
	d.t.Helper()
	d.write("P", adminPassword)
	args := []string{"init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable", "--jq", `.store + " " + .key_file`}
	out, stderr, _ := d.run(append(args, flags...)...)
	store, key, _ = strings.Cut(strings.TrimSpace(out), " ")
	if !there(store) || !there(key) {
		stderr += " and it is not there"
		store, key = "", ""
	}
	return store, key, stderr
}

func TestWhereTheStoreAndItsKeyAre(t *testing.T) {
	for _, c := range []struct{ store, key, wantStore, wantKey string }{
		{"", "", "data/mfactl/mfactl.db", "config/mfactl/mfactl.key"},
		{"", "k", "data/mfactl/mfactl.db", "k"},
		{"x.db", "", "x.db", "x.db.key"},
		{"sqlite://x.db", "", "x.db", "x.db.key"},
		{"x.db", "k", "x.db", "k"},
	} {
		d := newDesk(t)
		d.env["XDG_DATA_HOME"], d.env["XDG_CONFIG_HOME"] = d.path("data"), d.path("config")
		settings := "output: table\n"
		if rest, ok := strings.CutPrefix(c.store, "sqlite://"); ok {
			settings += "store: sqlite://" + d.path(rest) + "\n"
		} else if c.store != "" {
			settings += "store: " + d.path(c.store) + "\n"
		}
		if c.key != "" {
			settings += "key_file: " + d.path(c.key) + "\n"
		}
		d.write("config/mfactl/config.yaml", settings)
		if store, key, said := d.makes(); store != d.path(c.wantStore) || key != d.path(c.wantKey) {
			t.Errorf("%q, %q: %s and %s: %s", c.store, c.key, store, key, said)
		}
	}
}

func TestAStoreThisVersionDoesNotKnowIsRefusedWithoutAnEcho(t *testing.T) {
	d := newDesk(t)
	for _, location := range []string{
		"postgres://mfactl:canary@db/mfactl", "postgres://db/mfactl", "https://mfactl.example", "mysql://u:canary@h:bad/x",
	} {
		d.write("mfactl/config.yaml", "store: "+location+"\n")
		if _, stderr, status := d.run("whoami"); status != 2 || !strings.Contains(stderr, ": store: ") || strings.Contains(stderr, "canary") {
			t.Errorf("%s: exit %d: %s", location, status, stderr)
		}
	}
	_, stderr, status := d.run("whoami", "--store", "postgres://mfactl:canary@db/mfactl")
	if status != 2 || !strings.Contains(stderr, ": --store: ") || !strings.Contains(stderr, "holds a password") || strings.Contains(stderr, "canary") {
		t.Errorf("as a flag: exit %d: %s", status, stderr)
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
