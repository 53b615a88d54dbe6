package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// lockFor acquires the right to make a store, and fails if it cannot.
func lockFor(t *testing.T, path string) sqlstore.Lock {
	t.Helper()
	l, err := files.Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	return l
}

// looked is a context that calls a function when its error is first read. Acquire does that
// after it made the directory and before it opens the lock file.
type looked struct {
	context.Context
	once sync.Once
	do   func()
}

// Err implements [context.Context].
func (l *looked) Err() error {
	l.once.Do(l.do)
	return l.Context.Err()
}

// If another process gives up and removes the directory, Acquire makes it again.
func TestALockWhoseDirectoryGoesMakesItAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, "x.db")
	first := lockFor(t, path) // makes the directory
	l, err := files.Acquire(&looked{Context: t.Context(), do: func() { first.Release(false) }}, path)
	if err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("the directory holds %q", got)
	}
	l.Release(false)
	if got := names(t, filepath.Dir(dir)); len(got) != 0 {
		t.Errorf("left %q", got)
	}
}

// If the lock file cannot be made, Acquire fails at once.
func TestALockThatCannotBeHadIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		at   string
		make func(dir string) error
	}{
		"a directory of its name": {"x.db", func(dir string) error { return os.Mkdir(filepath.Join(dir, "x.db.lock"), 0o700) }},
		"a link of its name":      {"x.db", func(dir string) error { return os.Symlink("elsewhere", filepath.Join(dir, "x.db.lock")) }},
		"below a file":            {"f/x.db", func(dir string) error { return os.WriteFile(filepath.Join(dir, "f"), nil, 0o600) }},
		"below a link to nowhere": {"l/x.db", func(dir string) error { return os.Symlink("nowhere", filepath.Join(dir, "l")) }},
		"deep below such a link":  {"l/a/b/x.db", func(dir string) error { return os.Symlink("nowhere", filepath.Join(dir, "l")) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := c.make(dir); err != nil {
				t.Fatal(err)
			}
			l, err := files.Acquire(t.Context(), filepath.Join(dir, c.at))
			if l != nil {
				t.Error("it returned a lock")
			}
			said := mfatest.WantCode(t, err, mfa.Unavailable)
			if link := strings.Contains(name, "link"); link != strings.Contains(said.Error(), "which is a link") {
				t.Errorf("says %q", said.Error())
			}
			if got := names(t, dir); len(got) != 1 {
				t.Errorf("left %q", got)
			}
		})
	}
}

// A person who makes a store and then cannot use it leaves nothing, and removes no store
// that was there before.
func TestAStoreThatIsGivenUpIsRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "x.db")
	l := lockFor(t, path)
	s, err := l.Create(t.Context(), sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(mfatest.SetMeta(t.Context(), s, "m", "1"), s.Close()); err != nil {
		t.Fatal(err)
	}
	l.Release(false)
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left %q", got)
	}

	s, path = create(t, sqlstore.Options{})
	if err := errors.Join(mfatest.SetMeta(t.Context(), s, "m", "1"), s.Close()); err != nil {
		t.Fatal(err)
	}
	l = lockFor(t, path)
	_, err = l.Create(t.Context(), sqlstore.Options{Clock: now})
	mfatest.WantCode(t, err, mfa.Conflict)
	l.Release(false)
	if err := use(t, path); err != nil {
		t.Error(err)
	}
}
