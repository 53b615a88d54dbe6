package cli_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// serving is mfactl serve over a machine's store.
type serving struct {
	t    *testing.T
	log  *bufio.Scanner
	pipe io.Reader // of the log
	at   []string  // where it listens, in the order it says so
	secs []bool    // and whether with TLS
}

// logged is what a line of a server's log says.
type logged struct {
	Msg, Listen, Address, Method string
	TLS                          bool
}

// serve starts a server and waits until it listens at so many places.
func (m *machine) serve(places int, args ...string) *serving {
	m.t.Helper()
	c := m.cmd("server", append([]string{"serve"}, args...)...)
	log, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	s := &serving{t: m.t, log: bufio.NewScanner(log), pipe: log}
	for len(s.at) < places {
		line := s.next("serving")
		s.at, s.secs = append(s.at, line.Listen), append(s.secs, line.TLS)
	}
	return s
}

// next is the next line of the log with a message.
func (s *serving) next(msg string) (line logged) {
	s.t.Helper()
	for s.log.Scan() {
		line = logged{}
		if err := json.Unmarshal(s.log.Bytes(), &line); err != nil {
			s.t.Fatalf("%v: %s", err, s.log.Text())
		}
		if line.Msg == msg {
			return line
		}
	}
	s.t.Fatalf("the server ended before it said %q", msg)
	return line
}

// ask sends a request as a stranger does.
func (s *serving) ask(method, url string, head http.Header) (status int, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(r.Header, head)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// Only the proxies that were named are believed who they speak for.
func TestAServerBelievesTheProxiesItWasTold(t *testing.T) {
	m := newMachine(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"none":        {nil, "127.0.0.1"},
		"by address":  {[]string{"--trusted-proxy", "127.0.0.1"}, "203.0.113.9"},
		"by network":  {[]string{"--trusted-proxy", "127.0.0.9/8"}, "203.0.113.9"},
		"two of them": {[]string{"--trusted-proxy", "127.0.0.1", "--trusted-proxy", "203.0.113.0/24"}, "198.51.100.1"},
		"another":     {[]string{"--trusted-proxy", "10.0.0.0/8"}, "127.0.0.1"},
	} {
		s := m.serve(1, append(c.args, "--listen", "127.0.0.1:0")...)
		_, _ = s.ask(http.MethodPost, "http://"+s.at[0]+"/v1/WhoAmI", http.Header{"X-Forwarded-For": {"198.51.100.1, 203.0.113.9"}})
		if line := s.next("request"); line.Address != c.want || line.Method != "WhoAmI" {
			t.Errorf("%s: %+v, want %s", name, line, c.want)
		}
	}
	for _, proxy := range []string{"", "proxy.acme.example", "10.0.0.0/33", "10.0.0.1:80", "unix:", "unix:www-data", "unix:-1"} {
		_, stderr, status := m.run("server", "", "serve", "--listen", "127.0.0.1:0", "--trusted-proxy", proxy)
		if status != 2 || !strings.Contains(stderr, "--trusted-proxy") {
			t.Errorf("%q: exit %d: %s", proxy, status, stderr)
		}
	}
}

// pair writes a certificate for this machine and its key, which its group may read, as a
// service manager hands them over.
func pair(t *testing.T, dir string, names ...string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	text := map[string][]byte{
		"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), "tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
	if !pool.AppendCertsFromPEM(text["tls.crt"]) {
		t.Fatal("it is no certificate")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text[name], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return pool
}

// A server finds the certificate and key that the service manager hands over, with the
// mode they have there. What a person names is theirs to keep to themselves, and the two
// are never mixed.
func TestAServerTakesTheCertificateItIsHanded(t *testing.T) {
	m := newMachine(t)
	handed, half := m.path("handed"), m.path("half")
	pool := pair(t, handed, "tls.crt", "tls.key")
	_ = pair(t, half, "tls.crt")
	m.extra = []string{"CREDENTIALS_DIRECTORY=" + handed}
	s := m.serve(1, "--listen", "127.0.0.1:0")
	c, err := (&tls.Dialer{Config: &tls.Config{RootCAs: pool}}).DialContext(t.Context(), "tcp", s.at[0])
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	m.extra = []string{"CREDENTIALS_DIRECTORY=handed"} // is no directory of the manager's
	if s := m.serve(1, "--listen", "127.0.0.1:0"); s.secs[0] {
		t.Error("it took a certificate from a directory that is relative")
	}
	m.extra = []string{"CREDENTIALS_DIRECTORY=" + handed}
	cert, key := filepath.Join(handed, "tls.crt"), filepath.Join(handed, "tls.key")
	for name, c := range map[string]struct {
		dir    string
		args   []string
		status int
		says   string
	}{
		"half of it is handed":           {half, nil, 2, "--tls-key"},
		"a key of any mode, but named":   {handed, []string{"--tls-cert", cert, "--tls-key", key}, 5, "open to others"},
		"a certificate without its key":  {handed, []string{"--tls-cert", cert}, 2, "--tls-key"},
		"a key without its certificate":  {handed, []string{"--tls-key", key}, 2, "--tls-cert"},
		"the same where nothing is":      {"", []string{"--tls-cert", cert}, 2, "--tls-key"},
		"and for the key, where nothing": {"", []string{"--tls-key", key}, 2, "--tls-cert"},
	} {
		m.extra = []string{"CREDENTIALS_DIRECTORY=" + c.dir}
		_, stderr, status := m.run("server", "", append([]string{"serve", "--listen", "127.0.0.1:0"}, c.args...)...)
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit %d: %s", name, status, stderr)
		}
	}
}

// A server looks at its store, its key, its schema and its disk, and says which is wrong;
// it does not begin where one is.
func TestAServerLooksAtWhatItStandsOn(t *testing.T) {
	m := newMachine(t)
	s := m.serve(2, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	look := func(want int) (names []string, wrong string) {
		t.Helper()
		status, body := s.ask(http.MethodGet, "http://"+s.at[1]+"/readyz", nil)
		var said struct {
			Checks []struct {
				Name   string `json:"name"`
				OK     bool   `json:"ok"`
				Detail string `json:"detail"`
			} `json:"checks"`
		}
		if err := json.Unmarshal([]byte(body), &said); err != nil || status != want {
			t.Fatalf("%d %s %v", status, body, err)
		}
		for _, c := range said.Checks {
			if names = append(names, c.Name); !c.OK {
				wrong += c.Name + " "
			}
		}
		return names, wrong
	}
	names, wrong := look(200)
	if !slices.Equal(names, []string{"store", "key", "schema", "disk"}) || wrong != "" {
		t.Errorf("it looks at %v", names)
	}
	// A newer version has brought the store up to date under it.
	if _, err := withoutTheKey(m.path("store.db"), "PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	m.advance(2 * time.Second)
	if _, wrong := look(503); wrong != "schema " {
		t.Errorf("wrong is %q", wrong)
	}
	if status, _ := s.ask(http.MethodGet, "http://"+s.at[0]+"/readyz", nil); status != 503 {
		t.Errorf("the public is told %d", status)
	}
	if _, stderr, status := m.run("server", "", "serve", "--listen", "127.0.0.1:0"); status == 0 {
		t.Errorf("another one begins: %s", stderr)
	}
}
