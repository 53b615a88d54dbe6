package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Driver opens stores that are SQLite files. It implements [store.Driver]; a place is the
// absolute path of the file.
type Driver struct {
	pragmas []string // for tests: what the write connection runs besides
}

// Names of the files that belong to the store of a path.
const (
	logSuffix     = "-wal"
	indexSuffix   = "-shm"
	journalSuffix = "-journal"
	lockSuffix    = ".lock"
	newSuffix     = ".new" // the store while it is being made
)

// Locate returns the absolute path. Usage for what is no path.
func (Driver) Locate(path string) (string, error) {
	if path == "" || strings.ContainsRune(path, 0) {
		return "", mfa.UsageError("store", "the path of the store is empty or has a zero byte")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", mfa.UsageError("store", "not a path").WithCause(err)
	}
	return abs, nil
}

// Open opens an existing store. It creates nothing and connects when first used.
//
// It answers Unavailable where there is no store, Forbidden where it may not be opened or
// where others may read it, and Damaged for what cannot be a database. What is in the file
// is looked at when it is first used: Damaged if it is no store of ours or one of another schema.
//
// Nothing else in the process may open the file while the store is open, not even to read
// it, nor may Open or Migrate be called again: closing a file ends every lock
// the process has on it (POSIX, fcntl; "How To Corrupt An SQLite Database File" §2.2),
// and another program would take the log for an unused one.
func (d Driver) Open(ctx context.Context, path string, o sqlstore.Options) (*sqlstore.Store, error) {
	f, err := d.locate(ctx, path, o)
	if err != nil {
		return nil, err
	}
	return sqlstore.New(f.dialect(), f.options), nil
}

// locate looks at the file of a path.
func (d Driver) locate(ctx context.Context, path string, o sqlstore.Options) (f file, err error) {
	if err := ctx.Err(); err != nil {
		return f, mfa.AsError(err)
	}
	if o, err = o.WithDefaults(); err != nil {
		return f, err
	}
	if path, err = inspect(path); err != nil {
		return f, err
	}
	f = file{path: path, options: o, pragmas: d.pragmas}
	f.opened, err = os.Stat(path) //nolint:gosec // G703: whose store it is names it
	return f, err
}

// Files lists the files that a store consists of or uses, the database first. Not all of
// them are there at all times.
func (Driver) Files(path string) []string {
	return []string{path, path + logSuffix, path + indexSuffix, path + lockSuffix}
}

// Unsafe says why a store is not safe where it lies, or "". SQLite's log is not safe on a
// network: there several hosts may write at once, and none sees the log of the others.
func (Driver) Unsafe(path string) (string, error) {
	name, err := networkFS(path)
	if err != nil || name == "" {
		return "", err
	}
	return fmt.Sprintf("the store lies on a network file system (%s), where SQLite's log is not safe", name), nil
}
