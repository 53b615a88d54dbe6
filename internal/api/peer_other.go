//go:build !linux && !darwin

package api

import "net"

// peerOf knows no user if the operating system does not say which one it is.
func peerOf(net.Conn) (uid int, ok bool) { return 0, false }
