package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListCommunities implements [mfa.Communities].
func (e *Part) ListCommunities(ctx context.Context, req mfa.ListCommunitiesRequest) (mfa.CommunityPage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListCommunities", Body: req}, func(a *act.Act, _ *act.Account) (mfa.CommunityPage, error) {
		out := mfa.CommunityPage{Items: []mfa.CommunityInfo{}}
		tree, err := a.Read.Tree()
		if err != nil {
			return out, err
		}
		out.Damaged = damagedBelow(a, tree, a.Actor.CommunityID)
		for _, h := range tree.Lineages {
			in, err := a.Reaches(h.Communities[0].ID)
			if err != nil {
				return out, err
			}
			if in {
				out.Items = append(out.Items, communityInfo(a, h.Communities))
			}
		}
		if a.Actor.Grant.Everywhere {
			for _, c := range tree.Cut {
				out.Items = append(out.Items, mfa.CommunityInfo{ID: c.ID, Name: c.Name, ParentID: c.ParentID, CreatedAt: c.CreatedAt})
			}
		}
		slices.SortFunc(out.Items, func(x, y mfa.CommunityInfo) int { return strings.Compare(x.Name, y.Name) })
		return out, nil
	})
}

// damagedBelow marks the damaged communities that say they are a community or below it, or
// all of them for callers who reach every community.
func damagedBelow(a *act.Act, tree *records.Tree, id string) (out []mfa.DamagedRow) {
	for _, d := range tree.Damaged {
		if a.Actor.Grant.Everywhere || tree.SaysBelow(d.ID, id) {
			out = append(out, act.DamagedRow(d))
		}
	}
	return out
}

// marked sets the marks of a list: of the rows that cannot be shown, and of the communities
// that the list would show more of. named is the community that the list is about.
func marked(a *act.Act, to *[]mfa.DamagedRow, rows []mfa.DamagedRow, named string, err error) error {
	if err != nil {
		return err
	}
	if named == "" && !a.Actor.Grant.Everywhere {
		tree, err := a.Read.Tree()
		if err != nil {
			return err
		}
		rows = append(rows, damagedBelow(a, tree, a.Actor.CommunityID)...)
	}
	*to = act.Marks(rows)
	return nil
}

// communityInfo tells of the first community of a line. A parent the actor does not
// reach has no name for them.
func communityInfo(a *act.Act, line []mfa.Community) mfa.CommunityInfo {
	out := mfa.CommunityInfo{ID: line[0].ID, Name: line[0].Name, CreatedAt: line[0].CreatedAt}
	if len(line) == 1 {
		return out
	}
	if in, err := a.Reaches(line[1].ID); err == nil && in {
		out.Parent, out.ParentID = line[1].Name, line[1].ID
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
		line := placed(mfa.Community{Name: title, CreatedAt: a.Now}, above)
		if out.Changed, err = titleFree(a, &line[0]); err != nil {
			return out, err
		}
		if out.Changed && !req.DryRun {
			line[0].ID = a.NewID()
			keepCommunity(a, act.Event{Action: mfa.ActCommunityMake, Community: &line[0], Reason: req.Reason, Note: title + ", below " + nameOf(above)})
		}
		out.Community = communityInfo(a, line)
		return out, nil
	})
}

// placed is the line of a community that is to stand below another; above is the line of
// that one, empty for a community without a parent.
func placed(c mfa.Community, above []mfa.Community) []mfa.Community {
	c.ParentID = ""
	if len(above) > 0 {
		c.ParentID = above[0].ID
	}
	return append([]mfa.Community{c}, above...)
}

// parent finds the community a new one stands below, with those above it: the actor's own
// by default. One without a parent is for callers who reach every community.
func parent(a *act.Act, named string, top bool) ([]mfa.Community, error) {
	switch {
	case top && named != "":
		return nil, mfa.UsageError("parent", "given together with top")
	case top && !a.Actor.Grant.Everywhere:
		return nil, mfa.Errorf(mfa.Forbidden, "only who reaches every community makes one without a parent")
	case top:
		return nil, nil
	}
	h, err := lineageNamed(a, named)
	if err != nil {
		return nil, err
	}
	if len(h.Communities) >= records.MaxDepth-1 {
		return nil, mfa.UsageError("parent", "communities nest %d deep at most", records.MaxDepth-1)
	}
	return h.Communities, nil
}

// titleFree reports whether a community is new: one of that name below the same
// parent is the same one, below another it is a conflict.
func titleFree(a *act.Act, c *mfa.Community) (bool, error) {
	old, err := a.Read.CommunityByName(c.Name)
	if err != nil {
		return errors.Is(err, mfa.NotFound), mfa.Missing(err, nil)
	}
	in, err := a.Reaches(old.ID)
	if err != nil {
		return false, err
	}
	if in && old.ParentID == c.ParentID && c.ID == "" {
		*c = old
		return false, nil
	}
	return false, mfa.Errorf(mfa.Conflict, "there is a community %s already", c.Name)
}

func keepCommunity(a *act.Act, ev act.Event) {
	a.Wrote(a.Write.PutCommunity(ev.Community))
	a.Record(ev)
}

// nameOf is the name of the first community of a line, which may be empty.
func nameOf(line []mfa.Community) string {
	if len(line) == 0 {
		return "none"
	}
	return line[0].Name
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
	o := act.Spec{Method: "UpdateCommunity", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.CommunityChanged, error) {
		out := mfa.CommunityChanged{DryRun: req.DryRun}
		h, err := lineageNamed(a, req.Community)
		if err != nil {
			return out, err
		}
		c := h.Communities[0]
		next, err := nextCommunity(a, h.Communities, req)
		if err != nil {
			return out, act.RefusedAbout(err, act.Event{Community: &c, Reason: req.Reason})
		}
		out.Changed = next[0].Name != c.Name || next[0].ParentID != c.ParentID
		if next[0].ParentID != c.ParentID {
			if err := act.RequirePassword(a, "give a community another parent"); err != nil {
				return out, act.RefusedAbout(err, act.Event{Community: &c, Reason: req.Reason})
			}
		}
		out.Community = communityInfo(a, next)
		if !out.Changed || req.DryRun {
			return out, nil
		}
		note := c.Name + ", below " + nameOf(h.Communities[1:]) + ", to " + next[0].Name + ", below " + nameOf(next[1:])
		keepCommunity(a, act.Event{Action: mfa.ActCommunityEdit, Community: &next[0], Reason: req.Reason, Note: note})
		return out, notifyLoosened(a, next[0], note, req.Reason, heldAt(a, next[0].Held))
	})
}

// nextCommunity is a community as it is to be, with its new line, if nothing below it
// breaks.
func nextCommunity(a *act.Act, line []mfa.Community, req mfa.UpdateCommunityRequest) ([]mfa.Community, error) {
	c, next := line[0], slices.Clone(line)
	if req.Name != "" && req.Name != c.Name {
		next[0].Name = req.Name
		if _, err := titleFree(a, &next[0]); err != nil {
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
	if slices.ContainsFunc(above, func(o mfa.Community) bool { return o.ID == c.ID }) {
		return nil, mfa.Errorf(mfa.Conflict, "%s stands below %s", above[0].Name, c.Name)
	}
	next = placed(next[0], above)
	next[0].Held = mfa.Loosened(mfa.Standing{Line: line}, mfa.Standing{Line: next}, a.Now)
	return next, checkNewLineage(a, next)
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
	c, err := knownCommunity(a, who)
	if err != nil {
		return c, err
	}
	in, err := a.Reaches(c.ID)
	if err == nil && !in {
		err = noCommunity(who)
	}
	return c, err
}

// knownCommunity finds a community by name or id.
func knownCommunity(a *act.Act, who string) (mfa.Community, error) {
	c, err := a.Read.CommunityByName(who)
	if errors.Is(err, mfa.NotFound) {
		c, err = a.Read.Community(who)
	}
	return c, mfa.Missing(err, noCommunity(who))
}

func noCommunity(who string) *mfa.Error { return mfa.Errorf(mfa.NotFound, "no community %s", who) }

// CommunityAnywhere finds a community of the store for break-glass, which no community is
// out of the reach of: by its name or id, or the only one there is.
func CommunityAnywhere(a *act.Act, who string) (mfa.Community, error) {
	if who != "" {
		return knownCommunity(a, who)
	}
	tree, err := a.Read.Tree()
	if err != nil {
		return mfa.Community{}, err
	}
	if n := len(tree.Lineages) + len(tree.Cut) + len(tree.Damaged); n != 1 || len(tree.Lineages) != 1 {
		return mfa.Community{}, mfa.UsageError("community", "missing: the store has %d communities, and nobody is signed in", n)
	}
	return tree.Lineages[0].Communities[0], nil
}
