package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListRoles implements [mfa.CustomRoles].
func (e *Engine) ListRoles(ctx context.Context, req mfa.ListRolesRequest) (mfa.RolePage, error) {
	return perform(ctx, e.runner, spec{method: "ListRoles", body: req}, func(s *scope, _ *account) (mfa.RolePage, error) {
		out := mfa.RolePage{}
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return out, err
		}
		h, err := s.r.Lineage(c.ID)
		if err != nil {
			return out, err
		}
		for _, g := range mfa.Roles() {
			out.Items = append(out.Items, mfa.RoleInfo{
				Name: g.Role, BuiltIn: true, Everywhere: g.Everywhere, Permissions: append([]mfa.Permission{}, g.Permissions...),
			})
		}
		for _, c := range h.Communities {
			for _, r := range c.Roles {
				out.Items = append(out.Items, roleInfo(r, c))
			}
		}
		return out, nil
	})
}

func roleInfo(r mfa.CustomRole, c mfa.Community) mfa.RoleInfo {
	return mfa.RoleInfo{
		Name: r.Name, Community: c.Name, Permissions: append([]mfa.Permission{}, r.Permissions...), Note: r.Note, UpdatedAt: &r.UpdatedAt,
	}
}

// CreateRole implements [mfa.CustomRoles].
func (e *Engine) CreateRole(ctx context.Context, req mfa.CreateRoleRequest) (mfa.RoleChanged, error) {
	if err := roleName(req.Name); err != nil {
		return mfa.RoleChanged{}, err
	}
	permissions, err := known(req.Permissions)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	note, err := oneLine("note", req.Note)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	o := spec{method: "CreateRole", body: req, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.RoleChanged, error) {
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return mfa.RoleChanged{DryRun: req.DryRun}, err
		}
		out, err := s.createRole(c, mfa.CustomRole{Name: req.Name, Permissions: permissions, Note: note}, reason, req.DryRun)
		return out, refusedAbout(err, event{community: &c, reason: reason})
	})
}

// maxRoles bounds the roles of one community: all of them stand in its row, which every
// request about its people reads.
const maxRoles = 100

func (s *scope) createRole(c mfa.Community, r mfa.CustomRole, reason string, dry bool) (mfa.RoleChanged, error) {
	out := mfa.RoleChanged{DryRun: dry}
	if err := s.covers(r); err != nil {
		return out, err
	}
	if i := roleIn(c, r.Name); i >= 0 && isSo(c.Roles[i], r) {
		return s.roleChanged(out, c.Roles[i], c)
	}
	if len(c.Roles) >= maxRoles {
		return out, mfa.Errorf(mfa.Conflict, "%s has %d roles, which is as many as a community may have", c.Name, len(c.Roles)).
			WithHint("mfactl admin roles delete NAME -c %s", mfa.ShellWord(c.Name))
	}
	if err := s.roleFree(c, r.Name); err != nil {
		return out, err
	}
	r.CreatedAt, r.UpdatedAt = s.now, s.now
	var err error
	if r.ControlMarks, err = s.withControl(nil, mfa.ControlRole, "", nil); err != nil {
		return out, err
	}
	c.Roles = append(slices.Clone(c.Roles), r)
	slices.SortFunc(c.Roles, func(a, b mfa.CustomRole) int { return strings.Compare(string(a.Name), string(b.Name)) })
	out.Changed = true
	if err := s.keepRoles(&c, event{action: mfa.ActRoleCreate, reason: reason, note: string(r.Name) + ": " + listOf(r.Permissions)}, dry); err != nil {
		return out, err
	}
	return s.roleChanged(out, r, c)
}

// isSo reports whether a role is what was asked for; without a note it may have
// any.
func isSo(r, asked mfa.CustomRole) bool {
	return slices.Equal(r.Permissions, asked.Permissions) && (asked.Note == "" || asked.Note == r.Note)
}

// UpdateRole implements [mfa.CustomRoles].
func (e *Engine) UpdateRole(ctx context.Context, req mfa.UpdateRoleRequest) (mfa.RoleChanged, error) {
	var err error
	if req.Add, err = known(req.Add); err != nil {
		return mfa.RoleChanged{}, err
	}
	if req.Remove, err = known(req.Remove); err != nil {
		return mfa.RoleChanged{}, err
	}
	for _, p := range req.Add {
		if slices.Contains(req.Remove, p) {
			return mfa.RoleChanged{}, mfa.UsageError("remove", "%s is to be added as well", p)
		}
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	if req.Note != nil {
		if _, err := oneLine("note", *req.Note); err != nil {
			return mfa.RoleChanged{}, err
		}
	}
	o := spec{method: "UpdateRole", body: req, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.RoleChanged, error) {
		c, i, err := s.roleNamed(req.Community, req.Name, reason)
		if err != nil {
			return mfa.RoleChanged{DryRun: req.DryRun}, err
		}
		out, err := s.updateRole(c, i, req, reason)
		return out, refusedAbout(err, event{community: &c, reason: reason})
	})
}

func (s *scope) updateRole(c mfa.Community, i int, req mfa.UpdateRoleRequest, reason string) (out mfa.RoleChanged, err error) {
	out.DryRun = req.DryRun
	old, next := c.Roles[i], updated(c.Roles[i], req)
	if err := s.covers(next); err != nil {
		return out, err
	}
	what := difference(old, next)
	if out.Changed = what != ""; !out.Changed {
		return s.roleChanged(out, old, c)
	}
	next.UpdatedAt = s.now
	if !slices.Equal(old.Permissions, next.Permissions) {
		if next.ControlMarks, err = s.withControl(old.ControlMarks, mfa.ControlRole, "", nil); err != nil {
			return out, err
		}
	}
	c.Roles = slices.Clone(c.Roles)
	c.Roles[i] = next
	if err := s.keepRoles(&c, event{action: mfa.ActRoleUpdate, reason: reason, note: string(next.Name) + ": " + what}, req.DryRun); err != nil {
		return out, err
	}
	return s.roleChanged(out, next, c)
}

// DeleteRole implements [mfa.CustomRoles].
func (e *Engine) DeleteRole(ctx context.Context, req mfa.DeleteRoleRequest) (mfa.RoleChanged, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	o := spec{method: "DeleteRole", body: req, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, _ *account) (mfa.RoleChanged, error) {
		out := mfa.RoleChanged{DryRun: req.DryRun, Changed: true}
		c, i, err := s.roleNamed(req.Community, req.Name, reason)
		if err != nil {
			return out, err
		}
		old := c.Roles[i]
		out.Role = roleInfo(old, c)
		if err := s.roleUnused(c, old.Name); err != nil {
			return out, refusedAbout(err, event{community: &c, reason: reason})
		}
		c.Roles = slices.Delete(slices.Clone(c.Roles), i, i+1)
		return out, s.keepRoles(&c, event{action: mfa.ActRoleDelete, reason: reason, note: string(old.Name) + ": " + listOf(old.Permissions)}, req.DryRun)
	})
}

// keepRoles writes a community whose roles have changed.
func (s *scope) keepRoles(c *mfa.Community, ev event, dry bool) error {
	if dry {
		return nil
	}
	if err := s.w.PutCommunity(c); err != nil {
		return err
	}
	ev.community = c
	_, err := s.record(ev)
	return err
}

// roleChanged describes a role and counts its holders.
func (s *scope) roleChanged(out mfa.RoleChanged, r mfa.CustomRole, c mfa.Community) (mfa.RoleChanged, error) {
	out.Role = roleInfo(r, c)
	below, err := s.below(c)
	if err != nil {
		return out, err
	}
	out.Holders, out.MoreHolders, err = s.holders(withRole(append([]mfa.Community{c}, below.sound...), r.Name)...)
	return out, err
}

// holders counts the users of the queries whose rows verify. Other rows have no role: they
// are not counted and do not stop the act. It reads up to maxPage rows. There may be more
// if a further row was found, or if damage ended a walk before its last row.
func (s *scope) holders(queries ...mfa.UserQuery) (n int, more bool, _ error) {
	looked := 0
	for _, q := range queries {
		q.Limit = guardPage
		for row, err := range s.r.EachUserOf(q) {
			if looked++; looked > maxPage {
				return n, true, nil
			}
			_, named := records.InDamage(err)
			more = more || err != nil && !named // the walk ends here
			_, err := s.read(row, err)
			switch {
			case err == nil:
				n++
			case !errors.Is(err, mfa.Damaged):
				return 0, false, err
			}
		}
	}
	return n, more, nil
}

// roleUnused refuses while a user of the community, or of a community below it, has the
// role. The error names the user if the caller may read users.
func (s *scope) roleUnused(c mfa.Community, name mfa.Role) error {
	below, err := s.below(c)
	if err != nil {
		return err
	}
	holder, err := s.someUser("", withRole(append([]mfa.Community{c}, below.sound...), name)...)
	if holder == nil {
		return cmp.Or(err, below.damage)
	}
	inUse := mfa.Errorf(mfa.Conflict, "the role %s is in use", name)
	if s.actor.grant.Has(mfa.UsersRead) {
		inUse.Message += ": " + holder.Email + " has it"
	}
	return inUse.WithHint("mfactl admin users update USER --role member")
}
