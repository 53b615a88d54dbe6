package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// keptSuffix is followed by the number of the schema of which the store was.
const keptSuffix = ".before-"

// copyPath is the path of the copy that a migration from a schema keeps.
func (f file) copyPath(schema int) string { return f.path + keptSuffix + strconv.Itoa(schema) }

// goBack is the command that puts the copy back. The log goes first: it does not belong to
// the copy, and SQLite would copy it in.
func (f file) goBack(schema int) string {
	return "rm -f " + mfa.ShellWord(f.path+logSuffix) + " " + mfa.ShellWord(f.path+indexSuffix) +
		" && mv " + mfa.ShellWord(f.copyPath(schema)) + " " + mfa.ShellWord(f.path)
}

// keepCopy copies the database to a path beside it, and returns what removes the copy. It is on
// disk when keep returns. The caller holds the lock file, and a transaction beside which
// no other one writes: the copy is the store as it is migrated.
//
// The copy gets its name when it is whole, and replaces nothing. A file of that name is left
// from a migration that was interrupted, if it is the same as the copy would be. If it is
// not, it may be all that is left of an older state: Conflict.
func (f file) keepCopy(ctx context.Context, path string) (undo func(), err error) {
	part := file{path: path + newSuffix}
	part.remove() // left by a process that was killed
	defer part.remove()
	if err := f.copyTo(ctx, part.path); err != nil {
		return nil, err
	}
	err = os.Link(part.path, path) // which, unlike rename, refuses to replace
	if errors.Is(err, fs.ErrExist) {
		return func() {}, f.checkCopy(path, part.path)
	}
	if err != nil {
		return nil, pathError(path, err)
	}
	undo = func() {
		_ = os.Remove(path)
		_ = syncDir(filepath.Dir(path))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		undo()
		return nil, pathError(path, err)
	}
	return undo, nil
}

// copyTo writes a copy to a new file, which belongs to the owner of the store and that no
// other user can read.
func (f file) copyTo(ctx context.Context, path string) error {
	c, err := f.reader(ctx)
	if err != nil {
		return err
	}
	err = f.checkRoom(ctx, c)
	var out *os.File
	if err == nil {
		out, err = f.createLike(path)
	}
	if err == nil {
		_, err = c.SQL.ExecContext(ctx, "VACUUM INTO $1", path)
	}
	err = errors.Join(err, c.Close())
	if out != nil {
		err = errors.Join(err, out.Sync(), out.Close())
	}
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", f.path, path, err)
	}
	return nil
}

// createLike makes an empty file for the owner of the store alone.
func (f file) createLike(path string) (*os.File, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, pathError(f.path, err)
	}
	out, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // beside the store
	if err != nil {
		return nil, pathError(path, err)
	}
	if err := giveTo(out, info); err != nil {
		return nil, errors.Join(pathError(path, err), out.Close())
	}
	return out, nil
}

// checkRoom makes sure that the disk has room for the copy, and as much for the log of the
// migration.
func (f file) checkRoom(ctx context.Context, c *sqlstore.Conn) error {
	size, err := query1(ctx, c, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
	if err != nil {
		return err
	}
	need := 2 * uint64(size) //nolint:gosec // a size is positive
	if free, known := freeSpace(filepath.Dir(f.path)); known && free < need {
		return mfa.Errorf(mfa.Unavailable, "the disk of the store has %d MiB free, and a migration with a copy of the store needs %d, nothing changed",
			free>>20, need>>20+1).WithHint("make room")
	}
	return nil
}

// checkCopy refuses what is in the place of a copy, unless it is one of the store as it is.
func (f file) checkCopy(path, same string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrExist
	}
	equal := false
	if err == nil {
		err = checkPrivate(path, info)
	}
	if err == nil {
		equal, err = equalFiles(path, same)
	}
	if err != nil {
		return pathError(path, err)
	}
	if !equal {
		return mfa.Errorf(mfa.Conflict, "%s is there already and is no copy of the store as it is, nothing changed", path).
			WithHint("move it elsewhere, or remove it if you do not need it: rm %s", mfa.ShellWord(path))
	}
	return nil
}

// equalFiles compares what is in two files.
func equalFiles(a, b string) (bool, error) {
	x, err := os.Open(a) //nolint:gosec // beside the store
	if err != nil {
		return false, err
	}
	defer x.Close()      //nolint:errcheck // only read
	y, err := os.Open(b) //nolint:gosec // as above
	if err != nil {
		return false, err
	}
	defer y.Close() //nolint:errcheck // only read
	one, other := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, err1 := io.ReadFull(x, one)
		m, err2 := io.ReadFull(y, other)
		if !bytes.Equal(one[:n], other[:m]) {
			return false, nil
		}
		if err := errors.Join(err1, err2); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return true, nil
			}
			return false, err
		}
	}
}

// Kept lists what migrations have left beside a store: copies, and parts of one if a
// migration was interrupted.
func (Driver) Kept(path string) ([]string, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, pathError(path, err)
	}
	entries, err := os.ReadDir(filepath.Dir(target))
	if err != nil {
		return nil, pathError(path, err)
	}
	var kept []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(target)+keptSuffix) {
			kept = append(kept, filepath.Join(filepath.Dir(target), e.Name()))
		}
	}
	return kept, nil
}

// Free is how many bytes the disk of a store has left for us, if that is known.
func (Driver) Free(path string) (free uint64, known bool) { return freeSpace(path) }
