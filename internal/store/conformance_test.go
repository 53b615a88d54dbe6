package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store"
)

func TestSQLiteConforms(t *testing.T) {
	mfatest.TestStore(t, func(t *testing.T, clock func() time.Time) mfa.Store { return open(t, clock) })
}

func BenchmarkSQLite(b *testing.B) {
	mfatest.BenchmarkStore(b, func(b *testing.B, clock func() time.Time) mfa.Store { return open(b, clock) })
}

func open(t testing.TB, clock func() time.Time) mfa.Store {
	s, err := store.Create(t.Context(), filepath.Join(t.TempDir(), "mfactl.db"), store.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
