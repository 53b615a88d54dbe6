package records

import "github.com/mfactl/mfactl/internal/mfa"

// Community reads a community by id.
func (r *Reader) Community(id string) (mfa.Community, error) {
	c, err := r.raw.Community(id)
	if err != nil {
		return mfa.Community{}, unreadableRecord(err, sortCommunity, id, "community", id)
	}
	return r.verifiedCommunity(c)
}

// CommunityByName reads the community of a name. A name that leads to another's row is
// damage too: the database takes the name from its index.
func (r *Reader) CommunityByName(name string) (mfa.Community, error) {
	c, err := r.raw.CommunityByName(name)
	if err != nil {
		return mfa.Community{}, unreadableRecord(err, sortCommunity, "", "community", name)
	}
	return r.verifiedCommunity(c)
}

func (r *Reader) verifiedCommunity(c mfa.Community) (mfa.Community, error) {
	if err := r.verify(sortCommunity, c.ID, "community "+c.Name, c, c.MAC, c.Proof); err != nil {
		return mfa.Community{}, err
	}
	return c, nil
}

// PutCommunity writes a community. What was made of it before is forgotten.
func (w *Writer) PutCommunity(c *mfa.Community) error {
	w.changed, w.lineages = true, nil
	return put(w.RefusalWriter, sortCommunity, c, &c.MAC, &c.Proof, w.tx.PutCommunity)
}
