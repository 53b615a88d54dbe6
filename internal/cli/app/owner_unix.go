//go:build unix

package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// OwnerOf returns the user a file belongs to.
func OwnerOf(info fs.FileInfo) (uid int, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(s.Uid), true
}

// MakeDirs makes a directory, 0700, and those above it that are missing. Each belongs to the
// owner of the directory it is made in: root also acts in the home of another user, under
// sudo, and that user must be able to use what is left there.
func MakeDirs(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	above := filepath.Dir(dir)
	if err := MakeDirs(above); err != nil {
		return err
	}
	in, err := os.OpenRoot(above)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it is only read
	name := filepath.Base(dir)
	if err := in.Mkdir(name, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // another process made it
		}
		return err
	}
	made, err := in.OpenFile(name, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	info, err := in.Stat(".")
	return errors.Join(err, hand(made, info), made.Close())
}

// HandOver gives a new file to the owner of the directory it lies in, if root made it.
func HandOver(f *os.File) error {
	info, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	return hand(f, info)
}

// hand gives what was made to the owner of a directory. The file is open, so that nobody puts
// another one in its place meanwhile.
func hand(f *os.File, to fs.FileInfo) error {
	s, ok := to.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || s.Uid == 0 {
		return nil
	}
	return f.Chown(int(s.Uid), int(s.Gid))
}
