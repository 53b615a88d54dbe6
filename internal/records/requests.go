package records

import (
	"cmp"
	"maps"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Request reads a request by id.
func (r *Reader) Request(id string) (mfa.Request, error) {
	a, err := r.raw.Request(id)
	return one(a, err, r.verifyRequest)
}

// RequestPage reads requests, newest first, q.Limit at most.
func (r *Reader) RequestPage(q mfa.RequestQuery) (Page[mfa.Request], error) {
	return page(&q.Limit, func() ([]mfa.Request, error) { return r.raw.Requests(q) }, r.verifyRequest)
}

// newestRequests is how many requests about one user Waiting reads. A waiting request is an
// hour old at most, so that the newest are enough.
const newestRequests = 100

// Waiting finds a request that waits at a time and asks for the same as another does; nil if
// no row says so. Damaged where such rows exist and all of them fail to verify.
func (r *Reader) Waiting(like mfa.Request, now time.Time) (*mfa.Request, error) {
	newest, err := r.raw.Requests(mfa.RequestQuery{TargetID: like.TargetID, Status: mfa.RequestPending, Limit: newestRequests})
	if err != nil {
		return nil, unreadableRecord(err, sortRequest, "", "a request about", like.Target)
	}
	var damage error
	for _, a := range newest {
		same := a.RequesterID == like.RequesterID && a.Act == like.Act && a.Email == like.Email && a.NewCode == like.NewCode &&
			maps.Equal(a.Rules, like.Rules) &&
			(a.Basis == "" || a.Basis == like.Basis) // else it has lapsed
		if !same || !now.Before(a.ExpiresAt) || Foretold(a.CreatedAt, now) {
			continue
		}
		err := r.verifyRequest(a)
		if err == nil {
			return &a, nil
		}
		damage = cmp.Or(damage, err)
	}
	return nil, damage
}

func (r *Reader) verifyRequest(a mfa.Request) error {
	return r.verify(sortRequest, a.ID, "request "+a.ID, a, a.MAC, nil)
}

// PutRequest writes a request.
func (w *Writer) PutRequest(a *mfa.Request) error {
	w.changed = true
	a.MAC = w.sign(sortRequest, *a)
	return w.tx.PutRequest(a)
}
