package cli_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/cli"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shell runs a line of a wrapper script with a user name in $USER and returns its exit
// status and what it wrote.
func (m *machine) shell(script, user, stdin string) (int, string) {
	m.t.Helper()
	c := exec.CommandContext(m.t.Context(), "sh", "-c", script)
	c.Dir, c.Stdin = m.dir, strings.NewReader(stdin)
	c.Env = append(m.env("admin"), "USER="+user, "HELP=true", "MFACTL_HELP=true")
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		m.t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// wrappers are the two ways in which scripts pass a user name.
func wrappers() []string {
	return []string{`mfactl verify "$USER" --code-stdin`, `mfactl verify --code-stdin -- "$USER"`}
}

// An application lets a user in at exit status 0. The user chooses the name.
func TestAHostileUserNameIsNeverVerified(t *testing.T) {
	m := newMachine(t)
	bob := m.user("bob")
	m.advance(30 * time.Second)
	m.write("codes", bob.codes[0])
	scripts := append(wrappers(), `mfactl verify "$USER" --code-file codes`, `mfactl verify "$USER" --code-stdin -o json`)
	for _, user := range []string{
		"-h", "--help", "--help=true", "-h=true", "--help=1", "-hv", "-vh", "-ho", "-hvo", "-oh", "--version", "--dry-run", "--if-enrolled", "--no-input", "--service=x", "--client-address=x", "--timeout=1h",
		"", " ", "-", "--", "---", "help", "--code-file=codes", "--output", "-o", "--jq", "--jq=empty", "@codes", "@/etc/passwd", "__complete",
		"bob@acme.example\n--help", "bob@acme.example --help", "\n", "\t-h", "*", "$(true)", ";exit 0", "\xff\xfe",
	} {
		for _, script := range scripts {
			if status, out := m.shell(script, user, bob.phone.Code(m.now())); status == 0 {
				t.Errorf("USER=%q %s: exit 0: %.200s", user, script, out)
			}
		}
	}
	for _, script := range wrappers() {
		if status, out := m.shell(script, bob.email, bob.phone.Code(m.now())); status != 0 || !strings.Contains(out, "right (totp)") {
			t.Errorf("the right user: %s: exit %d: %s", script, status, out)
		}
		m.advance(30 * time.Second)
	}
	if left := m.must("bob", "", "backup-codes", "status", "--jq", ".backup_codes_left"); left != "10\n" {
		t.Errorf("%s backup codes are left", left)
	}
}

// A verdict that could not be written is not exit status 0: the caller may have waited
// for the words.
func TestAVerdictThatCannotBeWrittenIsNotZero(t *testing.T) {
	m := newMachine(t)
	bob := m.user("bob")
	r, gone, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close() //nolint:errcheck // nothing was written
	_ = r.Close()
	outputs := map[string]*os.File{"a reader that has gone": gone}
	if full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
		defer full.Close() //nolint:errcheck // nothing was written
		outputs["a full disk"] = full
	}
	for name, out := range outputs {
		for _, format := range []string{"table", "json"} {
			m.advance(30 * time.Second)
			c := m.cmd("admin", "verify", "--code-stdin", "-o", format, "--", bob.email)
			var stderr strings.Builder
			c.Stdin, c.Stdout, c.Stderr = strings.NewReader(bob.phone.Code(m.now())), out, &stderr
			_ = c.Run()
			if c.ProcessState.ExitCode() != 15 || !strings.Contains(stderr.String(), "the code was right and is spent") {
				t.Errorf("%s, -o %s: exit %d: %s", name, format, c.ProcessState.ExitCode(), stderr.String())
			}
		}
	}
}

func TestHelpIsRefusedWhereASecretIsHandedOver(t *testing.T) {
	d := newDesk(t)
	d.write("secret", "123456")
	lines := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		with := func(words ...string) []string { return append(strings.Fields(c.CommandPath())[1:], words...) }
		c.InheritedFlags() // has the flags of every command among those of this one
		c.Flags().VisitAll(func(f *pflag.Flag) {
			given := "--" + f.Name
			switch {
			case f.Name == "ca-file" || f.Name == "key-file": // a certificate; the path of a key, which is only noted
				return
			case strings.HasSuffix(f.Name, "-file"):
				given += "=" + d.path("secret")
			case !strings.HasSuffix(f.Name, "-stdin"):
				return
			}
			for _, args := range [][]string{
				with("--help", given), with("-h", given), with(given, "-vh"), with("--help=true", given, "x"), with("-ho", given),
			} {
				lines++
				out, stderr, status := d.run(args...)
				if status != 2 || out != "" || !strings.Contains(stderr, "--"+f.Name) || !strings.Contains(stderr, ` -- "$USER"`) {
					t.Errorf("%q: exit %d: %.80s%s", args, status, out, stderr)
				}
			}
		})
		if out, stderr, status := d.run(with("--help", "-o", "json", "--ca-file", "ca.pem")...); status != 0 || out == "" {
			t.Errorf("%s --help: exit %d: %s", c.CommandPath(), status, stderr)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(cli.Commands())
	if lines < 300 {
		t.Errorf("only %d command lines were run", lines)
	}
	for _, args := range [][]string{ // no secret is handed over here
		{"context", "create", "--key-file", "x", "--help"}, {"context", "create", "--ca-file=x", "-h"},
		{"context", "create", "x-file", "--help"}, {"verify", "bob-stdin", "--help"}, {"verify", "--help", "--", "-x-file"},
	} {
		if out, stderr, status := d.run(args...); status != 0 || !strings.Contains(out, "Usage:") {
			t.Errorf("%q: exit %d: %.80s%s", args, status, out, stderr)
		}
	}
	for _, args := range [][]string{
		{"help", "verify", "--token-file=x"}, {"admin", "users", "--token-file=x"}, {"-h", "verify", "--token-file=x"},
		{"-ho", "--code-stdin", "verify", "bob@acme.example"},
	} {
		if out, stderr, status := d.run(args...); status != 2 || out != "" {
			t.Errorf("%q: exit %d: %s", args, status, stderr)
		}
	}
}
