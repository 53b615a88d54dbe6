package engine

import (
	"cmp"
	"context"
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
	err := x.run.records.Refuse(ctx, func(w *records.RefusalWriter) error {
		paid, x.refusal = nil, nil
		s, err := x.run.beginWrite(w, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		var found event
		if err = s.authorizeCaller(); err == nil {
			_, found, err = x.authorizeTarget(s)
		}
		if err == nil {
			paid, err = s.reserve()
			return err
		}
		if x.refusal = mfa.AsError(err); !x.refusal.Code.IsRefusal() {
			return err
		}
		return s.recordRefusal(err, found)
	})
	if err != nil {
		return nil, err
	}
	return paid, nil
}

// reserve takes one attempt from whoever pays. For an unknown address it
// writes as much.
func (s *scope) reserve() (*payment, error) {
	u := s.actor
	if s.spec.payer != nil {
		var err error
		if u, err = s.spec.payer(s); err != nil {
			return nil, err
		}
	}
	if u == nil {
		return s.reserveForUnknownUser()
	}
	attempts, isLocked, err := throttle.ReservePassword(u.Password, s.now)
	if err != nil {
		return nil, err
	}
	u.Password = attempts
	p := &payment{userID: u.ID, at: s.now, phc: u.PasswordHash, locked: isLocked}
	return p, s.refusals.PutAttempts(&u.User)
}

// prove hashes the password, or does the same work where nothing can be right.
func (run *runner) prove(ctx context.Context, p *payment, password *mfa.Secret) (err error) {
	switch {
	case password == nil: // a proof in the transaction stands in for it
	case p.locked || p.phc == "":
		err = run.hasher.Burn(ctx, *password)
	default:
		p.right, err = run.hasher.Check(ctx, p.phc, normal(*password))
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
	_ = x.run.records.Refuse(context.WithoutCancel(ctx), func(w *records.RefusalWriter) error {
		s, err := x.run.beginWrite(w, x.spec, x.rule, x.call, x.draw)
		if err != nil {
			return err
		}
		if p.userID == "" {
			return s.settleUnknownUser(p, false)
		}
		u, err := s.accountByID(p.userID, true)
		if err != nil {
			return err
		}
		u.Password = throttle.ReleasePassword(u.Password, p.at)
		return s.refusals.PutAttempts(&u.User)
	})
}

// claim settles the attempt under the user's row lock: refunded if the password
// was right and still is, given back if the request proves the caller in its place, else
// kept as wrong. Rejected is the same for every reason. While the password is locked
// nothing is compared. It adds to found whose password it was, where nobody is signed in.
func (s *scope) claim(p *payment, found event, sameRequest func() bool) (event, error) {
	p.settled = true
	if p.userID == "" {
		found.unknown = s.spec.name
		return found, cmp.Or(s.settleUnknownUser(p, !p.locked), wrongPassword())
	}
	u := s.actor
	if u == nil {
		var err error
		if u, err = s.accountByID(p.userID, true); err != nil {
			return found, err
		}
		found.user = u
	}
	return found, s.claimOf(u, p, found, sameRequest)
}

// claimOf is claim for the account that pays: the session's, or the one sign-in named.
func (s *scope) claimOf(u *account, p *payment, found event, sameRequest func() bool) (err error) {
	if p.locked {
		u.Password = throttle.ReleasePassword(u.Password, p.at)
		return cmp.Or(s.refusals.PutAttempts(&u.User), wrongPassword())
	}
	right := p.right && u.PasswordHash == p.phc
	if s.spec.proof != nil {
		if right, err = s.spec.proof(s, u); err != nil {
			return err
		}
	}
	if right {
		u.Password = throttle.RightPassword(u.Password, p.at)
		return s.refusals.PutAttempts(&u.User)
	}
	if sameRequest != nil && u.Status == mfa.UserActive && sameRequest() {
		u.Password = throttle.ReleasePassword(u.Password, p.at)
		return s.refusals.PutAttempts(&u.User)
	}
	before := u.Password.LockedUntil
	u.Password = throttle.WrongPassword(u.Password, p.at, s.now)
	if err := s.refusals.PutAttempts(&u.User); err != nil {
		return err
	}
	if until := u.Password.LockedUntil; until.After(before) {
		found.reason = s.spec.reason
		if err := s.recordLock(u, until, found); err != nil {
			return err
		}
	}
	return wrongPassword()
}

// wrongPassword is the one answer to a password that is not taken.
func wrongPassword() error {
	return (&mfa.Error{Code: mfa.Rejected}).WithDetail(string(mfa.ActAuthFail))
}

// normal returns the one form in which a password is judged, hashed and checked:
// NFKC (NIST SP 800-63B §3.1.1.2), so that it does not matter which keyboard put
// its letters together.
func normal(p mfa.Secret) mfa.Secret { return mfa.NewSecret(norm.NFKC.String(p.Reveal())) }

// hash returns what is kept of a new password.
func (run *runner) hash(ctx context.Context, p mfa.Secret) (phc string, err error) {
	return run.hasher.Hash(ctx, normal(p))
}
