package act

import (
	"time"

	"github.com/mfactl/mfactl/internal/records"
)

// How the store's high-water mark follows the clock.
const (
	markEvery   = time.Minute       // it is written at most so often
	leapBound   = records.LeapBound // a clock farther ahead than this is doubted at first
	leapConfirm = 10 * time.Minute  // and believed when it still stands there after this
)

// mark is the store's memory of time: whatever was over by then stays over, even
// if the clock is set back. It follows the clock, but not a leap at once: a store
// that rested for a week leaps too, and so does a clock that was set wrong by
// mistake and is put right a minute later.
type mark records.Mark

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

// moment is the time of an act.
type moment struct {
	Clock   time.Time // what the clock says: for the time steps of one-time passwords
	Now     time.Time // for everything that ends: never before a time that the store has seen
	Doubted bool      // the clock is far ahead of what the store has seen
	Mark    mark
}

// readClock settles the time of an act.
func (a *Act) readClock() error {
	a.Clock = a.Read.Now()
	m, err := a.Read.Mark()
	if err != nil {
		return err
	}
	a.Mark = mark(m)
	a.Now, a.Doubted = a.Mark.see(a.Clock)
	return nil
}

// keepMark lets the mark follow the clock, in the transaction of a change.
func (a *Act) keepMark() error {
	next := a.Mark.follow(a.Clock)
	if next == a.Mark {
		return nil
	}
	return a.Refusals.PutMark(records.Mark(next))
}
