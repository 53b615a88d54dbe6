package direct

import (
	"cmp"
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/admin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Break-glass is for the owner of the store, who opens it directly when nobody can sign
// in: no session, no password, no second person. The policy applies. It needs a reason, is an event of high
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

// BreakGlassUnlock is UnlockUser on a store that was opened directly. Usage without a reason,
// NotFound.
func (e *Part) BreakGlassUnlock(ctx context.Context, req mfa.BreakGlassRequest) (mfa.UpdatedUser, error) {
	return breakGlass(ctx, e.Runner, "BreakGlassUnlock", req, func(a *act.Act, u *act.Account, b admin.Basis) (mfa.UpdatedUser, bool, error) {
		out, err := admin.UnlockNow(a, u, mfa.UnlockUserRequest{Change: mfa.Change{DryRun: req.DryRun}}, b)
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
	return act.PerformUnder(ctx, e.Runner, act.Spec{Method: method, Body: req}, ruleOf(method), func(a *act.Act, _ *act.Account) (mfa.DeletedUser, error) {
		return admin.DeleteDamaged(a, req.User, admin.Basis{Reason: req.Reason, BreakGlass: true}, req.DryRun)
	})
}

// BreakGlassEmail is UpdateUser of the address on a store that was opened directly. Usage
// without a reason, NotFound, Conflict for an address that is taken.
func (e *Part) BreakGlassEmail(ctx context.Context, req mfa.BreakGlassRequest) (mfa.UpdatedUser, error) {
	address, err := act.CanonicalEmail(req.Email)
	if err != nil {
		return mfa.UpdatedUser{}, err
	}
	return breakGlass(ctx, e.Runner, "BreakGlassEmail", req, func(a *act.Act, u *act.Account, b admin.Basis) (mfa.UpdatedUser, bool, error) {
		out, err := admin.UpdateNow(a, u, mfa.UpdateUserRequest{Email: address, Change: mfa.Change{DryRun: req.DryRun}}, b)
		return out, out.Changed, err
	})
}

// BreakGlassCreate is CreateUser on a store that was opened directly, without a password: the
// account gets a set-password code. Usage without a reason, and without a community where the
// store has several.
func (e *Part) BreakGlassCreate(ctx context.Context, req mfa.CreateUserRequest) (mfa.CreatedUser, error) {
	var none mfa.CreatedUser
	address, err := act.CanonicalEmail(req.Email)
	switch {
	case err != nil:
		return none, err
	case req.Reason == "":
		return none, withoutReason()
	case !req.NewPassword.IsZero():
		return none, mfa.UsageError("new_password", "break-glass chooses none: the account gets a set-password code")
	}
	req.Role = cmp.Or(req.Role, mfa.RoleMember)
	const method = "BreakGlassCreate"
	o := act.Spec{Method: method, Body: req, Address: address}
	return act.PerformUnder(ctx, e.Runner, o, ruleOf(method), func(a *act.Act, _ *act.Account) (mfa.CreatedUser, error) {
		b := admin.Basis{Reason: req.Reason, BreakGlass: true}
		c, err := admin.CommunityAnywhere(a, req.Community)
		if err != nil {
			return none, act.RefusedAbout(err, b.Event("", nil, ""))
		}
		out, err := admin.CreateNow(a, c, req, address, "", b)
		if err != nil {
			return out, act.RefusedAbout(err, b.Event("", nil, ""))
		}
		if !out.Changed || req.DryRun {
			return out, nil
		}
		u, err := a.AccountByID(out.User.ID, false)
		if err != nil {
			return out, err
		}
		return out, recordBreakGlass(a, u, b)
	})
}

// ruleOf is the rule of a break-glass method: it asks for no session.
func ruleOf(method string) mfa.Rule {
	return mfa.Rule{Method: method, Changes: true, Action: mfa.ActBreakGlass}
}

// withoutReason is the error of break-glass without a reason.
func withoutReason() error {
	return mfa.UsageError("reason", "missing: break-glass is never done without one")
}

// breakGlass does one act under a rule that asks for no session.
func breakGlass[R any](ctx context.Context, run *act.Runner, method string, req mfa.BreakGlassRequest, do func(*act.Act, *act.Account, admin.Basis) (R, bool, error)) (R, error) {
	var none R
	if req.Reason == "" {
		return none, withoutReason()
	}
	o := act.Spec{Method: method, Body: req, Address: req.User}
	return act.PerformUnder(ctx, run, o, ruleOf(method), func(a *act.Act, _ *act.Account) (R, error) {
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
