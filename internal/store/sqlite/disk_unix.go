//go:build linux || darwin

package sqlite

import "golang.org/x/sys/unix"

// freeSpace is how many bytes the file system of a path has left for us.
func freeSpace(path string) (free uint64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true //nolint:gosec // G115: a block has a size
}
