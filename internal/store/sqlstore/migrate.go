package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/mfactl/mfactl/internal/mfa"
)

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaVersion is the number of the newest file in migrations.
const SchemaVersion = 7

// CheckSchema refuses a store of another schema than that of this program; name is what
// the store is called in an error.
func CheckSchema(name string, version int) error {
	switch {
	case version == SchemaVersion:
		return nil
	case version > SchemaVersion:
		return mfa.Errorf(mfa.Damaged, "%s was made by a newer mfactl", name).WithHint("use that mfactl")
	}
	return mfa.Errorf(mfa.Damaged, "%s was made by an older mfactl", name).WithHint("mfactl store migrate")
}

// Rewrite changes the rows that the migrations between two schemas change and sign again, in the
// transaction of these migrations. An error undoes them all. Where both schemas are the same it
// writes nothing, and only looks whether it can do that here.
type Rewrite func(tx mfa.Tx, from, to int) error

// Migration brings a database to the schema of this program in one transaction: a process
// that is killed on the way leaves the old schema or the new one.
type Migration struct {
	Connector driver.Connector
	Goose     goose.Dialect
	// Translate shows the files of the migrations, which are PostgreSQL's, in the words of
	// the database.
	Translate func(fs.FS) fs.FS
	// Begin begins a transaction beside which no other one writes.
	Begin string
	// Marks are statements that mark the database as ours and of this schema.
	Marks []string
	// Keep keeps a copy of the database as it is, while no other transaction writes. It
	// returns what removes the copy, also with an error, which is done where nothing was
	// migrated for certain. Nil where there is nothing to keep.
	Keep func(ctx context.Context, db *sql.DB) (undo func(), err error)
	// Rewrite changes records after the migrations, by the dialect and the clock. Nil where
	// there are none.
	Rewrite func(mfa.Tx) error
	Dialect *Dialect
	Clock   func() time.Time
}

// Open opens the database for [Migration.Run]. It must be closed.
func (m Migration) Open() *sql.DB {
	db := sql.OpenDB(wholeConnector{m.Connector})
	db.SetMaxOpenConns(1)
	return db
}

// Run runs the migrations that were not run yet. Goose has no lock of its own on every
// database: the caller sees to it that there is one migration at a time.
func (m Migration) Run(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, m.Begin); err != nil {
		return fmt.Errorf("begin the migration: %w", err)
	}
	undo := func() {}
	var err error
	if m.Keep != nil {
		undo, err = m.Keep(ctx, db)
		err = during("keep a copy", err)
	}
	if err == nil {
		err = m.steps(ctx, db)
	}
	if err == nil {
		undo = func() {} // a commit that fails may have happened
		_, err = db.ExecContext(context.WithoutCancel(ctx), "COMMIT")
		err = during("commit the migration", err)
	}
	if err != nil {
		_, _ = db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // closing does the same
		undo()
	}
	return err
}

// steps runs the migrations, changes records and marks the database, inside the transaction.
func (m Migration) steps(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(m.Goose, db, m.Translate(files), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err = p.Up(ctx); err == nil && m.Rewrite != nil {
		err = during("sign rows again", m.rewrite(ctx, db))
	}
	for _, mark := range m.Marks {
		if err == nil {
			_, err = db.ExecContext(ctx, mark)
			err = during("mark the database", err)
		}
	}
	return err
}

// rewrite changes records on the connection of the migrations.
func (m Migration) rewrite(ctx context.Context, db *sql.DB) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	conn := &Conn{SQL: c, stmts: map[string]prepared{}}
	return errors.Join(m.Dialect.Within(ctx, conn, m.Clock, m.Rewrite), conn.release())
}

// Within runs f on a connection on which the caller begins and ends the transaction, if any.
func (d *Dialect) Within(ctx context.Context, conn *Conn, clock func() time.Time, f func(mfa.Tx) error) error {
	t := &tx{ctx: ctx, dialect: d, conn: conn}
	defer func() { t.ended = true }()
	if err := t.readClock(clock); err != nil {
		return err
	}
	return t.result(f(t))
}

// wholeConnector makes connections on which the transactions of goose, one for
// each file, are parts of one that is begun and ended by hand.
type wholeConnector struct{ driver.Connector }

// Connect implements [driver.Connector].
func (w wholeConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := w.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, is := c.(migrated)
	if !is {
		return nil, errors.Join(errors.New("store: the driver cannot run migrations"), c.Close())
	}
	return wholeConn{whole}, nil
}

// migrated is what of the driver's connection a migration uses.
type migrated interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
}

type wholeConn struct{ migrated }

// BeginTx implements [driver.ConnBeginTx]: the transaction has begun.
func (c wholeConn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return c, nil }

// Commit implements [driver.Tx]: it is only a part.
func (wholeConn) Commit() error { return nil }

// Rollback implements [driver.Tx]: after an error the whole is rolled back.
func (wholeConn) Rollback() error { return nil }
