package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

// running is a server that runs until the test ends it.
type running struct {
	t     *testing.T
	clock *mfatest.Clock
	dir   string
	log   *notes
	stop  context.CancelFunc
	ended chan error
}

// notes are what is logged.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// start runs a server and waits until it serves.
func start(t *testing.T, h http.Handler, change func(*running, *Options)) *running {
	t.Helper()
	r := &running{t: t, clock: mfatest.NewClock(time.Now()), dir: t.TempDir(), log: &notes{}, ended: make(chan error, 1)}
	o := r.options(h)
	ready := make(chan bool)
	o.Ready = func() { close(ready) }
	if change != nil {
		change(r, &o)
	}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.ended <- Run(ctx, o) }()
	select {
	case <-ready:
	case err := <-r.ended:
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return r
}

func (r *running) options(h http.Handler) Options {
	return Options{
		Handler: h, Listen: []Address{{Flag: "--listen", At: "unix:" + r.path("s")}}, MaxConnections: 100,
		Metrics: &Metrics{Version: "test"}, Log: slog.New(slog.NewTextHandler(r.log, nil)), Clock: r.clock.Now,
	}
}

func (r *running) path(name string) string { return filepath.Join(r.dir, name) }

// client speaks to a socket of the server.
func (r *running) client(name string) *http.Client {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", r.path(name))
	}}
	r.t.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t}
}

func (r *running) get(c *http.Client, path string) (status int, body string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://unix"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func hello() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
}

// What has begun is finished, and nothing new begins.
func TestWhatHasBegunIsFinished(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begun <- true
		<-release
		_, _ = w.Write([]byte("done"))
	}), nil)
	answer := make(chan string)
	go func() {
		_, body := r.get(r.client("s"), "/")
		answer <- body
	}()
	<-begun
	r.stop()
	for { // until the socket is gone
		c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.path("s"))
		if err != nil {
			break
		}
		_ = c.Close()
	}
	release <- true
	if got := <-answer; got != "done" {
		t.Errorf("the answer is %q", got)
	}
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(r.path("s")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// The socket of a dead server is taken over, that of a living one is not, and what is
// no socket stays.
func TestOnlyADeadServersSocketIsTakenOver(t *testing.T) {
	r := start(t, hello(), nil)
	again := func(path string) error {
		o := r.options(hello())
		o.Listen[0].At = "unix:" + path
		ctx, stop := context.WithCancel(t.Context())
		o.Ready = stop
		return Run(ctx, o)
	}
	if err := again(r.path("s")); !errors.Is(err, mfa.Conflict) {
		t.Errorf("a living one: %v", err)
	}
	if _, body := r.get(r.client("s"), "/"); body != "hello" {
		t.Errorf("the living one says %q", body)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: r.path("dead"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	if err := again(r.path("dead")); err != nil {
		t.Errorf("a dead one: %v", err)
	}
	if err := os.WriteFile(r.path("file"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := again(r.path("file")); !errors.Is(err, mfa.Conflict) {
		t.Errorf("a file: %v", err)
	}
	if b, _ := os.ReadFile(r.path("file")); string(b) != "precious" {
		t.Error("the file is gone")
	}
}

// An unclean path is answered by the handler, and not by a redirect.
func TestEveryPathIsTheHandlers(t *testing.T) {
	r := start(t, hello(), nil)
	for _, path := range []string{"//v1/Login", "/v1/../healthz", "/x/", "/healthz/", "/readyz/../x", "/health%7a", "/%72eadyz"} {
		if status, body := r.get(r.client("s"), path); status != 200 || body != "hello" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// Nothing listens in clear where another machine could hear it, and what is wrong is
// named.
func TestAPlaceThatIsWrongIsNamed(t *testing.T) {
	r := start(t, hello(), nil)
	for at, c := range map[string]struct {
		group, field string
		code         mfa.Code
	}{
		":8443":               {"", "--listen", mfa.Usage},
		"0.0.0.0:8443":        {"", "--listen", mfa.Usage},
		"[::]:8443":           {"", "--listen", mfa.Usage},
		"10.0.0.1:8443":       {"", "--listen", mfa.Usage},
		"mfa.acme.example:80": {"", "--listen", mfa.Usage},
		"nowhere":             {"", "--listen", mfa.Usage},
		"unix:relative":       {"", "--listen", mfa.Usage},
		"127.0.0.1:0":         {"daemon", "--socket-group", mfa.Usage},
		"unix:" + r.path("g"): {"no-such-group", "--socket-group", mfa.Usage},
		"127.0.0.1:999999":    {"", "--listen", mfa.Usage},
		"127.0.0.1":           {"", "--listen", mfa.Usage},
		"https://127.0.0.1:1": {"", "--listen", mfa.Usage},
		"":                    {"", "--listen", mfa.Usage},
	} {
		o := r.options(hello())
		o.Listen[0].At, o.Listen[0].Group = at, c.group
		err := Run(t.Context(), o)
		if e := mfa.AsError(err); err == nil || e.Code != c.code || e.Field != c.field {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// A head of a megabyte is refused, and not kept.
func TestALongHeadIsRefused(t *testing.T) {
	r := start(t, hello(), nil)
	c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.path("s"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	go func() { // the server stops reading
		_, _ = fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", strings.Repeat("x", 1<<20))
	}()
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, "431") {
		t.Errorf("%q %v", line, err)
	}
}

// A client that hangs up while the probes run does not make the server unready for others.
func TestWhoHangsUpSpoilsNoProbe(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	r := start(t, hello(), func(_ *running, o *Options) {
		o.Probes = []Probe{{"slow", func(ctx context.Context) error {
			begun <- true
			<-release
			return ctx.Err()
		}}}
	})
	c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", r.path("s"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-begun
	_ = c.Close()
	answer := make(chan int)
	go func() {
		status, _ := r.get(r.client("s"), "/readyz")
		answer <- status
	}()
	if status, _ := r.get(r.client("s"), "/healthz"); status != 200 { // meanwhile it lives
		t.Errorf("/healthz: %d", status)
	}
	release <- true
	if status := <-answer; status != 200 {
		t.Errorf("/readyz: %d", status)
	}
}

var metricLine = regexp.MustCompile(`^([a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+|# (HELP|TYPE) [a-z_]+ .+)$`)

// Every client may ask whether it serves. Only the admin address, where the public does not
// come, says what is wrong and shows metrics.
func TestWhatIsWrongIsToldWhereThePublicDoesNotCome(t *testing.T) {
	var broken error
	metrics := &Metrics{Version: `te"st`}
	metrics.Count("Login", "ok", 30*time.Millisecond)
	metrics.Count("Login", "rejected", 2*time.Second)
	r := start(t, hello(), func(r *running, o *Options) {
		o.Admin = Address{Flag: "--admin-listen", At: "unix:" + r.path("admin")}
		o.Probes = []Probe{{"disk", func(context.Context) error { return broken }}}
		o.Metrics = metrics
	})
	public, admin := r.client("s"), r.client("admin")
	for _, c := range []*http.Client{public, admin} {
		if status, body := r.get(c, "/healthz"); status != 200 || body != "ok\n" {
			t.Errorf("%d %s", status, body)
		}
		if status, _ := r.get(c, "/readyz"); status != 200 {
			t.Errorf("%d", status)
		}
	}
	broken = mfa.Errorf(mfa.Unavailable, "only 3 MiB are free")
	if status, _ := r.get(public, "/readyz"); status != 200 {
		t.Error("the probes run more than once a second")
	}
	r.clock.Advance(time.Second)
	if status, body := r.get(public, "/readyz"); status != 503 || strings.Contains(body, "MiB") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := r.get(admin, "/readyz"); status != 503 || !strings.Contains(body, `"detail":"only 3 MiB are free"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := r.get(public, "/metrics"); status != 200 || body != "hello" { // it is no path of ours there
		t.Errorf("%d %s", status, body)
	}
	_, text := r.get(admin, "/metrics")
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); !metricLine.MatchString(strings.ReplaceAll(line, `\"`, "")) {
			t.Errorf("no line of the text format: %s", line)
		}
	}
	for _, want := range []string{
		"mfactl_ready 0\n", `mfactl_build_info{version="te\"st"`, `mfactl_requests_total{method="Login",code="rejected"} 1`,
		`_bucket{le="0.05"} 1`, `_bucket{le="2.5"} 2`, `_bucket{le="+Inf"} 2`, "_count 2\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
