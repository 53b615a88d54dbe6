package mfatest

import (
	"context"
	"errors"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// SetMeta writes one value in a transaction of its own.
func SetMeta(ctx context.Context, s mfa.Store, name, value string) error {
	return s.Update(ctx, func(tx mfa.Tx) error { return tx.SetMeta(name, value) })
}

// WantMeta checks the value that a new view reads; "" means that there is no value.
func WantMeta(t *testing.T, s mfa.Store, name, want string) {
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

// WantUsable checks that the store can still be written and read.
func WantUsable(t *testing.T, s mfa.Store) {
	t.Helper()
	if err := SetMeta(t.Context(), s, "later", "1"); err != nil {
		t.Error("afterwards:", err)
	}
	WantMeta(t, s, "later", "1")
}

// WantCode checks the code of an error and returns what it says. The result is no error that a
// test would have to check.
func WantCode(t *testing.T, err error, want mfa.Code) mfa.Error {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %s", describe(err), want)
	}
	return *mfa.AsError(err)
}
