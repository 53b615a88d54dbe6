//go:build faults && linux && amd64

package faults

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// A process that is given little memory does its work, or is ended by the system
// at some point of it, and leaves nothing half done.
func TestAProcessWithoutMemoryLeavesNothingHalfDone(t *testing.T) {
	group := newGroup(t)
	whole := newLab(t)
	for _, c := range onDisks() {
		t.Run(c.name(), func(t *testing.T) {
			tr := newTrial(t, whole, c)
			tr.measure(writes)
			step := 2
			if testing.Short() {
				step = 16
			}
			for room := 4; room <= 64; room += step {
				tr.squeeze(group, room)
			}
		})
	}
}

// newGroup makes a group of processes whose memory is limited (cgroups, version
// 1), until the test ends. Where there are none the test is skipped.
func newGroup(t *testing.T) (dir string) {
	t.Helper()
	dir = "/sys/fs/cgroup/memory/mfactl-faults-" + strconv.Itoa(os.Getpid())
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skip("memory cannot be limited here:", err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// squeeze runs the change with so many MiB.
func (tr *trial) squeeze(group string, room int) {
	tr.t.Helper()
	const fault = "little memory"
	tr.putBack()
	limit := strconv.Itoa(room << 20)
	if err := os.WriteFile(filepath.Join(group, "memory.limit_in_bytes"), []byte(limit), 0o600); err != nil {
		tr.t.Fatal(err)
	}
	a, _ := tr.struck(blow{calls: writes, born: func(pid int) error {
		return os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600)
	}}, tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
	found.add(fault, "runs", 1)
	if a.status == 128+int(unix.SIGKILL) {
		found.add(fault, "ended by the system", 1)
	}
	tr.judge(fault, room, a)
}
