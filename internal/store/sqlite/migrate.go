package sqlite

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// Migrate brings a store that an older program made to the schema of this one,
// all of it in one transaction: a process that is killed on the way leaves the old
// schema or the new one. Of several at the same time one does it. With dry it
// only says what would happen, and does not write.
//
// It answers as [Driver.Open] does, Damaged also for a newer schema, and Unavailable
// where the store cannot be written or another process is busy with it; nothing
// happened then.
func (d Driver) Migrate(ctx context.Context, path string, o sqlstore.Options, dry bool) (out mfa.Migrated, err error) {
	f, err := d.located(ctx, path, o)
	if err != nil {
		return out, err
	}
	out = mfa.Migrated{Store: f.path, To: sqlstore.SchemaVersion, DryRun: dry}
	if out.From, err = f.schema(ctx); err != nil || out.From == sqlstore.SchemaVersion || dry {
		out.Changed = err == nil && out.From != sqlstore.SchemaVersion
		return out, err
	}
	l, err := d.Acquire(ctx, f.path)
	if err != nil {
		return out, err
	}
	defer l.Release(true)
	if out.From, err = f.schema(ctx); err != nil || out.From == sqlstore.SchemaVersion { // somebody else was faster
		return out, err
	}
	if err := f.upgrade(ctx); err != nil {
		return out, f.dialect().Translate(err)
	}
	out.Changed = true
	return out, nil
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
		return 0, sqlstore.JudgeSchema(f.path, version)
	}
	return version, nil
}

// upgrade brings the file to the schema of this program and closes it: closing
// moves it all from the log into the file and onto the disk.
func (f file) upgrade(ctx context.Context) error {
	m, err := f.migration()
	if err != nil {
		return err
	}
	db := m.Open()
	return errors.Join(m.Run(ctx, db), db.Close())
}

// migration is how the schema of this program is brought into the file. The caller holds
// the lock file.
func (f file) migration() (sqlstore.Migration, error) {
	connector, err := sqlite.NewConnector(f.writeDSN())
	return sqlstore.Migration{
		Connector: connector,
		Goose:     goose.DialectSQLite3,
		Words:     func(files fs.FS) fs.FS { return ddlFS{files} },
		Begin:     "BEGIN EXCLUSIVE",
		Marks:     marks(),
	}, err
}
