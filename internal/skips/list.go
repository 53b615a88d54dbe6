package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// sorts are the sorts of run that the list knows: as an ordinary user with basic tools, as
// root with every tool, and the short form of either.
var sorts = []string{"ordinary", "root", "short"}

// permit is a line of the list: a test, in which sorts of run it may skip, and why.
type permit struct {
	test   string // its directory from the module's root, a dot, and its name
	where  []string
	reason string
}

// parse reads the list: a line for each test, with its sorts of run joined by commas, and
// the reason. Lines that begin with # are comments.
func parse(text string) (all []permit, _ error) {
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) < 3 {
			return nil, fmt.Errorf("line %d: want a test, where it may skip, and the reason", n+1)
		}
		p := permit{test: words[0], where: strings.Split(words[1], ","), reason: strings.Join(words[2:], " ")}
		if err := p.valid(all); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", n+1, p.test, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// valid refuses what the list must not say.
func (p permit) valid(before []permit) error {
	for _, w := range p.where {
		if !slices.Contains(sorts, w) {
			return fmt.Errorf("%q is no sort of run; there are %s", w, strings.Join(sorts, ", "))
		}
	}
	if p.in([]string{"ordinary"}) && p.in([]string{"root"}) {
		return errors.New("it would run nowhere")
	}
	if slices.ContainsFunc(before, func(b permit) bool { return b.test == p.test }) {
		return errors.New("it is listed twice")
	}
	return nil
}

// in reports whether the test may skip in a run of any of those sorts.
func (p permit) in(where []string) bool {
	return slices.ContainsFunc(where, func(w string) bool { return slices.Contains(p.where, w) })
}
