package sqlstore_test

import (
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// What the guards ask is answered from an index in its order: no user is read who is not
// of the community and of the role, and no more of those than a page.
func TestAQueryOfAGuardReadsOnlyThePageItAsksFor(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	for name, c := range map[string]struct {
		query mfa.UserQuery
		index string
	}{
		"a role in a community":          {mfa.UserQuery{CommunityIDs: []string{"c"}, Roles: []mfa.Role{"r"}}, "users_by_community_role (community_id=? AND role=? AND email>?)"},
		"administrators who are not out": {mfa.UserQuery{CommunityIDs: []string{"c"}, Roles: []mfa.Role{"r"}, NotClosed: true}, "users_by_community_role (community_id=? AND role=? AND email>?)"},
		"a role everywhere":              {mfa.UserQuery{Roles: []mfa.Role{"r"}, NotClosed: true}, "users_by_role (role=? AND email>?)"},
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
