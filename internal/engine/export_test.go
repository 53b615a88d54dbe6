package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// EditUser changes a user's row with a valid MAC.
func (e *Engine) EditUser(ctx context.Context, address string, change func(*mfa.User)) error {
	return e.records.Update(ctx, func(w *records.Writer) error {
		s, err := e.witness(w.RefusalWriter, op{}, mfa.Rule{}, mfa.Call{}, draw{})
		if err != nil {
			return err
		}
		u, err := s.accountNamed(address)
		if err != nil {
			return err
		}
		change(&u.User)
		return w.PutUser(&u.User)
	})
}
