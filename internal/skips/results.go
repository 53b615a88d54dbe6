package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const module = "github.com/mfactl/mfactl/"

// event is a line of go test -json (go doc test2json).
type event struct{ Action, Package, Test, Output string }

// results are what is known of a run.
type results struct {
	out     io.Writer
	text    map[string]string // what tests wrote that have not ended
	skipped map[string]string // the reasons that skipped tests gave
	passed  []string          // the packages that did
	failed  bool
}

func newResults(out io.Writer) *results {
	return &results{out: out, text: map[string]string{}, skipped: map[string]string{}}
}

// read reads a run to its end and prints of it what go test prints. What is not JSON is
// what the go command or the shell has to say.
func (r *results) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case line == "":
		case !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil:
			r.print(line)
		case e.Test == "":
			r.ofPackage(e, strings.TrimPrefix(e.Package, module))
		default:
			r.ofTest(e, strings.TrimPrefix(e.Package, module)+"."+e.Test)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *results) print(text string) { _, _ = io.WriteString(r.out, text) }

// ofPackage takes what a package, or the compiler, says.
func (r *results) ofPackage(e event, pkg string) {
	switch e.Action {
	case "output", "build-output":
		if e.Output != "PASS\n" {
			r.print(e.Output)
		}
	case "build-fail":
		r.failed = true
	case "pass", "skip":
		r.passed = append(r.passed, pkg)
	case "fail":
		r.failed = true
		for _, name := range slices.Sorted(maps.Keys(r.text)) { // a panic or the time-out ended them
			if strings.HasPrefix(name, pkg+".") {
				r.print(r.text[name])
				delete(r.text, name)
			}
		}
	}
}

// ofTest takes what a test says. Only a test that fails has its output printed.
func (r *results) ofTest(e event, name string) {
	switch e.Action {
	case "fail":
		r.failed = true
		r.print(r.text[name])
	case "skip":
		r.skipped[name] = reason(r.text[name])
	case "pass":
	default: // it goes on
		r.text[name] += e.Output
		return
	}
	delete(r.text, name)
}

var (
	framing = regexp.MustCompile(`(?m)^\s*(===|---) .*\n`)
	place   = regexp.MustCompile(`^\S+\.go:\d+: ?`)
)

// reason is what a skipped test wrote, without what go test wrote around it.
func reason(text string) string {
	text = strings.TrimSpace(framing.ReplaceAllString(text, ""))
	return strings.TrimSpace(place.ReplaceAllString(text, ""))
}

// judge prints the tests that were skipped with the reasons of the list, and returns what
// is wrong with the run.
func (r *results) judge(allowed []permit, where []string) error {
	var wrong []error
	if r.failed {
		wrong = append(wrong, errors.New("tests failed"))
	}
	if len(r.passed) == 0 && !r.failed {
		wrong = append(wrong, errors.New("no package was tested"))
	}
	listed := map[string]permit{}
	for _, p := range allowed {
		if !p.in(where) {
			continue
		}
		listed[p.test] = p
		// A line whose test ran would hide it if the test skipped again some day. In a mixed
		// run fewer may skip.
		pkg, _, _ := strings.Cut(p.test, ".")
		if _, did := r.skipped[p.test]; !did && len(where) == 1 && slices.Contains(r.passed, pkg) {
			wrong = append(wrong, fmt.Errorf("%s was not skipped; remove its line, or correct its name", p.test))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.skipped)) {
		said := r.skipped[name]
		p, may := listed[name]
		switch {
		case said == "":
			wrong = append(wrong, fmt.Errorf("%s was skipped without a reason", name))
		case !may:
			wrong = append(wrong, fmt.Errorf("%s was skipped (%s), and the list does not allow it in this run: %s", name, said, strings.Join(where, ",")))
		default:
			r.print(fmt.Sprintf("skipped: %s: %s\n", name, p.reason))
		}
	}
	return errors.Join(wrong...)
}
