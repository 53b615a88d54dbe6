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
	mfatest.TestStore(t, func(t *testing.T, clock func() time.Time) mfa.Store {
		s, err := store.Create(t.Context(), filepath.Join(t.TempDir(), "mfactl.db"), store.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
