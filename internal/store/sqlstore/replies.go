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
//
// The rows to remove are read first and then removed by their key. A DELETE whose keys come
// from a query reads the whole table, see TestASweepReadsNoMoreThanItRemoves.
const (
	selectReply = `SELECT ` + replyColumns + ` FROM replies WHERE period IN ($1, $2, $3, $4, $5) AND name = $6 AND at > $7 LIMIT 1`
	deleteReply = `DELETE FROM replies WHERE period IN ($1, $2, $3, $4, $5) AND name = $6`
	selectOver  = `SELECT period, '' AS first, MAX(name) AS last FROM (
			SELECT period, name FROM replies WHERE period < $1 ORDER BY period, name LIMIT $2) AS ended GROUP BY period
		UNION ALL
		SELECT period, name, name FROM (
			SELECT period, name, at FROM replies WHERE period = $1 AND name > $3 ORDER BY name LIMIT $4) AS beside
		WHERE at <= $5`
	deleteOver = `DELETE FROM replies WHERE period = $1 AND name >= $2 AND name <= $3`
	sweepAfter = 16
)

// repliesOver are replies of one period whose time is over: all from the first name to the last.
type repliesOver struct {
	period      int64
	first, last string
}

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
func (t *tx) SweepReplies(since time.Time, name string, most int) (removed int, _ error) {
	over, err := all(t, scanRepliesOver, selectOver, mfa.ReplyPeriod(since), most, name, sweepAfter, micros(since))
	for i := 0; err == nil && i < len(over); i++ {
		var n int64
		n, err = t.exec(deleteOver, over[i].period, over[i].first, over[i].last)
		removed += int(n)
	}
	return removed, err
}

func scanRepliesOver(r row) (o repliesOver, _ error) {
	err := r.Scan(&o.period, &o.first, &o.last)
	return o, err
}
