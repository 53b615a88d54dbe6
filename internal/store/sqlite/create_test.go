package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// now is a clock that stands still.
func now() time.Time { return time.Date(2026, 11, 23, 8, 58, 0, 0, time.UTC) }

// files is the driver under test.
var files Driver

// createAt makes a store as package store does.
func createAt(ctx context.Context, path string) (*sqlstore.Store, error) {
	return createWith(ctx, files, path, sqlstore.Options{Clock: now})
}

func createWith(ctx context.Context, d Driver, path string, o sqlstore.Options) (_ *sqlstore.Store, err error) {
	l, err := d.Acquire(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { l.Release(err == nil) }()
	return l.Create(ctx, o)
}

// create makes a store in a new directory and returns its path.
func create(t *testing.T, o sqlstore.Options) (*sqlstore.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mfactl.db")
	o.Clock = now
	s, err := createWith(t.Context(), files, path, o)
	if err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	if err := mfatest.SetMeta(t.Context(), s, "m", "1"); err != nil {
		t.Fatal(err)
	}
	_, err := createAt(t.Context(), path)
	if e := mfatest.WantCode(t, err, mfa.Conflict); e.Error() != path+" exists already" {
		t.Errorf("message %q", e.Error())
	}
	mfatest.WantMeta(t, s, "m", "1")

	for name, make := range map[string]func(string) error{
		"empty file": func(p string) error { return os.WriteFile(p, nil, 0o600) },
		"directory":  func(p string) error { return os.Mkdir(p, 0o700) },
		"link":       func(p string) error { return os.Symlink("nowhere", p) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			_, err := createAt(t.Context(), path)
			mfatest.WantCode(t, err, mfa.Conflict)
			if got := names(t, filepath.Dir(path)); len(got) != 1 {
				t.Errorf("left %q", got)
			}
		})
	}
}

func TestCreateLeavesNothingAfterAFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "x.db")
	_, err := createWith(t.Context(), Driver{pragmas: []string{"max_page_count(5)"}}, path, sqlstore.Options{Clock: now})
	mfatest.WantCode(t, err, mfa.Unavailable)
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = createAt(ctx, path)
	mfatest.WantCode(t, err, mfa.Canceled)
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = createAt(t.Context(), path)
	mfatest.WantCode(t, err, mfa.Unavailable)
}

func TestCreateClearsWhatAKilledOneLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	for _, name := range []string{".new", ".new-wal", ".new-shm", ".new-journal", ".lock"} {
		if err := os.WriteFile(path+name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := createAt(t.Context(), path)
	if err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	if err := errors.Join(mfatest.SetMeta(t.Context(), s, "m", "1"), s.Close()); err != nil {
		t.Error(err)
	}
}

func TestOfManyWhoCreateOneWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "x.db")
	var won atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := createAt(t.Context(), path)
			if err == nil {
				won.Add(1)
				err = s.Close()
			} else if errors.Is(err, mfa.Conflict) {
				err = nil
			}
			if err != nil {
				t.Error(err, mfa.AsError(err).Cause)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
}
