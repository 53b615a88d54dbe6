package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// CreateUser implements [mfa.Users].
func (e *Part) CreateUser(ctx context.Context, req mfa.CreateUserRequest) (mfa.CreatedUser, error) {
	address, err := act.CanonicalEmail(req.Email)
	if err != nil {
		return mfa.CreatedUser{}, err
	}
	req.Role = cmp.Or(req.Role, mfa.RoleMember)
	if req.Service && !req.NewPassword.IsZero() {
		return mfa.CreatedUser{}, mfa.UsageError("new_password", "a service account has none")
	}
	o := act.Spec{Method: "CreateUser", Body: req, Password: &req.Password}
	var phc string
	if !req.NewPassword.IsZero() {
		if err := signin.CheckPassword(req.NewPassword); err != nil {
			return mfa.CreatedUser{}, err
		}
		o.Prepare = e.Hashing(req.NewPassword, &phc)
	}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.CreatedUser, error) {
		c, err := communityNamed(a, req.Community)
		if err != nil {
			return mfa.CreatedUser{DryRun: req.DryRun}, err
		}
		return CreateNow(a, c, req, address, phc, Basis{Reason: req.Reason})
	})
}

// CreateNow creates an account in a community, with the hash of its password if one is set.
func CreateNow(a *act.Act, c mfa.Community, req mfa.CreateUserRequest, address, phc string, b Basis) (mfa.CreatedUser, error) {
	out := mfa.CreatedUser{DryRun: req.DryRun}
	if err := mayGrant(a, req.Role, c); err != nil {
		return out, err
	}
	old, err := a.AccountAt(address)
	if err == nil {
		out.User, err = sameUser(a, old, req, c)
		return out, err
	}
	if !errors.Is(err, mfa.NotFound) {
		return out, err
	}
	if err := requireNewLook(a, address, ""); err != nil {
		return out, err
	}
	until, err := reserved(a, c, address, "")
	if err != nil {
		return out, err
	}
	if !until.IsZero() && !b.BreakGlass {
		return out, isReserved(address, until).WithHint(
			"create the account with another address, then: mfactl admin users update USER --email %s --request", mfa.ShellWord(address))
	}
	return createUser(a, out, b, mfa.User{
		CommunityID: c.ID, Email: address, Role: req.Role, Service: req.Service, Status: mfa.UserActive, State: mfa.StateOff,
		PasswordHash: phc, CreatedAt: a.Now, CreatedBy: act.Doers(a)[0].ID,
	}, req.NewPassword)
}

// mayGrant refuses a role that is not known in a community, and one that has
// more than the actor.
func mayGrant(a *act.Act, role mfa.Role, c mfa.Community) error {
	h, err := a.Read.Lineage(c.ID)
	if err != nil {
		return err
	}
	if all := h.Roles(); !slices.Contains(all, role) {
		none := mfa.UsageError("role", "no such role %q in %s", role, c.Name).WithHint("mfactl admin roles list -c %s", mfa.ShellWord(c.Name))
		return act.WithSuggestion(none, string(role), all)
	}
	if a.Actor != nil && !a.Actor.Grant.Covers(h.Grant(role)) { // break-glass has no actor
		return act.MoreThanYours("the role " + string(role))
	}
	return nil
}

// sameUser answers a repeat: the account is there just so, else it is a
// conflict, which does not tell of other communities.
func sameUser(a *act.Act, old *act.Account, req mfa.CreateUserRequest, c mfa.Community) (mfa.UserInfo, error) {
	if old.CommunityID != c.ID || old.Role != req.Role || old.Service != req.Service {
		return mfa.UserInfo{}, mfa.Errorf(mfa.Conflict, "the address %s is taken", old.Email).
			WithHint("mfactl admin users show %s", mfa.ShellWord(old.Email))
	}
	return userInfo(a, old, true)
}

// mayCreate asks for the actor's password where the new account is worth one. An API token
// may create members only, also with a password that it chooses.
func mayCreate(a *act.Act, u *act.Account, password mfa.Secret, b Basis) error {
	switch {
	case b.BreakGlass:
		return nil
	case u.Grant.Privileged():
		return act.RequirePassword(a, "create an account with permissions over others")
	case !password.IsZero() && !a.Unattended():
		return act.RequirePassword(a, "create an account with a password")
	}
	return nil
}

func createUser(a *act.Act, out mfa.CreatedUser, b Basis, row mfa.User, password mfa.Secret) (mfa.CreatedUser, error) {
	out.Changed = true
	u, err := a.AccountOf(row)
	if err != nil {
		return out, err
	}
	if !password.IsZero() {
		if err := signin.CheckPasswordOf(a, u, password); err != nil {
			return out, err
		}
	}
	if err := mayCreate(a, u, password, b); err != nil {
		return out, err
	}
	u.ID = a.NewID()
	act.RecordControl(a, u, mfa.ControlCreated)
	if !u.Service {
		act.RecordHalf(a, u, mfa.HalfPassword)
	}
	if out.DryRun {
		u.ID = ""
		out.User, err = userInfo(a, u, false)
		return out, err
	}
	a.Wrote(a.Write.PutUser(&u.User))
	if u.PasswordHash == "" && !u.Service {
		if out.Code, out.ExpiresAt, err = issuePasswordCode(a, u); err != nil {
			return out, err
		}
	}
	if out.Approvals, err = approvalsWith(a, u); err != nil {
		return out, err
	}
	a.Record(b.Event(mfa.ActUserCreate, u, string(u.Role)))
	out.User, err = userInfo(a, u, true)
	return out, err
}
