//go:build !linux && !darwin

package api

import "net"

// peerOf knows nobody where the operating system does not tell.
func peerOf(net.Conn) (uid int, ok bool) { return 0, false }
