//go:build !unix

package sqlite

import (
	"io/fs"
	"os"
)

// checkPrivate leaves it to the access list of the user's own directory, which
// modes do not show here.
func checkPrivate(string, fs.FileInfo) error { return nil }

// writable reports whether files can be made in the directory.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".mfactl-*")
	if err != nil {
		return false
	}
	_ = f.Close()
	return os.Remove(f.Name()) == nil
}

// noFollow is not known here.
const noFollow = 0

// syncDir has nothing to do where a directory cannot be opened.
func syncDir(string) error { return nil }

// giveTo leaves a new file to the user who made it.
func giveTo(*os.File, fs.FileInfo) error { return nil }
