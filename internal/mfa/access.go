package mfa

import (
	"slices"
	"sync"
	"time"
)

// Role is a named set of permissions.
type Role string

// The built-in roles.
const (
	RoleMember   Role = "member"   // no permission over others
	RoleHelpdesk Role = "helpdesk" // sees users, locks them and resets their 2FA
	RoleAuditor  Role = "auditor"  // sees everything, changes nothing
	RoleAdmin    Role = "admin"    // everything in the community and its children
	RoleOperator Role = "operator" // everything everywhere
)

// Permission is one thing a role may do to others.
type Permission string

// The permissions.
const (
	UsersRead        Permission = "users:read"
	UsersWrite       Permission = "users:write"
	UsersLock        Permission = "users:lock"
	UsersPassword    Permission = "users:password"
	TwoFactorReset   Permission = "2fa:reset"
	TwoFactorVerify  Permission = "2fa:verify"
	RequestsApprove  Permission = "requests:approve"
	PolicyRead       Permission = "policy:read"
	PolicyWrite      Permission = "policy:write"
	CommunitiesWrite Permission = "communities:write"
	RolesWrite       Permission = "roles:write"
	TokensWrite      Permission = "tokens:write"
	SessionsRead     Permission = "sessions:read"
	SessionsRevoke   Permission = "sessions:revoke"
	AuditRead        Permission = "audit:read"
	NoticesWrite     Permission = "notices:write"
)

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{
		UsersRead, UsersWrite, UsersLock, UsersPassword, TwoFactorReset, TwoFactorVerify, RequestsApprove,
		PolicyRead, PolicyWrite, CommunitiesWrite, RolesWrite, TokensWrite, SessionsRead, SessionsRevoke,
		AuditRead, NoticesWrite,
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
func Roles() []Grant { return slices.Clone(roles()) }

// roles is the table itself, made when it is first needed: every request looks up what
// a role gives.
var roles = sync.OnceValue(func() []Grant {
	return []Grant{
		{Role: RoleMember},
		{Role: RoleHelpdesk, Permissions: []Permission{UsersRead, UsersLock, TwoFactorReset}},
		{Role: RoleAuditor, Permissions: []Permission{UsersRead, PolicyRead, SessionsRead, AuditRead}},
		{Role: RoleAdmin, Permissions: Permissions()},
		{Role: RoleOperator, Permissions: Permissions(), Everywhere: true},
	}
})

// BuiltIn returns what a built-in role gives; ok is false for any other.
func (r Role) BuiltIn() (g Grant, ok bool) {
	for _, g := range roles() {
		if g.Role == r {
			return g, true
		}
	}
	return Grant{Role: r}, false
}

// CustomRole is a role that a community made for itself and those below it. It
// is kept in the community's own row.
type CustomRole struct {
	Name         Role          `json:"name"`
	Permissions  []Permission  `json:"permissions"` // in the order of [Permissions]
	Note         string        `json:"note,omitempty"`
	CreatedAt    time.Time     `json:"created_at"`
	UpdatedAt    time.Time     `json:"updated_at"`
	ControlMarks []ControlMark `json:"touched,omitempty"` // who created it, or changed what it gives
	// PrivilegedUntil is how long those who have the role still count as privileged, since it
	// lost its last permission.
	PrivilegedUntil time.Time `json:"privileged_until,omitzero"`
}

// Grant returns what the role gives: it never reaches every community. A permission that this
// program does not know, from another version, gives nothing and counts for nothing: nobody has
// it, so nobody could manage a user who had.
func (c CustomRole) Grant() Grant {
	return Grant{Role: c.Name, Permissions: c.Permissions}.Within(Permissions())
}

// Known reports whether p is a permission of the table.
func (p Permission) Known() bool { return slices.Contains(Permissions(), p) }

// Has reports whether the grant holds the permission.
func (g Grant) Has(p Permission) bool {
	return slices.Contains(g.Permissions, p)
}

// Covers reports whether every permission of o is also one of g, and whether g
// reaches as far as o. No one acts on a user who has more than they have.
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

// Within returns what of the grant is among some permissions, in the grant's
// order: it reaches no farther, and does no more.
func (g Grant) Within(some []Permission) Grant {
	g.Permissions = slices.DeleteFunc(slices.Clone(g.Permissions), func(p Permission) bool { return !slices.Contains(some, p) })
	return g
}

// Privileged reports whether the role has a permission over others.
func (g Grant) Privileged() bool { return len(g.Permissions) > 0 }
