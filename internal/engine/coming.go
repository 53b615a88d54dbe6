package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ListApprovals implements [mfa.Service].
func (e *Engine) ListApprovals(context.Context, mfa.ListApprovalsRequest) (out mfa.ApprovalPage, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// ShowApproval implements [mfa.Service].
func (e *Engine) ShowApproval(context.Context, mfa.ShowApprovalRequest) (out mfa.ApprovalInfo, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// Approve implements [mfa.Service].
func (e *Engine) Approve(context.Context, mfa.ApproveRequest) (out mfa.Approved, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// Deny implements [mfa.Service].
func (e *Engine) Deny(context.Context, mfa.DenyRequest) (out mfa.ApprovalInfo, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// LockUser implements [mfa.Service].
func (e *Engine) LockUser(context.Context, mfa.LockUserRequest) (out mfa.UpdatedUser, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// UnlockUser implements [mfa.Service].
func (e *Engine) UnlockUser(context.Context, mfa.UnlockUserRequest) (out mfa.UpdatedUser, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// DeleteUser implements [mfa.Service].
func (e *Engine) DeleteUser(context.Context, mfa.DeleteUserRequest) (out mfa.DeletedUser, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

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

// ShowPolicy implements [mfa.Service].
func (e *Engine) ShowPolicy(context.Context, mfa.ShowPolicyRequest) (out mfa.PolicyReport, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}

// SetPolicy implements [mfa.Service].
func (e *Engine) SetPolicy(context.Context, mfa.SetPolicyRequest) (out mfa.PolicySet, _ error) {
	return out, mfa.Errorf(mfa.Forbidden, "not yet")
}
