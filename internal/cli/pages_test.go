package cli

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// pager gives the numbers from 1 to last, in pages of at most three of which
// every second one is short.
func pager(last int) func(most int) ([]int, bool, error) {
	next, short := 1, false
	return func(most int) (items []int, more bool, _ error) {
		size := 3
		if most > 0 {
			size = min(size, most)
		}
		if short = !short; short {
			size--
		}
		for ; size > 0 && next <= last; size-- {
			items = append(items, next)
			next++
		}
		return items, next <= last, nil
	}
}

func numbers(last int) (out []int) {
	for n := range last {
		out = append(out, n+1)
	}
	return out
}

func TestAListIsWholeUnlessALimitCutsIt(t *testing.T) {
	for _, c := range []struct {
		last, limit, want int
		cut               bool
	}{
		{last: 0, limit: 0, want: 0}, {last: 10, limit: 0, want: 10}, {last: 10, limit: 11, want: 10},
		{last: 10, limit: 10, want: 10}, {last: 10, limit: 9, want: 9, cut: true}, {last: 10, limit: 1, want: 1, cut: true},
	} {
		var said bytes.Buffer
		a := &App{term: term.New(nil, nil, &said, func(string) string { return "" })}
		got, err := gather(a, c.limit, pager(c.last))
		if err != nil || !slices.Equal(got, numbers(c.want)) || got == nil {
			t.Errorf("%d of %d: %v, %v", c.limit, c.last, got, err)
		}
		if cut := said.Len() > 0; cut != c.cut {
			t.Errorf("%d of %d: said %q", c.limit, c.last, said.String())
		}
	}
	if _, err := gather(&App{}, -1, pager(1)); mfa.AsError(err).Code != mfa.Usage {
		t.Errorf("a negative limit: %v", err)
	}
}
