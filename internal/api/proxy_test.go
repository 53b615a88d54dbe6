package api_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// A proxy at a unix socket is believed by the uid that the kernel says it has, and no other
// process at the socket is.
func TestAProxyAtASocketIsTrustedByItsUser(t *testing.T) {
	w := newWorld(t)
	from := func(proxies api.Proxies, forwarded string) (got mfa.Provenance) {
		path := filepath.Join(t.TempDir(), "s")
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
		ok(t, err)
		told := make(chan mfa.Provenance, 1)
		h := api.NewHandler(w.engine, api.Options{Clock: w.clock.Now, From: api.From("test", proxies), Served: func(s api.Served) { told <- s.From }})
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ConnContext: api.WithPeer}} //nolint:gosec // no stranger comes
		s.Start()
		defer s.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://unix/v3/WhoAmI", nil)
		ok(t, err)
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		resp, err := socketTransport(path).RoundTrip(r)
		ok(t, err)
		_ = resp.Body.Close()
		return <-told
	}
	for name, c := range map[string]struct {
		uid             int
		forwarded, want string
	}{
		"the proxy":                 {os.Getuid(), "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		"the proxy says nothing":    {os.Getuid(), "", ""},
		"the proxy says no address": {os.Getuid(), "unix:", ""},
		"another user":              {os.Getuid() + 1, "198.51.100.1, 203.0.113.9", ""},
	} {
		if got := from(api.Proxies{UIDs: []int{c.uid}}, c.forwarded); got.Address != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// socketTransport sends every request to a unix socket.
func socketTransport(path string) *http.Transport {
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}
}
