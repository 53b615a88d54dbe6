package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manPages writes one page for each command. They carry the date of
// SOURCE_DATE_EPOCH, which a release sets to that of its commit, else 1970:
// never that of the build.
func manPages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // packaged for everybody to read
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		return err
	}
	for _, page := range old { // of commands that are gone
		if err := os.Remove(page); err != nil {
			return err
		}
	}
	header := &doc.GenManHeader{Section: "1", Source: "mfactl", Manual: "mfactl manual"}
	if os.Getenv("SOURCE_DATE_EPOCH") == "" {
		epoch := time.Unix(0, 0).UTC()
		header.Date = &epoch
	}
	root.DisableAutoGenTag = true // it would carry the date of the build
	if err := doc.GenManTree(root, header, dir); err != nil {
		return fmt.Errorf("man pages: %w", err)
	}
	return nil
}
