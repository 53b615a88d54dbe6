package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Options say how to open a store.
type Options struct {
	// Clock tells the time where the database has no clock of its own. It is
	// read once per transaction. Required.
	Clock func() time.Time
	// BusyTimeout is how long a transaction waits for another process to end
	// its own; 5 seconds if zero.
	BusyTimeout time.Duration
	// Readers is how many views may run at once; at least 4 if zero.
	Readers int
}

// WithDefaults fills in what was left open. Internal if there is no clock.
func (o Options) WithDefaults() (Options, error) {
	if o.Clock == nil {
		return o, mfa.Fault(errors.New("store: no clock was given"))
	}
	o.BusyTimeout = cmp.Or(o.BusyTimeout, 5*time.Second)
	o.Readers = cmp.Or(o.Readers, max(4, runtime.GOMAXPROCS(0)))
	return o, nil
}

// Lock is the right to make one store with all that belongs to it. One process
// has it at a time; the system takes it back from a process that is killed.
type Lock interface {
	// Create makes the store that is locked and opens it. Conflict if there is one,
	// Forbidden where it may not be made, and Unavailable where it cannot.
	Create(ctx context.Context, o Options) (*Store, error)
	// Release gives the right back. Where the store was not made, everything that the
	// lock and Create have made is removed before; the store must be closed by then.
	Release(made bool)
}

// Store is a [mfa.Store] over an SQL database. It may be used by many
// goroutines at once. A transaction must not begin another one inside itself:
// it would wait for its own end.
type Store struct {
	dialect *Dialect
	clock   func() time.Time
	writers *pool
	readers *pool
	next    chan *group // a group that goes from one update to another
	purge   atomic.Bool // a secret was deleted since the store was opened
}

var _ mfa.Store = (*Store)(nil)

// New opens a store over a dialect, which connects when the store is first used.
func New(d *Dialect, o Options) *Store {
	return &Store{
		dialect: d,
		clock:   o.Clock,
		next:    make(chan *group),
		writers: newPool(d.Writers, func(ctx context.Context) (*Conn, error) { return d.Connect(ctx, true) }),
		readers: newPool(d.Readers, func(ctx context.Context) (*Conn, error) { return d.Connect(ctx, false) }),
	}
}

// maxRuns bounds how often a transaction is run again after a lost race.
const maxRuns = 20

// Update runs f in one transaction that is durable when Update returns nil, see
// [mfa.Store]. Where f returns an error, that error comes back as it is.
func (s *Store) Update(ctx context.Context, f func(mfa.Tx) error) error {
	return s.retry(ctx, func() error { return s.update(ctx, f) })
}

// View runs f over one consistent state, see [mfa.Store].
func (s *Store) View(ctx context.Context, f func(mfa.Reader) error) error {
	return s.retry(ctx, func() error { return s.view(ctx, f) })
}

// Current reports whether the store is still what was opened, and of the schema of this
// program, which another version may have changed since. Unavailable if its file was
// moved or replaced, Damaged if the schema is another.
func (s *Store) Current(ctx context.Context) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return s.dialect.Translate(err)
	}
	defer s.readers.put(c)
	if err := s.dialect.CheckOpened(); err != nil {
		return err
	}
	return s.dialect.current(ctx, c)
}

// current refuses an open store of which another version has changed the schema: what it reads
// has another meaning, and what it writes the other version cannot use.
func (d *Dialect) current(ctx context.Context, c *Conn) error {
	version, err := d.Schema(ctx, c)
	if err != nil {
		return d.Translate(err)
	}
	return checkMigrated(version)
}

func checkMigrated(version int) error {
	if version == SchemaVersion {
		return nil
	}
	return mfa.Errorf(mfa.Damaged, "another mfactl has brought the store to schema %d, and this one is for schema %d", version, SchemaVersion).
		WithHint("use the version that migrated it; restart a server with that version")
}

// retry runs a transaction again while it lost a race, or was undone because another part of
// its group failed.
func (s *Store) retry(ctx context.Context, run func() error) (err error) {
	for range maxRuns {
		err = run()
		lost := err != nil && (s.dialect.LostRace(err) || errors.Is(err, errUndone))
		if !lost || ctx.Err() != nil {
			break
		}
	}
	return err
}

// Close waits for the transactions in flight and closes every connection. The
// writers go last, so that theirs is the checkpoint that empties the log.
// Closing again does nothing.
func (s *Store) Close() error {
	err := s.readers.close(nil)
	err = errors.Join(err, s.writers.close(func(c *Conn) {
		if s.purge.Load() && s.dialect.Purge != nil {
			s.dialect.Purge(c)
		}
	}))
	return during("close the store", err)
}

// Reserve gets what a process that stays will need, see [Dialect]. Where that cannot be had,
// or another program is writing until the context ends, the store works without.
func (s *Store) Reserve(ctx context.Context) {
	if s.dialect.Reserve == nil {
		return
	}
	c, err := s.writers.get(ctx)
	if err != nil {
		return
	}
	if c.Exec(ctx, s.dialect.Begin) == nil { // no other process writes meanwhile
		s.dialect.Reserve()
	}
	s.writers.put(c.rollback())
}

// Reserved is how many bytes of the disk [Store.Reserve] takes.
func (s *Store) Reserved() uint64 { return s.dialect.Reserved }
