package admin

import (
	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

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
