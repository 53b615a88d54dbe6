package engine

import (
	"context"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// setPasswordTTL is how long a set-password code lives.
const setPasswordTTL = 24 * time.Hour

// ResetPassword implements [mfa.Passwords].
func (e *Engine) ResetPassword(ctx context.Context, req mfa.ResetPasswordRequest) (mfa.PasswordReset, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.PasswordReset{}, err
	}
	o := spec{method: "ResetPassword", body: req, password: &req.Password, user: req.User, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.PasswordReset, error) {
		if !req.Request {
			return s.resetPasswordNow(u, basis{reason: reason}, req.DryRun)
		}
		out := mfa.PasswordReset{User: u.Email, UserID: u.ID, DryRun: req.DryRun}
		if err := hasPassword(u); err != nil {
			return out, err
		}
		var err error
		if out.Target, err = s.userInfo(u, true); err == nil {
			out.Request, out.Changed, err = s.fileRequest(u, mfa.Request{Reason: reason}, req.DryRun)
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
func (s *scope) resetPasswordNow(u *account, b basis, dry bool) (mfa.PasswordReset, error) {
	out := mfa.PasswordReset{User: u.Email, UserID: u.ID, Changed: true, DryRun: dry}
	if err := hasPassword(u); err != nil {
		return out, err
	}
	var err error
	if out.Target, err = s.userInfo(u, true); err != nil {
		return out, err
	}
	if err := s.requireTwoPersons(u, b, map[string]time.Time{"2FA": u.ResetAt}); err != nil {
		return out, err
	}
	if dry {
		out.Ended = out.Target.Sessions
		return out, nil
	}
	u.PasswordResetAt, u.Password = s.now, mfa.Attempts{}
	if err = s.recordControl(u, mfa.ControlPassword, b.requester); err != nil {
		return out, err
	}
	if out.Ended, err = s.setPassword(u, "", ""); err != nil {
		return out, err
	}
	if out.Code, out.ExpiresAt, err = s.issuePasswordCode(u); err != nil {
		return out, err
	}
	if out.Event, err = s.record(b.event(mfa.ActPasswordReset, u, "")); err != nil {
		return out, err
	}
	return out, s.notify(u, b.notice(mfa.NoticePasswordReset, ""))
}

// issuePasswordCode makes a set-password code, one a user.
func (s *scope) issuePasswordCode(u *account) (mfa.Secret, time.Time, error) {
	f, codes, err := s.issue(u, mfa.KindSetPassword, 1, setPasswordTTL)
	if err != nil {
		return mfa.Secret{}, time.Time{}, err
	}
	return codes[0], f.ExpiresAt, s.w.PutUser(&u.User)
}
