package records

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// newestFormer is how many records of one account are read: what is kept of its deletion is the
// newest.
const newestFormer = 100

// Deleted reads what is kept of a deleted account. NotFound if nothing is.
func (r *Reader) Deleted(accountID string) (mfa.FormerAccount, error) {
	rows, err := r.formers(mfa.FormerQuery{AccountID: accountID, Limit: newestFormer})
	for _, f := range rows {
		if f.Deleted {
			return f, nil
		}
	}
	if err == nil {
		err = mfa.Errorf(mfa.NotFound, "no former account %s", accountID)
	}
	return mfa.FormerAccount{}, err
}

// GivenUp reads who gave up an address after a time, newest first. It reads all of them: no
// number of others who had the address since hides the one that counts.
func (r *Reader) GivenUp(email string, since time.Time) ([]mfa.FormerAccount, error) {
	return r.formers(mfa.FormerQuery{Email: email, Since: since})
}

// formers reads and verifies. A damaged row is an error: it might be the one that counts.
func (r *Reader) formers(q mfa.FormerQuery) ([]mfa.FormerAccount, error) {
	rows, err := r.raw.FormerAccounts(q)
	if err != nil {
		return nil, unreadableRecord(err, sortFormer, "", "a former account of", q.Email+q.AccountID)
	}
	for _, f := range rows {
		if err := r.verifyFormer(f); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (r *Reader) verifyFormer(f mfa.FormerAccount) error {
	return r.verify(sortFormer, f.ID, "the former account "+f.Email, f, f.MAC, nil)
}

// sweepFormer is how many of the oldest former accounts are looked at for each that is written:
// more are removed than kept.
const sweepFormer = 4

// PutFormerAccount writes what is kept of an account or an address that is gone.
func (w *Writer) PutFormerAccount(f *mfa.FormerAccount) error {
	w.changed = true
	f.MAC = w.sign(sortFormer, *f)
	return w.tx.PutFormerAccount(f)
}

// SweepFormerAccounts removes a few of the oldest former accounts that are from before the time.
func (w *Writer) SweepFormerAccounts(before time.Time) error {
	return w.tx.SweepFormerAccounts(before, sweepFormer)
}
