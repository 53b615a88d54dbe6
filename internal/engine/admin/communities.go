package admin

import (
	"context"
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListCommunities implements [mfa.Communities].
func (e *Part) ListCommunities(ctx context.Context, req mfa.ListCommunitiesRequest) (mfa.CommunityPage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListCommunities", Body: req}, func(a *act.Act, _ *act.Account) (mfa.CommunityPage, error) {
		out := mfa.CommunityPage{Items: []mfa.CommunityInfo{}}
		all, err := a.Read.Lineages()
		if err != nil {
			return out, err
		}
		for _, h := range all {
			in, err := a.Reaches(h.Communities[0])
			if err != nil {
				return out, err
			}
			if in {
				out.Items = append(out.Items, communityInfo(a, h))
			}
		}
		return out, nil
	})
}

// communityInfo tells of a community. A parent the actor does not reach has no
// name for them.
func communityInfo(a *act.Act, h *records.Lineage) mfa.CommunityInfo {
	c := h.Communities[0]
	out := mfa.CommunityInfo{ID: c.ID, Name: c.Name, CreatedAt: c.CreatedAt}
	if len(h.Communities) == 1 {
		return out
	}
	if in, err := a.Reaches(h.Communities[1]); err == nil && in {
		out.Parent, out.ParentID = h.Communities[1].Name, c.ParentID
	}
	return out
}

// CreateCommunity implements [mfa.Communities].
func (e *Part) CreateCommunity(ctx context.Context, req mfa.CreateCommunityRequest) (mfa.CommunityChanged, error) {
	title, err := act.CanonicalCommunityName(req.Name)
	if err != nil {
		return mfa.CommunityChanged{}, err
	}
	o := act.Spec{Method: "CreateCommunity", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.CommunityChanged, error) {
		out := mfa.CommunityChanged{DryRun: req.DryRun}
		above, err := parent(a, req.Parent, req.Top)
		if err != nil {
			return out, err
		}
		c := mfa.Community{Name: title, CreatedAt: a.Now}
		if above != nil {
			c.ParentID = above.Communities[0].ID
		}
		if out.Changed, err = titleFree(a, &c); err != nil {
			return out, err
		}
		if out.Changed && !req.DryRun {
			c.ID = a.NewID()
			keepCommunity(a, act.Event{Action: mfa.ActCommunityMake, Community: &c, Reason: req.Reason, Note: title + ", below " + nameOf(above)})
		}
		lineage := []mfa.Community{c}
		if above != nil {
			lineage = append(lineage, above.Communities...)
		}
		out.Community = communityInfo(a, &records.Lineage{Communities: lineage})
		return out, nil
	})
}

// parent finds the community a new one stands below: the actor's own by default.
// One without a parent is for callers who reach every community.
func parent(a *act.Act, named string, top bool) (*records.Lineage, error) {
	switch {
	case top && named != "":
		return nil, mfa.UsageError("parent", "given together with top")
	case top && !a.Actor.Grant.Everywhere:
		return nil, mfa.Errorf(mfa.Forbidden, "only who reaches every community makes one without a parent")
	case top:
		return nil, nil
	}
	h, err := lineageNamed(a, named)
	if err == nil && len(h.Communities) >= records.MaxDepth-1 {
		err = mfa.UsageError("parent", "communities nest %d deep at most", records.MaxDepth-1)
	}
	return h, err
}

// titleFree reports whether a community is new: one of that name below the same
// parent is the same one, below another it is a conflict.
func titleFree(a *act.Act, c *mfa.Community) (bool, error) {
	old, err := a.Read.CommunityByName(c.Name)
	if errors.Is(err, mfa.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	h, err := a.Read.Lineage(old.ID)
	if err != nil {
		return false, err
	}
	in, err := a.Reaches(h.Communities[0])
	if err != nil {
		return false, err
	}
	if in && h.Communities[0].ParentID == c.ParentID && c.ID == "" {
		*c = h.Communities[0]
		return false, nil
	}
	return false, mfa.Errorf(mfa.Conflict, "there is a community %s already", c.Name)
}

func keepCommunity(a *act.Act, ev act.Event) {
	a.Wrote(a.Write.PutCommunity(ev.Community))
	a.Record(ev)
}

func nameOf(h *records.Lineage) string {
	if h == nil {
		return "none"
	}
	return h.Communities[0].Name
}

// UpdateCommunity implements [mfa.Communities].
func (e *Part) UpdateCommunity(ctx context.Context, req mfa.UpdateCommunityRequest) (mfa.CommunityChanged, error) {
	var err error
	if req.Name != "" {
		if req.Name, err = act.CanonicalCommunityName(req.Name); err != nil {
			return mfa.CommunityChanged{}, err
		}
	}
	if req.Community == "" {
		return mfa.CommunityChanged{}, mfa.UsageError("community", "missing")
	}
	o := act.Spec{Method: "UpdateCommunity", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.CommunityChanged, error) {
		out := mfa.CommunityChanged{DryRun: req.DryRun}
		h, err := lineageNamed(a, req.Community)
		if err != nil {
			return out, err
		}
		c := h.Communities[0]
		next, err := nextCommunity(a, h, req)
		if err != nil {
			return out, act.RefusedAbout(err, act.Event{Community: &c, Reason: req.Reason})
		}
		out.Changed = next.Communities[0].Name != c.Name || next.Communities[0].ParentID != c.ParentID
		out.Community = communityInfo(a, next)
		if !out.Changed || req.DryRun {
			return out, nil
		}
		note := c.Name + ", below " + nameAbove(h) + ", to " + next.Communities[0].Name + ", below " + nameAbove(next)
		keepCommunity(a, act.Event{Action: mfa.ActCommunityEdit, Community: &next.Communities[0], Reason: req.Reason, Note: note})
		return out, nil
	})
}

func nameAbove(h *records.Lineage) string {
	if len(h.Communities) == 1 {
		return "none"
	}
	return h.Communities[1].Name
}

// nextCommunity is a community as it is to be, with its new lineage, if nothing
// below it breaks.
func nextCommunity(a *act.Act, h *records.Lineage, req mfa.UpdateCommunityRequest) (*records.Lineage, error) {
	c := h.Communities[0]
	next := &records.Lineage{Communities: slices.Clone(h.Communities)}
	if req.Name != "" && req.Name != c.Name {
		next.Communities[0].Name = req.Name
		if _, err := titleFree(a, &next.Communities[0]); err != nil {
			return nil, err
		}
	}
	if req.Parent == "" && !req.Top {
		return next, nil
	}
	if !a.Actor.Grant.Everywhere { // it changes who reaches it, and which rules hold
		return nil, mfa.Errorf(mfa.Forbidden, "only who reaches every community gives one another parent")
	}
	above, err := parent(a, req.Parent, req.Top)
	if err != nil {
		return nil, err
	}
	next.Communities = next.Communities[:1]
	next.Communities[0].ParentID = ""
	if above != nil {
		if above.Below(c.ID) {
			return nil, mfa.Errorf(mfa.Conflict, "%s stands below %s", above.Communities[0].Name, c.Name)
		}
		next.Communities[0].ParentID = above.Communities[0].ID
		next.Communities = append(next.Communities, above.Communities...)
	}
	return next, checkNewLineage(a, next.Communities)
}
