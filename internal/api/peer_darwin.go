package api

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerOf asks the kernel which user opened the other end of a unix socket.
func peerOf(c net.Conn) (uid int, ok bool) {
	u, is := c.(*net.UnixConn)
	if !is {
		return 0, false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED); err == nil { //nolint:gosec // a file descriptor
			uid, ok = int(cred.Uid), true
		}
	})
	return uid, ok && err == nil
}
