package engine

import (
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// notLast refuses to take away the last operator of the store, or the last
// administrator of a community, who can sign in: a service account cannot.
func (s *scope) notLast(u *account) error {
	if u.Status != mfa.UserActive || u.Service {
		return nil
	}
	q, what := mfa.UserQuery{Roles: []mfa.Role{u.Role}}, "operator"
	switch u.Role {
	case mfa.RoleOperator:
	case mfa.RoleAdmin:
		q.Roles = append(q.Roles, mfa.RoleOperator) // who administers it as well
		q.CommunityIDs, what = []string{u.CommunityID}, "administrator of "+u.community.Name
	default:
		return nil
	}
	rows, err := s.r.Users(q)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rows, func(o mfa.User) bool { return o.ID != u.ID && o.Status == mfa.UserActive && !o.Service }) {
		return nil
	}
	return mfa.Errorf(mfa.Conflict, "%s is the last %s", u.Email, what).
		WithHint("make another one first: mfactl admin users update USER --role %s", u.Role)
}
