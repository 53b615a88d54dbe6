//go:build faults && linux && amd64

// Package faults breaks what mfactl stands on while it works, and looks at what
// is left: processes are killed at every write, power is cut, disks fail, fill up
// and turn read-only, bytes flip, and outputs go nowhere. README.md says what each
// does and what came of it.
package faults

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mfactl/mfactl/internal/cli"
	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/config"
)

// TestMain makes this test's own program stand for mfactl, and prints the
// figures when all is over.
func TestMain(m *testing.M) {
	testscript.Main(runner{m}, map[string]func(){"mfactl": program})
}

// runner is all tests with the table of figures at their end.
type runner struct{ tests *testing.M }

// Run implements testscript.TestingM.
func (r runner) Run() int {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(sig) { // by a shell that runs the tests in the background; a program would inherit that
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	status := r.tests.Run()
	found.print()
	return status
}

// program is mfactl with a clock that stands still and with randomness that is
// the same in every run of one seed, so that what an act left half done can be
// told from what it does when it is left alone. Both enter by the App: what is
// shipped knows neither.
func program() {
	a := &app.App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Clock: func() time.Time { return clockIn(os.Getenv("TEST_CLOCK")) },
		Host: config.Host{Socket: "/dev/null/mfactl.sock", Data: "/dev/null/data", Config: "/dev/null/etc"},
	}
	if seed, err := strconv.ParseUint(os.Getenv("TEST_SEED"), 10, 64); err == nil {
		a.Rand = &oneByOne{from: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})}
	}
	os.Exit(cli.Run(a, os.Args[1:]))
}

// oneByOne lets one read at a time, of whom a server has several: else two of them may
// draw the same.
type oneByOne struct {
	mu   sync.Mutex
	from io.Reader
}

// Read implements io.Reader.
func (o *oneByOne) Read(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.from.Read(p)
}

// clockIn reads a clock file: a time that stands still.
func clockIn(path string) time.Time {
	b, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	if err != nil {
		panic(err)
	}
	return t
}

// found is what every test adds its figures to: TestMain prints them in the end.
var found figures

// figures are counts under a fault's name, in the order they first came.
type figures struct {
	mu    sync.Mutex
	names []string
	of    map[string]*tally
}

type tally struct {
	names []string
	n     map[string]int
}

// add counts n more of what was seen under a fault.
func (f *figures) add(fault, what string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = map[string]*tally{}
	}
	t := f.of[fault]
	if t == nil {
		t = &tally{n: map[string]int{}}
		f.of[fault], f.names = t, append(f.names, fault)
	}
	if _, known := t.n[what]; !known {
		t.names = append(t.names, what)
	}
	t.n[what] += n
}

// get returns a count.
func (f *figures) get(fault, what string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.of[fault]; t != nil {
		return t.n[what]
	}
	return 0
}

func (f *figures) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, fault := range f.names {
		line := fault
		for _, what := range f.of[fault].names {
			line += fmt.Sprintf("\t%s %d", what, f.of[fault].n[what])
		}
		_, _ = fmt.Fprintln(w, line)
	}
	_ = w.Flush() // to standard output, where nobody could be told
}
