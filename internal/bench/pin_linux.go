package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// pin keeps this thread, and so every process it starts, on the first core it
// may use. The thread stays the one that measures.
func pin() error {
	runtime.LockOSThread()
	var allowed, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return err
	}
	core := 0
	for !allowed.IsSet(core) {
		core++
	}
	one.Set(core)
	return unix.SchedSetaffinity(0, &one)
}
