package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// authority is a private CA that signs servers.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate, PEM
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, file: filepath.Join(t.TempDir(), "ca.pem")}
	a.key = newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "private CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(a.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sign makes a certificate for a name or address, or for several with commas between them.
func (a *authority) sign(host string, until time.Time) tls.Certificate {
	a.t.Helper()
	return a.signFor(host, until, x509.ExtKeyUsageServerAuth)
}

// signFor makes a certificate for a use.
func (a *authority) signFor(host string, until time.Time, use x509.ExtKeyUsage) tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	for name := range strings.SplitSeq(host, ",") {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure serves a handler with TLS.
func secure(t *testing.T, h http.Handler, c tls.Certificate, versions ...uint16) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{c}}
	if len(versions) > 0 {
		s.TLS.MinVersion, s.TLS.MaxVersion = versions[0], versions[0]
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // strangers knock
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// speaking returns the address of a server that sends a text to every client.
func speaking(t *testing.T, text string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.WriteString(c, text)
				_, _ = io.Copy(io.Discard, c) // until the client closes the connection
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// untouched is a server that must not be asked for anything.
func untouched(t *testing.T) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s came through, with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	})
}

// A server that cannot show that it is the one that was meant gets no token.
func TestAServerThatIsNotTrustedGetsNothing(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	later := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		url, ca, says string
	}{
		"another authority": {secure(t, untouched(t), other.sign("127.0.0.1", later)), ca.file, "signed by nobody who is known"},
		"no authority":      {secure(t, untouched(t), ca.sign("127.0.0.1", later)), "", "signed by nobody who is known"},
		"another name":      {secure(t, untouched(t), ca.sign("mfa.acme.example", later)), ca.file, "for another name"},
		"expired":           {secure(t, untouched(t), ca.sign("127.0.0.1", time.Now().Add(-time.Minute))), ca.file, "expired"},
		"TLS 1.1":           {secure(t, untouched(t), ca.sign("127.0.0.1", later), tls.VersionTLS11), ca.file, "handshake failed"},
		"no TLS":            {"https://" + strings.TrimPrefix(listen(t, untouched(t)).URL, "http://"), ca.file, "does not speak TLS"},
		"no HTTP":           {"https://" + speaking(t, "SSH-2.0-OpenSSH_9.9\r\n"), ca.file, "does not speak TLS"},
		"broken TLS":        {"https://" + speaking(t, "\x16\x03\x03\x00\x04\xff\x00\x00\x00"), ca.file, "handshake failed"},
		"a client's":        {secure(t, untouched(t), ca.signFor("127.0.0.1", later, x509.ExtKeyUsageClientAuth)), ca.file, "certificate is not valid"},
	} {
		t.Run(name, func(t *testing.T) {
			call := mfa.WithCall(t.Context(), mfa.Call{Token: mfa.NewSecret("mfactl_s_canary")})
			_, err := dial(t, c.url, c.ca).LockUser(call, mfa.LockUserRequest{User: "bob@acme.example"})
			if e := refusal(t, err, mfa.Unavailable); !strings.Contains(e.Error(), c.says) || e.Hint == "" {
				t.Errorf("%v (%s), want %q: %v", e, e.Hint, c.says, e.Cause)
			}
		})
	}
}

// The right authority and the right name are enough.
// If the host name does not match, the error lists the certificate's names, but not a
// hundred of them.
func TestTheNamesOfACertificateAreTold(t *testing.T) {
	ca := newAuthority(t)
	for names, want := range map[string]string{
		"mfa.acme.example,127.0.0.2":      "mfa.acme.example, 127.0.0.2",
		"a.test,b.test,c.test,d.test,::1": "a.test, b.test, c.test, d.test, ::1",
		"a.x,b.x,c.x,d.x,e.x,f.x,g.x,h.x": "a.x, b.x, c.x, d.x, e.x, ...",
	} {
		url := secure(t, untouched(t), ca.sign(names, time.Now().Add(time.Hour)))
		_, err := dial(t, url, ca.file).WhoAmI(t.Context(), mfa.WhoAmIRequest{})
		if e := refusal(t, err, mfa.Unavailable); e.HintText() != "use a name that the certificate is for: "+want {
			t.Errorf("%s: %q", names, e.HintText())
		}
	}
}

func TestAPrivateAuthorityIsTrustedByItsFile(t *testing.T) {
	w := newWorld(t)
	ca := newAuthority(t)
	url := secure(t, w.handler(w.engine), ca.sign("127.0.0.1", time.Now().Add(time.Hour)), tls.VersionTLS12)
	who, err := dial(t, url, ca.file).WhoAmI(w.ctx(), mfa.WhoAmIRequest{})
	w.ok(err)
	if who.User != adminEmail {
		t.Errorf("%+v", who)
	}
	for _, file := range []string{"/nonexistent", os.Args[0]} {
		_, err := api.NewClient(api.Server{Socket: "/run/none.sock"}, api.DialOptions{CAFile: file})
		if e := refusal(t, err, mfa.Usage); e.Field != "--ca-file" {
			t.Errorf("%s: %v", file, e)
		}
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	trap := listen(t, untouched(t))
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := listen(t, http.RedirectHandler(trap.URL+"/v3/WhoAmI", status))
		call := mfa.WithCall(t.Context(), mfa.Call{Token: mfa.NewSecret("mfactl_s_canary")})
		_, err := dial(t, s.URL, "").WhoAmI(call, mfa.WhoAmIRequest{})
		if e := refusal(t, err, mfa.Unavailable); e.Hint != "name the server itself: "+trap.URL {
			t.Errorf("%d: %v (%s)", status, e, e.Hint)
		}
	}
	for _, place := range []string{"/v3/WhoAmI", "", "ftp://acme.example", "unix.sock"} {
		s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", place)
			w.WriteHeader(http.StatusPermanentRedirect)
		}))
		_, err := dial(t, s.URL, "").WhoAmI(t.Context(), mfa.WhoAmIRequest{})
		if e := refusal(t, err, mfa.Unavailable); e.Hint != "ask whoever runs the server where it is" {
			t.Errorf("%q: %v (%s)", place, e, e.Hint)
		}
	}
}

// What a place may be, and what is wrong with every other.
func TestAServerIsNamedByURLOrSocket(t *testing.T) {
	for text, want := range map[string]string{
		"https://mfa.acme.example":       "https://mfa.acme.example",
		"https://MFA.acme.example:8443/": "https://mfa.acme.example:8443",
		"https://acme.example/mfa/":      "https://acme.example/mfa",
		"http://127.0.0.1:8443":          "http://127.0.0.1:8443",
		"http://[::1]:8443":              "http://[::1]:8443",
		"http://localhost":               "http://localhost",
		"https://mfa.acme.example:443":   "https://mfa.acme.example",
		"https://mfa.acme.example:08443": "https://mfa.acme.example:8443",
		"https://mfa.acme.example:":      "https://mfa.acme.example",
		"https://mfa.acme.example:80":    "https://mfa.acme.example:80",
		"http://[::1]:0080":              "http://[::1]",
		"https://[FD00::1]:443/mfa":      "https://[fd00::1]/mfa",
		"https://mfa.acme.example:65536": "", "https://mfa.acme.example:99999999999999999999": "", "https://mfa.acme.example:0": "",
		"unix:/run/mfactl/mfactl.sock":   "unix:/run/mfactl/mfactl.sock",
		"unix:///run/mfactl/mfactl.sock": "unix:/run/mfactl/mfactl.sock",
		"http://mfa.acme.example":        "", "http://10.0.0.1": "", "http://127.0.0.1.acme.example": "", "http://localhost.acme.example": "",
		"ftp://mfa.acme.example": "", "mfa.acme.example": "", "https://": "", "https://a:b@mfa.acme.example": "", "https://mfa.acme.example?x=1": "",
		"https://mfa.acme.example#x": "", "unix:mfactl.sock": "", "": "", "://": "", "https://:8443": "",
	} {
		at, err := api.ParseServer(text)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is %v", text, at)
		case want == "":
			if e := refusal(t, err, mfa.Usage); e.Field != "server" || strings.Contains(e.Error(), "a:b") {
				t.Errorf("%q: %s: %v", text, e.Field, e)
			}
		case err != nil || at.String() != want:
			t.Errorf("%q is %v, want %s: %v", text, at, want, err)
		}
	}
}

// A server of another sort, or one that breaks off: a clear error, and nothing is
// taken for another answer.
func TestAnAnswerThatIsNoneIsNotTakenForOne(t *testing.T) {
	says := func(status int, kind, body string, ours bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			if ours {
				w.Header().Set("Mfactl-Api", "3")
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		read mfa.Code // of a method that only reads
		make mfa.Code // of one that changes something
	}{
		"a page":             {says(200, "text/html", "<h1>Welcome</h1>", false), mfa.Unavailable, mfa.Unavailable},
		"JSON of another":    {says(200, "application/json", `{"ok":true}`, false), mfa.Unavailable, mfa.Unavailable},
		"not found":          {says(404, "text/html", "no", false), mfa.Unavailable, mfa.Unavailable},
		"a bad gateway":      {says(502, "text/html", "no", false), mfa.Unavailable, mfa.Unknown},
		"a broken answer":    {says(200, "application/json", `{"user":`, true), mfa.Unavailable, mfa.Unknown},
		"a page of ours":     {says(200, "text/html", "no", true), mfa.Unavailable, mfa.Unavailable},
		"an unknown code":    {says(499, "application/problem+json", `{"code":"newer"}`, true), mfa.Internal, mfa.Internal},
		"a code of our side": {says(400, "application/problem+json", `{"code":"canceled"}`, true), mfa.Internal, mfa.Internal},
		"a lying status":     {says(200, "application/problem+json", `{"code":"rejected"}`, true), mfa.Rejected, mfa.Rejected},
		"too long":           {says(200, "application/json", `{"user":"`+strings.Repeat("x", 17<<20)+`"}`, true), mfa.Unavailable, mfa.Unavailable},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Mfactl-Api", "3")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"user":`))
			panic(http.ErrAbortHandler)
		}, mfa.Unavailable, mfa.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			client := dial(t, listen(t, c.h).URL, "")
			_, err := client.WhoAmI(t.Context(), mfa.WhoAmIRequest{})
			code(t, err, c.read)
			_, err = client.LockUser(t.Context(), mfa.LockUserRequest{})
			code(t, err, c.make)
		})
	}
}

func TestWhereNobodyListensNothingHappened(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	dir := t.TempDir()
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "left.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_ = left.Close()
	for at, says := range map[string]string{
		url: "nobody listens there", "unix:" + filepath.Join(dir, "left.sock"): "nobody listens there",
		"unix:" + filepath.Join(dir, "none.sock"): "there is no such socket", "https://mfa..acme.example": "no such host",
	} {
		_, err = dial(t, at, "").LockUser(t.Context(), mfa.LockUserRequest{})
		if e := refusal(t, err, mfa.Unavailable); e.Message != at+" cannot be reached: "+says || e.Hint == "" {
			t.Errorf("%v (%s)", e, e.Hint)
		}
	}
	_, err = dial(t, "https://nobody.invalid", "").LockUser(t.Context(), mfa.LockUserRequest{}) // the words of resolvers differ
	code(t, err, mfa.Unavailable)
}

// Who gives up while a change is on its way cannot be told that nothing happened.
func TestGivingUpOnAChangeIsNotNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan bool)
	url := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-done
	})).URL
	defer close(done)
	_, err := dial(t, url, "").LockUser(ctx, mfa.LockUserRequest{})
	code(t, err, mfa.Unknown)
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = dial(t, url, "").LockUser(ctx, mfa.LockUserRequest{})
	code(t, err, mfa.Canceled)
}

// What a server calls its request goes into no message, unless it is a name as ours
// are.
func TestAServersOwnWordsAreNoRequestID(t *testing.T) {
	for given, want := range map[string]string{
		"ABCDEFGHIJKLMNOPQRSTUVWXY2": "ABCDEFGHIJKLMNOPQRSTUVWXY2", "call 555-1234": "", "abcdefghijklmnopqrstuvwxy2": "",
		"ABCDEFGHIJKLMNOPQRSTUVWXY\u202e": "", "": "",
	} {
		url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Mfactl-Api", "3")
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusInternalServerError)
			_ = json.NewEncoder(w).Encode(api.Problem{Code: mfa.Internal, RequestID: given})
		})).URL
		_, err := dial(t, url, "").WhoAmI(t.Context(), mfa.WhoAmIRequest{})
		if e := refusal(t, err, mfa.Internal); e.RequestID != want {
			t.Errorf("%q became %q", given, e.RequestID)
		}
	}
}

// The client reports once that it waits for a slow server.
func TestASlowServerIsTold(t *testing.T) {
	waiting := make(chan bool, 2)
	url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-waiting
		w.Header().Set("Mfactl-Api", "3")
		w.Header().Set("Content-Type", "application/problem+json")
		_, _ = io.WriteString(w, `{"code":"unauthenticated"}`)
	})).URL
	at, err := api.ParseServer(url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.NewClient(at, api.DialOptions{Slow: func() { waiting <- true }, SlowAfter: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, err = c.WhoAmI(t.Context(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
}
