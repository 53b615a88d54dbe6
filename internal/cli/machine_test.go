package cli_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
)

// machine is a directory with a store on which people run mfactl.
type machine struct {
	t     *testing.T
	dir   string
	extra []string // of the environment
	work  string   // the working directory of programs; dir if it is empty
}

const (
	adminPassword = "correct horse battery staple one"
	userPassword  = "a long password of somebody"
)

// newMachine makes a store with an administrator who has 2FA on.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir()}
	m.write("P", adminPassword)
	m.write("PU", userPassword)
	m.write(".clock", "2026-03-14T09:26:40Z")
	m.must("admin", "", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", m.path("P"), "--no-enable")
	m.enable("admin", "P")
	return m
}

// patience is how long anything may take before a test fails.
const patience = 20 * time.Second

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(m.path(name), []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) now() time.Time { return clockIn(m.path(".clock")) }

func (m *machine) advance(d time.Duration) {
	m.write(".clock", m.now().Add(d).Format(time.RFC3339))
}

// env is a person's environment.
func (m *machine) env(who string) []string {
	return []string{
		"HOME=" + m.dir, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC",
		"MFACTL_STORE=" + m.path("store.db"), "XDG_STATE_HOME=" + m.path(who), "XDG_CONFIG_HOME=" + m.path("config"), "TEST_CLOCK=" + m.path(".clock"),
	}
}

// cmd is mfactl as a process of its own.
func (m *machine) cmd(who string, args ...string) *exec.Cmd {
	c := exec.CommandContext(m.t.Context(), "mfactl", args...)
	c.Env = append(m.env(who), m.extra...)
	c.Dir = cmp.Or(m.work, m.dir)
	return c
}

// run runs mfactl and returns what it wrote and its exit status: in this process, where
// a program need not be started and its memory not be had anew.
func (m *machine) run(who, stdin string, args ...string) (stdout, stderr string, status int) {
	m.t.Helper()
	env := map[string]string{}
	for _, one := range append(m.env(who), m.extra...) {
		name, value, _ := strings.Cut(one, "=")
		env[name] = value
	}
	var out, err bytes.Buffer
	a := &program{
		In: strings.NewReader(stdin), Out: &out, Err: &err, Env: func(name string) string { return env[name] },
		Clock: m.now, Host: noHost(), Hasher: quick(), Context: m.t.Context(),
	}
	status = run(a, args...)
	return out.String(), err.String(), status
}

// must runs what must succeed.
func (m *machine) must(who, stdin string, args ...string) string {
	m.t.Helper()
	out, err, status := m.run(who, stdin, args...)
	if status != 0 {
		m.t.Fatalf("mfactl %s: exit %d: %s", strings.Join(args, " "), status, err)
	}
	return out
}

// account is a user with a phone and backup codes.
type account struct {
	email string
	uri   string
	phone *authapp.App
	codes []string
}

// enable turns 2FA on for a person who is signed in.
func (m *machine) enable(who, password string) account {
	m.t.Helper()
	var e struct {
		URI  string `json:"otpauth_uri"`
		User string `json:"user"`
	}
	m.parse(m.must(who, "", "2fa", "enable", "--pending", "--label", "phone", "--password-file", m.path(password), "--reveal", "-o", "json"), &e)
	p, err := authapp.Scan(e.URI)
	if err != nil {
		m.t.Fatal(err)
	}
	var a struct {
		Codes []string `json:"backup_codes"`
	}
	m.parse(m.must(who, p.Code(m.now()), "2fa", "confirm", "--code-stdin", "--reveal", "-o", "json"), &a)
	return account{email: e.User, uri: e.URI, phone: p, codes: a.Codes}
}

// user makes an account with 2FA on, as if it had been created long ago.
func (m *machine) user(name string) account {
	m.t.Helper()
	email := name + "@acme.example"
	m.must("admin", "", "admin", "users", "create", email, "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must(name, "", "login", email, "--password-file", m.path("PU"))
	m.settle(email)
	return m.enable(name, "PU")
}

func (m *machine) parse(text string, into any) {
	m.t.Helper()
	if err := json.NewDecoder(io.LimitReader(strings.NewReader(text), 1<<20)).Decode(into); err != nil {
		m.t.Fatalf("%v: %s", err, text)
	}
}

// phoneOf is a phone into which a key was typed.
func (m *machine) phoneOf(key string) *authapp.App {
	m.t.Helper()
	p, err := authapp.Scan("otpauth://totp/x:y?issuer=x&secret=" + key)
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}
