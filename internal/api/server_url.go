package api

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Server is where a server is: a unix socket, or an https URL; http only on this
// machine (OWASP ASVS 12.2.1).
type Server struct {
	Socket string   // path; empty for a URL
	URL    *url.URL // nil for a socket
}

// ParseServer reads https://HOST[:PORT][/PATH], http:// on this machine, or
// unix:PATH. Usage names what is wrong with another text.
func ParseServer(text string) (Server, error) {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		path = strings.TrimPrefix(path, "//")
		if !filepath.IsAbs(path) {
			return Server{}, mfa.UsageError("server", "unix: needs an absolute path").WithHint("unix:/run/mfactl/mfactl.sock")
		}
		return Server{Socket: filepath.Clean(path)}, nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return Server{}, mfa.UsageError("server", "not a URL of a server").WithHint("https://mfa.example.org or unix:/run/mfactl/mfactl.sock")
	case u.User != nil:
		return Server{}, mfa.UsageError("server", "holds a user name or a password").WithHint("leave it out, and sign in with mfactl login")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return Server{}, mfa.UsageError("server", "holds more than a host and a path")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return Server{}, mfa.UsageError("server", "http:// would send passwords in clear to another machine").WithHint("use https://")
	case u.Scheme != "https" && u.Scheme != "http":
		return Server{}, mfa.UsageError("server", "no such scheme: %s", u.Scheme).WithHint("https:// or unix:")
	}
	host, err := hostOf(u)
	if err != nil {
		return Server{}, err
	}
	return Server{URL: &url.URL{Scheme: u.Scheme, Host: host, Path: strings.TrimRight(u.Path, "/")}}, nil
}

// hostOf writes the host and port of a URL in one way, since a session belongs to a
// place by its text: small letters, no zeros before the port, and no port where it is
// the scheme's own (RFC 3986 §6.2.3).
func hostOf(u *url.URL) (string, error) {
	host, port := strings.ToLower(u.Hostname()), 0
	if text := u.Port(); text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return "", mfa.UsageError("server", "no such port: %s", text).WithHint("1 to 65535")
		}
		port = int(n)
	}
	switch {
	case port != 0 && port != map[string]int{"https": 443, "http": 80}[u.Scheme]:
		return net.JoinHostPort(host, strconv.Itoa(port)), nil
	case strings.Contains(host, ":"):
		return "[" + host + "]", nil
	}
	return host, nil
}

// String returns the one form of the place.
func (s Server) String() string {
	if s.URL == nil {
		return "unix:" + s.Socket
	}
	return s.URL.String()
}

// HasCertificate reports whether the server shows one: a socket does not, nor one that
// is spoken to in clear.
func (s Server) HasCertificate() bool { return s.URL != nil && s.URL.Scheme == "https" }

// elsewhere is what helps who is sent to another place: the server there, if one is named.
func elsewhere(location string) string {
	place, _, _ := strings.Cut(location, prefix)
	at, err := ParseServer(place)
	if err != nil {
		return "ask whoever runs the server where it is"
	}
	return "name the server itself: " + mfa.ShellWord(at.String())
}

// loopback reports whether a host can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
