//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package term

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

// dropTyped drops what has been typed and not been read. The 1 is FREAD, the side of
// the reader.
func (t *tty) dropTyped() error { return unix.IoctlSetPointerInt(t.fd, unix.TIOCFLUSH, 1) }

// maxLine is the longest answer that is certainly whole: MAX_CANON is 1024 on
// macOS, one byte of it is the line feed and one tells a full line from a cut one.
const maxLine = 1022
