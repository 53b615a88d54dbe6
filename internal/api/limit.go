package api

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/mfactl/mfactl/internal/mfa"
)

// What one address may try before it is signed in: so many at once, and then one
// more each second (OWASP ASVS 6.3.1). The counters that guard an account are in
// the store and know no address; this one keeps a single host from trying many
// accounts, and from filling the audit trail. For that reason a session or token may
// not be refused more often either.
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
	by    map[string]*allowance
	old   map[string]*allowance
}

// allowance is what one name may still try, and what was turned away since its last try that
// was not.
type allowance struct {
	*rate.Limiter
	turnedAway atomic.Int64
}

func newLimits(clock func() time.Time, tries int) *limits {
	return &limits{clock: clock, tries: tries, by: map[string]*allowance{}}
}

// limit is what one address may still try.
type limit struct {
	*allowance
	clock func() time.Time
}

// of finds the limit of a client: of an address, of the 64 bits of an IPv6
// address that one customer has, or of the user at the other end of a socket.
func (l *limits) of(from mfa.Provenance) limit {
	who := from.Network()
	if who == "" {
		who = "uid " + from.UID
	}
	return l.named(who)
}

// named finds the limit of a name, or makes it.
func (l *limits) named(who string) limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.known(who)
	if one == nil {
		one = &allowance{Limiter: rate.NewLimiter(triesPerSec, l.tries)}
	}
	if len(l.by) >= maxAddresses/2 {
		l.by, l.old = map[string]*allowance{}, l.by
	}
	l.by[who] = one
	return limit{one, l.clock}
}

// known is the limiter of a name, or nil.
func (l *limits) known(who string) *allowance {
	if one := l.by[who]; one != nil {
		return one
	}
	return l.old[who]
}

// barred answers Locked to a session or token that was refused too often. One that was
// never refused is not remembered: anybody can make up any number of them.
func (l *limits) barred(token mfa.Secret) error {
	l.mu.Lock()
	one := l.known(bearerName(token))
	l.mu.Unlock()
	if one == nil || !(limit{one, l.clock}).overLimit() {
		return nil
	}
	return limit{one, l.clock}.wait("too much was refused to this session or token")
}

// refused remembers that a session or token, which is one, was refused something.
func (l *limits) refused(token mfa.Secret) {
	l.named(bearerName(token)).AllowN(l.clock(), 1)
}

// bearerName stands for a token where none is kept.
func bearerName(token mfa.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return "bearer " + string(sum[:])
}

// pay takes a try for a sign-in, or for a session or token that was none.
// [mfa.Locked] where none is left carries when to try again.
func (l limit) pay() error {
	if l.AllowN(l.clock(), 1) {
		return nil
	}
	l.turnedAway.Add(1)
	return l.wait("too many attempts from this address")
}

// keep keeps what was turned away for the next call, if this one wrote nothing of it: only the
// refusal of a caller who is not signed in does.
func (l limit) keep(turnedAway int, signsIn bool, err error) {
	if err != nil {
		code := mfa.AsError(err).Code
		if code.IsRefusal() && code != mfa.Usage && (signsIn || code == mfa.Unauthenticated) {
			return
		}
	}
	l.turnedAway.Add(int64(turnedAway))
}

// wait tells why no try is left, and when there is one.
func (l limit) wait(why string) error {
	return mfa.Errorf(mfa.Locked, "%s", why).WithHint("wait").Until(l.clock().Add(time.Second / triesPerSec))
}

// overLimit reports that no try is left. A caller who is signed in needs none: other callers
// at the same address do not keep them from their work.
func (l limit) overLimit() bool { return l.TokensAt(l.clock()) < 1 }
