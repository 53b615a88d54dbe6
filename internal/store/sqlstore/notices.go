package sqlstore

import "github.com/mfactl/mfactl/internal/mfa"

const noticeColumns = `id, kind, user_id, address, done_by, reason, note, created_at, sent_at, mac`

var notices = table[mfa.Notice]{records: records[mfa.Notice]{scan: scanNotice}, name: "notices", columns: noticeColumns}

func scanNotice(r row) (mfa.Notice, error) {
	var n mfa.Notice
	err := r.Scan(&n.ID, &n.Kind, &n.UserID, &n.Address, &n.By, &n.Reason, &n.Note,
		timeAt(&n.CreatedAt), timeAt(&n.SentAt), bytesAt(&n.MAC))
	return n, err
}

// Notices lists notices, oldest first.
func (t *tx) Notices(q mfa.NoticeQuery) ([]mfa.Notice, error) {
	var w where
	w.and("id = ", q.ID, q.ID != "")
	w.and("user_id = ", q.UserID, q.UserID != "")
	if q.Unsent {
		w.also("sent_at = 0")
	}
	return many(t, listed(scanNotice), w.query(`SELECT `+noticeColumns+` FROM notices`, ` ORDER BY created_at, id`, q.Limit), w.args...)
}

// PutNotice keeps a notice, or what became of it: it is put again when it was sent.
func (t *tx) PutNotice(n mfa.Notice) error {
	_, err := t.exec(notices.statements().replace, n.ID, string(n.Kind), n.UserID, n.Address, n.By, n.Reason, n.Note,
		micros(n.CreatedAt), micros(n.SentAt), blob(n.MAC))
	return err
}
