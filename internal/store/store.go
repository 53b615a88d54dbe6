package store

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Options are what a store gets from its surroundings; the zero value serves.
type Options struct {
	Clock func() time.Time // where the database has no clock of its own; required
	Busy  time.Duration    // how long to wait for another process; 5 s by default
}

// Store is an [mfa.Store] in SQL. It may be used by many goroutines at once.
type Store struct {
	d     dialect
	clock func() time.Time

	mu    sync.Mutex // guards the handles, which are opened when first used
	read  *sql.DB
	write *sql.DB
	turn  chan struct{} // one update at a time: waiting here is cheaper than in the database
}

var _ mfa.Store = (*Store)(nil)

// dialect is what differs from one database to another.
type dialect interface {
	// openRead and openWrite connect and check that the schema is ours.
	openRead(ctx context.Context) (*sql.DB, error)
	openWrite(ctx context.Context) (*sql.DB, error)
	// holdRow is appended to the query that reads a row to be held.
	holdRow() string
	// explain says what a driver's error means: mfa codes and no driver's words.
	explain(err error) error
}

// Open opens the store at a location: a path, or sqlite:// before it. It never
// creates one and touches the file first when it is used. Unavailable where
// there is none; Forbidden where it may not be opened or others may read it.
func Open(location string, o Options) (*Store, error) {
	d, err := newSQLite(location, o)
	if err != nil {
		return nil, err
	}
	if err := d.exists(); err != nil {
		return nil, err
	}
	return newStore(d, o), nil
}

// Create makes a new empty store and opens it. Conflict where there is one: a
// store is never overwritten. What was made is removed again if it fails.
func Create(ctx context.Context, location string, o Options) (*Store, error) {
	d, err := newSQLite(location, o)
	if err != nil {
		return nil, err
	}
	if err := d.create(ctx); err != nil {
		return nil, err
	}
	return newStore(d, o), nil
}

func newStore(d dialect, o Options) *Store {
	return &Store{d: d, clock: o.Clock, turn: make(chan struct{}, 1)}
}

// Close ends the connections.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil && first == nil {
			first = s.d.explain(err)
		}
	}
	s.read, s.write = nil, nil
	return first
}

// Update implements [mfa.Store].
func (s *Store) Update(ctx context.Context, f func(mfa.Tx) error) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return mfa.AsError(ctx.Err())
	}
	defer func() { <-s.turn }()
	db, err := s.handle(ctx, &s.write, s.d.openWrite)
	if err != nil {
		return err
	}
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return s.d.explain(err)
	}
	defer t.Rollback() //nolint:errcheck // a no-op after Commit
	w := &tx{reader{ctx: ctx, q: t, d: s.d, now: s.now()}}
	if err := f(w); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return s.uncertain(err)
	}
	return nil
}

// uncertain is a commit that failed. Where nothing tells that it did not happen
// it may have, and the handle is not to be trusted any more.
func (s *Store) uncertain(err error) error {
	told := mfa.AsError(s.d.explain(err))
	if told.Code == mfa.Unavailable && told.Hint == busyHint {
		return told
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.write != nil {
		_ = s.write.Close()
		s.write = nil
	}
	return mfa.Errorf(mfa.Unknown, "the commit failed, it is not known whether it happened").WithCause(err)
}

// View implements [mfa.Store].
func (s *Store) View(ctx context.Context, f func(mfa.Reader) error) error {
	db, err := s.handle(ctx, &s.read, s.d.openRead)
	if err != nil {
		return err
	}
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return s.d.explain(err)
	}
	defer t.Rollback() //nolint:errcheck // nothing was written
	return f(&reader{ctx: ctx, q: t, d: s.d, now: s.now()})
}

func (s *Store) handle(ctx context.Context, db **sql.DB, open func(context.Context) (*sql.DB, error)) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *db == nil {
		opened, err := open(ctx)
		if err != nil {
			return nil, err
		}
		*db = opened
	}
	return *db, nil
}

func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }
