//go:build unix && !linux

package cli

import "golang.org/x/sys/unix"

// harden keeps secrets in memory from core files, and files from other users.
func harden() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	unix.Umask(0o077)
}
