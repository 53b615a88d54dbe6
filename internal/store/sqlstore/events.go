package sqlstore

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

const eventColumns = `seq, at, action, outcome, code, actor_id, actor, actor_role, community_id, target_id,
	target, method, factor, reason, note, session_hash, token_id, key_hash, provenance, severity, notices, mac`

const (
	// As the index by action says of itself, which else is not used: right codes, of which
	// there are most, are found by going through all events, also beside other actions.
	notARightCode = `action <> 'otp.ok'`
	nextSeq       = `SELECT COALESCE(MAX(seq), 0) + 1 FROM events`
)

var events = table[mfa.Event]{records: records[mfa.Event]{scan: scanEvent}, name: "events", columns: eventColumns}

func scanEvent(r row) (mfa.Event, error) {
	var e mfa.Event
	err := r.Scan(&e.Seq, timeAt(&e.At), &e.Action, &e.Outcome, &e.Code, &e.ActorID, &e.Actor,
		&e.ActorRole, &e.CommunityID, &e.TargetID, &e.Target, &e.Method, &e.Factor, &e.Reason, &e.Note,
		&e.SessionHash, &e.TokenID, &e.KeyHash, jsonAt(&e.From), &e.Severity, listAt(&e.Notices), bytesAt(&e.MAC))
	return e, err
}

// Events lists events, newest first.
func (t *tx) Events(q mfa.EventQuery) ([]mfa.Event, error) {
	w := eventsWhere(q)
	return many(t, listed(scanEvent), w.query(`SELECT `+eventColumns+` FROM events`, ` ORDER BY seq DESC`, q.Limit), w.args...)
}

func eventsWhere(q mfa.EventQuery) (w where) {
	w.in("community_id", q.CommunityIDs, q.CommunityIDs != nil)
	w.in("action", stringsOf(q.Actions), len(q.Actions) > 0)
	if len(q.Actions) > 0 && !slices.Contains(q.Actions, mfa.ActOTPOK) {
		w.also(notARightCode)
	}
	w.and("actor_id = ", q.ActorID, q.ActorID != "")
	w.and("target_id = ", q.TargetID, q.TargetID != "")
	w.and("target = ", q.Target, q.Target != "")
	w.and("outcome = ", string(q.Outcome), q.Outcome != "")
	w.and("at >= ", micros(q.Since), !q.Since.IsZero())
	w.and("at < ", micros(q.Until), !q.Until.IsZero())
	w.and("seq < ", q.Before, q.Before > 0)
	return w
}

// NextSeq returns the number of the next event. No other transaction gets it
// unless this one is rolled back.
func (t *tx) NextSeq() (int64, error) {
	if err := t.usable(); err != nil || t.seq != 0 {
		return t.seq, err
	}
	if t.dialect.LockSeq != "" {
		if _, err := t.exec(t.dialect.LockSeq); err != nil {
			return 0, err
		}
	}
	if t.seq = t.conn.memory.nextSeq(); t.seq != 0 {
		return t.seq, nil
	}
	n, err := one(t, scanValue[int64], nextSeq)
	if err != nil {
		return 0, err
	}
	t.seq = n
	return n, nil
}

// AppendEvent keeps an event; Conflict unless it carries the next number.
func (t *tx) AppendEvent(e mfa.Event) error {
	next, err := t.NextSeq()
	if err != nil {
		return err
	}
	if e.Seq != next {
		return mfa.Errorf(mfa.Conflict, "event %d does not follow event %d", e.Seq, next-1)
	}
	from, err := json.Marshal(e.From)
	if err != nil {
		return t.fail(err)
	}
	if !sameProvenance(from, e.From) {
		return t.fail(errText)
	}
	_, err = t.exec(events.statements().insert, e.Seq, micros(e.At), string(e.Action), string(e.Outcome), string(e.Code),
		e.ActorID, e.Actor, string(e.ActorRole), e.CommunityID, e.TargetID, e.Target, e.Method,
		string(e.Factor), e.Reason, e.Note, e.SessionHash, e.TokenID, e.KeyHash, string(from), string(e.Severity), listAt(&e.Notices), blob(e.MAC))
	if err == nil {
		t.seq++
		t.conn.memory.setSeq(t.seq)
	}
	return err
}

// sameProvenance reports whether the JSON text keeps every byte: text that is
// no UTF-8 would come back changed, and the event's MAC would not fit it.
func sameProvenance(text []byte, want mfa.Provenance) bool {
	var got mfa.Provenance
	if !bytes.Contains(text, []byte(`\ufffd`)) { // which stands for whatever is no UTF-8
		return true
	}
	return json.Unmarshal(text, &got) == nil && got == want
}
