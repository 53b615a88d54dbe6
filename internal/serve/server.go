package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The bounds of one request (OWASP ASVS 13.1.3).
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = time.Minute
	maxHeader     = 16 << 10
	// patience is how long requests in flight may take after the end was asked for.
	patience = 35 * time.Second
)

// MaxConnections is how many connections there may be at once, by default. Idle ones
// take some 40 KiB each, and the worst ones 160.
const MaxConnections = 1024

// maxAdmins is how many may look at health and metrics at once.
const maxAdmins = 64

// Options say what is served and where.
type Options struct {
	Handler http.Handler
	// ConnContext adds what is known of a connection to its requests' context.
	ConnContext    func(context.Context, net.Conn) context.Context
	Listen         []Address
	Admin          Address // for health in detail and metrics; nowhere if At is empty
	Verify         Address // a socket that verifies for the host itself; nowhere if At is empty
	VerifyHandler  http.Handler
	TLS            Files // empty: plain HTTP, which needs a private address
	MaxConnections int
	Probes         []Probe
	Metrics        *Metrics
	Log            *slog.Logger
	Clock          func() time.Time
	// Ready is called once the server listens; it may be nil.
	Ready func()
}

// server is a Run.
type server struct {
	Options
	health  health
	limiter *connLimiter
	cert    *certificate
	all     []*http.Server
}

// spare is memory that is held and never touched, in bytes. The collector begins when
// as much has been thrown away as is held, and a server at work holds a few MiB: without
// this it would run at every dozenth request. What it may leave lying is more by this,
// however much is in use.
const spare = 16 << 20

// maxMemory is what the collector aims at, in bytes, so that many requests at once
// stay within bounds, unless GOMEMLIMIT says what it aims at.
const maxMemory = 240 << 20

// Run serves until the context ends, and then finishes what it began, for at most 35
// seconds. It opens everything before it serves anything.
func Run(ctx context.Context, o Options) error {
	defer runtime.KeepAlive(make([]byte, spare))
	if os.Getenv("GOMEMLIMIT") == "" {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(maxMemory))
	}
	s := &server{Options: o, health: health{probes: o.Probes, clock: o.Clock}, limiter: newConnLimiter(o.MaxConnections)}
	if o.TLS.Certificate != "" {
		var err error
		if s.cert, err = newCertificate(o.TLS, o.Clock, o.Log); err != nil {
			return err
		}
	}
	var lots []lot
	for i, group := range [][]Address{o.Listen, {o.Admin}, {o.Verify}} {
		var listeners lot
		for _, at := range group {
			if at.At == "" && i > 0 { // an optional one
				continue
			}
			l, err := s.open(ctx, at)
			if err != nil {
				return err
			}
			defer func() { _ = l.Close() }() // the server has closed it
			listeners = append(listeners, l)
		}
		lots = append(lots, listeners)
	}
	return s.run(ctx, lots[0], lots[1], lots[2])
}

// lot is the listeners that serve the same.
type lot []net.Listener

// open listens at an address, with TLS unless it is a socket.
func (s *server) open(ctx context.Context, a Address) (net.Listener, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	_, socket := a.socket()
	if s.cert == nil && !a.private() {
		return nil, mfa.UsageError(a.Flag, "%s can be reached from other machines, and there is no certificate", a.At).
			WithHint("add --tls-cert and --tls-key, or listen on 127.0.0.1 or unix:PATH")
	}
	l, err := a.listen(ctx)
	if err != nil || s.cert == nil || socket {
		return l, err
	}
	return tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: aeadSuites(), GetCertificate: s.cert.get, NextProtos: []string{"http/1.1"},
	}), nil
}

// aeadSuites returns the suites of TLS 1.2 that authenticate what they encrypt, and whose
// keys a stolen certificate does not open (OWASP ASVS 12.1.2). TLS 1.3 has no others.
func aeadSuites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// run serves on the listeners until the context ends or one of them fails.
func (s *server) run(ctx context.Context, public, admin, verify lot) error {
	failed := make(chan error, len(public)+len(admin)+len(verify))
	start := func(what string, h http.Handler, limiter *connLimiter, listeners ...net.Listener) {
		one := s.httpServer(h, limiter)
		s.all = append(s.all, one)
		for _, l := range listeners {
			s.Log.Info("serving", "listen", l.Addr().String(), "what", what, "tls", s.cert != nil && l.Addr().Network() != "unix")
			go func() { failed <- fmt.Errorf("serve %s at %s: %w", what, l.Addr(), one.Serve(l)) }()
		}
	}
	start("api", s.public(), s.limiter, public...)
	if len(admin) > 0 {
		start("admin", s.adminHandler(), newConnLimiter(maxAdmins), admin...)
	}
	if len(verify) > 0 {
		start("verify", s.VerifyHandler, newConnLimiter(maxAdmins), verify...)
	}
	if s.Ready != nil {
		s.Ready()
	}
	stopping := notify(ctx)
	select {
	case err := <-failed:
		s.Log.Error("a listener failed", "cause", err)
		return errors.Join(mfa.Fault(err), s.shutdown(context.WithoutCancel(ctx)))
	case <-ctx.Done():
	}
	stopping()
	s.Log.Info("stopping: what has begun is finished")
	return s.shutdown(context.WithoutCancel(ctx))
}

// shutdown ends the servers, the public one first, and waits for what is in flight.
func (s *server) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var err error
	for _, one := range s.all {
		err = errors.Join(err, one.Shutdown(ctx))
	}
	if err != nil {
		return mfa.Errorf(mfa.Unknown, "some requests were cut off").WithCause(fmt.Errorf("shut down: %w", err))
	}
	s.Log.Info("stopped")
	return nil
}

// httpServer bounds every step. HTTP/2 is left out: no client of ours needs it, and
// one connection could ask for a hundred things at once.
func (s *server) httpServer(h http.Handler, c *connLimiter) *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: c.watch(h), ConnContext: s.connContext, ConnState: c.state, Protocols: protocols,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: log.New(quiet{s.Log}, "", 0),
	}
}

// connContext is what a connection's requests know of it.
func (s *server) connContext(ctx context.Context, conn net.Conn) context.Context {
	ctx = context.WithValue(ctx, connKey{}, conn)
	if s.ConnContext == nil {
		return ctx
	}
	return s.ConnContext(ctx, conn)
}

// quiet takes what net/http complains about, which is mostly broken connections of unknown
// clients: it is logged at debug level only.
type quiet struct{ log *slog.Logger }

// Write implements io.Writer.
func (q quiet) Write(p []byte) (int, error) {
	q.log.Debug("connection", "cause", string(p))
	return len(p), nil
}

// public serves the handler, and health without detail. It is no [http.ServeMux], which
// would answer a path that it does not like by itself.
func (s *server) public() http.Handler {
	ready := s.health.ready(false)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch path := r.URL.EscapedPath(); {
		case reads && path == "/healthz":
			s.health.live(w, r)
		case reads && path == "/readyz":
			ready(w, r)
		default:
			s.Handler.ServeHTTP(w, r)
		}
	})
}

// adminHandler serves health in detail, and metrics. It matches the path as it was sent.
func (s *server) adminHandler() http.Handler {
	ready := s.health.ready(true)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve, known := map[string]http.HandlerFunc{"/healthz": s.health.live, "/readyz": ready, "/metrics": s.writeMetrics}[r.URL.EscapedPath()]
		switch {
		case !known:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		default:
			serve(w, r)
		}
	})
}

// writeMetrics answers with the metrics.
func (s *server) writeMetrics(w http.ResponseWriter, r *http.Request) {
	_, ready := s.health.look(r.Context())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = io.WriteString(w, s.Metrics.text(s.limiter, ready)) // who does not read it has gone
}
