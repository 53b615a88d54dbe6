package engine

import (
	"context"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Reset implements [mfa.Resets].
func (e *Engine) Reset(ctx context.Context, req mfa.ResetRequest) (mfa.ResetReport, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.ResetReport{}, err
	}
	o := op{method: "Reset", body: req, password: &req.Password, user: req.User, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.ResetReport, error) { return s.resetNow(req) })
}

// resetNow resets the target, or files it for a second person.
func (s *scope) resetNow(req mfa.ResetRequest) (mfa.ResetReport, error) {
	out, needed, err := s.previewReset(req)
	if err != nil || !needed {
		return out, err
	}
	if req.Request {
		out.Request, out.Changed, err = s.file(req.NewCode, "")
		return out, err
	}
	if err := s.alone(map[string]time.Time{"password": s.target.PasswordResetAt}); err != nil {
		return out, err
	}
	if req.DryRun {
		out.Changed = true
		return out, nil
	}
	return s.reset(out)
}

// previewReset tells what a reset would meet and remove, and whether there is
// anything to do: a state that is off stays off, and an unused code lives on
// unless another was asked for.
func (s *scope) previewReset(req mfa.ResetRequest) (mfa.ResetReport, bool, error) {
	u := s.target
	out := mfa.ResetReport{User: u.Email, UserID: u.ID, DryRun: req.DryRun, State: u.State}
	var err error
	if out.Target, err = s.about(u, true); err != nil {
		return out, false, err
	}
	if u.State == mfa.StateOff {
		return out, false, nil
	}
	if live := out.Target.RecoveryExpires; live != nil && !req.NewCode {
		out.ExpiresAt = *live
		return out, false, nil
	}
	out.Removed = mfa.Removed{
		Factors: len(out.Target.Factors), BackupCodes: out.Target.BackupCodesLeft, Sessions: out.Target.Sessions,
	}
	return out, true, nil
}

// reset removes and issues: one transaction, all of it or nothing.
func (s *scope) reset(out mfa.ResetReport) (mfa.ResetReport, error) {
	u := s.target
	var err error
	if out.Removed, err = s.strip(u, ""); err != nil {
		return out, err
	}
	f, codes, err := s.issue(u, mfa.KindRecovery, 1, u.policy.RecoveryTTL)
	if err != nil {
		return out, err
	}
	u.State, u.ResetAt = mfa.StateRecovering, s.now
	s.hold(u, mfa.TouchFactors)
	if err := s.putUser(&u.User); err != nil {
		return out, err
	}
	out.Changed, out.State, out.RecoveryCode, out.ExpiresAt = true, u.State, codes[0], f.ExpiresAt
	note := "removed " + counted(out.Removed.Factors, "factor") + ", " +
		counted(out.Removed.BackupCodes, "backup code") + ", " + counted(out.Removed.Sessions, "session")
	if out.Event, err = s.record(mfa.ActReset, note); err != nil {
		return out, err
	}
	if _, err := s.record(mfa.ActRecoveryIssue, "valid until "+f.ExpiresAt.Format(time.RFC3339)); err != nil {
		return out, err
	}
	return out, s.notify(u, mfa.NoticeReset, note)
}
