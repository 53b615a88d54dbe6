package records

import (
	"cmp"
	"iter"
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

// EachLineage goes through the lineage of every community. One that does not verify, or
// is below such a one, comes as an error of the code [mfa.Damaged].
func (r *Reader) EachLineage() iter.Seq2[*Lineage, error] {
	return func(yield func(*Lineage, error) bool) {
		for row, err := range r.raw.EachCommunity() {
			var l *Lineage
			err = unreadableRecord(err, sortCommunity, row.ID, "community", cmp.Or(row.Name, row.ID))
			if err == nil {
				l, err = r.Lineage(row.ID)
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

// Lineages returns the lineage of every community, by name.
func (r *Reader) Lineages() ([]*Lineage, error) {
	all, err := r.raw.Communities()
	if err != nil {
		return nil, err
	}
	out := make([]*Lineage, len(all))
	for i, row := range all {
		if out[i], err = r.Lineage(row.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
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
