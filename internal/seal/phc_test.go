package seal

import (
	"errors"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestBurnedHasTheParametersOfEveryHash(t *testing.T) {
	h := NewHasher(1, 0)
	burned := h.burned
	phc, err := h.Hash(t.Context(), mfa.NewSecret("pw"))
	if err != nil {
		t.Fatal(err)
	}
	if err := checkPHC(burned); err != nil || len(burned) != len(phc) {
		t.Fatalf("%v; %d characters, a new hash has %d", err, len(burned), len(phc))
	}
	params := func(s string) string { return s[:strings.LastIndex(s[:len(s)-44], "$")] }
	if params(burned) != params(phc) {
		t.Errorf("%s, a new hash has %s", params(burned), params(phc))
	}
}

func TestAWaitingCallGetsTheSlotThatIsFreed(t *testing.T) {
	h := NewHasher(1, 1)
	if !h.queue.enter(t.Context(), common) { // someone runs
		t.Fatal("there is a slot")
	}
	waits := func() bool {
		h.queue.mu.Lock()
		defer h.queue.mu.Unlock()
		return len(h.queue.waiting[common]) > 0
	}
	waiting := make(chan error)
	go func() { waiting <- h.run(t.Context(), func() error { return nil }) }()
	for !waits() {
		// until it waits
		select {
		case err := <-waiting:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
	}
	if err := h.run(t.Context(), func() error { return nil }); !errors.Is(err, mfa.Unavailable) {
		t.Errorf("a third call gets %v", err)
	}
	h.queue.leave(common)
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}
