package cli_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// post sends a request to a unix socket as this process, and returns the status.
func post(t *testing.T, socket, path, body string, head http.Header) int {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://unix"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if head != nil {
		r.Header = head.Clone()
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// At the socket for verifying, root and the owner of the store verify without a token, with or
// without a key, and nobody does anything else. At the main socket root is nobody.
func TestTheVerifySocketVerifiesForTheHostAlone(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.must("bob", "", "login", "--email", "bob@acme.example", "--password-file", m.path("PU"))
	bob := m.enable("bob", "PU")
	public, verify := m.path("main.sock"), m.path("verify.sock")
	m.serve(2, "--listen", "unix:"+public, "--verify-socket", verify)
	if info, err := os.Stat(verify); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	code := func() string {
		m.advance(30 * time.Second)
		return bob.phone.Code(m.now())
	}
	right := func() string { return `{"user": "bob@acme.example", "code": "` + code() + `"}` }
	key := http.Header{"Idempotency-Key": {"a key of twenty-two symbols"}}
	proxied := http.Header{"X-Forwarded-For": {"192.0.2.7"}}
	for name, c := range map[string]struct {
		socket, path string
		head         http.Header
		status       int
	}{
		"without a key":                 {verify, "/v3/Verify", nil, 200},
		"with a key":                    {verify, "/v3/Verify", key, 200},
		"another method":                {verify, "/v3/ListUsers", nil, 404},
		"a sign-in":                     {verify, "/v3/Login", key, 404},
		"the description":               {verify, "/openapi.json", nil, 404},
		"through a proxy":               {verify, "/v3/Verify", proxied, 403},
		"through a proxy by its name":   {verify, "/v3/Verify", http.Header{"Forwarded": {"for=192.0.2.7"}}, 403},
		"with a token":                  {verify, "/v3/Verify", http.Header{"Authorization": {"Bearer none"}}, 400},
		"a root proxy, the main socket": {public, "/v3/Verify", proxied, 401},
		"root, the main socket":         {public, "/v3/Verify", key, 401},
	} {
		if got := post(t, c.socket, c.path, right(), c.head); got != c.status {
			t.Errorf("%s: %d, not %d", name, got, c.status)
		}
	}
	if got := post(t, verify, "/v3/Verify", `{"user": "nobody@acme.example", "code": "123456"}`, nil); got != 404 {
		t.Errorf("an unknown user: %d", got)
	}
	if got := post(t, verify, "/v3/Verify", `{`, nil); got != 400 {
		t.Errorf("what is no JSON: %d", got)
	}
	for _, c := range []struct {
		server, code string
		status       int
	}{
		{"unix:" + verify, code(), 0}, {"unix:" + verify, bob.phone.Wrong(m.now()), 7}, {"unix:" + public, code(), 4},
	} {
		m.extra = []string{"MFACTL_STORE=", "MFACTL_SERVER=" + c.server}
		if out, stderr, status := m.run("pam", c.code, "verify", "--code-stdin", "--no-input", "--", "bob@acme.example"); status != c.status {
			t.Errorf("at %s: exit %d: %s%s", c.server, status, out, stderr)
		}
	}
	m.extra = nil
	if out, stderr, status := m.run("pam", code(), "verify", "--code-stdin", "--no-input", "--", "bob@acme.example"); status != 0 {
		t.Errorf("on the store itself: exit %d: %s%s", status, out, stderr)
	}
	if out := m.must("admin", "", "admin", "audit", "list", "--action", "otp.ok", "--limit", "1", "--jq", ".items[0].target, (.items[0].actor == null)"); out != "bob@acme.example\ntrue\n" {
		t.Errorf("the audit trail has %s", out)
	}
}

// Another user of the host cannot connect to the socket, and where its mode was changed they
// are refused by their uid.
func TestTheVerifySocketIsClosedToOthers(t *testing.T) {
	h := newHost(t)
	server, other := h.person(50001), h.person(50002)
	h.publish(server, 0o700, other)
	server.must("", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
	socket := filepath.Join(h.dir, "run", "verify.sock")
	server.serve(2, "--listen", "unix:"+filepath.Join(h.dir, "run", "mfactl.sock"), "--verify-socket", socket)
	if status := post(t, socket, "/v3/Verify", `{"user": "nobody@acme.example", "code": "123456"}`, nil); status != 404 {
		t.Errorf("root: %d", status)
	}
	ask := func() (string, int) {
		_, stderr, status := other.run("123456", "--server", "unix:"+socket, "verify", "--code-stdin", "--", "admin@acme.example")
		return stderr, status
	}
	if stderr, status := ask(); status != 5 || !strings.Contains(stderr, "may not be opened") {
		t.Errorf("exit %d: %s", status, stderr)
	}
	if err := os.Chmod(socket, 0o666); err != nil { //nolint:gosec // as a mistake would
		t.Fatal(err)
	}
	if stderr, status := ask(); status != 5 || !strings.Contains(stderr, "for root and the owner of the store") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}
