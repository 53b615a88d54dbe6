package store

import "github.com/mfactl/mfactl/internal/mfa"

const replyColumns = `hash, actor_id, method, fingerprint, sealed, at, expires_at`

const (
	hasReply    = `SELECT 1 FROM replies WHERE hash = $1`
	selectReply = `SELECT ` + replyColumns + ` FROM replies WHERE hash = $1`
	// Only a reply that had expired gives way, so that of two calls with one
	// key one loses.
	putReply = `INSERT INTO replies (` + replyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (hash) DO UPDATE SET actor_id = excluded.actor_id, method = excluded.method,
			fingerprint = excluded.fingerprint, sealed = excluded.sealed, at = excluded.at,
			expires_at = excluded.expires_at
		WHERE replies.expires_at <= excluded.at`
	// Some in the order of the table, so that they stand on a few pages. No hash is as
	// great as z.
	sweepReplies = `DELETE FROM replies WHERE hash > $1 AND expires_at > 0 AND expires_at < $2
		AND hash <= COALESCE((SELECT hash FROM replies WHERE hash > $1 ORDER BY hash LIMIT 1 OFFSET 63), 'z')`
)

func scanReply(r row) (mfa.Reply, error) {
	var p mfa.Reply
	err := r.Scan(&p.Hash, &p.ActorID, &p.Method, bytesAt(&p.Fingerprint), bytesAt(&p.Sealed),
		timeAt(&p.At), timeAt(&p.ExpiresAt))
	return p, err
}

// Reply returns the reply of a key's hash, also one that has expired. The
// short query goes first, since most keys are new.
func (t *tx) Reply(hash string) (mfa.Reply, error) {
	if _, err := one(t, scanValue[int64], hasReply, hash); err != nil {
		return mfa.Reply{}, err
	}
	return one(t, scanReply, selectReply, hash)
}

// PutReply keeps a reply; Conflict if a live one has that hash.
func (t *tx) PutReply(p mfa.Reply) error {
	n, err := t.exec(putReply, p.Hash, p.ActorID, p.Method, blob(p.Fingerprint), blob(p.Sealed),
		micros(p.At), micros(p.ExpiresAt))
	if err == nil && n == 0 {
		return mfa.Errorf(mfa.Conflict, "a reply is kept under this key already")
	}
	return err
}
