package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListCommunities implements [mfa.Communities].
func (e *Engine) ListCommunities(ctx context.Context, req mfa.ListCommunitiesRequest) (mfa.CommunityPage, error) {
	return perform(ctx, e.runner, spec{method: "ListCommunities", body: req}, func(s *scope, _ *account) (mfa.CommunityPage, error) {
		out := mfa.CommunityPage{Items: []mfa.CommunityInfo{}}
		all, err := s.r.Lineages()
		if err != nil {
			return out, err
		}
		for _, h := range all {
			in, err := s.reaches(h.Communities[0])
			if err != nil {
				return out, err
			}
			if in {
				out.Items = append(out.Items, s.communityInfo(h))
			}
		}
		return out, nil
	})
}

// communityInfo tells of a community. A parent the actor does not reach has no
// name for them.
func (s *scope) communityInfo(h *records.Lineage) mfa.CommunityInfo {
	c := h.Communities[0]
	out := mfa.CommunityInfo{ID: c.ID, Name: c.Name, CreatedAt: c.CreatedAt}
	if len(h.Communities) == 1 {
		return out
	}
	if in, err := s.reaches(h.Communities[1]); err == nil && in {
		out.Parent, out.ParentID = h.Communities[1].Name, c.ParentID
	}
	return out
}

// CreateCommunity implements [mfa.Communities].
func (e *Engine) CreateCommunity(ctx context.Context, req mfa.CreateCommunityRequest) (mfa.CommunityChanged, error) {
	title, err := communityName(req.Name)
	if err != nil {
		return mfa.CommunityChanged{}, err
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.CommunityChanged{}, err
	}
	o := spec{method: "CreateCommunity", body: req, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.CommunityChanged, error) {
		out := mfa.CommunityChanged{DryRun: req.DryRun}
		above, err := s.parent(req.Parent, req.Top)
		if err != nil {
			return out, err
		}
		c := mfa.Community{Name: title, CreatedAt: s.now}
		if above != nil {
			c.ParentID = above.Communities[0].ID
		}
		if out.Changed, err = s.titleFree(&c); err != nil {
			return out, err
		}
		if out.Changed && !req.DryRun {
			if c.ID, err = newID(s.now, s.rand); err != nil {
				return out, err
			}
			if err := s.keepCommunity(event{action: mfa.ActCommunityMake, community: &c, reason: reason, note: title + ", below " + nameOf(above)}); err != nil {
				return out, err
			}
		}
		lineage := []mfa.Community{c}
		if above != nil {
			lineage = append(lineage, above.Communities...)
		}
		out.Community = s.communityInfo(&records.Lineage{Communities: lineage})
		return out, nil
	})
}

// parent finds the community a new one stands below: the actor's own by default.
// One without a parent is for whoever reaches every community.
func (s *scope) parent(named string, top bool) (*records.Lineage, error) {
	switch {
	case top && named != "":
		return nil, mfa.UsageError("parent", "given together with top")
	case top && !s.actor.grant.Everywhere:
		return nil, mfa.Errorf(mfa.Forbidden, "only who reaches every community makes one without a parent")
	case top:
		return nil, nil
	}
	c, err := s.communityNamed(named)
	if err != nil {
		return nil, err
	}
	h, err := s.r.Lineage(c.ID)
	if err == nil && len(h.Communities) >= records.MaxDepth-1 {
		err = mfa.UsageError("parent", "communities nest %d deep at most", records.MaxDepth-1)
	}
	return h, err
}

// titleFree reports whether a community is new: one of that name below the same
// parent is the same one, below another it is a conflict.
func (s *scope) titleFree(c *mfa.Community) (bool, error) {
	old, err := s.r.CommunityByName(c.Name)
	if errors.Is(err, mfa.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	h, err := s.r.Lineage(old.ID)
	if err != nil {
		return false, err
	}
	in, err := s.reaches(h.Communities[0])
	if err != nil {
		return false, err
	}
	if in && h.Communities[0].ParentID == c.ParentID && c.ID == "" {
		*c = h.Communities[0]
		return false, nil
	}
	return false, mfa.Errorf(mfa.Conflict, "there is a community %s already", c.Name)
}

func (s *scope) keepCommunity(ev event) error {
	if err := s.w.PutCommunity(ev.community); err != nil {
		return err
	}
	_, err := s.record(ev)
	return err
}

func nameOf(h *records.Lineage) string {
	if h == nil {
		return "none"
	}
	return h.Communities[0].Name
}

// UpdateCommunity implements [mfa.Communities].
func (e *Engine) UpdateCommunity(ctx context.Context, req mfa.UpdateCommunityRequest) (mfa.CommunityChanged, error) {
	var err error
	if req.Name != "" {
		if req.Name, err = communityName(req.Name); err != nil {
			return mfa.CommunityChanged{}, err
		}
	}
	if req.Community == "" {
		return mfa.CommunityChanged{}, mfa.UsageError("community", "missing")
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.CommunityChanged{}, err
	}
	o := spec{method: "UpdateCommunity", body: req, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.CommunityChanged, error) {
		out := mfa.CommunityChanged{DryRun: req.DryRun}
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return out, err
		}
		h, err := s.r.Lineage(c.ID)
		if err != nil {
			return out, err
		}
		next, err := s.nextCommunity(h, req)
		if err != nil {
			return out, refusedAbout(err, event{community: &c, reason: reason})
		}
		out.Changed = next.Communities[0].Name != c.Name || next.Communities[0].ParentID != c.ParentID
		out.Community = s.communityInfo(next)
		if !out.Changed || req.DryRun {
			return out, nil
		}
		note := c.Name + ", below " + nameAbove(h) + ", to " + next.Communities[0].Name + ", below " + nameAbove(next)
		return out, s.keepCommunity(event{action: mfa.ActCommunityEdit, community: &next.Communities[0], reason: reason, note: note})
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
func (s *scope) nextCommunity(h *records.Lineage, req mfa.UpdateCommunityRequest) (*records.Lineage, error) {
	c := h.Communities[0]
	next := &records.Lineage{Communities: slices.Clone(h.Communities)}
	if req.Name != "" && req.Name != c.Name {
		next.Communities[0].Name = req.Name
		if _, err := s.titleFree(&next.Communities[0]); err != nil {
			return nil, err
		}
	}
	if req.Parent == "" && !req.Top {
		return next, nil
	}
	if !s.actor.grant.Everywhere { // it changes who reaches it, and which rules hold
		return nil, mfa.Errorf(mfa.Forbidden, "only who reaches every community gives one another parent")
	}
	above, err := s.parent(req.Parent, req.Top)
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
	return next, s.checkNewLineage(next.Communities)
}
