package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// However many events there are, those that are asked for are found by an index, in their
// order.
func TestEventsAreFoundByAnIndex(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	for index, q := range map[string]mfa.EventQuery{
		"USING INDEX events_by_action (action=?":          {Actions: []mfa.Action{mfa.ActReset}},
		"USING INDEX events_by_actor (actor_id=?":         {ActorID: "a"},
		"USING INDEX events_by_target (target_id=?":       {TargetID: "t"},
		"USING INDEX events_by_community (community_id=?": {CommunityIDs: []string{"c"}},
		"USING INTEGER PRIMARY KEY (rowid<?":              {Before: 7},
		"SCAN events":                                     {Actions: []mfa.Action{mfa.ActOTPOK}}, // most of them
	} {
		q.Limit = 101
		var plan string
		err := s.View(t.Context(), func(r mfa.Reader) error {
			rows, err := sqlstore.PlanOfEvents(r, q)
			plan = strings.Join(rows, "; ")
			return err
		})
		if err != nil || !strings.Contains(plan, index) || strings.Contains(plan, "TEMP") {
			t.Errorf("%+v: %s (%v)", q, plan, err)
		}
	}
}
