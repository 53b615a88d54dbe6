package engine

import (
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// hold remembers who got a hold over an account by the act. The caller writes
// the user row.
func (s *scope) hold(u *account, what mfa.TouchKind) (err error) {
	u.Touched, err = s.touched(u.Touched, what, u.ID)
	return err
}

// touched adds to what was done of late that those behind the act did it, but not
// the one it was done to.
func (s *scope) touched(old []mfa.Touch, what mfa.TouchKind, to string) ([]mfa.Touch, error) {
	hands, err := s.hands()
	if err != nil {
		return nil, err
	}
	same := func(t mfa.Touch) bool {
		return t.What == what && slices.ContainsFunc(hands, func(h mfa.Touch) bool { return h.By == t.By })
	}
	out := slices.DeleteFunc(slices.Clone(old), func(t mfa.Touch) bool { return s.past(t) || same(t) })
	for _, h := range hands {
		if h.By != to {
			out = append(out, mfa.Touch{What: what, By: h.By, At: s.now, Asked: h.Asked})
		}
	}
	return out, nil
}

// hands are those behind the act, each once: in whose name it is done, whoever
// made the token that does it, whoever asked for it, and whoever has one of these
// in their hands, since what it holds they hold. Nobody in break-glass.
func (s *scope) hands() (out []mfa.Touch, err error) {
	if s.actor != nil {
		out, err = s.grasp(out, s.actor, false)
	}
	if err == nil && s.unattended() && s.hand() != s.actor.ID {
		out, err = s.graspMaker(out)
	}
	if err == nil && s.second != nil {
		out, err = s.grasp(out, s.second, true)
	}
	return out, err
}

// grasp adds an account, and whoever has it in their hands. Of one who is behind
// the act twice, the part counts that is more than asking.
func (s *scope) grasp(out []mfa.Touch, u *account, asked bool) ([]mfa.Touch, error) {
	holds, err := s.holds(u)
	for _, h := range append([]mfa.Touch{{By: u.ID}}, holds...) {
		h.Asked = h.Asked || asked
		i := slices.IndexFunc(out, func(t mfa.Touch) bool { return t.By == h.By })
		if i < 0 {
			out = append(out, mfa.Touch{By: h.By, Asked: h.Asked})
			continue
		}
		out[i].Asked = out[i].Asked && h.Asked
	}
	return out, err
}

// graspMaker adds whoever made the token that acts, who may be gone.
func (s *scope) graspMaker(out []mfa.Touch) ([]mfa.Touch, error) {
	maker, err := s.account(s.hand(), false)
	if errors.Is(err, mfa.NotFound) {
		return append(out, mfa.Touch{By: s.hand()}), nil
	}
	if err != nil {
		return nil, err
	}
	return s.grasp(out, maker, false)
}

// heldBy reports whether somebody has an account in their hands.
func (s *scope) heldBy(u *account, id string) (bool, error) {
	holds, err := s.holds(u)
	return slices.ContainsFunc(holds, func(t mfa.Touch) bool { return t.By == id }), err
}

// holds are what gave others a hold over an account of late: it was made, its role
// or what the role gives was changed, or what it signs in with was reset.
func (s *scope) holds(u *account) ([]mfa.Touch, error) {
	h, err := s.r.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	role, _ := h.Custom(u.Role)
	return slices.DeleteFunc(slices.Concat(u.Touched, role.Touched), s.past), nil
}

// past reports that what was done binds nobody any more.
func (s *scope) past(t mfa.Touch) bool { return !s.now.Before(t.At.Add(mfa.HandsOff)) }
