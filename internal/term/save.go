package term

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// SecretFile is a new file that only its owner can read. It is made before
// anything changes, so that a secret never exists without a place to go.
type SecretFile struct {
	f    *os.File
	made fs.FileInfo // which file it is, so that no other is removed
}

// ExistsError says that a file was not written because something has that name already.
// It is an fs.ErrExist.
type ExistsError struct{ Path string }

// Error implements error. It is a complete sentence that can be shown as it is.
func (e ExistsError) Error() string { return e.Path + " already exists and is not overwritten" }

// Unwrap implements errors.Is.
func (ExistsError) Unwrap() error { return fs.ErrExist }

// SaveFile makes the file, mode 0600 whatever the umask. A path that exists, also as a
// link, is refused with ExistsError.
func SaveFile(path string) (*SecretFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the user names the file
	if errors.Is(err, fs.ErrExist) {
		return nil, ExistsError{path}
	}
	if err != nil {
		return nil, fmt.Errorf("make the file for the secret: %w", err)
	}
	made, err := f.Stat()
	s := &SecretFile{f: f, made: made}
	if err == nil && runtime.GOOS != "windows" {
		err = f.Chmod(0o600) // a umask may have taken even the owner's bits
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the file private: %w", err), s.Discard())
	}
	return s, nil
}

// Name is the path as it was given.
func (s *SecretFile) Name() string { return s.f.Name() }

// Give calls a function that gives the file to another user.
func (s *SecretFile) Give(to func(*os.File) error) error { return to(s.f) }

// Write appends to the file. What it wrote is safe only after Close.
func (s *SecretFile) Write(p []byte) (int, error) { return s.f.Write(p) }

// Flush brings what was written so far to the disk.
func (s *SecretFile) Flush() error { return s.f.Sync() }

// Close brings file and name to the disk. After an error nothing is certain:
// the caller reports it and calls Discard if the secret is shown elsewhere.
func (s *SecretFile) Close() error {
	err := errors.Join(s.f.Sync(), s.f.Close())
	if err == nil {
		err = syncDir(filepath.Dir(s.f.Name()))
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", s.f.Name(), err)
	}
	return nil
}

// syncDir brings a directory's entries to the disk. One that we may not open, or
// that its system cannot sync, does not concern the secret.
func syncDir(path string) error {
	d, err := os.Open(path) //nolint:gosec // the directory of the file just made
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// Discard removes the file, unless another has taken its place meanwhile.
func (s *SecretFile) Discard() error {
	_ = s.f.Close() // nothing in it is wanted; Close may have been called
	now, err := os.Lstat(s.f.Name())
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, s.made) {
		return nil
	}
	return errors.Join(err, os.Remove(s.f.Name()))
}
