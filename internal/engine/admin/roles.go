package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// ListRoles implements [mfa.CustomRoles].
func (e *Part) ListRoles(ctx context.Context, req mfa.ListRolesRequest) (mfa.RolePage, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "ListRoles", Body: req}, func(a *act.Act, _ *act.Account) (mfa.RolePage, error) {
		out := mfa.RolePage{}
		h, err := lineageNamed(a, req.Community)
		if err != nil {
			return out, err
		}
		for _, g := range mfa.Roles() {
			out.Items = append(out.Items, mfa.RoleInfo{
				Name: g.Role, BuiltIn: true, Everywhere: g.Everywhere, Permissions: append([]mfa.Permission{}, g.Permissions...),
			})
		}
		for _, c := range h.Communities {
			in, err := a.Reaches(c.ID)
			if err != nil {
				return out, err
			}
			for _, r := range c.Roles {
				if !in {
					r.Note = "" // a community above wrote it for its own people
				}
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
func (e *Part) CreateRole(ctx context.Context, req mfa.CreateRoleRequest) (mfa.RoleChanged, error) {
	if err := cmp.Or(act.CheckRoleName(req.Name), act.CheckOneLine("note", req.Note)); err != nil {
		return mfa.RoleChanged{}, err
	}
	permissions, err := known(req.Permissions)
	if err != nil {
		return mfa.RoleChanged{}, err
	}
	o := act.Spec{Method: "CreateRole", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.RoleChanged, error) {
		c, err := communityNamed(a, req.Community)
		if err != nil {
			return mfa.RoleChanged{DryRun: req.DryRun}, err
		}
		out, err := createRole(a, c, mfa.CustomRole{Name: req.Name, Permissions: permissions, Note: req.Note}, req.Reason, req.DryRun)
		return out, act.RefusedAbout(err, act.Event{Community: &c, Reason: req.Reason})
	})
}

// maxRoles bounds the roles of one community: all of them stand in its row, which every
// request about its people reads.
const maxRoles = 100

func createRole(a *act.Act, c mfa.Community, r mfa.CustomRole, reason string, dry bool) (mfa.RoleChanged, error) {
	out := mfa.RoleChanged{DryRun: dry}
	if err := covers(a, r); err != nil {
		return out, err
	}
	if i := roleIn(c, r.Name); i >= 0 && isSo(c.Roles[i], r) {
		return roleChanged(a, out, c.Roles[i], c)
	}
	if len(c.Roles) >= maxRoles {
		return out, mfa.Errorf(mfa.Conflict, "%s has %d roles, which is as many as a community may have", c.Name, len(c.Roles)).
			WithHint("mfactl admin roles delete NAME -c %s", mfa.ShellWord(c.Name))
	}
	if err := roleFree(a, c, r.Name); err != nil {
		return out, err
	}
	if err := act.RequirePassword(a, "create a role"); err != nil {
		return out, err
	}
	r.CreatedAt, r.UpdatedAt = a.Now, a.Now
	if widens(nil, r.Permissions) {
		r.ControlMarks = act.WithControl(a, nil, mfa.ControlRole, "")
	}
	c.Roles = append(slices.Clone(c.Roles), r)
	slices.SortFunc(c.Roles, func(x, y mfa.CustomRole) int { return strings.Compare(string(x.Name), string(y.Name)) })
	out.Changed = true
	if !dry {
		keepCommunity(a, act.Event{Action: mfa.ActRoleCreate, Community: &c, Reason: reason, Note: string(r.Name) + ": " + listOf(r.Permissions)})
	}
	return roleChanged(a, out, r, c)
}

// isSo reports whether a role is what was asked for; without a note it may have
// any.
func isSo(r, asked mfa.CustomRole) bool {
	return slices.Equal(r.Permissions, asked.Permissions) && (asked.Note == "" || asked.Note == r.Note)
}

// UpdateRole implements [mfa.CustomRoles].
func (e *Part) UpdateRole(ctx context.Context, req mfa.UpdateRoleRequest) (mfa.RoleChanged, error) {
	var err error
	if req.Add, err = known(req.Add); err != nil {
		return mfa.RoleChanged{}, err
	}
	for _, p := range req.Add {
		if slices.Contains(req.Remove, p) {
			return mfa.RoleChanged{}, mfa.UsageError("remove", "%s is to be added as well", p)
		}
	}
	if req.Note != nil {
		if err := act.CheckOneLine("note", *req.Note); err != nil {
			return mfa.RoleChanged{}, err
		}
	}
	o := act.Spec{Method: "UpdateRole", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.RoleChanged, error) {
		c, i, err := roleNamed(a, req.Community, req.Name, req.Reason)
		if err != nil {
			return mfa.RoleChanged{DryRun: req.DryRun}, err
		}
		out, err := updateRole(a, c, i, req, req.Reason)
		return out, act.RefusedAbout(err, act.Event{Community: &c, Reason: req.Reason})
	})
}

func updateRole(a *act.Act, c mfa.Community, i int, req mfa.UpdateRoleRequest, reason string) (out mfa.RoleChanged, err error) {
	out.DryRun = req.DryRun
	old, next := c.Roles[i], updated(c.Roles[i], req)
	// A permission that only another version knows can be taken from the role that has it.
	if _, err := known(slices.DeleteFunc(slices.Clone(req.Remove), func(p mfa.Permission) bool { return slices.Contains(old.Permissions, p) })); err != nil {
		return out, err
	}
	if err := covers(a, next); err != nil {
		return out, err
	}
	what := difference(old, next)
	if out.Changed = what != ""; !out.Changed {
		return roleChanged(a, out, old, c)
	}
	if !(mfa.Grant{Permissions: old.Permissions}).Covers(mfa.Grant{Permissions: next.Permissions}) {
		if err := act.RequirePassword(a, "add permissions to a role"); err != nil {
			return out, err
		}
	}
	next = emptied(a, old, next)
	next.UpdatedAt = a.Now
	if widens(old.Permissions, next.Permissions) {
		next.ControlMarks = act.WithControl(a, old.ControlMarks, mfa.ControlRole, "")
	}
	c.Roles = slices.Clone(c.Roles)
	c.Roles[i] = next
	if !req.DryRun {
		keepCommunity(a, act.Event{Action: mfa.ActRoleUpdate, Community: &c, Reason: reason, Note: string(next.Name) + ": " + what})
		if !next.PrivilegedUntil.Equal(old.PrivilegedUntil) && !next.Grant().Privileged() {
			held := []string{"the role " + string(next.Name) + " counts as one with permissions over others"}
			if err := notifyLoosened(a, c, c.Name+": the role "+string(next.Name)+" was emptied", reason, held); err != nil {
				return out, err
			}
		}
	}
	return roleChanged(a, out, next, c)
}

// DeleteRole implements [mfa.CustomRoles].
func (e *Part) DeleteRole(ctx context.Context, req mfa.DeleteRoleRequest) (mfa.RoleChanged, error) {
	o := act.Spec{Method: "DeleteRole", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, _ *act.Account) (mfa.RoleChanged, error) {
		out := mfa.RoleChanged{DryRun: req.DryRun, Changed: true}
		c, i, err := roleNamed(a, req.Community, req.Name, req.Reason)
		if err != nil {
			return out, err
		}
		old := c.Roles[i]
		out.Role = roleInfo(old, c)
		if err := roleUnused(a, c, old.Name); err != nil {
			return out, act.RefusedAbout(err, act.Event{Community: &c, Reason: req.Reason})
		}
		c.Roles = slices.Delete(slices.Clone(c.Roles), i, i+1)
		if !req.DryRun {
			keepCommunity(a, act.Event{Action: mfa.ActRoleDelete, Community: &c, Reason: req.Reason, Note: string(old.Name) + ": " + listOf(old.Permissions)})
		}
		return out, nil
	})
}

// roleChanged describes a role and counts its holders.
func roleChanged(a *act.Act, out mfa.RoleChanged, r mfa.CustomRole, c mfa.Community) (mfa.RoleChanged, error) {
	out.Role = roleInfo(r, c)
	below, err := below(a, c)
	if err != nil {
		return out, err
	}
	out.Holders, out.MoreHolders, err = holders(a, withRole(append([]mfa.Community{c}, below.sound...), r.Name)...)
	return out, err
}

// holders counts the users of the queries whose rows verify. Other rows have no role: they
// are not counted and do not stop the act. It reads up to maxPage rows. There may be more
// if a further row was found, or if damage ended a walk before its last row.
func holders(a *act.Act, queries ...mfa.UserQuery) (n int, more bool, _ error) {
	looked := 0
	for _, q := range queries {
		q.Limit = guardPage
		for row, err := range a.Read.EachUserOf(q) {
			if looked++; looked > act.MaxPage {
				return n, true, nil
			}
			_, named := records.InDamage(err)
			more = more || err != nil && !named // the walk ends here
			_, err := a.AccountRead(row, err)
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
func roleUnused(a *act.Act, c mfa.Community, name mfa.Role) error {
	below, err := below(a, c)
	if err != nil {
		return err
	}
	holder, err := someUser(a, "", withRole(append([]mfa.Community{c}, below.sound...), name)...)
	if holder == nil {
		return cmp.Or(err, below.damage, below.elsewhere)
	}
	inUse := mfa.Errorf(mfa.Conflict, "the role %s is in use", name)
	if a.Actor.Grant.Has(mfa.UsersRead) {
		inUse.Message += ": " + holder.Email + " has it"
	}
	return inUse.WithHint("mfactl admin users update USER --role member")
}
