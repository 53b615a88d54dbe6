package sqlstore

import "github.com/mfactl/mfactl/internal/mfa"

const approvalColumns = `id, community_id, act, target_id, target, new_code, email, requester_id, requester, reason,
	status, created_at, expires_at, decided_at, decided_by, decider, answer, mac, rev`

const selectApproval = `SELECT ` + approvalColumns + ` FROM requests WHERE id = $1`

var approvals = table[mfa.Approval]{name: "requests", columns: approvalColumns}

func scanApproval(r row) (mfa.Approval, error) {
	var a mfa.Approval
	err := r.Scan(&a.ID, &a.CommunityID, &a.Act, &a.TargetID, &a.Target, boolAt(&a.NewCode), &a.Email, &a.RequesterID,
		&a.Requester, &a.Reason, &a.Status, timeAt(&a.CreatedAt), timeAt(&a.ExpiresAt), timeAt(&a.DecidedAt),
		&a.DecidedBy, &a.Decider, &a.Answer, bytesAt(&a.MAC), &a.Rev)
	return a, err
}

// Approval returns the request of an id.
func (t *tx) Approval(id string) (mfa.Approval, error) {
	return one(t, scanApproval, selectApproval, id)
}

// Approvals lists requests, newest first.
func (t *tx) Approvals(q mfa.ApprovalQuery) ([]mfa.Approval, error) {
	var w where
	w.in("community_id", q.CommunityIDs, q.CommunityIDs != nil)
	if q.TargetID != "" {
		w.and("target_id = ", q.TargetID)
	}
	if q.Status != "" {
		w.and("status = ", string(q.Status))
	}
	if q.Before != "" {
		w.and("id < ", q.Before)
	}
	return many(t, scanApproval, w.query(`SELECT `+approvalColumns+` FROM requests`, ` ORDER BY id DESC`, q.Limit), w.args...)
}

// PutApproval keeps a request.
func (t *tx) PutApproval(a *mfa.Approval) error {
	return put(t, &approvals, a, &a.Rev, a.ID, a.CommunityID, a.Act, a.TargetID, a.Target, a.NewCode,
		a.Email, a.RequesterID, a.Requester, a.Reason, string(a.Status), micros(a.CreatedAt), micros(a.ExpiresAt),
		micros(a.DecidedAt), a.DecidedBy, a.Decider, a.Answer, blob(a.MAC))
}
