package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

func TestSQLiteConforms(t *testing.T) {
	mfatest.TestStore(t, func(t *testing.T, clock func() time.Time) mfa.Store { return fresh(t, clock) })
}

func BenchmarkSQLite(b *testing.B) {
	mfatest.BenchmarkStore(b, func(b *testing.B, clock func() time.Time) mfa.Store { return fresh(b, clock) })
}

func fresh(t testing.TB, clock func() time.Time) mfa.Store {
	s, err := Create(t.Context(), filepath.Join(t.TempDir(), "mfactl.db"), Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
