package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Migrate brings a store that an older program made to the schema of this one,
// all of it in one transaction: a process that is killed on the way leaves the old
// schema or the new one. Of several at the same time one does it. A copy of the store as
// it was lies beside it then, see [file.keepCopy]. With dry it only says what would happen, and
// does not write.
//
// It answers as [Driver.Open] does, Damaged also for a newer schema, Conflict where another
// file is in the place of the copy, and Unavailable where the store cannot be written or
// another process is busy with it; nothing happened then.
func (d Driver) Migrate(ctx context.Context, path string, o sqlstore.Options, rewrite sqlstore.Rewrite, dry bool) (out mfa.Migrated, err error) {
	f, err := d.locate(ctx, path, o)
	if err != nil {
		return out, err
	}
	out = mfa.Migrated{Store: f.path, To: sqlstore.SchemaVersion, DryRun: dry}
	if out.From, err = f.schema(ctx); err != nil || out.From == sqlstore.SchemaVersion || dry {
		return f.migrated(out, err), err
	}
	l, err := d.Acquire(ctx, f.path)
	if err != nil {
		return out, err
	}
	defer l.Release(true)
	if out.From, err = f.schema(ctx); err != nil || out.From == sqlstore.SchemaVersion { // another process was faster
		return out, err
	}
	m, err := f.migration()
	if err != nil {
		return out, err
	}
	m.Keep = func(ctx context.Context) (func(), error) { return f.keepCopy(ctx, f.copyPath(out.From)) }
	m.Rewrite = func(tx mfa.Tx) error {
		if rewrite == nil {
			return nil
		}
		return rewrite(tx, out.From, out.To)
	}
	if err := upgrade(ctx, m); err != nil {
		return out, f.dialect().Translate(fmt.Errorf("migrate %s from schema %d to %d: %w", f.path, out.From, out.To, err))
	}
	return f.migrated(out, nil), nil
}

// migrated says that a store is migrated, or would be, if it is of an older schema.
func (f file) migrated(out mfa.Migrated, err error) mfa.Migrated {
	if err != nil || out.From == out.To {
		return out
	}
	out.Changed, out.Copy, out.GoBack = true, f.copyPath(out.From), f.goBack(out.From)
	return out
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
// the lock file.
func (f file) migration() (sqlstore.Migration, error) {
	connector, err := sqlite.NewConnector(f.writeDSN())
	return sqlstore.Migration{
		Connector: connector,
		Goose:     goose.DialectSQLite3,
		Translate: func(files fs.FS) fs.FS { return ddlFS{files} },
		Begin:     "BEGIN EXCLUSIVE",
		Marks:     marks(),
		Dialect:   f.dialect(),
		Clock:     f.options.Clock,
	}, err
}
