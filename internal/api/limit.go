package api

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/mfactl/mfactl/internal/mfa"
)

// What one address may try before it is signed in: so many at once, and then one
// more each second (OWASP ASVS 6.3.1). The counters that guard an account are in
// the store and know no address; this one keeps a single host from trying many
// accounts, and from filling the audit trail.
const (
	triesAtOnce = 60
	triesPerSec = 1
	// maxAddresses bounds what is remembered; beyond it the oldest half goes.
	maxAddresses = 1 << 16
)

// limits counts the tries of each address, in memory: a restart forgives them.
type limits struct {
	clock func() time.Time
	tries int
	mu    sync.Mutex
	by    map[string]*rate.Limiter
	old   map[string]*rate.Limiter
}

func newLimits(clock func() time.Time, tries int) *limits {
	return &limits{clock: clock, tries: tries, by: map[string]*rate.Limiter{}}
}

// limit is what one address may still try.
type limit struct {
	*rate.Limiter
	clock func() time.Time
}

// of finds the limit of whoever asks: of an address, of the 64 bits of an IPv6
// address that one customer has, or of the user at the other end of a socket.
func (l *limits) of(from mfa.Provenance) limit {
	who := block(from.Address)
	if who == "" {
		who = "uid " + from.UID
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	one, known := l.by[who]
	if !known {
		if one, known = l.old[who]; !known {
			one = rate.NewLimiter(triesPerSec, l.tries)
		}
		if len(l.by) >= maxAddresses/2 {
			l.by, l.old = map[string]*rate.Limiter{}, l.by
		}
		l.by[who] = one
	}
	return limit{one, l.clock}
}

// block is the network of an address that counts as one.
func block(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	p, _ := ip.Prefix(64) // fits every IPv6 address
	return p.String()
}

// pay takes a try for a sign-in, or for a session or token that was none.
// [mfa.Locked] where none is left carries when to try again.
func (l limit) pay() error {
	now := l.clock()
	if l.AllowN(now, 1) {
		return nil
	}
	return mfa.Errorf(mfa.Locked, "too many attempts from this address").WithHint("wait").
		Until(now.Add(time.Second / triesPerSec))
}

// spent reports that no try is left. Whoever is signed in needs none: others at the
// same address keep nobody from their work.
func (l limit) spent() bool { return l.TokensAt(l.clock()) < 1 }
