package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Create makes the store that is locked and opens it, see [Driver.Open]. The file is
// made for this user alone before SQLite sees it. It gets its name when it is
// whole: a process that is killed on the way leaves no half store behind, and what was
// made before an error is removed.
//
// It answers Conflict if there is such a file, Forbidden where it may not be
// made, and Unavailable where it cannot.
func (l *Lock) Create(ctx context.Context, o sqlstore.Options) (_ *sqlstore.Store, err error) {
	if o, err = o.WithDefaults(); err != nil {
		return nil, err
	}
	var made undo
	defer func() {
		if err != nil {
			made.all()
		}
	}()
	if err := build(ctx, file{path: l.path, options: o, pragmas: l.driver.pragmas}, &made); err != nil {
		return nil, err
	}
	s, err := l.driver.Open(ctx, l.path, o)
	l.created = err == nil
	return s, err
}

// build makes the file beside its place and moves it there. The caller holds
// the lock, so what lies beside is left from a process that was killed.
func build(ctx context.Context, f file, made *undo) error {
	path := f.path
	if _, err := os.Lstat(path); err == nil {
		return pathError(path, fs.ErrExist)
	}
	f.path += newSuffix
	f.remove()
	empty, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return pathError(path, err)
	}
	made.add(f.remove)
	if err := empty.Close(); err != nil {
		return pathError(path, err)
	}
	m, err := f.migration()
	if err == nil {
		err = upgrade(ctx, m)
	}
	if err != nil {
		return f.dialect().Translate(fmt.Errorf("create %s: %w", path, err))
	}
	if _, err := os.Lstat(f.path + logSuffix); err == nil { // closing does not tell that the log could not be emptied
		return mfa.Errorf(mfa.Unavailable, "the disk of the store failed, nothing changed")
	}
	if err := os.Rename(f.path, path); err != nil {
		return pathError(path, err)
	}
	made.add(func() { _ = os.Remove(path) })
	if err := syncDir(filepath.Dir(path)); err != nil {
		return pathError(path, err)
	}
	return nil
}

// remove removes the database with all that SQLite puts beside it.
func (f file) remove() {
	for _, suffix := range []string{"", logSuffix, indexSuffix, journalSuffix} {
		_ = os.Remove(f.path + suffix)
	}
}

// makeDirs makes a directory and those above it that are missing.
func makeDirs(dir string, made *undo) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeDirs(filepath.Dir(dir), made); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) { // another process made it, or it is a link
			return noLink(dir)
		}
		return err
	}
	made.add(func() { _ = os.Remove(dir) })
	return nil
}

// noLink refuses a link in the place of a directory or file that is to be made. Nothing can
// be made through a link that leads nowhere, and another try would not help.
func noLink(path string) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSymlink {
		return mfa.Errorf(mfa.Unavailable, "nothing can be made at %s, which is a link", path).
			WithHint("see where it leads: ls -l %s", mfa.ShellWord(path))
	}
	return nil
}

// undo remembers what was made, to remove it again.
type undo struct{ steps []func() }

func (u *undo) add(step func()) { u.steps = append(u.steps, step) }

// all undoes the newest first. What cannot be removed stays.
func (u *undo) all() {
	for _, step := range slices.Backward(u.steps) {
		step()
	}
}
