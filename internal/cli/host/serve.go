package host

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/serve"
	"github.com/mfactl/mfactl/internal/store"
	"github.com/mfactl/mfactl/internal/term"
)

// serveOptions are the options of a server.
type serveOptions struct {
	listen  []string
	group   string
	admin   string
	verify  string
	tls     serve.Files
	proxies []string
	most    int
}

// NewServe makes the command that serves a store to other machines.
func NewServe(a *app.App) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the store to other machines, or to the people of this host",
		Long: `Serve the store over HTTPS, or to the people of this host over a unix socket. Every
command works there as on the store itself, but for break-glass and those of the
store.

In clear it listens only where no other machine can hear: on 127.0.0.1, ::1 or
unix:PATH. A socket is for its owner alone, or with --socket-group for a group; who
connects is known by the operating system and stands in the audit trail. A
certificate that is renewed is taken up without a restart.

Under systemd the credentials mfactl.key, tls.crt and tls.key are found by their
names. SIGTERM ends the server when what it began is finished; SIGHUP changes nothing.

With --admin-listen, /readyz tells in detail what is wrong, and /metrics is for
Prometheus; over TLS too where there is a certificate.`,
		Example: `  mfactl serve --listen :8443 --tls-cert tls.crt --tls-key tls.key
  mfactl serve --listen unix:/run/mfactl/mfactl.sock --socket-group helpdesk`,
		Args: app.Exactly(),
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.listen, "listen", nil, "`HOST:PORT` or unix:PATH; may be repeated (default: this host's socket for root, else mfactl/mfactl.sock in XDG_RUNTIME_DIR)")
	f.StringVar(&o.group, "socket-group", "", "`group` whose members may connect to the sockets")
	f.StringVar(&o.admin, "admin-listen", "", "`HOST:PORT` or unix:PATH of /healthz, /readyz in detail and /metrics")
	f.StringVar(&o.verify, "verify-socket", "", "`PATH` of a socket that only verifies, without a token, for root and the owner of the store")
	f.StringVar(&o.tls.Certificate, "tls-cert", "", "certificate `file` with its chain, PEM")
	f.StringVar(&o.tls.Key, "tls-key", "", "its key `file`, PEM")
	f.StringArrayVar(&o.proxies, "trusted-proxy", nil, "`address`, network or unix:UID whose X-Forwarded-For is believed; may be repeated")
	f.IntVar(&o.most, "max-connections", serve.MaxConnections, "`number` of connections at once; then the longest idle one goes")
	return a.ReadCommand(cmd, "serve", func(ctx context.Context, _ []string) error {
		return runServe(a.WithSignals(ctx, ignoredSignals()...), a, o)
	})
}

// ignoredSignals returns the signals that a server ignores. Without a terminal, SIGHUP does not mean
// that a terminal hung up but asks a server to read its settings again. There is nothing to do
// for it: the certificate is read again anyway.
func ignoredSignals() []os.Signal {
	if app.TTYName() == "" {
		return []os.Signal{syscall.SIGHUP}
	}
	return nil
}

// runServe opens everything that can be wrong before it listens.
func runServe(ctx context.Context, a *app.App, o serveOptions) error {
	p, err := a.StorePlace()
	if err != nil {
		return err
	}
	places, err := listenAt(a, o)
	if err != nil {
		return err
	}
	verify, uids, err := verifySocket(o.verify, p.Store)
	if err != nil {
		return err
	}
	proxies, err := trusted(o.proxies)
	if err != nil {
		return err
	}
	if err := tlsFiles(a, &o.tls); err != nil {
		return err
	}
	if o.most < 1 {
		return mfa.UsageError("--max-connections", "must be at least 1")
	}
	l, err := a.OpenStore(ctx)
	if err != nil {
		return err
	}
	probes, err := probes(ctx, l, p.Store)
	if err != nil {
		return err
	}
	reserveSpace(ctx, l, p.Store)
	level := slog.LevelInfo
	if a.Flags.Verbose { // also what strangers do to connections
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewJSONHandler(a.Err, &slog.HandlerOptions{Level: level}))
	metrics := &serve.Metrics{Version: app.Version}
	defer inBackground(ctx, func(ctx context.Context) {
		ticks := time.NewTicker(mfa.ReplyTTL)
		defer ticks.Stop()
		sweep(ctx, ticks.C, l.Engine, log)
	})()
	about := api.Options{Clock: a.Clock, From: api.From(app.Version, proxies), Served: served(log, metrics)}
	onHost := about
	onHost.From = api.From(app.Version, api.Proxies{})
	return serve.Run(ctx, serve.Options{
		Handler: api.NewHandler(l.Engine, about),
		Verify:  verify, VerifyHandler: api.NewVerifyHandler(l.Engine.VerifyOnHost, uids, onHost),
		ConnContext: api.WithPeer, Listen: places, Admin: serve.Address{Flag: "--admin-listen", At: o.admin}, TLS: o.tls,
		MaxConnections: o.most, Probes: probes, Metrics: metrics, Log: log, Clock: a.Clock,
	})
}

// reserveSpace gets what the store of a server will need, at once or not at all: not where
// there is so little left that the server would say that it is not ready.
func reserveSpace(ctx context.Context, l *app.LocalStore, path string) {
	if free, known := store.Free(path); known && free < leastFree+2*l.Store.Reserved() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	l.Store.Reserve(ctx)
}

// sweep removes the expired answers to retries, at once and then at each tick, until the
// context ends.
func sweep(ctx context.Context, ticks <-chan time.Time, e *engine.Engine, log *slog.Logger) {
	for {
		if err := e.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("cannot remove expired answers", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

// inBackground runs f beside the server. The function that it returns ends the context of f
// and waits for f.
func inBackground(ctx context.Context, f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() { f(ctx) })
	return func() {
		cancel()
		wait.Wait()
	}
}

// listenAt is where to listen. Only sockets have a group.
func listenAt(a *app.App, o serveOptions) (places []serve.Address, _ error) {
	at := o.listen
	if len(at) == 0 {
		socket, err := ownSocket(a)
		if err != nil {
			return nil, err
		}
		at = []string{"unix:" + socket}
	}
	sockets := 0
	for _, one := range at {
		p := serve.Address{Flag: "--listen", At: one}
		if strings.HasPrefix(one, "unix:") {
			p.Group = o.group
			sockets++
		}
		places = append(places, p)
	}
	if o.group != "" && sockets == 0 {
		return nil, mfa.UsageError("--socket-group", "only a unix socket has a group").WithHint("--listen unix:%s", a.ThisHost().Socket)
	}
	return places, nil
}

// ownSocket returns the path of the socket where no address was given: the host's own for
// root, and else one in a directory that only this user may enter. No other user can take
// its place, as they could take a port.
func ownSocket(a *app.App) (string, error) {
	if os.Geteuid() == 0 {
		return a.ThisHost().Socket, nil
	}
	dir := a.Env("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(dir) {
		return "", mfa.UsageError("--listen", "missing, and XDG_RUNTIME_DIR names no directory for a socket").WithHint("--listen unix:PATH, or 127.0.0.1:8443")
	}
	return filepath.Join(dir, "mfactl", "mfactl.sock"), nil
}

// verifySocket is the socket that only verifies, and whom it is for: root, this user, and the
// owner of the store.
func verifySocket(path, storePath string) (at serve.Address, uids []int, _ error) {
	if path == "" {
		return at, nil, nil
	}
	path = strings.TrimPrefix(path, "unix:")
	if !filepath.IsAbs(path) {
		return at, nil, mfa.UsageError("--verify-socket", "needs an absolute path").WithHint("--verify-socket /run/mfactl/verify.sock")
	}
	uids = []int{0, os.Geteuid()}
	if info, err := os.Stat(storePath); err == nil {
		if uid, known := app.OwnerOf(info); known {
			uids = append(uids, uid)
		}
	}
	return serve.Address{Flag: "--verify-socket", At: "unix:" + path}, uids, nil
}

// tlsFiles completes the certificate by what the service manager hands over.
func tlsFiles(a *app.App, f *serve.Files) error {
	if f.Certificate == "" && f.Key == "" {
		if cert, ok := app.CredentialFile(a, "tls.crt"); ok {
			f.Certificate = cert
			f.Key, f.KeyAnyMode = app.CredentialFile(a, "tls.key")
		}
	}
	switch {
	case f.Certificate != "" && f.Key == "":
		return mfa.UsageError("--tls-key", "missing")
	case f.Certificate == "" && f.Key != "":
		return mfa.UsageError("--tls-cert", "missing")
	}
	return nil
}

// trusted reads the addresses, networks and users of trusted proxies.
func trusted(texts []string) (out api.Proxies, _ error) {
	for _, text := range texts {
		if id, is := strings.CutPrefix(text, "unix:"); is {
			uid, err := strconv.ParseUint(id, 10, 31)
			if err != nil {
				return out, mfa.UsageError("--trusted-proxy", "not the uid of a user: %s", text).WithHint("unix:33, which id -u USER shows")
			}
			out.UIDs = append(out.UIDs, int(uid)) //nolint:gosec // G115: of 31 bits
			continue
		}
		p, err := netip.ParsePrefix(text)
		if ip, alone := netip.ParseAddr(text); alone == nil {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return out, mfa.UsageError("--trusted-proxy", "not an address, a network or unix:UID: %s", text).WithHint("10.0.0.0/8")
		}
		out.Networks = append(out.Networks, p.Masked())
	}
	return out, nil
}

// served writes a line for each request and counts it.
func served(log *slog.Logger, m *serve.Metrics) func(api.Served) {
	return func(s api.Served) {
		code := cmp.Or(string(s.Code), "ok")
		m.Count(s.Method, code, s.Took)
		level, cause := slog.LevelInfo, slog.Attr{}
		if s.Cause != nil {
			level, cause = slog.LevelError, slog.String("cause", term.Clean(mfa.Trace(s.Cause)))
		}
		log.LogAttrs(context.Background(), level, "request", slog.String("request_id", s.RequestID), slog.String("method", s.Method),
			slog.Int("status", s.Status), slog.String("code", code), slog.String("address", s.From.Address), slog.String("uid", s.From.UID),
			slog.Float64("ms", float64(s.Took.Microseconds())/1000), cause)
	}
}
