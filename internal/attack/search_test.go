package main

import (
	"io"
	"testing"
)

// TestOnePersonTakesNoAccountOverByTwoActs is the search in its shortest form: the sequences
// that were attacks once, every sequence of two acts and a few random ones. The command does
// more of the same.
func TestOnePersonTakesNoAccountOverByTwoActs(t *testing.T) {
	out := io.Discard
	if testing.Verbose() {
		out = t.Output()
	}
	found, err := run(t.Context(), out, options{depth: 2, random: 5, length: 60, seed: 1})
	if err != nil || found > 0 {
		t.Errorf("%d attacks, %v: go run ./internal/attack -depth 2 -random 5 shows them", found, err)
	}
}
