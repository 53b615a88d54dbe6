package admin

import (
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// LockUser implements [mfa.Users].
func (e *Part) LockUser(ctx context.Context, req mfa.LockUserRequest) (mfa.UpdatedUser, error) {
	o := act.Spec{Method: "LockUser", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.UpdatedUser, error) {
		out := mfa.UpdatedUser{DryRun: req.DryRun, Changed: u.Status != mfa.UserLocked}
		var err error
		switch {
		case u.Status == mfa.UserDeactivated:
			return out, mfa.Errorf(mfa.Conflict, "%s is deactivated and cannot sign in", u.Email)
		case u.Role == mfa.RoleOperator: // an operator can unlock any other user
			if err := requireAnotherAdministrator(a, u); err != nil {
				return out, err
			}
		}
		if out.Changed && !req.DryRun {
			if out.Ended, err = lock(a, u, req.Reason); err != nil {
				return out, err
			}
		}
		u.Status = mfa.UserLocked
		out.User, err = userInfo(a, u, true)
		if req.DryRun && out.Changed && err == nil {
			out.Ended = out.User.Sessions
		}
		return out, err
	})
}

func lock(a *act.Act, u *act.Account, reason string) (ended int, err error) {
	u.Status = mfa.UserLocked
	a.Wrote(a.Write.PutUser(&u.User))
	if ended, err = a.EndSessions(u.ID, ""); err != nil {
		return 0, err
	}
	a.Record(act.Event{Action: mfa.ActUserLock, User: u, Reason: reason})
	a.Notify(u, act.Notice{Kind: mfa.NoticeLocked, Reason: reason, Note: "by an administrator"})
	return ended, nil
}

// UnlockUser implements [mfa.Users].
func (e *Part) UnlockUser(ctx context.Context, req mfa.UnlockUserRequest) (mfa.UpdatedUser, error) {
	o := act.Spec{Method: "UnlockUser", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.UpdatedUser, error) {
		out := mfa.UpdatedUser{DryRun: req.DryRun}
		var err error
		out.Changed = unlocked(a, u)
		if out.Changed && !req.DryRun {
			a.Wrote(a.Write.PutUser(&u.User))
			a.Announce(act.Event{Action: mfa.ActAuthUnlock, User: u, Reason: req.Reason}, mfa.NoticeUnlocked)
		}
		out.User, err = userInfo(a, u, true)
		return out, err
	})
}

// unlocked ends every lock but a hundred wrong attempts in a row, and reports
// whether there was anything to end.
func unlocked(a *act.Act, u *act.Account) (changed bool) {
	for _, attempts := range []*mfa.Attempts{&u.OTP, &u.Code, &u.Password} {
		forgiven, some := throttle.Unlock(*attempts, a.Now)
		*attempts, changed = forgiven, changed || some
	}
	if u.Status == mfa.UserLocked {
		u.Status, changed = mfa.UserActive, true
	}
	return changed
}
