package engine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// roleNames is the form of a role's name.
const roleNames = `^[a-z][a-z0-9-]{0,31}$`

// ListRoles implements [mfa.CustomRoles].
func (e *Engine) ListRoles(ctx context.Context, req mfa.ListRolesRequest) (mfa.RolePage, error) {
	return do(ctx, e, op{method: "ListRoles", body: req}, func(s *scope) (mfa.RolePage, error) {
		out := mfa.RolePage{}
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return out, err
		}
		h, err := s.home(c.ID)
		if err != nil {
			return out, err
		}
		for _, g := range mfa.Roles() {
			out.Items = append(out.Items, mfa.RoleInfo{
				Name: g.Role, BuiltIn: true, Everywhere: g.Everywhere, Permissions: append([]mfa.Permission{}, g.Permissions...),
			})
		}
		for _, c := range h.line {
			for _, r := range c.Roles {
				out.Items = append(out.Items, aboutRole(r, c))
			}
		}
		return out, nil
	})
}

func aboutRole(r mfa.CustomRole, c mfa.Community) mfa.RoleInfo {
	return mfa.RoleInfo{
		Name: r.Name, Community: c.Name, Permissions: append([]mfa.Permission{}, r.Permissions...), Note: r.Note, UpdatedAt: &r.UpdatedAt,
	}
}

// CreateRole implements [mfa.CustomRoles].
func (e *Engine) CreateRole(ctx context.Context, req mfa.CreateRoleRequest) (mfa.RoleChanged, error) {
	if !regexp.MustCompile(roleNames).MatchString(string(req.Name)) {
		return mfa.RoleChanged{}, mfa.Bad("name", "malformed").WithHint("1 to 32 of a-z, 0-9 and -, a letter first")
	}
	if _, ok := req.Name.BuiltIn(); ok {
		return mfa.RoleChanged{}, mfa.Errorf(mfa.Conflict, "the role %s is built in", req.Name)
	}
	permissions, err := known(req.Permissions)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	if req.Note, err = noteText(req.Note); err != nil {
		return mfa.RoleChanged{}, err
	}
	o := op{method: "CreateRole", body: req, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.RoleChanged, error) {
		return s.createRole(req, mfa.CustomRole{Name: req.Name, Permissions: permissions, Note: req.Note})
	})
}

func (s *scope) createRole(req mfa.CreateRoleRequest, r mfa.CustomRole) (mfa.RoleChanged, error) {
	out := mfa.RoleChanged{DryRun: req.DryRun}
	c, err := s.communityNamed(req.Community)
	if err != nil {
		return out, err
	}
	s.tenant = &c
	if err := s.covers(r); err != nil {
		return out, err
	}
	if i := roleIn(c, r.Name); i >= 0 && slices.Equal(c.Roles[i].Permissions, r.Permissions) && c.Roles[i].Note == r.Note {
		return s.roleChanged(out, c.Roles[i], c)
	}
	if err := s.roleFree(c, r.Name); err != nil {
		return out, err
	}
	r.CreatedAt, r.UpdatedAt, r.UpdatedBy = s.now, s.now, s.actor.ID
	c.Roles = append(slices.Clone(c.Roles), r)
	slices.SortFunc(c.Roles, func(a, b mfa.CustomRole) int { return strings.Compare(string(a.Name), string(b.Name)) })
	out.Changed = true
	if err := s.keepRoles(&c, mfa.ActRoleCreate, string(r.Name)+": "+listOf(r.Permissions)); err != nil {
		return out, err
	}
	return s.roleChanged(out, r, c)
}

// UpdateRole implements [mfa.CustomRoles].
func (e *Engine) UpdateRole(ctx context.Context, req mfa.UpdateRoleRequest) (mfa.RoleChanged, error) {
	add, err := known(req.Add)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	remove, err := known(req.Remove)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	if req.Note != nil {
		if *req.Note, err = noteText(*req.Note); err != nil {
			return mfa.RoleChanged{}, err
		}
	}
	o := op{method: "UpdateRole", body: req, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.RoleChanged, error) {
		out := mfa.RoleChanged{DryRun: req.DryRun}
		c, i, err := s.roleNamed(req.Community, req.Name)
		if err != nil {
			return out, err
		}
		old := c.Roles[i]
		next := old
		next.Permissions = ordered(append(slices.DeleteFunc(slices.Clone(old.Permissions), func(p mfa.Permission) bool {
			return slices.Contains(remove, p)
		}), add...))
		if req.Note != nil {
			next.Note = *req.Note
		}
		if err := s.covers(next); err != nil {
			return out, err
		}
		out.Changed = !slices.Equal(next.Permissions, old.Permissions) || next.Note != old.Note
		if !out.Changed {
			return s.roleChanged(out, old, c)
		}
		next.UpdatedAt, next.UpdatedBy = s.now, s.actor.ID
		c.Roles = slices.Clone(c.Roles)
		c.Roles[i] = next
		note := fmt.Sprintf("%s: %s to %s", next.Name, listOf(old.Permissions), listOf(next.Permissions))
		if err := s.keepRoles(&c, mfa.ActRoleUpdate, note); err != nil {
			return out, err
		}
		return s.roleChanged(out, next, c)
	})
}

// DeleteRole implements [mfa.CustomRoles].
func (e *Engine) DeleteRole(ctx context.Context, req mfa.DeleteRoleRequest) (mfa.RoleChanged, error) {
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	o := op{method: "DeleteRole", body: req, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.RoleChanged, error) {
		out := mfa.RoleChanged{DryRun: req.DryRun, Changed: true}
		c, i, err := s.roleNamed(req.Community, req.Name)
		if err != nil {
			return out, err
		}
		old := c.Roles[i]
		if out, err = s.roleChanged(out, old, c); err != nil {
			return out, err
		}
		if out.Holders > 0 {
			return out, mfa.Errorf(mfa.Conflict, "%d users have the role %s", out.Holders, old.Name).
				WithHint("mfactl admin users update USER --role member")
		}
		c.Roles = slices.Delete(slices.Clone(c.Roles), i, i+1)
		return out, s.keepRoles(&c, mfa.ActRoleDelete, string(old.Name)+": "+listOf(old.Permissions))
	})
}

// roleNamed finds a role of a community the actor reaches, and refuses one that
// has more than they have.
func (s *scope) roleNamed(community string, name mfa.Role) (mfa.Community, int, error) {
	if _, ok := name.BuiltIn(); ok {
		return mfa.Community{}, 0, mfa.Errorf(mfa.Conflict, "the role %s is built in", name)
	}
	c, err := s.communityNamed(community)
	if err != nil {
		return c, 0, err
	}
	s.tenant = &c
	i := roleIn(c, name)
	if i < 0 {
		return c, 0, mfa.Errorf(mfa.NotFound, "%s made no role %s", c.Name, name).WithHint("mfactl admin roles list -c %s", mfa.ShellWord(c.Name))
	}
	return c, i, s.covers(c.Roles[i])
}

func roleIn(c mfa.Community, name mfa.Role) int {
	return slices.IndexFunc(c.Roles, func(r mfa.CustomRole) bool { return r.Name == name })
}

// covers refuses a role that has more than the actor: nobody makes, changes or
// deletes one.
func (s *scope) covers(r mfa.CustomRole) error {
	for _, p := range r.Permissions {
		if !s.actor.grant.Has(p) {
			return mfa.Errorf(mfa.Forbidden, "the role %s has the permission %s, which you lack", r.Name, p)
		}
	}
	return nil
}

// roleFree refuses a name that a role has in the community, above it, or below
// it: one name means one thing wherever it can be given.
func (s *scope) roleFree(c mfa.Community, name mfa.Role) error {
	line, err := s.home(c.ID)
	if err != nil {
		return err
	}
	below, err := s.below(c)
	if err != nil {
		return err
	}
	for _, other := range append(slices.Clone(line.line), below...) {
		if roleIn(other, name) >= 0 {
			return mfa.Errorf(mfa.Conflict, "%s has a role %s already", other.Name, name).
				WithHint("mfactl admin roles update %s -c %s, or choose another name", name, mfa.ShellWord(other.Name))
		}
	}
	return nil
}

// below lists the communities below one.
func (s *scope) below(c mfa.Community) (out []mfa.Community, _ error) {
	all, err := s.r.Communities()
	if err != nil {
		return nil, err
	}
	for _, other := range all {
		h, err := s.home(other.ID)
		if err != nil {
			return nil, err
		}
		if other.ID != c.ID && h.below(c.ID) {
			out = append(out, h.line[0])
		}
	}
	return out, nil
}

// keepRoles writes a community whose roles have changed.
func (s *scope) keepRoles(c *mfa.Community, action mfa.Action, note string) error {
	if s.op.dry {
		return nil
	}
	if err := s.putCommunity(c); err != nil {
		return err
	}
	_, err := s.record(action, note)
	return err
}

// roleChanged tells of a role and how many have it.
func (s *scope) roleChanged(out mfa.RoleChanged, r mfa.CustomRole, c mfa.Community) (mfa.RoleChanged, error) {
	out.Role = aboutRole(r, c)
	below, err := s.below(c)
	if err != nil {
		return out, err
	}
	ids := []string{c.ID}
	for _, b := range below {
		ids = append(ids, b.ID)
	}
	holders, err := s.r.Users(mfa.UserQuery{CommunityIDs: ids, Roles: []mfa.Role{r.Name}})
	out.Holders = len(holders)
	return out, err
}

// known refuses permissions that do not exist, and returns the others in their
// order, each once.
func known(in []mfa.Permission) ([]mfa.Permission, error) {
	for _, p := range in {
		if !p.Known() {
			return nil, suggested(mfa.Bad("permission", "no such permission %q", p), string(p), mfa.Permissions())
		}
	}
	return ordered(in), nil
}

func ordered(in []mfa.Permission) (out []mfa.Permission) {
	for _, p := range mfa.Permissions() {
		if slices.Contains(in, p) {
			out = append(out, p)
		}
	}
	return out
}

func listOf(in []mfa.Permission) string {
	if len(in) == 0 {
		return "nothing"
	}
	return strings.Join(words(in), " ")
}

// noteText is what a role is for, in a line.
func noteText(s string) (string, error) {
	out, err := reasonText(s)
	if e := (*mfa.Error)(nil); errors.As(err, &e) {
		return "", mfa.Bad("note", "%s", e.Message)
	}
	return out, err
}
