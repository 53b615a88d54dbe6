package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ChangePassword implements [mfa.Passwords].
func (e *Engine) ChangePassword(ctx context.Context, req mfa.ChangePasswordRequest) (mfa.Done, error) {
	if err := goodPassword(req.NewPassword); err != nil {
		return mfa.Done{}, err
	}
	if normal(req.NewPassword) == normal(req.Password) {
		return mfa.Done{}, mfa.UsageError("new_password", "the new password is the old one")
	}
	var phc string
	o := spec{method: "ChangePassword", body: req, password: &req.Password}
	o.prepare = func(ctx context.Context) (err error) {
		phc, err = e.hash(ctx, req.NewPassword)
		return err
	}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Done, error) {
		out := mfa.Done{User: u.Email, Changed: true}
		if err := suits(u, req.NewPassword); err != nil {
			return out, err
		}
		var err error
		if out.Ended, err = s.setPassword(u, phc, s.session.Hash); err != nil {
			return out, err
		}
		if _, err := s.record(event{action: mfa.ActPasswordChange, user: u}); err != nil {
			return out, err
		}
		return out, s.notify(u, notice{kind: mfa.NoticePasswordChanged})
	})
}

// RedeemPassword implements [mfa.Passwords]. A wrong code is a wrong password:
// the same counter, the same work, the same answer.
func (e *Engine) RedeemPassword(ctx context.Context, req mfa.RedeemPasswordRequest) (mfa.Done, error) {
	address, err := email(req.Email)
	if err != nil {
		return mfa.Done{}, err
	}
	if err := goodPassword(req.NewPassword); err != nil {
		return mfa.Done{}, err
	}
	var phc string
	o := spec{method: "RedeemPassword", body: req, name: address}
	o.payer = func(s *scope) (*account, error) { return s.byEmail(address) }
	o.prepare = func(ctx context.Context) (err error) {
		phc, err = e.hash(ctx, req.NewPassword)
		return err
	}
	o.proof = func(s *scope, u *account) (bool, error) { return s.setPasswordCode(u, req.Code) }
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Done, error) {
		out := mfa.Done{User: u.Email, Changed: true}
		row, err := s.codeRow(u, mfa.KindSetPassword)
		if err != nil {
			return out, err
		}
		if ended(*row, s.now) {
			return out, mfa.Errorf(mfa.Expired, "the set-password code is out of time").
				WithHint("ask an administrator for another")
		}
		if err := suits(u, req.NewPassword); err != nil {
			return out, err
		}
		s.actAs(u)
		u.Password = mfa.Attempts{}
		if out.Ended, err = s.setPassword(u, phc, ""); err != nil {
			return out, err
		}
		if _, err := s.record(event{action: mfa.ActPasswordSet, user: u}); err != nil {
			return out, err
		}
		return out, s.notify(u, notice{kind: mfa.NoticePasswordChanged})
	})
}

// setPasswordCode reports whether a code is the user's own. Whether it is in
// time is told only to who has it.
func (s *scope) setPasswordCode(u *account, code mfa.Secret) (bool, error) {
	if u.Status != mfa.UserActive {
		return false, nil
	}
	row, err := s.codeRow(u, mfa.KindSetPassword)
	if err != nil || row == nil {
		return false, err
	}
	if err := s.try(u, row, code); err != nil {
		if isNo(err) {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// setPassword writes the new hash, kills a set-password code and ends sessions.
func (s *scope) setPassword(u *account, phc, but string) (ended int, err error) {
	if _, err := s.dropCode(u, mfa.KindSetPassword); err != nil {
		return 0, err
	}
	u.PasswordHash = phc
	if err := s.w.PutUser(&u.User); err != nil {
		return 0, err
	}
	return s.endSessions(u.ID, but)
}
