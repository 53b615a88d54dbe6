package mfatest

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Proving is a service whose callers give their password where an act may need it, so that a
// test about something else need not say so. Tests of re-authentication call the service
// behind it.
type Proving struct {
	mfa.Service
	Of func(context.Context) mfa.Secret // the password of the person who calls; zero if it is not known
}

// fill gives the password of the person who calls, if the request has none.
func (s Proving) fill(ctx context.Context, password *mfa.Secret) {
	if password.IsZero() {
		*password = s.Of(ctx)
	}
}

// CreateUser fills in the password.
func (s Proving) CreateUser(ctx context.Context, r mfa.CreateUserRequest) (mfa.CreatedUser, error) {
	s.fill(ctx, &r.Password)
	return s.Service.CreateUser(ctx, r)
}

// UpdateUser fills in the password.
func (s Proving) UpdateUser(ctx context.Context, r mfa.UpdateUserRequest) (mfa.UpdatedUser, error) {
	s.fill(ctx, &r.Password)
	return s.Service.UpdateUser(ctx, r)
}

// LockUser fills in the password.
func (s Proving) LockUser(ctx context.Context, r mfa.LockUserRequest) (mfa.UpdatedUser, error) {
	s.fill(ctx, &r.Password)
	return s.Service.LockUser(ctx, r)
}

// UnlockUser fills in the password.
func (s Proving) UnlockUser(ctx context.Context, r mfa.UnlockUserRequest) (mfa.UpdatedUser, error) {
	s.fill(ctx, &r.Password)
	return s.Service.UnlockUser(ctx, r)
}

// DeleteUser fills in the password.
func (s Proving) DeleteUser(ctx context.Context, r mfa.DeleteUserRequest) (mfa.DeletedUser, error) {
	s.fill(ctx, &r.Password)
	return s.Service.DeleteUser(ctx, r)
}

// CreateToken fills in the password.
func (s Proving) CreateToken(ctx context.Context, r mfa.CreateTokenRequest) (mfa.TokenIssued, error) {
	s.fill(ctx, &r.Password)
	return s.Service.CreateToken(ctx, r)
}

// RotateToken fills in the password.
func (s Proving) RotateToken(ctx context.Context, r mfa.RotateTokenRequest) (mfa.TokenIssued, error) {
	s.fill(ctx, &r.Password)
	return s.Service.RotateToken(ctx, r)
}

// CreateRole fills in the password.
func (s Proving) CreateRole(ctx context.Context, r mfa.CreateRoleRequest) (mfa.RoleChanged, error) {
	s.fill(ctx, &r.Password)
	return s.Service.CreateRole(ctx, r)
}

// UpdateRole fills in the password.
func (s Proving) UpdateRole(ctx context.Context, r mfa.UpdateRoleRequest) (mfa.RoleChanged, error) {
	s.fill(ctx, &r.Password)
	return s.Service.UpdateRole(ctx, r)
}

// UpdateCommunity fills in the password.
func (s Proving) UpdateCommunity(ctx context.Context, r mfa.UpdateCommunityRequest) (mfa.CommunityChanged, error) {
	s.fill(ctx, &r.Password)
	return s.Service.UpdateCommunity(ctx, r)
}
