package serve

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// dial connects to a socket of the server and says nothing.
func (r *running) dial(name string) net.Conn {
	r.t.Helper()
	c, err := (&net.Dialer{}).DialContext(r.t.Context(), "unix", r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// say writes to a connection.
func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// answered fails unless a connection is answered with a status.
func answered(t *testing.T, c net.Conn, want int) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != want {
		t.Errorf("%d %v", resp.StatusCode, err)
	}
	_ = resp.Body.Close()
}

// isCut fails unless a connection was closed without a word.
func isCut(t *testing.T, what string, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second)) // so that a failure does not hang
	n, err := c.Read(make([]byte, 1))
	if n > 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s: %d bytes, %v", what, n, err)
	}
}

// counts looks at the metrics until they say something of the connections, which they do
// soon.
func (r *running) counts(admin *http.Client, want string) {
	r.t.Helper()
	text := ""
	for n := 0; n < 10000 && !strings.Contains(text, want+"\n"); n++ {
		_, text = r.get(admin, "/metrics")
	}
	if !strings.Contains(text, want+"\n") {
		r.t.Errorf("the metrics never say %s:\n%s", want, text)
	}
}

// reads is a handler that tells when it has begun, reads the request, tells that too,
// and answers when it may.
func reads(begun, whole, release chan bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/work" {
			begun <- true
			_, _ = io.Copy(io.Discard, q.Body)
			whole <- true
			<-release
		}
		_, _ = w.Write([]byte("hello"))
	})
}

// A request with a body is at work from the end of its body on: none such is cut, however
// many come, and where all are at work the new one goes.
func TestARequestAtWorkIsNeverCut(t *testing.T) {
	for name, request := range map[string]string{
		"of a known length": "POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"in chunks":         "POST /work HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"empty":             "POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
	} {
		begun, whole, release := make(chan bool, 3), make(chan bool, 3), make(chan bool)
		r := start(t, reads(begun, whole, release), func(_ *running, o *Options) { o.MaxConnections = 3 })
		var working []net.Conn
		for range 3 {
			c := r.dial("s")
			say(t, c, request)
			<-whole
			working = append(working, c)
		}
		for n := range 10 {
			isCut(t, fmt.Sprintf("%s: number %d that came", name, n), r.dial("s"))
		}
		close(release)
		for _, c := range working {
			answered(t, c, 200)
		}
	}
}

// A connection that begins a request goes to the end of those that wait, so that others
// who said nothing go first.
func TestWhoBeginsARequestIsNoLongerTheOldest(t *testing.T) {
	begun, whole, release := make(chan bool, 1), make(chan bool, 1), make(chan bool)
	close(release)
	r := start(t, reads(begun, whole, release), func(r *running, o *Options) {
		o.MaxConnections, o.Admin = 3, Address{Flag: "--admin-listen", At: "unix:" + r.path("admin")}
	})
	first, second, third := r.dial("s"), r.dial("s"), r.dial("s")
	r.counts(r.client("admin"), `{state="waiting"} 3`) // all have come
	say(t, first, "POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
	<-begun
	_, _ = r.dial("s"), r.dial("s")
	isCut(t, "the second", second)
	isCut(t, "the third", third)
	say(t, first, "}")
	answered(t, first, 200)
}

// An answered connection that stays open waits like any other, though its handler wrote
// nothing: it makes room.
func TestAnAnsweredConnectionMakesRoom(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/silent" {
			_, _ = w.Write([]byte("hello"))
		}
	}), func(_ *running, o *Options) { o.MaxConnections = 3 })
	for _, path := range []string{"/", "/silent"} {
		for range 3 {
			c := r.dial("s")
			say(t, c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			answered(t, c, 200)
		}
		came := false
		for n := 0; n < 1000 && !came; n++ { // it is idle soon after it was answered
			c := r.dial("s")
			if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err == nil {
				b, _ := io.ReadAll(c)
				came = len(b) > 0
			}
		}
		if !came {
			t.Errorf("those that were answered at %s keep others out", path)
		}
	}
}

// A connection that was closed is not counted: neither after one request, nor after a
// handler that broke off.
func TestAClosedConnectionIsNotCounted(t *testing.T) {
	const most = 50
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte("hello"))
	}), func(r *running, o *Options) {
		o.MaxConnections, o.Admin = most, Address{Flag: "--admin-listen", At: "unix:" + r.path("admin")}
	})
	stays, admin := r.dial("s"), r.client("admin")
	for _, path := range []string{"/", "/broken"} {
		for n := range 4 * most {
			c := r.dial("s")
			say(t, c, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if b, err := io.ReadAll(c); path == "/" && (err != nil || len(b) == 0) {
				t.Fatalf("number %d at %s got %q %v", n, path, b, err)
			}
		}
	}
	say(t, stays, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	answered(t, stays, 200)
	r.counts(admin, `{state="busy"} 0`)
}

// The place of metrics and health has a bound of its own.
func TestWhoLooksAtHealthIsBoundedToo(t *testing.T) {
	r := start(t, hello(), func(r *running, o *Options) { o.Admin = Address{Flag: "--admin-listen", At: "unix:" + r.path("admin")} })
	silent := make([]net.Conn, maxAdmins+1)
	for i := range silent {
		silent[i] = r.dial("admin")
	}
	isCut(t, "the first of too many", silent[0])
	say(t, silent[1], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	answered(t, silent[1], 200)
	if status, _ := r.get(r.client("s"), "/healthz"); status != 200 {
		t.Errorf("the public address answers %d", status)
	}
}

// A connection that has to go is cut without an alert of TLS, which its other end might
// not take.
func TestACutTLSConnectionIsToldNothing(t *testing.T) {
	_, at := secureFor(t, 1)
	raw, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	say(t, c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	answered(t, c, 200)
	if got := serial(t, at); got != 1 { // it needs the place
		t.Errorf("shows %d", got)
	}
	isCut(t, "the first", raw)
}

// A connection that was closed for room is counted once, as closed. When its end is
// noticed it is neither working nor waiting, even if its request is still running.
func TestAConnectionThatWasCutIsCountedOnce(t *testing.T) {
	for name, begun := range map[string]string{
		"silent":                 "",
		"in the head":            "POST / HTTP/1.1\r\nHost: x\r\n",
		"in the body":            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{",
		"in the body, in chunks": "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
	} {
		reading := make(chan bool, 1)
		handler := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			reading <- true
			if _, err := io.Copy(io.Discard, q.Body); err == nil {
				t.Errorf("%s: the body is whole", name)
			}
			w.WriteHeader(http.StatusBadRequest)
		})
		c := newConnLimiter(1)
		one := (&server{Options: Options{Log: slog.New(slog.DiscardHandler)}}).httpServer(handler, c)
		state, closed := one.ConnState, make(chan bool, 2)
		one.ConnState = func(conn net.Conn, s http.ConnState) {
			state(conn, s)
			if s == http.StateClosed {
				closed <- true
			}
		}
		r := &running{t: t, dir: t.TempDir()}
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", r.path("s"))
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = one.Serve(l) }() // it ends when the listener is closed
		t.Cleanup(func() { _ = one.Close() })
		say(t, r.dial("s"), begun)
		if strings.Contains(name, "body") {
			<-reading
		}
		_ = r.dial("s")
		<-closed
		text := (&Metrics{}).text(c, true)
		for _, want := range []string{`{state="waiting"} 1`, `{state="busy"} 0`, "mfactl_connections_cut_total 1"} {
			if !strings.Contains(text, want+"\n") {
				t.Errorf("%s: the metrics do not say %s:\n%s", name, want, text)
			}
		}
	}
}

// A request counts as one that is working, no matter how many times its handler reads the
// body, and in how many parts it writes the answer.
func TestARequestIsCountedOnce(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		for range 3 {
			_, _ = io.Copy(io.Discard, q.Body)
		}
		for range 3 {
			_, _ = w.Write([]byte("hello"))
		}
	}), func(r *running, o *Options) { o.Admin = Address{Flag: "--admin-listen", At: "unix:" + r.path("admin")} })
	c := r.dial("s")
	say(t, c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	answered(t, c, 200)
	r.counts(r.client("admin"), `{state="busy"} 0`)
}
