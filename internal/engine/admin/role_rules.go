package admin

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// roleNamed finds a role of a community the actor reaches, and refuses one that
// has more than they have. The event of a refusal names the community, if it was found, and
// the reason.
func roleNamed(a *act.Act, community string, name mfa.Role, reason string) (mfa.Community, int, error) {
	if _, ok := name.BuiltIn(); ok {
		return mfa.Community{}, 0, mfa.Errorf(mfa.Conflict, "the role %s is built in", name)
	}
	c, err := communityNamed(a, community)
	if err != nil {
		return c, 0, err
	}
	about := act.Event{Community: &c, Reason: reason}
	i := roleIn(c, name)
	if i < 0 {
		none := mfa.Errorf(mfa.NotFound, "%s made no role %s", c.Name, name).WithHint("mfactl admin roles list -c %s", mfa.ShellWord(c.Name))
		return c, 0, act.RefusedAbout(act.WithSuggestion(none, string(name), namesOf(c.Roles)), about)
	}
	return c, i, act.RefusedAbout(covers(a, c.Roles[i]), about)
}

func namesOf(roles []mfa.CustomRole) (out []mfa.Role) {
	for _, r := range roles {
		out = append(out, r.Name)
	}
	return out
}

func roleIn(c mfa.Community, name mfa.Role) int {
	return slices.IndexFunc(c.Roles, func(r mfa.CustomRole) bool { return r.Name == name })
}

// covers refuses a role that has more than the actor: nobody makes, changes or
// deletes one.
func covers(a *act.Act, r mfa.CustomRole) error {
	for _, p := range r.Grant().Permissions {
		if !a.Actor.Grant.Has(p) {
			return mfa.Errorf(mfa.Forbidden, "the role %s has the permission %s, which you lack", r.Name, p)
		}
	}
	return nil
}

// roleFree refuses a name that a role has in the community, above it, or below
// it: one name means one thing wherever it can be given.
func roleFree(a *act.Act, c mfa.Community, name mfa.Role) error {
	h, err := a.Read.Lineage(c.ID)
	if err != nil {
		return err
	}
	below, err := below(a, c)
	if err != nil {
		return err
	}
	for _, other := range append(slices.Clone(h.Communities), below.sound...) {
		if roleIn(other, name) >= 0 {
			return mfa.Errorf(mfa.Conflict, "%s has a role %s already", other.Name, name).
				WithHint("mfactl admin roles update %s -c %s, or choose another name", name, mfa.ShellWord(other.Name))
		}
	}
	return below.damage
}

// widens reports whether a role gained a permission that requesting or approving needs, which
// gives control over those who have the role.
func widens(old, next []mfa.Permission) bool {
	return slices.ContainsFunc(next, func(p mfa.Permission) bool {
		needed := p == mfa.TwoFactorReset || p == mfa.UsersPassword || p == mfa.UsersWrite || p == mfa.RequestsApprove
		return needed && !slices.Contains(old, p)
	})
}

// known refuses permissions that do not exist, and returns the others in their
// order, each once.
func known(in []mfa.Permission) ([]mfa.Permission, error) {
	for _, p := range in {
		if !p.Known() {
			return nil, act.WithSuggestion(mfa.UsageError("permission", "no such permission %q", p), string(p), mfa.Permissions())
		}
	}
	return ordered(in), nil
}

func ordered(in []mfa.Permission) []mfa.Permission {
	return slices.DeleteFunc(mfa.Permissions(), func(p mfa.Permission) bool { return !slices.Contains(in, p) })
}

func listOf(in []mfa.Permission) string { return cmp.Or(strings.Join(act.Words(in), " "), "nothing") }

// updated is a role as it is to be.
func updated(r mfa.CustomRole, req mfa.UpdateRoleRequest) mfa.CustomRole {
	left := slices.DeleteFunc(slices.Clone(r.Permissions), func(p mfa.Permission) bool { return slices.Contains(req.Remove, p) })
	r.Permissions = ordered(append(left, req.Add...))
	if req.Note != nil {
		r.Note = *req.Note
	}
	return r
}

// difference says what of a role has changed; empty if nothing has.
func difference(old, next mfa.CustomRole) string {
	var parts []string
	for _, p := range next.Permissions {
		if !slices.Contains(old.Permissions, p) {
			parts = append(parts, "added "+string(p))
		}
	}
	for _, p := range old.Permissions {
		if !slices.Contains(next.Permissions, p) {
			parts = append(parts, "removed "+string(p))
		}
	}
	if next.Note != old.Note {
		parts = append(parts, "another note")
	}
	return strings.Join(parts, ", ")
}
