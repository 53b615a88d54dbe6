// Package store opens a store by the scheme of its URL, and is all that the commands know
// of databases: they ask it where a store is, which files belong to it, and whether it is
// safe there.
//
// Package sqlstore has everything that is the same for every SQL database. A kind of
// database is a folder beside it, with a [Driver], and a row of [schemes].
package store

import (
	"context"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlite"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Options say how to open a store.
type Options = sqlstore.Options

// Store is an opened store, of whatever kind.
type Store = sqlstore.Store

// Lock is the right to make one store.
type Lock = sqlstore.Lock

// Rewrite signs rows again in the transaction of a migration.
type Rewrite = sqlstore.Rewrite

// Driver is one kind of store. A place is what Locate returns, and names the same store
// whatever directory the program works in.
type Driver interface {
	// Locate returns the place that a location names, without its scheme. Usage for what
	// names none.
	Locate(location string) (place string, err error)
	// Open opens an existing store, see [Open].
	Open(ctx context.Context, place string, o Options) (*Store, error)
	// Acquire waits for the right to make a store, see [Acquire].
	Acquire(ctx context.Context, place string) (Lock, error)
	// Migrate brings a store to the schema of this program, see [Migrate].
	Migrate(ctx context.Context, place string, o Options, rewrite Rewrite, dry bool) (mfa.Migrated, error)
	// Files lists the files of this host that belong to a store, see [Files].
	Files(place string) []string
	// Kept lists what migrations of a store have left on this host, see [Kept].
	Kept(place string) ([]string, error)
	// Free is how much room a store has on this host, see [Free].
	Free(place string) (bytes uint64, known bool)
	// Unsafe says why a store is not safe where it is, see [Unsafe].
	Unsafe(place string) (string, error)
}

// schemes is the table of the kinds of stores, by the scheme of a URL.
var schemes = map[string]Driver{usual: sqlite.Driver{}}

// usual is the scheme of a location that has none: the path of a SQLite file.
const usual = "sqlite"

// Known reports whether there is a kind of store of a scheme.
func Known(scheme string) bool { return schemes[scheme] != nil }

// locate finds the driver of a location and the place that it names. The rest of a
// location is never repeated in an error: it may hold a password.
func locate(location string) (d Driver, place string, err error) {
	scheme, rest := split(location)
	if !Known(scheme) {
		return nil, "", mfa.UsageError("store", "no kind of store is called %q", scheme)
	}
	d = schemes[scheme]
	place, err = d.Locate(rest)
	return d, place, err
}

// at asks the driver of a location about the place that it names.
func at[R any](location string, ask func(Driver, string) (R, error)) (none R, _ error) {
	d, place, err := locate(location)
	if err != nil {
		return none, err
	}
	return ask(d, place)
}

// split returns the scheme of a location and what follows it.
func split(location string) (scheme, rest string) {
	if scheme, rest, found := strings.Cut(location, "://"); found && isScheme(scheme) {
		return scheme, rest
	}
	return usual, location
}

// isScheme reports whether s can begin a URL (RFC 3986 §3.1, lower case only).
func isScheme(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

// Locate returns the one form of a location, whatever directory the program works in: of
// a SQLite file its absolute path, else a URL. Usage for a location that cannot be read.
func Locate(location string) (string, error) {
	_, place, err := locate(location)
	if scheme, _ := split(location); err == nil && scheme != usual {
		place = scheme + "://" + place
	}
	return place, err
}

// Open opens an existing store: a path, or sqlite://PATH. It creates nothing
// and connects when first used.
//
// It answers Usage for a location it cannot read, Unavailable where there is no
// store, Forbidden where it may not be opened or where others may read it, and
// Damaged for what cannot be a store.
func Open(ctx context.Context, location string, o Options) (*Store, error) {
	return at(location, func(d Driver, place string) (*Store, error) { return d.Open(ctx, place, o) })
}

// Create makes a new store and opens it. It answers as [Acquire] and the Create of a [Lock]
// do, and what was made before an error is removed.
func Create(ctx context.Context, location string, o Options) (_ *Store, err error) {
	l, err := Acquire(ctx, location)
	if err != nil {
		return nil, err
	}
	defer func() { l.Release(err == nil) }()
	return l.Create(ctx, o)
}

// Acquire waits for the right to make a store, which one process has at a time.
//
// It answers Usage for a location it cannot read, Forbidden where nothing may be
// made, and Unavailable where it cannot.
func Acquire(ctx context.Context, location string) (Lock, error) {
	return at(location, func(d Driver, place string) (Lock, error) { return d.Acquire(ctx, place) })
}

// Migrate brings a store that an older program made to the schema of this one,
// all of it in one transaction, in which rewrite comes last. The store as it was is kept
// before, see [Kept]. With dry it only shows what would happen, and answers what would keep it
// from that; whether another program has the store open it cannot tell.
//
// It answers as [Open] does, Damaged also for a newer schema, Conflict where another file is
// in the place of the copy, what rewrite answers, and Unavailable where the store cannot be
// written or another program has it open; nothing happened then.
func Migrate(ctx context.Context, location string, o Options, rewrite Rewrite, dry bool) (mfa.Migrated, error) {
	return at(location, func(d Driver, place string) (mfa.Migrated, error) {
		return d.Migrate(ctx, place, o, rewrite, dry)
	})
}

// Files lists the files of this host that belong to a store, whether they are there or
// not, the store itself first. There are none for a store that is elsewhere.
func Files(location string) []string {
	d, place, err := locate(location)
	if err != nil {
		return nil
	}
	return d.Files(place)
}

// Kept lists the files of this host in which migrations have kept a store as it was, or have
// begun to. It answers Unavailable or Forbidden where that cannot be found out.
func Kept(location string) ([]string, error) {
	return at(location, Driver.Kept)
}

// Free is how many bytes the disk of a store has left for us, if it is of this host and
// that is known.
func Free(location string) (bytes uint64, known bool) {
	d, place, err := locate(location)
	if err != nil {
		return 0, false
	}
	return d.Free(place)
}

// Unsafe says why a store is not safe where it is, in words for a person, or "". It
// answers as [Open] does where the place cannot be looked at.
func Unsafe(location string) (string, error) {
	return at(location, Driver.Unsafe)
}
