package cli

import "golang.org/x/sys/unix"

// harden keeps secrets in memory from core files and from other processes of
// the same user (OWASP ASVS 11.7.2), and files from other users.
func harden() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	unix.Umask(0o077)
}
