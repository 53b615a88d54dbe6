package api

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Login implements [mfa.Service].
func (c *Client) Login(ctx context.Context, r mfa.LoginRequest) (mfa.SignedIn, error) {
	return call[mfa.SignedIn](ctx, c, "Login", r)
}

// Answer implements [mfa.Service].
func (c *Client) Answer(ctx context.Context, r mfa.AnswerRequest) (mfa.SignedIn, error) {
	return call[mfa.SignedIn](ctx, c, "Answer", r)
}

// Logout implements [mfa.Service].
func (c *Client) Logout(ctx context.Context, r mfa.LogoutRequest) (mfa.Done, error) {
	return call[mfa.Done](ctx, c, "Logout", r)
}

// WhoAmI implements [mfa.Service].
func (c *Client) WhoAmI(ctx context.Context, r mfa.WhoAmIRequest) (mfa.Identity, error) {
	return call[mfa.Identity](ctx, c, "WhoAmI", r)
}

// ChangePassword implements [mfa.Service].
func (c *Client) ChangePassword(ctx context.Context, r mfa.ChangePasswordRequest) (mfa.Done, error) {
	return call[mfa.Done](ctx, c, "ChangePassword", r)
}

// RedeemPassword implements [mfa.Service].
func (c *Client) RedeemPassword(ctx context.Context, r mfa.RedeemPasswordRequest) (mfa.Done, error) {
	return call[mfa.Done](ctx, c, "RedeemPassword", r)
}

// ResetPassword implements [mfa.Service].
func (c *Client) ResetPassword(ctx context.Context, r mfa.ResetPasswordRequest) (mfa.PasswordReset, error) {
	return call[mfa.PasswordReset](ctx, c, "ResetPassword", r)
}

// Enroll implements [mfa.Service].
func (c *Client) Enroll(ctx context.Context, r mfa.EnrollRequest) (mfa.Enrollment, error) {
	return call[mfa.Enrollment](ctx, c, "Enroll", r)
}

// Activate implements [mfa.Service].
func (c *Client) Activate(ctx context.Context, r mfa.ActivateRequest) (mfa.Activation, error) {
	return call[mfa.Activation](ctx, c, "Activate", r)
}

// GenerateBackupCodes implements [mfa.Service].
func (c *Client) GenerateBackupCodes(ctx context.Context, r mfa.GenerateRequest) (mfa.BackupCodes, error) {
	return call[mfa.BackupCodes](ctx, c, "GenerateBackupCodes", r)
}

// Disable implements [mfa.Service].
func (c *Client) Disable(ctx context.Context, r mfa.DisableRequest) (mfa.Disabled, error) {
	return call[mfa.Disabled](ctx, c, "Disable", r)
}

// TwoFactorStatus implements [mfa.Service].
func (c *Client) TwoFactorStatus(ctx context.Context, r mfa.StatusRequest) (mfa.TwoFactor, error) {
	return call[mfa.TwoFactor](ctx, c, "TwoFactorStatus", r)
}

// PreferFactor implements [mfa.Service].
func (c *Client) PreferFactor(ctx context.Context, r mfa.PreferRequest) (mfa.FactorChanged, error) {
	return call[mfa.FactorChanged](ctx, c, "PreferFactor", r)
}

// RenameFactor implements [mfa.Service].
func (c *Client) RenameFactor(ctx context.Context, r mfa.RenameRequest) (mfa.FactorChanged, error) {
	return call[mfa.FactorChanged](ctx, c, "RenameFactor", r)
}

// RemoveFactor implements [mfa.Service].
func (c *Client) RemoveFactor(ctx context.Context, r mfa.RemoveRequest) (mfa.FactorChanged, error) {
	return call[mfa.FactorChanged](ctx, c, "RemoveFactor", r)
}

// ResyncFactor implements [mfa.Service].
func (c *Client) ResyncFactor(ctx context.Context, r mfa.ResyncRequest) (mfa.FactorChanged, error) {
	return call[mfa.FactorChanged](ctx, c, "ResyncFactor", r)
}

// Verify implements [mfa.Service].
func (c *Client) Verify(ctx context.Context, r mfa.VerifyRequest) (mfa.Verdict, error) {
	return call[mfa.Verdict](ctx, c, "Verify", r)
}

// CheckCode implements [mfa.Service].
func (c *Client) CheckCode(ctx context.Context, r mfa.CheckCodeRequest) (mfa.CodeChecked, error) {
	return call[mfa.CodeChecked](ctx, c, "CheckCode", r)
}

// Reset implements [mfa.Service].
func (c *Client) Reset(ctx context.Context, r mfa.ResetRequest) (mfa.ResetReport, error) {
	return call[mfa.ResetReport](ctx, c, "Reset", r)
}

// ListApprovals implements [mfa.Service].
func (c *Client) ListApprovals(ctx context.Context, r mfa.ListApprovalsRequest) (mfa.ApprovalPage, error) {
	return call[mfa.ApprovalPage](ctx, c, "ListApprovals", r)
}

// ShowApproval implements [mfa.Service].
func (c *Client) ShowApproval(ctx context.Context, r mfa.ShowApprovalRequest) (mfa.ApprovalInfo, error) {
	return call[mfa.ApprovalInfo](ctx, c, "ShowApproval", r)
}

// Approve implements [mfa.Service].
func (c *Client) Approve(ctx context.Context, r mfa.ApproveRequest) (mfa.Approved, error) {
	return call[mfa.Approved](ctx, c, "Approve", r)
}

// Deny implements [mfa.Service].
func (c *Client) Deny(ctx context.Context, r mfa.DenyRequest) (mfa.ApprovalInfo, error) {
	return call[mfa.ApprovalInfo](ctx, c, "Deny", r)
}

// CreateUser implements [mfa.Service].
func (c *Client) CreateUser(ctx context.Context, r mfa.CreateUserRequest) (mfa.CreatedUser, error) {
	return call[mfa.CreatedUser](ctx, c, "CreateUser", r)
}

// ShowUser implements [mfa.Service].
func (c *Client) ShowUser(ctx context.Context, r mfa.ShowUserRequest) (mfa.UserInfo, error) {
	return call[mfa.UserInfo](ctx, c, "ShowUser", r)
}

// ListUsers implements [mfa.Service].
func (c *Client) ListUsers(ctx context.Context, r mfa.ListUsersRequest) (mfa.UserPage, error) {
	return call[mfa.UserPage](ctx, c, "ListUsers", r)
}

// UpdateUser implements [mfa.Service].
func (c *Client) UpdateUser(ctx context.Context, r mfa.UpdateUserRequest) (mfa.UpdatedUser, error) {
	return call[mfa.UpdatedUser](ctx, c, "UpdateUser", r)
}

// LockUser implements [mfa.Service].
func (c *Client) LockUser(ctx context.Context, r mfa.LockUserRequest) (mfa.UpdatedUser, error) {
	return call[mfa.UpdatedUser](ctx, c, "LockUser", r)
}

// UnlockUser implements [mfa.Service].
func (c *Client) UnlockUser(ctx context.Context, r mfa.UnlockUserRequest) (mfa.UpdatedUser, error) {
	return call[mfa.UpdatedUser](ctx, c, "UnlockUser", r)
}

// DeleteUser implements [mfa.Service].
func (c *Client) DeleteUser(ctx context.Context, r mfa.DeleteUserRequest) (mfa.DeletedUser, error) {
	return call[mfa.DeletedUser](ctx, c, "DeleteUser", r)
}

// ListSessions implements [mfa.Service].
func (c *Client) ListSessions(ctx context.Context, r mfa.ListSessionsRequest) (mfa.SessionPage, error) {
	return call[mfa.SessionPage](ctx, c, "ListSessions", r)
}

// RevokeSessions implements [mfa.Service].
func (c *Client) RevokeSessions(ctx context.Context, r mfa.RevokeSessionsRequest) (mfa.Done, error) {
	return call[mfa.Done](ctx, c, "RevokeSessions", r)
}

// CreateToken implements [mfa.Service].
func (c *Client) CreateToken(ctx context.Context, r mfa.CreateTokenRequest) (mfa.TokenIssued, error) {
	return call[mfa.TokenIssued](ctx, c, "CreateToken", r)
}

// ListTokens implements [mfa.Service].
func (c *Client) ListTokens(ctx context.Context, r mfa.ListTokensRequest) (mfa.TokenPage, error) {
	return call[mfa.TokenPage](ctx, c, "ListTokens", r)
}

// RotateToken implements [mfa.Service].
func (c *Client) RotateToken(ctx context.Context, r mfa.RotateTokenRequest) (mfa.TokenIssued, error) {
	return call[mfa.TokenIssued](ctx, c, "RotateToken", r)
}

// RevokeToken implements [mfa.Service].
func (c *Client) RevokeToken(ctx context.Context, r mfa.RevokeTokenRequest) (mfa.TokenRevoked, error) {
	return call[mfa.TokenRevoked](ctx, c, "RevokeToken", r)
}

// ListRoles implements [mfa.Service].
func (c *Client) ListRoles(ctx context.Context, r mfa.ListRolesRequest) (mfa.RolePage, error) {
	return call[mfa.RolePage](ctx, c, "ListRoles", r)
}

// CreateRole implements [mfa.Service].
func (c *Client) CreateRole(ctx context.Context, r mfa.CreateRoleRequest) (mfa.RoleChanged, error) {
	return call[mfa.RoleChanged](ctx, c, "CreateRole", r)
}

// UpdateRole implements [mfa.Service].
func (c *Client) UpdateRole(ctx context.Context, r mfa.UpdateRoleRequest) (mfa.RoleChanged, error) {
	return call[mfa.RoleChanged](ctx, c, "UpdateRole", r)
}

// DeleteRole implements [mfa.Service].
func (c *Client) DeleteRole(ctx context.Context, r mfa.DeleteRoleRequest) (mfa.RoleChanged, error) {
	return call[mfa.RoleChanged](ctx, c, "DeleteRole", r)
}

// ListCommunities implements [mfa.Service].
func (c *Client) ListCommunities(ctx context.Context, r mfa.ListCommunitiesRequest) (mfa.CommunityPage, error) {
	return call[mfa.CommunityPage](ctx, c, "ListCommunities", r)
}

// CreateCommunity implements [mfa.Service].
func (c *Client) CreateCommunity(ctx context.Context, r mfa.CreateCommunityRequest) (mfa.CommunityChanged, error) {
	return call[mfa.CommunityChanged](ctx, c, "CreateCommunity", r)
}

// UpdateCommunity implements [mfa.Service].
func (c *Client) UpdateCommunity(ctx context.Context, r mfa.UpdateCommunityRequest) (mfa.CommunityChanged, error) {
	return call[mfa.CommunityChanged](ctx, c, "UpdateCommunity", r)
}

// ShowPolicy implements [mfa.Service].
func (c *Client) ShowPolicy(ctx context.Context, r mfa.ShowPolicyRequest) (mfa.PolicyReport, error) {
	return call[mfa.PolicyReport](ctx, c, "ShowPolicy", r)
}

// SetPolicy implements [mfa.Service].
func (c *Client) SetPolicy(ctx context.Context, r mfa.SetPolicyRequest) (mfa.PolicySet, error) {
	return call[mfa.PolicySet](ctx, c, "SetPolicy", r)
}

// ListEvents implements [mfa.Service].
func (c *Client) ListEvents(ctx context.Context, r mfa.ListEventsRequest) (mfa.EventPage, error) {
	return call[mfa.EventPage](ctx, c, "ListEvents", r)
}
