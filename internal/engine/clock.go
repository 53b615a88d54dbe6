package engine

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// How the store's high-water mark follows the clock.
const (
	markEvery   = time.Minute      // it is written at most so often
	leapBound   = time.Hour        // a clock farther ahead than this is doubted at first
	leapConfirm = 10 * time.Minute // and believed when it still stands there after this
)

// mark is the store's memory of time: whatever was over by then stays over, even
// if the clock is set back. It follows the clock, but not a leap at once: a store
// that rested for a week leaps too, and so does a clock that was set wrong by
// mistake and is put right a minute later.
type mark struct {
	At   time.Time `json:"at"`
	Leap time.Time `json:"leap,omitzero"` // when the clock was first seen far ahead
}

// see returns the time for everything that ends, and whether the clock is
// doubted: it has leapt ahead and not yet stood there for ten minutes.
func (m mark) see(clock time.Time) (now time.Time, doubted bool) {
	if clock.Before(m.At) {
		return m.At, false
	}
	far := !m.At.IsZero() && clock.After(m.At.Add(leapBound))
	return clock, far && !m.confirms(clock)
}

// confirms reports whether a leap that was seen before still stands.
func (m mark) confirms(clock time.Time) bool {
	return !m.Leap.IsZero() && !clock.Before(m.Leap.Add(leapConfirm))
}

// follow is the mark after a change at this time of the clock.
func (m mark) follow(clock time.Time) mark {
	_, doubted := m.see(clock)
	switch {
	case doubted && (m.Leap.IsZero() || clock.Before(m.Leap)):
		return mark{At: m.At, Leap: clock}
	case doubted, clock.Before(m.At.Add(markEvery)) && m.Leap.IsZero():
		return m
	case clock.Before(m.At):
		return mark{At: m.At}
	}
	return mark{At: clock}
}

// markRecord is the mark as it is signed. Unsigned, whoever writes the database
// could end every lock by it.
type markRecord struct {
	At   time.Time `signed:"At"`
	Leap time.Time `signed:"Leap"`
	MAC  []byte    `signed:"-"`
}

// seenMark is a mark with the text that was verified for it: the same text, under the
// same keys, is as true the next time.
type seenMark struct {
	text string
	mark mark
}

// readClock settles the time of an act.
func (s *scope) readClock() error {
	s.clock = s.r.Now()
	m, err := s.readMark()
	if err != nil {
		return err
	}
	s.mark = m
	s.now, s.doubted = m.see(s.clock)
	return nil
}

func (s *scope) readMark() (m mark, _ error) {
	text, err := s.r.Meta(mfa.MetaHighWater)
	if errors.Is(err, mfa.NotFound) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if seen := s.e.seen.Load(); seen != nil && seen.text == text {
		return seen.mark, nil
	}
	var kept struct {
		mark
		MAC string `json:"mac"`
	}
	mac, bad := []byte(nil), json.Unmarshal([]byte(text), &kept)
	if bad == nil {
		mac, bad = hex.DecodeString(kept.MAC)
	}
	if bad != nil {
		return m, mfa.Errorf(mfa.Damaged, "the store's memory of time cannot be read").WithCause(bad)
	}
	if err := s.verify(macMark, "the store's time", markRecord{kept.At, kept.Leap, nil}, mac); err != nil {
		return m, err
	}
	s.e.seen.Store(&seenMark{text, kept.mark})
	return kept.mark, nil
}

// keepMark lets the mark follow the clock, in the transaction of a change.
func (s *scope) keepMark() error {
	next := s.mark.follow(s.clock)
	if next == s.mark {
		return nil
	}
	text, err := json.Marshal(struct {
		mark
		MAC string `json:"mac"`
	}{next, hex.EncodeToString(s.sign(macMark, markRecord{next.At, next.Leap, nil}))})
	if err != nil {
		return mfa.Fault(err)
	}
	return s.tx.SetMeta(mfa.MetaHighWater, string(text))
}
