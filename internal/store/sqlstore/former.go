package sqlstore

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

const formerColumns = `id, account_id, community_id, email, used, deleted, marks, at, mac, rev`

var formers = table[mfa.FormerAccount]{
	records: records[mfa.FormerAccount]{scan: scanFormer}, name: "former_accounts", columns: formerColumns,
}

func scanFormer(r row) (mfa.FormerAccount, error) {
	var f mfa.FormerAccount
	err := r.Scan(&f.ID, &f.AccountID, &f.CommunityID, &f.Email, boolAt(&f.Used), boolAt(&f.Deleted), listAt(&f.Marks),
		timeAt(&f.At), bytesAt(&f.MAC), &f.Rev)
	return f, err
}

// FormerAccounts lists what is kept of former accounts and addresses, newest first.
func (t *tx) FormerAccounts(q mfa.FormerQuery) ([]mfa.FormerAccount, error) {
	var w where
	w.and("account_id = ", q.AccountID, q.AccountID != "")
	w.and("email = ", q.Email, q.Email != "")
	w.and("at > ", micros(q.Since), !q.Since.IsZero())
	return many(t, scanFormer, w.query(`SELECT `+formerColumns+` FROM former_accounts`, ` ORDER BY id DESC`, q.Limit), w.args...)
}

// PutFormerAccount keeps what is to be known of an account or an address that is gone.
func (t *tx) PutFormerAccount(f *mfa.FormerAccount) error {
	return put(t, &formers, f, &f.Rev, f.ID, f.AccountID, f.CommunityID, f.Email, f.Used, f.Deleted, listAt(&f.Marks),
		micros(f.At), blob(f.MAC))
}

// SweepFormerAccounts implements [mfa.Tx]. The ids sort by time, so the oldest are found without
// an index of their own.
func (t *tx) SweepFormerAccounts(before time.Time, most int) error {
	_, err := t.exec(`DELETE FROM former_accounts WHERE id IN (SELECT id FROM former_accounts ORDER BY id LIMIT $1) AND at < $2`,
		most, micros(before))
	return err
}
