//go:build !unix

package seal

import "io/fs"

// private has nothing to look at where files have no modes; a local store is
// not supported there.
func private(string, fs.FileInfo) error { return nil }

func syncDir(string) error { return nil }
