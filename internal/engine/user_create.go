package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// CreateUser implements [mfa.Users].
func (e *Engine) CreateUser(ctx context.Context, req mfa.CreateUserRequest) (mfa.CreatedUser, error) {
	address, err := email(req.Email)
	if err != nil {
		return mfa.CreatedUser{}, err
	}
	if req.Role == "" {
		req.Role = mfa.RoleMember
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.CreatedUser{}, err
	}
	if req.Service && !req.Password.IsZero() {
		return mfa.CreatedUser{}, mfa.UsageError("password", "a service account has none")
	}
	o := spec{method: "CreateUser", body: req, reason: reason, dry: req.DryRun}
	var phc string
	if !req.Password.IsZero() {
		if err := goodPassword(req.Password); err != nil {
			return mfa.CreatedUser{}, err
		}
		o.prepare = func(ctx context.Context) (err error) {
			phc, err = e.hash(ctx, req.Password)
			return err
		}
	}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.CreatedUser, error) {
		out := mfa.CreatedUser{DryRun: req.DryRun}
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return out, err
		}
		if err := s.mayGrant(req.Role, c); err != nil {
			return out, err
		}
		old, err := s.addressed(address)
		if err == nil {
			out.User, err = s.sameUser(old, req, c)
			return out, err
		}
		if !errors.Is(err, mfa.NotFound) {
			return out, err
		}
		return s.createUser(out, reason, mfa.User{
			CommunityID: c.ID, Email: address, Role: req.Role, Service: req.Service, Status: mfa.UserActive, State: mfa.StateOff,
			PasswordHash: phc, CreatedAt: s.now, CreatedBy: s.responsibleID(),
		}, req.Password)
	})
}

// mayGrant refuses a role that is not known in a community, and one that has
// more than the actor.
func (s *scope) mayGrant(role mfa.Role, c mfa.Community) error {
	h, err := s.r.Lineage(c.ID)
	if err != nil {
		return err
	}
	if all := h.Roles(); !slices.Contains(all, role) {
		none := mfa.UsageError("role", "no such role %q in %s", role, c.Name).WithHint("mfactl admin roles list -c %s", mfa.ShellWord(c.Name))
		return suggested(none, string(role), all)
	}
	if !s.actor.grant.Covers(h.Grant(role)) {
		return mfa.Errorf(mfa.Forbidden, "the role %s has permissions you lack", role)
	}
	return nil
}

// sameUser answers a repeat: the account is there just so, else it is a
// conflict, which does not tell of other communities.
func (s *scope) sameUser(old *account, req mfa.CreateUserRequest, c mfa.Community) (mfa.UserInfo, error) {
	if old.CommunityID != c.ID || old.Role != req.Role || old.Service != req.Service {
		return mfa.UserInfo{}, mfa.Errorf(mfa.Conflict, "the address %s is taken", old.Email).
			WithHint("mfactl admin users show %s", mfa.ShellWord(old.Email))
	}
	return s.userInfo(old, true)
}

func (s *scope) createUser(out mfa.CreatedUser, reason string, row mfa.User, password mfa.Secret) (mfa.CreatedUser, error) {
	out.Changed = true
	u, err := s.accountOf(row)
	if err != nil {
		return out, err
	}
	if !password.IsZero() {
		if err := suits(u, password); err != nil {
			return out, err
		}
	}
	if u.ID, err = newID(s.now, s.rand); err != nil {
		return out, err
	}
	if err := s.recordControl(u, mfa.ControlCreated, nil); err != nil {
		return out, err
	}
	if out.DryRun {
		u.ID = ""
		out.User, err = s.userInfo(u, false)
		return out, err
	}
	if err := s.w.PutUser(&u.User); err != nil {
		return out, err
	}
	if u.PasswordHash == "" && !u.Service {
		if out.Code, out.ExpiresAt, err = s.issuePasswordCode(u); err != nil {
			return out, err
		}
	}
	if _, err := s.record(event{action: mfa.ActUserCreate, user: u, reason: reason, note: string(u.Role)}); err != nil {
		return out, err
	}
	out.User, err = s.userInfo(u, true)
	return out, err
}
