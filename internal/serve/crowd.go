package serve

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// crowd is the connections there are. Where one comes too many, the one goes that has
// waited longest without a request; only where all are at work, the new one.
type crowd struct {
	most    int
	mu      sync.Mutex
	waiting *list.List // of net.Conn: idle, or new and silent; oldest first
	at      map[net.Conn]*list.Element
	busy    int
	closed  int64 // that had to go
}

func newCrowd(most int) *crowd {
	return &crowd{most: most, waiting: list.New(), at: map[net.Conn]*list.Element{}}
}

// state implements [http.Server.ConnState].
func (c *crowd) state(conn net.Conn, s http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, known := c.at[conn]
	switch {
	case s == http.StateNew || s == http.StateIdle && known && e == nil:
		c.wait(conn, known)
	case s == http.StateActive && known && e != nil:
		c.waiting.Remove(e)
		c.at[conn] = nil
		c.busy++
	case s == http.StateClosed || s == http.StateHijacked:
		c.forget(conn)
	}
}

// wait adds a connection that waits, and makes room for it.
func (c *crowd) wait(conn net.Conn, wasBusy bool) {
	if wasBusy {
		c.busy--
	}
	c.at[conn] = c.waiting.PushBack(conn)
	if len(c.at) <= c.most {
		return
	}
	oldest, _ := c.waiting.Front().Value.(net.Conn)
	c.forget(oldest)
	c.closed++
	cut(oldest)
}

func (c *crowd) forget(conn net.Conn) {
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

// count tells how many wait, are at work, and had to go.
func (c *crowd) count() (waiting, busy int, closed int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting.Len(), c.busy, c.closed
}

// cut closes a connection without a word, which could be waited for.
func cut(conn net.Conn) {
	if t, is := conn.(*tls.Conn); is {
		conn = t.NetConn()
	}
	_ = conn.Close()
}
