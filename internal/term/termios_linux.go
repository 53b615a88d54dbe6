package term

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

// maxLine is the longest answer that is certainly whole: N_TTY_BUF_SIZE is
// 4096, one byte of it is the line feed and one tells a full line from a cut one.
const maxLine = 4094
