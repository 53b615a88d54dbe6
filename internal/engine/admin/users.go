package admin

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ShowUser implements [mfa.Users].
func (e *Part) ShowUser(ctx context.Context, req mfa.ShowUserRequest) (mfa.UserInfo, error) {
	o := act.Spec{Method: "ShowUser", Body: req, User: req.User}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.UserInfo, error) { return userInfo(a, u, true) })
}

// ListUsers implements [mfa.Users].
func (e *Part) ListUsers(ctx context.Context, req mfa.ListUsersRequest) (mfa.UserPage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListUsers", Body: req}, func(a *act.Act, _ *act.Account) (mfa.UserPage, error) {
		out := mfa.UserPage{}
		q := mfa.UserQuery{After: req.After, Limit: act.PageSize(req.Limit)}
		var err error
		if q.CommunityIDs, err = communities(a, req.Community); err != nil {
			return out, err
		}
		key := func(row mfa.User) string { return row.Email }
		out.Items, out.Next, err = act.Page(q, a.Read.UserPage, key, func(row mfa.User) (info mfa.UserInfo, _ bool, _ error) {
			u, err := a.AccountOf(row)
			if err == nil {
				info, err = userInfo(a, u, false)
			}
			return info, true, err
		})
		return out, err
	})
}

// communities returns the ids of the communities a list is about: the one that
// was named, or all the actor reaches; nil means every one.
func communities(a *act.Act, named string) ([]string, error) {
	if named == "" {
		return a.ReachableCommunities()
	}
	c, err := communityNamed(a, named)
	return []string{c.ID}, err
}

// lineageNamed is communityNamed with the communities above it.
func lineageNamed(a *act.Act, who string) (*records.Lineage, error) {
	c, err := communityNamed(a, who)
	if err != nil {
		return nil, err
	}
	return a.Read.Lineage(c.ID)
}

// communityNamed finds a community the actor reaches, by name or id; their own
// by default.
func communityNamed(a *act.Act, who string) (mfa.Community, error) {
	if who == "" {
		return a.Actor.Community, nil
	}
	none := mfa.Errorf(mfa.NotFound, "no community %s", who)
	c, err := a.Read.CommunityByName(who)
	if errors.Is(err, mfa.NotFound) {
		c, err = a.Read.Community(who)
	}
	if err != nil {
		return c, mfa.Missing(err, none)
	}
	in, err := a.Reaches(c)
	if err == nil && !in {
		err = none
	}
	return c, err
}
