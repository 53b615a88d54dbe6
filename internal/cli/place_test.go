package cli_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/config"
)

// desk is a directory with settings and contexts, from which commands are run.
type desk struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	return &desk{t: t, dir: dir, env: map[string]string{"HOME": dir, "XDG_CONFIG_HOME": dir, "XDG_DATA_HOME": dir, "XDG_STATE_HOME": dir}}
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.path(name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// app is a run of a program.
func (d *desk) app() *program {
	return &program{
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Clock: time.Now, Hasher: quick(),
		Env:  func(name string) string { return d.env[name] },
		Host: config.Host{Socket: d.path("run/mfactl.sock"), Data: d.path("var"), Config: d.path("etc")},
	}
}

// run runs a command and returns what it wrote.
func (d *desk) run(args ...string) (stdout, stderr string, status int) {
	d.t.Helper()
	return d.given("", args...)
}

// given runs a command with a text on standard input.
func (d *desk) given(stdin string, args ...string) (stdout, stderr string, status int) {
	d.t.Helper()
	var out, err strings.Builder
	a := d.app()
	a.In = strings.NewReader(stdin)
	a.Out, a.Err, a.Context = &out, &err, d.t.Context()
	status = run(a, append([]string{"--no-input"}, args...)...)
	return out.String(), err.String(), status
}

// What works on the store itself says so where the place is a server, and asks it for
// nothing.
func TestWhatWorksOnTheStoreSaysSoAtAServer(t *testing.T) {
	d := newDesk(t)
	d.write("P", adminPassword)
	d.env["MFACTL_SERVER"] = "https://mfa.acme.example"
	for _, args := range [][]string{
		{"store", "check"}, {"store", "migrate"}, {"store", "export-key", "--to", "age1x"},
		{"init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable"},
		{"admin", "reset-2fa", "bob@acme.example", "--break-glass", "--reason", "R", "--yes", "--reveal"},
		{"admin", "users", "reset-password", "bob@acme.example", "--break-glass", "--reason", "R", "--yes", "--reveal"},
		{"admin", "users", "unlock", "bob@acme.example", "--break-glass", "--reason", "R", "--yes"},
		{"admin", "users", "delete", "bob@acme.example", "--break-glass", "--reason", "R", "--yes"},
		{"admin", "users", "update", "bob@acme.example", "--email", "b@acme.example", "--break-glass", "--reason", "R", "--yes"},
		{"admin", "users", "create", "eve@acme.example", "--break-glass", "--reason", "R", "--yes", "--reveal"},
		{"init"}, {"serve"},
	} {
		_, stderr, status := d.run(args...)
		named := !slices.Contains(args, "--break-glass") || strings.Contains(stderr, ": --break-glass: this works")
		if status != 2 || !named || !strings.Contains(stderr, "works on the store itself, and https://mfa.acme.example is a server") || !strings.Contains(stderr, "--store PATH") {
			t.Errorf("%v: exit %d: %s", args, status, stderr)
		}
	}
}

// A place that got a name is used under it, keeps its own session, and is forgotten
// with it.
func TestAContextHasItsOwnSession(t *testing.T) {
	d := newDesk(t)
	d.write("P", adminPassword)
	must := func(args ...string) string {
		t.Helper()
		out, stderr, status := d.run(args...)
		if status != 0 {
			t.Fatalf("%v: exit %d: %s", args, status, stderr)
		}
		return out
	}
	must("--store", d.path("s.db"), "init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable")
	must("context", "create", "one", "--store", d.path("s.db"), "--use")
	must("context", "create", "two", "--store", d.path("s.db"))
	if out := must("context", "create", "two", "--store", d.path("s.db"), "-o", "json"); !strings.Contains(out, `"changed": false`) {
		t.Error(out)
	}
	if _, _, status := d.run("context", "create", "two", "--store", d.path("other.db")); status != 6 {
		t.Errorf("another place under the name: exit %d", status)
	}
	must("login", "--email", "a@acme.example", "--password-file", d.path("P"))
	if out := must("context", "list", "-o", "csv"); out != "current,name,place,user\n*,one,"+d.path("s.db")+",a@acme.example\n,two,"+d.path("s.db")+",\n" {
		t.Error(out)
	}
	if _, _, status := d.run("--context", "two", "whoami"); status != 4 {
		t.Errorf("the session of another context was used: exit %d", status)
	}
	if out := must("context", "show", "-o", "json"); !strings.Contains(out, `"name": "one"`) || !strings.Contains(out, `"user": "a@acme.example"`) {
		t.Error(out)
	}
	if out := must("context", "ls", "-o", "name"); out != "one\ntwo\n" {
		t.Error(out)
	}
	must("context", "create", "three", "--store", d.path("s.db"), "--key-file", d.path("k"))
	if out := must("context", "show", "three", "-o", "csv"); out != "current,name,place,user,ca_file,key_file\n,three,"+d.path("s.db")+",,,"+d.path("k")+"\n" {
		t.Error(out)
	}
	must("context", "rm", "three")
	must("context", "delete", "one")
	if _, _, status := d.run("--context", "one", "whoami"); status != 3 {
		t.Errorf("a context that is gone: exit %d", status)
	}
	must("context", "create", "one", "--store", d.path("s.db"))
	if _, _, status := d.run("--context", "one", "whoami"); status != 4 {
		t.Errorf("its session was kept: exit %d", status)
	}
	if out := must("context", "delete", "none", "-o", "json"); !strings.Contains(out, `"changed": false`) {
		t.Error(out)
	}
	for _, args := range [][]string{
		{"context", "create", "a/b", "--store", "s.db"}, {"context", "create", "x"}, {"context", "create", "x", "--store", "a", "--server", "https://b"},
		{"context", "create", "x", "--store", "a", "--ca-file", "c"}, {"context", "create", "x", "--server", "http://b.example"},
		{"context", "create", "x", "--server", "https://b", "--key-file", "k"}, {"context", "create", "x", "--server", "https://b", "--ca-file", d.path("none.pem")},
		{"context", "create", "x", "--server", "https://b", "--ca-file", d.path("P")}, {"context", "create", "-x", "--store", "a"}, {"context", "create", ""},
	} {
		if _, stderr, status := d.run(args...); status != 2 {
			t.Errorf("%v: exit %d: %s", args, status, stderr)
		}
	}
	for _, at := range [][]string{{"--store", "a"}, {"--server", "unix:/s.sock"}, {"--server", "http://localhost"}} {
		args := append([]string{"context", "create", "x", "--ca-file", d.path("none.pem")}, at...)
		if _, stderr, status := d.run(args...); status != 2 || !strings.Contains(stderr, "no certificate is shown by "+at[1]) {
			t.Errorf("%v: exit %d: %s", args, status, stderr)
		}
	}
	if _, _, status := d.run("context", "use", "none"); status != 3 {
		t.Errorf("exit %d", status)
	}
}

// A file of contexts that others may write, or that is none, is not used.
func TestAFileOfContextsIsJudged(t *testing.T) {
	d := newDesk(t)
	for text, want := range map[string]int{"contexts: [": 2, "contexts:\n- nmae: x\n": 2, "just text": 2, "": 4} {
		d.write("mfactl/contexts.yaml", text)
		if _, stderr, status := d.run("whoami"); status != want {
			t.Errorf("%q: exit %d: %s", text, status, stderr)
		}
	}
	d.write("mfactl/contexts.yaml", "contexts: []\n")
	if err := os.Chmod(d.path("mfactl/contexts.yaml"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := d.run("whoami"); status != 5 || !strings.Contains(stderr, "chmod 600") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}

// A token that was saved for one place does not go to another, whoever moved the
// context there.
func TestATokenGoesOnlyWhereItBelongs(t *testing.T) {
	d := newDesk(t)
	d.write("P", adminPassword)
	d.env["MFACTL_STORE"] = d.path("s.db")
	if _, stderr, status := d.run("init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable"); status != 0 {
		t.Fatal(stderr)
	}
	delete(d.env, "MFACTL_STORE")
	for _, args := range [][]string{
		{"context", "create", "one", "--store", d.path("s.db"), "--use"}, {"login", "--email", "a@acme.example", "--password-file", d.path("P")}, {"whoami"},
	} {
		if _, stderr, status := d.run(args...); status != 0 {
			t.Fatalf("%v: %s", args, stderr)
		}
	}
	d.write("mfactl/contexts.yaml", "current: one\ncontexts:\n- name: one\n  server: https://evil.invalid\n")
	if _, stderr, status := d.run("whoami"); status != 4 {
		t.Errorf("exit %d: %s", status, stderr)
	}
}

// On a host that has a server no store is made that nobody would find.
func TestNoStoreIsMadeOnAHostThatHasAServer(t *testing.T) {
	d := newDesk(t)
	d.write("var/mfactl.db", "")
	d.write("run/mfactl.sock", "")
	d.write("P", adminPassword)
	if _, stderr, status := d.run("init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable"); status != 6 || !strings.Contains(stderr, "--store PATH") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}
