package direct

import (
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/admin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Break-glass is for the owner of the store, who opens it directly when nobody can sign
// in: no session, no password, no second person. It needs a reason, is an event of high
// severity with the OS identity, and every administrator is notified (OWASP ASVS 16.3.3).

// BreakGlassReset is Reset on a store that was opened directly. Usage without a
// reason, NotFound.
func (e *Part) BreakGlassReset(ctx context.Context, req mfa.BreakGlassRequest) (mfa.ResetReport, error) {
	return breakGlass(ctx, e.Runner, "BreakGlassReset", req, func(a *act.Act, u *act.Account, b admin.Basis) (mfa.ResetReport, bool, error) {
		out, err := admin.ResetNow(a, u, mfa.ResetRequest{NewCode: req.NewCode, Change: mfa.Change{DryRun: req.DryRun}}, b)
		return out, out.Changed, err
	})
}

// BreakGlassPassword is ResetPassword on a store that was opened directly.
// Usage without a reason, NotFound.
func (e *Part) BreakGlassPassword(ctx context.Context, req mfa.BreakGlassRequest) (mfa.PasswordReset, error) {
	return breakGlass(ctx, e.Runner, "BreakGlassPassword", req, func(a *act.Act, u *act.Account, b admin.Basis) (mfa.PasswordReset, bool, error) {
		out, err := admin.ResetPasswordNow(a, u, mfa.ResetPasswordRequest{Change: mfa.Change{DryRun: req.DryRun}}, b)
		return out, out.Changed, err
	})
}

// BreakGlassDelete is DeleteUser on a store that was opened directly, also of an account whose
// record does not verify. Usage without a reason, NotFound.
func (e *Part) BreakGlassDelete(ctx context.Context, req mfa.BreakGlassRequest) (mfa.DeletedUser, error) {
	const method = "BreakGlassDelete"
	out, err := breakGlass(ctx, e.Runner, method, req, func(a *act.Act, u *act.Account, b admin.Basis) (mfa.DeletedUser, bool, error) {
		out, err := admin.DeleteNow(a, u, b, req.DryRun)
		return out, out.Changed, err
	})
	if !admin.IsDamagedUser(err) {
		return out, err
	}
	rule := mfa.Rule{Method: method, Changes: true, Action: mfa.ActBreakGlass}
	return act.PerformUnder(ctx, e.Runner, act.Spec{Method: method, Body: req}, rule, func(a *act.Act, _ *act.Account) (mfa.DeletedUser, error) {
		return admin.DeleteDamaged(a, req.User, admin.Basis{Reason: req.Reason, BreakGlass: true}, req.DryRun)
	})
}

// breakGlass does one act under a rule that asks for no session.
func breakGlass[R any](ctx context.Context, run *act.Runner, method string, req mfa.BreakGlassRequest, do func(*act.Act, *act.Account, admin.Basis) (R, bool, error)) (R, error) {
	var none R
	if req.Reason == "" {
		return none, mfa.UsageError("reason", "missing: break-glass is never done without one")
	}
	rule := mfa.Rule{Method: method, Changes: true, Action: mfa.ActBreakGlass}
	o := act.Spec{Method: method, Body: req, Address: req.User}
	return act.PerformUnder(ctx, run, o, rule, func(a *act.Act, _ *act.Account) (R, error) {
		u, err := a.AccountNamed(req.User)
		if err != nil {
			return none, mfa.Missing(err, mfa.Errorf(mfa.NotFound, "no user %s", req.User))
		}
		b := admin.Basis{Reason: req.Reason, BreakGlass: true}
		out, changed, err := do(a, u, b)
		if err != nil {
			return out, act.RefusedAbout(err, b.Event("", u, ""))
		}
		if !changed || req.DryRun {
			return out, nil
		}
		return out, recordBreakGlass(a, u, b)
	})
}

// recordBreakGlass records the use of break-glass, and notifies the administrators.
func recordBreakGlass(a *act.Act, u *act.Account, b admin.Basis) error {
	a.Record(b.Event(mfa.ActBreakGlass, u, a.Rule.Method))
	return act.NotifyAdministrators(a, u.Community, b.Notice(mfa.NoticeBreakGlass, a.Rule.Method+" of "+u.Email))
}
