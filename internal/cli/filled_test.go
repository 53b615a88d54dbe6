package cli_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/cli"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What was given empty is refused by its name: nothing is done elsewhere, or as
// somebody else, because a variable was not set.
func TestAFlagThatIsGivenEmptyIsRefused(t *testing.T) {
	d := newDesk(t)
	d.write("P", adminPassword)
	if _, stderr, status := d.run("init", "--community", "Acme", "--email", "a@acme.example", "--password-file", d.path("P"), "--no-enable"); status != 0 {
		t.Fatal(stderr)
	}
	for flag, lines := range map[string][][]string{
		"--token-file":      {{"whoami", "--token-file", ""}, {"whoami", "--token-file="}},
		"--context":         {{"whoami", "--context", ""}, {"doctor", "--context="}, {"whoami", "--store", d.path("mfactl/mfactl.db"), "--context", ""}},
		"--server":          {{"whoami", "--server", ""}, {"version", "--server", ""}},
		"--store":           {{"--store", "", "whoami"}, {"--context", "prod", "--store", "", "whoami"}},
		"--ca-file":         {{"whoami", "--ca-file", ""}},
		"--config":          {{"whoami", "--config", ""}},
		"--idempotency-key": {{"whoami", "--idempotency-key", ""}},
		"--password-file":   {{"login", "--password-file", ""}},
		"--code-file":       {{"login", "--code-file", ""}},
		"--community":       {{"admin", "users", "create", "b@acme.example", "-c", ""}},
		"--for":             {{"admin", "tokens", "create", "--for", ""}},
		"--session":         {{"admin", "sessions", "revoke", "a@acme.example", "--session", ""}},
		"--save":            {{"backup-codes", "generate", "--save", ""}},
		"--key-file":        {{"context", "create", "lab", "--store", "x", "--key-file", ""}},
	} {
		for _, args := range lines {
			if _, stderr, status := d.run(args...); status != 2 || !strings.Contains(stderr, flag+": empty") {
				t.Errorf("%q: exit %d: %s", args, status, stderr)
			}
		}
	}
}

// An empty argument is refused, too: otherwise a command would list all users, or replace the
// token that is in use.
func TestAnArgumentThatIsGivenEmptyIsRefused(t *testing.T) {
	m := newMachine(t)
	token := m.saved("admin", "token", "admin", "tokens", "create", "--password-file", m.path("P"), "--name", "job", "--allow", "users:read")
	for _, args := range [][]string{
		{"verify", ""}, {"admin", "check-code", ""}, {"2fa", "remove", ""}, {"admin", "sessions", "list", ""}, {"admin", "tokens", "list", ""},
		{"admin", "tokens", "rotate", "", "--token-file", token, "--reveal"}, {"login", ""}, {"context", "show", ""},
	} {
		if out, stderr, status := m.run("admin", "", args...); status != 2 || out != "" || !strings.Contains(stderr, "empty") {
			t.Errorf("%q: exit %d: %s%s", args, status, out, stderr)
		}
	}
	m.must("job", "", "whoami", "--token-file", token)
}

// Every flag with a text and every file that a secret comes from is refused when it is empty,
// by every command that has it.
func TestEveryFlagThatMayNotBeEmptyIsKnown(t *testing.T) {
	d := newDesk(t)
	tried := 0
	check := func(c *cobra.Command, f *pflag.Flag) {
		args := strings.Fields(c.CommandPath())[1:]
		for _, word := range strings.Fields(c.Use)[1:] {
			if first, _, several := strings.Cut(word, "|"); first != "" && (several || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ=.") == "") {
				args = append(args, first)
			}
		}
		tried++
		if _, stderr, status := d.run(append(args, "--"+f.Name+"=")...); status != 2 || !strings.Contains(stderr, "--"+f.Name+": empty") {
			t.Errorf("%s --%s may be empty: exit %d: %s", c.CommandPath(), f.Name, status, stderr)
		}
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if !c.HasSubCommands() && c.Name() != "completion" { // which prints a script and works at no place
			c.InheritedFlags() // has the flags of every command among those of this one
			c.Flags().VisitAll(func(f *pflag.Flag) {
				if f.Value.Type() == "string" && c.InheritedFlags().Lookup(f.Name) != nil || strings.HasSuffix(f.Name, "-file") {
					check(c, f)
				}
			})
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(cli.Commands())
	if tried < 300 {
		t.Errorf("only %d flags were tried", tried)
	}
}
