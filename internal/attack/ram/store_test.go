package ram_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/attack/ram"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

// TestTheStoreInMemoryIsAStore: what the search finds in it holds for the stores of mfactl.
func TestTheStoreInMemoryIsAStore(t *testing.T) {
	mfatest.TestStore(t, func(_ *testing.T, clock func() time.Time) mfa.Store { return ram.Open(clock, nil) })
}
