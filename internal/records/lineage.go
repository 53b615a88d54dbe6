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

// Lineage is a community with those above it, and what they make of roles and
// rules together. It is read once a transaction.
type Lineage struct {
	Line   []mfa.Community // the community itself, its parent, and so on up
	Policy mfa.Policy
}

// Lineage reads a community and its line. Damaged where one is missing, was
// changed, or the line never ends.
func (r *Reader) Lineage(id string) (*Lineage, error) {
	if h := r.lines[id]; h != nil {
		return h, nil
	}
	h := &Lineage{}
	for next := id; next != ""; {
		if len(h.Line) == MaxDepth {
			return nil, mfa.Errorf(mfa.Damaged, "the parents of community %s never end", h.Line[0].Name)
		}
		c, err := r.Community(next)
		if err != nil {
			return nil, Gone(err, "community "+next)
		}
		h.Line = append(h.Line, c)
		next = c.ParentID
	}
	if len(h.Line) == 0 {
		return nil, mfa.Errorf(mfa.Damaged, "a user belongs to no community")
	}
	h.Policy = r.st.policy(h.Line)
	if r.lines == nil {
		r.lines = map[string]*Lineage{}
	}
	r.lines[id] = h
	return h, nil
}

// EachLineage goes through every community with its line. One that does not verify, or
// stands below such a one, comes as an error of the code [mfa.Damaged].
func (r *Reader) EachLineage() iter.Seq2[*Lineage, error] {
	return func(yield func(*Lineage, error) bool) {
		for row, err := range r.raw.EachCommunity() {
			var h *Lineage
			if err == nil {
				h, err = r.Lineage(row.ID)
			} else {
				err = unreadableRecord(err, sortCommunity, row.ID, "community", cmp.Or(row.Name, row.ID))
			}
			if !yield(h, err) {
				return
			}
		}
	}
}

// Lineages returns every community with its line, by name.
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

// policy is what holds under a line of communities. Nobody changes what comes back.
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
func (h *Lineage) Below(id string) bool {
	return slices.ContainsFunc(h.Line, func(c mfa.Community) bool { return c.ID == id })
}

// Grant returns what a role gives here. One that is not known gives nothing.
func (h *Lineage) Grant(role mfa.Role) mfa.Grant {
	if g, ok := role.BuiltIn(); ok {
		return g
	}
	if c, ok := h.Custom(role); ok {
		return c.Grant()
	}
	return mfa.Grant{Role: role}
}

// Custom finds a role that a community of the line made.
func (h *Lineage) Custom(role mfa.Role) (mfa.CustomRole, bool) {
	for _, c := range h.Line {
		for _, r := range c.Roles {
			if r.Name == role {
				return r, true
			}
		}
	}
	return mfa.CustomRole{}, false
}

// Roles lists the names of the roles that can be given here.
func (h *Lineage) Roles() (out []mfa.Role) {
	for _, g := range mfa.Roles() {
		out = append(out, g.Role)
	}
	for _, c := range h.Line {
		for _, r := range c.Roles {
			out = append(out, r.Name)
		}
	}
	return out
}
