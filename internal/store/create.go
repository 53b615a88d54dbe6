package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Create makes a new store and opens it, see [Lock.Create].
func Create(ctx context.Context, location string, o Options) (_ *Store, err error) {
	l, err := Acquire(ctx, location)
	if err != nil {
		return nil, err
	}
	defer func() { l.Release(err == nil) }()
	return l.Create(ctx, o)
}

// Create makes the store that is locked and opens it, see [Open]. The file is
// made for this user alone before SQLite sees it. It gets its name when it is
// whole: whoever is killed on the way leaves no half store behind, and what was
// made before an error is removed.
//
// It answers Conflict if there is such a file, Forbidden where it may not be
// made, and Unavailable where it cannot.
func (l *Lock) Create(ctx context.Context, o Options) (_ *Store, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	var made undo
	defer func() {
		if err != nil {
			made.all()
		}
	}()
	if err := build(ctx, l.path, o, &made); err != nil {
		return nil, err
	}
	return Open(ctx, l.path, o)
}

// build makes the file beside its place and moves it there. The caller holds
// the lock, so what lies beside is left from somebody who was killed.
func build(ctx context.Context, path string, o Options, made *undo) error {
	if _, err := os.Lstat(path); err == nil {
		return pathError(path, fs.ErrExist)
	}
	f := sqliteFile{path: path + ".new", options: o}
	f.remove()
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return pathError(path, err)
	}
	made.add(f.remove)
	if err := file.Close(); err != nil {
		return pathError(path, err)
	}
	if err := f.upgrade(ctx); err != nil {
		return sqliteDialect(path, o).translate(err)
	}
	if _, err := os.Lstat(f.path + "-wal"); err == nil { // closing does not tell that the log could not be emptied
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
func (f sqliteFile) remove() {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
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
