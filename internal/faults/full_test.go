//go:build faults && linux && amd64

package faults

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// page is by what room on a tmpfs comes and goes.
const page = 4096

// A full disk has nothing half done: a command says that nothing has happened,
// and the same one goes through as soon as there is room. Reading goes on, and no
// code is right that cannot be spent.
func TestAFullDiskHasNothingHalfDone(t *testing.T) {
	whole := newLab(t)
	for _, c := range onDisks() {
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, whole, c)
			tr.measure(writes)
			tr.dir, tr.honest = mountTmpfs(t, "2m"), true
			for room, step := 0, page; !tr.fits(room); room += step {
				if testing.Short() {
					step = 8 * page
				}
			}
		})
	}
}

// onDisks are the changes that stand for all where each is tried many times.
func onDisks() []change {
	return slices.DeleteFunc(changes(), func(c change) bool {
		return !slices.Contains([]string{
			"login, phone", "2fa confirm", "2fa disable", "backup-codes generate", "verify, phone", "verify, backup code",
			"admin reset-2fa", "admin users create", "admin policy set",
		}, c.name()) || testing.Short() && c.name() != "verify, backup code" && c.name() != "backup-codes generate"
	})
}

// fits reports whether the change goes through where so much room is left, and
// judges what came of it where it does not.
func (tr *trial) fits(room int) bool {
	tr.t.Helper()
	const fault = "full disk"
	tr.putBack()
	tr.fill(room)
	got := tr.run(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
	if got.status == tr.status {
		return true
	}
	found.add(fault, "points", 1)
	if a := tr.peek("alice", "", "admin", "audit", "list"); a.status != 0 {
		found.add(fault, "could not read", 1)
		tr.t.Errorf("room for %d: reading: exit %d: %s", room, a.status, a.talk)
	}
	if err := os.Remove(tr.path("filler")); err != nil {
		tr.t.Fatal(err)
	}
	tr.judge(fault, room, got)
	return false
}

// fill leaves so much room on the file system.
func (l *lab) fill(room int) {
	l.t.Helper()
	f, err := os.OpenFile(l.path("filler"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		l.t.Fatal(err)
	}
	size, err := io.Copy(f, io.LimitReader(zeros{}, 1<<30))
	if !errors.Is(err, unix.ENOSPC) {
		l.t.Fatal("it does not get full:", err)
	}
	if err := errors.Join(f.Truncate(size/page*page-int64(room)), f.Close()); err != nil {
		l.t.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A store that may only be read is read, and every change says that it cannot be
// made: also where the last process was killed and left a log behind.
func TestAReadOnlyDiskIsReadAndNotWritten(t *testing.T) {
	whole := newLab(t)
	dir := mountTmpfs(t, "8m")
	for name, killed := range map[string]int{"clean": 0, "killed": 60} {
		t.Run(name, func(t *testing.T) {
			for i, c := range fewer() {
				tr := newTrial(t, whole, c)
				tr.dir = dir
				tr.putBack()
				if killed > 0 && c.command != "init" {
					tr.struck(blow{calls: writes, at: killed, signal: unix.SIGKILL}, "alice", "", "admin", "communities", "create", "North")
				}
				before := tr.look(nil)
				remount(t, dir, true)
				tr.unwritten(before)
				if i == len(fewer())-1 {
					tr.isRead()
				}
				remount(t, dir, false)
			}
		})
	}
}

const readOnly = "read-only disk"

// unwritten tries the change where nothing can be written.
func (tr *trial) unwritten(before sight) {
	tr.t.Helper()
	got := tr.run(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
	found.add(readOnly, "changes", 1)
	if got.status != 11 {
		found.add(readOnly, "violations", 1)
		tr.t.Errorf("mfactl %s: exit %d: %s%s", tr.name(), got.status, got.out, got.talk)
	}
	if seen := tr.look(nil); !slices.Equal(seen, before) {
		found.add(readOnly, "violations", 1)
		tr.t.Errorf("mfactl %s:%s", tr.name(), seen.differs(before))
	}
}

// isRead tries what only reads.
func (tr *trial) isRead() {
	tr.t.Helper()
	for _, words := range []string{
		"whoami", "2fa status", "2fa list", "backup-codes status", "admin users list", "admin users show " + bob, "admin audit list",
		"admin sessions list", "admin policy show", "admin roles list", "admin communities list", "admin requests list", "store check",
	} {
		found.add(readOnly, "looks", 1)
		if a := tr.peek("alice", "", strings.Fields(words)...); a.status != 0 {
			found.add(readOnly, "violations", 1)
			tr.t.Errorf("mfactl %s: exit %d: %s", words, a.status, a.talk)
		}
	}
}
