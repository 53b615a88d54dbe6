//go:build faults

package cli_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stranger tries passwords without end, of one account and of addresses that nobody has, and
// takes another address before the limit of one.
func stranger(ctx context.Context, tls *tls.Config, at, email string, n int, tries *atomic.Int64) {
	for k := 0; ctx.Err() == nil; k++ {
		from := &net.TCPAddr{IP: net.IPv4(127, byte(1+k%200), byte(n), 1)}
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: tls, DialContext: (&net.Dialer{LocalAddr: from}).DialContext}}
		for i := range 40 {
			who := email
			if i%2 == 1 {
				who = fmt.Sprintf("nobody%d-%d@acme.example", n, i)
			}
			body := fmt.Sprintf(`{"email": %q, "password": "not the password"}`, who)
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+at+"/v1/Login", strings.NewReader(body))
			if err != nil {
				break
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", rand.Text())
			resp, err := c.Do(r)
			if err != nil {
				break // the server makes room for others
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusUnprocessableEntity || resp.StatusCode == http.StatusServiceUnavailable {
				tries.Add(1) // it was wrong, or too many are at work
			}
		}
		c.CloseIdleConnections()
	}
}

// While two hundred strangers try passwords over connections of their own, a client that has
// signed in before signs in within five seconds, each time. It needs two processors for itself,
// so it is not among the tests of every day:
//
//	go test -tags faults -run AmongStrangers ./internal/cli
func TestAClientThatSignedInIsServedAmongStrangers(t *testing.T) {
	const strangers, signIns = 200, 20
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	pool := pair(t, m.path("cert"), "tls.crt", "tls.key")
	m.extra = []string{"CREDENTIALS_DIRECTORY=" + m.path("cert")}
	s := m.serve(1, "--listen", "127.0.0.1:0")
	go func() { _, _ = io.Copy(io.Discard, s.pipe) }() // or the server waits for a reader of its log
	login := []string{"login", "bob@acme.example", "--password-file", m.path("PU"), "--server", "https://" + s.at[0], "--ca-file", m.path("cert/tls.crt")}
	m.extra = []string{"MFACTL_STORE="}
	m.must("bob", "", login...)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var tries atomic.Int64
	for n := range strangers {
		all.Go(func() { stranger(ctx, &tls.Config{RootCAs: pool}, s.at[0], "bob@acme.example", n, &tries) }) //nolint:gosec // the default is TLS 1.2
	}
	for begin := time.Now(); tries.Load() < int64(strangers); { // as if each had been answered once
		if time.Since(begin) > patience {
			cancel()
			t.Fatal("the strangers are not answered")
		}
		runtime.Gosched()
	}
	var slowest time.Duration
	for range signIns {
		begin := time.Now()
		if _, stderr, status := m.run("bob", "", login...); status != 0 {
			t.Errorf("exit %d: %s", status, stderr)
		}
		slowest = max(slowest, time.Since(begin))
	}
	if slowest > 5*time.Second {
		t.Errorf("the slowest of %d sign-ins took %s", signIns, slowest)
	}
	if _, _, status := m.run("elsewhere", "", login...); status == 0 {
		t.Error("a client that is not known signs in: the strangers did nothing")
	}
	cancel()
	all.Wait()
	t.Logf("%d tries of %d strangers, the slowest of %d sign-ins took %s", tries.Load(), strangers, signIns, slowest)
}
