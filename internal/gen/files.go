package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"
)

// readme is the page whose lists are kept fresh.
const readme = "README.md"

// files returns every file that is checked in, as it should be. Of the tree it
// reads the README, whose text around the lists stays, and the comments of package
// mfa.
func files(root *cobra.Command, tree fs.FS) ([]file, error) {
	out, err := completions(root)
	if err != nil {
		return nil, err
	}
	old, err := fs.ReadFile(tree, readme)
	if err != nil {
		return nil, err
	}
	text, err := fillReadme(old, root)
	if err != nil {
		return nil, err
	}
	out = append(out, file{readme, text})
	c, err := readComments(tree)
	if err != nil {
		return nil, err
	}
	description, err := openAPI(c)
	if err != nil {
		return nil, err
	}
	return append(out, file{"internal/api/openapi.json", description}, file{"docs/api.md", apiPage(c)}), nil
}

// completions returns the script of each shell: the same bytes that "mfactl
// completion" prints.
func completions(root *cobra.Command) ([]file, error) {
	shells := []struct {
		path  string
		write func(io.Writer) error
	}{
		{"completions/mfactl.bash", func(w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
		{"completions/_mfactl", root.GenZshCompletion},
		{"completions/mfactl.fish", func(w io.Writer) error { return root.GenFishCompletion(w, true) }},
		{"completions/mfactl.ps1", root.GenPowerShellCompletionWithDesc},
	}
	var out []file
	for _, s := range shells {
		var b bytes.Buffer
		if err := s.write(&b); err != nil {
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
		out = append(out, file{s.path, b.Bytes()})
	}
	return out, nil
}
