package cli_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/cli"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completer completes command lines in a home of its own, in which nothing may be made.
func completer(t *testing.T) func(line ...string) (words []string, directive, all string) {
	t.Helper()
	home := t.TempDir()
	dir := filepath.Join(home, "config", "mfactl")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	contexts := "current: lab\ncontexts:\n- name: lab\n  store: /nowhere/s.db\n- name: prod\n  server: https://nobody.invalid\n- name: $(reboot)\n  store: /x\n"
	if err := os.WriteFile(filepath.Join(dir, "contexts.yaml"), []byte(contexts), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var left []string
		_ = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
			left = append(left, path)
			return err
		})
		if len(left) != 4 { // the home, two directories, and the file
			t.Errorf("completion made %q", left)
		}
	})
	return func(line ...string) (words []string, directive, all string) {
		var out, talk bytes.Buffer
		a := &program{In: strings.NewReader(""), Out: &out, Err: &talk, Env: func(name string) string {
			return map[string]string{"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "XDG_STATE_HOME": home, "XDG_DATA_HOME": home}[name]
		}}
		if status := run(a, append([]string{cobra.ShellCompRequestCmd}, line...)...); status != 0 {
			t.Errorf("%q: exit %d: %s", line, status, talk.String())
		}
		for l := range strings.Lines(out.String()) {
			word, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
			if rest, is := strings.CutPrefix(word, ":"); is {
				directive = rest
			} else if strings.HasPrefix(word, line[len(line)-1]) { // as the shell does
				words = append(words, word)
			}
		}
		return words, directive, out.String()
	}
}

// Directives of a shell: no files are offered, no blank follows.
const noFiles, noFilesNoSpace = "4", "6"

func TestCompletionOffersWhatMayStandThere(t *testing.T) {
	complete := completer(t)
	for _, c := range []struct {
		line      string
		directive string
		want      []string
	}{
		{"context use ", noFiles, []string{"lab", "prod"}},
		{"context show ", noFiles, []string{"lab", "prod"}},
		{"context delete ", noFiles, []string{"lab", "prod"}},
		{"context delete lab ", noFiles, nil},
		{"whoami --context ", noFiles, []string{"lab", "prod"}},
		{"admin users lock x --context ", noFiles, []string{"lab", "prod"}},
		{"whoami -o ", noFiles, formats()},
		{"admin users list --output ", noFiles, formats()},
		{"admin users create x --role ", noFiles, []string{"member", "helpdesk", "auditor", "admin", "operator"}},
		{"admin tokens create --allow users:l", noFilesNoSpace, []string{"users:lock"}},
		{"admin tokens create --allow users:read,users:l", noFilesNoSpace, []string{"users:read,users:lock"}},
		{"admin policy set lockout=4 require", noFilesNoSpace, []string{"require_2fa="}},
		{"admin policy set require_2fa=off require", noFilesNoSpace, nil},
		{"admin users show ", noFiles, nil},
		{"verify ", noFiles, nil},
		{"login --email ", noFiles, nil},
		{"help ex", noFiles, []string{"exit-codes"}},
		{"help admin tok", noFiles, []string{"tokens"}},
		{"whoami --token-file ", "0", nil},
		{"whoami --store ", "0", nil},
		{"backup-codes generate --save ", "0", nil},
		{"admin reset-2fa - --save-dir ", "16", nil},
	} {
		line := strings.Split(c.line, " ")
		if words, directive, _ := complete(line...); directive != c.directive || !slices.Equal(words, c.want) && len(words)+len(c.want) > 0 {
			t.Errorf("%s: %q :%s, not %q :%s", c.line, words, directive, c.want, c.directive)
		}
	}
}

// Every flag of every command is completed to files only where it takes one, and is
// described in words alone.
func TestNoCompletionOffersFilesWhereNoneIsMeant(t *testing.T) {
	complete := completer(t)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		path := strings.Fields(strings.TrimPrefix(c.CommandPath(), "mfactl"))
		if _, _, all := complete(append(path, "--")...); strings.Contains(all, "`") {
			t.Errorf("%s: %s", c.CommandPath(), all)
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" || f.Name == "reveal" {
				return
			}
			_, directive, _ := complete(append(path, "--"+f.Name, "")...)
			takes, _ := pflag.UnquoteUsage(f)
			if file := takes == "file" || takes == "path"; (directive == "0") != file {
				t.Errorf("%s --%s takes %s: directive %s", c.CommandPath(), f.Name, takes, directive)
			}
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(cli.Commands())
}
