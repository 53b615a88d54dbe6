package term

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

// dropTyped drops what has been typed and not been read.
func (t *tty) dropTyped() error { return unix.IoctlSetInt(t.fd, unix.TCFLSH, unix.TCIFLUSH) }

// maxLine is the longest answer that is certainly whole: N_TTY_BUF_SIZE is
// 4096, one byte of it is the line feed and one tells a full line from a cut one.
const maxLine = 4094
