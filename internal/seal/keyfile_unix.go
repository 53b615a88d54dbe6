//go:build unix

package seal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/mfactl/mfactl/internal/mfa"
)

// openFlags keep the opening of a pipe from waiting for a writer.
const openFlags = syscall.O_NONBLOCK

// ownerOnly lets a file pass that is closed to group and others and belongs to
// us; root may use everybody's.
func ownerOnly(path string, info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return mfa.Errorf(mfa.Forbidden, "the key file %s is open to others (mode %04o)", path, mode).
			WithHint("chmod 600 %s", mfa.ShellWord(path))
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return mfa.Errorf(mfa.Forbidden, "the owner of the key file %s is not known", path)
	}
	if me := os.Geteuid(); me != 0 && int64(st.Uid) != int64(me) {
		return mfa.Errorf(mfa.Forbidden, "the key file %s belongs to another user (uid %d)", path, st.Uid).
			WithHint("run as that user, or take the file over: chown %d %s && chmod 600 %[2]s", os.Geteuid(), mfa.ShellWord(path))
	}
	return nil
}

// syncDir makes the entries of a directory durable. A file system that cannot
// sync a directory says EINVAL or ENOTSUP; there is nothing better to do there.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // G304: the path is the operator's
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
