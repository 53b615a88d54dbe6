package engine

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ShowUser implements [mfa.Users].
func (e *Engine) ShowUser(ctx context.Context, req mfa.ShowUserRequest) (mfa.UserInfo, error) {
	o := spec{method: "ShowUser", body: req, user: req.User}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.UserInfo, error) { return s.userInfo(u, true) })
}

// ListUsers implements [mfa.Users].
func (e *Engine) ListUsers(ctx context.Context, req mfa.ListUsersRequest) (mfa.UserPage, error) {
	return perform(ctx, e.runner, spec{method: "ListUsers", body: req}, func(s *scope, _ *account) (mfa.UserPage, error) {
		out := mfa.UserPage{Items: []mfa.UserInfo{}}
		q := mfa.UserQuery{After: req.After, Limit: pageSize(req.Limit)}
		var err error
		if q.CommunityIDs, err = s.communities(req.Community); err != nil {
			return out, err
		}
		rows, more, err := s.r.UserPage(q)
		if err != nil {
			return out, err
		}
		out.Next = cursor(rows, more, func(row mfa.User) string { return row.Email })
		for _, row := range rows {
			u, err := s.accountOf(row)
			if err != nil {
				return out, err
			}
			info, err := s.userInfo(u, false)
			if err != nil {
				return out, err
			}
			out.Items = append(out.Items, info)
		}
		return out, nil
	})
}

// communities returns the ids of the communities a list is about: the one that
// was named, or all the actor reaches; nil means every one.
func (s *scope) communities(named string) ([]string, error) {
	if named == "" {
		return s.reach()
	}
	c, err := s.communityNamed(named)
	return []string{c.ID}, err
}

// communityNamed finds a community the actor reaches, by name or id; their own
// by default.
func (s *scope) communityNamed(who string) (mfa.Community, error) {
	if who == "" {
		return s.actor.community, nil
	}
	none := mfa.Errorf(mfa.NotFound, "no community %s", who)
	c, err := s.r.CommunityByName(who)
	if errors.Is(err, mfa.NotFound) {
		c, err = s.r.Community(who)
	}
	if errors.Is(err, mfa.NotFound) {
		return c, none
	}
	if err != nil {
		return c, err
	}
	in, err := s.reaches(c)
	if err == nil && !in {
		err = none
	}
	return c, err
}
