package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

// group is a transaction that several updates share. Each has its part of it, one
// after another, and the last makes all of them durable with one COMMIT: to wait for
// the disk takes as long as a part does. An update that finds no other one waiting
// commits at once, so that no update waits for a group to become one.
//
// The first part is the transaction's own; the others are savepoints, and one that
// fails is undone alone. Where the whole transaction is undone, an update that had ended
// its part of it runs again, as after a lost race: also who failed, perhaps on what another
// part had written. Only one goroutine at a time has the group, and passes it on with
// its connection.
type group struct {
	conn  *Conn
	runs  int           // parts that were begun
	parts int           // those of them that stand
	purge bool          // one of them deleted a secret
	done  chan struct{} // closed when the outcome is known
	err   error         // the outcome; nil if every part is durable
}

// maxParts bounds how many parts come before one COMMIT, also of those that fail: the
// others wait for it.
const maxParts = 64

// errUndone is the outcome of a part that was undone because another part failed.
var errUndone = mfa.Errorf(mfa.Unavailable, "the store failed under a change of somebody else's, nothing happened")

// update runs f once as a part of a transaction that writes, and returns when it is
// durable or undone.
func (s *Store) update(ctx context.Context, f func(mfa.Tx) error) error {
	g, err := s.enter(ctx)
	if err != nil {
		return s.dialect.Translate(err)
	}
	first := g.parts == 0
	err = s.part(ctx, g, f)
	if err != nil && first {
		return err
	}
	<-g.done
	if err != nil && g.err != nil {
		return errUndone // f failed on what was never there
	}
	return cmp.Or(err, g.err)
}

// enter waits for a turn at the connection: of a group that another update passes on, or of
// a new one.
func (s *Store) enter(ctx context.Context) (*group, error) {
	if err := s.writers.checkOpen(ctx); err != nil {
		return nil, err
	}
	select {
	case <-s.writers.closed:
		return nil, errClosed()
	case <-ctx.Done():
		return nil, ctx.Err()
	case g := <-s.next:
		return g, nil
	case c := <-s.writers.slots:
		c, err := s.writers.connected(ctx, c)
		return &group{conn: c, done: make(chan struct{})}, err
	}
}

// part runs f and leaves the group, also where f panics. A caller who gave up before the
// end of f changes nothing; from then on the outcome is waited for.
func (s *Store) part(ctx context.Context, g *group, f func(mfa.Tx) error) (err error) {
	t := &tx{ctx: ctx, dialect: s.dialect, conn: g.conn}
	stands := false
	defer func() { s.leave(g, t, stands) }()
	if err := s.begin(g, t); err != nil {
		return err
	}
	if err = t.result(f(t)); err == nil {
		err = t.usable()
	}
	stands = err == nil
	return err
}

// begin begins a part: the transaction if it is the first.
func (s *Store) begin(g *group, t *tx) error {
	if g.parts == 0 {
		if err := t.begin(s.dialect.Begin, s.clock); err != nil {
			return err
		}
		return t.refresh()
	}
	if err := g.exec("SAVEPOINT part"); err != nil {
		return t.fail(fmt.Errorf("begin a part of a transaction: %w", err))
	}
	return t.readClock(s.clock)
}

// leave ends a part: the group goes to an update that waits, or to its end.
func (s *Store) leave(g *group, t *tx, stands bool) {
	t.ended = true
	g.runs++
	if g.parts == 0 && !stands || g.parts > 0 && !g.close(stands) {
		s.end(g, errUndone)
		return
	}
	if stands {
		g.parts++
		g.purge = g.purge || t.purge
	}
	if !s.pass(g) {
		s.end(g, s.commit(g))
	}
}

// close ends a savepoint; false where the whole transaction went with it.
func (g *group) close(stands bool) bool {
	if !stands {
		g.conn.memory.forget()
		if g.exec("ROLLBACK TO part") != nil {
			return false
		}
	}
	return g.exec("RELEASE part") == nil
}

// exec runs a statement that no caller who gives up interrupts: that would undo the parts
// of others.
func (g *group) exec(statement string) error { return g.conn.Exec(context.Background(), statement) }

// pass gives the group to an update that waits, if there is one, and room.
func (s *Store) pass(g *group) bool {
	if !s.dialect.Groups || g.runs >= maxParts {
		return false
	}
	select {
	case s.next <- g:
		return true
	default:
		return false
	}
}

// commit makes the parts durable. Unknown where it cannot be told whether they are.
func (s *Store) commit(g *group) error {
	if err := g.exec("COMMIT"); err != nil {
		return s.dialect.translateCommit(err)
	}
	if g.purge {
		s.purge.Store(true)
	}
	g.remember(s.dialect)
	return nil
}

// remember keeps what is known of the database as what it is after the commit.
func (g *group) remember(d *Dialect) {
	m := g.conn.memory
	if m == nil {
		return
	}
	version, err := d.Version(g.conn)
	if err != nil {
		m.forget()
	}
	m.version = version
}

// end publishes the outcome and gives the connection back, unless it is not fit
// to be used again.
func (s *Store) end(g *group, outcome error) {
	c := g.conn
	switch {
	case errors.Is(outcome, mfa.Unknown):
		_ = c.Close() // what it says changes nothing any more
		c = nil
	case outcome != nil:
		c = c.rollback()
	}
	g.err = outcome
	close(g.done)
	s.writers.put(c)
}
