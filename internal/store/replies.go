package store

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

const replyColumns = `name, sealed, at`

// An answer stands in the period in which it was kept. So one that can still be had is in
// one of two periods, and those of earlier periods are the first rows of the table: to
// remove some takes the same time however many there are, and needs no index. In a period
// of which only the beginning is over, a sweep looks at a few rows that follow a name.
const (
	selectReply = `SELECT ` + replyColumns + ` FROM replies WHERE period IN ($1, $2) AND name = $3 AND at > $4`
	putReply    = `INSERT INTO replies (period, ` + replyColumns + `) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	deleteReply = `DELETE FROM replies WHERE period IN ($1, $2) AND name = $3 AND at > $4`
	sweepReply  = `DELETE FROM replies WHERE (period, name) IN (
		SELECT period, name FROM (SELECT period, name FROM replies WHERE period < $1 ORDER BY period, name LIMIT $2)
		UNION ALL
		SELECT period, name FROM (SELECT period, name, at FROM replies WHERE period = $1 AND name > $3 ORDER BY name LIMIT $4)
		WHERE at <= $5)`
	sweepBeside = 16
)

// replyPeriod numbers the periods, which are as long as an answer can be had.
func replyPeriod(t time.Time) int64 { return micros(t) / mfa.ReplyTTL.Microseconds() }

func scanReply(r row) (mfa.Reply, error) {
	var p mfa.Reply
	err := r.Scan(&p.Name, bytesAt(&p.Sealed), timeAt(&p.At))
	return p, err
}

// Reply implements [mfa.Reader].
func (t *tx) Reply(name string, since time.Time) (mfa.Reply, error) {
	period := replyPeriod(since)
	return one(t, scanReply, selectReply, period, period+1, name, micros(since))
}

// PutReply keeps a reply; Conflict if one of that name was kept in the same period.
func (t *tx) PutReply(p mfa.Reply) error {
	n, err := t.exec(putReply, replyPeriod(p.At), p.Name, blob(p.Sealed), micros(p.At))
	if err == nil && n == 0 {
		return mfa.Errorf(mfa.Conflict, "an answer is already kept under this key")
	}
	return err
}

// DeleteReply implements [mfa.Tx].
func (t *tx) DeleteReply(name string, since time.Time) error {
	period := replyPeriod(since)
	_, err := t.exec(deleteReply, period, period+1, name, micros(since))
	return err
}

// SweepReplies implements [mfa.Tx].
func (t *tx) SweepReplies(since time.Time, beside string, most int) (int, error) {
	n, err := t.exec(sweepReply, replyPeriod(since), most, beside, sweepBeside, micros(since))
	return int(n), err
}
