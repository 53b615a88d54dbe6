package act

import (
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// administrators returns the users who may set the rules of a community and can sign
// in: of the community itself, of those above it, and operators everywhere.
func administrators(a *Act, c mfa.Community) ([]*Account, error) {
	return HoldersOf(a, c, mfa.PolicyWrite)
}

// HoldersOf returns the users who have a permission over a community and can sign in.
func HoldersOf(a *Act, c mfa.Community, p mfa.Permission) ([]*Account, error) {
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
	return ActiveUsers(a, mfa.UserQuery{CommunityIDs: ids, Roles: local}, mfa.UserQuery{Roles: everywhere})
}

// ActiveUsers returns the users of the queries who can sign in.
func ActiveUsers(a *Act, queries ...mfa.UserQuery) (out []*Account, _ error) {
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

// NotifyAdministrators queues a mail to each administrator of a community, except those who are
// notified already.
func NotifyAdministrators(a *Act, c mfa.Community, n Notice, but ...string) error {
	all, err := administrators(a, c)
	if err != nil {
		return err
	}
	for _, u := range all {
		if !slices.Contains(but, u.ID) {
			a.Notify(u, n)
		}
	}
	return nil
}
