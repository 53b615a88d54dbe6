package sqlstore

import "github.com/mfactl/mfactl/internal/mfa"

const factorColumns = `id, user_id, kind, label, status, sealed, session_hash, tries, created_at,
	confirmed_at, expires_at, last_used_at, mac, rev`

const userFactors = `SELECT ` + factorColumns + ` FROM factors WHERE user_id = $1 ORDER BY created_at, id`

var factors = table[mfa.Factor]{
	records: records[mfa.Factor]{listed(scanFactor), copyFactor, func(f *mfa.Factor) **mfa.Proof { return &f.Proof }},
	name:    "factors", columns: factorColumns, indexed: []string{"user_id", "kind", "label", "status", "created_at"},
	selectList: userFactors, keyOf: func(f mfa.Factor) string { return f.ID },
}

func scanFactor(r row) (mfa.Factor, error) {
	var f mfa.Factor
	err := r.Scan(&f.ID, &f.UserID, &f.Kind, &f.Label, &f.Status, bytesAt(&f.Sealed), &f.SessionHash,
		&f.Tries, timeAt(&f.CreatedAt), timeAt(&f.ConfirmedAt), timeAt(&f.ExpiresAt),
		timeAt(&f.LastUsedAt), bytesAt(&f.MAC), &f.Rev)
	return f, err
}

// Factors lists every factor row of a user, oldest first.
func (t *tx) Factors(userID string) ([]mfa.Factor, error) {
	return recall(t, factors.records, userFactors, userID)
}

// PutFactor keeps a factor; Conflict also if the user has one of that label, a
// pending one, or a code of that kind already. NotFound if there is no such
// user.
func (t *tx) PutFactor(f *mfa.Factor) error {
	return put(t, &factors, f, &f.Rev, f.ID, f.UserID, string(f.Kind), f.Label,
		string(f.Status), blob(f.Sealed), f.SessionHash, f.Tries, micros(f.CreatedAt),
		micros(f.ConfirmedAt), micros(f.ExpiresAt), micros(f.LastUsedAt), blob(f.MAC))
}

// DeleteFactor removes a factor row and, when the store is closed, what is left
// of it in the log.
func (t *tx) DeleteFactor(id string) error {
	t.purge = true
	return remove(t, &factors, id)
}
