package admin

import (
	"context"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Reset implements [mfa.Resets].
func (e *Part) Reset(ctx context.Context, req mfa.ResetRequest) (mfa.ResetReport, error) {
	if req.Request && req.RevokeTokens {
		return mfa.ResetReport{}, mfa.UsageError("revoke_tokens", "not with a request").WithHint("mfactl admin tokens revoke, which needs no second person")
	}
	o := act.Spec{Method: "Reset", Body: req, Password: &req.Password, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.ResetReport, error) {
		return ResetNow(a, u, req, Basis{Reason: req.Reason})
	})
}

// ResetNow resets the target, or files it for a second person.
func ResetNow(a *act.Act, u *act.Account, req mfa.ResetRequest, b Basis) (mfa.ResetReport, error) {
	out, needed, err := previewReset(a, u, req)
	if err != nil {
		return out, err
	}
	if !needed {
		return out, tokensStay(a, u, out, req)
	}
	if err := forbidController(a, u, b); err != nil {
		return out, err
	}
	if req.Request {
		out.Request, out.Changed, err = fileRequest(a, u, mfa.Request{NewCode: req.NewCode, Reason: b.Reason}, req.DryRun)
		return out, err
	}
	if err := requireTwoPersons(a, u, b, mfa.HalfFactor); err != nil {
		return out, err
	}
	if req.DryRun {
		out.Changed = true
		return out, nil
	}
	return reset(a, u, out, req.RevokeTokens, b)
}

// tokensStay refuses to say "nothing to do" if the caller wants tokens revoked and there
// are some.
func tokensStay(a *act.Act, u *act.Account, out mfa.ResetReport, req mfa.ResetRequest) error {
	if !req.RevokeTokens {
		return nil
	}
	there, err := strippable(a, u)
	if err != nil || there.Tokens == 0 {
		return err
	}
	return mfa.Errorf(mfa.Conflict, "there is no 2FA to reset, and so no token was revoked: %s has %s", out.User,
		act.Counted(there.Tokens, "API token")).WithHint("mfactl admin tokens list %s, or --new-code where a recovery code lives", mfa.ShellWord(out.User))
}

// previewReset tells what a reset would meet and remove, and whether there is
// anything to do: a state that is off stays off, and an unused code lives on
// unless another was asked for.
func previewReset(a *act.Act, u *act.Account, req mfa.ResetRequest) (mfa.ResetReport, bool, error) {
	out := mfa.ResetReport{User: u.Email, UserID: u.ID, DryRun: req.DryRun, State: u.State}
	var err error
	if out.Target, err = userInfo(a, u, true); err != nil {
		return out, false, err
	}
	if u.State == mfa.StateOff {
		return out, false, nil
	}
	if live := out.Target.RecoveryExpires; live != nil && !req.NewCode {
		out.ExpiresAt = *live
		return out, false, nil
	}
	out.Removed, err = strippable(a, u)
	if !req.RevokeTokens {
		out.Removed.Tokens = 0
	}
	return out, true, err
}

// reset removes and issues: one transaction, all of it or nothing.
func reset(a *act.Act, u *act.Account, out mfa.ResetReport, tokens bool, b Basis) (mfa.ResetReport, error) {
	var err error
	if out.Removed, err = signin.RemoveSecondFactors(a, u, ""); err != nil {
		return out, err
	}
	if tokens {
		if out.Removed.Tokens, err = endTokens(a, u.ID); err != nil {
			return out, err
		}
	}
	f, codes, err := signin.IssueCodes(a, u, mfa.KindRecovery, 1, u.Policy.RecoveryTTL)
	if err != nil {
		return out, err
	}
	act.RecordHalf(a, u, mfa.HalfFactor, b.asked...) // before ResetAt, by which older stores know a half
	u.State, u.ResetAt, u.OwnFactorAt, u.Markers = mfa.StateRecovering, a.Now, time.Time{}, nil
	a.Wrote(a.Write.PutUser(&u.User))
	out.Changed, out.State, out.RecoveryCode, out.ExpiresAt = true, u.State, codes[0], f.ExpiresAt
	note := resetNote(a, out.Removed)
	out.Event = a.Record(b.Event(mfa.ActReset, u, note))
	a.Record(b.Event(mfa.ActRecoveryIssue, u, "valid until "+f.ExpiresAt.Format(time.RFC3339)))
	a.Notify(u, b.Notice(mfa.NoticeReset, note))
	return out, nil
}

// resetNote tells what a reset removed, and how it came about where nobody gave a
// password.
func resetNote(a *act.Act, r mfa.Removed) string {
	note := "removed " + act.Counted(r.Factors, "factor") + ", " + act.Counted(r.BackupCodes, "backup code") + ", " + act.Counted(r.Sessions, "session")
	if r.Tokens > 0 {
		note += ", " + act.Counted(r.Tokens, "API token")
	}
	if a.Unattended() {
		note += ", without a password: " + act.RuleUnattended
	}
	return note
}

// strippable counts the records of an account that RemoveSecondFactors and endTokens would remove.
func strippable(a *act.Act, u *act.Account) (out mfa.Removed, _ error) {
	rows, err := a.Read.FactorRows(u.ID)
	if err != nil {
		return out, err
	}
	for _, f := range append(rows.Sound, signin.DamagedFactors(u, rows)...) {
		if !signin.StaysOnRemoval(a, u, f) {
			signin.CountRemoved(a, &out, f)
		}
	}
	sessions, err := a.Read.SessionRows(u.ID)
	if err != nil {
		return out, err
	}
	out.Sessions = sessions.Count(a.Unexpired)
	tokens, err := a.Read.TokenRows(u.ID)
	out.Tokens = liveTokens(a, tokens)
	return out, err
}
