//go:build unix

package seal

import (
	"io/fs"
	"os"
	"syscall"

	"github.com/mfactl/mfactl/internal/mfa"
)

// private refuses a key file that others may read, or that is neither ours nor
// root's (OWASP ASVS 13.3.2).
func private(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return mfa.Errorf(mfa.Forbidden, "others may read the key file: %s has mode %04o", path, info.Mode().Perm()).
			WithHint("chmod 600 %s", path)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return mfa.Errorf(mfa.Forbidden, "the key file is another user's: %s", path)
	}
	return nil
}

// syncDir makes a new name in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the path is the caller's choice
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
