package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// HashQuickly makes the hashes of an engine small ones: that they are not is tested
// where they are made.
func (e *Engine) HashQuickly() *Engine {
	e.hasher = seal.NewQuickHasher(hashSlots, hashQueue)
	return e
}

// EditUser changes a user's row with a valid MAC.
func (e *Engine) EditUser(ctx context.Context, address string, change func(*mfa.User)) error {
	return e.store.Update(ctx, func(tx mfa.Tx) error {
		s, err := e.scope(tx, op{}, mfa.Rule{}, mfa.Call{}, draw{})
		if err != nil {
			return err
		}
		s.tx = tx
		u, err := s.accountNamed(address)
		if err != nil {
			return err
		}
		change(&u.User)
		return s.putUser(&u.User)
	})
}
