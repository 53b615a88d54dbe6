package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/mfactl/mfactl/internal/mfa"
)

// DialOptions say how a client reaches its server.
type DialOptions struct {
	// CAFile holds the certificates, in PEM, of the authorities that may sign the server's;
	// empty: those the operating system trusts.
	CAFile string
	// Owners are the users, besides root and the caller, whose process may be the server of a
	// unix socket: the owner of the host's store.
	Owners []int
	// Backoff is the first pause before a retry, 100 ms by default; each is twice
	// the one before.
	Backoff time.Duration
	// MaxWait is how long a server that is busy is left alone at most, 5 seconds by
	// default, if it asks for so long.
	MaxWait time.Duration
	// Slow is called once for each call that has taken as long as SlowAfter, 3 seconds by
	// default, on another goroutine; it may be nil.
	Slow      func()
	SlowAfter time.Duration
}

// How long a client waits, and how often it tries: where it is known that nothing
// happened less often, else for some seconds, in which a server is started again. A
// server gives up on an answer after 30 seconds, so that no caller waits for one that will
// not come.
const (
	dialTimeout = 10 * time.Second
	askTimeout  = 40 * time.Second
	idleTries   = 4
	tries       = 9
	allTries    = time.Minute
	backoff     = 100 * time.Millisecond
	maxBackoff  = 2 * time.Second
	maxWait     = 5 * time.Second
	slowAfter   = 3 * time.Second
)

// NewClient returns a client of a server. It connects with the first call. Usage for
// a CA file that cannot be read or holds no certificate.
func NewClient(at Server, o DialOptions) (*Client, error) {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     50 * time.Second, // less than the server's
		DisableCompression:  true,
	}
	c := &Client{at: at, http: &http.Client{Transport: t, Timeout: askTimeout, CheckRedirect: stay}, retries: retrying(cmp.Or(o.Backoff, backoff), cmp.Or(o.MaxWait, maxWait))}
	c.slow, c.slowAfter = o.Slow, cmp.Or(o.SlowAfter, slowAfter)
	if at.Socket != "" {
		c.base, t.Proxy = "http://unix", nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialSocket(ctx, at.Socket, o.Owners)
		}
	} else {
		c.base = at.URL.String()
	}
	if o.CAFile != "" {
		pool, err := readCAs(o.CAFile)
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return c, nil
}

// Close ends connections that wait for another call.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// stay follows no redirect: who names the server knows where it is (OWASP ASVS
// 15.3.2).
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// retrying tries again where nothing happened, or nothing is known and the
// idempotency key makes a second try safe.
func retrying(first, most time.Duration) failsafe.Executor[answer] {
	asked := func(e failsafe.ExecutionAttempt[answer]) time.Duration {
		if wait := e.LastResult().wait(); wait > 0 {
			return min(wait, most)
		}
		return -1 // the backoff says it
	}
	return failsafe.With(retrypolicy.NewBuilder[answer]().
		HandleIf(func(a answer, err error) bool {
			return err != nil && !a.final && mfa.AsError(err).Code.IsRetryable()
		}).
		WithMaxAttempts(tries).WithMaxDuration(allTries).
		WithBackoff(first, maxBackoff+first).WithJitterFactor(0.2).WithDelayFunc(asked).
		ReturnLastFailure().Build())
}

func readCAs(path string) (*x509.CertPool, error) {
	b, err := os.ReadFile(path) //nolint:gosec // G304: the path is the caller's
	if err != nil {
		return nil, mfa.UsageError("--ca-file", "%s cannot be read", path).WithCause(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, mfa.UsageError("--ca-file", "%s holds no certificate in PEM", path)
	}
	return pool, nil
}
