package serve

import (
	"container/list"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
)

// connLimiter bounds how many connections are open. If there is one too many, the one that
// has waited longest is closed: it is idle, silent, sending a request that is not complete,
// or not reading its answer. If all are at work, the new one is closed.
type connLimiter struct {
	most    int
	mu      sync.Mutex
	waiting *list.List // of net.Conn, oldest first
	at      map[net.Conn]*list.Element
	busy    int
	closed  int64 // how many were closed to make room
}

func newConnLimiter(most int) *connLimiter {
	return &connLimiter{most: most, waiting: list.New(), at: map[net.Conn]*list.Element{}}
}

// state implements [http.Server.ConnState].
func (c *connLimiter) state(conn net.Conn, s http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.at[conn]
	switch {
	case s == http.StateNew:
		c.wait(conn)
		c.makeRoom()
	case known && (s == http.StateActive || s == http.StateIdle):
		c.forget(conn)
		c.wait(conn)
	case s == http.StateClosed:
		c.forget(conn)
	}
}

func (c *connLimiter) wait(conn net.Conn) { c.at[conn] = c.waiting.PushBack(conn) }

// makeRoom closes the connection that has waited longest if there are too many.
func (c *connLimiter) makeRoom() {
	if len(c.at) <= c.most {
		return
	}
	oldest, _ := c.waiting.Front().Value.(net.Conn)
	c.forget(oldest)
	c.closed++
	cut(oldest)
}

// work takes a connection out of those that wait: its request is complete.
func (c *connLimiter) work(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.at[conn]; e != nil {
		c.waiting.Remove(e)
		c.at[conn] = nil
		c.busy++
	}
}

// rest puts a connection back among those that wait: its answer has begun, and the client
// has to read it.
func (c *connLimiter) rest(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, known := c.at[conn]; known && e == nil {
		c.busy--
		c.wait(conn)
	}
}

// connKey is the connection in the context of its requests.
type connKey struct{}

// watch has each request of a handler count as work from the end of its body to the
// beginning of its answer.
func (c *connLimiter) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connKey{}).(net.Conn)
		if r.Body == http.NoBody {
			c.work(conn)
		} else {
			r.Body = arriving{r.Body, func() { c.work(conn) }}
		}
		h.ServeHTTP(answering{w, func() { c.rest(conn) }}, r)
	})
}

// arriving is a body that calls a function when it was read completely.
type arriving struct {
	io.ReadCloser
	whole func()
}

// Read implements io.Reader.
func (a arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // a Reader gives it back as it is
		a.whole()
	}
	return n, err
}

// answering is an answer that calls a function when it begins.
type answering struct {
	http.ResponseWriter
	begins func()
}

// WriteHeader implements [http.ResponseWriter].
func (a answering) WriteHeader(status int) {
	a.begins()
	a.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (a answering) Write(p []byte) (int, error) {
	a.begins()
	return a.ResponseWriter.Write(p)
}

// Unwrap lets an [http.ResponseController] find the answer behind.
func (a answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (c *connLimiter) forget(conn net.Conn) {
	e, known := c.at[conn]
	if !known {
		return
	}
	if e != nil {
		c.waiting.Remove(e)
	} else {
		c.busy--
	}
	delete(c.at, conn)
}

// count returns how many connections wait, are at work, and were closed to make room.
func (c *connLimiter) count() (waiting, busy int, closed int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting.Len(), c.busy, c.closed
}

// cut closes a connection at once: a TLS goodbye would have to wait for the client.
func cut(conn net.Conn) {
	if t, is := conn.(*tls.Conn); is {
		conn = t.NetConn()
	}
	_ = conn.Close()
}
