package cli

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/mfa"
)

// What is done past the server of a host to its store is not said to be done at the
// server.
func TestWhatIsDoneToTheStoreItselfIsNotSaidToBeAtTheServer(t *testing.T) {
	d := newSite(t)
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
			d := newSite(t)
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
	d := newSite(t)
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
}

// site is a directory with settings and contexts, and a host of its own.
type site struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	return &site{t: t, dir: dir, env: map[string]string{"HOME": dir, "XDG_CONFIG_HOME": dir, "XDG_DATA_HOME": dir, "XDG_STATE_HOME": dir}}
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// app is a run that has read its flags.
func (s *site) app(flags globals) *App {
	return &App{
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Clock: time.Now, flags: flags,
		Env:  func(name string) string { return s.env[name] },
		Host: config.Host{Socket: s.path("run/mfactl.sock"), Data: s.path("var"), Config: s.path("etc")},
	}
}
