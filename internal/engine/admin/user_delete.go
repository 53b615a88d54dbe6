package admin

import (
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// DeleteUser implements [mfa.Users]. What happened stays in the audit trail, and
// notices that wait are still sent.
func (e *Part) DeleteUser(ctx context.Context, req mfa.DeleteUserRequest) (mfa.DeletedUser, error) {
	o := act.Spec{Method: "DeleteUser", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.DeletedUser, error) {
		out := mfa.DeletedUser{DryRun: req.DryRun, Changed: true}
		var err error
		if out.User, err = userInfo(a, u, true); err != nil {
			return out, err
		}
		if err := requireAnotherAdministrator(a, u); err != nil {
			return out, err
		}
		if req.DryRun {
			out.Removed, err = strippable(a, u)
			return out, err
		}
		return deleteUser(a, u, req.Reason, out)
	})
}

func deleteUser(a *act.Act, u *act.Account, reason string, out mfa.DeletedUser) (_ mfa.DeletedUser, err error) {
	out.Event = a.Record(act.Event{Action: mfa.ActUserDelete, User: u, Reason: reason, Note: string(u.Role)})
	a.Notify(u, act.Notice{Kind: mfa.NoticeDeleted, Reason: reason})
	if out.Removed, err = signin.RemoveSecondFactors(a, u, ""); err != nil {
		return out, err
	}
	for _, mark := range u.Factors { // a set-password code, which RemoveSecondFactors keeps
		a.Wrote(a.Write.DeleteFactor(mark.ID))
	}
	if out.Removed.Tokens, err = endTokens(a, u.ID); err != nil {
		return out, err
	}
	a.Wrote(a.Write.DeleteUser(u.ID))
	return out, nil
}
