package records

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Session reads a session or challenge by the hash of its token.
func (r *Reader) Session(hash string) (mfa.Session, error) {
	x, err := r.raw.Session(hash)
	return one(x, err, r.verifySession)
}

// SessionRows returns every session and challenge of a user.
func (r *Reader) SessionRows(userID string) (Rows[mfa.Session], error) {
	rows, err := r.raw.Sessions(userID)
	return sorted(rows, err, r.verifySession)
}

// SessionPage reads sessions by hash, q.Limit at most.
func (r *Reader) SessionPage(q mfa.SessionQuery) (Page[mfa.Session], error) {
	return page(&q.Limit, func() ([]mfa.Session, error) { return r.raw.SessionList(q) }, r.verifySession)
}

func (r *Reader) verifySession(x mfa.Session) error {
	return r.verify(sortSession, x.Hash, "a session", x, x.MAC, x.Proof)
}

// TouchSession writes when a session was last seen. One that has been removed stays removed.
func (w *RefusalWriter) TouchSession(hash string, at time.Time) error {
	x, err := w.Session(hash)
	if err != nil {
		return mfa.Missing(err, nil)
	}
	x = BoundedSession(x, at)
	x.LastSeenAt = at
	return w.putSession(&x)
}

// BoundedSession is a session as it is used at a time. One that was opened under a clock
// which stood far ahead is as if it was opened now, so that it ends within its lifetime. One
// that lives for minutes has ended, see [Foretold].
func BoundedSession(x mfa.Session, now time.Time) mfa.Session {
	if Foretold(x.CreatedAt, now) && x.Level != mfa.LevelChallenge && x.Level != mfa.LevelEnroll {
		x.ExpiresAt = now.Add(x.ExpiresAt.Sub(x.CreatedAt))
		x.CreatedAt, x.LastSeenAt = now, now
	}
	return x
}

func (w *RefusalWriter) putSession(x *mfa.Session) error {
	return put(w, sortSession, x, &x.MAC, &x.Proof, w.tx.PutSession)
}

// PutSession writes a session or challenge.
func (w *Writer) PutSession(x *mfa.Session) error {
	w.changed = true
	return w.putSession(x)
}

// DeleteSession removes a session or challenge.
func (w *Writer) DeleteSession(hash string) error {
	w.changed = true
	return w.tx.DeleteSession(hash)
}
