package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Conn is one connection with its prepared statements. It has a sql.DB of its
// own, so that closing it closes the file and nothing can bring in another
// connection in the middle of a transaction.
type Conn struct {
	// SQL is the connection itself, for what is done once and by the dialect.
	SQL *sql.Conn

	db    *sql.DB
	stmts map[string]prepared
	// memory is what is known of the database; nil where it must be asked each time.
	memory *memory
}

// prepared is a statement that is closed with its connection.
type prepared struct{ *sql.Stmt }

// NewConn takes the one connection of a sql.DB.
func NewConn(ctx context.Context, db *sql.DB) (*Conn, error) {
	db.SetMaxOpenConns(1)
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Conn{db: db, SQL: c, stmts: map[string]prepared{}}, nil
}

// Remember gives the connection a memory, see [memory]. Its dialect must have a Version.
func (c *Conn) Remember() { c.memory = newMemory() }

// prepare returns the statement of a query whose text is constant.
func (c *Conn) prepare(ctx context.Context, query string) (prepared, error) {
	if p, ok := c.stmts[query]; ok {
		return p, nil
	}
	s, err := c.SQL.PrepareContext(ctx, query)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{s}
	c.stmts[query] = p
	return p, nil
}

// Exec runs a statement without parameters.
func (c *Conn) Exec(ctx context.Context, query string) error {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return err
}

// rollback undoes the transaction that is open. A connection that cannot even do that
// is closed, which has the same effect, and nil comes back.
func (c *Conn) rollback() *Conn {
	c.memory.forget()
	if err := c.Exec(context.Background(), "ROLLBACK"); err != nil {
		_ = c.Close() // what it says changes nothing any more
		return nil
	}
	return c
}

// Close closes the database as well. An unfinished transaction is rolled back.
func (c *Conn) Close() error { return errors.Join(c.release(), c.db.Close()) }

// release gives the connection back to its database.
func (c *Conn) release() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.SQL.Close())...)
}

// pool lends connections, each to one transaction at a time. They are made when
// first needed.
type pool struct {
	connect func(context.Context) (*Conn, error)
	slots   chan *Conn // nil: a connection that is still to be made
	closed  chan struct{}
	once    sync.Once
}

func newPool(size int, connect func(context.Context) (*Conn, error)) *pool {
	p := &pool{connect: connect, slots: make(chan *Conn, size), closed: make(chan struct{})}
	for range size {
		p.slots <- nil
	}
	return p
}

// get waits for a connection. It must be given back by put.
func (p *pool) get(ctx context.Context) (*Conn, error) {
	if err := p.checkOpen(ctx); err != nil {
		return nil, err
	}
	select {
	case <-p.closed:
		return nil, errClosed()
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-p.slots:
		return p.connected(ctx, c)
	}
}

// checkOpen reports whether there is something to wait for.
func (p *pool) checkOpen(ctx context.Context) error {
	select {
	case <-p.closed:
		return errClosed()
	default:
		return ctx.Err()
	}
}

// connected makes a connection that is still to be made.
func (p *pool) connected(ctx context.Context, c *Conn) (_ *Conn, err error) {
	if c != nil {
		return c, nil
	}
	if c, err = p.connect(ctx); err != nil {
		p.put(nil)
	}
	return c, err
}

// put gives a connection back, or nil for one that is not used again.
func (p *pool) put(c *Conn) { p.slots <- c }

// close waits for every connection and closes it; last, if given, sees it
// first.
func (p *pool) close(last func(*Conn)) error {
	var errs []error
	p.once.Do(func() {
		close(p.closed)
		for range cap(p.slots) {
			c := <-p.slots
			if c == nil {
				continue
			}
			if last != nil {
				last(c)
			}
			errs = append(errs, c.Close())
		}
	})
	return errors.Join(errs...)
}

func errClosed() error { return mfa.Errorf(mfa.Unavailable, "the store was closed, nothing happened") }
