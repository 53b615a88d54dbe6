package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli"
)

// fillReadme replaces what stands between each pair of markers.
func fillReadme(text []byte, root *cobra.Command) ([]byte, error) {
	parts := []struct{ name, text string }{
		{"commands", commandList(root)},
		{"exit-codes", cli.ExitCodes()},
	}
	for _, p := range parts {
		var err error
		if text, err = splice(text, p.name, p.text); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// splice puts a text between the two markers of its name. A page that lost a
// marker is an error: what stands there would grow stale and nobody would know.
func splice(page []byte, name, text string) ([]byte, error) {
	start, end := []byte("<!-- "+name+":start -->"), []byte("<!-- "+name+":end -->")
	before, rest, ok := bytes.Cut(page, start)
	_, after, closed := bytes.Cut(rest, end)
	if !ok || !closed {
		return nil, fmt.Errorf("%s: expected %s and, after it, %s", readme, start, end)
	}
	var b bytes.Buffer
	b.Write(before)
	b.Write(start)
	fmt.Fprintf(&b, "\n%s\n", strings.TrimRight(text, "\n"))
	b.Write(end)
	b.Write(after)
	return b.Bytes(), nil
}

// commandList lists every command that does something, in the order of the
// help pages.
func commandList(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("```\n")
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Deprecated != "" {
			return
		}
		if !c.HasSubCommands() {
			fmt.Fprintf(&b, "%-38s %s\n", c.CommandPath(), c.Short)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	b.WriteString("```\n")
	return b.String()
}
