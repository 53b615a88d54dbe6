package app

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// nowhere reports that what is written goes nowhere because standard output was
// closed: Go puts /dev/null in its place, open for reading and writing, as no
// shell's redirection does.
func nowhere(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != unix.Mkdev(1, 3) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
