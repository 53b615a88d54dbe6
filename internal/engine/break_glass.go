package engine

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Break-glass is for whoever opens the store directly, when nobody can sign in
// any more: no session, no password, no second person. It needs a reason, is an
// event of high severity with the OS identity, and every administrator is told
// (OWASP ASVS 16.3.3).

// BreakGlassReset is Reset for whoever opens the store directly. Usage without a
// reason, NotFound.
func (e *Engine) BreakGlassReset(ctx context.Context, req mfa.BreakGlassRequest) (mfa.ResetReport, error) {
	return breakGlass(ctx, e.runner, "BreakGlassReset", req, func(s *scope, u *account, b basis) (mfa.ResetReport, bool, error) {
		out, err := s.resetNow(u, mfa.ResetRequest{NewCode: req.NewCode, Change: mfa.Change{DryRun: req.DryRun}}, b)
		return out, out.Changed, err
	})
}

// BreakGlassPassword is ResetPassword for whoever opens the store directly.
// Usage without a reason, NotFound.
func (e *Engine) BreakGlassPassword(ctx context.Context, req mfa.BreakGlassRequest) (mfa.PasswordReset, error) {
	return breakGlass(ctx, e.runner, "BreakGlassPassword", req, func(s *scope, u *account, b basis) (mfa.PasswordReset, bool, error) {
		out, err := s.resetPasswordNow(u, b, req.DryRun)
		return out, out.Changed, err
	})
}

// breakGlass does one act under a rule that asks for no session.
func breakGlass[R any](ctx context.Context, run *runner, method string, req mfa.BreakGlassRequest, do func(*scope, *account, basis) (R, bool, error)) (R, error) {
	var none R
	reason, err := reasonText(req.Reason)
	if err != nil {
		return none, err
	}
	if reason == "" {
		return none, mfa.UsageError("reason", "missing: break-glass is never done without one")
	}
	rule := mfa.Rule{Method: method, Changes: true, Action: mfa.ActBreakGlass}
	o := spec{method: method, body: req, name: req.User, reason: reason, dry: req.DryRun}
	return performUnder(ctx, run, o, rule, func(s *scope, _ *account) (R, error) {
		u, err := s.accountNamed(req.User)
		if errors.Is(err, mfa.NotFound) {
			return none, mfa.Errorf(mfa.NotFound, "no user %s", req.User)
		}
		if err != nil {
			return none, err
		}
		b := basis{reason: reason, breakGlass: true}
		out, changed, err := do(s, u, b)
		if err != nil {
			return out, refusedAbout(err, b.event("", u, ""))
		}
		if !changed || req.DryRun {
			return out, nil
		}
		return out, s.recordBreakGlass(u, b)
	})
}

// recordBreakGlass records the use of break-glass, and notifies the administrators.
func (s *scope) recordBreakGlass(u *account, b basis) error {
	if _, err := s.record(b.event(mfa.ActBreakGlass, u, s.rule.Method)); err != nil {
		return err
	}
	return s.notifyAdministrators(u.community, b.notice(mfa.NoticeBreakGlass, s.rule.Method+" of "+u.Email))
}
