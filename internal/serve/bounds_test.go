package serve

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// Every step of a request has its bound. That each is kept is the business of net/http,
// and only time could show it; here it is that none is missing.
func TestEveryStepOfARequestIsBounded(t *testing.T) {
	s := &server{limiter: newConnLimiter(1)}
	h := s.httpServer(hello(), s.limiter)
	for name, c := range map[string]struct{ is, most time.Duration }{
		"the head":       {h.ReadHeaderTimeout, 10 * time.Second},
		"the request":    {h.ReadTimeout, 30 * time.Second},
		"the answer":     {h.WriteTimeout, time.Minute},
		"between others": {h.IdleTimeout, 2 * time.Minute},
	} {
		if c.is <= 0 || c.is > c.most {
			t.Errorf("%s: %s", name, c.is)
		}
	}
	if h.MaxHeaderBytes <= 0 || h.MaxHeaderBytes > 64<<10 {
		t.Errorf("heads of %d bytes", h.MaxHeaderBytes)
	}
	if idle := 50 * time.Second; h.IdleTimeout <= idle { // those of our client
		t.Errorf("the server gives an idle connection up after %s, and a client may use it for %s", h.IdleTimeout, idle)
	}
}

// HTTP/2 is spoken with no client, whether they offer it in the handshake, offer nothing
// else, or begin with it in clear.
func TestOnlyHTTP11IsSpoken(t *testing.T) {
	_, at := secure(t)
	for _, c := range []struct {
		offers []string
		speaks string
		ok     bool
	}{{[]string{"h2", "http/1.1"}, "http/1.1", true}, {nil, "", true}, {[]string{"h2"}, "", false}} {
		d := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: c.offers}}
		conn, err := d.DialContext(t.Context(), "tcp", at)
		if (err == nil) != c.ok {
			t.Errorf("offered %v: %v", c.offers, err)
		}
		if err != nil {
			continue
		}
		if got := conn.(*tls.Conn).ConnectionState().NegotiatedProtocol; got != c.speaks {
			t.Errorf("offered %v, it speaks %q", c.offers, got)
		}
		_ = conn.Close()
	}
	for _, listener := range []func() net.Conn{
		func() net.Conn { return start(t, hello(), nil).dial("s") },
		func() net.Conn {
			conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", at)
			if err != nil {
				t.Fatal(err)
			}
			return conn
		},
	} {
		conn := listener()
		say(t, conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second)) // so that a failure does not hang
		if b, _ := io.ReadAll(conn); len(b) > 0 && !strings.HasPrefix(string(b), "HTTP/1.1 ") {
			t.Errorf("to HTTP/2 it says %q", b)
		}
		_ = conn.Close()
	}
}

// Every server finishes what it has begun, that of metrics and health too.
func TestWhatTheAdminPlaceHasBegunIsFinished(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	r := start(t, hello(), func(r *running, o *Options) {
		o.Admin = Address{Flag: "--admin-listen", At: "unix:" + r.path("admin")}
		o.Probes = []Probe{{"slow", func(context.Context) error {
			begun <- true
			<-release
			return nil
		}}}
	})
	c := r.dial("admin")
	say(t, c, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
	<-begun
	r.stop()
	for { // until the socket is gone
		again, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.path("admin"))
		if err != nil {
			break
		}
		_ = again.Close()
	}
	if log := r.log.String(); strings.Contains(log, "msg=stopped") {
		t.Errorf("it does not wait:\n%s", log)
	}
	close(release)
	answered(t, c, 200)
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	if log := r.log.String(); !strings.Contains(log, "msg=stopped") {
		t.Errorf("it does not tell of its end:\n%s", log)
	}
}

// A probe that hangs makes nothing ready, and no client waits for its end.
func TestAProbeThatHangsIsNotWaitedFor(t *testing.T) {
	begun, release := make(chan bool, 1), make(chan bool)
	hangs := Probe{"hangs", func(context.Context) error {
		begun <- true
		<-release // whatever its context says
		return nil
	}}
	h := &health{probes: []Probe{hangs}, clock: time.Now}
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel() // as the patience with a probe does when it ends
	}()
	all, ready := h.look(ctx)
	if ready || len(all) != 1 || all[0].OK || all[0].Detail == "" {
		t.Errorf("ready %v: %+v", ready, all)
	}
}

// Only the names and addresses of this machine itself are spoken to in clear.
func TestOnlyThisMachineIsSpokenToInClear(t *testing.T) {
	for host, private := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.9.9.9": true, "[::1]": true, "[::ffff:127.0.0.1]": true,
		"localhost.acme.example": false, "127.0.0.1.acme.example": false, "[::]": false, "": false, "0.0.0.0": false, "10.0.0.1": false,
		"[fe80::1%lo]": false, "localhosts": false,
	} {
		s := &server{limiter: newConnLimiter(1)}
		l, err := s.open(t.Context(), Address{Flag: "--listen", At: host + ":0"})
		if l != nil {
			_ = l.Close()
		}
		if refused := err != nil && strings.Contains(err.Error(), "other machines"); refused == private {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// A certificate that has expired is used, since there is no better one, and the log says
// so.
func TestAnExpiredCertificateIsToldInTheLog(t *testing.T) {
	r := start(t, hello(), func(r *running, o *Options) {
		r.renew(1)
		r.clock.Advance(2 * time.Hour)
		o.Listen[0].At, o.TLS = "127.0.0.1:0", Files{Certificate: r.path("tls.crt"), Key: r.path("tls.key")}
	})
	if log := r.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, r.path("tls.crt")) {
		t.Errorf("the log says\n%s", log)
	}
}

// Handshakes read the files at most once a second: anybody can make any number of them.
func TestHandshakesReadTheFilesOnceASecond(t *testing.T) {
	r, at := secure(t)
	r.renew(2)
	for range 3 {
		if got := serial(t, at); got != 1 {
			t.Errorf("within the second it shows %d", got)
		}
	}
	r.clock.Advance(time.Second)
	if got := serial(t, at); got != 2 {
		t.Errorf("a second later it shows %d", got)
	}
}
