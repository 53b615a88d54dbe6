package serve

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Ten connections come to a server for three: the three newest stay, one that is at
// work is never cut, and a new request is answered.
func TestTheLongestIdleConnectionMakesRoom(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/slow" {
			begun <- true
			<-release
		}
		_, _ = w.Write([]byte("hello"))
	}), func(_ *running, o *Options) { o.MaxConnections = 3 })
	slow := make(chan string)
	go func() {
		_, body := r.get(r.client("s"), "/slow")
		slow <- body
	}()
	<-begun
	var idle []net.Conn
	for range 10 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.path("s"))
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	for i, c := range idle[:8] {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("connection %d got an answer", i)
		}
	}
	for i, c := range idle[8:] { // both are still there
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			t.Errorf("connection %d: %v", i, err)
		}
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.Contains(line, "200") {
			t.Errorf("connection %d got %q, %v", i, line, err)
		}
		_ = c.Close()
	}
	release <- true
	if got := <-slow; got != "hello" {
		t.Errorf("the one at work got %q", got)
	}
}

// Clients that hold back the end of a request do not keep others out.
func TestARequestThatIsNotThereInFullMakesRoom(t *testing.T) {
	for _, begun := range []string{"POST / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"} {
		reading := make(chan bool, 20)
		r := start(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			reading <- true
			_, _ = io.Copy(io.Discard, q.Body)
			_, _ = w.Write([]byte("hello"))
		}), func(_ *running, o *Options) { o.MaxConnections = 3 })
		for range 10 {
			c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.path("s"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if _, err := io.WriteString(c, begun); err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(begun, "{") {
				<-reading
			}
		}
		if status, body := r.get(r.client("s"), "/"); status != 200 || body != "hello" {
			t.Errorf("%q keeps others out: %d %s", begun, status, body)
		}
	}
}

// Clients that do not read their answer do not keep others out.
func TestAnAnswerThatIsNotTakenMakesRoom(t *testing.T) {
	answering := make(chan bool, 20)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/long" {
			_, _ = w.Write([]byte("hello"))
			return
		}
		w.WriteHeader(http.StatusOK)
		answering <- true
		_, _ = w.Write(make([]byte, 8<<20)) // more than any buffer on the way
	}), func(_ *running, o *Options) { o.MaxConnections = 3 })
	for range 10 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.path("s"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if _, err := io.WriteString(c, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		<-answering
	}
	if status, body := r.get(r.client("s"), "/"); status != 200 || body != "hello" {
		t.Errorf("%d %s", status, body)
	}
}
