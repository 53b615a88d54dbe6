package cli_test

import (
	"crypto/tls"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// stalled is a server that takes connections, does something with each, and then waits until
// the test is over.
func stalled(t *testing.T, begin func(net.Conn)) (address string) {
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
			t.Cleanup(func() { _ = c.Close() })
			go begin(c)
		}
	}()
	return l.Addr().String()
}

// An application waits for the verdict while a person signs in: it must get one, or an error.
func TestVerifyEndsInTimeThoughTheServerStalls(t *testing.T) {
	dir := t.TempDir()
	pair(t, dir, "tls.crt", "tls.key")
	ca := filepath.Join(dir, "tls.crt")
	cert, err := tls.LoadX509KeyPair(ca, filepath.Join(dir, "tls.key"))
	if err != nil {
		t.Fatal(err)
	}
	answering := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
			_, _ = s.Read(make([]byte, 4096))
			_, _ = io.WriteString(s, text)
		}
	}
	for stage, begin := range map[string]func(net.Conn){
		"after connect":      func(net.Conn) {},
		"inside TLS":         func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)); _, _ = c.Write([]byte{22, 3, 3, 0, 80, 2}) },
		"before the headers": answering(""),
		"inside the headers": answering("HTTP/1.1 200 OK\r\nContent-Type: applic"),
		"inside the body":    answering("HTTP/1.1 200 OK\r\nMfactl-Api: 3\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"ok\": true"),
	} {
		t.Run(stage, func(t *testing.T) {
			d := newDesk(t)
			d.env["MFACTL_SERVER"], d.env["MFACTL_TOKEN"] = "https://"+stalled(t, begin), tokenOf(1)
			out, stderr, status := d.given("123456", "verify", "--ca-file", ca, "--timeout", "300ms", "--code-stdin", "--", "bob@acme.example")
			if status != 11 && status != 15 || out != "" || !strings.Contains(stderr, "no answer within 300ms") {
				t.Errorf("exit %d: %s%s", status, out, stderr)
			}
		})
	}
	d := newDesk(t)
	if _, stderr, status := d.given("123456", "verify", "--timeout", "0s", "--code-stdin", "--", "bob@acme.example"); status != 2 || !strings.Contains(stderr, "--timeout") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}
