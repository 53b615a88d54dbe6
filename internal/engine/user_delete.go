package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// DeleteUser implements [mfa.Users]. What happened stays in the audit trail, and
// notices that wait are still sent.
func (e *Engine) DeleteUser(ctx context.Context, req mfa.DeleteUserRequest) (mfa.DeletedUser, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.DeletedUser{}, err
	}
	o := spec{method: "DeleteUser", body: req, user: req.User, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.DeletedUser, error) {
		out := mfa.DeletedUser{DryRun: req.DryRun, Changed: true}
		if out.User, err = s.userInfo(u, true); err != nil {
			return out, err
		}
		if err := s.requireAnotherAdministrator(u); err != nil {
			return out, err
		}
		if req.DryRun {
			out.Removed, err = s.strippable(u)
			return out, err
		}
		return s.deleteUser(u, reason, out)
	})
}

func (s *scope) deleteUser(u *account, reason string, out mfa.DeletedUser) (_ mfa.DeletedUser, err error) {
	if out.Event, err = s.record(event{action: mfa.ActUserDelete, user: u, reason: reason, note: string(u.Role)}); err != nil {
		return out, err
	}
	if err := s.notify(u, notice{kind: mfa.NoticeDeleted, reason: reason}); err != nil {
		return out, err
	}
	if out.Removed, err = s.strip(u, ""); err != nil {
		return out, err
	}
	for _, mark := range u.Factors { // a set-password code, which strip keeps
		if err := s.w.DeleteFactor(mark.ID); err != nil {
			return out, err
		}
	}
	if out.Removed.Tokens, err = s.endTokens(u.ID); err != nil {
		return out, err
	}
	return out, s.w.DeleteUser(u.ID)
}
