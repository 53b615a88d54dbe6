package sqlstore

import "github.com/mfactl/mfactl/internal/mfa"

const requestColumns = `id, community_id, act, target_id, target, new_code, email, requester_id, requester, reason,
	status, created_at, expires_at, decided_at, decided_by, decider, answer,
	basis, token_creator, rules, mac, rev`

const selectRequest = `SELECT ` + requestColumns + ` FROM requests WHERE id = $1`

var requests = table[mfa.Request]{records: records[mfa.Request]{scan: scanRequest}, name: "requests", columns: requestColumns}

func scanRequest(r row) (mfa.Request, error) {
	var a mfa.Request
	err := r.Scan(&a.ID, &a.CommunityID, &a.Act, &a.TargetID, &a.Target, boolAt(&a.NewCode), &a.Email, &a.RequesterID,
		&a.Requester, &a.Reason, &a.Status, timeAt(&a.CreatedAt), timeAt(&a.ExpiresAt), timeAt(&a.DecidedAt),
		&a.DecidedBy, &a.Decider, &a.Answer, &a.Basis, &a.TokenCreator, jsonAt(&a.Rules), bytesAt(&a.MAC), &a.Rev)
	return a, err
}

// Request returns the request of an id.
func (t *tx) Request(id string) (mfa.Request, error) {
	return one(t, scanRequest, selectRequest, id)
}

// Requests lists requests, newest first.
func (t *tx) Requests(q mfa.RequestQuery) ([]mfa.Request, error) {
	var w where
	w.in("community_id", q.CommunityIDs, q.CommunityIDs != nil)
	w.and("target_id = ", q.TargetID, q.TargetID != "")
	w.and("status = ", string(q.Status), q.Status != "")
	w.and("id < ", q.Before, q.Before != "")
	return many(t, listed(scanRequest), w.query(`SELECT `+requestColumns+` FROM requests`, ` ORDER BY id DESC`, q.Limit), w.args...)
}

// PutRequest keeps a request.
func (t *tx) PutRequest(a *mfa.Request) error {
	rules := a.Rules
	if rules == nil {
		rules = map[string]string{}
	}
	return put(t, &requests, a, &a.Rev, a.ID, a.CommunityID, a.Act, a.TargetID, a.Target, a.NewCode,
		a.Email, a.RequesterID, a.Requester, a.Reason, string(a.Status), micros(a.CreatedAt), micros(a.ExpiresAt),
		micros(a.DecidedAt), a.DecidedBy, a.Decider, a.Answer, a.Basis, a.TokenCreator, jsonAt(&rules), blob(a.MAC))
}
