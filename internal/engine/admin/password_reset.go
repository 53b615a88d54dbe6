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
		return ResetPasswordNow(a, u, req, Basis{Reason: req.Reason})
	})
}

// ResetPasswordNow takes the target's password away, or files it for a second person.
func ResetPasswordNow(a *act.Act, u *act.Account, req mfa.ResetPasswordRequest, b Basis) (mfa.PasswordReset, error) {
	out := mfa.PasswordReset{User: u.Email, UserID: u.ID, Changed: true, DryRun: req.DryRun}
	if u.Service {
		return out, mfa.Errorf(mfa.Conflict, "%s is a service account, which has no password", u.Email).
			WithHint("mfactl admin tokens create --for %s", mfa.ShellWord(u.Email))
	}
	var err error
	if out.Target, err = userInfo(a, u, true); err != nil {
		return out, err
	}
	if err := forbidController(a, u, b); err != nil {
		return out, err
	}
	if req.Request {
		out.Request, out.Changed, err = fileRequest(a, u, mfa.Request{Reason: b.Reason}, req.DryRun)
		return out, err
	}
	if err := requireTwoPersons(a, u, b, mfa.HalfPassword); err != nil {
		return out, err
	}
	if req.DryRun {
		out.Ended = out.Target.Sessions
		return out, nil
	}
	act.RecordHalf(a, u, mfa.HalfPassword, b.asked...) // before PasswordResetAt, by which older stores know a half
	u.PasswordResetAt, u.Password, u.OwnPasswordAt = a.Now, mfa.Attempts{}, time.Time{}
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
