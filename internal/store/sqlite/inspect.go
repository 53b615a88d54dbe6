package sqlite

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mfactl/mfactl/internal/mfa"
)

// headerSize is the size of an SQLite file's header in bytes.
const headerSize = 100

// inspect looks at the file before SQLite does, and returns its real path. A
// store that others can read, or that belongs to another user, is not opened.
func inspect(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", pathError(path, err)
	}
	info, err := os.Stat(target) //nolint:gosec // the user of the program names the store
	if err != nil {
		return "", pathError(path, err)
	}
	if !info.Mode().IsRegular() {
		return "", mfa.Errorf(mfa.Damaged, "%s is no store of mfactl", path)
	}
	if info.Size()%pageSize != 0 && !hasLog(target) { // SQLite would fill it up with zeros
		return "", mfa.Errorf(mfa.Damaged, "%s was cut off or is no store of mfactl", path)
	}
	if err := checkPrivate(path, info); err != nil {
		return "", err
	}
	return target, checkHeader(path, target)
}

// checkHeader looks for the mark that a store of ours bears from the beginning
// (SQLite's file format, 1.3), so that a database of another program is not even
// opened. It also tells "may not" from "cannot": SQLite has one code for both.
func checkHeader(path, target string) error {
	f, err := os.Open(target) //nolint:gosec // as above
	if err != nil {
		return pathError(path, err)
	}
	var header [headerSize]byte
	_, err = io.ReadFull(f, header[:])
	if err := errors.Join(err, f.Close()); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return pathError(path, err)
	}
	if err != nil || string(header[:16]) != "SQLite format 3\x00" || binary.BigEndian.Uint32(header[68:]) != applicationID {
		return mfa.Errorf(mfa.Damaged, "%s is no store of mfactl", path)
	}
	return nil
}

// pathError says in our codes why a path cannot be used.
func pathError(path string, err error) error {
	if _, is := errors.AsType[*mfa.Error](err); is {
		return mfa.Chained(err) // its message says more
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return mfa.Errorf(mfa.Unavailable, "no store at %s", path).WithHint("mfactl init").WithCause(err)
	case errors.Is(err, fs.ErrPermission):
		return mfa.Errorf(mfa.Forbidden, "%s may not be opened", path).WithCause(err)
	case errors.Is(err, fs.ErrExist):
		return mfa.Errorf(mfa.Conflict, "%s exists already", path).WithCause(err)
	}
	return mfa.Errorf(mfa.Unavailable, "%s cannot be used, nothing happened", path).WithCause(err)
}

// immutable reports whether the file is one that nothing can change: there is
// no log with something in it, and none can be made.
func (f file) immutable() bool { return !hasLog(f.path) && !writable(filepath.Dir(f.path)) }

// hasLog reports whether there is a log that belongs to the file's content. One that was
// only reserved does not begin as a log does (SQLite's file format, 4.1).
func hasLog(path string) bool {
	log, err := os.Open(path + logSuffix) //nolint:gosec // as above
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	var magic [4]byte
	n, err := io.ReadFull(log, magic[:])
	_ = log.Close()
	return n > 0 && (err != nil || magic != [4]byte{})
}
