//go:build unix

package store

import "golang.org/x/sys/unix"

// writable reports whether a file or directory may be written; also for root,
// no on a read-only file system.
func writable(path string) bool { return unix.Access(path, unix.W_OK) == nil }
