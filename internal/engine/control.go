package engine

import (
	"errors"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// apart is how long a password reset and a 2FA reset of one user must lie
// apart: one person who does both controls the account (OWASP ASVS 6.4.3).
const apart = 24 * time.Hour

// privileged reports whether an account has permissions over others, or had its
// role changed within a day: nobody escapes a rule by a demotion that is taken
// back afterwards.
func (s *scope) privileged(u *account) bool {
	return u.grant.Privileged() || slices.ContainsFunc(u.ControlMarks, func(m mfa.ControlMark) bool {
		return m.What == mfa.ControlRole && s.now.Before(m.At.Add(apart))
	})
}

// recordControl records who gained control over the account by the act. The caller writes
// the user row. requester is who asked for what the actor approves; it may be nil.
func (s *scope) recordControl(u *account, what mfa.ControlKind, requester *account) (err error) {
	u.ControlMarks, err = s.withControl(u.ControlMarks, what, u.ID, requester)
	return err
}

// withControl adds to the control marks of an account, or of a role, that the controllers of
// this act did something to it. Nobody gains control over their own account, whose id is to.
func (s *scope) withControl(old []mfa.ControlMark, what mfa.ControlKind, to string, requester *account) ([]mfa.ControlMark, error) {
	controllers, err := s.controllers(requester)
	if err != nil {
		return nil, err
	}
	same := func(m mfa.ControlMark) bool {
		return m.What == what && slices.ContainsFunc(controllers, func(c mfa.ControlMark) bool { return c.By == m.By })
	}
	out := slices.DeleteFunc(slices.Clone(old), func(m mfa.ControlMark) bool { return s.over(m) || same(m) })
	for _, c := range controllers {
		if c.By != to {
			out = append(out, mfa.ControlMark{What: what, By: c.By, At: s.now, Asked: c.Asked})
		}
	}
	return out, nil
}

// controllers returns every person behind this act, without duplicates: its actor, the
// creator of the token that acts, the requester, and everyone who has control over one of
// these. Break-glass has no controllers.
func (s *scope) controllers(requester *account) (out []mfa.ControlMark, err error) {
	if s.actor != nil {
		out, err = s.addController(out, s.actor, false)
	}
	if err == nil && s.unattended() && s.responsibleID() != s.actor.ID {
		out, err = s.addTokenCreator(out)
	}
	if err == nil && requester != nil {
		out, err = s.addController(out, requester, true)
	}
	return out, err
}

// addController adds an account and everyone who has control over it. Of a person who is
// behind the act twice, what they did themselves counts, not what they asked for.
func (s *scope) addController(out []mfa.ControlMark, u *account, asked bool) ([]mfa.ControlMark, error) {
	marks, err := s.controlMarks(u)
	for _, m := range append([]mfa.ControlMark{{By: u.ID}}, marks...) {
		m.Asked = m.Asked || asked
		i := slices.IndexFunc(out, func(c mfa.ControlMark) bool { return c.By == m.By })
		if i < 0 {
			out = append(out, mfa.ControlMark{By: m.By, Asked: m.Asked})
			continue
		}
		out[i].Asked = out[i].Asked && m.Asked
	}
	return out, err
}

// addTokenCreator adds the creator of the token that acts, whose account may be deleted.
func (s *scope) addTokenCreator(out []mfa.ControlMark) ([]mfa.ControlMark, error) {
	creator, err := s.accountByID(s.responsibleID(), false)
	if errors.Is(err, mfa.NotFound) {
		return append(out, mfa.ControlMark{By: s.responsibleID()}), nil
	}
	if err != nil {
		return nil, err
	}
	return s.addController(out, creator, false)
}

// controlledBy reports whether the person with an id has control over an account.
func (s *scope) controlledBy(u *account, id string) (bool, error) {
	marks, err := s.controlMarks(u)
	return slices.ContainsFunc(marks, func(m mfa.ControlMark) bool { return m.By == id }), err
}

// controlMarks are what gave others control over an account in the last seven days: it was
// created, its role or what the role gives was changed, or what it signs in with was reset.
func (s *scope) controlMarks(u *account) ([]mfa.ControlMark, error) {
	h, err := s.r.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	role, _ := h.Custom(u.Role)
	return slices.DeleteFunc(slices.Concat(u.ControlMarks, role.ControlMarks), s.over), nil
}

// over reports that a mark is too old to give control.
func (s *scope) over(m mfa.ControlMark) bool { return !s.now.Before(m.At.Add(mfa.ControlTTL)) }
