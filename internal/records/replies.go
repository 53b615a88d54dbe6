package records

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Reply finds an answer that was kept for a retry, see [mfa.Reader]. It carries no MAC: what
// is in it is sealed.
func (r *Reader) Reply(name string, in mfa.ReplyPeriods, since time.Time) (mfa.Reply, error) {
	return r.raw.Reply(name, in, since)
}

// PutReply keeps an answer for a retry.
func (w *RefusalWriter) PutReply(reply mfa.Reply) error { return w.tx.PutReply(reply) }

// DeleteReply removes the answers kept under a name in the periods.
func (w *RefusalWriter) DeleteReply(name string, in mfa.ReplyPeriods) error {
	return w.tx.DeleteReply(name, in)
}

// SweepReplies removes answers whose time is over, see [mfa.Tx].
func (w *RefusalWriter) SweepReplies(since time.Time, name string, most int) (int, error) {
	return w.tx.SweepReplies(since, name, most)
}

// Sweep removes sessions and tokens that ended before the time.
func (w *RefusalWriter) Sweep(before time.Time) error { return w.tx.Sweep(before) }
