//go:build faults && linux && amd64

package faults

import (
	"slices"
	"syscall"
	"testing"
)

// fewer are the changes that stand for all where -short is given.
func fewer() []change {
	all := changes()
	if !testing.Short() {
		return all
	}
	return slices.DeleteFunc(all, func(c change) bool {
		return !slices.Contains([]string{"backup-codes generate", "admin reset-2fa", "verify, backup code", "admin users create"}, c.name())
	})
}

// A disk that fails at any write or sync makes a command fail, which says whether
// anything has happened: "unavailable" if nothing has, "unknown" if it may have.
// The same command under the same key then tells the truth.
func TestAFailingDiskIsToldAsItIs(t *testing.T) {
	whole := newLab(t)
	for fault, b := range map[string]blow{
		"EIO at an fsync":   {calls: syncs, errno: syscall.EIO},
		"EIO at a write":    {calls: storeWrites, errno: syscall.EIO},
		"ENOSPC at a write": {calls: storeWrites, errno: syscall.ENOSPC},
	} {
		for _, c := range fewer() {
			t.Run(fault+"/"+c.name(), func(t *testing.T) {
				t.Parallel()
				tr := newTrial(t, whole, c)
				tr.honest = true
				tr.sweep(fault, b)
			})
		}
	}
}

// claims says what is wrong with an exit status, seen what was done: 11 tells
// that nothing was, 15 that nobody knows, and its own that all was.
func (tr *trial) claims(got answer, done bool, violated func(string, ...any)) {
	tr.t.Helper()
	switch got.status {
	case tr.status:
		if !done {
			violated("it told that it was done, and it was not")
		}
	case 11:
		if done {
			violated("it told that nothing has happened, and it was done")
		}
	case 15:
	default:
		violated("what is that")
	}
}
