package serve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// renew writes a new certificate of a serial number, and its key.
func (r *running) renew(serial int64) {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		r.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		r.t.Fatal(err)
	}
	r.put("tls.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	r.put("tls.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// put replaces a file, as who renews certificates does.
func (r *running) put(name string, text []byte) {
	r.t.Helper()
	if err := os.WriteFile(r.path(name+".new"), text, 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(r.path(name+".new"), r.path(name)); err != nil {
		r.t.Fatal(err)
	}
}

// secure is a server with a certificate, and its address.
func secure(t *testing.T) (r *running, at string) {
	t.Helper()
	return secureFor(t, 100)
}

// secureFor is one for so many connections at once.
func secureFor(t *testing.T, most int) (r *running, at string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at = l.Addr().String()
	_ = l.Close()
	r = start(t, hello(), func(r *running, o *Options) {
		r.renew(1)
		o.Listen[0].At, o.TLS, o.MaxConnections = at, Files{Certificate: r.path("tls.crt"), Key: r.path("tls.key")}, most
	})
	return r, at
}

// serial is the number of the certificate that a handshake shows.
func serial(t *testing.T, at string) int64 {
	t.Helper()
	c, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// A renewed certificate is shown from the next handshake on, and no request is lost on
// the way.
func TestARenewedCertificateIsShownAndNoRequestIsLost(t *testing.T) {
	r, at := secure(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	fresh := transport.Clone()
	fresh.DisableKeepAlives = true // each request is a handshake
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	lost, answered := make(chan error, 1000), make(chan bool, 1)
	for _, tr := range []*http.Transport{transport, fresh} {
		all.Go(func() {
			for ctx.Err() == nil {
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+at, nil)
				resp, err := (&http.Client{Transport: tr}).Do(req)
				if err != nil {
					lost <- err
					return
				}
				_ = resp.Body.Close()
				select {
				case answered <- true:
				default:
				}
			}
		})
	}
	for n := int64(2); n <= 20; n++ {
		r.renew(n)
		r.clock.Advance(time.Second)
		<-answered
		if got := serial(t, at); got != n {
			t.Errorf("shows %d, not %d", got, n)
		}
	}
	stop()
	all.Wait()
	close(lost)
	for err := range lost {
		t.Errorf("lost: %v", err)
	}
}

// A new certificate that cannot be used does not replace the old one.
func TestABadCertificateLeavesTheOldOne(t *testing.T) {
	r, at := secure(t)
	r.put("tls.crt", []byte("not a certificate"))
	r.clock.Advance(time.Second)
	if got := serial(t, at); got != 1 {
		t.Errorf("shows %d", got)
	}
	if err := os.Chmod(r.path("tls.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(time.Second)
	if got := serial(t, at); got != 1 {
		t.Errorf("shows %d", got)
	}
	if log := r.log.String(); strings.Count(log, "the old one stays") != 2 {
		t.Errorf("the log says\n%s", log)
	}
	r.renew(2)
	r.clock.Advance(time.Second)
	if got := serial(t, at); got != 2 {
		t.Errorf("shows %d", got)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	_, at := secure(t)
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		config := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}
		c, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", at)
		if (err == nil) != want {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			_ = c.Close()
		}
	}
}

// Of the suites of TLS 1.2 only those with authenticated encryption are spoken.
func TestTLS12HasAuthenticatedEncryptionOnly(t *testing.T) {
	_, at := secure(t)
	dial := func(ids ...uint16) error {
		config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: ids}
		c, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", at)
		if err == nil {
			_ = c.Close()
		}
		return err
	}
	spoken := 0
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		aead := strings.Contains(suite.Name, "_GCM_") && strings.Contains(suite.Name, "_ECDHE_") || strings.Contains(suite.Name, "_CHACHA20_POLY1305")
		switch err := dial(suite.ID); {
		case err == nil && !aead:
			t.Errorf("%s is spoken", suite.Name)
		case err == nil:
			spoken++
		}
	}
	if spoken == 0 {
		t.Error("no suite is spoken")
	}
}

// A key that others may read does not serve, but for one that the service manager
// hands over.
func TestATLSKeyIsForItsOwner(t *testing.T) {
	r := start(t, hello(), nil)
	r.renew(1)
	if err := os.Chmod(r.path("tls.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	o := r.options(hello())
	o.Listen[0].At, o.TLS = "127.0.0.1:0", Files{Certificate: r.path("tls.crt"), Key: r.path("tls.key")}
	if err := Run(t.Context(), o); mfa.AsError(err).Code != mfa.Forbidden {
		t.Errorf("%v", err)
	}
	o.TLS.KeyAnyMode = true
	ctx, stop := context.WithCancel(t.Context())
	o.Ready = stop
	if err := Run(ctx, o); err != nil {
		t.Errorf("handed over: %v", err)
	}
	for _, f := range []Files{{r.path("none"), r.path("tls.key"), true}, {r.path("tls.crt"), r.path("none"), true}, {r.path("tls.crt"), r.path("tls.crt"), true}} {
		o.TLS = f
		if err := Run(t.Context(), o); mfa.AsError(err).Code != mfa.Usage {
			t.Errorf("%v: %v", f, err)
		}
	}
}
