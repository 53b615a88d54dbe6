package records

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Mark is the store's memory of time, signed: else an attacker who writes the database could
// end every lock by it.
type Mark struct {
	At   time.Time `json:"at"`
	Leap time.Time `json:"leap,omitzero"` // when the clock was first seen far ahead
}

// LeapBound is how far a clock may be ahead of what the store has seen before it is doubted.
const LeapBound = time.Hour

// Foretold reports whether a record was made at a time that has not come: under a clock that
// stood far ahead by mistake. The end of such a record is further away than it may be.
func Foretold(created, now time.Time) bool { return created.After(now.Add(LeapBound)) }

// markRecord is the mark as it is signed.
type markRecord struct {
	At   time.Time `signed:"At"`
	Leap time.Time `signed:"Leap"`
	MAC  []byte    `signed:"-"`
}

// keptMark is the mark as it is kept.
type keptMark struct {
	Mark
	MAC string `json:"mac"`
}

// seenMark is a mark with the text that was verified for it: the same text, under the
// same keys, is as true the next time.
type seenMark struct {
	text string
	mark Mark
}

// Mark reads the store's memory of time. It is written with the first event of the store, so a
// store without it is damaged: an attacker who removed it could set the clock back unseen.
func (r *Reader) Mark() (m Mark, _ error) {
	text, err := r.raw.Meta(mfa.MetaHighWater)
	if err != nil {
		if errors.Is(err, mfa.NotFound) {
			err = mfa.Errorf(mfa.Damaged, "the record of the store's time is missing").WithHint("restore the store from a backup")
		}
		return m, err
	}
	if seen := r.st.seen.Load(); seen != nil && seen.text == text {
		return seen.mark, nil
	}
	var kept keptMark
	mac, bad := []byte(nil), json.Unmarshal([]byte(text), &kept)
	if bad == nil {
		mac, bad = hex.DecodeString(kept.MAC)
	}
	if bad != nil {
		return m, mfa.Errorf(mfa.Damaged, "the store's memory of time cannot be read").WithCause(bad)
	}
	record := markRecord{At: kept.At, Leap: kept.Leap}
	if err := r.verify(sortMark, mfa.MetaHighWater, "the store's time", record, mac, nil); err != nil {
		return m, err
	}
	r.st.seen.Store(&seenMark{text, kept.Mark})
	return kept.Mark, nil
}

// PutMark writes the store's memory of time.
func (w *RefusalWriter) PutMark(m Mark) error {
	text, err := json.Marshal(keptMark{m, hex.EncodeToString(w.sign(sortMark, markRecord{At: m.At, Leap: m.Leap}))})
	if err != nil {
		return mfa.Fault(err)
	}
	return w.tx.SetMeta(mfa.MetaHighWater, string(text))
}
