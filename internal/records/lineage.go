package records

import (
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// MaxDepth is how far communities may nest.
const MaxDepth = 32

// Lineage is a community with those above it, and the policy that follows from them. It is
// read once a transaction.
type Lineage struct {
	Communities []mfa.Community // the community itself, its parent, and so on up
	Policy      mfa.Policy
}

// Lineage reads a community and those above it. Damaged if one is missing or was changed,
// or if the parents never end.
func (r *Reader) Lineage(id string) (*Lineage, error) {
	if l := r.lineages[id]; l != nil {
		return l, nil
	}
	l := &Lineage{}
	for next := id; next != ""; {
		if len(l.Communities) == MaxDepth {
			return nil, mfa.Errorf(mfa.Damaged, "the parents of community %s never end", l.Communities[0].Name)
		}
		c, err := r.Community(next)
		if err != nil {
			return nil, MustExist(err, "community "+next)
		}
		l.Communities = append(l.Communities, c)
		next = c.ParentID
	}
	if len(l.Communities) == 0 {
		return nil, mfa.Errorf(mfa.Damaged, "a user belongs to no community")
	}
	l.Policy = r.st.policy(l.Communities)
	if r.lineages == nil {
		r.lineages = map[string]*Lineage{}
	}
	r.lineages[id] = l
	return l, nil
}

// Tree is every community of a store, by name.
type Tree struct {
	Lineages []*Lineage      // of those that verify, with all above them
	Cut      []mfa.Community // that verify, below one that does not
	Damaged  []Damaged       // which of the others there are
	parents  map[string]string
	why      map[string]error // what is wrong with the damaged ones
}

// Tree reads every community. One that does not verify spoils itself, and those below it lose
// their lineage.
func (r *Reader) Tree() (*Tree, error) {
	all, err := r.raw.Communities()
	if err != nil {
		return nil, err
	}
	out := &Tree{parents: map[string]string{}, why: map[string]error{}}
	for _, row := range all {
		out.parents[row.ID] = row.ParentID
		err := r.verifyCommunity(row)
		if d, damaged := InDamage(err); damaged {
			out.Damaged, out.why[row.ID] = append(out.Damaged, d), err
			continue
		}
		l, err := r.Lineage(row.ID)
		_, named := InDamage(err)
		switch {
		case err == nil:
			out.Lineages = append(out.Lineages, l)
		case errors.Is(err, mfa.Damaged) && !named: // a parent is missing, or the parents never end
			out.Damaged, out.why[row.ID] = append(out.Damaged, Damaged{sortCommunity.name, row.ID, err}), err
		case named:
			out.Cut = append(out.Cut, row)
		default:
			return nil, err
		}
	}
	return out, nil
}

// Why returns what is wrong with a community that is damaged.
func (t *Tree) Why(id string) error { return t.why[id] }

// SaysNothing reports whether the row of a community names no other above it. That of a
// damaged one may have been taken out of its place.
func (t *Tree) SaysNothing(id string) bool { return t.parents[id] == "" }

// SaysBelow reports whether the rows of communities say that one is another or stands below
// it. The rows need not verify, so it proves nothing. Where they lead to no end it is true.
func (t *Tree) SaysBelow(id, above string) bool {
	for range MaxDepth {
		next, is := t.parents[id]
		if id == above || !is {
			return true
		}
		if id = next; id == "" {
			return false
		}
	}
	return true
}

// policy is the effective policy of a community and those above it. The caller must not
// change it.
func (st *Store) policy(line []mfa.Community) mfa.Policy {
	var macs strings.Builder
	for _, c := range line {
		macs.Write(c.MAC)
	}
	p, _ := st.policies.Of(macs.String(), func() (mfa.Policy, error) {
		p, _ := mfa.Effective(line)
		return p, nil
	})
	return p
}

// Below reports whether the community is the one of an id or stands below it.
func (l *Lineage) Below(id string) bool {
	return slices.ContainsFunc(l.Communities, func(c mfa.Community) bool { return c.ID == id })
}

// Grant returns what a role gives here. One that is not known gives nothing.
func (l *Lineage) Grant(role mfa.Role) mfa.Grant {
	if g, ok := role.BuiltIn(); ok {
		return g
	}
	if c, ok := l.Custom(role); ok {
		return c.Grant()
	}
	return mfa.Grant{Role: role}
}

// Custom finds a custom role of one of the communities.
func (l *Lineage) Custom(role mfa.Role) (mfa.CustomRole, bool) {
	for _, c := range l.Communities {
		for _, r := range c.Roles {
			if r.Name == role {
				return r, true
			}
		}
	}
	return mfa.CustomRole{}, false
}

// Roles lists the names of the roles that can be given here.
func (l *Lineage) Roles() (out []mfa.Role) {
	for _, g := range mfa.Roles() {
		out = append(out, g.Role)
	}
	for _, c := range l.Communities {
		for _, r := range c.Roles {
			out = append(out, r.Name)
		}
	}
	return out
}
