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
	if req.Request && req.RevokeTokens {
		return mfa.ResetReport{}, mfa.UsageError("revoke_tokens", "not with a request").WithHint("mfactl admin tokens revoke, which needs no second person")
	}
	o := spec{method: "Reset", body: req, password: &req.Password, user: req.User, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.ResetReport, error) { return s.resetNow(u, req, basis{reason: reason}) })
}

// resetNow resets the target, or files it for a second person.
func (s *scope) resetNow(u *account, req mfa.ResetRequest, b basis) (mfa.ResetReport, error) {
	out, needed, err := s.previewReset(u, req)
	if err != nil {
		return out, err
	}
	if !needed {
		return out, s.tokensStay(u, out, req)
	}
	if req.Request {
		out.Request, out.Changed, err = s.fileRequest(u, mfa.Request{NewCode: req.NewCode, Reason: b.reason}, req.DryRun)
		return out, err
	}
	if err := s.requireTwoPersons(u, b, map[string]time.Time{"password": u.PasswordResetAt}); err != nil {
		return out, err
	}
	if req.DryRun {
		out.Changed = true
		return out, nil
	}
	return s.reset(u, out, req.RevokeTokens, b)
}

// tokensStay refuses to say "nothing to do" to whoever wants tokens revoked that
// are there.
func (s *scope) tokensStay(u *account, out mfa.ResetReport, req mfa.ResetRequest) error {
	if !req.RevokeTokens {
		return nil
	}
	there, err := s.strippable(u)
	if err != nil || there.Tokens == 0 {
		return err
	}
	return mfa.Errorf(mfa.Conflict, "there is no 2FA to reset, and so no token was revoked: %s has %s", out.User,
		counted(there.Tokens, "API token")).WithHint("mfactl admin tokens list %s, or --new-code where a recovery code lives", mfa.ShellWord(out.User))
}

// previewReset tells what a reset would meet and remove, and whether there is
// anything to do: a state that is off stays off, and an unused code lives on
// unless another was asked for.
func (s *scope) previewReset(u *account, req mfa.ResetRequest) (mfa.ResetReport, bool, error) {
	out := mfa.ResetReport{User: u.Email, UserID: u.ID, DryRun: req.DryRun, State: u.State}
	var err error
	if out.Target, err = s.userInfo(u, true); err != nil {
		return out, false, err
	}
	if u.State == mfa.StateOff {
		return out, false, nil
	}
	if live := out.Target.RecoveryExpires; live != nil && !req.NewCode {
		out.ExpiresAt = *live
		return out, false, nil
	}
	out.Removed, err = s.strippable(u)
	if !req.RevokeTokens {
		out.Removed.Tokens = 0
	}
	return out, true, err
}

// reset removes and issues: one transaction, all of it or nothing.
func (s *scope) reset(u *account, out mfa.ResetReport, tokens bool, b basis) (mfa.ResetReport, error) {
	var err error
	if out.Removed, err = s.strip(u, ""); err != nil {
		return out, err
	}
	if tokens {
		if out.Removed.Tokens, err = s.endTokens(u.ID); err != nil {
			return out, err
		}
	}
	f, codes, err := s.issue(u, mfa.KindRecovery, 1, u.policy.RecoveryTTL)
	if err != nil {
		return out, err
	}
	u.State, u.ResetAt = mfa.StateRecovering, s.now
	if err := s.recordControl(u, mfa.ControlFactors, b.requester); err != nil {
		return out, err
	}
	if err := s.w.PutUser(&u.User); err != nil {
		return out, err
	}
	out.Changed, out.State, out.RecoveryCode, out.ExpiresAt = true, u.State, codes[0], f.ExpiresAt
	note := s.resetNote(out.Removed)
	if out.Event, err = s.record(b.event(mfa.ActReset, u, note)); err != nil {
		return out, err
	}
	if _, err := s.record(b.event(mfa.ActRecoveryIssue, u, "valid until "+f.ExpiresAt.Format(time.RFC3339))); err != nil {
		return out, err
	}
	return out, s.notify(u, b.notice(mfa.NoticeReset, note))
}

// resetNote tells what a reset removed, and how it came about where nobody gave a
// password.
func (s *scope) resetNote(r mfa.Removed) string {
	note := "removed " + counted(r.Factors, "factor") + ", " + counted(r.BackupCodes, "backup code") + ", " + counted(r.Sessions, "session")
	if r.Tokens > 0 {
		note += ", " + counted(r.Tokens, "API token")
	}
	if s.unattended() {
		note += ", without a password: " + ruleUnattended
	}
	return note
}

// strippable counts the records of an account that strip and endTokens would remove.
func (s *scope) strippable(u *account) (out mfa.Removed, _ error) {
	rows, err := s.r.FactorRows(u.ID)
	if err != nil {
		return out, err
	}
	for _, f := range append(rows.Sound, damagedFactors(u, rows)...) {
		if !s.stays(u, f) {
			s.count(&out, f)
		}
	}
	sessions, err := s.r.SessionRows(u.ID)
	if err != nil {
		return out, err
	}
	out.Sessions = s.liveSessions(sessions)
	tokens, err := s.r.TokenRows(u.ID)
	out.Tokens = s.liveTokens(tokens)
	return out, err
}
