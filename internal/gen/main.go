// Command gen writes what is made of the command tree and of the table of error
// codes: the completion scripts, the lists in the README, the description of the API and, where asked to,
// the man pages.
//
//	go run ./internal/gen            # completions and README, checked in
//	go run ./internal/gen -man man   # man pages, made for a release only
//
// The same tree always gives the same bytes: no dates, no machine's paths. It
// must never open a store or read a setting.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/cli"
)

func main() {
	man := flag.String("man", "", "write man pages into this `directory` instead")
	flag.Parse()
	if err := run(*man); err != nil {
		fmt.Fprintf(os.Stderr, "gen: %v\n", err)
		os.Exit(1)
	}
}

func run(man string) error {
	if man != "" {
		return manPages(cli.Commands(), man)
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	files, err := files(cli.Commands(), os.DirFS(root))
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := f.write(root); err != nil {
			return err
		}
	}
	return nil
}

// moduleRoot finds the directory of go.mod above the working directory: go
// generate works in the directory of the file that asks for it.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod in this directory or above")
		}
		dir = parent
	}
}

// file is one generated file.
type file struct {
	path string // from the module's root, with slashes
	text []byte
}

// write leaves a file alone that is right already.
func (f file) write(root string) error {
	path := filepath.Join(root, filepath.FromSlash(f.path))
	old, err := os.ReadFile(path) //nolint:gosec // a fixed name under the module's root
	if err == nil && bytes.Equal(old, f.text) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // part of the source tree
		return err
	}
	return os.WriteFile(path, f.text, 0o644) //nolint:gosec // part of the source tree
}
