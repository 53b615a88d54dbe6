package sqlstore

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Dialect is what differs between databases. A package that has one makes it, and opens a
// store by [New]. Reserve, Purge, and Version without a memory, may be nil.
type Dialect struct {
	Writers, Readers int // how many connections of each sort
	// Connect makes a connection that was checked: it is durable, and the
	// database is a store of ours in the schema of this program.
	Connect func(ctx context.Context, write bool) (*Conn, error)
	// Schema reads of which schema the database is.
	Schema func(context.Context, *Conn) (int, error)

	// CheckOpened refuses a database that is no longer the one that was opened.
	CheckOpened func() error

	Begin, BeginRead string
	// Version is a number that changes with each change of the database that the
	// connection makes or, when it begins a transaction, sees. It is for connections
	// with a memory.
	Version func(*Conn) (uint32, error)
	// Groups says that updates which wait share one transaction, see [group].
	Groups bool
	// ForUpdate ends a SELECT that holds the row until the transaction ends.
	ForUpdate string
	// LockSeq makes NextSeq wait for another writer; empty if a database has one writer only.
	LockSeq string
	// Clock asks for the time in microseconds; empty: the store's own clock.
	Clock string

	// Statement makes the context of one statement from the transaction's.
	Statement func(context.Context) context.Context
	// Classify says what an error of the driver means, or returns nil.
	Classify func(error) *mfa.Error
	// NotCommitted reports whether an error of COMMIT leaves no doubt that
	// nothing was committed.
	NotCommitted func(error) bool
	// LostRace reports whether the same transaction may go through if it is
	// run again.
	LostRace func(err error) bool
	// Faults are queries for what the database finds wrong with itself: each finds
	// texts, at most as many as its parameter.
	Faults []string
	// Reserve gets what a process that stays will need, while no other one writes.
	Reserve func()
	// Reserved is how many bytes of the disk that takes.
	Reserved uint64
	// Purge removes what a deleted secret left outside of its table, if it can.
	Purge func(*Conn)
}
