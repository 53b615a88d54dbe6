//go:build faults && linux && amd64

package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// memory is what the server takes and has taken at most, in KiB.
func (s *server) memory(what string) (kib int) {
	t := s.l.t
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if _, err := fmt.Sscanf(line, what+": %d kB", &kib); err == nil {
			return kib
		}
	}
	t.Fatalf("no %s", what)
	return 0
}

// honest asks who it is, over and over, on one connection and each time on a new one,
// and returns how long the slowest but one in a hundred took.
func (s *server) honest(requests int) time.Duration {
	t := s.l.t
	t.Helper()
	token := s.token("admin")
	var took []time.Duration
	for _, fresh := range []bool{false, true} {
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: fresh}}
		for range requests / 2 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.tcp+"/v1/WhoAmI", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token.Reveal())
			began := time.Now()
			resp, err := c.Do(r)
			if err != nil {
				t.Errorf("an honest request: %v", err)
				continue
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			took = append(took, time.Since(began))
			if resp.StatusCode != http.StatusOK {
				t.Errorf("an honest request: %s", resp.Status)
			}
		}
		c.CloseIdleConnections()
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// A thousand connections that send a byte now and then keep nobody out, and are closed
// after five seconds.
func TestSlowConnectionsKeepNobodyOut(t *testing.T) {
	const fault = "slow connections (slowloris)"
	slow, requests := 1000, 1000
	if testing.Short() {
		slow, requests = 300, 300
	}
	s := newLab(t).newServer().start()
	var all sync.WaitGroup
	lives := make(chan time.Duration, slow)
	for range slow {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.tcp)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, "POST /v1/Login HTTP/1.1\r\n")
		began := time.Now()
		all.Go(func() {
			_, _ = io.Copy(io.Discard, c) // until the server has had enough
			lives <- time.Since(began)
			_ = c.Close()
		})
		all.Go(func() {
			for _, err := io.WriteString(c, "X"); err == nil; _, err = io.WriteString(c, ":") {
				select {
				case <-t.Context().Done():
					return
				case <-time.After(time.Second):
				}
			}
		})
	}
	p99 := s.honest(requests)
	all.Wait()
	close(lives)
	var longest time.Duration
	for life := range lives {
		longest = max(longest, life)
	}
	found.add(fault, "connections", slow)
	found.add(fault, "honest requests", requests)
	found.add(fault, "their p99 in ms", int(p99.Milliseconds()))
	found.add(fault, "longest life in ms", int(longest.Milliseconds()))
	if p99 > 250*time.Millisecond || longest > 8*time.Second {
		t.Errorf("honest requests took %v, and a slow connection lived for %v", p99, longest)
	}
}

// Connections that come without end, each with a request whose last bytes never come,
// keep nobody out, be it short or as long as a request may be.
func TestHeldBackBodiesKeepNobodyOut(t *testing.T) {
	heldBack(t, "held-back bodies", "{")
	heldBack(t, "held-back long bodies", "{"+strings.Repeat(" ", 65_000))
}

func heldBack(t *testing.T, fault, body string) {
	t.Helper()
	requests := 1000
	if testing.Short() {
		requests = 300
	}
	s := newLab(t).newServer().start()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var opened atomic.Int64
	full := make(chan bool) // more came than the server keeps
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				c, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.tcp)
				if err != nil {
					continue
				}
				if opened.Add(1) == 2500 {
					close(full)
				}
				_, _ = fmt.Fprintf(c, "POST /v1/Login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body)+1, body)
				all.Go(func() {
					_, _ = io.Copy(io.Discard, c) // until the server has had enough
					_ = c.Close()
				})
				select { // a thousand a second, as many as the server keeps
				case <-ctx.Done():
				case <-time.After(4 * time.Millisecond):
				}
			}
		})
	}
	<-full
	p99 := s.honest(requests)
	peak := s.memory("VmHWM")
	stop()
	if err := s.cmd.Process.Kill(); err != nil { // those that are still open end with it
		t.Error(err)
	}
	all.Wait()
	found.add(fault, "connections", int(opened.Load()))
	found.add(fault, "honest requests", requests)
	found.add(fault, "their p99 in ms", int(p99.Milliseconds()))
	found.add(fault, "peak memory in MiB", peak>>10)
	if p99 > 250*time.Millisecond || peak > 300<<10 {
		t.Errorf("%s: honest requests took %v, and the server %d MiB", fault, p99, peak>>10)
	}
}

// Connections that come without end, each asking for long answers and taking none, keep
// nobody out.
func TestAnswersThatAreNotTakenKeepNobodyOut(t *testing.T) {
	const fault = "answers not taken"
	deaf, requests := 3000, 1000
	if testing.Short() {
		requests = 300
	}
	s := newLab(t).newServer().start()
	small := net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 2048) })
		return errors.Join(err, failed)
	}}
	for range deaf {
		c, err := small.DialContext(t.Context(), "tcp", s.tcp)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, strings.Repeat("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 40))
	}
	p99 := s.honest(requests)
	peak := s.memory("VmHWM")
	found.add(fault, "connections", deaf)
	found.add(fault, "honest requests", requests)
	found.add(fault, "their p99 in ms", int(p99.Milliseconds()))
	found.add(fault, "peak memory in MiB", peak>>10)
	if p99 > 250*time.Millisecond || peak > 300<<10 {
		t.Errorf("honest requests took %v, and the server %d MiB", p99, peak>>10)
	}
}

// Ten thousand connections that say nothing, or nothing more, keep nobody out and cost
// a bounded amount of memory.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	const fault = "idle connections"
	idle, requests := 10000, 1000
	if testing.Short() {
		idle, requests = 3000, 300
	}
	s := newLab(t).newServer().start()
	conns := make([]net.Conn, 0, idle)
	for n := range idle {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.tcp)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		conns = append(conns, c)
		if n%2 == 0 {
			continue
		}
		_, _ = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			t.Fatalf("connection %d: %q %v", n, line, err)
		}
	}
	p99 := s.honest(requests)
	peak := s.memory("VmHWM")
	found.add(fault, "connections", len(conns))
	found.add(fault, "honest requests", requests)
	found.add(fault, "their p99 in ms", int(p99.Milliseconds()))
	found.add(fault, "peak memory in MiB", peak>>10)
	if p99 > 500*time.Millisecond || peak > 300<<10 {
		t.Errorf("honest requests took %v, and the server %d MiB", p99, peak>>10)
	}
}

// spaces is a body of blanks.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// Bodies and heads that are far too big or deep are refused at once and not kept.
func TestHugeRequestsAreRefusedAtOnce(t *testing.T) {
	const fault = "huge requests"
	s := newLab(t).newServer().start()
	s.honest(20) // what is there anyway is there
	before := s.memory("VmRSS")
	for name, c := range map[string]struct {
		body   io.Reader
		length int64
		head   [2]string
		want   int
	}{
		"a gigabyte, announced":     {spaces{}, 1 << 30, [2]string{}, 413},
		"a gigabyte, in chunks":     {io.LimitReader(spaces{}, 1<<30), -1, [2]string{}, 413},
		"gzip":                      {strings.NewReader("{}"), 2, [2]string{"Content-Encoding", "gzip"}, 415},
		"a head of a megabyte":      {strings.NewReader("{}"), 2, [2]string{"X-Long", strings.Repeat("x", 1<<20)}, 431},
		"JSON a million deep":       {strings.NewReader(strings.Repeat(`{"a":`, 1_000_000)), 5_000_000, [2]string{}, 413},
		"JSON ten thousand deep":    {strings.NewReader(strings.Repeat(`{"a":`, 10_000)), 50_000, [2]string{}, 400},
		"a list of thirty thousand": {strings.NewReader(`{"email":[` + strings.Repeat("1,", 30_000) + `1]}`), -1, [2]string{}, 400},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.tcp+"/v1/Login", c.body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = c.length
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "0123456789abcdefghijklmnop")
		if c.head[0] != "" {
			r.Header.Set(c.head[0], c.head[1])
		}
		began := time.Now()
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		took := time.Since(began)
		switch {
		case err == nil && resp.StatusCode != c.want:
			t.Errorf("%s: %s, want %d", name, resp.Status, c.want)
		case err != nil && c.length >= 0 && c.length < 1<<20: // closed on us while we wrote is an answer only to a long body
			t.Errorf("%s: %v", name, err)
		case took > time.Second:
			t.Errorf("%s: refused after %v", name, took)
		}
		if err == nil {
			_ = resp.Body.Close()
		}
		found.add(fault, "refused", 1)
	}
	grown := s.memory("VmRSS") - before
	found.add(fault, "memory grown by KiB", grown)
	if grown > 16<<10 {
		t.Errorf("the server has grown by %d KiB", grown)
	}
	if _, err := s.client().WhoAmI(as(t, s.token("admin"), ""), mfa.WhoAmIRequest{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
