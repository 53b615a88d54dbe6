package sqlstore

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

const replyColumns = `period, name, sealed, at`

// Rows are ordered by the period in which they were stored. So those whose time is over
// are the first rows of the table: to remove some takes the same time however many there
// are, and needs no index. In a period of which only the beginning is over, a sweep looks
// at a few rows that follow a name.
const (
	selectReply = `SELECT ` + replyColumns + ` FROM replies WHERE period IN ($1, $2, $3, $4, $5) AND name = $6 AND at > $7 LIMIT 1`
	deleteReply = `DELETE FROM replies WHERE period IN ($1, $2, $3, $4, $5) AND name = $6`
	sweepReply  = `DELETE FROM replies WHERE (period, name) IN (
		SELECT period, name FROM (SELECT period, name FROM replies WHERE period < $1 ORDER BY period, name LIMIT $2)
		UNION ALL
		SELECT period, name FROM (SELECT period, name, at FROM replies WHERE period = $1 AND name > $3 ORDER BY name LIMIT $4)
		WHERE at <= $5)`
	sweepAfter = 16
)

var replies = table[mfa.Reply]{name: "replies", columns: replyColumns}

func scanReply(r row) (mfa.Reply, error) {
	var p mfa.Reply
	err := r.Scan(&p.Period, &p.Name, bytesAt(&p.Sealed), timeAt(&p.At))
	return p, err
}

// Reply implements [mfa.Reader].
func (t *tx) Reply(name string, in mfa.ReplyPeriods, since time.Time) (mfa.Reply, error) {
	return one(t, scanReply, selectReply, in[0], in[1], in[2], in[3], in[4], name, micros(since))
}

// PutReply keeps a reply; Conflict if one of that name was kept in the same period.
func (t *tx) PutReply(p mfa.Reply) error {
	n, err := t.exec(replies.statements().add, p.Period, p.Name, blob(p.Sealed), micros(p.At))
	if err == nil && n == 0 {
		return mfa.Errorf(mfa.Conflict, "an answer is already kept under this key")
	}
	return err
}

// DeleteReply implements [mfa.Tx].
func (t *tx) DeleteReply(name string, in mfa.ReplyPeriods) error {
	_, err := t.exec(deleteReply, in[0], in[1], in[2], in[3], in[4], name)
	return err
}

// SweepReplies implements [mfa.Tx].
func (t *tx) SweepReplies(since time.Time, name string, most int) (int, error) {
	n, err := t.exec(sweepReply, mfa.ReplyPeriod(since), most, name, sweepAfter, micros(since))
	return int(n), err
}
