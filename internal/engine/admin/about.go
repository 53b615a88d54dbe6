package admin

import (
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// userInfo tells of one account; whole adds what takes more reading.
func userInfo(a *act.Act, u *act.Account, whole bool) (mfa.UserInfo, error) {
	out := mfa.UserInfo{
		ID: u.ID, Email: u.Email, Community: u.Community.Name, Role: u.Role, Privileged: u.Grant.Privileged(),
		Service: u.Service, Status: u.Status, State: u.State,
		HasPassword: u.PasswordHash != "", CreatedAt: u.CreatedAt,
	}
	if !u.LastSignInAt.IsZero() {
		out.LastSignInAt = &u.LastSignInAt
	}
	if !whole {
		return out, nil
	}
	out.UserDetail = &mfa.UserDetail{Factors: []mfa.FactorInfo{}, Locks: LocksOf(u, a.Now)}
	if err := factorDetails(a, u, out.UserDetail); err != nil {
		return out, err
	}
	sessions, err := a.Read.SessionRows(u.ID)
	if err != nil {
		return out, err
	}
	out.Sessions = sessions.Count(a.Unexpired)
	tokens, err := a.Read.TokenRows(u.ID)
	if err != nil {
		return out, err
	}
	out.Tokens = tokens.Count(func(k mfa.Token) bool { return a.Now.Before(act.TokenEnd(k, u)) })
	resets, err := a.Read.EventRows(mfa.EventQuery{
		TargetID: u.ID, Actions: []mfa.Action{mfa.ActReset}, Outcome: mfa.OutcomeOK, Since: a.Now.Add(-30 * 24 * time.Hour),
	})
	out.RecentResets = resets.Len()
	return out, err
}

// LocksOf tells what wrong attempts have locked, and until when.
func LocksOf(u *act.Account, now time.Time) (out []mfa.LockInfo) {
	for _, c := range []struct {
		what     string
		attempts mfa.Attempts
		remedy   string // against a hundred wrong ones in a row; empty: there are not so many
	}{
		{mfa.ExhaustedCodes, u.OTP, codesRemedy(u)},
		{mfa.LockedCodes, u.Code, ""},
		{mfa.ExhaustedCodes + mfa.LockedAtVerify, u.VerifyOTP, ""},
		{mfa.LockedCodes + mfa.LockedAtVerify, u.VerifyCode, ""},
		{mfa.ExhaustedPassword, u.Password, passwordRemedy(u)},
	} {
		until, is := throttle.Locked(c.attempts, now)
		switch {
		case c.remedy != "":
			out = append(out, mfa.LockInfo{What: c.what, Remedy: c.remedy})
		case is:
			out = append(out, mfa.LockInfo{What: c.what, Until: &until})
		}
	}
	return out
}

// codesRemedy says what helps an account whose one-time passwords were wrong a hundred times
// in a row; it is empty if they were not.
func codesRemedy(u *act.Account) string {
	switch {
	case !signin.Exhausted(u.User):
		return ""
	case signin.TakesBackupCodes(u):
		return "the user signs in with a backup code and runs mfactl 2fa resync, or an administrator resets the 2FA"
	}
	return "an administrator resets the 2FA"
}

// passwordRemedy is codesRemedy for the password.
func passwordRemedy(u *act.Account) string {
	if !throttle.Exhausted(u.Password) {
		return ""
	}
	return "an administrator unlocks the account or resets the password"
}

// factorDetails tells of a user's factors as far as they verify: an administrator must be
// able to look at a damaged account and reset it. Of one that does not verify it tells the
// id, and the kind that the user row remembers.
func factorDetails(a *act.Act, u *act.Account, out *mfa.UserDetail) error {
	rows, err := a.Read.FactorRows(u.ID)
	if err != nil {
		return err
	}
	for _, f := range signin.DamagedFactors(u, rows) {
		if signin.IsFactor(a, f.Kind) {
			out.Factors = append(out.Factors, signin.FactorInfo(a, u.User, f))
		}
	}
	for _, f := range rows.Sound {
		switch class := signin.ClassOf(a, f.Kind); {
		case f.Status == mfa.FactorPending:
		case class == mfa.Possession:
			out.Factors = append(out.Factors, signin.FactorInfo(a, u.User, f))
		case class == mfa.LookUpSet:
			if n, err := signin.CodesIn(a, f); err == nil && signin.TakesBackupCodes(u) {
				out.BackupCodesLeft += n
			}
		case class == mfa.StandIn && u.State == mfa.StateRecovering:
			if f.LastUsedAt.IsZero() && !signin.Ended(f, a.Now) {
				out.RecoveryExpires = &f.ExpiresAt
			}
		}
	}
	return nil
}
