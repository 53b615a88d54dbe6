package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// blocks returns the shell blocks of a text.
func blocks(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		out = append(out, m[1])
	}
	return out
}

var readme = filepath.Join("..", "..", "README.md")

// The README's script is run as it stands, with another program as the phone.
func TestTheScriptOfTheReadmeRuns(t *testing.T) {
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Skip("oathtool is not installed")
	}
	var script string
	for _, b := range blocks(t, readme) {
		if strings.Contains(b, "oathtool") {
			script = b
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"P": adminPassword, "PB": userPassword} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	c.Dir = dir
	c.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "MFACTL_STORE=" + filepath.Join(dir, "s.db")}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.HasSuffix(string(out), "admin@acme.example reset bob@acme.example\n") {
		t.Errorf("at the end: %s", out)
	}
}

// Every command that a text shows exists, with every flag it is shown with.
func TestEveryCommandThatIsShownExists(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("help", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?m)(?:^|[|$"] *|[(] *)mfactl ((?:[a-z0-9-]+ ?)+[^|#\n(]*)`)
	n := 0
	for _, path := range append(paths, readme) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shown.FindAllStringSubmatch(string(b), -1) {
			if strings.Count(m[1], `"`)%2 == 1 { // the text quotes the command
				m[1] = m[1][:strings.LastIndex(m[1], `"`)]
			}
			args := words(strings.TrimSpace(regexp.MustCompile(`( > \S+|`+"`"+`.*)$`).ReplaceAllString(m[1], "")))
			root := newRoot(&App{}, true)
			root.SetOut(io.Discard)
			root.InitDefaultHelpCmd()
			found, rest, err := root.Find(args)
			if err != nil || found == root || found.HasSubCommands() && len(rest) > 0 {
				t.Errorf("%s: mfactl %s: no such command", path, m[1])
				continue
			}
			n++
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: mfactl %s: %v", path, m[1], err)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d commands were found", n)
	}
}

func TestTheDemoRunsWithoutATerminal(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.write(".clock", "2026-03-14T09:26:40Z")
	out := m.must("nobody", "", "demo")
	for _, want := range []string{"2FA enabled", "wrong e-mail address, password or code", "Recovery code", "otp.replay", "2fa.reset"} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not show %q", want)
		}
	}
	kept := m.must("nobody", "", "demo", "--keep", m.path("kept"))
	if !strings.Contains(kept, "export MFACTL_STORE") {
		t.Error("it does not say how to go on")
	}
	c := m.cmd("nobody", "whoami", "-o", "name")
	c.Env = append(c.Env, "MFACTL_STORE="+m.path("kept/store.db"), "XDG_STATE_HOME="+m.path("kept/bob"))
	if who, err := c.Output(); err != nil || string(who) != "bob@acme.example\n" {
		t.Errorf("%q, %v", who, err)
	}
	if _, _, status := m.run("nobody", "", "demo", "--keep", m.path("kept")); status != 2 {
		t.Errorf("over another: exit %d", status)
	}
}
