//go:build faults && linux && amd64

package faults

import (
	"strings"
	"syscall"
	"testing"
)

// The file of contexts is as before or as after, whenever what changes it is killed,
// and the same command then ends what was begun.
func TestAKilledCommandLeavesTheContextsWhole(t *testing.T) {
	for _, args := range []string{"create second --store other.db --use", "use first", "delete first"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			home := emptyLab(t, t.TempDir())
			home.must("admin", "", "context", "create", "first", "--store", "store.db")
			home.must("admin", "", "context", "create", "zeroth", "--store", "zeroth.db", "--use")
			words := append([]string{"context"}, strings.Fields(args)...)
			list := func(l *lab) string { return contexts(l.must("admin", "", "context", "list", "-o", "csv")) }
			done := home.fork(t, t.TempDir())
			done.must("admin", "", words...)
			before, after := list(home), list(done)
			if before == after {
				t.Fatal("it changes nothing that can be seen")
			}
			for at := 1; ; at++ {
				l := home.fork(t, t.TempDir())
				_, calls := l.struck(blow{calls: writes, signal: syscall.SIGKILL, at: at}, "admin", "", words...)
				if calls < at {
					break
				}
				found.add("kill -9 at a write of the contexts", "points", 1)
				if seen := list(l); seen != before && seen != after {
					t.Errorf("killed at %d: %s", at, seen)
				}
				l.must("admin", "", words...)
				if seen := list(l); seen != after {
					t.Errorf("killed at %d and repeated: %s", at, seen)
				}
			}
		})
	}
}

// contexts is a list without the directory, in which two labs differ.
func contexts(list string) string {
	var b strings.Builder
	for line := range strings.Lines(list) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		b.WriteString(strings.Join(fields[:2], ",") + "\n")
	}
	return b.String()
}
