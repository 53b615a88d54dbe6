package store

import (
	"context"
	"errors"
	"runtime"
	"strings"
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

	pragmas []string // for tests: what the write connection runs besides
}

// Store is a [mfa.Store] over an SQL database. It may be used by many
// goroutines at once. A transaction must not begin another one inside itself:
// it would wait for its own end.
type Store struct {
	dialect *dialect
	clock   func() time.Time
	writers *pool
	readers *pool
	next    chan *group // a group that goes from one update to another
	purge   atomic.Bool // a secret was deleted since the store was opened
}

var _ mfa.Store = (*Store)(nil)

// Open opens an existing store: a path, or sqlite://PATH. It creates nothing
// and connects when first used.
//
// It answers Usage for a location it cannot read, Unavailable where there is no
// store, Forbidden where it may not be opened or where others may read it, and
// Damaged for what cannot be a database. What is in the file is told at its
// first use: Damaged if it is no store of ours or one of another schema.
//
// Nothing else in the process may open the file while the store is open, be it only to
// read it, nor may Open or [Migrate] be called again: closing a file ends every lock
// the process has on it (POSIX, fcntl; "How To Corrupt An SQLite Database File" §2.2),
// and another program would take the log for one that nobody uses.
func Open(ctx context.Context, location string, o Options) (*Store, error) {
	path, o, err := located(ctx, location, o)
	if err != nil {
		return nil, err
	}
	return newStore(sqliteDialect(path, o), o), nil
}

// located finds the file of a location and looks at it.
func located(ctx context.Context, location string, o Options) (string, Options, error) {
	if err := ctx.Err(); err != nil {
		return "", o, mfa.AsError(err)
	}
	path, err := parseLocation(location)
	if err != nil {
		return "", o, err
	}
	if o, err = o.withDefaults(); err != nil {
		return "", o, err
	}
	path, err = inspect(path)
	return path, o, err
}

func newStore(d *dialect, o Options) *Store {
	return &Store{
		dialect: d,
		clock:   o.Clock,
		next:    make(chan *group),
		writers: newPool(d.writers, func(ctx context.Context) (*conn, error) { return d.connect(ctx, true) }),
		readers: newPool(d.readers, func(ctx context.Context) (*conn, error) { return d.connect(ctx, false) }),
	}
}

func (o Options) withDefaults() (Options, error) {
	if o.Clock == nil {
		return o, mfa.Fault(errors.New("store: no clock was given"))
	}
	if o.BusyTimeout == 0 {
		o.BusyTimeout = 5 * time.Second
	}
	if o.Readers == 0 {
		o.Readers = max(4, runtime.GOMAXPROCS(0))
	}
	return o, nil
}

// parseLocation returns the path a location names. The rest of a location is
// never repeated in an error: it may hold a password.
func parseLocation(location string) (string, error) {
	path := location
	if scheme, rest, found := strings.Cut(location, "://"); found && isScheme(scheme) {
		if scheme != "sqlite" {
			return "", mfa.Bad("store", "no kind of store is called %q", scheme)
		}
		path = rest
	}
	if path == "" || strings.ContainsRune(path, 0) {
		return "", mfa.Bad("store", "the path of the store is empty or has a zero byte")
	}
	return path, nil
}

// isScheme reports whether s can begin a URL (RFC 3986 §3.1, lower case only).
func isScheme(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

// maxRuns bounds how often a transaction is run again after a lost race.
const maxRuns = 20

// Update runs f in one transaction that is durable when Update returns nil, see
// [mfa.Store]. Where f returns an error, that error comes back as it is.
func (s *Store) Update(ctx context.Context, f func(mfa.Tx) error) error {
	return s.again(ctx, func() error { return s.update(ctx, f) })
}

// View runs f over one consistent state, see [mfa.Store].
func (s *Store) View(ctx context.Context, f func(mfa.Reader) error) error {
	return s.again(ctx, func() error { return s.view(ctx, f) })
}

// Current reports whether the store is still what was opened, and of the schema of this
// program, which another version may have changed since. Unavailable if its file was
// moved or replaced, Damaged if the schema is another.
func (s *Store) Current(ctx context.Context) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return s.dialect.translate(err)
	}
	defer s.readers.put(c)
	if err := s.dialect.there(); err != nil {
		return err
	}
	if err := s.dialect.current(ctx, c); err != nil {
		return s.dialect.translate(err)
	}
	return nil
}

// again runs a transaction until it is no race that it lost, nor undone for another's
// fault.
func (s *Store) again(ctx context.Context, run func() error) (err error) {
	for range maxRuns {
		err = run()
		lost := err != nil && (s.dialect.lostRace(err) || errors.Is(err, errUndone))
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
	return errors.Join(err, s.writers.close(func(c *conn) {
		if s.purge.Load() {
			s.dialect.purge(c)
		}
	}))
}
