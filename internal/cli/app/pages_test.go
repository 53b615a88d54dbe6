package app

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// pager gives the numbers from 1 to last, in pages of at most three of which
// every second one is short.
func pager(last int) func(from, most int) ([]int, int, error) {
	short := false
	return func(from, most int) (items []int, after int, _ error) {
		next := from + 1
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
		if next > last {
			return items, 0, nil
		}
		return items, next - 1, nil
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
		a := &App{Term: term.New(nil, &said, func(string) string { return "" })}
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

// A server may answer pages that are empty, but none that begin again.
func TestAListThatGoesInCirclesIsRefused(t *testing.T) {
	for name, next := range map[string][]string{"it stays": {"a", "a"}, "it goes to and fro": {"a", "b", "a"}} {
		asked := 0
		_, err := gather(&App{}, 0, func(string, int) ([]int, string, error) {
			asked++
			return []int{1}, next[(asked-1)%len(next)], nil
		})
		if mfa.AsError(err).Code != mfa.Unavailable || asked != len(next) {
			t.Errorf("%s: %v after %d pages", name, err, asked)
		}
	}
	pages := [][]int{{}, {}, {1}}
	got, err := gather(&App{}, 0, func(from, _ int) ([]int, int, error) { return pages[from], (from + 1) % len(pages), nil })
	if err != nil || !slices.Equal(got, []int{1}) {
		t.Errorf("empty pages: %v, %v", got, err)
	}
}
