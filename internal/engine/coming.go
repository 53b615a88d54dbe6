package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ListSessions implements [mfa.Service].
func (e *Engine) ListSessions(context.Context, mfa.ListSessionsRequest) (out mfa.SessionPage, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// RevokeSessions implements [mfa.Service].
func (e *Engine) RevokeSessions(context.Context, mfa.RevokeSessionsRequest) (out mfa.Done, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// ListRoles implements [mfa.Service].
func (e *Engine) ListRoles(context.Context, mfa.ListRolesRequest) (out mfa.RolePage, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// CreateRole implements [mfa.Service].
func (e *Engine) CreateRole(context.Context, mfa.CreateRoleRequest) (out mfa.RoleChanged, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// UpdateRole implements [mfa.Service].
func (e *Engine) UpdateRole(context.Context, mfa.UpdateRoleRequest) (out mfa.RoleChanged, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// DeleteRole implements [mfa.Service].
func (e *Engine) DeleteRole(context.Context, mfa.DeleteRoleRequest) (out mfa.RoleChanged, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// ListCommunities implements [mfa.Service].
func (e *Engine) ListCommunities(context.Context, mfa.ListCommunitiesRequest) (out mfa.CommunityPage, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// CreateCommunity implements [mfa.Service].
func (e *Engine) CreateCommunity(context.Context, mfa.CreateCommunityRequest) (out mfa.CommunityChanged, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// UpdateCommunity implements [mfa.Service].
func (e *Engine) UpdateCommunity(context.Context, mfa.UpdateCommunityRequest) (out mfa.CommunityChanged, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}
