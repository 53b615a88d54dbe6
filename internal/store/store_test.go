package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

// now is a clock that stands still.
func now() time.Time { return time.Date(2026, 11, 23, 8, 58, 0, 0, time.UTC) }

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
				if err := errors.Join(mfatest.SetMeta(t.Context(), s, "m", "1"), s.Close()); err != nil {
					t.Fatal(err)
				}
				if _, err := os.Stat(path); err != nil {
					t.Error(err)
				}
				if got, err := os.ReadDir(filepath.Dir(dir)); len(got) != 1 || err != nil {
					t.Errorf("made %v (%v)", got, err)
				}
				s, err = Open(t.Context(), prefix+path, Options{Clock: now})
				if err != nil {
					t.Fatal(err)
				}
				mfatest.WantMeta(t, s, "m", "1")
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
		if e := mfatest.WantCode(t, err, mfa.Usage); e.Field != "store" {
			t.Errorf("%q: field %q", location, e.Field)
		}
		_, err = Create(t.Context(), location, Options{Clock: now})
		mfatest.WantCode(t, err, mfa.Usage)
	}
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "x"), Options{})
	mfatest.WantCode(t, err, mfa.Internal)
}

// A command knows a store by its place alone, and the store says what belongs to it there.
func TestAStoreSaysWhichFilesAreItsOwn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	s, err := Create(t.Context(), path, Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // nothing more is written
	if err := mfatest.SetMeta(t.Context(), s, "m", "1"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := Files("sqlite://" + path)
	for _, e := range entries {
		if !slices.Contains(files, filepath.Join(dir, e.Name())) {
			t.Errorf("%s is not one of %q", e.Name(), files)
		}
	}
	if len(entries) != len(files) || files[0] != path {
		t.Errorf("there are %v, and %q are named", entries, files)
	}
	if why, err := Unsafe(filepath.Join(dir, "missing", "x.db")); runtime.GOOS == "linux" && err == nil {
		t.Errorf("what is not there is unsafe: %q", why)
	}
}
