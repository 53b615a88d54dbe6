//go:build faults && linux && amd64

package faults

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const nowhere = "lost output"

// givers are the changes whose answer holds a secret that is told once.
func givers() []change {
	return slices.DeleteFunc(changes(), func(c change) bool { return c.status != 0 || !strings.Contains(c.args, "--reveal") })
}

// An answer that could not be written is an error that names a key. Under it the
// same caller has the same answer for ten minutes, and nobody else has it ever.
func TestALostAnswerCanBeHadAgain(t *testing.T) {
	whole := newLab(t)
	for _, c := range givers() {
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, whole, c)
			tr.measure(writes)
			for _, out := range []*os.File{full(t), broken(t)} {
				tr.putBack()
				tr.lose(out)
			}
			tr.putBack()
			tr.closed()
		})
	}
}

// full is a file that nothing fits into.
func full(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// broken is a pipe that nobody reads.
func broken(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err == nil {
		err = r.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// lose runs the change with an output that takes nothing.
func (tr *trial) lose(out *os.File) {
	tr.t.Helper()
	found.add(nowhere, "answers", 1)
	c := tr.cmd(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
	var talk bytes.Buffer
	c.Stdout, c.Stderr = out, &talk
	if err := c.Run(); err != nil && c.ProcessState == nil {
		tr.t.Fatal(err)
	}
	if status := c.ProcessState.ExitCode(); status != 15 || !strings.Contains(talk.String(), key) {
		tr.bad("%s: exit %d: %s", out.Name(), status, talk.String())
	}
	tr.byAnother()
	tr.seed = tr.home.seed
	if again := tr.run(tr.who, tr.input(tr.lab), tr.words(tr.lab)...); again.status != 0 || again.out != tr.told.out {
		tr.bad("again: exit %d: %s%s, not %s", again.status, again.out, again.talk, tr.told.out)
	}
	if seen := tr.look(tr.keys); !slices.Equal(seen, tr.after) {
		tr.bad("afterwards:%s", seen.differs(tr.after))
	}
	tr.tooLate()
}

// byAnother gives the very same command as another user, with their password, in a copy of
// the lab: a key belongs to its caller, so that user may do the act themselves and never
// gets this answer. Break-glass knows no callers.
func (tr *trial) byAnother() {
	tr.t.Helper()
	other := map[string]string{"admin": "alice", "alice": "admin", "bob": "alice", "newcomer": "alice"}[tr.who]
	if other == "" {
		return
	}
	aside := tr.fork(tr.t, tr.t.TempDir())
	aside.seed += 1_000_000 // what is drawn there is drawn nowhere else
	words := tr.words(aside)
	if i := slices.Index(words, "--password-file"); i >= 0 {
		words[i+1] = map[string]string{"admin": "P", "alice": "PB"}[other]
	}
	if a := aside.run(other, tr.input(aside), words...); tr.tells(a.out + a.talk) {
		tr.bad("%s was told: exit %d: %s", other, a.status, a.out)
	}
}

// tooLate gives the same command when its ten minutes are over.
func (tr *trial) tooLate() {
	tr.t.Helper()
	tr.advance(10 * time.Minute)
	if a := tr.run(tr.who, tr.input(tr.lab), tr.words(tr.lab)...); tr.tells(a.out + a.talk) {
		tr.bad("after ten minutes: exit %d: %s", a.status, a.out)
	}
}

// tells reports whether a text holds a secret of the answer that was lost.
func (tr *trial) tells(text string) bool {
	secrets := toldOnce(tr.told.out)
	if len(secrets) == 0 {
		tr.t.Fatal("the answer holds no secret: ", tr.told.out)
	}
	return slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(text, s) })
}

// closed runs the change with its standard output closed, where a program cannot
// tell that what it writes is lost: it is refused before anything changes.
func (tr *trial) closed() {
	tr.t.Helper()
	found.add(nowhere, "closed", 1)
	before := tr.look(tr.keys)
	c := tr.cmd(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
	c.Args = append([]string{"sh", "-c", `exec "$0" "$@" >&-`, c.Path}, c.Args[1:]...)
	c.Path = "/bin/sh"
	var talk bytes.Buffer
	c.Stderr = &talk
	if err := c.Run(); err != nil && c.ProcessState == nil {
		tr.t.Fatal(err)
	}
	if status := c.ProcessState.ExitCode(); status != 2 {
		tr.bad(">&-: exit %d: %s", status, talk.String())
	}
	if seen := tr.look(tr.keys); !slices.Equal(seen, before) {
		tr.bad(">&-:%s", seen.differs(before))
	}
}

func (tr *trial) bad(format string, args ...any) {
	tr.t.Helper()
	tr.isBad(nowhere)(format, args...)
}

// What gives no secret says all the same that its answer was lost.
func TestALostAnswerIsNeverSilent(t *testing.T) {
	whole := newLab(t)
	for _, c := range fewer() {
		if strings.Contains(c.args, "--reveal") || c.status != 0 {
			continue
		}
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, whole, c)
			for _, out := range []*os.File{full(t), broken(t)} {
				tr.putBack()
				found.add(nowhere, "answers", 1)
				c := tr.cmd(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
				var talk bytes.Buffer
				c.Stdout, c.Stderr = out, &talk
				if err := c.Run(); err != nil && c.ProcessState == nil {
					t.Fatal(err)
				}
				if status := c.ProcessState.ExitCode(); status != 15 {
					tr.bad("exit %d: %s", status, talk.String())
				}
			}
		})
	}
}
