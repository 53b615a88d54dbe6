package sqlstore

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

const sessionColumns = `hash, user_id, level, method, created_at, expires_at, last_seen_at, asked, marker, mac, rev`

const (
	selectSession = `SELECT ` + sessionColumns + ` FROM sessions WHERE hash = $1`
	userSessions  = `SELECT ` + sessionColumns + ` FROM sessions WHERE user_id = $1 ORDER BY created_at, hash`
)

var sessions = table[mfa.Session]{
	records: records[mfa.Session]{scanSession, copySession, func(s *mfa.Session) **mfa.Proof { return &s.Proof }},
	name:    "sessions", columns: sessionColumns, selectByKey: selectSession,
}

func scanSession(r row) (mfa.Session, error) {
	var s mfa.Session
	err := r.Scan(&s.Hash, &s.UserID, &s.Level, &s.Method, timeAt(&s.CreatedAt), timeAt(&s.ExpiresAt),
		timeAt(&s.LastSeenAt), bytesAt(&s.Asked), &s.Marker, bytesAt(&s.MAC), &s.Rev)
	return s, err
}

// Session returns the session of a token's hash.
func (t *tx) Session(hash string) (mfa.Session, error) {
	return recallOne(t, sessions.records, selectSession, hash)
}

// Sessions lists a user's sessions, oldest first.
func (t *tx) Sessions(userID string) ([]mfa.Session, error) {
	return all(t, listed(scanSession), userSessions, userID)
}

// SessionList lists sessions by their hash, which is as good as any order.
func (t *tx) SessionList(q mfa.SessionQuery) ([]mfa.Session, error) {
	var w where
	w.and("level <> ", string(mfa.LevelChallenge), true)
	w.and("expires_at > ", micros(q.Alive), true)
	w.ofCommunities(q.CommunityIDs)
	w.and("user_id = ", q.UserID, q.UserID != "")
	w.and("hash > ", q.After, q.After != "")
	return many(t, listed(scanSession), w.query(`SELECT `+sessionColumns+` FROM sessions`, ` ORDER BY hash`, q.Limit), w.args...)
}

// PutSession keeps a session; NotFound if there is no such user.
func (t *tx) PutSession(s *mfa.Session) error {
	return put(t, &sessions, s, &s.Rev, s.Hash, s.UserID, string(s.Level),
		string(s.Method), micros(s.CreatedAt), micros(s.ExpiresAt), micros(s.LastSeenAt), blob(s.Asked), s.Marker, blob(s.MAC))
}

// DeleteSession removes a session.
func (t *tx) DeleteSession(hash string) error { return remove(t, &sessions, hash) }

// Sweep removes sessions and tokens that ended before the time.
func (t *tx) Sweep(before time.Time) error {
	for _, of := range []struct{ table, find string }{{sessions.name, selectSession}, {tokens.name, selectToken}} {
		n, err := t.exec(`DELETE FROM `+of.table+` WHERE expires_at > 0 AND expires_at < $1`, micros(before))
		if err != nil {
			return err
		}
		if n > 0 {
			t.conn.memory.drop(of.find)
		}
	}
	return nil
}
