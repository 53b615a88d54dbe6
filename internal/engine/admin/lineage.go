package admin

import (
	"cmp"
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// checkLineages checks each community that a change of one concerns, itself and those below
// it, with the lineage it would have: next is that of the changed one. A refusal goes before
// damage: damage is the answer if no sound community refuses.
func checkLineages(a *act.Act, next []mfa.Community, check func(c mfa.Community, lineage []mfa.Community) error) error {
	below, err := below(a, next[0])
	if err != nil {
		return err
	}
	for _, c := range append([]mfa.Community{next[0]}, below.sound...) {
		h, err := a.Read.Lineage(c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(h.Communities, func(o mfa.Community) bool { return o.ID == next[0].ID })
		err = check(c, slices.Concat(h.Communities[:i], next))
		if errors.Is(err, mfa.Damaged) {
			below.damage = cmp.Or(below.damage, err)
		} else if err != nil {
			return err
		}
	}
	return below.damage
}

// requireMethods refuses a lineage with which no user of the community, or of one below it,
// could enroll any factor.
func requireMethods(a *act.Act, next []mfa.Community) error {
	return checkLineages(a, next, func(c mfa.Community, lineage []mfa.Community) error {
		if p, _ := mfa.Effective(lineage); len(p.Methods) > 0 {
			return nil
		}
		return mfa.Errorf(mfa.Conflict, "no method would be left that both %s and a community in its line allow", c.Name).
			WithHint("mfactl admin policy show --effective -c %s", mfa.ShellWord(c.Name))
	})
}

// checkNewLineage refuses a lineage that is too deep, in which no method is left, in
// which roles of one name meet, or which takes a role from a user who has it.
func checkNewLineage(a *act.Act, next []mfa.Community) error {
	if err := requireMethods(a, next); err != nil {
		return err
	}
	return checkLineages(a, next, func(c mfa.Community, lineage []mfa.Community) error {
		if len(lineage) >= records.MaxDepth {
			return mfa.UsageError("parent", "communities nest %d deep at most", records.MaxDepth-1)
		}
		if err := checkRolesDiffer(lineage); err != nil {
			return err
		}
		return checkRolesStay(a, c, &records.Lineage{Communities: lineage})
	})
}

// checkRolesDiffer refuses a lineage in which a name means two roles.
func checkRolesDiffer(lineage []mfa.Community) error {
	seen := map[mfa.Role]string{}
	for _, c := range lineage {
		for _, r := range c.Roles {
			if other := seen[r.Name]; other != "" {
				return mfa.Errorf(mfa.Conflict, "both %s and %s have a role %s", other, c.Name, r.Name)
			}
			seen[r.Name] = c.Name
		}
	}
	return nil
}

// checkRolesStay refuses a new lineage with which a user of the community would lose a role.
// One of the same name that another community made is not it, and may give more.
func checkRolesStay(a *act.Act, c mfa.Community, next *records.Lineage) error {
	old, err := a.Read.Lineage(c.ID)
	if err != nil {
		return err
	}
	var damage error
	for _, l := range old.Communities {
		if next.Below(l.ID) || len(l.Roles) == 0 {
			continue // its roles come along
		}
		holder, err := someUser(a, "", withRole([]mfa.Community{c}, namesOf(l.Roles)...)...)
		switch {
		case holder != nil:
			return mfa.Errorf(mfa.Conflict, "%s has the role %s of %s, which would no longer be above", holder.Email, holder.Role, l.Name)
		case err != nil && !errors.Is(err, mfa.Damaged):
			return err
		}
		damage = cmp.Or(damage, err)
	}
	return damage
}
