package cli_test

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/cli"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func TestNoFlagTakesASecret(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			for _, word := range []string{"password", "secret", "code", "token", "pin", "seed"} {
				if strings.Contains(f.Name, word) && f.Value.Type() != "bool" && !strings.HasSuffix(f.Name, "-file") {
					t.Errorf("%s --%s", c.CommandPath(), f.Name)
				}
			}
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(cli.Commands())
}

// Whatever is done, with all that is ever printed for a log: no secret stands
// in a file, on standard error, or in the process list.
func TestPlantedSecretsAreFoundNowhere(t *testing.T) {
	m := newMachine(t)
	u := m.user("bob")
	planted := append([]string{adminPassword, userPassword, "wrong-canary-password"}, u.codes...)
	secret := u.uri[strings.Index(u.uri, "secret=")+7:]
	secret, _, _ = strings.Cut(secret, "&")
	planted = append(planted, secret)
	m.write("PW", "wrong-canary-password")
	var logged strings.Builder
	log := func(who, stdin string, args ...string) {
		out, err, _ := m.run(who, stdin, append(args, "-v")...)
		logged.WriteString(out + err)
	}
	m.advance(30 * time.Second)
	log("bob", u.codes[0], "login", u.email, "--password-file", m.path("PU"), "--code-stdin")
	log("bob", "", "login", u.email, "--password-file", m.path("PW"), "-o", "json")
	log("bob", u.codes[0], "login", u.email, "--password-file", m.path("PU"), "--code-stdin", "-o", "json")
	log("bob", "", "login", "wrong-canary-password", "--password-file", m.path("PU"))
	log("bob", "", "backup-codes", "generate", "--password-file", m.path("PU"), "--yes", "-o", "json")
	log("bob", "", "2fa", "enable", "--pending", "--password-file", m.path("PU"), "-o", "json")
	log("bob", "", "2fa", "add", "--pending", "--label", "x", "--password-file", m.path("PU"), "--save", m.path("new-factor"), "-o", "json")
	log("admin", "", "admin", "reset-2fa", u.email, "--reason", "R", "--password-file", m.path("P"), "--yes", "--save", m.path("recovery"), "-o", "json")
	log("admin", "", "admin", "audit", "list", "-o", "json")
	log("admin", "", "admin", "users", "show", u.email, "-o", "yaml")
	for _, name := range []string{"new-factor", "recovery"} {
		b, err := os.ReadFile(m.path(name))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		planted = append(planted, lines[1:]...)
	}
	for _, s := range planted {
		if strings.Contains(logged.String(), s) {
			t.Errorf("a log holds %q", s)
		}
	}
	err := filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || d.IsDir() || name == "P" || name == "PU" || name == "PW" || name == "new-factor" || name == "recovery" {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range planted {
			if strings.Contains(string(b), s) || strings.Contains(string(b), strings.ReplaceAll(s, "-", "")) {
				t.Errorf("%s holds %q", path, s)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesArePrivateWhateverTheUmask(t *testing.T) {
	m := newMachine(t)
	err := filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == m.dir {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInGitLabASecretIsNotWrittenToTheLog(t *testing.T) {
	m := newMachine(t)
	args := []string{"backup-codes", "generate", "--password-file", m.path("P"), "--yes", "--reveal", "-o", "json"}
	c := m.cmd("admin", args...)
	c.Env = append(c.Env, "GITLAB_CI=true")
	out, _ := c.CombinedOutput()
	if c.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "unmasked") {
		t.Errorf("exit %d: %s", c.ProcessState.ExitCode(), out)
	}
	if left := m.must("admin", "", "backup-codes", "status", "-o", "name"); strings.TrimSpace(left) != "10" {
		t.Errorf("%s left", left)
	}
	c = m.cmd("admin", append(args, "--reveal=unmasked")...)
	c.Env = append(c.Env, "GITLAB_CI=true")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestInGitHubMasksComeBeforeTheSecret(t *testing.T) {
	m := newMachine(t)
	c := m.cmd("admin", "backup-codes", "generate", "--password-file", m.path("P"), "--yes", "--reveal", "-o", "json")
	c.Env = append(c.Env, "GITHUB_ACTIONS=true", "CI=true")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text := string(out)
	if strings.Count(text, "::add-mask::") != 10 || strings.LastIndex(text, "::add-mask::") > strings.Index(text, "BackupCodes") {
		t.Errorf("masks come late: %s", text)
	}
}

// givers are commands that give a secret, made anew for each name that is given.
func (m *machine) givers(name string) [][]string {
	return [][]string{
		{"2fa", "add", "--pending", "--label", name, "--password-file", m.path("P"), "--reveal"},
		{"backup-codes", "generate", "--password-file", m.path("P"), "--yes", "--reveal"},
		{"admin", "tokens", "create", "--password-file", m.path("P"), "--allow", "users:read", "--name", name, "--reveal"},
		{"admin", "users", "create", name + "@acme.example", "--reveal"},
	}
}

// A secret that the format has no room for would be lost without a word.
func TestNoSecretIsMadeThatTheFormatHasNoRoomFor(t *testing.T) {
	m := newMachine(t)
	for _, args := range m.givers("one") {
		if _, talk, status := m.run("admin", "", append(args, "-o", "name")...); status != 2 || !strings.Contains(talk, "--save FILE") {
			t.Errorf("%q: exit %d: %s", args, status, talk)
		}
		if _, talk, status := m.run("admin", "", append(args, "-o", "name", "--save", m.path(args[1]))...); status != 0 {
			t.Errorf("%q: exit %d: %s", args, status, talk)
		}
	}
	list := []string{"admin", "users", "create", "-", "--reveal", "--yes", "-o", "name"}
	if _, talk, status := m.run("admin", "two@acme.example\n", list...); status != 2 || !strings.Contains(talk, "--save FILE") {
		t.Errorf("a list: exit %d: %s", status, talk)
	}
	if _, talk, status := m.run("admin", "two@acme.example\n", append(list, "--save", m.path("two"))...); status != 0 {
		t.Errorf("a list, saved: exit %d: %s", status, talk)
	}
}

// Every way in which a command writes a secret is masked: what is left of its output
// once GitHub has put *** for each mask holds none.
func TestInGitHubEveryFormOfASecretIsMasked(t *testing.T) {
	m := newMachine(t)
	key := regexp.MustCompile(`\b[A-Z2-7]{32}\b|\b[A-Z2-7]{4}( [A-Z2-7]{4}){7}|mfactl_t_[0-9a-f]{8}|([0-9A-Z]{4}-){3}[0-9A-Z]{4}`)
	for _, format := range []string{"table", "json", "jsonl", "yaml", "csv"} {
		for _, args := range m.givers(format) {
			c := m.cmd("admin", append(args, "-o", format)...)
			c.Env = append(c.Env, "GITHUB_ACTIONS=true", "CI=true")
			var out, talk strings.Builder
			c.Stdout, c.Stderr = &out, &talk
			if err := c.Run(); err != nil {
				t.Fatalf("%q: %v: %s", args, err, talk.String())
			}
			log := out.String()
			if !key.MatchString(log) {
				t.Errorf("%q shows no secret: %s", args, log)
			}
			for l := range strings.Lines(talk.String()) {
				if mask, is := strings.CutPrefix(strings.TrimSpace(l), "::add-mask::"); is {
					log = strings.ReplaceAll(log, strings.ReplaceAll(mask, "%25", "%"), "***")
				}
			}
			if left := key.FindString(log); left != "" {
				t.Errorf("%q -o %s leaves %s in the log", args, format, left)
			}
		}
	}
}

// Output that cannot be written is an error, and the answer can be had again.
func TestOutputThatIsLostCanBeHadAgain(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close() //nolint:errcheck // nothing can be written
	m := newMachine(t)
	args := []string{"backup-codes", "generate", "--password-file", m.path("P"), "--yes", "--reveal", "-o", "json"}
	c := m.cmd("admin", args...)
	var stderr strings.Builder
	c.Stdout, c.Stderr = full, &stderr
	_ = c.Run()
	var report struct{ Hint string }
	m.parse(stderr.String(), &report)
	if c.ProcessState.ExitCode() != 15 || !strings.Contains(stderr.String(), "the backup codes were replaced") {
		t.Errorf("exit %d: %s", c.ProcessState.ExitCode(), stderr.String())
	}
	words := strings.Fields(report.Hint)
	first := m.must("admin", "", append(args, "--idempotency-key", words[len(words)-1])...)
	second := m.must("admin", "", append(args, "--idempotency-key", words[len(words)-1])...)
	if first != second || !strings.Contains(first, `"revoked": 10`) {
		t.Errorf("the answer is another: %s", first)
	}
}

func TestWithStandardOutputClosedNoSecretIsMade(t *testing.T) {
	m := newMachine(t)
	script := exec.CommandContext(t.Context(), "sh", "-c", `mfactl backup-codes generate --password-file P --yes --reveal >&-`)
	script.Dir, script.Env = m.dir, m.env("admin")
	if out, err := script.CombinedOutput(); err == nil || !strings.Contains(string(out), "standard output is closed") {
		t.Errorf("%v: %s", err, out)
	}
	if left := m.must("admin", "", "backup-codes", "status", "--jq", ".backup_codes_left"); left != "10\n" {
		t.Errorf("%s left", left)
	}
	events := m.must("admin", "", "admin", "audit", "list", "--action", "backup.generate", "--jq", ".items | length")
	if events != "0\n" {
		t.Errorf("%s sets were made", events)
	}
}

// What was saved stays, also where the rest of the answer could not be written.
func TestASavedSecretOutlivesALostAnswer(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close() //nolint:errcheck // nothing was written
	m := newMachine(t)
	for name, args := range map[string][]string{
		"key":   {"2fa", "add", "--pending", "--label", "tablet", "--password-file", m.path("P")},
		"codes": {"backup-codes", "generate", "--password-file", m.path("P"), "--yes"},
	} {
		c := m.cmd("admin", append(args, "--save", m.path(name), "-o", "json")...)
		c.Stdout = full
		_ = c.Run()
		b, err := os.ReadFile(m.path(name))
		if c.ProcessState.ExitCode() != 15 || err != nil || strings.Count(string(b), "\n") < 2 {
			t.Errorf("%s: exit %d, %v, %q", name, c.ProcessState.ExitCode(), err, b)
		}
	}
}

// The program hashes passwords at their full cost, whatever other tests do.
func TestAPasswordIsHashedAtItsFullCost(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.write("P", adminPassword)
	a := &program{
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Clock: time.Now, Host: noHost(), Context: t.Context(),
		Env: func(name string) string {
			return map[string]string{"HOME": m.dir, "MFACTL_STORE": m.path("store.db")}[name]
		},
	}
	if status := run(a, "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", m.path("P"), "--no-enable"); status != 0 {
		t.Fatal(status)
	}
	store := readFile(t, m.path("store.db"))
	if !strings.Contains(store, "$argon2id$v=19$m=47104,t=1,p=1$") || strings.Count(store, "$argon2id$") != strings.Count(store, "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Error("the store holds a hash of another cost")
	}
}
