package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

type peerKey struct{}

// WithPeer returns a context of a connection that remembers who is at the other end
// of it, if the operating system tells: for [http.Server.ConnContext].
func WithPeer(ctx context.Context, c net.Conn) context.Context {
	if uid, ok := peerOf(c); ok {
		return context.WithValue(ctx, peerKey{}, uid)
	}
	return ctx
}

// peerOf returns the user at the other end of a unix socket.
func peerOf(c net.Conn) (uid int, ok bool) {
	u, is := c.(*net.UnixConn)
	if !is {
		return 0, false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Control(func(fd uintptr) { uid, ok = uidBeyond(int(fd)) }) //nolint:gosec // a file descriptor
	return uid, ok && err == nil
}

// Proxies are those whose X-Forwarded-For is believed.
type Proxies struct {
	Networks []netip.Prefix
	UIDs     []int // the users of processes at the other end of a unix socket
}

// From returns a function that says where a request comes from: the user at the
// other end of a unix socket, or the client's address. Where the connection is from
// a trusted proxy, that is the right-most address of X-Forwarded-For that is not
// itself one; what stands to the left of it anybody can write (OWASP ASVS 15.3.3).
func From(version string, proxies Proxies) func(*http.Request) mfa.Provenance {
	return func(r *http.Request) mfa.Provenance {
		p := mfa.Provenance{Version: version}
		if uid, ok := r.Context().Value(peerKey{}).(int); ok {
			p.UID = strconv.Itoa(uid)
			if slices.Contains(proxies.UIDs, uid) {
				if at := forwarded(netip.Addr{}, r.Header.Values("X-Forwarded-For"), proxies.Networks); at.IsValid() {
					p.Address = at.String()
				}
			}
			return p
		}
		if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			p.Address = forwarded(at.Addr().Unmap(), r.Header.Values("X-Forwarded-For"), proxies.Networks).String()
		}
		return p
	}
}

// forwarded walks from the connection's own address to the left for as long as what
// it stands on is a proxy that was listed. The zero address is that of such a proxy.
func forwarded(at netip.Addr, headers []string, proxies []netip.Prefix) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	listed := func(p netip.Prefix) bool { return p.Contains(at) }
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || at.IsValid() && !slices.ContainsFunc(proxies, listed) {
			break
		}
		at = next.Unmap().WithZone("")
	}
	return at
}
