package sqlstore_test

import (
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// The queries of the guards use an index in its order. They read no user of another
// community or role, and no more users than a page.
func TestAQueryOfAGuardReadsOnlyThePageItAsksFor(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	for name, c := range map[string]struct {
		query mfa.UserQuery
		index string
	}{
		"a role in a community":          {mfa.UserQuery{CommunityIDs: []string{"c"}, Roles: []mfa.Role{"r"}}, "users_by_community_role (community_id=? AND role=? AND email>?)"},
		"administrators who can sign in": {mfa.UserQuery{CommunityIDs: []string{"c"}, Roles: []mfa.Role{"r"}, CanSignIn: true}, "users_by_community_role (community_id=? AND role=? AND email>?)"},
		"a role everywhere":              {mfa.UserQuery{Roles: []mfa.Role{"r"}, CanSignIn: true}, "users_by_role (role=? AND email>?)"},
	} {
		err := s.View(t.Context(), func(r mfa.Reader) error {
			plan, err := sqlstore.PlanOfUsers(r, c.query)
			if want := []string{"SEARCH users USING INDEX " + c.index}; !slices.Equal(plan, want) {
				t.Errorf("%s: %q", name, plan)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
