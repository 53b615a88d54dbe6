package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/mfactl/mfactl/internal/mfa"
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

// keeper makes files beside a store. It opens the directory once, makes sure that the store is in
// it, and follows no link out of it: if root migrates the store of another user, that user may
// put links in the way meanwhile, or move the directory.
type keeper struct {
	file
	dir   *os.Root // must be closed
	store fs.FileInfo
}

func (f file) keeper() (k keeper, err error) {
	k.file = f
	if k.dir, err = os.OpenRoot(filepath.Dir(f.path)); err != nil {
		return k, pathError(f.path, err)
	}
	k.store, err = k.dir.Lstat(filepath.Base(f.path))
	switch {
	case err != nil || !os.SameFile(k.store, f.opened):
		err = f.replaced(err)
	case !writable(k.dir.Name()):
		err = mfa.Errorf(mfa.Forbidden, "a migration makes files in %s, where you may not write, nothing changed", k.dir.Name()).
			WithHint("let the owner of the store write there: chmod u+w %s", mfa.ShellWord(k.dir.Name()))
	default:
		return k, nil
	}
	return k, errors.Join(err, k.dir.Close())
}

// querier runs a query on the connection of a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// keep copies the database to a path beside it, and returns what removes the copy. It is on
// disk when keep returns. The caller holds the lock file, and a transaction beside which
// no other one writes: the copy is the store as it is migrated. With dry it only looks what would
// keep it from that.
//
// The copy gets its name when it is whole, and replaces nothing. A file of that name is left
// from a migration that was interrupted, if it is the same as the copy would be. If it is
// not, it may be all that is left of an older state: Conflict.
func (k keeper) keep(ctx context.Context, db querier, path string, dry bool) (undo func(), err error) {
	nothing := func() {}
	name := filepath.Base(path)
	part := name + newSuffix
	if info, err := k.dir.Lstat(part); err == nil && info.IsDir() {
		return nothing, inTheWay(mfa.Unavailable, path+newSuffix)
	}
	if !dry {
		k.remove(part) // left by a process that was killed
		defer k.remove(part)
	}
	if _, err := k.dir.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return nothing, k.checkCopy(ctx, db, path)
	}
	if err := k.checkRoom(ctx, db); err != nil || dry {
		return nothing, err
	}
	written, err := k.write(ctx, db, part)
	if err != nil {
		return nothing, err
	}
	if err := giveName(k.dir, part, name, k.dir.Link); err != nil {
		return nothing, copyError(path, err)
	}
	undo = func() {
		_ = k.dir.Remove(name)
		_ = syncDir(k.dir.Name())
	}
	now, err := k.dir.Lstat(name)
	if err == nil && !os.SameFile(now, written) {
		err = errors.New("another file has its name")
	}
	if err = errors.Join(err, syncDir(k.dir.Name())); err != nil {
		undo()
		return nothing, copyError(path, err)
	}
	return undo, nil
}

// remove removes a part of a copy, with what SQLite of an earlier version put beside it.
func (k keeper) remove(part string) {
	for _, suffix := range []string{"", logSuffix, indexSuffix, journalSuffix} {
		_ = k.dir.Remove(part + suffix)
	}
}

// pages gives each page of the database to f, as the transaction has it. They are read through
// SQLite: a file that is opened beside it and closed would end its locks on the database, see
// [Driver.Open].
func pages(ctx context.Context, db querier, f func(page []byte) error) error {
	rows, err := db.QueryContext(ctx, "SELECT data FROM sqlite_dbpage ORDER BY pgno")
	if err != nil {
		return fmt.Errorf("read the pages: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its error is that of Err
	for rows.Next() {
		var page sql.RawBytes
		if err := rows.Scan(&page); err != nil {
			return fmt.Errorf("read a page: %w", err)
		}
		if err := f(page); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the pages: %w", err)
	}
	return nil
}

// write writes a copy to a new file, which belongs to the owner of the store and that no
// other user can read, and tells which file that is.
func (k keeper) write(ctx context.Context, db querier, name string) (written fs.FileInfo, err error) {
	path := filepath.Join(filepath.Dir(k.path), name)
	out, err := k.createLike(name)
	if err != nil {
		return nil, copyError(path, err)
	}
	err = pages(ctx, db, func(page []byte) error {
		if _, err := out.Write(page); err != nil {
			return copyError(path, err)
		}
		return nil
	})
	written, failed := out.Stat()
	if failed = errors.Join(failed, out.Sync(), out.Close()); err == nil && failed != nil {
		err = copyError(path, failed)
	}
	return written, err
}

// createLike makes an empty file for the owner of the store alone.
func (k keeper) createLike(name string) (*os.File, error) {
	out, err := k.dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := giveTo(out, k.store); err != nil {
		return nil, errors.Join(err, out.Close(), k.dir.Remove(name))
	}
	return out, nil
}

// giveName gives a file another name, by a link, and replaces nothing. Where there can be no link,
// an empty file claims the name, and only that is replaced.
func giveName(dir *os.Root, old, name string, link func(old, name string) error) error {
	err := link(old, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	claim, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(claim.Close(), dir.Rename(old, name)); err != nil {
		return errors.Join(err, dir.Remove(name))
	}
	return nil
}

// copyError says why there is no copy at a path.
func copyError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return inTheWay(mfa.Conflict, path)
	case errors.Is(err, fs.ErrPermission):
		return mfa.Errorf(mfa.Forbidden, "%s, the copy of the store, may not be made, nothing changed", path).
			WithHint("see who may write there: ls -ld %s", mfa.ShellWord(filepath.Dir(path))).WithCause(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return mfa.Errorf(mfa.Unavailable, "there is no room for %s, the copy of the store, nothing changed", path).
			WithHint("make room, then migrate again").WithCause(err)
	}
	return mfa.Errorf(mfa.Unavailable, "%s, the copy of the store, cannot be written, nothing changed", path).
		WithHint("see what is wrong with the disk or with its directory, then migrate again").WithCause(err)
}

// inTheWay is the error of something that has the name of a copy, or of a part of one.
func inTheWay(code mfa.Code, path string) error {
	return mfa.Errorf(code, "%s is there already and is no copy of the store as it is, nothing changed", path).
		WithHint("move it away: mv -n %s %s", mfa.ShellWord(path), mfa.ShellWord(path+".old"))
}

// checkRoom makes sure that the disk has room for the copy, and as much for the log of the
// migration.
func (f file) checkRoom(ctx context.Context, db querier) error {
	size, err := query1(ctx, db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
	if err != nil {
		return fmt.Errorf("read the size: %w", err)
	}
	need := 2 * uint64(size) //nolint:gosec // a size is positive
	if free, known := freeSpace(filepath.Dir(f.path)); known && free < need {
		return mfa.Errorf(mfa.Unavailable, "the disk of the store has %d MiB free, and a migration with a copy of the store needs %d, nothing changed",
			free>>20, need>>20+1).WithHint("make room")
	}
	return nil
}

// checkCopy refuses what is in the place of a copy, unless it is one of the store as it is.
func (k keeper) checkCopy(ctx context.Context, db querier, path string) error {
	info, err := k.dir.Lstat(filepath.Base(path))
	if err != nil {
		return copyError(path, err)
	}
	if !info.Mode().IsRegular() || os.SameFile(info, k.store) { // another name of the store will be no copy
		return inTheWay(mfa.Conflict, path)
	}
	there, err := k.dir.Open(filepath.Base(path))
	if err != nil {
		return pathError(path, err)
	}
	defer there.Close() //nolint:errcheck // only read
	other := make([]byte, pageSize)
	err = pages(ctx, db, func(page []byte) error {
		if n, err := io.ReadFull(there, other); err != nil || !bytes.Equal(other[:n], page) {
			return inTheWay(mfa.Conflict, path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n, err := there.Read(other); n != 0 || !errors.Is(err, io.EOF) {
		return inTheWay(mfa.Conflict, path)
	}
	return checkPrivate(path, info)
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
