package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"

	"github.com/mfactl/mfactl/internal/mfa"
)

// maxReply bounds an answer, in bytes: a page of a thousand records.
const maxReply = 16 << 20

// Client is a Service on the other end of a connection. It may be used by many
// goroutines at once.
type Client struct {
	at      Server
	base    string
	http    *http.Client
	retries failsafe.Executor[answer]

	slow      func() // may be nil
	slowAfter time.Duration
}

var _ mfa.Service = (*Client)(nil)

// answer is what came of one try.
type answer struct {
	body   []byte
	status int
	head   http.Header
	lost   bool // the request may have been received, and nothing is known of it
	final  bool // another try would end the same
}

// call calls a method: any number of tries under one idempotency key, one effect.
//
// Besides the server's own errors: [mfa.Unavailable] where nothing happened,
// [mfa.Unknown] where the connection was lost after a change was asked for.
func call[R any](ctx context.Context, c *Client, method string, req any) (none R, _ error) {
	rule, _ := mfa.RuleOf(method)
	if err := mfa.CheckText(req); err != nil {
		return none, err
	}
	body, err := encode(req)
	if err != nil {
		return none, err
	}
	a, err := c.ask(ctx, rule, body)
	if err != nil {
		return none, err
	}
	reply, ok := parseReply[R](a.body)
	if ok {
		return reply, nil
	}
	if rule.Changes {
		return none, mfa.Errorf(mfa.Unknown, "%s does not answer as mfactl does, and may have done it", c.at)
	}
	return none, c.stranger(nil)
}

// ask sends a request until it is answered or there is no point in trying.
func (c *Client) ask(ctx context.Context, rule mfa.Rule, body []byte) (answer, error) {
	call := mfa.CallFrom(ctx)
	if rule.Changes && call.Key.IsZero() {
		call.Key = mfa.NewSecret(rand.Text()) // or a second try could be a second effect
		ctx = mfa.WithCall(ctx, call)
	}
	if c.slow != nil {
		defer time.AfterFunc(c.slowAfter, c.slow).Stop()
	}
	var maybe atomic.Bool // a try may have had its effect
	a, err := c.retries.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[answer]) (answer, error) {
		a, err := c.try(e.Context(), rule, body)
		maybe.Store(maybe.Load() || a.lost)
		a.final = a.final || !maybe.Load() && e.Attempts() >= idleTries
		return a, err
	})
	if err == nil {
		return a, nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if e := mfa.AsError(err); maybe.Load() && rule.Changes && e.Code.LeavesOutcomeOpen() {
		return a, mfa.Errorf(mfa.Unknown, "%s", c.unanswered(err)).WithCause(err)
	}
	return a, err
}

// wait is how long the server asks to be left alone before the next try.
func (a answer) wait() time.Duration {
	s, err := strconv.Atoi(a.head.Get("Retry-After"))
	if err != nil || s < 1 {
		return 0
	}
	return time.Duration(min(s, 24*60*60)) * time.Second
}

// try sends the request once.
func (c *Client) try(ctx context.Context, rule mfa.Rule, body []byte) (a answer, _ error) {
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }}
	r, err := c.request(httptrace.WithClientTrace(ctx, trace), rule, body)
	if err != nil {
		return a, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		a.lost = sent.Load()
		a.final, err = c.unreachable(err)
		return a, err
	}
	defer func() { _ = resp.Body.Close() }() // only read
	a.status, a.head = resp.StatusCode, resp.Header
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxReply+1)); err != nil {
		a.lost = true
		a.final, err = c.unreachable(err)
		return a, err
	}
	return c.judge(a)
}

// request makes the HTTP request of a call.
func (c *Client) request(ctx context.Context, rule mfa.Rule, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+prefix+rule.Method, bytes.NewReader(body))
	if err != nil {
		return nil, mfa.Fault(err)
	}
	call := mfa.CallFrom(ctx)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", clientAgent)
	r.Header.Set(headerClient, claim(call.From))
	if rule.Changes {
		r.Header.Set(headerKey, url.PathEscape(call.Key.Reveal()))
	}
	if !call.Token.IsZero() {
		r.Header.Set("Authorization", "Bearer "+call.Token.Reveal())
	}
	return r, nil
}

// judge finds what a server's answer means.
func (c *Client) judge(a answer) (answer, error) {
	kind, _, _ := strings.Cut(a.head.Get("Content-Type"), ";")
	if err := c.otherVersion(a.head); err != nil {
		a.final = true
		return a, err
	}
	ours := a.head.Get(headerAPI) != "" && len(a.body) <= maxReply
	if ours && kind == problemType {
		if e := parseProblem(a.body); e != nil {
			return a, e
		}
	}
	switch {
	case ours && a.status == http.StatusOK && kind == "application/json":
		return a, nil
	case a.status/100 == 3:
		a.final = true
		return a, mfa.Errorf(mfa.Unavailable, "%s sends us elsewhere, and we go nowhere with a token", c.at).
			WithHint("%s", elsewhere(a.head.Get("Location")))
	case a.status >= http.StatusInternalServerError: // of a proxy, before or after the server had the request
		a.lost = true
		return a, c.stranger(nil)
	}
	a.final = true
	return a, c.stranger(nil)
}

// otherVersion is the error of an answer in another version of the wire. Nothing was done: a
// server knows the version that mfactl asks in by the path.
func (c *Client) otherVersion(head http.Header) error {
	spoken := head.Get(headerAPI)
	if spoken == "" || spoken == wireVersion {
		return nil
	}
	return mfa.Errorf(mfa.Unavailable, "%s has version %.10q of the API, and this mfactl version %s", c.at, spoken, wireVersion).
		WithHint("%s", otherVersions)
}

// stranger is the error of an answer that no server of ours gives.
func (c *Client) stranger(cause error) error {
	return mfa.Errorf(mfa.Unavailable, "%s does not answer as mfactl does", c.at).
		WithHint("see that the address is that of an mfactl server of a version that goes with this one").WithCause(cause)
}

// claim is what we say of ourselves: it is worth as much as our word.
func claim(p mfa.Provenance) string {
	var parts []string
	for _, f := range []struct{ name, value string }{
		{"version", p.Version}, {"os_user", p.OSUser}, {"login_uid", p.LoginUID}, {"login_user", p.LoginUser}, {"host", p.Host},
		{"tty", p.TTY}, {"request_id", p.RequestID},
	} {
		if f.value != "" {
			parts = append(parts, f.name+"="+url.QueryEscape(f.value))
		}
	}
	if p.Claimed != "" {
		parts = append(parts, p.Claimed)
	}
	return strings.Join(parts, " ")
}
