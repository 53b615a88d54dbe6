//go:build unix

package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mfactl/mfactl/internal/mfa"
)

// checkPrivate answers Forbidden for a file of another user, or one that its
// group or others can read.
func checkPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return mfa.Errorf(mfa.Forbidden, "%s can be read by others", path).WithHint("chmod 600 %s", mfa.ShellWord(path))
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if me := os.Geteuid(); ok && me != 0 && int(owner.Uid) != me {
		return mfa.Errorf(mfa.Forbidden, "%s belongs to another user", path)
	}
	return nil
}

// writable reports whether files can be made in the directory.
func writable(dir string) bool { return unix.Access(dir, unix.W_OK) == nil }

// noFollow opens no link.
const noFollow = unix.O_NOFOLLOW

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the directory of the store
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// giveTo gives a new file to the owner of another.
func giveTo(f *os.File, of fs.FileInfo) error {
	owner, ok := of.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
