package cli_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/cli"

	"github.com/mfactl/mfactl/internal/authapp"
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

// oathtool returns a PATH that has oathtool. If it is not installed, the simulated phone of
// the tests takes its place.
func oathtool(t *testing.T, dir string) string {
	t.Helper()
	if _, err := exec.LookPath("oathtool"); err == nil {
		return os.Getenv("PATH")
	}
	script := []byte("#!/bin/sh\nexec testphone \"${3#@}\"\n") // as oathtool -b --totp @FILE
	if err := os.WriteFile(filepath.Join(dir, "oathtool"), script, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir + string(filepath.ListSeparator) + os.Getenv("PATH")
}

// phoneProgram prints the code that a phone with the key in a file shows now.
func phoneProgram() {
	key, err := os.ReadFile(os.Args[1])
	var p *authapp.App
	if err == nil {
		p, err = authapp.Scan("otpauth://totp/x:y?issuer=x&secret=" + strings.TrimSpace(string(key)))
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Code(time.Now()))
}

// The README's script is run unchanged, with another program as the phone. The files with
// secrets that it leaves are private even if the umask of the user is not.
func TestTheScriptOfTheReadmeRuns(t *testing.T) {
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
	c := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", "umask 022\n"+script)
	c.Dir = dir
	c.Env = []string{"HOME=" + dir, "PATH=" + oathtool(t, t.TempDir()), "MFACTL_STORE=" + filepath.Join(dir, "s.db")}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.HasSuffix(string(out), "2fa.reset of bob@acme.example\n") {
		t.Errorf("at the end: %s", out)
	}
	if !strings.Contains(string(out), `"method": "backup"`) || !strings.Contains(string(out), `"backup_codes_left": 9`) {
		t.Errorf("no backup code of the file was verified: %s", out)
	}
	for _, name := range []string{"secret", "codes.txt", "bob.secret", "bob.codes", "bob.recovery"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// Every text that shows how a script checks a code writes the name after --.
func TestEveryExampleOfVerifyIsSafeForAnyUserName(t *testing.T) {
	texts := map[string]string{"README.md": readFile(t, readme)}
	for _, pattern := range []string{filepath.Join("help", "*.md"), filepath.Join("..", "..", "docs", "*.md")} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			texts[path] = readFile(t, path)
		}
	}
	root := cli.Commands()
	for _, path := range [][]string{{"verify"}, {"admin", "check-code"}} {
		c, _, err := root.Find(path)
		if err != nil {
			t.Fatal(err)
		}
		texts["help of "+c.CommandPath()] = c.Example
	}
	n := 0
	for name, text := range texts {
		for _, shown := range regexp.MustCompile(`(?m)mfactl (?:verify|admin check-code) \S.*-(?:stdin|file).*$`).FindAllString(text, -1) {
			n++
			if !regexp.MustCompile(` -- "\$(USER|user)"`).MatchString(shown) {
				t.Errorf("%s: %s", name, shown)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d examples were found", n)
	}
}

// A script that is pasted into a shell changes no variable that the login set, and reads
// none of them as the name of another user.
func TestNoScriptOverwritesAVariableOfTheLogin(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("help", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	docs, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	set := regexp.MustCompile(`(?m)^\s*(export |readonly )?(USER|LOGNAME|HOME|PATH|SHELL|PWD|TERM|LANG|MAIL)=.*$`)
	for _, path := range append(append(paths, docs...), readme) {
		for _, line := range set.FindAllString(readFile(t, path), -1) {
			t.Errorf("%s: %s", path, line)
		}
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
			args := shellWords(strings.TrimSpace(regexp.MustCompile(`( > \S+|`+"`"+`.*)$`).ReplaceAllString(m[1], "")))
			root := cli.Commands()
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

// shellWords splits a command at blanks outside of quotes.
func shellWords(command string) []string {
	var out []string
	for i, part := range strings.Split(command, `"`) {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}
