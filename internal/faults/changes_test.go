//go:build faults && linux && amd64

package faults

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli"
)

// change is a command that changes something, as a script would give it.
type change struct {
	command string // the path in the tree
	note    string // which of several ways
	who     string
	args    string
	stdin   func(*lab) string
	first   func(*lab) // what must be so before
	status  int        // how it ends where nothing is broken
	again   []int      // how it may end when it is repeated after it was done, where that is not the same answer
	about   string     // whose secrets it touches; bob's if empty
	refused bool       // it is refused before sign-in: a repetition is another attempt, and counted
}

// changes is every command that changes something. Each is run as it stands here
// with an idempotency key, as JSON.
func changes() []change {
	const pw, pwb, reveal = " --password-file P --yes", " --password-file PB", " --reveal"
	return []change{
		{command: "init", who: "admin", args: "--community Acme --email " + admin + " --password-file P --no-enable", first: unmake, again: []int{6}, about: "admin"},
		{command: "login", note: "password only", who: "newcomer", args: newcomer + pwb, about: "newcomer"},
		{command: "login", note: "phone", who: "bob", args: bob + pwb + " --code-stdin", stdin: shown("bob/phone")},
		{command: "login", note: "backup code", who: "bob", args: bob + pwb + " --code-stdin", stdin: backup(0)},
		{command: "login", note: "recovery code", who: "bob", args: bob + pwb + " --code-stdin", first: resetBob, stdin: kept("recovery")},
		{command: "login", note: "wrong code", who: "bob", args: bob + pwb + " --code-stdin", stdin: wrong, status: 7, refused: true},
		{command: "login", note: "wrong password", who: "bob", args: bob + " --password-file PN --code-stdin", stdin: shown("bob/phone"), status: 7, refused: true},
		{command: "logout", who: "bob", again: []int{0, 4}},
		{command: "password change", who: "bob", args: pwb + " --new-password-file PN"},
		{command: "password set", who: "bob", args: "--email " + bob + " --code-stdin --new-password-file PN", first: resetPassword, stdin: kept("set-password")},

		{command: "2fa enable", who: "newcomer", args: "--pending --label phone" + pwb + reveal, about: "newcomer"},
		{command: "2fa confirm", who: "newcomer", args: "--code-stdin" + reveal, first: pending, stdin: shown("newcomer/phone"), about: "newcomer"},
		{command: "2fa confirm", note: "wrong code", who: "newcomer", args: "--code-stdin" + reveal, first: pending, stdin: wrong, status: 7, about: "newcomer"},
		{command: "2fa add", who: "bob", args: "--pending --label watch" + pwb + reveal},
		{command: "2fa prefer", who: "bob", args: "tablet"},
		{command: "2fa rename", who: "bob", args: "tablet slate"},
		{command: "2fa remove", who: "bob", args: "tablet --yes" + pwb},
		{command: "2fa resync", who: "bob", args: "counter --code-file C1 --second-code-file C2", first: twoCodes},
		{command: "2fa disable", who: "bob", args: "--yes" + pwb},
		{command: "backup-codes generate", who: "bob", args: "--yes" + pwb + reveal},

		{command: "verify", note: "phone", who: "admin", args: bob + " --code-stdin", stdin: shown("bob/phone")},
		{command: "verify", note: "counter", who: "admin", args: bob + " --code-stdin", stdin: func(l *lab) string { return l.phones["bob/counter"].At(1) }},
		{command: "verify", note: "backup code", who: "admin", args: bob + " --code-stdin", stdin: backup(0)},
		{command: "verify", note: "wrong code", who: "admin", args: bob + " --code-stdin", stdin: wrong, status: 7},

		{command: "admin check-code", who: "admin", args: bob + " --code-stdin", stdin: shown("bob/phone")},
		{command: "admin check-code", note: "wrong code", who: "admin", args: bob + " --code-stdin", stdin: wrong, status: 7},
		{command: "admin reset-2fa", who: "admin", args: bob + pw + reveal},
		{command: "admin reset-2fa", note: "another code", who: "admin", args: bob + " --new-code" + pw + reveal, first: resetBob},
		{command: "admin reset-2fa", note: "for a second person", who: "admin", args: bob + " --request" + pw},
		{command: "admin reset-2fa", note: "break-glass", who: "nobody", args: bob + " --break-glass --reason R --yes" + reveal},
		{command: "admin users create", who: "admin", args: "new@acme.example" + reveal},
		{command: "admin users create", note: "break-glass", who: "nobody", args: "new@acme.example --community Acme --break-glass --reason R --yes" + reveal},
		{command: "admin users update", who: "admin", args: bob + " --role helpdesk" + " --password-file P"},
		{command: "admin users update", note: "break-glass", who: "nobody", args: bob + " --email new@acme.example --break-glass --reason R --yes"},
		{command: "admin users lock", who: "admin", args: bob},
		{command: "admin users unlock", who: "admin", args: bob + " --password-file P", first: func(l *lab) { l.must("admin", "", "admin", "users", "lock", bob) }},
		{command: "admin users unlock", note: "break-glass", who: "nobody", args: bob + " --break-glass --reason R --yes", first: func(l *lab) { l.must("admin", "", "admin", "users", "lock", bob) }},
		{command: "admin users delete", who: "admin", args: bob + " --yes"},
		{command: "admin users delete", note: "break-glass", who: "nobody", args: bob + " --break-glass --reason R --yes"},
		{command: "admin users reset-password", who: "admin", args: bob + pw + reveal},
		{command: "admin users reset-password", note: "break-glass", who: "nobody", args: bob + " --break-glass --reason R --yes" + reveal},
		{command: "admin requests approve", who: "alice", args: "ID" + pwb + reveal, first: filed},
		{command: "admin requests deny", who: "alice", args: "ID", first: filed},
		{command: "admin policy set", who: "admin", args: "require_2fa=everyone lockout=3 --password-file P"},
		{command: "admin roles create", who: "admin", args: "approver --permission users:read,requests:approve" + " --password-file P"},
		{command: "admin roles update", who: "admin", args: "desk --add audit:read" + " --password-file P"},
		{command: "admin roles delete", who: "admin", args: "desk --yes"},
		{command: "admin communities create", who: "admin", args: "South"},
		{command: "admin communities update", who: "admin", args: "Branch --name North"},
		{command: "admin sessions revoke", who: "admin", args: bob},
		{command: "admin tokens create", who: "admin", args: "--for " + robot + " --allow users:read,users:lock" + " --password-file P" + reveal, first: service},
		{command: "admin tokens rotate", who: "admin", args: "ID --allow users:read" + " --password-file P" + reveal, first: issued},
		{command: "admin tokens rotate", note: "with a time of grace", who: "admin", args: "ID --grace 10m" + " --password-file P" + reveal, first: issued},
		{command: "admin tokens revoke", who: "admin", args: "ID", first: issued},
	}
}

// changeNothing is every other command, with the reason why it is not broken.
func changeNothing() map[string]string {
	const looks = "only looks"
	const namesPlaces = "touches no store, and is killed by TestAKilledCommandLeavesTheContextsWhole"
	return map[string]string{
		"demo": "works on a store of its own and throws it away", "completion": looks, "version": looks,
		"whoami": looks, "2fa status": looks, "2fa list": looks, "backup-codes status": looks,
		"admin users list": looks, "admin users show": looks, "admin requests list": looks, "admin requests show": looks,
		"admin roles list": looks, "admin roles show": looks, "admin communities list": looks, "admin communities show": looks,
		"admin policy show": looks, "admin sessions list": looks, "admin audit list": looks,
		"admin tokens list": looks, "context list": looks, "context show": looks,
		"admin users reset-2fa": "is admin reset-2fa", "doctor": looks, "store check": looks,
		"context create": namesPlaces, "context use": namesPlaces, "context delete": namesPlaces,
		"serve":            "is killed and asked to end under load by the tests of the server",
		"store migrate":    "is killed at every write by the tests of internal/store",
		"store export-key": "writes one event and nothing else, and another answer each time",
	}
}

// A command that is new is put into one of the two tables.
func TestEveryCommandIsBrokenOrNamed(t *testing.T) {
	known := changeNothing()
	for _, c := range changes() {
		known[c.command] = "broken"
	}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			path := strings.TrimPrefix(sub.CommandPath(), "mfactl ")
			switch {
			case sub.HasSubCommands():
				walk(sub)
			case known[path] == "":
				t.Errorf("mfactl %s is neither broken nor named with a reason", path)
			default:
				delete(known, path)
			}
		}
	}
	walk(cli.Commands())
	for _, path := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("there is no mfactl %s", path)
	}
}

func (c change) name() string {
	if c.note == "" {
		return c.command
	}
	return c.command + ", " + c.note
}

// key is the idempotency key of every change: a lab sees one only.
const key = "a key that a script has drawn"

// words are the whole command. ID stands for the request that was filed, or
// the token that was issued.
func (c change) words(l *lab) []string {
	words := append(strings.Fields(c.command), strings.Fields(c.args)...)
	if i := slices.Index(words, "ID"); i >= 0 {
		words[i] = l.read("ID")
	}
	return append(words, "--idempotency-key", key, "-o", "json")
}

// input is what the command reads.
func (c change) input(l *lab) string {
	if c.stdin == nil {
		return ""
	}
	return c.stdin(l)
}

// secrets are those the change may touch, with those its answer has made.
func (c change) secrets(l *lab, out string) [][]secret {
	switch c.about {
	case "admin":
		return nil
	case "":
		return l.secretsOf("bob", bob, out)
	}
	return l.secretsOf(c.about, c.about+"@acme.example", out)
}

func shown(phone string) func(*lab) string { return func(l *lab) string { return l.code(phone) } }
func backup(i int) func(*lab) string       { return func(l *lab) string { return l.codes["bob"][i] } }
func kept(file string) func(*lab) string   { return func(l *lab) string { return l.read(file) } }
func wrong(l *lab) string                  { return l.phones["bob/phone"].Wrong(l.now()) }

func unmake(l *lab) {
	l.clear()
	e := emptyLab(l.t, l.dir)
	l.phones, l.codes = e.phones, e.codes
}

func pending(l *lab) { l.begin("newcomer", "PB", "enable", "phone") }

// resetBob resets Bob's 2FA a month ago in the eyes of the two-person rule.
func resetBob(l *lab) {
	l.keep("recovery", l.must("admin", "", "admin", "reset-2fa", bob, "--password-file", "P", "--yes", "--reveal", "--jq", ".recovery_code"))
}

func resetPassword(l *lab) {
	l.keep("set-password", l.must("admin", "", "admin", "users", "reset-password", bob, "--password-file", "P", "--yes", "--reveal", "--jq", ".set_password_code"))
}

// filed asks for a reset that a second person decides.
func filed(l *lab) {
	l.keep("ID", l.must("admin", "", "admin", "reset-2fa", bob, "--request", "--password-file", "P", "--yes", "--jq", ".request.id"))
}

// service makes an account that only tokens act for.
func service(l *lab) {
	l.must("admin", "", "admin", "users", "create", robot, "--password-file", "P", "--service", "--role", "helpdesk")
}

// issued gives the service account a token.
func issued(l *lab) {
	service(l)
	out := l.must("admin", "", "admin", "tokens", "create", "--password-file", "P", "--for", robot, "--allow", "users:read,users:lock", "--reveal", "-o", "json")
	var token struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	l.parse(out, &token)
	l.write("ID", token.ID)
	l.tokens = []string{token.Token}
}

// twoCodes has the counter run far ahead.
func twoCodes(l *lab) {
	l.write("C1", l.phones["bob/counter"].At(40))
	l.write("C2", l.phones["bob/counter"].At(41))
	l.advance(30 * time.Second)
}

func (l *lab) keep(name, text string) { l.write(name, strings.TrimSpace(text)) }
