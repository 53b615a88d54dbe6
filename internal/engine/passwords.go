package engine

import (
	"context"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// setPasswordTTL is how long a set-password code lives.
const setPasswordTTL = 24 * time.Hour

// ChangePassword implements [mfa.Passwords].
func (e *Engine) ChangePassword(ctx context.Context, req mfa.ChangePasswordRequest) (mfa.Done, error) {
	if err := e.goodPassword(req.NewPassword); err != nil {
		return mfa.Done{}, err
	}
	if normal(req.NewPassword) == normal(req.Password) {
		return mfa.Done{}, mfa.Bad("new_password", "the new password is the old one")
	}
	var phc string
	o := op{method: "ChangePassword", body: req, password: &req.Password}
	o.prepare = func(ctx context.Context) (err error) {
		phc, err = e.hash(ctx, req.NewPassword)
		return err
	}
	return do(ctx, e, o, func(s *scope) (mfa.Done, error) {
		u := s.actor
		out := mfa.Done{User: u.Email, Changed: true}
		if err := suits(u, req.NewPassword); err != nil {
			return out, err
		}
		var err error
		if out.Ended, err = s.setPassword(u, phc, s.session.Hash); err != nil {
			return out, err
		}
		if _, err := s.record(mfa.ActPasswordChange, ""); err != nil {
			return out, err
		}
		return out, s.notify(u, mfa.NoticePasswordChanged, "")
	})
}

// RedeemPassword implements [mfa.Passwords]. A wrong code is a wrong password:
// the same counter, the same work, the same answer.
func (e *Engine) RedeemPassword(ctx context.Context, req mfa.RedeemPasswordRequest) (mfa.Done, error) {
	address, err := email(req.Email)
	if err != nil {
		return mfa.Done{}, err
	}
	if err := e.goodPassword(req.NewPassword); err != nil {
		return mfa.Done{}, err
	}
	var phc string
	o := op{method: "RedeemPassword", body: req, name: address}
	o.payer = func(s *scope) (*account, error) { return s.byEmail(address) }
	o.prepare = func(ctx context.Context) (err error) {
		phc, err = e.hash(ctx, req.NewPassword)
		return err
	}
	o.proof = func(s *scope, u *account) (bool, error) { return s.setPasswordCode(u, req.Code) }
	return do(ctx, e, o, func(s *scope) (mfa.Done, error) {
		u := s.target
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
		s.actor, u.Password = u, mfa.Attempts{}
		if out.Ended, err = s.setPassword(u, phc, ""); err != nil {
			return out, err
		}
		if _, err := s.record(mfa.ActPasswordSet, ""); err != nil {
			return out, err
		}
		return out, s.notify(u, mfa.NoticePasswordChanged, "")
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
	if err := s.dropCode(u, mfa.KindSetPassword, ""); err != nil {
		return 0, err
	}
	u.PasswordHash = phc
	if err := s.w.PutUser(&u.User); err != nil {
		return 0, err
	}
	return s.endSessions(u.ID, but)
}

// ResetPassword implements [mfa.Passwords].
func (e *Engine) ResetPassword(ctx context.Context, req mfa.ResetPasswordRequest) (mfa.PasswordReset, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.PasswordReset{}, err
	}
	o := op{method: "ResetPassword", body: req, password: &req.Password, user: req.User, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.PasswordReset, error) {
		if !req.Request {
			return s.resetPasswordNow()
		}
		out := mfa.PasswordReset{User: s.target.Email, UserID: s.target.ID, DryRun: req.DryRun}
		if err := hasPassword(s.target); err != nil {
			return out, err
		}
		var err error
		if out.Target, err = s.about(s.target, true); err == nil {
			out.Request, out.Changed, err = s.file(false, "")
		}
		return out, err
	})
}

// hasPassword refuses an account that can have no password.
func hasPassword(u *account) error {
	if u.Service {
		return mfa.Errorf(mfa.Conflict, "%s is a service account, which has no password", u.Email).
			WithHint("mfactl admin tokens create --for %s", mfa.ShellWord(u.Email))
	}
	return nil
}

// resetPasswordNow takes the target's password away.
func (s *scope) resetPasswordNow() (mfa.PasswordReset, error) {
	u := s.target
	out := mfa.PasswordReset{User: u.Email, UserID: u.ID, Changed: true, DryRun: s.op.dry}
	if err := hasPassword(u); err != nil {
		return out, err
	}
	var err error
	if out.Target, err = s.about(u, true); err != nil {
		return out, err
	}
	if err := s.alone(map[string]time.Time{"2FA": u.ResetAt}); err != nil {
		return out, err
	}
	if s.op.dry {
		out.Ended = out.Target.Sessions
		return out, nil
	}
	u.PasswordResetAt, u.Password = s.now, mfa.Attempts{}
	if err = s.hold(u, mfa.TouchPassword); err != nil {
		return out, err
	}
	if out.Ended, err = s.setPassword(u, "", ""); err != nil {
		return out, err
	}
	if out.Code, out.ExpiresAt, err = s.issuePasswordCode(u); err != nil {
		return out, err
	}
	if out.Event, err = s.record(mfa.ActPasswordReset, ""); err != nil {
		return out, err
	}
	return out, s.notify(u, mfa.NoticePasswordReset, "")
}

// issuePasswordCode makes a set-password code, one a user.
func (s *scope) issuePasswordCode(u *account) (mfa.Secret, time.Time, error) {
	f, codes, err := s.issue(u, mfa.KindSetPassword, 1, setPasswordTTL)
	if err != nil {
		return mfa.Secret{}, time.Time{}, err
	}
	return codes[0], f.ExpiresAt, s.w.PutUser(&u.User)
}
