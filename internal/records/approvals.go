package records

import (
	"cmp"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Approval reads a request by id.
func (r *Reader) Approval(id string) (mfa.Approval, error) {
	a, err := r.raw.Approval(id)
	if err == nil {
		err = r.verifyApproval(a)
	}
	if err != nil {
		return mfa.Approval{}, err
	}
	return a, nil
}

// ApprovalPage reads requests, newest first, q.Limit at most, and tells whether there are
// more.
func (r *Reader) ApprovalPage(q mfa.ApprovalQuery) ([]mfa.Approval, bool, error) {
	return page(q.Limit, func(limit int) ([]mfa.Approval, error) {
		q.Limit = limit
		return r.raw.Approvals(q)
	}, r.verifyApproval)
}

// newestApprovals is how many requests about one user Waiting reads. A waiting request is an
// hour old at most, so that the newest are enough.
const newestApprovals = 100

// Waiting finds a request that waits at a time and asks for the same as another does; nil if
// no row says so. Damaged where such rows exist and all of them fail to verify.
func (r *Reader) Waiting(like mfa.Approval, now time.Time) (*mfa.Approval, error) {
	newest, err := r.raw.Approvals(mfa.ApprovalQuery{TargetID: like.TargetID, Status: mfa.ApprovalPending, Limit: newestApprovals})
	if err != nil {
		return nil, unreadableRecord(err, sortApproval, "", "a request about", like.Target)
	}
	var damage error
	for _, a := range newest {
		same := a.RequesterID == like.RequesterID && a.Act == like.Act && a.Email == like.Email && a.NewCode == like.NewCode
		if !same || !now.Before(a.ExpiresAt) {
			continue
		}
		err := r.verifyApproval(a)
		if err == nil {
			return &a, nil
		}
		damage = cmp.Or(damage, err)
	}
	return nil, damage
}

func (r *Reader) verifyApproval(a mfa.Approval) error {
	return r.verify(sortApproval, a.ID, "request "+a.ID, a, a.MAC, nil)
}

// PutApproval writes a request.
func (w *Writer) PutApproval(a *mfa.Approval) error {
	w.changed = true
	a.MAC = w.sign(sortApproval, *a)
	return w.tx.PutApproval(a)
}
