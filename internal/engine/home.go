package engine

import (
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// maxDepth is how far communities may nest.
const maxDepth = 32

// home is a community with those above it, and what they make of roles and
// rules together. It is read once a transaction.
type home struct {
	line   []mfa.Community // the community itself, its parent, and so on up
	policy mfa.Policy
}

// home reads a community and its line. Damaged where one is missing, was
// changed, or the line never ends.
func (s *scope) home(id string) (*home, error) {
	if h := s.homes[id]; h != nil {
		return h, nil
	}
	h := &home{}
	for next := id; next != ""; {
		if len(h.line) == maxDepth {
			return nil, mfa.Errorf(mfa.Damaged, "the parents of community %s never end", h.line[0].Name)
		}
		c, err := s.community(next)
		if err != nil {
			return nil, err
		}
		h.line = append(h.line, c)
		next = c.ParentID
	}
	if len(h.line) == 0 {
		return nil, mfa.Errorf(mfa.Damaged, "a user belongs to no community")
	}
	h.policy = s.policy(h.line)
	if s.homes == nil {
		s.homes = map[string]*home{}
	}
	s.homes[id] = h
	return h, nil
}

// policy is what holds under a line of communities. Nobody changes what comes back.
func (s *scope) policy(line []mfa.Community) mfa.Policy {
	var macs strings.Builder
	for _, c := range line {
		macs.Write(c.MAC)
	}
	p, _ := s.e.policies.of(macs.String(), func() (mfa.Policy, error) {
		p, _ := mfa.Effective(line)
		return p, nil
	})
	return p
}

// below reports whether the community is the one of an id or stands below it.
func (h *home) below(id string) bool {
	return slices.ContainsFunc(h.line, func(c mfa.Community) bool { return c.ID == id })
}

// grant returns what a role gives here. One that is not known gives nothing.
func (h *home) grant(role mfa.Role) mfa.Grant {
	if g, ok := role.BuiltIn(); ok {
		return g
	}
	if c, ok := h.custom(role); ok {
		return c.Grant()
	}
	return mfa.Grant{Role: role}
}

// custom finds a role that a community of the line made.
func (h *home) custom(role mfa.Role) (mfa.CustomRole, bool) {
	for _, c := range h.line {
		for _, r := range c.Roles {
			if r.Name == role {
				return r, true
			}
		}
	}
	return mfa.CustomRole{}, false
}

// roles lists the names of the roles that can be given here.
func (h *home) roles() (out []mfa.Role) {
	for _, g := range mfa.Roles() {
		out = append(out, g.Role)
	}
	for _, c := range h.line {
		out = append(out, namesOf(c.Roles)...)
	}
	return out
}
