package admin

import (
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// keepFormer keeps who gave up an address, and with a deleted account who controlled it. It
// removes a few of the oldest of these records, if they decide nothing any more.
func keepFormer(a *act.Act, u *act.Account, deleted bool) error {
	f := mfa.FormerAccount{
		ID: a.NewID(), AccountID: u.ID, CommunityID: u.CommunityID, Email: u.Email, Used: u.Used(), Deleted: deleted, At: a.Now,
	}
	if deleted {
		var err error
		if f.Marks, err = act.ControlOf(a, u); err != nil {
			return err
		}
	}
	a.Wrote(a.Write.PutFormerAccount(&f))
	if !a.Doubted { // under a wrong clock one that still counts would look old
		a.Wrote(a.Write.SweepFormerAccounts(a.Now.Add(-mfa.FormerTTL)))
	}
	return nil
}

// reserved returns until when an address is reserved in the line of a community: another
// account gave it up after it was used. It is zero if the address is free. accountID is the
// account that is to have it, if it exists; it may take back its own.
func reserved(a *act.Act, c mfa.Community, email, accountID string) (until time.Time, _ error) {
	rows, err := a.Read.GivenUp(email, a.Now.Add(-mfa.AddressTTL))
	if err != nil {
		return until, err
	}
	mine, err := a.Read.Lineage(c.ID)
	if err != nil {
		return until, err
	}
	for _, f := range rows {
		ends := f.At.Add(mfa.AddressTTL)
		if !f.Used || !a.Now.Before(ends) || f.AccountID == accountID {
			continue
		}
		theirs, err := a.Read.Lineage(f.CommunityID)
		if err != nil {
			return until, err
		}
		if mine.Below(f.CommunityID) || theirs.Below(c.ID) {
			until = later(until, ends)
		}
	}
	return until, nil
}

// isReserved is the refusal of a reserved address to one person alone.
func isReserved(email string, until time.Time) *mfa.Error {
	return mfa.Errorf(mfa.PolicyForbids, "the address %s is reserved: an account that was used gave it up less than 30 days ago, and taking it takes two people",
		email).Until(until)
}
