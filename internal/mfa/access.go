package mfa

import "slices"

// Role is a named set of permissions.
type Role string

// The built-in roles.
const (
	RoleMember   Role = "member"   // no permission over others
	RoleAdmin    Role = "admin"    // everything in the community and its children
	RoleOperator Role = "operator" // everything everywhere
)

// Permission is one thing a role may do to others.
type Permission string

// The permissions.
const (
	UsersRead          Permission = "users:read"
	UsersWrite         Permission = "users:write"
	UsersLock          Permission = "users:lock"
	UsersPassword      Permission = "users:password"
	TwoFactorReset     Permission = "2fa:reset"
	TwoFactorVerify    Permission = "2fa:verify"
	RequestsApprove    Permission = "requests:approve"
	PolicyRead         Permission = "policy:read"
	PolicyWrite        Permission = "policy:write"
	CommunitiesWrite   Permission = "communities:write"
	RolesWrite         Permission = "roles:write"
	TokensWrite        Permission = "tokens:write"
	SessionsRead       Permission = "sessions:read"
	SessionsRevoke     Permission = "sessions:revoke"
	AuditRead          Permission = "audit:read"
	NotificationsWrite Permission = "notifications:write"
)

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{
		UsersRead, UsersWrite, UsersLock, UsersPassword, TwoFactorReset, TwoFactorVerify, RequestsApprove,
		PolicyRead, PolicyWrite, CommunitiesWrite, RolesWrite, TokensWrite, SessionsRead, SessionsRevoke,
		AuditRead, NotificationsWrite,
	}
}

// Grant is what a role gives: its permissions, and whether they reach every
// community or only the holder's own and its children.
type Grant struct {
	Role        Role
	Permissions []Permission
	Everywhere  bool
}

// Roles is the one table of built-in roles, least first.
func Roles() []Grant {
	return []Grant{
		{Role: RoleMember},
		{Role: RoleAdmin, Permissions: Permissions()},
		{Role: RoleOperator, Permissions: Permissions(), Everywhere: true},
	}
}

// Grant returns what the role gives; an unknown role gives nothing.
func (r Role) Grant() Grant {
	for _, g := range Roles() {
		if g.Role == r {
			return g
		}
	}
	return Grant{Role: r}
}

// Known reports whether r is a role of the table.
func (r Role) Known() bool {
	for _, g := range Roles() {
		if g.Role == r {
			return true
		}
	}
	return false
}

// Has reports whether the grant holds the permission.
func (g Grant) Has(p Permission) bool {
	return slices.Contains(g.Permissions, p)
}

// Covers reports whether every permission of o is also one of g, and whether g
// reaches as far as o. Nobody acts on who has more than they have.
func (g Grant) Covers(o Grant) bool {
	if o.Everywhere && !g.Everywhere {
		return false
	}
	for _, p := range o.Permissions {
		if !g.Has(p) {
			return false
		}
	}
	return true
}

// Privileged reports whether the role has a permission over others.
func (g Grant) Privileged() bool { return len(g.Permissions) > 0 }
