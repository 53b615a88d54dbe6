package mfa

import "context"

// Service is everything mfactl can do. Every method takes one request and gives
// one reply: one call, one transaction, one round trip. Who asks travels in the
// context, see [WithCall].
//
// Besides the codes its comment names, every method may answer [Usage] for
// malformed input, [Unavailable], [Damaged], [Unknown] and [Internal]; and
// every method that needs a session [Unauthenticated] and [Forbidden].
type Service interface {
	SignIn
	Passwords
	Enrollments
	Factors
	Verification
	Resets
	Requests
	Users
	Sessions
	Tokens
	CustomRoles
	Communities
	Policies
	Audit
}

// SignIn opens, shows and ends sessions.
type SignIn interface {
	// Login proves a password and, where the 2FA state is not off, one code.
	// Without a code it answers with a challenge to give to Answer. [Rejected]
	// is one answer for every wrong thing, in the same time; [Locked] and
	// [Expired] are told only after a right password.
	Login(context.Context, LoginRequest) (SignedIn, error)
	// Answer gives the code that a challenge asked for. Codes as Login.
	Answer(context.Context, AnswerRequest) (SignedIn, error)
	// Logout ends the caller's session, or all of the caller's sessions.
	Logout(context.Context, LogoutRequest) (Done, error)
	// WhoAmI tells the caller who they are and what their session may do.
	WhoAmI(context.Context, WhoAmIRequest) (Identity, error)
}

// Passwords changes passwords. None of these touches 2FA or signs in.
type Passwords interface {
	// ChangePassword sets the caller's own password and ends their other
	// sessions. [Rejected] for a wrong old one.
	ChangePassword(context.Context, ChangePasswordRequest) (Done, error)
	// RedeemPassword sets a password with a set-password code, once, within 24
	// hours. [Rejected], [Expired].
	RedeemPassword(context.Context, RedeemPasswordRequest) (Done, error)
	// ResetPassword takes another user's password away and gives a set-password
	// code. [NotFound], [Rejected] for the caller's own password,
	// [Conflict] for a service account, [PolicyForbids] where it needs a second
	// person, as while the caller, or somebody who is not independent of them, did the
	// factor half of the same user; [Forbidden] for an account that controls the caller.
	// With Request it is filed for a second person.
	ResetPassword(context.Context, ResetPasswordRequest) (PasswordReset, error)
}

// Enrollments take 2FA from off to on and back.
type Enrollments interface {
	// Enroll begins a factor of any kind; it is pending for 10 minutes, belongs
	// to the session and is no factor at sign-in. [Rejected] for the password,
	// [Conflict] for a label that is taken, [PolicyForbids] for the kind.
	Enroll(context.Context, EnrollRequest) (Enrollment, error)
	// Activate confirms the pending factor by its first right code, turns 2FA
	// on, gives a new mfa session and, where none live, backup codes. A wrong
	// code is [Rejected], the third drops the enrollment; [Expired]; [Conflict]
	// where nothing is pending.
	Activate(context.Context, ActivateRequest) (Activation, error)
	// GenerateBackupCodes replaces the caller's backup codes. [Rejected] for
	// the password, [Forbidden] where 2FA is off.
	GenerateBackupCodes(context.Context, GenerateBackupCodesRequest) (BackupCodes, error)
	// Disable removes every factor and code of the caller and sets the state
	// off. [Rejected], [PolicyForbids].
	Disable(context.Context, DisableRequest) (Disabled, error)
}

// Factors shows and tends the caller's own factors.
type Factors interface {
	// TwoFactorStatus tells the caller's 2FA state, factors and codes left. It
	// writes nothing.
	TwoFactorStatus(context.Context, TwoFactorStatusRequest) (TwoFactor, error)
	// PreferFactor chooses what sign-in asks for. [NotFound].
	PreferFactor(context.Context, PreferFactorRequest) (FactorChanged, error)
	// RenameFactor changes a label. [NotFound], [Conflict].
	RenameFactor(context.Context, RenameFactorRequest) (FactorChanged, error)
	// RemoveFactor removes one factor; the last one is a [Conflict].
	RemoveFactor(context.Context, RemoveFactorRequest) (FactorChanged, error)
	// ResyncFactor brings a counter or a drifted clock back in step by two
	// consecutive codes. [Rejected], [Locked], [NotFound].
	ResyncFactor(context.Context, ResyncFactorRequest) (FactorChanged, error)
}

// Verification lets an application check a code.
type Verification interface {
	// Verify consumes and counts like a sign-in. [Rejected], [Locked],
	// [NotFound].
	Verify(context.Context, VerifyRequest) (Verdict, error)
	// CheckCode helps somebody on the phone: it tells whether a one-time password
	// is of the right secret and how far the user's clock is off, spends it, and
	// signs nobody in. [Rejected] for a wrong secret, [Locked], [NotFound],
	// [Conflict] for a user whose 2FA is not on.
	CheckCode(context.Context, CheckCodeRequest) (CodeChecked, error)
}

// Resets ends another user's 2FA.
type Resets interface {
	// Reset removes another user's factors, codes and sessions and gives a
	// recovery code. [NotFound], [Rejected] for the caller's own password,
	// [PolicyForbids] where it needs a second person, as while the
	// caller, or somebody who is not independent of them, did the password half of the same
	// user; [Forbidden] for an account that controls the caller. With Request it is filed for
	// a second person.
	Reset(context.Context, ResetRequest) (ResetReport, error)
}

// Requests is the two-person rule: what one asks for, another decides within
// an hour (OWASP ASVS 2.3.5).
type Requests interface {
	// ListRequests lists requests, newest first, a page at a time.
	ListRequests(context.Context, ListRequestsRequest) (RequestPage, error)
	// ShowRequest tells about one request. [NotFound].
	ShowRequest(context.Context, ShowRequestRequest) (RequestInfo, error)
	// Approve does what was asked for and gives its code to the caller only.
	// [NotFound], [Rejected] for the caller's own password, [Conflict] for one
	// that was decided, [Expired], [PolicyForbids] for a caller whom the
	// requester made, promoted, moved or reset in the last 7 days, directly or
	// through others.
	Approve(context.Context, ApproveRequest) (Approved, error)
	// Deny ends a request; the requester may withdraw it. [NotFound],
	// [Conflict], [Expired].
	Deny(context.Context, DenyRequest) (RequestInfo, error)
}

// Users administers accounts.
type Users interface {
	// CreateUser makes an account; without a password it gives a set-password
	// code, but to a service account, which has neither. [Conflict], [NotFound]
	// for the community.
	CreateUser(context.Context, CreateUserRequest) (CreatedUser, error)
	// ShowUser tells about one account. [NotFound].
	ShowUser(context.Context, ShowUserRequest) (UserInfo, error)
	// ListUsers lists accounts by e-mail address, a page at a time.
	ListUsers(context.Context, ListUsersRequest) (UserPage, error)
	// UpdateUser changes a role, an address, the community or whether the
	// account is deactivated. [NotFound], [Conflict], [PolicyForbids].
	UpdateUser(context.Context, UpdateUserRequest) (UpdatedUser, error)
	// LockUser keeps an account from signing in until UnlockUser and ends its
	// sessions. [NotFound], [Conflict] for the last operator.
	LockUser(context.Context, LockUserRequest) (UpdatedUser, error)
	// UnlockUser ends a lock, an administrator's as well as one of too many wrong
	// attempts; 100 wrong codes in a row stay. A lock of an administrator, and 100 wrong
	// passwords in a row, need the caller's password. [NotFound].
	UnlockUser(context.Context, UnlockUserRequest) (UpdatedUser, error)
	// DeleteUser removes an account with all that belongs to it; its events
	// stay. [NotFound], [Conflict] for the last administrator.
	DeleteUser(context.Context, DeleteUserRequest) (DeletedUser, error)
}

// Sessions shows and ends others' sessions.
type Sessions interface {
	// ListSessions lists sessions, a page at a time. [NotFound].
	ListSessions(context.Context, ListSessionsRequest) (SessionPage, error)
	// RevokeSessions ends one or all sessions of a user. [NotFound].
	RevokeSessions(context.Context, RevokeSessionsRequest) (Done, error)
}

// Tokens tends API tokens, by which a program acts in the name of their owner.
type Tokens interface {
	// CreateToken makes a token that may do less than its owner and than the
	// caller. [NotFound] for the owner, [Conflict] for a name the owner has
	// already and for an owner who is not active, [PolicyForbids] for a longer
	// life than token_max or token_chain_max.
	CreateToken(context.Context, CreateTokenRequest) (TokenIssued, error)
	// ListTokens lists tokens that have not ended, a page at a time. [NotFound].
	ListTokens(context.Context, ListTokensRequest) (TokenPage, error)
	// RotateToken replaces a token once; a token may do so itself. [NotFound],
	// [Conflict] for one that was replaced, and where its chain has too many.
	RotateToken(context.Context, RotateTokenRequest) (TokenIssued, error)
	// RevokeToken ends a token and its chain at once. [NotFound].
	RevokeToken(context.Context, RevokeTokenRequest) (TokenRevoked, error)
}

// CustomRoles tends the roles of communities. Nobody makes a role that has more than
// they have.
type CustomRoles interface {
	// ListRoles lists the roles of a community and its parents. [NotFound].
	ListRoles(context.Context, ListRolesRequest) (RolePage, error)
	// CreateRole makes a role. [NotFound], [Conflict] for a name that is taken
	// in the line of the community.
	CreateRole(context.Context, CreateRoleRequest) (RoleChanged, error)
	// UpdateRole changes what a role gives, from its holders' next request on.
	// [NotFound], [Conflict] for a built-in one.
	UpdateRole(context.Context, UpdateRoleRequest) (RoleChanged, error)
	// DeleteRole removes a role nobody has. [NotFound], [Conflict].
	DeleteRole(context.Context, DeleteRoleRequest) (RoleChanged, error)
}

// Communities tends communities.
type Communities interface {
	// ListCommunities lists the communities the caller reaches, by name.
	ListCommunities(context.Context, ListCommunitiesRequest) (CommunityPage, error)
	// CreateCommunity makes a community below one the caller reaches.
	// [NotFound] for the parent, [Conflict] for a name that is taken.
	CreateCommunity(context.Context, CreateCommunityRequest) (CommunityChanged, error)
	// UpdateCommunity changes a name or a parent. [NotFound], [Conflict] for a
	// name that is taken, a parent below the community itself, and a parent under
	// which two roles would have one name, somebody would lose theirs, or no
	// method would be left.
	UpdateCommunity(context.Context, UpdateCommunityRequest) (CommunityChanged, error)
}

// Policies shows and sets the rules of communities.
type Policies interface {
	// ShowPolicy tells the rules of a community and where each comes from.
	// [NotFound].
	ShowPolicy(context.Context, ShowPolicyRequest) (PolicyReport, error)
	// SetPolicy sets rules of a community; they hold from everybody's next
	// request on. [NotFound], [Rejected] for the caller's own password,
	// [Conflict] for methods of which none is left.
	SetPolicy(context.Context, SetPolicyRequest) (PolicySet, error)
}

// Audit reads the audit trail.
type Audit interface {
	// ListEvents lists events, newest first, a page at a time. [Damaged] if one
	// was changed.
	ListEvents(context.Context, ListEventsRequest) (EventPage, error)
}
