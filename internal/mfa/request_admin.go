package mfa

import "time"

// UpdateUserRequest changes an account; what is zero stays.
type UpdateUserRequest struct {
	User      string     `json:"user"`
	Role      Role       `json:"role,omitempty"`
	Email     string     `json:"email,omitempty"`
	Community string     `json:"community,omitempty"` // name or id of the one to move to
	Status    UserStatus `json:"status,omitempty"`    // active or deactivated
	Password  Secret     `json:"password,omitzero"`   // the caller's own; needed to widen authority
	Change
	Request bool `json:"request,omitempty"` // file a new address for a second person instead
}

// LockUserRequest keeps an account from signing in.
type LockUserRequest struct {
	User     string `json:"user"`
	Password Secret `json:"password,omitzero"` // the caller's own; needed to widen authority
	Change
}

// UnlockUserRequest ends a lock.
type UnlockUserRequest struct {
	User     string `json:"user"`
	Password Secret `json:"password,omitzero"` // the caller's own; needed to widen authority
	Change
}

// DeleteUserRequest removes an account.
type DeleteUserRequest struct {
	User     string `json:"user"`
	Password Secret `json:"password,omitzero"` // the caller's own; needed to widen authority
	Change
}

// ListSessionsRequest asks for a page of sessions.
type ListSessionsRequest struct {
	User      string `json:"user,omitempty"` // only this user's
	Community string `json:"community,omitempty"`
	After     string `json:"after,omitempty"`
	Limit     int    `json:"limit,omitempty"` // at most 1000, which is the default
}

// RevokeSessionsRequest ends sessions of a user.
type RevokeSessionsRequest struct {
	User    string `json:"user"`
	Session string `json:"session,omitempty"` // only the one of this id
	Change
}

// ListRolesRequest asks for the roles that can be given in a community.
type ListRolesRequest struct {
	Community string `json:"community,omitempty"` // name or id; the caller's own by default
}

// CreateRoleRequest makes a role.
type CreateRoleRequest struct {
	Name        Role         `json:"name"`
	Community   string       `json:"community,omitempty"`
	Permissions []Permission `json:"permissions"`
	Note        string       `json:"note,omitempty"`    // what it is for
	Password    Secret       `json:"password,omitzero"` // the caller's own
	Change
}

// UpdateRoleRequest changes a role; what is nil stays.
type UpdateRoleRequest struct {
	Name      Role         `json:"name"`
	Community string       `json:"community,omitempty"`
	Add       []Permission `json:"add,omitempty"`
	Remove    []Permission `json:"remove,omitempty"`
	Note      *string      `json:"note,omitempty"`
	Password  Secret       `json:"password,omitzero"` // the caller's own; needed to widen authority
	Change
}

// DeleteRoleRequest removes a role.
type DeleteRoleRequest struct {
	Name      Role   `json:"name"`
	Community string `json:"community,omitempty"`
	Change
}

// ListCommunitiesRequest asks for the communities the caller reaches.
type ListCommunitiesRequest struct{}

// CreateCommunityRequest makes a community.
type CreateCommunityRequest struct {
	Name   string `json:"name"`
	Parent string `json:"parent,omitempty"` // name or id; the caller's own by default
	Top    bool   `json:"top,omitempty"`    // without a parent; for who reaches every community
	Change
}

// UpdateCommunityRequest changes a community; what is zero stays.
type UpdateCommunityRequest struct {
	Community string `json:"community"` // name or id
	Name      string `json:"name,omitempty"`
	Parent    string `json:"parent,omitempty"`
	Top       bool   `json:"top,omitempty"`     // no parent any more
	Password  Secret `json:"password,omitzero"` // the caller's own; needed to widen authority
	Change
}

// ShowPolicyRequest asks for the rules of a community.
type ShowPolicyRequest struct {
	Community string `json:"community,omitempty"` // name or id; the caller's own by default
}

// SetPolicyRequest sets rules of a community.
type SetPolicyRequest struct {
	Community string            `json:"community,omitempty"`
	Rules     map[string]string `json:"rules"`    // by name; an empty value takes the rule back
	Password  Secret            `json:"password"` // the caller's own
	Change
	Request bool `json:"request,omitempty"` // file what is looser for a second person instead, so that it applies at once
}

// ListRequestsRequest asks for a page of requests, newest first.
type ListRequestsRequest struct {
	Community string        `json:"community,omitempty"`
	Status    RequestStatus `json:"status,omitempty"`
	Before    string        `json:"before,omitempty"` // id to go on from
	Limit     int           `json:"limit,omitempty"`  // at most 1000, which is the default
}

// ShowRequestRequest names one request.
type ShowRequestRequest struct {
	ID string `json:"id"`
}

// ApproveRequest does what was asked for.
type ApproveRequest struct {
	ID       string `json:"id"`
	Password Secret `json:"password"` // the caller's own
	Change
}

// DenyRequest ends a request.
type DenyRequest struct {
	ID     string `json:"id"`
	Reason string `json:"reason,omitempty"`
}

// Says returns what the request says of the change it makes.
func (r DenyRequest) Says() Change { return Change{Reason: r.Reason} }

// CheckCodeRequest checks a code somebody reads out.
type CheckCodeRequest struct {
	User string `json:"user"`
	Code Secret `json:"code"` // 6 or 8 digits
}

// BreakGlassRequest acts on a user without a session. It is for a program that opens the store
// directly, so it is no part of [Service].
type BreakGlassRequest struct {
	User string `json:"user"`
	Change
	NewCode bool   `json:"new_code,omitempty"`
	Email   string `json:"email,omitempty"` // the new address, of BreakGlassEmail
}

// ListEventsRequest asks for a page of the audit trail, newest first.
type ListEventsRequest struct {
	Before    int64     `json:"before,omitempty"` // sequence number to go on from
	Limit     int       `json:"limit,omitempty"`  // at most 1000, which is the default
	Community string    `json:"community,omitempty"`
	Actor     string    `json:"actor,omitempty"`  // e-mail address or id
	Target    string    `json:"target,omitempty"` // e-mail address or id
	Actions   []Action  `json:"actions,omitempty"`
	Outcome   Outcome   `json:"outcome,omitempty"`
	Since     time.Time `json:"since,omitzero"`
	Until     time.Time `json:"until,omitzero"`
}

// CreateTokenRequest makes an API token. It is always another one.
type CreateTokenRequest struct {
	For         string       `json:"for,omitempty"`     // the owner; the caller by default
	Name        string       `json:"name,omitempty"`    // unique among the owner's; "token" or the like if empty
	Permissions []Permission `json:"permissions"`       // at least one; nothing the caller or the owner lacks
	Expires     Span         `json:"expires,omitzero"`  // after how long; 30d if zero, or what the policy allows
	Password    Secret       `json:"password,omitzero"` // the caller's own
	Change
}

// ListTokensRequest asks for a page of API tokens, oldest first.
type ListTokensRequest struct {
	User      string `json:"user,omitempty"` // only this owner's
	Community string `json:"community,omitempty"`
	After     string `json:"after,omitempty"` // id to go on from
	Limit     int    `json:"limit,omitempty"` // at most 1000, which is the default
}

// RotateTokenRequest replaces an API token by a new one of the same name.
type RotateTokenRequest struct {
	ID          string       `json:"id,omitempty"`          // the token that asks by default
	Permissions []Permission `json:"permissions,omitempty"` // the same by default
	Expires     Span         `json:"expires,omitzero"`      // as long as the old one was meant to live by default, and never longer
	Grace       Span         `json:"grace,omitzero"`        // how long the old one lives on, at most 24h
	Password    Secret       `json:"password,omitzero"`     // the caller's own; needed to widen authority
	Change
}

// RevokeTokenRequest ends an API token.
type RevokeTokenRequest struct {
	ID string `json:"id"`
	Change
}
