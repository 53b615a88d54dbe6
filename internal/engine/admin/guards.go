package admin

import (
	"cmp"
	"errors"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// guardPage is how many rows one search of a guard reads at most.
const guardPage = 100

// someUser returns the first user of the queries whose row verifies, other than the user
// with the id except. It returns nil if there is no such user, and Damaged, naming the
// row, if the only candidates do not verify. After guardPage rows the answer is Damaged as
// well: all of them but that user's did not verify.
func someUser(a *act.Act, except string, queries ...mfa.UserQuery) (*act.Account, error) {
	var damage error
	left := guardPage
	for _, q := range queries {
		q.Limit = left
		for row, err := range a.Read.EachUserOf(q) {
			u, err := a.AccountRead(row, err)
			switch {
			case err == nil && u.ID != except:
				return u, nil
			case err != nil && !errors.Is(err, mfa.Damaged):
				return nil, err
			}
			damage = cmp.Or(damage, err)
			if left--; left == 0 {
				return nil, damage
			}
		}
	}
	return nil, damage
}

// withRole returns the queries for the users of the communities who have one of the roles:
// one query for each pair, which the store answers without reading any other user.
func withRole(communities []mfa.Community, roles ...mfa.Role) (out []mfa.UserQuery) {
	for _, c := range communities {
		for _, r := range roles {
			out = append(out, mfa.UserQuery{CommunityIDs: []string{c.ID}, Roles: []mfa.Role{r}})
		}
	}
	return out
}

// region holds the communities below another one. The sound ones verify and are sorted by
// name. damage is the first error of a community that does not verify and says that it is
// below, or says nothing of its place. A guard that needs one community looks at the sound ones first. A
// guard that needs all of them returns the error. elsewhere is such an error of any other
// community: its place in the tree is unknown, so a guard before something is removed returns
// that as well.
type region struct {
	sound             []mfa.Community
	damage, elsewhere error
}

// below reads the region below a community.
func below(a *act.Act, c mfa.Community) (out region, _ error) {
	tree, err := a.Read.Tree()
	if err != nil {
		return out, err
	}
	for _, h := range tree.Lineages {
		if h.Communities[0].ID != c.ID && h.Below(c.ID) {
			out.sound = append(out.sound, h.Communities[0])
		}
	}
	for _, d := range tree.Damaged {
		to := &out.elsewhere
		if tree.SaysBelow(d.ID, c.ID) || tree.SaysNothing(d.ID) {
			to = &out.damage
		}
		*to = cmp.Or(*to, tree.Why(d.ID))
	}
	return out, nil
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
