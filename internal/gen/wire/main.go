// Command wire writes the code of package api that differs between the methods of
// mfa.Service in names and types only: the methods of the client and the table of routes.
//
//	go run ./internal/gen/wire ROOT    # ROOT is the directory of go.mod
//
// It parses the source of package mfa and imports nothing of mfactl. So it also runs while
// package api does not compile because mfa.Service has a new method. Command gen imports
// package api, so go generate runs this command first.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "wire: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("the one argument is the directory of go.mod")
	}
	root := args[0]
	methods, err := readService(os.DirFS(root))
	if err != nil {
		return err
	}
	files, err := files(methods)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(f.path)), f.text, 0o644); err != nil { //nolint:gosec // part of the source tree
			return err
		}
	}
	return nil
}
