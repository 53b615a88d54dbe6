package store

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// However many events there are, those that are asked for are found by an index, in their
// order.
func TestEventsAreFoundByAnIndex(t *testing.T) {
	s, _ := create(t, Options{})
	for index, q := range map[string]mfa.EventQuery{
		"USING INDEX events_by_action (action=?":          {Actions: []mfa.Action{mfa.ActReset}},
		"USING INDEX events_by_actor (actor_id=?":         {ActorID: "a"},
		"USING INDEX events_by_target (target_id=?":       {TargetID: "t"},
		"USING INDEX events_by_community (community_id=?": {CommunityIDs: []string{"c"}},
		"USING INTEGER PRIMARY KEY (rowid<?":              {Before: 7},
		"SCAN events":                                     {Actions: []mfa.Action{mfa.ActOTPOK}}, // most of them
	} {
		q.Limit = 101
		w := eventsWhere(q)
		text := w.query("EXPLAIN QUERY PLAN SELECT "+eventColumns+" FROM events", " ORDER BY seq DESC", q.Limit)
		var plan string
		err := s.View(t.Context(), func(r mfa.Reader) error {
			rows, err := many(r.(*tx), scanPlan, text, w.args...)
			plan = strings.Join(rows, "; ")
			return err
		})
		if err != nil || !strings.Contains(plan, index) || strings.Contains(plan, "TEMP") {
			t.Errorf("%+v: %s (%v)", q, plan, err)
		}
	}
}

// scanPlan scans what EXPLAIN QUERY PLAN says of one step.
func scanPlan(r row) (detail string, _ error) {
	var id, parent, unused int64
	err := r.Scan(&id, &parent, &unused, &detail)
	return detail, err
}
