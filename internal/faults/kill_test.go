//go:build faults && linux && amd64

package faults

import (
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A process that is killed at any write has done what it was to do or has not,
// what it told is true, the next start needs no repair, and the same command
// under the same key then ends as if nothing had been.
func TestAKilledCommandIsDoneOrNotDone(t *testing.T) {
	whole := newLab(t)
	for _, c := range changes() {
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			newTrial(t, whole, c).sweep("kill -9 at a write", blow{calls: writes, signal: syscall.SIGKILL})
		})
	}
}

// A signal that can be heeded ends a command as canceled, or too late to.
func TestAnInterruptedCommandIsDoneOrNotDone(t *testing.T) {
	if testing.Short() {
		t.Skip("what kill -9 does not break, a signal that is heeded does not either")
	}
	whole := newLab(t)
	for i, c := range changes() {
		signal := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[i%3]
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			newTrial(t, whole, c).sweep("SIGINT, SIGTERM, SIGHUP at a write", blow{calls: writes, signal: signal})
		})
	}
}

// trial is one change in a lab of its own, which is put back before each blow.
type trial struct {
	change
	*lab
	home   *lab   // as it is before
	before sight  // what is seen then
	after  sight  // and when it was done
	twice  sight  // and when it was done and repeated; the same unless it is refused
	told   answer // what it tells when nothing is broken
	keys   [][]secret
	calls  int  // how many calls it makes that are counted
	honest bool // it lives to tell how it ended
}

// newTrial sets a change up and runs it once to its end.
func newTrial(t *testing.T, whole *lab, c change) *trial {
	t.Helper()
	home := whole.fork(t, t.TempDir())
	home.known = map[string]string{}
	if c.first != nil {
		c.first(home)
	}
	return &trial{change: c, home: home, lab: home.fork(t, t.TempDir())}
}

// measure runs the change unbroken, to know what is right.
func (tr *trial) measure(calls func(call) bool) {
	tr.t.Helper()
	tr.told, tr.calls = tr.do(blow{calls: calls})
	if tr.told.status != tr.status {
		tr.t.Fatalf("unbroken: exit %d: %s%s", tr.told.status, tr.told.out, tr.told.talk)
	}
	tr.keys = tr.secrets(tr.home, tr.told.out)
	tr.after, tr.before = tr.look(tr.keys), tr.home.look(tr.keys)
	if slices.Equal(tr.before, tr.after) && tr.command != "login" {
		tr.t.Fatal("it changes nothing that can be seen")
	}
	tr.twice = tr.after
	if tr.refused {
		tr.seed = tr.home.seed
		tr.run(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
		tr.twice = tr.look(tr.keys)
	}
}

// putBack makes the lab what it was before.
func (tr *trial) putBack() {
	tr.t.Helper()
	tr.clear()
	tr.lab = tr.home.fork(tr.t, tr.dir)
}

// do puts the lab back and runs the change with a blow.
func (tr *trial) do(b blow) (answer, int) {
	tr.t.Helper()
	tr.putBack()
	return tr.struck(b, tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
}

// shortly is how many points of each change are struck with -short.
const shortly = 2

// sweep strikes every call in its turn, until there is none left to strike.
func (tr *trial) sweep(fault string, b blow) {
	tr.t.Helper()
	tr.measure(b.calls)
	step := 1
	if testing.Short() {
		step = max(1, tr.calls/shortly)
	}
	for b.at = step; ; b.at += step {
		got, calls := tr.do(b)
		if calls < b.at {
			break
		}
		found.add(fault, "points", 1)
		tr.judge(fault, b.at, got)
	}
}

// judge says what is wrong after a blow.
func (tr *trial) judge(fault string, at int, got answer) {
	tr.t.Helper()
	bad := tr.isBad(fault)
	violated := func(format string, args ...any) {
		tr.t.Helper()
		bad("at %d (exit %d, %s): "+format, append([]any{at, got.status, strings.TrimSpace(got.talk)}, args...)...)
	}
	if a := tr.peek("alice", "", "store", "check"); a.status != 0 && (tr.command != "init" || a.status != 11) {
		violated("the next start: exit %d: %s%s", a.status, a.out, a.talk)
	}
	seen := tr.look(tr.keys)
	done := slices.Equal(seen, tr.after)
	switch {
	case got.out != "" && !done:
		violated("it told what is not so:%s", seen.differs(tr.after))
	case !done && !slices.Equal(seen, tr.before):
		violated("half done:%s", seen.differs(tr.before))
	case done:
		found.add(fault, "done", 1)
	default:
		found.add(fault, "not done", 1)
	}
	if tr.honest {
		tr.claims(got, done, violated)
	}
	tr.repeat(done, violated)
}

// peek runs a command that takes no part in the seeds.
func (tr *trial) peek(who, stdin string, args ...string) answer {
	tr.t.Helper()
	defer func(seed int) { tr.seed = seed }(tr.seed)
	return tr.run(who, stdin, args...)
}

// repeat gives the same command under the same key.
func (tr *trial) repeat(done bool, violated func(string, ...any)) {
	tr.t.Helper()
	tr.seed = tr.home.seed
	again := tr.run(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
	switch {
	case done && slices.Contains(tr.again, again.status):
	case again.status != tr.told.status || again.out != tr.told.out:
		violated("repeated: exit %d: %s%s, not %s", again.status, again.out, again.talk, tr.told.out)
	}
	want := tr.after
	if done {
		want = tr.twice
	}
	if seen := tr.look(tr.keys); !slices.Equal(seen, want) {
		violated("repeated:%s", seen.differs(want))
	}
}

// isBad counts a violation and tells of it.
func (tr *trial) isBad(fault string) func(string, ...any) {
	return func(format string, args ...any) {
		tr.t.Helper()
		found.add(fault, "violations", 1)
		tr.t.Errorf(format, args...)
	}
}
