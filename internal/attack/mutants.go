package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// mutantsDir holds one patch for each rule, which takes the rule out.
const mutantsDir = "internal/attack/testdata/mutants"

// patched is a file that a patch changes.
var patched = regexp.MustCompile(`(?m)^\+\+\+ b/(\S+)$`)

// mutants builds the search with each of some patches, or with all, and reports how soon it
// finds the attack that the rule keeps out. It returns how many it does not find, or cannot
// build: a patch that does not apply any more guards nothing.
func mutants(ctx context.Context, out io.Writer, names []string, args []string) (bad int, _ error) {
	if len(names) == 0 {
		all, err := filepath.Glob(filepath.Join(mutantsDir, "*.patch"))
		if err != nil || len(all) == 0 {
			return 0, errors.Join(err, errors.New("no mutants: run this at the root of the repository"))
		}
		for _, file := range all {
			names = append(names, strings.TrimSuffix(filepath.Base(file), ".patch"))
		}
	}
	for _, name := range names {
		said, err := mutant(ctx, filepath.Join(mutantsDir, name+".patch"), args)
		if ctx.Err() != nil {
			return bad, ctx.Err()
		}
		if err != nil {
			bad++
			said = "NOT FOUND: " + err.Error()
		}
		_, _ = fmt.Fprintf(out, "%s: %s\n", name, said)
	}
	return bad, nil
}

// mutant builds the search with one patch and runs it until it finds an attack. It returns
// what the search says of it.
func mutant(ctx context.Context, patch string, args []string) (_ string, err error) {
	dir, err := os.MkdirTemp("", "mfactl-mutant-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := overlaid(ctx, dir, patch)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "search")
	if said, err := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", program, "./internal/attack").CombinedOutput(); err != nil { //nolint:gosec // G204: our own patch
		return "", fmt.Errorf("it does not build: %s", said)
	}
	said, err := exec.CommandContext(ctx, program, append([]string{"-find"}, args...)...).Output() //nolint:gosec // G204: what was built above
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == 12 {
		return string(bytes.TrimSpace(said)), nil
	}
	return "", errors.Join(fmt.Errorf("%s", bytes.TrimSpace(said)), err)
}

// overlaid applies a patch to copies of the files that it changes, and returns the file that
// tells the compiler of them.
func overlaid(ctx context.Context, dir, patch string) (string, error) {
	text, err := os.ReadFile(patch) //nolint:gosec // G304: who runs this names it
	if err != nil {
		return "", err
	}
	full, err := filepath.Abs(patch)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, m := range patched.FindAllStringSubmatch(string(text), -1) {
		source, err := os.ReadFile(m[1]) //nolint:gosec // G703: our own patch names it
		if err != nil {
			return "", fmt.Errorf("the patch does not apply: %w", err)
		}
		at := filepath.Join(dir, "tree", m[1])
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, source, 0o600)); err != nil { //nolint:gosec // G703: as above
			return "", err
		}
		original, err := filepath.Abs(m[1])
		if err != nil {
			return "", err
		}
		replace[original] = at
	}
	apply := exec.CommandContext(ctx, "git", "apply", "-C0", "--unidiff-zero", full) //nolint:gosec // G204: as above
	apply.Dir = filepath.Join(dir, "tree")
	apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+dir)
	if said, err := apply.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the patch does not apply: %s", bytes.TrimSpace(said))
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}
