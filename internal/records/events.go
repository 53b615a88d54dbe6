package records

import (
	"strconv"

	"github.com/mfactl/mfactl/internal/mfa"
)

// EventPage reads events, newest first, q.Limit at most, and tells whether there are more.
func (r *Reader) EventPage(q mfa.EventQuery) ([]mfa.Event, bool, error) {
	return page(&q.Limit, func() ([]mfa.Event, error) { return r.raw.Events(q) }, r.verifyEvent)
}

// EventRows returns events, newest first.
func (r *Reader) EventRows(q mfa.EventQuery) (Rows[mfa.Event], error) {
	rows, err := r.raw.Events(q)
	return sorted(rows, err, r.verifyEvent)
}

func (r *Reader) verifyEvent(ev mfa.Event) error {
	seq := strconv.FormatInt(ev.Seq, 10)
	return r.verify(sortEvent, seq, "event "+seq, ev, ev.MAC, nil)
}

// Append numbers and signs an event, adds it to the trail and returns its number.
func (w *RefusalWriter) Append(ev mfa.Event) (seq int64, err error) {
	if ev.Seq, err = w.tx.NextSeq(); err != nil {
		return 0, err
	}
	ev.MAC = w.sign(sortEvent, ev)
	return ev.Seq, w.tx.AppendEvent(ev)
}

// Notices reads what is to be mailed. It carries no MAC and decides nothing.
func (r *Reader) Notices(q mfa.NoticeQuery) ([]mfa.Notice, error) { return r.raw.Notices(q) }

// PutNotice queues a mail.
func (w *RefusalWriter) PutNotice(n mfa.Notice) error { return w.tx.PutNotice(n) }
