package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/mfactl/mfactl/internal/mfa"
)

// conn is one connection with its prepared statements. It has a sql.DB of its
// own, so that closing it closes the file and nothing can bring in another
// connection in the middle of a transaction.
type conn struct {
	db    *sql.DB
	sql   *sql.Conn
	stmts map[string]prepared
	// memory is what is known of the database; nil where it must be asked each time.
	memory *memory
}

// prepared is a statement that is closed with its connection.
type prepared struct{ *sql.Stmt }

// newConn takes the one connection of a sql.DB.
func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	db.SetMaxOpenConns(1)
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &conn{db: db, sql: c, stmts: map[string]prepared{}}, nil
}

// prepare returns the statement of a query whose text is constant.
func (c *conn) prepare(ctx context.Context, query string) (prepared, error) {
	if p, ok := c.stmts[query]; ok {
		return p, nil
	}
	s, err := c.sql.PrepareContext(ctx, query)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{s}
	c.stmts[query] = p
	return p, nil
}

// exec runs a statement without parameters.
func (c *conn) exec(ctx context.Context, query string) error {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return err
}

// rollback undoes the transaction that is open. A connection that cannot even do that
// is closed, which has the same effect, and nil comes back.
func (c *conn) rollback() *conn {
	c.memory.forget()
	if err := c.exec(context.Background(), "ROLLBACK"); err != nil {
		_ = c.close() // what it says changes nothing any more
		return nil
	}
	return c
}

// close closes the file as well. An unfinished transaction is rolled back.
func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.sql.Close(), c.db.Close())...)
}

// pool lends connections, each to one transaction at a time. They are made when
// first needed.
type pool struct {
	connect func(context.Context) (*conn, error)
	slots   chan *conn // nil: a connection that is still to be made
	closed  chan struct{}
	once    sync.Once
}

func newPool(size int, connect func(context.Context) (*conn, error)) *pool {
	p := &pool{connect: connect, slots: make(chan *conn, size), closed: make(chan struct{})}
	for range size {
		p.slots <- nil
	}
	return p
}

// get waits for a connection. It must be given back by put.
func (p *pool) get(ctx context.Context) (*conn, error) {
	if err := p.open(ctx); err != nil {
		return nil, err
	}
	select {
	case <-p.closed:
		return nil, errClosed()
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-p.slots:
		return p.made(ctx, c)
	}
}

// open reports whether there is something to wait for.
func (p *pool) open(ctx context.Context) error {
	select {
	case <-p.closed:
		return errClosed()
	default:
		return ctx.Err()
	}
}

// made makes a connection that is still to be made.
func (p *pool) made(ctx context.Context, c *conn) (*conn, error) {
	if c != nil {
		return c, nil
	}
	c, err := p.connect(ctx)
	if err != nil {
		p.put(nil)
		return nil, err
	}
	return c, nil
}

// put gives a connection back, or nil for one that is not used again.
func (p *pool) put(c *conn) { p.slots <- c }

// close waits for every connection and closes it; last, if given, sees it
// first.
func (p *pool) close(last func(*conn)) error {
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
			errs = append(errs, c.close())
		}
	})
	return errors.Join(errs...)
}

func errClosed() error { return mfa.Errorf(mfa.Unavailable, "the store was closed, nothing happened") }
