package store

import (
	"context"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// tx is one transaction, of either sort: a view gets it as a [mfa.Reader].
type tx struct {
	ctx     context.Context
	dialect *dialect
	conn    *conn
	now     time.Time
	seq     int64 // number of the next event; 0: not asked yet
	purge   bool  // a secret was deleted
	failure error // ended the transaction before its time: nothing may be committed
	over    bool
}

var _ mfa.Tx = (*tx)(nil)

// update runs f once in a transaction that writes.
func (s *Store) update(ctx context.Context, f func(mfa.Tx) error) error {
	return s.run(ctx, s.writers, s.dialect.begin, func(t *tx) error {
		if err := f(t); err != nil {
			return err
		}
		if err := t.commit(); err != nil {
			return err
		}
		if t.purge {
			s.purge.Store(true)
		}
		return nil
	})
}

// view runs f once in a transaction that only reads: it needs no commit.
func (s *Store) view(ctx context.Context, f func(mfa.Reader) error) error {
	return s.run(ctx, s.readers, s.dialect.beginRead, func(t *tx) error {
		if err := f(t); err != nil {
			return err
		}
		return t.failure
	})
}

// run gives f a transaction on a connection of the pool, and rolls back what f
// did not commit.
func (s *Store) run(ctx context.Context, p *pool, begin string, f func(*tx) error) error {
	c, err := p.get(ctx)
	if err != nil {
		return s.dialect.translate(err)
	}
	t := &tx{ctx: ctx, dialect: s.dialect, conn: c}
	defer func() { p.put(t.conn) }() // nil if it was dropped
	defer t.rollback()               // also where f panics
	if err := t.begin(begin, s.clock); err != nil {
		return err
	}
	err = f(t)
	if t.failure != nil && s.dialect.lostRace(t.failure) {
		return t.failure // whatever f made of it
	}
	return err
}

// begin starts the transaction and reads the clock.
func (t *tx) begin(begin string, clock func() time.Time) error {
	if err := t.conn.exec(t.ctx, begin); err != nil {
		t.over = true
		if t.ctx.Err() != nil { // it may have begun all the same
			t.drop()
		}
		return t.fail(err)
	}
	if t.dialect.clock == "" {
		t.now = clock().UTC().Truncate(time.Microsecond)
		return nil
	}
	us, err := one(t, scanValue[int64], t.dialect.clock)
	t.now = fromMicros(us)
	return err
}

// commit ends the transaction for good. Whoever gave up before gets nothing;
// from here on it is not interrupted, so that its outcome is known.
func (t *tx) commit() error {
	if t.failure == nil && t.ctx.Err() != nil {
		t.failure = mfa.AsError(t.ctx.Err())
	}
	if t.failure != nil {
		return t.failure
	}
	if err := t.conn.exec(context.WithoutCancel(t.ctx), "COMMIT"); err != nil {
		known := t.dialect.translateCommit(err)
		if errors.Is(known, mfa.Unknown) {
			t.over = true
			t.drop()
		}
		return known
	}
	t.over = true
	return nil
}

// rollback undoes a transaction that did not commit. A connection that cannot
// even do that is dropped, which has the same effect.
func (t *tx) rollback() {
	if t.over {
		return
	}
	t.over = true
	if err := t.conn.exec(context.WithoutCancel(t.ctx), "ROLLBACK"); err != nil {
		t.drop()
	}
}

// drop closes the connection: the pool makes a new one.
func (t *tx) drop() {
	_ = t.conn.close() // what it says changes nothing any more
	t.conn = nil
}

// fail translates an error of the driver. All but "not there" and "taken" end
// the transaction: the database may have rolled back already.
func (t *tx) fail(err error) error {
	known := t.dialect.translate(err)
	if !errors.Is(known, mfa.NotFound) && !errors.Is(known, mfa.Conflict) {
		t.failure = known
	}
	return known
}

// usable answers why the transaction can do no more, if so.
func (t *tx) usable() error {
	switch {
	case t.failure != nil:
		return t.failure
	case t.over:
		return mfa.Fault(errors.New("store: the transaction is over"))
	case t.ctx.Err() != nil:
		return t.fail(t.ctx.Err())
	}
	return nil
}

// Now is the time the transaction began at.
func (t *tx) Now() time.Time { return t.now }
