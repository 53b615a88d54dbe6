package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Migrate brings a store that an older program made to the schema of this one,
// all of it in one transaction: a process that is killed on the way leaves the old
// schema or the new one. No other program has the store open meanwhile: a server of the older
// version would go on writing rows in its own way. Of several migrations at the same time one
// does it. A copy of the store as it was lies beside it then, see [keeper.keep]. With dry it looks
// for what would keep it from that, says what would happen, and does not write.
//
// It answers as [Driver.Open] does, Damaged also for a newer schema, Conflict where another
// file is in the place of the copy, and Unavailable where the store cannot be written or
// another program uses it; nothing happened then.
func (d Driver) Migrate(ctx context.Context, path string, o sqlstore.Options, rewrite sqlstore.Rewrite, dry bool) (out mfa.Migrated, err error) {
	f, err := d.locate(ctx, path, o)
	if err != nil {
		return out, err
	}
	out = mfa.Migrated{Store: f.path, To: sqlstore.SchemaVersion, DryRun: dry}
	out.From, err = f.schema(ctx)
	if migrating := isCode(err, sqlite3.SQLITE_BUSY) && !dry; !migrating && (err != nil || out.From == out.To) {
		return out, err
	}
	k, err := f.keeper()
	if err != nil {
		return out, err
	}
	defer k.dir.Close() //nolint:errcheck // nothing is written to it
	if !dry {
		k.makeLock()
		l, err := d.Acquire(ctx, f.path)
		if err != nil {
			return out, err
		}
		defer l.Release(true)
		if out.From, err = f.schema(ctx); err != nil || out.From == out.To { // another process was faster
			return out, err
		}
	}
	if err = k.rehearse(ctx, out, rewrite); err == nil && !dry {
		err = k.migrate(ctx, out, rewrite)
	}
	if err == nil {
		out.Changed, out.Copy, out.GoBack = true, f.copyPath(out.From), f.goBack(out.From)
	}
	return out, err
}

// rehearse looks whether the store can be migrated: whether the keys are those of the store, and
// a copy can be made.
func (k keeper) rehearse(ctx context.Context, out mfa.Migrated, rewrite sqlstore.Rewrite) error {
	c, err := k.reader(ctx)
	if err == nil && rewrite != nil {
		err = k.dialect().Within(ctx, c, k.options.Clock, func(tx mfa.Tx) error { return rewrite(tx, out.To, out.To) })
	}
	if err == nil {
		_, err = k.keep(ctx, c.SQL, k.copyPath(out.From), true)
	}
	if c != nil {
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		return k.dialect().Translate(fmt.Errorf("look whether %s can be migrated: %w", k.path, err))
	}
	return nil
}

// migrate migrates the store. The caller holds the lock file.
func (k keeper) migrate(ctx context.Context, out mfa.Migrated, rewrite sqlstore.Rewrite) error {
	m, err := k.migration()
	if err != nil {
		return err
	}
	m.Keep = func(ctx context.Context, db *sql.DB) (func(), error) {
		return k.keep(ctx, db, k.copyPath(out.From), false)
	}
	if rewrite != nil {
		m.Rewrite = func(tx mfa.Tx) error { return rewrite(tx, out.From, out.To) }
	}
	err = upgrade(ctx, m)
	switch {
	case err == nil:
		return nil
	case isCode(err, sqlite3.SQLITE_BUSY):
		return mfa.Errorf(mfa.Unavailable, "%s is in use, nothing changed", k.path).
			WithHint("stop mfactl serve and every other mfactl that uses the store, then: mfactl store migrate").WithCause(err)
	}
	return k.dialect().Translate(fmt.Errorf("migrate %s from schema %d to %d: %w", k.path, out.From, out.To, err))
}

// schema is the version of the schema that the file has. Damaged for a newer
// one.
func (f file) schema(ctx context.Context) (version int, _ error) {
	c, err := f.reader(ctx, func(ctx context.Context, c *sqlstore.Conn) (err error) {
		version, err = readSchema(ctx, c)
		return err
	})
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		return 0, f.dialect().Translate(err)
	}
	if version > sqlstore.SchemaVersion {
		return 0, sqlstore.CheckSchema(f.path, version)
	}
	return version, nil
}

// upgrade runs a migration and closes the file: closing moves it all from the log into the
// file and onto the disk.
func upgrade(ctx context.Context, m sqlstore.Migration) error {
	db := m.Open()
	err := m.Run(ctx, db)
	if closing := db.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("move the log into the file: %w", closing))
	}
	return err
}

// migration is how the schema of this program is brought into the file. The caller holds
// the lock file. The connection has the file for itself, from its first look at it until it is
// closed: other connections keep a lock on a file in WAL mode even if they do nothing.
func (f file) migration() (sqlstore.Migration, error) {
	f.pragmas = append([]string{"locking_mode(EXCLUSIVE)"}, f.pragmas...)
	connector, err := sqlite.NewConnector(f.writeDSN())
	return sqlstore.Migration{
		Connector: connector,
		Goose:     goose.DialectSQLite3,
		Translate: func(files fs.FS) fs.FS { return ddlFS{files} },
		Begin:     "BEGIN EXCLUSIVE",
		Marks: []string{
			"PRAGMA application_id = " + strconv.Itoa(applicationID),
			"PRAGMA user_version = " + strconv.Itoa(sqlstore.SchemaVersion),
		},
		Dialect: f.dialect(),
		Clock:   f.options.Clock,
	}, err
}
