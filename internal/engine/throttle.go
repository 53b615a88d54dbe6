package engine

import (
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The numbers of the throttle (NIST SP 800-63B §3.2.2; OWASP Authentication).
const (
	rolling        = 24 * time.Hour
	codesPerDay    = 10  // wrong codes in a rolling day
	disableAt      = 100 // consecutive wrong answers
	passwordBurst  = 5   // wrong passwords in passwordWindow
	passwordWindow = time.Minute
	passwordsDay   = 20 // wrong passwords in a rolling day
	passwordLock   = 30 * time.Minute
	noticeEvery    = time.Hour
)

// locked reports whether an answer may not even be looked at, and until when.
// A zero time with true means: until a reset.
func locked(a mfa.Attempts, now time.Time) (until time.Time, is bool) {
	return a.LockedUntil, now.Before(a.LockedUntil)
}

// exhausted reports 100 wrong answers in a row: only a reset helps.
func exhausted(a mfa.Attempts) bool { return a.Consecutive >= disableAt }

// wrongCode counts a wrong code. The threshold-th consecutive one locks for 15
// minutes, the next for 30, then for 60 each; the 10th in a rolling day locks
// until a day after the first of those ten.
func wrongCode(a mfa.Attempts, threshold int, now time.Time) mfa.Attempts {
	a.Consecutive++
	a.Wrong = append(recent(a.Wrong, now), now)
	if over := len(a.Wrong) - codesPerDay; over > 0 {
		a.Wrong = a.Wrong[over:]
	}
	var until time.Time
	switch over := a.Consecutive - a.Forgiven - threshold; {
	case over < 0:
	case over == 0:
		until = now.Add(15 * time.Minute)
	case over == 1:
		until = now.Add(30 * time.Minute)
	default:
		until = now.Add(time.Hour)
	}
	if len(a.Wrong) == codesPerDay {
		until = later(until, a.Wrong[0].Add(rolling))
	}
	a.LockedUntil = later(a.LockedUntil, until)
	return a
}

// rightCode forgets the consecutive count, and nothing else.
func rightCode(a mfa.Attempts) mfa.Attempts {
	a.Consecutive, a.Forgiven = 0, 0
	return a
}

// forgive ends a lock and forgets what led to it, but for the count of wrong
// answers in a row, which still goes on to a hundred. It reports whether there
// was anything to forgive.
func forgive(a mfa.Attempts, now time.Time) (mfa.Attempts, bool) {
	_, is := locked(a, now)
	some := is || len(recent(a.Wrong, now)) > 0 || a.Forgiven != a.Consecutive
	a.LockedUntil, a.Wrong, a.Forgiven = time.Time{}, nil, a.Consecutive
	return a, some
}

// payPassword reserves one password attempt. It answers Unavailable where the
// attempts in flight could fill the burst, since which of them are wrong is not known
// yet; and locked where no more may be tried. Those are in flight as others are, or
// whoever tries many at once could tell a lock by it.
func payPassword(a mfa.Attempts, now time.Time) (_ mfa.Attempts, isLocked bool, _ error) {
	a = abandoned(a, now)
	_, isLocked = locked(a, now)
	isLocked = isLocked || exhausted(a)
	open := passwordBurst
	if !isLocked {
		open -= within(a.Wrong, now, passwordWindow)
	}
	if len(a.InFlight) >= open {
		return a, isLocked, mfa.Errorf(mfa.Unavailable, "too many sign-ins at once").Until(now.Add(time.Second))
	}
	a.InFlight = append(slices.Clip(a.InFlight), now)
	return a, isLocked, nil
}

// givenBack takes back what an attempt had paid that was never looked at.
func givenBack(a mfa.Attempts, paid time.Time) mfa.Attempts {
	a.InFlight = without(a.InFlight, paid)
	return a
}

// refundPassword gives back what a right password had paid.
func refundPassword(a mfa.Attempts, paid time.Time) mfa.Attempts {
	return rightCode(givenBack(a, paid))
}

// wrongPassword keeps what a wrong password had paid: 5 in a minute or 20 in a
// rolling day lock for 30 minutes.
func wrongPassword(a mfa.Attempts, paid, now time.Time) mfa.Attempts {
	return countPassword(givenBack(a, paid), now)
}

func countPassword(a mfa.Attempts, at time.Time) mfa.Attempts {
	a.Consecutive++
	a.Wrong = append(recent(a.Wrong, at), at)
	if over := len(a.Wrong) - passwordsDay; over > 0 {
		a.Wrong = a.Wrong[over:]
	}
	if len(a.Wrong) == passwordsDay || within(a.Wrong, at, passwordWindow) >= passwordBurst {
		a.LockedUntil = later(a.LockedUntil, at.Add(passwordLock))
	}
	return a
}

// abandoned counts reservations whose process never came back as wrong: an
// answer that was killed away is still paid for. Those of the time of a lock are not:
// no password was looked at, and whoever tries without end must not make a lock longer.
func abandoned(a mfa.Attempts, now time.Time) mfa.Attempts {
	for len(a.InFlight) > 0 && !now.Before(a.InFlight[0].Add(passwordWindow)) {
		at := a.InFlight[0]
		a.InFlight = slices.Clone(a.InFlight[1:])
		if !at.Before(a.LockedUntil) && !exhausted(a) {
			a = countPassword(a, at)
		}
	}
	return a
}

// recent returns the times of the last rolling day.
func recent(times []time.Time, now time.Time) []time.Time {
	out := make([]time.Time, 0, len(times)+1)
	for _, t := range times {
		if now.Before(t.Add(rolling)) {
			out = append(out, t)
		}
	}
	return out
}

func within(times []time.Time, now time.Time, window time.Duration) (n int) {
	for _, t := range times {
		if now.Before(t.Add(window)) {
			n++
		}
	}
	return n
}

func without(times []time.Time, one time.Time) []time.Time {
	i := slices.IndexFunc(times, one.Equal)
	if i < 0 {
		return times
	}
	return slices.Delete(slices.Clone(times), i, i+1)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
