package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// LockUser implements [mfa.Users].
func (e *Engine) LockUser(ctx context.Context, req mfa.LockUserRequest) (mfa.UpdatedUser, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.UpdatedUser{}, err
	}
	o := spec{method: "LockUser", body: req, user: req.User, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.UpdatedUser, error) {
		out := mfa.UpdatedUser{DryRun: req.DryRun, Changed: u.Status != mfa.UserLocked}
		switch {
		case u.Status == mfa.UserDeactivated:
			return out, mfa.Errorf(mfa.Conflict, "%s is deactivated and cannot sign in", u.Email)
		case u.Role == mfa.RoleOperator: // whoever else may be locked has an operator to unlock them
			if err := s.requireAnotherAdministrator(u); err != nil {
				return out, err
			}
		}
		if out.Changed && !req.DryRun {
			if out.Ended, err = s.lock(u, reason); err != nil {
				return out, err
			}
		}
		u.Status = mfa.UserLocked
		out.User, err = s.userInfo(u, true)
		if req.DryRun && out.Changed && err == nil {
			out.Ended = out.User.Sessions
		}
		return out, err
	})
}

func (s *scope) lock(u *account, reason string) (ended int, err error) {
	u.Status = mfa.UserLocked
	if err := s.w.PutUser(&u.User); err != nil {
		return 0, err
	}
	if ended, err = s.endSessions(u.ID, ""); err != nil {
		return 0, err
	}
	if _, err := s.record(event{action: mfa.ActUserLock, user: u, reason: reason}); err != nil {
		return 0, err
	}
	return ended, s.notify(u, notice{kind: mfa.NoticeLocked, reason: reason, note: "by an administrator"})
}

// UnlockUser implements [mfa.Users].
func (e *Engine) UnlockUser(ctx context.Context, req mfa.UnlockUserRequest) (mfa.UpdatedUser, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.UpdatedUser{}, err
	}
	o := spec{method: "UnlockUser", body: req, user: req.User, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.UpdatedUser, error) {
		out := mfa.UpdatedUser{DryRun: req.DryRun}
		out.Changed = s.unlocked(u)
		if out.Changed && !req.DryRun {
			if err := s.w.PutUser(&u.User); err != nil {
				return out, err
			}
			if _, err := s.record(event{action: mfa.ActAuthUnlock, user: u, reason: reason}); err != nil {
				return out, err
			}
			if err := s.notify(u, notice{kind: mfa.NoticeUnlocked, reason: reason}); err != nil {
				return out, err
			}
		}
		out.User, err = s.userInfo(u, true)
		return out, err
	})
}

// unlocked ends every lock but a hundred wrong attempts in a row, and reports
// whether there was anything to end.
func (s *scope) unlocked(u *account) (changed bool) {
	for _, a := range []*mfa.Attempts{&u.OTP, &u.Code, &u.Password} {
		forgiven, some := throttle.Unlock(*a, s.now)
		*a, changed = forgiven, changed || some
	}
	if u.Status == mfa.UserLocked {
		u.Status, changed = mfa.UserActive, true
	}
	return changed
}
