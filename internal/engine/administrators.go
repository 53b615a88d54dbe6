package engine

import (
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// administrators returns whoever may set the rules of a community and can sign
// in: of the community itself, of those above it, and operators everywhere.
func (s *scope) administrators(c mfa.Community) ([]*account, error) {
	h, err := s.r.Lineage(c.ID)
	if err != nil {
		return nil, err
	}
	var ids []string
	var local, everywhere []mfa.Role
	for _, g := range mfa.Roles() {
		if g.Everywhere {
			everywhere = append(everywhere, g.Role)
		} else if g.Has(mfa.PolicyWrite) {
			local = append(local, g.Role)
		}
	}
	for _, c := range h.Communities {
		ids = append(ids, c.ID)
		for _, r := range c.Roles {
			if r.Grant().Has(mfa.PolicyWrite) {
				local = append(local, r.Name)
			}
		}
	}
	return s.active(mfa.UserQuery{CommunityIDs: ids, Roles: local}, mfa.UserQuery{Roles: everywhere})
}

// active returns the users of the queries who can sign in.
func (s *scope) active(queries ...mfa.UserQuery) (out []*account, _ error) {
	for _, q := range queries {
		q.CanSignIn = true
		for row, err := range s.r.EachUserOf(q) {
			u, err := s.read(row, err)
			switch {
			case err == nil:
				out = append(out, u)
			case !errors.Is(err, mfa.Damaged): // a damaged account does not stop the act
				return nil, err
			}
		}
	}
	return out, nil
}

// notifyAdministrators queues a mail to each administrator of a community.
func (s *scope) notifyAdministrators(c mfa.Community, n notice) error {
	all, err := s.administrators(c)
	if err != nil {
		return err
	}
	for _, u := range all {
		if err := s.notify(u, n); err != nil {
			return err
		}
	}
	return nil
}
