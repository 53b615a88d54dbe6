package engine

import (
	"cmp"
	"context"
	"time"

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
func (t *turn[R]) pay(ctx context.Context) (paid *payment, _ error) {
	err := t.e.records.Refuse(ctx, func(facts *records.RefusalWriter) error {
		paid, t.refusal = nil, nil
		s, err := t.e.witness(facts, t.o, t.rule, t.call, t.d)
		if err != nil {
			return err
		}
		if err = s.mayAsk(); err == nil {
			_, err = t.mayAct(s)
		}
		if err == nil {
			paid, err = s.reserve()
			return err
		}
		if t.refusal = mfa.AsError(err); !t.refusal.Code.IsRefusal() {
			return err
		}
		return s.recordRefusal(t.refusal)
	})
	if err != nil {
		return nil, err
	}
	return paid, nil
}

// reserve takes one attempt from whoever pays. For a name that is nobody's it
// writes as much.
func (s *scope) reserve() (*payment, error) {
	u := s.actor
	if s.op.payer != nil {
		var err error
		if u, err = s.op.payer(s); err != nil {
			return nil, err
		}
	}
	if u == nil {
		return s.reserveStranger()
	}
	attempts, isLocked, err := throttle.ReservePassword(u.Password, s.now)
	if err != nil {
		return nil, err
	}
	u.Password = attempts
	p := &payment{userID: u.ID, at: s.now, phc: u.PasswordHash, locked: isLocked}
	return p, s.facts.PutAttempts(&u.User)
}

// prove hashes the password, or does the same work where nothing can be right.
func (e *Engine) prove(ctx context.Context, p *payment, password *mfa.Secret) (err error) {
	switch {
	case password == nil: // a proof in the transaction stands in for it
	case p.locked || p.phc == "":
		err = e.hasher.Burn(ctx, *password)
	default:
		p.right, err = e.hasher.Check(ctx, p.phc, normal(*password))
	}
	p.tried = err == nil && password != nil
	return err
}

// release gives back a reservation that came to no decision: no password was
// looked at, or the right one was and what it was for failed, or the answer was
// there already. Nobody learns anything by it. What cannot be given back counts
// as wrong after a minute.
func (t *turn[R]) release(ctx context.Context, failed error) {
	p := t.paid
	if p == nil || p.settled && failed == nil || p.tried && !p.right && !p.locked {
		return
	}
	_ = t.e.records.Refuse(context.WithoutCancel(ctx), func(facts *records.RefusalWriter) error {
		s, err := t.e.witness(facts, t.o, t.rule, t.call, t.d)
		if err != nil {
			return err
		}
		if p.userID == "" {
			return s.settleStranger(p, false)
		}
		u, err := s.account(p.userID, true)
		if err != nil {
			return err
		}
		u.Password = throttle.ReleasePassword(u.Password, p.at)
		return s.facts.PutAttempts(&u.User)
	})
}

// claim settles the attempt under the user's row lock: refunded if the password
// was right and still is, given back if the request proves the caller in its place, else
// kept as wrong. Rejected is the same for every reason. While the password is locked
// nothing is compared.
func (s *scope) claim(p *payment, sameRequest func() bool) error {
	p.settled = true
	wrong := (&mfa.Error{Code: mfa.Rejected}).WithDetail(string(mfa.ActAuthFail))
	if p.userID == "" {
		s.stranger = s.op.name
		return cmp.Or(s.settleStranger(p, !p.locked), error(wrong))
	}
	u, err := s.payer(p.userID)
	if err != nil {
		return err
	}
	if p.locked {
		u.Password = throttle.ReleasePassword(u.Password, p.at)
		return cmp.Or(s.facts.PutAttempts(&u.User), error(wrong))
	}
	right := p.right && u.PasswordHash == p.phc
	if s.op.proof != nil {
		if right, err = s.op.proof(s, u); err != nil {
			return err
		}
	}
	if right {
		u.Password = throttle.RightPassword(u.Password, p.at)
		return s.facts.PutAttempts(&u.User)
	}
	if sameRequest != nil && u.Status == mfa.UserActive && sameRequest() {
		u.Password = throttle.ReleasePassword(u.Password, p.at)
		return s.facts.PutAttempts(&u.User)
	}
	before := u.Password.LockedUntil
	u.Password = throttle.WrongPassword(u.Password, p.at, s.now)
	if err := s.facts.PutAttempts(&u.User); err != nil {
		return err
	}
	if u.Password.LockedUntil.After(before) {
		if err := s.tellLocked(u, u.Password.LockedUntil); err != nil {
			return err
		}
	}
	return wrong
}

// payer returns the account that pays: the session's, or the one sign-in named.
func (s *scope) payer(id string) (*account, error) {
	if s.actor != nil {
		return s.actor, nil
	}
	u, err := s.account(id, true)
	if err != nil {
		return nil, err
	}
	s.target = u
	return u, nil
}
