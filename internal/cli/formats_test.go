package cli_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/mfactl/mfactl/internal/cli"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/cli/app"
)

var update = flag.Bool("update", false, "write the golden files anew")

// office is a store whose ids and times are the same in every run, and people
// who work on it in this process.
type office struct {
	t      *testing.T
	dir    string
	rand   io.Reader
	now    time.Time
	phones map[string]*authapp.App
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), rand: rand.NewChaCha8([32]byte{1}), now: time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC), phones: map[string]*authapp.App{}}
	for who, password := range map[string]string{"admin": adminPassword, "bob": userPassword} {
		if err := os.WriteFile(filepath.Join(o.dir, who+".password"), []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.must("admin", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "admin.password", "--no-enable")
	o.enable("admin", "admin.password")
	for _, name := range []string{"bob", "eve", "carol"} {
		o.must("admin", "admin", "users", "create", name+"@acme.example", "--new-password-file", "bob.password", "--password-file", "admin.password", "--reason", "=1+1")
	}
	o.must("bob", "login", "bob@acme.example", "--password-file", "bob.password")
	o.enable("bob", "bob.password")
	o.must("eve", "login", "eve@acme.example", "--password-file", "bob.password")
	o.enable("eve", "bob.password")
	for _, email := range []string{"bob@acme.example", "eve@acme.example"} {
		if err := settle(t.Context(), filepath.Join(o.dir, "store.db"), email, func() time.Time { return o.now }); err != nil {
			t.Fatal(err)
		}
	}
	o.must("admin", "admin", "reset-2fa", "eve@acme.example", "--password-file", "admin.password", "--yes", "--save", "eve.code", "--reason", "lost phone")
	o.must("admin", "admin", "users", "create", "ci@acme.example", "--service", "--role", "helpdesk", "--password-file", "admin.password")
	o.must("admin", "admin", "tokens", "create", "--password-file", "admin.password", "--for", "ci@acme.example", "--name", "=deploy", "--allow", "users:read,users:lock", "--save", "ci.token")
	o.must("admin", "admin", "communities", "create", "=Branch")
	o.must("admin", "admin", "roles", "create", "--password-file", "admin.password", "desk", "--permission", "users:read", "--note", "@SUM(A1)")
	o.must("admin", "admin", "policy", "set", "lockout=4", "--password-file", "admin.password")
	o.must("admin", "context", "create", "lab", "--server", "unix:/run/lab.sock")
	o.must("admin", "admin", "reset-2fa", "bob@acme.example", "--request", "--password-file", "admin.password", "--yes", "--reason", "@SUM(A1)")
	return o
}

// run runs one command of somebody in this process.
func (o *office) run(who string, stdin string, args ...string) (stdout, stderr string, status int) {
	o.t.Helper()
	env := map[string]string{
		"HOME": o.dir, "MFACTL_STORE": filepath.Join(o.dir, "store.db"), "XDG_STATE_HOME": filepath.Join(o.dir, who),
		"XDG_CONFIG_HOME": filepath.Join(o.dir, "config"), "LANG": "C.UTF-8", "NO_COLOR": "1",
	}
	var out, talk bytes.Buffer
	a := &program{
		In: strings.NewReader(stdin), Out: &out, Err: &talk, Env: func(k string) string { return env[k] },
		Clock: func() time.Time { return o.now }, Rand: o.rand, Hasher: quick(),
		Caller: app.Caller{User: "root", Host: "here"}, // the same on every host, since the columns of tables fit its length
	}
	a.Context = o.t.Context() // signals are this test's own
	for i, arg := range args {
		if i > 0 && strings.HasSuffix(args[i-1], "-file") || i > 0 && args[i-1] == "--save" || i > 0 && args[i-1] == "--csv" {
			args[i] = filepath.Join(o.dir, arg)
		}
	}
	status = run(a, append([]string{"--no-input"}, args...)...)
	return out.String(), talk.String(), status
}

func (o *office) must(who string, args ...string) string {
	o.t.Helper()
	out, talk, status := o.run(who, "", args...)
	if status != 0 {
		o.t.Fatalf("%s: exit %d: %s", strings.Join(args, " "), status, talk)
	}
	return out
}

func (o *office) enable(who, password string) {
	o.t.Helper()
	uri := o.must(who, "2fa", "enable", "--pending", "--label", "phone", "--password-file", password, "--reveal", "--jq", ".otpauth_uri")
	p, err := authapp.Scan(strings.TrimSpace(uri))
	if err != nil {
		o.t.Fatal(err)
	}
	o.phones[who] = p
	if _, talk, status := o.run(who, p.Code(o.now), "2fa", "confirm", "--code-stdin", "--save", who+".codes"); status != 0 {
		o.t.Fatal(talk)
	}
	o.now = o.now.Add(30 * time.Second)
}

// copyTree copies one directory into another, as private as it was.
func copyTree(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// again puts the office back to what it was when it was kept.
func (o *office) again(t *testing.T, kept string) {
	t.Helper()
	o.t, o.rand = t, rand.NewChaCha8([32]byte{2})
	if err := os.RemoveAll(o.dir); err != nil {
		t.Fatal(err)
	}
	copyTree(t, o.dir, kept)
}

// printed is one command that prints records: who gives it, and what it reads.
type printed struct {
	command string // the path in the tree, and the name of the golden file
	who     string
	args    string
	stdin   func(*office) string
	status  int
}

// recordPrinters is every command that prints records.
func recordPrinters() []printed {
	code := func(who string) func(*office) string {
		return func(o *office) string { return o.phones[who].Code(o.now) }
	}
	const pw, reveal = " --password-file admin.password", " --reveal"
	return []printed{
		{command: "whoami", who: "admin"},
		{command: "logout", who: "admin"},
		{command: "login", who: "bob", args: "bob@acme.example --password-file bob.password --code-stdin", stdin: code("bob")},
		{command: "password change", who: "bob", args: "--password-file bob.password --new-password-file admin.password"},
		{command: "2fa enable", who: "bob", args: "--pending --password-file bob.password" + reveal},
		{command: "2fa add", who: "bob", args: "--pending --label =tablet --password-file bob.password" + reveal},
		{command: "2fa status", who: "bob"},
		{command: "2fa list", who: "bob"},
		{command: "2fa prefer", who: "bob", args: "phone"},
		{command: "2fa rename", who: "bob", args: "phone @phone"},
		{command: "2fa disable", who: "bob", args: "--yes --password-file bob.password"},
		{command: "backup-codes generate", who: "bob", args: "--yes --password-file bob.password" + reveal},
		{command: "backup-codes status", who: "bob"},
		{command: "verify", who: "admin", args: "bob@acme.example --code-stdin", stdin: code("bob")},

		{command: "admin users create", who: "admin", args: "dave@acme.example" + reveal},
		{command: "admin users list", who: "admin"},
		{command: "admin users show", who: "admin", args: "eve@acme.example"},
		{command: "admin users update", who: "admin", args: "bob@acme.example --role auditor" + pw},
		{command: "admin users lock", who: "admin", args: "bob@acme.example"},
		{command: "admin users unlock", who: "admin", args: "bob@acme.example" + pw},
		{command: "admin users delete", who: "admin", args: "bob@acme.example --yes"},
		{command: "admin users reset-password", who: "admin", args: "bob@acme.example --yes" + pw + reveal},
		{command: "admin reset-2fa", who: "admin", args: "bob@acme.example --yes" + pw + reveal},
		{command: "admin check-code", who: "admin", args: "bob@acme.example --code-stdin", stdin: code("bob")},
		{command: "admin requests list", who: "admin"},
		{command: "admin policy show", who: "admin", args: "--effective"},
		{command: "admin policy set", who: "admin", args: "require_2fa=privileged" + pw},
		{command: "admin roles list", who: "admin"},
		{command: "admin roles show", who: "admin", args: "desk"},
		{command: "admin roles create", who: "admin", args: "approver --permission users:read,requests:approve --note =1+1" + pw},
		{command: "admin roles update", who: "admin", args: "desk --add audit:read" + pw},
		{command: "admin roles delete", who: "admin", args: "desk --yes"},
		{command: "admin communities list", who: "admin"},
		{command: "admin communities show", who: "admin", args: "=Branch"},
		{command: "admin communities create", who: "admin", args: "+South"},
		{command: "admin communities update", who: "admin", args: "=Branch --name -North"},
		{command: "admin tokens create", who: "admin", args: "--for ci@acme.example --name +build --allow users:read" + pw + reveal},
		{command: "admin tokens list", who: "admin"},
		{command: "admin tokens rotate", who: "nobody", args: "--token-file ci.token --grace 1h" + reveal},
		{command: "admin sessions list", who: "admin"},
		{command: "admin sessions revoke", who: "admin", args: "bob@acme.example"},
		{command: "admin audit list", who: "admin"},

		{command: "context create", who: "admin", args: "prod --server https://mfa.acme.example --use"},
		{command: "context list", who: "admin"},
		{command: "context show", who: "admin", args: "lab"},
		{command: "context use", who: "admin", args: "lab"},
		{command: "context delete", who: "admin", args: "lab"},

		{command: "doctor", who: "admin", status: 12},
	}
}

// printNone is every other command, with the reason.
func printNone() map[string]string {
	return map[string]string{
		"demo": "a story for people", "serve": "writes a log", "init": "see life.txtar: it makes the store", "completion": "a script for a shell", "version": "differs with each build",
		"store check":            "see store.txtar: something must be damaged first",
		"store migrate":          "see store.txtar: it needs an older store",
		"store export-key":       "see store_test.go: differs with each run",
		"password set":           "see accounts.txtar: prints what password change does",
		"2fa confirm":            "see life.txtar: the answer of enable on a terminal",
		"2fa remove":             "prints what prefer does",
		"2fa resync":             "prints what prefer does",
		"admin tokens revoke":    "see tokens.txtar: prints a row of the list",
		"admin users reset-2fa":  "is admin reset-2fa",
		"admin requests show":    "see second-person.txtar: prints a row of the list",
		"admin requests deny":    "prints what show does",
		"admin requests approve": "see second-person.txtar: prints a row of the list, and what the act prints",
	}
}

// Every command of the tree is one that is tried, or one that is named with the
// reason why not.
func TestEveryCommandIsTriedInEveryFormatOrNamed(t *testing.T) {
	known := printNone()
	for _, p := range recordPrinters() {
		known[p.command] = "tried"
	}
	seen := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			path := strings.TrimPrefix(sub.CommandPath(), "mfactl ")
			if sub.HasSubCommands() {
				walk(sub)
				continue
			}
			seen[path] = true
			if known[path] == "" {
				t.Errorf("mfactl %s is neither tried nor named", path)
			}
		}
	}
	walk(cli.Commands())
	for path := range known {
		if !seen[path] {
			t.Errorf("there is no mfactl %s", path)
		}
	}
}

func TestEveryRecordInSixFormats(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: the short form is for races")
	}
	o := newOffice(t)
	kept := t.TempDir()
	copyTree(t, kept, o.dir)
	for _, p := range recordPrinters() {
		t.Run(p.command, func(t *testing.T) {
			var all strings.Builder
			for _, format := range []string{"table", "json", "jsonl", "yaml", "csv", "name"} {
				o.again(t, kept)
				stdin := ""
				if p.stdin != nil {
					stdin = p.stdin(o)
				}
				args := append(append(strings.Fields(p.command), strings.Fields(p.args)...), "-o", format)
				if i := slices.Index(args, "--reveal"); i >= 0 && format == "name" { // which has no room for a secret
					args = slices.Replace(args, i, i+1, "--save", "secret")
				}
				out, talk, status := o.run(p.who, stdin, args...)
				if status != p.status {
					t.Fatalf("%s: exit %d: %s", format, status, talk)
				}
				harmless(t, format, out)
				fmt.Fprintf(&all, "-- %s --\n%s", format, stable(out))
			}
			golden(t, strings.ReplaceAll(p.command, " ", "-"), all.String())
		})
	}
}

// harmless fails where output steers a terminal, turns its text around, or makes
// a spreadsheet calculate.
func harmless(t *testing.T, format, out string) {
	t.Helper()
	for _, r := range out {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%s holds %U", format, r)
		}
	}
	if format != "csv" {
		return
	}
	if m := regexp.MustCompile(`(?m)(^|,)"?[=+@-]`).FindString(out); m != "" {
		t.Errorf("csv holds a formula: %q", m)
	}
}

// stable puts a word in place of what differs from machine to machine.
func stable(out string) string {
	for _, c := range [][2]string{
		{`,\s*"tty": ?"[^"]*"`, ""}, {`(?m)^\s*tty: .*\n`, ""},
		{`("?(?:request_id|host|os_user|uid|version|key_hash|go|os|arch|commit|date)"?: ?)"?[^",\n}]+"?`, `${1}"here"`},
		{`("?pid"?: ?)\d+`, "${1}1"},
	} {
		out = regexp.MustCompile(c[0]).ReplaceAllString(out, c[1])
	}
	return out
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed (go test ./internal/cli -update writes it anew):\n%s", path, got)
	}
}
