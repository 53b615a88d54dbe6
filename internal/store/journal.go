package store

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

const eventColumns = "seq, at, action, outcome, code, actor_id, actor, actor_role, community_id, target_id, target, " +
	"method, factor, reason, note, session_hash, key_hash, origin, mac"

func scanEvent(row scanner) (e mfa.Event, err error) {
	err = row.Scan(&e.Seq, stamp{&e.At}, &e.Action, &e.Outcome, &e.Code, &e.ActorID, &e.Actor, &e.ActorRole,
		&e.CommunityID, &e.TargetID, &e.Target, &e.Method, &e.Factor, &e.Reason, &e.Note, &e.SessionHash, &e.KeyHash,
		parsed{&e.From}, &e.MAC)
	return e, err
}

// Events implements [mfa.Reader].
func (r *reader) Events(q mfa.EventQuery) ([]mfa.Event, error) {
	var w where
	if q.CommunityIDs != nil {
		w.in("community_id", q.CommunityIDs)
	}
	if len(q.Actions) > 0 {
		names := make([]string, len(q.Actions))
		for i, a := range q.Actions {
			names[i] = string(a)
		}
		w.in("action", names)
	}
	for _, c := range []struct {
		condition string
		value     any
		given     bool
	}{
		{"actor_id = ?", q.ActorID, q.ActorID != ""},
		{"target_id = ?", q.TargetID, q.TargetID != ""},
		{"outcome = ?", q.Outcome, q.Outcome != ""},
		{"at >= ?", micros(q.Since), !q.Since.IsZero()},
		{"at < ?", micros(q.Until), !q.Until.IsZero()},
		{"seq < ?", q.Before, q.Before > 0},
	} {
		if c.given {
			w.add(c.condition, c.value)
		}
	}
	query := "SELECT " + eventColumns + " FROM events" + w.sql() + " ORDER BY seq DESC" + w.limit(q.Limit)
	return all(r, scanEvent, query, w.args...)
}

// NextSeq implements [mfa.Tx].
func (t *tx) NextSeq() (int64, error) {
	return one(&t.reader, func(row scanner) (n int64, err error) {
		err = row.Scan(&n)
		return n, err
	}, "SELECT coalesce(max(seq), 0) + 1 FROM events")
}

// AppendEvent implements [mfa.Tx].
func (t *tx) AppendEvent(e mfa.Event) error {
	_, err := t.exec("INSERT INTO events ("+eventColumns+") VALUES ("+parameters(1, 19)+")",
		e.Seq, micros(e.At), e.Action, e.Outcome, e.Code, e.ActorID, e.Actor, e.ActorRole, e.CommunityID,
		e.TargetID, e.Target, e.Method, e.Factor, e.Reason, e.Note, e.SessionHash, e.KeyHash, text(e.From), e.MAC)
	return err
}

const noticeColumns = "id, kind, user_id, address, done_by, reason, note, created_at, sent_at"

func scanNotice(row scanner) (n mfa.Notice, err error) {
	err = row.Scan(&n.ID, &n.Kind, &n.UserID, &n.Address, &n.By, &n.Reason, &n.Note,
		stamp{&n.CreatedAt}, stamp{&n.SentAt})
	return n, err
}

// Notices implements [mfa.Reader].
func (r *reader) Notices(q mfa.NoticeQuery) ([]mfa.Notice, error) {
	var w where
	if q.UserID != "" {
		w.add("user_id = ?", q.UserID)
	}
	if q.Unsent {
		w.conditions = append(w.conditions, "sent_at = 0")
	}
	query := "SELECT " + noticeColumns + " FROM notices" + w.sql() + " ORDER BY created_at, id" + w.limit(q.Limit)
	return all(r, scanNotice, query, w.args...)
}

// PutNotice implements [mfa.Tx].
func (t *tx) PutNotice(n mfa.Notice) error {
	_, err := t.exec("INSERT INTO notices ("+noticeColumns+") VALUES ("+parameters(1, 9)+")"+
		" ON CONFLICT (id) DO UPDATE SET sent_at = excluded.sent_at",
		n.ID, n.Kind, n.UserID, n.Address, n.By, n.Reason, n.Note, micros(n.CreatedAt), micros(n.SentAt))
	return err
}

const replyColumns = "hash, actor_id, method, fingerprint, sealed, at, expires_at"

func scanReply(row scanner) (p mfa.Reply, err error) {
	err = row.Scan(&p.Hash, &p.ActorID, &p.Method, &p.Fingerprint, &p.Sealed, stamp{&p.At}, stamp{&p.ExpiresAt})
	return p, err
}

// Reply implements [mfa.Reader].
func (r *reader) Reply(hash string) (mfa.Reply, error) {
	return one(r, scanReply, "SELECT "+replyColumns+" FROM replies WHERE hash = $1", hash)
}

// PutReply implements [mfa.Tx]. It replaces one that has ended.
func (t *tx) PutReply(p mfa.Reply) error {
	if _, err := t.exec("DELETE FROM replies WHERE hash = $1 AND expires_at <= $2", p.Hash, micros(p.At)); err != nil {
		return err
	}
	_, err := t.exec("INSERT INTO replies ("+replyColumns+") VALUES ("+parameters(1, 7)+")",
		p.Hash, p.ActorID, p.Method, p.Fingerprint, p.Sealed, micros(p.At), micros(p.ExpiresAt))
	return err
}

// Sweep implements [mfa.Tx].
func (t *tx) Sweep(before time.Time) error {
	for _, query := range []string{
		"DELETE FROM sessions WHERE expires_at <= $1",
		"DELETE FROM replies WHERE expires_at <= $1",
	} {
		if _, err := t.exec(query, micros(before)); err != nil {
			return err
		}
	}
	return nil
}

func scanText(row scanner) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

// Meta implements [mfa.Reader].
func (r *reader) Meta(name string) (string, error) {
	return one(r, scanText, "SELECT value FROM meta WHERE name = $1", name)
}

// SetMeta implements [mfa.Tx].
func (t *tx) SetMeta(name, value string) error {
	_, err := t.exec("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		name, value)
	return err
}
