package term

import (
	"errors"
	"os"
	"path/filepath"
)

// SecretFile is a file that is made before anything changes and filled
// afterwards: 0600, never over another.
type SecretFile struct {
	f *os.File
}

// NewSecretFile makes the file, empty. fs.ErrExist if there is one.
func NewSecretFile(path string) (*SecretFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the caller's choice
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o600); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return &SecretFile{f}, nil
}

// Name returns the file's name.
func (s *SecretFile) Name() string { return s.f.Name() }

// Fill writes the whole text and makes sure that it is on the disk.
func (s *SecretFile) Fill(text []byte) error {
	_, err := s.f.Write(text)
	err = errors.Join(err, s.f.Sync(), s.f.Close())
	if err == nil {
		if dir, derr := os.Open(filepath.Dir(s.f.Name())); derr == nil { //nolint:gosec // the file's own directory
			_ = dir.Sync() // not every file system can
			_ = dir.Close()
		}
	}
	return err
}

// Discard removes the file: nothing came of it.
func (s *SecretFile) Discard() {
	_ = s.f.Close()
	_ = os.Remove(s.f.Name())
}
