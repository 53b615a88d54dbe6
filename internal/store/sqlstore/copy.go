package sqlstore

import (
	"maps"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Copies are as their originals would come out of the database: what is empty is nil.

func copyUser(u mfa.User) mfa.User {
	u.Factors, u.ControlMarks, u.MAC = cloned(u.Factors), cloned(u.ControlMarks), cloned(u.MAC)
	u.Held = cloned(u.Held)
	u.Halves = mapped(u.Halves, func(h mfa.Half) mfa.Half {
		h.By = cloned(h.By)
		return h
	})
	u.OTP, u.Code, u.Password = copyAttempts(u.OTP), copyAttempts(u.Code), copyAttempts(u.Password)
	u.VerifyOTP, u.VerifyCode = copyAttempts(u.VerifyOTP), copyAttempts(u.VerifyCode)
	u.Markers = mapped(u.Markers, func(m mfa.DeviceMarker) mfa.DeviceMarker {
		m.Attempts = copyAttempts(m.Attempts)
		return m
	})
	return u
}

func copyAttempts(a mfa.Attempts) mfa.Attempts {
	a.Wrong, a.InFlight = cloned(a.Wrong), cloned(a.InFlight)
	return a
}

func copyFactor(f mfa.Factor) mfa.Factor {
	f.Sealed, f.MAC = cloned(f.Sealed), cloned(f.MAC)
	return f
}

func copySession(s mfa.Session) mfa.Session {
	s.Asked, s.MAC = cloned(s.Asked), cloned(s.MAC)
	return s
}

func copyToken(k mfa.Token) mfa.Token {
	k.Permissions, k.MAC = cloned(k.Permissions), cloned(k.MAC)
	return k
}

func copyCommunity(c mfa.Community) mfa.Community {
	c.Roles, c.Held, c.MAC = mapped(c.Roles, copyRole), cloned(c.Held), cloned(c.MAC)
	if c.Policy = maps.Clone(c.Policy); len(c.Policy) == 0 {
		c.Policy = nil
	}
	return c
}

func copyRole(r mfa.CustomRole) mfa.CustomRole {
	r.Permissions, r.ControlMarks = slices.Clone(r.Permissions), slices.Clone(r.ControlMarks)
	return r
}

// cloned copies a list; an empty one becomes nil.
func cloned[T any](in []T) []T { return append([]T(nil), in...) }
