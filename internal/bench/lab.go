package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// lab is a temporary directory with the programs that are measured, built when
// they are first needed, all with the flags of a release.
type lab struct {
	dir    string
	rounds int
	built  map[string]string // the binary of each package and tag
	// running are the servers that were started.
	running []*exec.Cmd
}

func newLab(rounds int) (*lab, error) {
	dir, err := os.MkdirTemp("", "mfactl-bench-")
	if err != nil {
		return nil, err
	}
	return &lab{dir: dir, rounds: rounds, built: map[string]string{}}, nil
}

// close ends the servers and removes everything.
func (l *lab) close() error {
	for _, cmd := range l.running {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	return os.RemoveAll(l.dir)
}

func (l *lab) product(ctx context.Context) (string, error) { return l.build(ctx, "cmd/mfactl", "") }
func (l *lab) yard(ctx context.Context, name string) (string, error) {
	return l.build(ctx, "internal/bench/yard/"+name, "")
}

// linked is a yardstick with the libraries of mfactl linked in and not used.
func (l *lab) linked(ctx context.Context, name string) (string, error) {
	return l.build(ctx, "internal/bench/yard/"+name, "linked")
}

// build makes the binary of a package of this module, under a build tag or none.
func (l *lab) build(ctx context.Context, pkg, tag string) (string, error) {
	name := filepath.Base(pkg) + tag
	if bin, ok := l.built[name]; ok {
		return bin, nil
	}
	bin := filepath.Join(l.dir, name+".exe")                                                       // Windows wants the ending, no other system minds
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", tag, //nolint:gosec // packages of ours
		"-o", bin, "github.com/mfactl/mfactl/"+pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	l.built[name] = bin
	return bin, nil
}

// program is one call of a binary.
type program struct {
	name   string // for the report
	bin    string
	args   []string
	env    []string
	before func() error // what each call needs and is not measured; nil for nothing
	// aside is for what is shown and not held against the goal.
	aside bool
}

// command makes the call with nothing of the caller's environment, so that no
// setting and no session of theirs is measured or touched.
func (p program) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.bin, p.args...) //nolint:gosec // binaries of the lab
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}, p.env...)
	return cmd
}

// try runs the call once and sees that it works.
func (p program) try(ctx context.Context) error {
	if err := p.prepare(); err != nil {
		return err
	}
	cmd := p.command(ctx)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", p.name, err, errs.Bytes())
	}
	if out.Len() == 0 {
		return errors.New(p.name + ": printed nothing")
	}
	return nil
}

func (p program) prepare() error {
	if p.before == nil {
		return nil
	}
	return p.before()
}

// home returns the environment of somebody who has a fresh directory below the
// lab for everything mfactl keeps.
func (l *lab) home(name string) (dir string, env []string, err error) {
	dir = filepath.Join(l.dir, "home-"+name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, err
	}
	env = []string{"HOME=" + dir, "MFACTL_STORE=" + filepath.Join(dir, "mfactl.db"), "MFACTL_NO_INPUT=1"}
	for _, kind := range []string{"CONFIG", "DATA", "STATE", "CACHE"} {
		env = append(env, "XDG_"+kind+"_HOME="+filepath.Join(dir, kind))
	}
	return dir, env, nil
}
