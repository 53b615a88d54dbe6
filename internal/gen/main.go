// Command gen writes what follows from the code: the shell completions, the
// generated tables of the README, and on request the man pages. Run it by
// "go generate ./..."; a test fails where what is checked in is not what it
// would write.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/mfactl/mfactl/internal/cli"
)

func main() {
	root := flag.String("root", ".", "root `directory` of the project")
	man := flag.String("man", "", "write the man pages to a `directory`, and nothing else")
	flag.Parse()
	err := run(*root, *man)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(root, man string) error {
	if man != "" {
		return writeMan(man)
	}
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // public files
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // public files
			return err
		}
	}
	return nil
}

// generate returns every generated file by its name.
func generate(root string) (map[string][]byte, error) {
	out := map[string][]byte{}
	completions := map[string]func(*cobra.Command, *bytes.Buffer) error{
		"mfactl.bash": func(c *cobra.Command, b *bytes.Buffer) error { return c.GenBashCompletionV2(b, true) },
		"_mfactl":     func(c *cobra.Command, b *bytes.Buffer) error { return c.GenZshCompletion(b) },
		"mfactl.fish": func(c *cobra.Command, b *bytes.Buffer) error { return c.GenFishCompletion(b, true) },
		"mfactl.ps1":  func(c *cobra.Command, b *bytes.Buffer) error { return c.GenPowerShellCompletionWithDesc(b) },
	}
	for name, write := range completions {
		var b bytes.Buffer
		if err := write(cli.Commands(), &b); err != nil {
			return nil, err
		}
		out["completions/"+name] = b.Bytes()
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md")) //nolint:gosec // the project's own
	if err != nil {
		return nil, err
	}
	text := string(readme)
	for marker, table := range map[string]string{"exit-codes": cli.ExitCodes(), "commands": commands()} {
		if text, err = between(text, marker, table); err != nil {
			return nil, err
		}
	}
	out["README.md"] = []byte(text)
	return out, nil
}

// between replaces what stands between two markers.
func between(text, marker, table string) (string, error) {
	from, to := "<!-- "+marker+":start -->\n", "<!-- "+marker+":end -->"
	before, rest, ok := strings.Cut(text, from)
	_, after, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		return "", fmt.Errorf("README.md has no markers %s", marker)
	}
	return before + from + table + to + after, nil
}

// commands lists every command with its short text.
func commands() string {
	var b strings.Builder
	b.WriteString("```\n")
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			if sub.HasSubCommands() {
				walk(sub)
				continue
			}
			fmt.Fprintf(&b, "%-38s %s\n", sub.CommandPath(), sub.Short)
		}
	}
	walk(cli.Commands())
	b.WriteString("```\n")
	return b.String()
}

// writeMan writes the man pages, dated so that two builds are alike.
func writeMan(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // public files
		return err
	}
	root := cli.Commands()
	root.DisableAutoGenTag = true
	date := time.Unix(0, 0).UTC()
	return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "mfactl", Manual: "mfactl", Date: &date}, dir)
}
