package store

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
)

// now is a clock that stands still.
func now() time.Time { return time.Date(2026, 11, 23, 8, 58, 0, 0, time.UTC) }

// create makes a store in a new directory and returns its path.
func create(t *testing.T, o Options) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mfactl.db")
	o.Clock = now
	s, err := Create(t.Context(), path, o)
	if err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

// setMeta writes one value in a transaction of its own.
func setMeta(ctx context.Context, s *Store, name, value string) error {
	return s.Update(ctx, func(tx mfa.Tx) error { return tx.SetMeta(name, value) })
}

// wantMeta checks what a fresh view sees; "" means that there is nothing.
func wantMeta(t *testing.T, s *Store, name, want string) {
	t.Helper()
	var got string
	err := s.View(t.Context(), func(r mfa.Reader) (err error) {
		got, err = r.Meta(name)
		if want == "" && errors.Is(err, mfa.NotFound) {
			err = nil
		}
		return err
	})
	if err != nil || got != want {
		t.Errorf("meta %s is %q, want %q (%v)", name, got, want, err)
	}
}

// said is what a person is told of an error.
type said struct{ message, hint, field string }

func wantCode(t *testing.T, err error, want mfa.Code) said {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v (%v), want %s", err, mfa.AsError(err).Cause, want)
	}
	e := mfa.AsError(err)
	return said{e.Error(), e.HintText(), e.Field}
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

func TestPathsOfAnyShape(t *testing.T) {
	for _, name := range []string{"a b", "a#b", "a?mode=memory", "a%41", "%2e%2e", "é", ":memory:", "file:x", "a&b=c;d", "'\"\\", "-x", "a+b"} {
		for _, prefix := range []string{"", "sqlite://"} {
			t.Run(prefix+name, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), name)
				path := filepath.Join(dir, name)
				s, err := Create(t.Context(), prefix+path, Options{Clock: now})
				if err != nil {
					t.Fatal(err, mfa.AsError(err).Cause)
				}
				if err := errors.Join(setMeta(t.Context(), s, "m", "1"), s.Close()); err != nil {
					t.Fatal(err)
				}
				if _, err := os.Stat(path); err != nil {
					t.Error(err)
				}
				if got := names(t, filepath.Dir(dir)); len(got) != 1 {
					t.Errorf("made %q", got)
				}
				s, err = Open(t.Context(), prefix+path, Options{Clock: now})
				if err != nil {
					t.Fatal(err)
				}
				wantMeta(t, s, "m", "1")
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestLocationsThatAreRefused(t *testing.T) {
	for _, location := range []string{"", "sqlite://", "postgres://me:secret@db/x", "a\x00b"} {
		_, err := Open(t.Context(), location, Options{Clock: now})
		if e := wantCode(t, err, mfa.Usage); e.field != "store" {
			t.Errorf("%q: field %q", location, e.field)
		}
		_, err = Create(t.Context(), location, Options{Clock: now})
		wantCode(t, err, mfa.Usage)
	}
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "x"), Options{})
	wantCode(t, err, mfa.Internal)
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	s, path := create(t, Options{})
	if err := setMeta(t.Context(), s, "m", "1"); err != nil {
		t.Fatal(err)
	}
	_, err := Create(t.Context(), path, Options{Clock: now})
	if e := wantCode(t, err, mfa.Conflict); e.message != path+" exists already" {
		t.Errorf("message %q", e.message)
	}
	wantMeta(t, s, "m", "1")

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
			_, err := Create(t.Context(), path, Options{Clock: now})
			wantCode(t, err, mfa.Conflict)
			if got := names(t, filepath.Dir(path)); len(got) != 1 {
				t.Errorf("left %q", got)
			}
		})
	}
}

func TestCreateLeavesNothingAfterAFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "x.db")
	_, err := Create(t.Context(), path, Options{Clock: now, pragmas: []string{"max_page_count(5)"}})
	wantCode(t, err, mfa.Unavailable)
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Create(ctx, path, Options{Clock: now})
	wantCode(t, err, mfa.Cancelled)
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Create(t.Context(), path, Options{Clock: now})
	wantCode(t, err, mfa.Unavailable)
}

func TestCreateClearsWhatAKilledOneLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	for _, name := range []string{".new", ".new-wal", ".new-shm", ".new-journal", ".lock"} {
		if err := os.WriteFile(path+name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Create(t.Context(), path, Options{Clock: now})
	if err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	if err := errors.Join(setMeta(t.Context(), s, "m", "1"), s.Close()); err != nil {
		t.Error(err)
	}
}

func TestOfManyWhoCreateOneWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "x.db")
	var won atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := Create(t.Context(), path, Options{Clock: now})
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
