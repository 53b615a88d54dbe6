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
	return breakGlass(ctx, e, "BreakGlassReset", req, func(s *scope) (mfa.ResetReport, bool, error) {
		out, err := s.resetNow(mfa.ResetRequest{NewCode: req.NewCode, Change: mfa.Change{DryRun: req.DryRun}})
		return out, out.Changed, err
	})
}

// BreakGlassPassword is ResetPassword for whoever opens the store directly.
// Usage without a reason, NotFound.
func (e *Engine) BreakGlassPassword(ctx context.Context, req mfa.BreakGlassRequest) (mfa.PasswordReset, error) {
	return breakGlass(ctx, e, "BreakGlassPassword", req, func(s *scope) (mfa.PasswordReset, bool, error) {
		out, err := s.resetPasswordNow()
		return out, out.Changed, err
	})
}

// breakGlass does one act under a rule that asks for no session.
func breakGlass[R any](ctx context.Context, e *Engine, method string, req mfa.BreakGlassRequest, act func(*scope) (R, bool, error)) (R, error) {
	var none R
	reason, err := reasonText(req.Reason)
	if err != nil {
		return none, err
	}
	if reason == "" {
		return none, mfa.Bad("reason", "missing: break-glass is never done without one")
	}
	rule := mfa.Rule{Method: method, Changes: true, Action: mfa.ActBreakGlass}
	o := op{method: method, body: req, name: req.User, reason: reason, dry: req.DryRun}
	return obey(ctx, e, o, rule, func(s *scope) (R, error) {
		u, err := s.accountNamed(req.User)
		if errors.Is(err, mfa.NotFound) {
			return none, mfa.Errorf(mfa.NotFound, "no user %s", req.User)
		}
		if err != nil {
			return none, err
		}
		s.target, s.glass = u, true
		out, changed, err := act(s)
		if err != nil || !changed || req.DryRun {
			return out, err
		}
		return out, s.tellBreakGlass()
	})
}

func (s *scope) tellBreakGlass() error {
	if _, err := s.record(mfa.ActBreakGlass, s.rule.Method); err != nil {
		return err
	}
	return s.tellAdministrators(s.target.community, mfa.NoticeBreakGlass, s.rule.Method+" of "+s.target.Email)
}
