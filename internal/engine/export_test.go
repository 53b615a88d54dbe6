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

// AddCommunity makes a community with a valid MAC.
func (e *Engine) AddCommunity(ctx context.Context, name, parent string) (id string, _ error) {
	err := e.store.Update(ctx, func(tx mfa.Tx) error {
		d, err := newDraw(e.rand)
		if err != nil {
			return err
		}
		s, err := e.scope(tx, op{}, mfa.Rule{}, mfa.Call{}, d)
		if err != nil {
			return err
		}
		c := mfa.Community{Name: name, ParentID: parent, CreatedAt: s.now}
		if c.ID, err = newID(s.now, s.rand); err != nil {
			return err
		}
		id = c.ID
		c.MAC = s.sign(macCommunity, c)
		return tx.PutCommunity(&c)
	})
	return id, err
}
