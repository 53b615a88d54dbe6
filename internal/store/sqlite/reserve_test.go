package sqlite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// What was reserved holds nothing: what was written before is there, also for who is
// killed and comes back, and so is what is written then.
func TestAReservedLogHoldsWhatIsWritten(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	set := func(s *sqlstore.Store, name string) {
		t.Helper()
		if err := s.Update(t.Context(), func(tx mfa.Tx) error { return tx.SetMeta(name, name) }); err != nil {
			t.Fatal(err)
		}
	}
	set(s, "before")
	for range 2 {
		s.Reserve(t.Context())
		if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != Reserved {
			t.Fatalf("%+v (%v)", info, err)
		}
	}
	set(s, "after")
	killed := filepath.Join(t.TempDir(), "killed.db")
	for _, suffix := range []string{"", "-wal"} { // what a process that is killed leaves
		b, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(killed+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	again, err := files.Open(t.Context(), killed, sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	set(again, "again")
	err = again.View(t.Context(), func(r mfa.Reader) error {
		for _, name := range []string{"before", "after", "again"} {
			if v, err := r.Meta(name); v != name {
				t.Errorf("%s is %q (%v)", name, v, err)
			}
		}
		return nil
	})
	if err := errors.Join(err, again.Close()); err != nil {
		t.Fatal(err)
	}
}

// Nothing of what there is is written over.
func TestALogIsMadeLongerByZerosAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("frames"), 0o600); err != nil {
		t.Fatal(err)
	}
	for to, want := range map[int64]string{3: "frames", 8: "frames\x00\x00"} {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		lengthen(f, 6, to)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("to %d: %q (%v)", to, got, err)
		}
		if err := os.Truncate(path, 6); err != nil {
			t.Fatal(err)
		}
	}
}

// A log that was only reserved holds nothing: the store beside it can be read where nothing
// can be written, and the error of a store that was cut off says so.
func TestAReservedLogIsNoLogYet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	for content, want := range map[string]bool{"": false, "\x00\x00\x00\x00\x00": false, "\x37\x7f\x06\x82": true, "\x37": true} {
		if err := os.WriteFile(path+"-wal", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if hasLog(path) != want {
			t.Errorf("%q: %v", content, !want)
		}
	}
	if err := os.Remove(path + "-wal"); err != nil || hasLog(path) {
		t.Error("no log", err)
	}
}
