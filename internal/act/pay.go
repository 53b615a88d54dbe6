package act

import (
	"cmp"
	"context"
	"encoding/binary"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/throttle"
)

// payment is one password attempt: reserved and committed before the slow hash,
// which then runs outside any lock, and kept or refunded by claim.
type payment struct {
	userID string    // empty if nobody is of that name
	marker string    // tag of the device marker whose counter pays; empty: the account's does
	at     time.Time // which reservation
	phc    string
	locked bool // no attempt is left; the same work is done all the same
	right  bool

	tried   bool // the password was looked at
	settled bool // the attempt was kept or refunded
}

// pay reserves the attempt in a transaction of its own. It returns nil where the call is
// refused.
func (x *execution[R]) pay(ctx context.Context) (paid *payment, _ error) {
	err := x.run.Records.Refuse(ctx, func(w *records.RefusalWriter) error {
		paid, x.refusal = nil, nil
		a, err := x.run.beginWrite(w, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		var found Event
		if err = a.authorizeCaller(); err == nil {
			_, found, err = x.authorizeTarget(a)
		}
		if err == nil {
			paid, err = a.reserve()
			return err
		}
		if x.refusal = mfa.AsError(err); !x.refusal.Code.IsRefusal() {
			return err
		}
		if err := a.recordRefusal(err, found); err != nil {
			return err
		}
		return writeEvents(a)
	})
	if err != nil {
		return nil, err
	}
	return paid, nil
}

// reserve takes one attempt from the account that pays. For an unknown address it
// writes as much.
func (a *Act) reserve() (*payment, error) {
	u := a.Actor
	if a.spec.Payer != nil {
		var err error
		if u, err = a.spec.Payer(a); err != nil {
			return nil, err
		}
	}
	if u == nil {
		return a.reserveForUnknownUser()
	}
	p := &payment{userID: u.ID, marker: payingMarker(a, u), at: a.Now, phc: u.PasswordHash}
	counter := passwordCounter(&u.User, p.marker)
	attempts, isLocked, err := throttle.ReservePassword(*counter, a.Now)
	if p.marker != "" && throttle.EndsMarker(attempts) { // by attempts that were abandoned
		*counter, p.marker = attempts, ""
		dropSpentMarkers(&u.User)
		counter = &u.Password
		attempts, isLocked, err = throttle.ReservePassword(*counter, a.Now)
	}
	if err != nil {
		return nil, err
	}
	*counter, p.locked = attempts, isLocked
	return p, a.Refusals.PutAttempts(&u.User)
}

// prove hashes the password, or does the same work where nothing can be right.
func (run *Runner) prove(ctx context.Context, p *payment, password *mfa.Secret) (err error) {
	hasher := run.Hasher
	if p.marker != "" {
		hasher = hasher.Apart() // it does not wait behind strangers
	}
	switch {
	case password == nil: // a proof in the transaction stands in for it
	case p.locked || p.phc == "":
		err = hasher.Burn(ctx, *password)
	default:
		p.right, err = hasher.Check(ctx, p.phc, NormalPassword(*password))
	}
	p.tried = err == nil && password != nil
	return err
}

// release gives back a reservation that came to no decision: no password was
// looked at, or the right one was and what it was for failed, or the answer was
// there already. Nobody learns anything by it. What cannot be given back counts
// as wrong after a minute.
func (x *execution[R]) release(ctx context.Context, failed error) {
	p := x.paid
	if p == nil || p.settled && failed == nil || p.tried && !p.right && !p.locked {
		return
	}
	_ = x.run.Records.Refuse(context.WithoutCancel(ctx), func(w *records.RefusalWriter) error {
		a, err := x.run.beginWrite(w, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		if p.userID == "" {
			return a.settleUnknownUser(p, false)
		}
		u, err := a.AccountByID(p.userID, true)
		if err != nil {
			return err
		}
		counter := passwordCounter(&u.User, p.marker)
		if counter == nil {
			return nil
		}
		*counter = throttle.ReleasePassword(*counter, p.at)
		return a.Refusals.PutAttempts(&u.User)
	})
}

// claim settles the attempt under the user's row lock: refunded if the password
// was right and still is, given back if the request proves the caller in its place, else
// kept as wrong. Rejected is the same for every reason. While the password is locked
// nothing is compared. It adds to found whose password it was, where nobody is signed in.
func (a *Act) claim(p *payment, found Event, sameRequest func() bool) (Event, error) {
	p.settled = true
	if p.userID == "" {
		found.unknown = a.spec.Address
		return found, cmp.Or(a.settleUnknownUser(p, !p.locked), wrongPassword())
	}
	u := a.Actor
	if u == nil {
		var err error
		if u, err = a.AccountByID(p.userID, true); err != nil {
			return found, err
		}
		found.User = u
	}
	return found, a.claimOf(u, p, found, sameRequest)
}

// claimOf is claim for the account that pays: the session's, or the one sign-in named.
func (a *Act) claimOf(u *Account, p *payment, found Event, sameRequest func() bool) (err error) {
	right := p.right && u.PasswordHash == p.phc
	if a.spec.Proof != nil && !p.locked {
		if right, err = a.spec.Proof(a, u); err != nil {
			return err
		}
	}
	counter := passwordCounter(&u.User, p.marker)
	if counter == nil { // the marker ended while the password was hashed
		return wrongPassword()
	}
	before := counter.LockedUntil
	switch {
	case p.locked:
		*counter, err = throttle.ReleasePassword(*counter, p.at), wrongPassword()
	case right:
		*counter, a.Device = throttle.RightPassword(*counter, p.at), p.marker
	case sameRequest != nil && u.Status == mfa.UserActive && sameRequest():
		*counter = throttle.ReleasePassword(*counter, p.at)
	default:
		*counter, err = throttle.WrongPassword(*counter, p.at, a.Now), wrongPassword()
	}
	until := counter.LockedUntil
	dropSpentMarkers(&u.User)
	a.Wrote(a.Refusals.PutAttempts(&u.User))
	if until.After(before) {
		found.Reason = a.spec.change.Reason
		if p.marker != "" {
			found.Note = "for one device, "
		}
		a.RecordLock(u, until, found)
	}
	return err
}

// wrongPassword is the one answer to a password that is not taken.
func wrongPassword() error {
	return (&mfa.Error{Code: mfa.Rejected}).WithDetail(string(mfa.ActAuthFail))
}

// NormalPassword returns the one form in which a password is judged, hashed and checked:
// NFKC (NIST SP 800-63B §3.1.1.2), so that it does not matter which keyboard put
// its letters together.
func NormalPassword(p mfa.Secret) mfa.Secret { return mfa.NewSecret(norm.NFKC.String(p.Reveal())) }

// HashPassword returns what is kept of a new password.
func (run *Runner) HashPassword(ctx context.Context, p mfa.Secret) (phc string, err error) {
	return run.Hasher.Hash(ctx, NormalPassword(p))
}

// Hashing returns the [Spec.Prepare] of an act that sets a password: what is kept of it is in
// phc when the act runs.
func (run *Runner) Hashing(p mfa.Secret, phc *string) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*phc, err = run.HashPassword(ctx, p)
		return err
	}
}

// unknownUserCounters is how many counters the unknown addresses share.
const unknownUserCounters = 4096

// Attempts against unknown addresses are counted and locked like attempts against real
// accounts, so that no answer tells the two apart (OWASP ASVS 6.3.8). Only the key tells
// which counter an address has.

func (a *Act) unknownUserCounter() uint32 {
	mac := a.Runner.Keys.MAC(macUnknownUser, records.AppendField(nil, "name", []byte(a.spec.Address)))
	return binary.BigEndian.Uint32(mac[len(mac)-4:]) % unknownUserCounters
}

// reserveForUnknownUser is reserve for an address that belongs to no account.
func (a *Act) reserveForUnknownUser() (*payment, error) {
	attempts, err := a.Read.UnknownUser(a.unknownUserCounter())
	if err != nil {
		return nil, err
	}
	payingMarker(a, nil) // as for an account
	attempts, isLocked, err := throttle.ReservePassword(attempts, a.Now)
	if err != nil {
		return nil, err
	}
	return &payment{at: a.Now, locked: isLocked}, a.Refusals.PutUnknownUser(a.unknownUserCounter(), attempts)
}

// settleUnknownUser settles the attempt: it is wrong, or was never looked at.
func (a *Act) settleUnknownUser(p *payment, wrong bool) error {
	attempts, err := a.Read.UnknownUser(a.unknownUserCounter())
	if err != nil {
		return err
	}
	if wrong {
		return a.Refusals.PutUnknownUser(a.unknownUserCounter(), throttle.WrongPassword(attempts, p.at, a.Now))
	}
	return a.Refusals.PutUnknownUser(a.unknownUserCounter(), throttle.ReleasePassword(attempts, p.at))
}
