package mfa

import (
	"slices"
	"time"
)

// Policy is the set of rules of a community, after the strictest of its own and
// its parents' was taken.
type Policy struct {
	Require2FA        Requirement
	AllowDisable      bool
	Methods           []Kind        // kinds that may be enrolled
	BackupCodes       int           // how many a set has, 0 to 20
	RecoveryTTL       time.Duration // never longer than 24 h (NIST SP 800-63B §4.2.1.2)
	Lockout           int           // wrong codes in a row before the first lock
	PasswordMinLength int           // characters, 8 to 128 (NIST SP 800-63B §3.1.1)
	SessionIdle       time.Duration
	SessionMax        time.Duration
}

// Requirement says of whom 2FA is required.
type Requirement string

// The requirements, least first.
const (
	RequireOff        Requirement = "off"
	RequirePrivileged Requirement = "privileged" // whoever has a permission over others
	RequireEveryone   Requirement = "everyone"
)

// DefaultPolicy is what holds where nothing else was set.
func DefaultPolicy() Policy {
	return Policy{
		Require2FA:        RequireOff,
		AllowDisable:      true,
		Methods:           []Kind{KindTOTP, KindHOTP},
		BackupCodes:       10,
		RecoveryTTL:       24 * time.Hour,
		Lockout:           5,
		PasswordMinLength: 12,
		SessionIdle:       30 * time.Minute,
		SessionMax:        12 * time.Hour,
	}
}

// Requires reports whether the policy requires 2FA of a holder of the grant.
func (p Policy) Requires(g Grant) bool {
	return p.Require2FA == RequireEveryone || p.Require2FA == RequirePrivileged && g.Privileged()
}

// Allows reports whether a kind may be enrolled.
func (p Policy) Allows(k Kind) bool {
	return slices.Contains(p.Methods, k)
}
