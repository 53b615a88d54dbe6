package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Lock is a [sqlstore.Lock] by a file beside the store.
type Lock struct {
	driver  Driver
	path    string
	file    *flock.Flock
	made    undo
	created bool // the store was made under this lock
}

// Acquire waits for another process that makes this store. The directories of its path are
// made for this user alone.
//
// It answers Forbidden where nothing may be made, and Unavailable where it cannot.
func (d Driver) Acquire(ctx context.Context, path string) (sqlstore.Lock, error) {
	for {
		l := &Lock{driver: d, path: path, file: flock.New(path+lockSuffix, flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow), flock.SetPermissions(0o600))}
		held, err := l.try(ctx)
		if held {
			return l, nil
		}
		_ = l.file.Close()
		if err != nil {
			l.made.all()
			if ctx.Err() != nil {
				return nil, mfa.AsError(ctx.Err())
			}
			if errors.Is(err, fs.ErrPermission) && isFile(l.file.Path()) {
				return nil, mfa.Errorf(mfa.Forbidden, "%s may not be opened", l.file.Path()).
					WithHint("it has nothing in it and may be another user's; remove it: rm -f %s", mfa.ShellWord(l.file.Path())).WithCause(err)
			}
			return nil, pathError(path, fmt.Errorf("lock %s: %w", l.file.Path(), err))
		}
	}
}

// isFile reports whether a path names a file.
func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// makeLock makes the lock file of a store that is there, for the owner of the store: root may be
// the first to migrate it, and the owner the next. Where it cannot be made, Acquire says so.
func (k keeper) makeLock() {
	if f, err := k.createLike(filepath.Base(k.path) + lockSuffix); err == nil {
		_ = f.Close()
	}
}

// try locks the file. It reports false where the file that was locked is no
// longer the one of that name: the process that had it before has removed it.
func (l *Lock) try(ctx context.Context) (held bool, err error) {
	if err := makeDirs(filepath.Dir(l.path), &l.made); err != nil {
		return false, err
	}
	if err := noLink(l.file.Path()); err != nil {
		return false, err
	}
	if _, err := l.file.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil // its directory was just removed
		}
		return false, err
	}
	mine, err := l.file.Stat()
	if err != nil {
		return false, err
	}
	now, err := os.Lstat(l.file.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, now), err
}

// Release gives the right back. Where the store was not made, what Acquire and Create
// made is removed before: the store under the lock, since another process may make it next.
func (l *Lock) Release(made bool) {
	if !made {
		if l.created {
			file{path: l.path}.remove()
		}
		_ = os.Remove(l.file.Path())
		l.made.all()
	}
	_ = l.file.Close()
}
