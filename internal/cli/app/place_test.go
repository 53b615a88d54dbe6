package app

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
	a := d.app(globalFlags{})
	if line, err := a.greet(t.Context()); err == nil {
		t.Errorf("nobody listens there: %q", line)
	}
	if _, err := a.StorePlace(); err != nil {
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
		flags  globalFlags
		env    map[string]string
		unused bool // no context is in use
		want   Place
		ca     string
		bad    string // the field at fault
	}{
		"the context in use":           {want: Place{Context: "prod"}, ca: "/ca/prod.pem"},
		"the settings":                 {unused: true, want: Place{Store: "/settings.db", Key: "/settings.key"}},
		"MFACTL_STORE":                 {env: map[string]string{"MFACTL_STORE": "/env.db"}, want: Place{Store: "/env.db", Key: "/env.db.key"}},
		"MFACTL_CONTEXT":               {env: map[string]string{"MFACTL_CONTEXT": "lab"}, want: Place{Context: "lab", Store: "/lab/store.db", Key: "/lab/key"}},
		"MFACTL_KEY_FILE":              {env: map[string]string{"MFACTL_STORE": "/env.db", "MFACTL_KEY_FILE": "/env.key"}, want: Place{Store: "/env.db", Key: "/env.key"}},
		"MFACTL_CA_FILE":               {env: map[string]string{"MFACTL_CA_FILE": "/env.pem"}, want: Place{Context: "prod"}, ca: "/env.pem"},
		"--store over MFACTL_SERVER":   {flags: globalFlags{Store: "/flag.db"}, env: map[string]string{"MFACTL_SERVER": "https://env.example"}, want: Place{Store: "/flag.db", Key: "/flag.db.key"}},
		"--context over MFACTL_STORE":  {flags: globalFlags{Context: "lab"}, env: map[string]string{"MFACTL_STORE": "/env.db"}, want: Place{Context: "lab", Store: "/lab/store.db", Key: "/lab/key"}},
		"--ca-file over all":           {flags: globalFlags{Context: "prod", CAFile: "/flag.pem"}, env: map[string]string{"MFACTL_CA_FILE": "/env.pem"}, want: Place{Context: "prod"}, ca: "/flag.pem"},
		"two flags":                    {flags: globalFlags{Context: "lab", Store: "/flag.db"}, bad: "--store"},
		"a certificate of a store":     {flags: globalFlags{Store: "/flag.db", CAFile: "/flag.pem"}, bad: "--ca-file"},
		"a certificate of a socket":    {flags: globalFlags{Server: "unix:/s.sock", CAFile: "/flag.pem"}, bad: "--ca-file"},
		"a certificate in clear":       {flags: globalFlags{Server: "http://localhost", CAFile: "/flag.pem"}, bad: "--ca-file"},
		"a socket with MFACTL_CA_FILE": {env: map[string]string{"MFACTL_SERVER": "unix:/s.sock", "MFACTL_CA_FILE": "/env.pem"}},
		"a certificate and no server":  {unused: true, flags: globalFlags{CAFile: "/flag.pem"}, bad: "--ca-file"},
		"two variables":                {env: map[string]string{"MFACTL_SERVER": "https://env.example", "MFACTL_STORE": "/env.db"}, bad: "MFACTL_STORE"},
		"an unknown context":           {flags: globalFlags{Context: "none"}, bad: "-"},
		"a server in clear":            {flags: globalFlags{Server: "http://mfa.acme.example"}, bad: "server"},
		"a store of another sort":      {flags: globalFlags{Store: "https://mfa.acme.example"}, bad: "store"},
		"a password in the flag":       {flags: globalFlags{Store: "postgres://a:b@host/db"}, bad: "--store"},
		"a server with a password":     {env: map[string]string{"MFACTL_SERVER": "https://a:b@host"}, bad: "server"},
		"a key from the manager":       {flags: globalFlags{Store: "/flag.db"}, env: map[string]string{"CREDENTIALS_DIRECTORY": handed}, want: Place{Store: "/flag.db", Key: filepath.Join(handed, "mfactl.key"), Handed: true}},
		"a named key over the manager": {flags: globalFlags{Store: "/flag.db"}, env: map[string]string{"CREDENTIALS_DIRECTORY": handed, "MFACTL_KEY_FILE": "/env.key"}, want: Place{Store: "/flag.db", Key: "/env.key"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSite(t)
			d.write("mfactl/config.yaml", "store: /settings.db\nkey_file: /settings.key\n")
			d.write("mfactl/contexts.yaml", contexts)
			if !c.unused {
				d.write("mfactl/contexts.yaml", "current: prod\n"+contexts)
			}
			maps.Copy(d.env, c.env)
			got, err := d.app(c.flags).Place()
			if c.bad != "" {
				if e := mfa.AsError(err); err == nil || e.Code == mfa.Internal || e.Field != c.bad && c.bad != "-" || strings.Contains(e.Error(), "a:b") {
					t.Errorf("%+v: %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Context == "prod" && got.ID() != "https://prod.acme.example" || got.CAFile != c.ca {
				t.Errorf("%s with %s", got.ID(), got.CAFile)
			}
			got.Server, got.CAFile = nil, ""
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
	own, err := d.app(globalFlags{}).Place()
	if err != nil || own.Store != d.path("mfactl/mfactl.db") || own.Key != d.path("mfactl/mfactl.key") {
		t.Errorf("%+v %v", own, err)
	}
	d.write("var/mfactl.db", "")
	hosts, err := d.app(globalFlags{}).Place()
	if err != nil || hosts.Store != d.path("var/mfactl.db") || hosts.Key != d.path("etc/mfactl.key") {
		t.Errorf("%+v %v", hosts, err)
	}
	d.write("run/mfactl.sock", "")
	socket, err := d.app(globalFlags{}).Place()
	if err != nil || socket.ID() != "unix:"+d.path("run/mfactl.sock") {
		t.Errorf("%+v %v", socket, err)
	}
	itself, err := d.app(globalFlags{}).StorePlace()
	if err != nil || itself.Store != hosts.Store {
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
func (s *site) app(flags globalFlags) *App {
	return &App{
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Clock: time.Now, Flags: flags,
		Env:  func(name string) string { return s.env[name] },
		Host: config.Host{Socket: s.path("run/mfactl.sock"), Data: s.path("var"), Config: s.path("etc")},
	}
}
