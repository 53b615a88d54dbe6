package admin

import (
	"context"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// setPasswordTTL is how long a set-password code lives.
const setPasswordTTL = 24 * time.Hour

// ResetPassword implements [mfa.Passwords].
func (e *Part) ResetPassword(ctx context.Context, req mfa.ResetPasswordRequest) (mfa.PasswordReset, error) {
	o := act.Spec{Method: "ResetPassword", Body: req, Password: &req.Password, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.PasswordReset, error) {
		if !req.Request {
			return ResetPasswordNow(a, u, Basis{Reason: req.Reason}, req.DryRun)
		}
		out := mfa.PasswordReset{User: u.Email, UserID: u.ID, DryRun: req.DryRun}
		if err := hasPassword(u); err != nil {
			return out, err
		}
		var err error
		if out.Target, err = userInfo(a, u, true); err == nil {
			out.Request, out.Changed, err = fileRequest(a, u, mfa.Request{Reason: req.Reason}, req.DryRun)
		}
		return out, err
	})
}

// hasPassword refuses an account that can have no password.
func hasPassword(u *act.Account) error {
	if u.Service {
		return mfa.Errorf(mfa.Conflict, "%s is a service account, which has no password", u.Email).
			WithHint("mfactl admin tokens create --for %s", mfa.ShellWord(u.Email))
	}
	return nil
}

// ResetPasswordNow takes the target's password away.
func ResetPasswordNow(a *act.Act, u *act.Account, b Basis, dry bool) (mfa.PasswordReset, error) {
	out := mfa.PasswordReset{User: u.Email, UserID: u.ID, Changed: true, DryRun: dry}
	if err := hasPassword(u); err != nil {
		return out, err
	}
	var err error
	if out.Target, err = userInfo(a, u, true); err != nil {
		return out, err
	}
	if err := requireTwoPersons(a, u, b, map[string]time.Time{"2FA": u.ResetAt}); err != nil {
		return out, err
	}
	if dry {
		out.Ended = out.Target.Sessions
		return out, nil
	}
	u.PasswordResetAt, u.Password = a.Now, mfa.Attempts{}
	if err = a.RecordControl(u, mfa.ControlPassword, b.requester); err != nil {
		return out, err
	}
	if out.Ended, err = signin.SetPassword(a, u, "", ""); err != nil {
		return out, err
	}
	if out.Code, out.ExpiresAt, err = issuePasswordCode(a, u); err != nil {
		return out, err
	}
	out.Event = a.Record(b.Event(mfa.ActPasswordReset, u, ""))
	a.Notify(u, b.Notice(mfa.NoticePasswordReset, ""))
	return out, nil
}

// issuePasswordCode makes a set-password code, one a user.
func issuePasswordCode(a *act.Act, u *act.Account) (mfa.Secret, time.Time, error) {
	f, codes, err := signin.IssueCodes(a, u, mfa.KindSetPassword, 1, setPasswordTTL)
	if err != nil {
		return mfa.Secret{}, time.Time{}, err
	}
	a.Wrote(a.Write.PutUser(&u.User))
	return codes[0], f.ExpiresAt, nil
}
