package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ListEvents implements [mfa.Audit].
func (e *Engine) ListEvents(ctx context.Context, req mfa.ListEventsRequest) (mfa.EventPage, error) {
	return do(ctx, e, op{method: "ListEvents", body: req}, func(s *scope) (mfa.EventPage, error) {
		out := mfa.EventPage{Items: []mfa.Event{}}
		q, err := s.eventQuery(req)
		if err != nil {
			return out, err
		}
		rows, err := s.r.Events(q)
		if err != nil {
			return out, err
		}
		if len(rows) == q.Limit {
			rows = rows[:q.Limit-1]
			out.Next = rows[len(rows)-1].Seq
		}
		for _, ev := range rows {
			if err := s.verify(macEvent, fmt.Sprintf("event %d", ev.Seq), ev, ev.MAC); err != nil {
				return out, err
			}
		}
		out.Items = append(out.Items, rows...)
		return out, nil
	})
}

// eventQuery narrows the list to the communities the actor reaches.
func (s *scope) eventQuery(req mfa.ListEventsRequest) (mfa.EventQuery, error) {
	q := mfa.EventQuery{
		Before: req.Before, Limit: pageSize(req.Limit) + 1, Since: req.Since, Until: req.Until,
		Actions: req.Actions, Outcome: req.Outcome,
	}
	var err error
	if q.CommunityIDs, err = s.reach(); err != nil {
		return q, err
	}
	if q.ActorID, err = s.idOf(req.Actor); err != nil {
		return q, err
	}
	q.TargetID, err = s.idOf(req.Target)
	return q, err
}

// idOf returns the id of a user named by address or id. NotFound for an address
// that is nobody's, or somebody's whom the actor's permissions do not reach.
func (s *scope) idOf(who string) (string, error) {
	if _, err := email(who); err != nil {
		return who, nil
	}
	none := mfa.Errorf(mfa.NotFound, "no user %s", who)
	u, err := s.accountNamed(who)
	if errors.Is(err, mfa.NotFound) {
		return "", none
	}
	if err != nil {
		return "", err
	}
	in, err := s.reaches(u.community)
	if err == nil && !in {
		err = none
	}
	return u.ID, err
}
