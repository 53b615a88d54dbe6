package ram

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Store is a store in memory. It may be used by many goroutines at once.
type Store struct {
	clock  func() time.Time
	now    atomic.Pointer[State]
	writer chan struct{} // holds one while an update runs
	closed atomic.Bool
}

var _ mfa.Store = (*Store)(nil)

// Open returns a store that begins with a state; nil is an empty one.
func Open(clock func() time.Time, begin *State) *Store {
	s := &Store{clock: clock, writer: make(chan struct{}, 1)}
	if begin == nil {
		begin = &State{}
	}
	s.now.Store(begin)
	return s
}

// State returns what the store holds.
func (s *Store) State() *State { return s.now.Load() }

// Set puts the store back to a state.
func (s *Store) Set(to *State) { s.now.Store(to) }

// Update runs f in one transaction, see [mfa.Store].
func (s *Store) Update(ctx context.Context, f func(mfa.Tx) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return ended(ctx)
	}
	defer func() { <-s.writer }()
	t := s.begin(ctx)
	defer func() { t.over = true }() // also where f panics
	err := f(t)
	if t.failure != nil {
		return t.failure
	}
	if err == nil {
		err = s.usable(ctx)
	}
	if err == nil {
		next := t.State
		s.now.Store(&next)
	}
	return err
}

// View runs f over one state, see [mfa.Store].
func (s *Store) View(ctx context.Context, f func(mfa.Reader) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	t := s.begin(ctx)
	defer func() { t.over = true }()
	return errors.Join(f(t), t.failure)
}

func (s *Store) begin(ctx context.Context) *tx {
	return &tx{State: *s.now.Load(), ctx: ctx, at: s.clock().UTC().Truncate(time.Microsecond)}
}

// Faults finds nothing: memory has no form of its own.
func (s *Store) Faults(context.Context) ([]string, error) { return nil, nil }

// Close makes the store unavailable.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}

func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return mfa.Errorf(mfa.Unavailable, "the store was closed, nothing happened")
	}
	return ended(ctx)
}

// ended answers why a context is over, if it is.
func ended(ctx context.Context) error {
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		return mfa.Errorf(mfa.Unavailable, "the time for it is over, nothing happened").WithCause(err)
	case err != nil:
		return mfa.Errorf(mfa.Canceled, "canceled, nothing happened").WithCause(err)
	}
	return nil
}
