package cli

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/mfa"
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

// app is a run that has read its flags.
func (d *desk) app(flags globals) *App {
	return &App{
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Clock: time.Now, flags: flags,
		Env:  func(name string) string { return d.env[name] },
		Host: config.Host{Socket: d.path("run/mfactl.sock"), Data: d.path("var"), Config: d.path("etc")},
	}
}

// run runs a command and returns what it wrote.
func (d *desk) run(args ...string) (stdout, stderr string, status int) {
	d.t.Helper()
	var out, err strings.Builder
	a := d.app(globals{})
	a.Out, a.Err, a.Context = &out, &err, d.t.Context()
	status = a.Run(append([]string{"--no-input"}, args...))
	return out.String(), err.String(), status
}

// Flags stand over the environment, that over the context in use, that over settings,
// and all over what the host has; two ways at once are refused.
func TestThePlaceIsTheOneThatWasNamed(t *testing.T) {
	const contexts = "contexts:\n- name: prod\n  server: https://prod.acme.example\n  ca_file: /ca/prod.pem\n- name: lab\n  store: /lab/store.db\n  key_file: /lab/key\n"
	handed := t.TempDir()
	if err := os.WriteFile(filepath.Join(handed, "mfactl.key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags  globals
		env    map[string]string
		unused bool // no context is in use
		want   place
		ca     string
		bad    string // the field at fault
	}{
		"the context in use":           {want: place{context: "prod"}, ca: "/ca/prod.pem"},
		"the settings":                 {unused: true, want: place{store: "/settings.db", key: "/settings.key"}},
		"MFACTL_STORE":                 {env: map[string]string{"MFACTL_STORE": "/env.db"}, want: place{store: "/env.db", key: "/env.db.key"}},
		"MFACTL_CONTEXT":               {env: map[string]string{"MFACTL_CONTEXT": "lab"}, want: place{context: "lab", store: "/lab/store.db", key: "/lab/key"}},
		"MFACTL_KEY_FILE":              {env: map[string]string{"MFACTL_STORE": "/env.db", "MFACTL_KEY_FILE": "/env.key"}, want: place{store: "/env.db", key: "/env.key"}},
		"MFACTL_CA_FILE":               {env: map[string]string{"MFACTL_CA_FILE": "/env.pem"}, want: place{context: "prod"}, ca: "/env.pem"},
		"--store over MFACTL_SERVER":   {flags: globals{store: "/flag.db"}, env: map[string]string{"MFACTL_SERVER": "https://env.example"}, want: place{store: "/flag.db", key: "/flag.db.key"}},
		"--context over MFACTL_STORE":  {flags: globals{context: "lab"}, env: map[string]string{"MFACTL_STORE": "/env.db"}, want: place{context: "lab", store: "/lab/store.db", key: "/lab/key"}},
		"--ca-file over all":           {flags: globals{context: "prod", caFile: "/flag.pem"}, env: map[string]string{"MFACTL_CA_FILE": "/env.pem"}, want: place{context: "prod"}, ca: "/flag.pem"},
		"two flags":                    {flags: globals{context: "lab", store: "/flag.db"}, bad: "--store"},
		"a certificate of a store":     {flags: globals{store: "/flag.db", caFile: "/flag.pem"}, bad: "--ca-file"},
		"a certificate of a socket":    {flags: globals{server: "unix:/s.sock", caFile: "/flag.pem"}, bad: "--ca-file"},
		"a certificate in clear":       {flags: globals{server: "http://localhost", caFile: "/flag.pem"}, bad: "--ca-file"},
		"a socket with MFACTL_CA_FILE": {env: map[string]string{"MFACTL_SERVER": "unix:/s.sock", "MFACTL_CA_FILE": "/env.pem"}},
		"a certificate and no server":  {unused: true, flags: globals{caFile: "/flag.pem"}, bad: "--ca-file"},
		"two variables":                {env: map[string]string{"MFACTL_SERVER": "https://env.example", "MFACTL_STORE": "/env.db"}, bad: "MFACTL_STORE"},
		"an unknown context":           {flags: globals{context: "none"}, bad: "-"},
		"a server in clear":            {flags: globals{server: "http://mfa.acme.example"}, bad: "server"},
		"a store of another sort":      {flags: globals{store: "https://mfa.acme.example"}, bad: "store"},
		"a password in the flag":       {flags: globals{store: "postgres://a:b@host/db"}, bad: "--store"},
		"a server with a password":     {env: map[string]string{"MFACTL_SERVER": "https://a:b@host"}, bad: "server"},
		"a key from the manager":       {flags: globals{store: "/flag.db"}, env: map[string]string{"CREDENTIALS_DIRECTORY": handed}, want: place{store: "/flag.db", key: filepath.Join(handed, "mfactl.key"), handed: true}},
		"a named key over the manager": {flags: globals{store: "/flag.db"}, env: map[string]string{"CREDENTIALS_DIRECTORY": handed, "MFACTL_KEY_FILE": "/env.key"}, want: place{store: "/flag.db", key: "/env.key"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.write("mfactl/config.yaml", "store: /settings.db\nkey_file: /settings.key\n")
			d.write("mfactl/contexts.yaml", contexts)
			if !c.unused {
				d.write("mfactl/contexts.yaml", "current: prod\n"+contexts)
			}
			maps.Copy(d.env, c.env)
			got, err := d.app(c.flags).place()
			if c.bad != "" {
				if e := mfa.AsError(err); err == nil || e.Code == mfa.Internal || e.Field != c.bad && c.bad != "-" || strings.Contains(e.Error(), "a:b") {
					t.Errorf("%+v: %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.want.context == "prod" && got.id() != "https://prod.acme.example" || got.caFile != c.ca {
				t.Errorf("%s with %s", got.id(), got.caFile)
			}
			got.server, got.caFile = nil, ""
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// Where nobody named a place it is the host's socket, else the host's store, else
// one's own; what works on the store itself takes the host's store.
func TestThePlaceThatNobodyNamedIsTheHosts(t *testing.T) {
	d := newDesk(t)
	own, err := d.app(globals{}).place()
	if err != nil || own.store != d.path("mfactl/mfactl.db") || own.key != d.path("mfactl/mfactl.key") {
		t.Errorf("%+v %v", own, err)
	}
	d.write("var/mfactl.db", "")
	hosts, err := d.app(globals{}).place()
	if err != nil || hosts.store != d.path("var/mfactl.db") || hosts.key != d.path("etc/mfactl.key") {
		t.Errorf("%+v %v", hosts, err)
	}
	d.write("run/mfactl.sock", "")
	socket, err := d.app(globals{}).place()
	if err != nil || socket.id() != "unix:"+d.path("run/mfactl.sock") {
		t.Errorf("%+v %v", socket, err)
	}
	itself, err := d.app(globals{}).storePlace()
	if err != nil || itself.store != hosts.store {
		t.Errorf("%+v %v", itself, err)
	}
	d.write("P", adminPassword)
	if _, stderr, status := d.run("init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable"); status != 6 || !strings.Contains(stderr, "--store PATH") {
		t.Errorf("exit %d: %s", status, stderr)
	}
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
