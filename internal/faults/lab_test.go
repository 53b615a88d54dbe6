//go:build faults && linux && amd64

package faults

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
)

// The people of the lab. Alice looks and decides and is never acted upon; the
// newcomer has no 2FA.
const (
	admin    = "admin@acme.example"
	alice    = "alice@acme.example"
	bob      = "bob@acme.example"
	newcomer = "newcomer@acme.example"
	robot    = "ci@acme.example"
)

// lab is a directory with a store, its key, a clock, and people's sessions.
type lab struct {
	t      *testing.T
	dir    string
	seed   int // of the next run
	phones map[string]*authapp.App
	codes  map[string][]string // backup codes
	tokens []string            // that were issued before
	known  map[string]string   // what was said of secrets that take long to try
}

// passwords are the files of the lab that hold one.
var passwords = map[string]string{
	"P": "correct horse battery staple one", "PB": "a long password of somebody", "PN": "another password altogether",
}

// newLab makes a store with two operators, a member with three factors, and one
// with none, on the tenth day of its life.
func newLab(t *testing.T) *lab {
	t.Helper()
	l := emptyLab(t, t.TempDir())
	l.must("admin", "", "init", "--community", "Acme", "--email", admin, "--password-file", "P", "--no-enable")
	l.enable("admin", "P", "enable", "phone")
	l.must("admin", "", "admin", "users", "create", alice, "--role", "operator", "--new-password-file", "PB", "--password-file", "P")
	l.must("admin", "", "admin", "users", "create", bob, "--new-password-file", "PB", "--password-file", "P")
	l.must("admin", "", "admin", "users", "create", newcomer, "--new-password-file", "PB", "--password-file", "P")
	l.must("alice", "", "login", alice, "--password-file", "PB")
	l.enable("alice", "PB", "enable", "phone")
	l.must("bob", "", "login", bob, "--password-file", "PB")
	l.enable("bob", "PB", "enable", "phone")
	l.enable("bob", "PB", "add", "tablet")
	l.enable("bob", "PB", "add", "counter", "--kind", "hotp")
	l.must("admin", "", "admin", "roles", "create", "--password-file", "P", "desk", "--permission", "users:read")
	l.must("admin", "", "admin", "communities", "create", "Branch")
	l.advance(8 * 24 * time.Hour) // what made or changed an account binds its approver for a week
	l.must("admin", l.code("admin/phone"), "login", admin, "--password-file", "P", "--code-stdin")
	l.must("alice", l.code("alice/phone"), "login", alice, "--password-file", "PB", "--code-stdin")
	l.must("bob", l.code("bob/phone"), "login", bob, "--password-file", "PB", "--code-stdin")
	l.must("newcomer", "", "login", newcomer, "--password-file", "PB")
	l.advance(30 * time.Second)
	return l
}

// emptyLab is a directory without a store.
func emptyLab(t *testing.T, dir string) *lab {
	l := &lab{t: t, dir: dir, phones: map[string]*authapp.App{}, codes: map[string][]string{}, known: map[string]string{}}
	for name, text := range passwords {
		l.write(name, text)
	}
	l.write(".clock", "2026-03-14T09:26:40Z")
	return l
}

// fork copies the lab to another directory: what is done in one is not seen in
// the other.
func (l *lab) fork(t *testing.T, dir string) *lab {
	t.Helper()
	c := *l
	c.t, c.dir = t, dir
	if err := os.CopyFS(dir, os.DirFS(l.dir)); err != nil {
		t.Fatal(err)
	}
	private(t, dir)
	return &c
}

// private takes from everybody else what copying gave them.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// clear empties the lab's directory.
func (l *lab) clear() {
	l.t.Helper()
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(l.path(e.Name())); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

func (l *lab) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(l.path(name), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) now() time.Time { return clockIn(l.path(".clock")) }

func (l *lab) advance(d time.Duration) { l.write(".clock", l.now().Add(d).Format(time.RFC3339)) }

// code is what a phone shows now.
func (l *lab) code(phone string) string { return l.phones[phone].Code(l.now()) }

// env is a person's environment. Its own directory is where a process finds the
// store, so that a copy of the lab is a lab: saved sessions hold the store's name.
func (l *lab) env(who string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + l.dir, "LANG=C.UTF-8", "TZ=UTC", "GOMAXPROCS=1",
		"MFACTL_STORE=/proc/self/cwd/store.db", "XDG_STATE_HOME=" + l.path(who), "XDG_CONFIG_HOME=" + l.path(who),
		"TEST_CLOCK=" + l.path(".clock"), "TEST_SEED=" + strconv.Itoa(l.seed),
	}
}

// answer is what a process wrote and how it ended.
type answer struct {
	out, talk string
	status    int // 137 if it was killed
}

// cmd is mfactl as a process of its own.
func (l *lab) cmd(who, stdin string, args ...string) *exec.Cmd {
	l.seed++
	c := exec.CommandContext(l.t.Context(), "mfactl", args...)
	c.Env, c.Dir, c.Stdin = l.env(who), l.dir, strings.NewReader(stdin)
	return c
}

// run runs mfactl.
func (l *lab) run(who, stdin string, args ...string) answer {
	l.t.Helper()
	c := l.cmd(who, stdin, args...)
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	if err := c.Run(); err != nil && c.ProcessState == nil {
		l.t.Fatal(err)
	}
	return answer{out.String(), talk.String(), c.ProcessState.ExitCode()}
}

// must runs what must succeed, and returns its output.
func (l *lab) must(who, stdin string, args ...string) string {
	l.t.Helper()
	a := l.run(who, stdin, args...)
	if a.status != 0 {
		l.t.Fatalf("mfactl %s: exit %d: %s", strings.Join(args, " "), a.status, a.talk)
	}
	return a.out
}

// begin begins a factor and gives its key to a phone.
func (l *lab) begin(who, password, verb, label string, more ...string) {
	l.t.Helper()
	args := append([]string{"2fa", verb, "--pending", "--label", label, "--password-file", password, "--reveal", "-o", "json"}, more...)
	var e struct {
		URI string `json:"otpauth_uri"`
	}
	l.parse(l.must(who, "", args...), &e)
	p, err := authapp.Scan(e.URI)
	if err != nil {
		l.t.Fatal(err)
	}
	l.phones[who+"/"+label] = p
}

// enable turns 2FA on, or adds a factor.
func (l *lab) enable(who, password, verb, label string, more ...string) {
	l.t.Helper()
	l.begin(who, password, verb, label, more...)
	code := l.code(who + "/" + label)
	if len(more) > 0 {
		code = l.phones[who+"/"+label].At(0) // a counter's first
	}
	var a struct {
		Codes []string `json:"backup_codes"`
	}
	l.parse(l.must(who, code, "2fa", "confirm", "--code-stdin", "--reveal", "-o", "json"), &a)
	if len(a.Codes) > 0 {
		l.codes[who] = a.Codes
	}
	l.advance(30 * time.Second)
}

func (l *lab) parse(text string, into any) {
	l.t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		l.t.Fatalf("%v: %s", err, text)
	}
}

func (l *lab) read(name string) string {
	l.t.Helper()
	b, err := os.ReadFile(l.path(name))
	if err != nil {
		l.t.Fatal(err)
	}
	return string(b)
}
