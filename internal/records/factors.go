package records

import (
	"encoding/hex"
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Factors returns the confirmed factor rows of a user, oldest first. The user
// row remembers which there must be: one that is missing, strange or changed is
// damage, never "no factor".
func (r *Reader) Factors(u mfa.User) ([]mfa.Factor, error) {
	rows, err := r.raw.Factors(u.ID)
	if err != nil {
		return nil, err
	}
	var out []mfa.Factor
	for _, f := range rows {
		if f.Status == mfa.FactorPending {
			continue
		}
		if !slices.Contains(u.Factors, MarkOf(f)) {
			return nil, mfa.Errorf(mfa.Damaged, "user %s has a factor that was never confirmed, or is not what it was", u.Email)
		}
		if err := r.verifyFactor(f, "a factor of "+u.Email); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if len(out) != len(u.Factors) {
		return nil, mfa.Errorf(mfa.Damaged, "a factor of %s is missing", u.Email)
	}
	return out, nil
}

// FactorRows returns every factor row of a user, pending and old ones too, oldest first: to
// look at a damaged account, or to remove what it has.
func (r *Reader) FactorRows(userID string) (Rows[mfa.Factor], error) {
	rows, err := r.raw.Factors(userID)
	return sorted(rows, err, func(f mfa.Factor) error { return r.verifyFactor(f, "a factor") })
}

// PendingFactor returns the factor of a user that waits to be confirmed in a session.
func (r *Reader) PendingFactor(u mfa.User, sessionHash string) (mfa.Factor, error) {
	rows, err := r.raw.Factors(u.ID)
	if err != nil {
		return mfa.Factor{}, err
	}
	i := slices.IndexFunc(rows, func(f mfa.Factor) bool {
		return f.Status == mfa.FactorPending && f.SessionHash == sessionHash
	})
	if i < 0 {
		return mfa.Factor{}, &mfa.Error{Code: mfa.NotFound}
	}
	if err := r.verifyFactor(rows[i], "the pending factor of "+u.Email); err != nil {
		return mfa.Factor{}, err
	}
	r.pending = rows[i]
	return rows[i], nil
}

func (r *Reader) verifyFactor(f mfa.Factor, what string) error {
	return r.verify(sortFactor, f.ID, what, f, f.MAC, f.Proof)
}

// MarkOf is what the user row remembers of a factor: which it is, and its newest
// state, of which 64 bits of the MAC tell.
func MarkOf(f mfa.Factor) mfa.FactorMark {
	return mfa.FactorMark{ID: f.ID, Kind: f.Kind, Seen: hex.EncodeToString(f.MAC[max(0, len(f.MAC)-8):])}
}

// Unmark takes the mark of a factor from the user row, which the caller writes.
func Unmark(u *mfa.User, id string) {
	u.Factors = slices.DeleteFunc(slices.Clone(u.Factors), func(m mfa.FactorMark) bool { return m.ID == id })
}

// PutTries writes how many wrong codes were given to the pending factor that was read.
func (w *RefusalWriter) PutTries(tries int) error {
	if w.pending.ID == "" {
		return mfa.Fault(errors.New("tries of a factor that was not read"))
	}
	w.pending.Tries = tries
	return w.putFactor(&w.pending)
}

// DropPending removes the pending factor that was read: it is out of time or of tries.
func (w *RefusalWriter) DropPending() error {
	if w.pending.ID == "" {
		return mfa.Fault(errors.New("no pending factor was read"))
	}
	return w.tx.DeleteFactor(w.pending.ID)
}

func (w *RefusalWriter) putFactor(f *mfa.Factor) error {
	return put(w, sortFactor, f, &f.MAC, &f.Proof, w.tx.PutFactor)
}

// PutFactor writes a factor.
func (w *Writer) PutFactor(f *mfa.Factor) error {
	w.changed = true
	return w.putFactor(f)
}

// PutConfirmed writes a confirmed factor and marks it in the user row, which the
// caller writes.
func (w *Writer) PutConfirmed(u *mfa.User, f *mfa.Factor) error {
	if err := w.PutFactor(f); err != nil {
		return err
	}
	Unmark(u, f.ID)
	u.Factors = append(u.Factors, MarkOf(*f))
	return nil
}

// DeleteFactor removes a factor.
func (w *Writer) DeleteFactor(id string) error {
	w.changed = true
	return w.tx.DeleteFactor(id)
}
