package seal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mfactl/mfactl/internal/mfa"
)

// maxKeyFile bounds a key file, in bytes: room for a thousand keys.
const maxKeyFile = 1 << 18

// CreateKeyFile writes a new key file, mode 0600, and the directories above it
// that are missing, mode 0700; file and directories are on disk when it returns
// (OWASP ASVS 5.0 §13.3.2). It never writes over anything: mfa.Conflict if
// something stands there already, mfa.Forbidden if the directory may not be
// written, mfa.Unavailable for a full or failing disk; the file is then not there.
func CreateKeyFile(path string, k *Keyring) error {
	if _, err := os.Lstat(path); err == nil {
		return keyFileExists(path)
	}
	dir := filepath.Dir(path)
	if err := makeDirs(dir); err != nil {
		return writeFault(path, err)
	}
	// Written under another name and linked, so that a process that is killed
	// half-way leaves no broken key file in the way of the next try. Link, unlike
	// rename, refuses to replace.
	tmp, err := writeTemp(dir, k.Marshal())
	if err != nil {
		return writeFault(path, err)
	}
	err = os.Link(tmp, path)
	_ = os.Remove(tmp)
	if errors.Is(err, fs.ErrExist) {
		return keyFileExists(path)
	}
	if err != nil {
		return writeFault(path, err)
	}
	if err := syncDir(dir); err != nil {
		_ = os.Remove(path)
		return writeFault(path, err)
	}
	return nil
}

// makeDirs makes a directory and those above it, each entry synced.
func makeDirs(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	above := filepath.Dir(dir)
	if above == dir {
		return nil
	}
	if err := makeDirs(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(above)
}

// writeTemp writes a new file of mode 0600 and syncs it. On failure it leaves
// nothing behind.
func writeTemp(dir string, text []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, ".mfactl-key-*") // O_EXCL, 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func keyFileExists(path string) error {
	return mfa.Errorf(mfa.Conflict, "the key file %s exists already, and a key is never overwritten", path).
		WithHint("use another path, or move the old key file away if its store is gone too")
}

func writeFault(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return mfa.Errorf(mfa.Forbidden, "the key file %s may not be created: permission denied", path).WithCause(err)
	}
	return mfa.Errorf(mfa.Unavailable, "the key file %s cannot be written, nothing happened", path).
		WithHint("see that the disk is neither full nor read-only, and try again").WithCause(err)
}

// ReadKeyFile reads the key file of a store. It follows symbolic links and
// judges what it has opened: a regular file, of ours or root's, that no other
// user can read or write. mfa.Damaged if it is missing, no regular file, or not
// a key file; mfa.Forbidden if it may not be opened, is open to others or
// belongs to another user (OWASP ASVS 5.0 §13.3.2); mfa.Unavailable if the
// disk fails. It changes nothing.
func ReadKeyFile(path string) (*Keyring, error) {
	return readKeyFile(path, false)
}

// ReadCredential reads a key file that a service manager hands over: who may read it
// there is its own business (systemd.exec, "Credentials"). Codes as ReadKeyFile.
func ReadCredential(path string) (*Keyring, error) {
	return readKeyFile(path, true)
}

// readKeyFile reads a key file, which others than its owner may read only if it was handed over.
func readKeyFile(path string, handed bool) (*Keyring, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0) //nolint:gosec // G304: the path is the operator's
	if err != nil {
		return nil, openFault(path, err)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, openFault(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, lostKey("the key file %s is not a regular file", path)
	}
	if err := ownerOnly(path, info); err != nil && !handed {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, openFault(path, err)
	}
	if len(text) > maxKeyFile {
		return nil, lostKey("the key file %s is too long to be one", path)
	}
	k, err := Parse(text)
	if err != nil {
		return nil, lostKey("%s: %s", path, err)
	}
	return k, nil
}

func openFault(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return lostKey("the key file %s is missing", path).WithCause(err)
	case errors.Is(err, fs.ErrPermission):
		return mfa.Errorf(mfa.Forbidden, "the key file %s may not be read: permission denied", path).
			WithHint("run as the user whom the store belongs to").WithCause(err)
	}
	return mfa.Errorf(mfa.Unavailable, "the key file %s cannot be read, nothing happened", path).WithCause(err)
}

// lostKey is the error of a file that is missing or is not a key file.
func lostKey(format string, args ...any) *mfa.Error {
	return mfa.Errorf(mfa.Damaged, format, args...).
		WithHint("restore the copy of the key file to its place; nothing was changed").WithDetail("key.file")
}
