package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// told is everything that decisions are made from, in a form that can be
// compared. A revision is none of it.
func told(r mfa.Reader) (string, error) {
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	var err error
	for c, bad := range r.EachCommunity() {
		c.Rev = 0
		err = errors.Join(err, bad, to.Encode(c))
	}
	for u, bad := range r.EachUser() {
		factors, bad2 := r.Factors(u.ID)
		sessions, bad3 := r.Sessions(u.ID)
		u.Rev = 0
		err = errors.Join(err, bad, bad2, bad3, to.Encode(u))
		for _, f := range factors {
			f.Rev = 0
			err = errors.Join(err, to.Encode(f))
		}
		for _, s := range sessions {
			s.Rev = 0
			err = errors.Join(err, to.Encode(s))
		}
	}
	for e, bad := range r.EachEvent() {
		err = errors.Join(err, bad, to.Encode(e))
	}
	return out.String(), err
}

// checked is what a check of a file says, and what is told from it where the
// check finds nothing.
func checked(t *testing.T, file []byte, keys *seal.Keyring) (sound bool, records string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flipped.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), path, store.Options{Clock: mfatest.NewClock(time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)).Now})
	if err != nil {
		return false, "", err
	}
	defer func() { _ = st.Close() }() // it was only read
	out, err := engine.New(st, keys, engine.Options{}).Examine(t.Context(), func(int64) {})
	if err != nil || out.Found > 0 {
		return false, "", err
	}
	err = st.View(t.Context(), func(r mfa.Reader) (err error) {
		records, err = told(r)
		return err
	})
	return true, records, err
}

// Whatever bit of the file flips, the check finds it, or nothing that anything
// is decided from has changed.
func TestAFlippedBitIsFoundOrChangesNothing(t *testing.T) {
	w, _ := peopled(t)
	file, err := os.ReadFile(w.fork(t).path)
	if err != nil {
		t.Fatal(err)
	}
	_, before, err := checked(t, file, w.keys)
	if err != nil || before == "" {
		t.Fatal("it is not sound to begin with", err)
	}
	random := rand.New(rand.NewChaCha8([32]byte{6})) //nolint:gosec // the same flips in every run
	found := 0
	for range 150 {
		at, bit := random.IntN(len(file)), random.IntN(8)
		flipped := bytes.Clone(file)
		flipped[at] ^= 1 << bit
		where := fmt.Sprintf("bit %d of byte %d", bit, at)
		sound, after, err := checked(t, flipped, w.keys)
		switch {
		case err != nil && !errors.Is(err, mfa.Damaged):
			t.Errorf("%s: %v (%v)", where, err, mfa.AsError(err).Cause)
		case !sound:
			found++
		case after != before:
			t.Errorf("%s: a change was not found", where)
		}
	}
	if found == 0 {
		t.Error("no flip was found")
	}
}
