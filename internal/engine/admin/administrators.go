package admin

import (
	"errors"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// administrators returns the users who may set the rules of a community and can sign
// in: of the community itself, of those above it, and operators everywhere.
func administrators(a *act.Act, c mfa.Community) ([]*act.Account, error) {
	return holdersOf(a, c, mfa.PolicyWrite)
}

// holdersOf returns the users who have a permission over a community and can sign in.
func holdersOf(a *act.Act, c mfa.Community, p mfa.Permission) ([]*act.Account, error) {
	h, err := a.Read.Lineage(c.ID)
	if err != nil {
		return nil, err
	}
	var ids []string
	var local, everywhere []mfa.Role
	for _, g := range mfa.Roles() {
		if g.Everywhere {
			everywhere = append(everywhere, g.Role)
		} else if g.Has(p) {
			local = append(local, g.Role)
		}
	}
	for _, c := range h.Communities {
		ids = append(ids, c.ID)
		for _, r := range c.Roles {
			if r.Grant().Has(p) {
				local = append(local, r.Name)
			}
		}
	}
	return active(a, mfa.UserQuery{CommunityIDs: ids, Roles: local}, mfa.UserQuery{Roles: everywhere})
}

// active returns the users of the queries who can sign in.
func active(a *act.Act, queries ...mfa.UserQuery) (out []*act.Account, _ error) {
	for _, q := range queries {
		q.CanSignIn = true
		for row, err := range a.Read.EachUserOf(q) {
			u, err := a.AccountRead(row, err)
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

// NotifyAdministrators queues a mail to each administrator of a community.
func NotifyAdministrators(a *act.Act, c mfa.Community, n act.Notice) error {
	all, err := administrators(a, c)
	if err != nil {
		return err
	}
	for _, u := range all {
		a.Notify(u, n)
	}
	return nil
}

// requireAnotherAdministrator refuses to take away the last operator of the store, or the last
// administrator of a community, who can sign in: a service account cannot.
func requireAnotherAdministrator(a *act.Act, u *act.Account) error {
	if u.Status != mfa.UserActive || u.Service {
		return nil
	}
	queries, what := []mfa.UserQuery{{Roles: []mfa.Role{u.Role}}}, "operator"
	switch u.Role {
	case mfa.RoleOperator:
	case mfa.RoleAdmin: // an operator of the community administers it as well
		queries = withRole([]mfa.Community{u.Community}, mfa.RoleAdmin, mfa.RoleOperator)
		what = "administrator of " + u.Community.Name
	default:
		return nil
	}
	for i := range queries {
		queries[i].CanSignIn = true
	}
	other, err := someUser(a, u.ID, queries...)
	if err != nil || other != nil {
		return err
	}
	return mfa.Errorf(mfa.Conflict, "%s is the last %s", u.Email, what).
		WithHint("make another one first: mfactl admin users update USER --role %s", u.Role)
}
