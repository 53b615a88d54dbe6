package records

import (
	"strconv"

	"github.com/mfactl/mfactl/internal/mfa"
)

// EventPage reads events, newest first, q.Limit at most.
func (r *Reader) EventPage(q mfa.EventQuery) (Page[mfa.Event], error) {
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

// NextSeq returns the number that the next event gets.
func (w *RefusalWriter) NextSeq() (int64, error) { return w.tx.NextSeq() }

// NoticeRows returns what is to be mailed, oldest first. A notice that does not verify was
// changed or is forged, and must not be sent.
func (r *Reader) NoticeRows(q mfa.NoticeQuery) (Rows[mfa.Notice], error) {
	rows, err := r.raw.Notices(q)
	return sorted(rows, err, r.verifyNotice)
}

func (r *Reader) verifyNotice(n mfa.Notice) error {
	return r.verify(sortNotice, n.ID, "notice "+n.ID, n, n.MAC, nil)
}

// PutNotice queues a mail.
func (w *RefusalWriter) PutNotice(n mfa.Notice) error {
	n.MAC = w.sign(sortNotice, n)
	return w.tx.PutNotice(n)
}
