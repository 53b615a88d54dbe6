package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// tx is one transaction, of either sort: a view gets it as a [mfa.Reader].
type tx struct {
	ctx     context.Context
	dialect *Dialect
	conn    *Conn
	now     time.Time
	seq     int64 // number of the next event; 0: not asked yet
	purge   bool  // a secret was deleted
	failure error // ended the transaction before its time: nothing may be committed
	ended   bool
}

var _ mfa.Tx = (*tx)(nil)

// view runs f once in a transaction that only reads: it needs no commit.
func (s *Store) view(ctx context.Context, f func(mfa.Reader) error) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return s.dialect.Translate(err)
	}
	t := &tx{ctx: ctx, dialect: s.dialect, conn: c}
	defer func() { // also where f panics
		t.ended = true
		s.readers.put(c.rollback())
	}()
	if err := t.begin(s.dialect.BeginRead, s.clock); err != nil {
		return err
	}
	return t.explained(t.result(f(t)))
}

// begin starts the transaction and reads the clock.
func (t *tx) begin(begin string, clock func() time.Time) error {
	if err := t.dialect.CheckOpened(); err != nil {
		return t.fail(err)
	}
	if err := t.conn.Exec(t.ctx, begin); err != nil {
		return t.fail(fmt.Errorf("begin a transaction: %w", err))
	}
	return t.readClock(clock)
}

// explained says that another version has migrated the store, if that is why something in it
// seems damaged.
func (t *tx) explained(err error) error {
	if !errors.Is(err, mfa.Damaged) {
		return err
	}
	version, failed := t.dialect.Schema(context.WithoutCancel(t.ctx), t.conn)
	if failed != nil {
		return err
	}
	return cmp.Or(checkMigrated(version), err)
}

// readClock asks what time it is, once for the transaction.
func (t *tx) readClock(clock func() time.Time) error {
	if t.dialect.Clock == "" {
		t.now = clock().UTC().Truncate(time.Microsecond)
		return nil
	}
	us, err := one(t, scanValue[int64], t.dialect.Clock)
	t.now = fromMicros(us)
	return err
}

// refresh has the connection forget what it knows of a database that another connection
// has changed, and look whether that has migrated it.
func (t *tx) refresh() error {
	if t.conn.memory == nil {
		return nil
	}
	version, err := t.dialect.Version(t.conn)
	if err != nil {
		return t.fail(fmt.Errorf("read the version of the database: %w", err))
	}
	if version == t.conn.memory.version {
		return nil
	}
	t.conn.memory.forget()
	if err := t.dialect.current(t.ctx, t.conn); err != nil {
		return t.fail(err)
	}
	return nil
}

// result is what becomes of the transaction: a failure remains, and a lost race is
// reported as one, whatever f returned.
func (t *tx) result(err error) error {
	if t.failure != nil && (err == nil || t.dialect.LostRace(t.failure)) {
		return t.failure
	}
	return err
}

// fail translates an error of the driver. Every error
// ends the transaction, since the database may have rolled it back, except "not there",
// "taken" and a row that cannot be decoded.
func (t *tx) fail(err error) error {
	known := t.dialect.Translate(err)
	if !errors.Is(known, mfa.NotFound) && !errors.Is(known, mfa.Conflict) && !errors.Is(known, errUnreadable) {
		t.failure = known
	}
	return known
}

// usable answers why the transaction can do no more, if so.
func (t *tx) usable() error {
	switch {
	case t.failure != nil:
		return t.failure
	case t.ended:
		return mfa.Fault(errors.New("store: the transaction is over"))
	case t.ctx.Err() != nil:
		return t.fail(t.ctx.Err())
	}
	return nil
}

// Now is the time the transaction began at.
func (t *tx) Now() time.Time { return t.now }
