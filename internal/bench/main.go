// Command bench measures mfactl against yardsticks: small programs of our own
// that do the least the same work can be done with. Machines differ and are
// noisy, so only ratios taken side by side in one run are printed, as the median
// of interleaved rounds with their least and greatest.
//
//	go run ./internal/bench [-only P1,P2] [-rounds 300] [-check]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// bench is one run: the built programs and where they live.
type bench struct {
	ctx    context.Context
	dir    string
	rounds int
	only   string
	missed bool
}

func main() {
	b := &bench{ctx: context.Background()}
	check := flag.Bool("check", false, "exit 1 where a goal is missed")
	flag.StringVar(&b.only, "only", "", "only these goals, such as P1,P2")
	flag.IntVar(&b.rounds, "rounds", 300, "rounds of each comparison")
	flag.Parse()
	if err := b.run(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if *check && b.missed {
		os.Exit(1)
	}
}

func (b *bench) run() (err error) {
	if b.dir, err = os.MkdirTemp("", "mfactl-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir) //nolint:errcheck // temporary
	for name, pkg := range map[string]string{
		"mfactl": "./cmd/mfactl", "hello": "./internal/bench/yard/hello", "lookup": "./internal/bench/yard/lookup",
	} {
		cmd := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.bin(name), pkg) //nolint:gosec // our own
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	b.say("%s %s/%s, %d cores, %d rounds\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.rounds)
	for _, goal := range []struct {
		name string
		run  func() error
	}{{"P1", b.start}, {"P2", b.status}} {
		if b.only != "" && !strings.Contains(","+b.only+",", ","+goal.name+",") {
			continue
		}
		if err := goal.run(); err != nil {
			return fmt.Errorf("%s: %w", goal.name, err)
		}
	}
	return nil
}

func (b *bench) bin(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(os.Stdout, format, args...) }
