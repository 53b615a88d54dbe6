package seal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/mfa"
)

// maxKeyFile bounds what is read, in bytes.
const maxKeyFile = 1 << 20

// CreateKeyFile writes a new key file, 0600, in a directory that is made 0700
// if need be, and makes sure that it is on the disk. Conflict if there is one
// already: a key file is never overwritten. Forbidden where it may not be
// written.
func CreateKeyFile(path string, k *Keyring) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return cannotWrite(path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the caller's choice
	if err != nil {
		return cannotWrite(path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	_, err = f.Write(k.Marshal())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

func cannotWrite(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return mfa.Errorf(mfa.Conflict, "a key file exists already: %s", path).
			WithHint("choose another MFACTL_KEY_FILE; a key is never overwritten").WithCause(err)
	case errors.Is(err, fs.ErrPermission):
		return mfa.Errorf(mfa.Forbidden, "the key file may not be written: %s", path).WithCause(err)
	default:
		return mfa.Errorf(mfa.Unavailable, "the key file cannot be written: %s", path).WithCause(err)
	}
}

// ReadKeyFile reads a key file. Damaged if it is missing or not one of ours;
// Forbidden if others may read it or it is another user's.
func ReadKeyFile(path string) (*Keyring, error) {
	f, err := os.Open(path) //nolint:gosec // the path is the caller's choice
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, mfa.Errorf(mfa.Damaged, "the key file is missing: %s", path).
			WithHint("restore the copy of the key, or set MFACTL_KEY_FILE").WithCause(err)
	case errors.Is(err, fs.ErrPermission):
		return nil, mfa.Errorf(mfa.Forbidden, "the key file may not be read: %s", path).WithCause(err)
	case err != nil:
		return nil, mfa.Errorf(mfa.Unavailable, "the key file cannot be read: %s", path).WithCause(err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, mfa.Errorf(mfa.Damaged, "the key file is no file: %s", path).WithCause(err)
	}
	if err := private(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, mfa.Errorf(mfa.Unavailable, "the key file cannot be read: %s", path).WithCause(err)
	}
	k, err := Parse(text)
	if err != nil {
		return nil, mfa.Errorf(mfa.Damaged, "the key file is not one of ours: %s", path).
			WithHint("restore the copy of the key").WithCause(err)
	}
	return k, nil
}
