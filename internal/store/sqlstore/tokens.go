package sqlstore

import "github.com/mfactl/mfactl/internal/mfa"

const tokenColumns = `hash, id, user_id, name, permissions, created_at, ` + //nolint:gosec // no credentials
	`created_by, expires_at, last_used_at, successor, chain_start, mac, rev`

const (
	selectToken = `SELECT ` + tokenColumns + ` FROM tokens WHERE hash = $1`
	tokenByID   = `SELECT ` + tokenColumns + ` FROM tokens WHERE id = $1`
)

var tokens = table[mfa.Token]{
	records: records[mfa.Token]{scanToken, copyToken, func(k *mfa.Token) **mfa.Proof { return &k.Proof }},
	name:    "tokens", columns: tokenColumns, selectByKey: selectToken,
}

func scanToken(r row) (mfa.Token, error) {
	var t mfa.Token
	err := r.Scan(&t.Hash, &t.ID, &t.UserID, &t.Name, listAt(&t.Permissions), timeAt(&t.CreatedAt), &t.CreatedBy,
		timeAt(&t.ExpiresAt), timeAt(&t.LastUsedAt), &t.Successor, timeAt(&t.ChainStart), bytesAt(&t.MAC), &t.Rev)
	return t, err
}

// Token returns the token of a hash.
func (t *tx) Token(hash string) (mfa.Token, error) {
	return recallOne(t, tokens.records, selectToken, hash)
}

// TokenByID returns the token of an id.
func (t *tx) TokenByID(id string) (mfa.Token, error) { return one(t, scanToken, tokenByID, id) }

// Tokens lists tokens by their id, oldest first.
func (t *tx) Tokens(q mfa.TokenQuery) ([]mfa.Token, error) {
	var w where
	w.and("expires_at > ", micros(q.Alive), true)
	w.ofCommunities(q.CommunityIDs)
	w.and("user_id = ", q.UserID, q.UserID != "")
	w.and("substr(id, 11, 12) = ", q.Chain, q.Chain != "") // as mfa.ChainOf has it, and an index
	w.and("id > ", q.After, q.After != "")
	return many(t, listed(scanToken), w.query(`SELECT `+tokenColumns+` FROM tokens`, ` ORDER BY id`, q.Limit), w.args...)
}

// PutToken keeps a token; Conflict also if the owner has one of that name that
// was not replaced. NotFound if there is no such user.
func (t *tx) PutToken(k *mfa.Token) error {
	return put(t, &tokens, k, &k.Rev, k.Hash, k.ID, k.UserID, k.Name, listAt(&k.Permissions), micros(k.CreatedAt),
		k.CreatedBy, micros(k.ExpiresAt), micros(k.LastUsedAt), k.Successor, micros(k.ChainStart), blob(k.MAC))
}

// DeleteToken removes a token.
func (t *tx) DeleteToken(hash string) error { return remove(t, &tokens, hash) }
