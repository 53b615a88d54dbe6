package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

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
