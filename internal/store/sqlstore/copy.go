package sqlstore

import (
	"bytes"
	"maps"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Copies are as their originals would come out of the database: what is empty is nil.

func copyUser(u mfa.User) mfa.User {
	u.Factors, u.ControlMarks, u.MAC = list(u.Factors), list(u.ControlMarks), raw(u.MAC)
	u.OTP, u.Code, u.Password = copyAttempts(u.OTP), copyAttempts(u.Code), copyAttempts(u.Password)
	return u
}

func copyAttempts(a mfa.Attempts) mfa.Attempts {
	a.Wrong, a.InFlight = list(a.Wrong), list(a.InFlight)
	return a
}

func copyFactor(f mfa.Factor) mfa.Factor {
	f.Sealed, f.MAC = raw(f.Sealed), raw(f.MAC)
	return f
}

func copySession(s mfa.Session) mfa.Session {
	s.Asked, s.MAC = raw(s.Asked), raw(s.MAC)
	return s
}

func copyToken(k mfa.Token) mfa.Token {
	k.Permissions, k.MAC = list(k.Permissions), raw(k.MAC)
	return k
}

func copyCommunity(c mfa.Community) mfa.Community {
	c.Roles, c.MAC = mapped(c.Roles, copyRole), raw(c.MAC)
	if c.Policy = maps.Clone(c.Policy); len(c.Policy) == 0 {
		c.Policy = nil
	}
	return c
}

func copyRole(r mfa.CustomRole) mfa.CustomRole {
	r.Permissions, r.ControlMarks = slices.Clone(r.Permissions), slices.Clone(r.ControlMarks)
	return r
}

func list[T any](in []T) []T { return append([]T(nil), in...) }

func raw(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}
