package store

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// dialect is what differs between databases.
type dialect struct {
	writers, readers int // how many connections of each sort
	// connect makes a connection that was checked: it is durable, and the
	// database is a store of ours in the schema of this program.
	connect func(ctx context.Context, write bool) (*conn, error)
	// current refuses a database of another schema, once more.
	current func(context.Context, *conn) error

	// there refuses a database that is no longer the one that was opened.
	there func() error

	begin, beginRead string
	// version is a number that changes with each change of the database that the
	// connection makes or, when it begins a transaction, sees. It is for connections
	// with a memory.
	version func(*conn) (uint32, error)
	// groups says that updates which wait share one transaction, see [group].
	groups bool
	// forUpdate ends a SELECT that holds the row until the transaction ends.
	forUpdate string
	// lockSeq makes NextSeq wait for another writer; empty if there is none.
	lockSeq string
	// clock asks for the time in microseconds; empty: the store's own clock.
	clock string

	// statement makes the context of one statement from the transaction's.
	statement func(context.Context) context.Context
	// classify says what an error of the driver means, or returns nil.
	classify func(error) *mfa.Error
	// notCommitted reports whether an error of COMMIT leaves no doubt that
	// nothing was committed.
	notCommitted func(error) bool
	// lostRace reports whether the same transaction may go through if it is
	// run again.
	lostRace func(err error) bool
	// faults asks what the database finds wrong with itself.
	faults func(*tx) ([]string, error)
	// reserve gets what a process that stays will need, while nobody else writes; nil if
	// there is nothing to get.
	reserve func()
	// purge removes what a deleted secret left outside of its table, if it can.
	purge func(*conn)
}
