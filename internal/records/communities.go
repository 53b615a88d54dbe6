package records

import "github.com/mfactl/mfactl/internal/mfa"

// Community reads a community by id.
func (r *Reader) Community(id string) (mfa.Community, error) {
	c, err := r.raw.Community(id)
	return one(c, unreadableRecord(err, sortCommunity, id, "community", id), r.verifyCommunity)
}

// CommunityByName reads the community of a name. A name that leads to another's row is
// damage too: the database takes the name from its index.
func (r *Reader) CommunityByName(name string) (mfa.Community, error) {
	c, err := r.raw.CommunityByName(name)
	return one(c, unreadableRecord(err, sortCommunity, "", "community", name), r.verifyCommunity)
}

func (r *Reader) verifyCommunity(c mfa.Community) error {
	return r.verify(sortCommunity, c.ID, "community "+c.Name, c, c.MAC, c.Proof)
}

// PutCommunity writes a community. What was made of it before is forgotten.
func (w *Writer) PutCommunity(c *mfa.Community) error {
	w.changed, w.lineages = true, nil
	return put(w.RefusalWriter, sortCommunity, c, &c.MAC, &c.Proof, w.tx.PutCommunity)
}
