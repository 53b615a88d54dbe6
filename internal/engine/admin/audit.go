package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// ListEvents implements [mfa.Audit].
func (e *Part) ListEvents(ctx context.Context, req mfa.ListEventsRequest) (mfa.EventPage, error) {
	if err := goodFilter(req); err != nil {
		return mfa.EventPage{}, err
	}
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListEvents", Body: req}, func(a *act.Act, _ *act.Account) (mfa.EventPage, error) {
		out := mfa.EventPage{}
		q, err := eventQuery(a, req)
		if err != nil {
			return out, err
		}
		page, err := act.PageOf(q, act.Listing[mfa.EventQuery, mfa.Event, mfa.Event, int64]{
			Read: a.Read.EventPage,
			Row: func(ev mfa.Event) mfa.DamagedRow {
				return mfa.DamagedRow{Sort: "event", ID: strconv.FormatInt(ev.Seq, 10)}
			},
			Key:  func(ev mfa.Event) int64 { return ev.Seq },
			Tell: func(ev mfa.Event) (mfa.Event, bool, error) { return ev, true, nil },
		})
		out.Items, out.Next = page.Items, page.Next
		return out, marked(a, &out.Damaged, page.Damaged, req.Community, err)
	})
}

// eventQuery narrows the list to the communities the actor reaches.
func eventQuery(a *act.Act, req mfa.ListEventsRequest) (mfa.EventQuery, error) {
	q := mfa.EventQuery{
		Before: req.Before, Limit: act.PageSize(req.Limit), Since: req.Since, Until: req.Until,
		Actions: req.Actions, Outcome: req.Outcome,
	}
	var err error
	if q.CommunityIDs, err = communities(a, req.Community); err != nil {
		return q, err
	}
	if q.ActorID, err = idOf(a, req.Actor, q.CommunityIDs); err != nil {
		return q, err
	}
	q.TargetID, err = idOf(a, req.Target, q.CommunityIDs)
	return q, err
}

// goodFilter refuses words that no event has.
func goodFilter(req mfa.ListEventsRequest) error {
	for _, a := range req.Actions {
		if !slices.Contains(mfa.Actions(), a) {
			return act.WithSuggestion(mfa.UsageError("action", "no such action %q", a), string(a), mfa.Actions())
		}
	}
	if req.Outcome != "" && req.Outcome != mfa.OutcomeOK && req.Outcome != mfa.OutcomeRefused {
		return mfa.UsageError("outcome", "cannot be %q", req.Outcome).WithHint("ok or refused")
	}
	if !req.Since.IsZero() && !req.Until.IsZero() && !req.Since.Before(req.Until) {
		return mfa.UsageError("until", "not after since")
	}
	return nil
}

// idOf returns the id of a user named by address or id, also of a deleted user.
// NotFound for an unknown address, or one of a user whom the actor's permissions do
// not reach.
func idOf(a *act.Act, who string, reach []string) (string, error) {
	address, err := act.CanonicalEmail(who)
	if err != nil {
		return who, nil
	}
	u, err := a.ReachableUser(who)
	if err == nil {
		return u.ID, nil
	}
	if !errors.Is(err, mfa.NotFound) && !errors.Is(err, mfa.Rejected) {
		return "", err
	}
	gone, lookup := a.Read.EventRows(mfa.EventQuery{
		CommunityIDs: reach, Actions: []mfa.Action{mfa.ActUserDelete}, Outcome: mfa.OutcomeOK, Target: address, Limit: 1,
	})
	if lookup != nil {
		return "", lookup
	}
	if len(gone.Damaged) > 0 {
		return "", mfa.Errorf(mfa.Damaged, "event %s, which tells whose address %s was, does not verify", gone.Damaged[0].ID, address)
	}
	if len(gone.Sound) == 1 {
		return gone.Sound[0].TargetID, nil
	}
	return "", err
}
