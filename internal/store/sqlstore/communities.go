package sqlstore

import "github.com/mfactl/mfactl/internal/mfa"

const communityColumns = `id, name, parent_id, policy, roles, created_at, held, mac, rev`

const (
	selectCommunity = `SELECT ` + communityColumns + ` FROM communities WHERE id = $1`
	communityByName = `SELECT ` + communityColumns + ` FROM communities WHERE name = $1`
	allCommunities  = `SELECT ` + communityColumns + ` FROM communities ORDER BY name`
)

var communities = table[mfa.Community]{
	records: records[mfa.Community]{scanCommunity, copyCommunity, func(c *mfa.Community) **mfa.Proof { return &c.Proof }},
	name:    "communities", columns: communityColumns, selectByKey: selectCommunity,
}

func scanCommunity(r row) (mfa.Community, error) {
	var c mfa.Community
	err := r.Scan(&c.ID, &c.Name, &c.ParentID, jsonAt(&c.Policy), listAt(&c.Roles), timeAt(&c.CreatedAt), listAt(&c.Held), bytesAt(&c.MAC), &c.Rev)
	return c, err
}

// Community returns the community of an id.
func (t *tx) Community(id string) (mfa.Community, error) {
	return recallOne(t, communities.records, selectCommunity, id)
}

// CommunityByName returns the community of a name.
func (t *tx) CommunityByName(name string) (mfa.Community, error) {
	return one(t, scanCommunity, communityByName, name)
}

// Communities lists every community by name, byte by byte.
func (t *tx) Communities() ([]mfa.Community, error) {
	return all(t, listed(scanCommunity), allCommunities)
}

// PutCommunity keeps a community; Conflict also if the name is another's.
func (t *tx) PutCommunity(c *mfa.Community) error {
	policy := c.Policy
	if policy == nil {
		policy = map[string]string{}
	}
	return put(t, &communities, c, &c.Rev, c.ID, c.Name, c.ParentID, jsonAt(&policy),
		listAt(&c.Roles), micros(c.CreatedAt), listAt(&c.Held), blob(c.MAC))
}
