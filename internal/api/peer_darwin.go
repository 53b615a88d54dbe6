package api

import "golang.org/x/sys/unix"

// uidBeyond asks the kernel which user opened the other end of a unix socket.
func uidBeyond(socket int) (uid int, ok bool) {
	cred, err := unix.GetsockoptXucred(socket, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, false
	}
	return int(cred.Uid), true
}
