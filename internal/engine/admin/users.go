package admin

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// ShowUser implements [mfa.Users].
func (e *Part) ShowUser(ctx context.Context, req mfa.ShowUserRequest) (mfa.UserInfo, error) {
	o := act.Spec{Method: "ShowUser", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.UserInfo, error) { return userInfo(a, u, true) })
}

// ListUsers implements [mfa.Users].
func (e *Part) ListUsers(ctx context.Context, req mfa.ListUsersRequest) (mfa.UserPage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListUsers", Body: req}, func(a *act.Act, _ *act.Account) (mfa.UserPage, error) {
		out := mfa.UserPage{}
		q := mfa.UserQuery{After: req.After, Limit: act.PageSize(req.Limit)}
		var err error
		if q.CommunityIDs, err = communities(a, req.Community); err != nil {
			return out, err
		}
		page, err := act.PageOf(q, act.Listing[mfa.UserQuery, mfa.User, mfa.UserInfo, string]{
			Read: a.Read.UserPage,
			Row:  func(row mfa.User) mfa.DamagedRow { return mfa.DamagedRow{Sort: "user", ID: row.ID} },
			Key:  func(row mfa.User) string { return row.Email },
			Tell: func(row mfa.User) (mfa.UserInfo, bool, error) { return listedUser(a, row) },
		})
		out.Items, out.Next = page.Items, page.Next
		return out, marked(a, &out.Damaged, page.Damaged, req.Community, err)
	})
}

// listedUser tells of a user. Of one whose community is damaged it tells what the user's own
// row says, to callers who reach every community.
func listedUser(a *act.Act, row mfa.User) (info mfa.UserInfo, listed bool, _ error) {
	u, damage := a.AccountOf(row)
	if damage != nil {
		if !errors.Is(damage, mfa.Damaged) || !a.Actor.Grant.Everywhere {
			return info, false, damage
		}
		grant, _ := row.Role.BuiltIn()
		u = &act.Account{User: row, Community: mfa.Community{ID: row.CommunityID, Name: row.CommunityID}, Grant: grant}
	}
	info, err := userInfo(a, u, false)
	return info, err == nil, cmp.Or(err, damage)
}

// LockUser implements [mfa.Users].
func (e *Part) LockUser(ctx context.Context, req mfa.LockUserRequest) (mfa.UpdatedUser, error) {
	o := act.Spec{Method: "LockUser", Body: req, User: req.User, Password: &req.Password}
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
		if out.Changed && u.Grant.Privileged() {
			if err := act.RequirePassword(a, "lock an account with permissions over others"); err != nil {
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

// mayUnlock asks for the actor's password where the lock is worth one.
func mayUnlock(a *act.Act, u *act.Account, b Basis) error {
	switch {
	case b.BreakGlass:
		return nil
	case u.Status == mfa.UserLocked:
		return act.RequirePassword(a, "lift a lock that an administrator set")
	case throttle.Exhausted(u.Password):
		return act.RequirePassword(a, "clear a count of 100 wrong passwords")
	}
	return nil
}

// UnlockUser implements [mfa.Users].
func (e *Part) UnlockUser(ctx context.Context, req mfa.UnlockUserRequest) (mfa.UpdatedUser, error) {
	o := act.Spec{Method: "UnlockUser", Body: req, User: req.User, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.UpdatedUser, error) {
		return UnlockNow(a, u, req, Basis{Reason: req.Reason})
	})
}

// UnlockNow unlocks the target.
func UnlockNow(a *act.Act, u *act.Account, req mfa.UnlockUserRequest, b Basis) (mfa.UpdatedUser, error) {
	out := mfa.UpdatedUser{DryRun: req.DryRun}
	if err := mayUnlock(a, u, b); err != nil {
		return out, err
	}
	var err error
	out.Cleared = unlock(a, u)
	out.Changed = len(out.Cleared) > 0
	if out.Changed && !req.DryRun {
		a.Wrote(a.Write.PutUser(&u.User))
		b.announce(a, u, mfa.ActAuthUnlock, mfa.NoticeUnlocked, "cleared: "+strings.Join(out.Cleared, ", "))
	}
	out.User, err = userInfo(a, u, true)
	return out, err
}

// unlock ends every lock but a hundred wrong codes in a row, and returns what there was to
// end.
func unlock(a *act.Act, u *act.Account) (cleared []string) {
	if u.Status == mfa.UserLocked {
		u.Status = mfa.UserActive
		cleared = append(cleared, mfa.ClearedLock)
	}
	for _, c := range []struct {
		what     string
		attempts *mfa.Attempts
		unlock   func(mfa.Attempts, time.Time) (mfa.Attempts, bool)
	}{
		{mfa.ExhaustedPassword, &u.Password, throttle.UnlockPassword},
		{mfa.ExhaustedCodes, &u.OTP, throttle.Unlock},
		{mfa.LockedCodes, &u.Code, throttle.Unlock},
		{mfa.ExhaustedCodes + mfa.LockedAtVerify, &u.VerifyOTP, throttle.Unlock},
		{mfa.LockedCodes + mfa.LockedAtVerify, &u.VerifyCode, throttle.Unlock},
	} {
		attempts, some := c.unlock(*c.attempts, a.Now)
		if *c.attempts = attempts; some {
			cleared = append(cleared, c.what)
		}
	}
	return cleared
}

// DeleteUser implements [mfa.Users]. What happened stays in the audit trail, and
// notices that wait are still sent.
func (e *Part) DeleteUser(ctx context.Context, req mfa.DeleteUserRequest) (mfa.DeletedUser, error) {
	o := act.Spec{Method: "DeleteUser", Body: req, User: req.User, Password: &req.Password}
	sound := false // the target's record: else another one is damaged
	out, err := act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.DeletedUser, error) {
		sound = true
		return DeleteNow(a, u, Basis{Reason: req.Reason}, req.DryRun)
	})
	if sound || !IsDamagedUser(err) {
		return out, err
	}
	if req.Password.IsZero() && !req.DryRun {
		return out, mfa.AsError(err).WithHint("an operator removes the account: mfactl admin users delete USER --reason TEXT --password-file FILE")
	}
	rule, _ := mfa.RuleOf(o.Method)
	rule.Levels, rule.OnUser, rule.Password = []mfa.Level{mfa.LevelMFA}, false, mfa.PasswordAlways
	o = act.Spec{Method: o.Method, Body: req, Password: &req.Password}
	return act.PerformUnder(ctx, e.Runner, o, rule, func(a *act.Act, _ *act.Account) (mfa.DeletedUser, error) {
		return DeleteDamaged(a, req.User, Basis{Reason: req.Reason}, req.DryRun)
	})
}

// DeleteNow removes an account, or says what it would remove.
func DeleteNow(a *act.Act, u *act.Account, b Basis, dry bool) (mfa.DeletedUser, error) {
	out := mfa.DeletedUser{DryRun: dry, Changed: true}
	var err error
	if out.User, err = userInfo(a, u, true); err != nil {
		return out, err
	}
	if err := forbidController(a, u, b); err != nil {
		return out, err
	}
	if err := requireAnotherAdministrator(a, u); err != nil {
		return out, err
	}
	if u.Grant.Privileged() && !b.BreakGlass {
		if err := act.RequirePassword(a, "delete an account with permissions over others"); err != nil {
			return out, err
		}
	}
	if dry {
		out.Removed, err = strippable(a, u)
		return out, err
	}
	return deleteUser(a, u, b, out)
}

func deleteUser(a *act.Act, u *act.Account, b Basis, out mfa.DeletedUser) (_ mfa.DeletedUser, err error) {
	out.Event = a.Record(b.Event(mfa.ActUserDelete, u, string(u.Role)))
	a.Notify(u, b.Notice(mfa.NoticeDeleted, ""))
	if out.Removed, err = signin.RemoveSecondFactors(a, u, ""); err != nil {
		return out, err
	}
	for _, mark := range u.Factors { // a set-password code, which RemoveSecondFactors keeps
		a.Wrote(a.Write.DeleteFactor(mark.ID))
	}
	if out.Removed.Tokens, err = endTokens(a, u.ID); err != nil {
		return out, err
	}
	if err := keepFormer(a, u, true); err != nil {
		return out, err
	}
	a.Wrote(a.Write.DeleteUser(u.ID))
	return out, nil
}
