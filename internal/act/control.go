package act

import (
	"errors"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ResetsApart is how long a password reset and a 2FA reset of one user must lie
// apart: one person who does both controls the account (OWASP ASVS 6.4.3).
const ResetsApart = 24 * time.Hour

// Privileged reports whether an account has permissions over others, or had its
// role changed within a day: nobody escapes a rule by a demotion that is taken
// back afterwards.
func (m moment) Privileged(u *Account) bool {
	return u.Grant.Privileged() || slices.ContainsFunc(u.ControlMarks, func(mark mfa.ControlMark) bool {
		return mark.What == mfa.ControlRole && m.Now.Before(mark.At.Add(ResetsApart))
	})
}

// RecordControl records who gained control over the account by the act. The caller writes
// the user row. requester is who asked for what the actor approves; it may be nil.
func (a *Act) RecordControl(u *Account, what mfa.ControlKind, requester *Account) (err error) {
	u.ControlMarks, err = a.WithControl(u.ControlMarks, what, u.ID, requester)
	return err
}

// WithControl adds to the control marks of an account, or of a role, that the controllers of
// this act did something to it. Nobody gains control over their own account, whose id is to.
func (a *Act) WithControl(old []mfa.ControlMark, what mfa.ControlKind, to string, requester *Account) ([]mfa.ControlMark, error) {
	controllers, err := a.controllers(requester)
	if err != nil {
		return nil, err
	}
	same := func(m mfa.ControlMark) bool {
		return m.What == what && slices.ContainsFunc(controllers, func(c mfa.ControlMark) bool { return c.By == m.By })
	}
	out := slices.DeleteFunc(slices.Clone(old), func(m mfa.ControlMark) bool { return a.over(m) || same(m) })
	for _, c := range controllers {
		if c.By != to {
			out = append(out, mfa.ControlMark{What: what, By: c.By, At: a.Now, Asked: c.Asked})
		}
	}
	return out, nil
}

// controllers returns every person behind this act, without duplicates: its actor, the
// creator of the token that acts, the requester, and everyone who has control over one of
// these. Break-glass has no controllers.
func (a *Act) controllers(requester *Account) (out []mfa.ControlMark, err error) {
	if a.Actor != nil {
		out, err = a.addController(out, a.Actor, false)
	}
	if err == nil && a.Unattended() && a.ResponsibleID() != a.Actor.ID {
		out, err = a.addTokenCreator(out)
	}
	if err == nil && requester != nil {
		out, err = a.addController(out, requester, true)
	}
	return out, err
}

// addController adds an account and everyone who has control over it. Of a person who is
// behind the act twice, what they did themselves counts, not what they asked for.
func (a *Act) addController(out []mfa.ControlMark, u *Account, asked bool) ([]mfa.ControlMark, error) {
	marks, err := a.controlMarks(u)
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
func (a *Act) addTokenCreator(out []mfa.ControlMark) ([]mfa.ControlMark, error) {
	creator, err := a.AccountByID(a.ResponsibleID(), false)
	if errors.Is(err, mfa.NotFound) {
		return append(out, mfa.ControlMark{By: a.ResponsibleID()}), nil
	}
	if err != nil {
		return nil, err
	}
	return a.addController(out, creator, false)
}

// ControlledBy reports whether the person with an id has control over an account.
func (a *Act) ControlledBy(u *Account, id string) (bool, error) {
	marks, err := a.controlMarks(u)
	return slices.ContainsFunc(marks, func(m mfa.ControlMark) bool { return m.By == id }), err
}

// controlMarks are what gave others control over an account in the last seven days: it was
// created, its role or what the role gives was changed, or what it signs in with was reset.
func (a *Act) controlMarks(u *Account) ([]mfa.ControlMark, error) {
	h, err := a.Read.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	role, _ := h.Custom(u.Role)
	return slices.DeleteFunc(slices.Concat(u.ControlMarks, role.ControlMarks), a.over), nil
}

// over reports that a mark is too old to give control.
func (m moment) over(mark mfa.ControlMark) bool { return !m.Now.Before(mark.At.Add(mfa.ControlTTL)) }
