//go:build !unix

package seal

import "io/fs"

// openFlags are none beside those of every system.
const openFlags = 0

// ownerOnly lets every file pass. Systems without Unix modes are clients only
// and have no key file of their own.
func ownerOnly(string, fs.FileInfo) error { return nil }

// syncDir does nothing where directories cannot be synced.
func syncDir(string) error { return nil }
