package throttle

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
	warnAt         = 50  // consecutive wrong answers
	passwordBurst  = 5   // wrong passwords in passwordWindow
	passwordWindow = time.Minute
	passwordsDay   = 20 // wrong passwords in a rolling day
	passwordLock   = 30 * time.Minute
	markerEndsAt   = 10 // consecutive wrong passwords with one device marker
	noticeEvery    = time.Hour
)

// Locked reports whether no answer may be looked at now, and until when. A lock that no
// time ends is not one of these: see [Exhausted].
func Locked(a mfa.Attempts, now time.Time) (until time.Time, locked bool) {
	return a.LockedUntil, now.Before(a.LockedUntil)
}

// Exhausted reports 100 wrong answers in a row, all counters together: waiting does not help
// (NIST SP 800-63B §3.2.2). What ends it differs: of codes a resync or a reset does, of
// passwords a reset, [UnlockPassword], and a sign-in with a device marker.
func Exhausted(all ...mfa.Attempts) bool { return consecutive(all) >= disableAt }

// WarningDue reports that the wrong answer which was just counted is the 50th in a row, all
// counters together.
func WarningDue(all ...mfa.Attempts) bool { return consecutive(all) == warnAt }

func consecutive(all []mfa.Attempts) (n int) {
	for _, a := range all {
		n += a.Consecutive
	}
	return n
}

// EndsMarker reports that the wrong passwords with a device marker have ended it.
func EndsMarker(a mfa.Attempts) bool { return a.Consecutive >= markerEndsAt }

// WrongCode counts a wrong code. The threshold-th consecutive one locks for 15
// minutes, the next for 30, then for 60 each; the 10th in a rolling day locks
// until a day after the first of those ten.
func WrongCode(a mfa.Attempts, threshold int, now time.Time) mfa.Attempts {
	a.Consecutive++
	a.Wrong = append(recent(a.Wrong, now, rolling), now)
	a.Wrong = a.Wrong[max(0, len(a.Wrong)-codesPerDay):]
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

// RightCode resets the consecutive count, and nothing else: the wrong codes of the
// rolling day still count.
func RightCode(a mfa.Attempts) mfa.Attempts {
	a.Consecutive, a.Forgiven = 0, 0
	return a
}

// NoticeDue reports whether the user is to be notified of a wrong code: at most once an
// hour, whichever of the counters counts it.
func NoticeDue(now time.Time, all ...mfa.Attempts) bool {
	return !slices.ContainsFunc(all, func(a mfa.Attempts) bool { return now.Before(a.NoticeAt.Add(noticeEvery)) })
}

// Unlock ends a lock and forgets what led to it, but for the count of wrong
// answers in a row, which still goes on to a hundred. It reports whether that
// changed anything.
func Unlock(a mfa.Attempts, now time.Time) (_ mfa.Attempts, changed bool) {
	_, locked := Locked(a, now)
	changed = locked || len(recent(a.Wrong, now, rolling)) > 0 || a.Forgiven != a.Consecutive && !Exhausted(a)
	a.LockedUntil, a.Wrong, a.Forgiven = time.Time{}, nil, a.Consecutive
	return a, changed
}

// UnlockPassword is [Unlock] for passwords. It forgets a hundred wrong ones in a row as well:
// a stranger can reach them, and the owner's password has not become less secret by them.
func UnlockPassword(a mfa.Attempts, now time.Time) (_ mfa.Attempts, changed bool) {
	exhausted := Exhausted(a)
	if exhausted {
		a.Consecutive, a.Forgiven = 0, 0
	}
	a, changed = Unlock(a, now)
	return a, changed || exhausted
}

// ReservePassword reserves one password attempt, which is in flight until one of
// [ReleasePassword], [RightPassword] and [WrongPassword] settles it. It answers Unavailable
// if the attempts in flight could fill the burst, since which of them are wrong is not known
// yet. It reports locked if no more may be tried. An attempt at a locked account is in
// flight like any other: otherwise many at once would show whether there is a lock.
func ReservePassword(a mfa.Attempts, now time.Time) (_ mfa.Attempts, locked bool, _ error) {
	a = abandoned(a, now)
	_, locked = Locked(a, now)
	locked = locked || Exhausted(a)
	open := passwordBurst
	if !locked {
		open -= len(recent(a.Wrong, now, passwordWindow))
	}
	if len(a.InFlight) >= open {
		return a, locked, mfa.Errorf(mfa.Unavailable, "too many sign-ins at once").Until(now.Add(time.Second))
	}
	a.InFlight = append(slices.Clip(a.InFlight), now)
	return a, locked, nil
}

// ReleasePassword takes back the reservation of an attempt that was never looked at.
// reserved is the time at which it was reserved, here and below.
func ReleasePassword(a mfa.Attempts, reserved time.Time) mfa.Attempts {
	a.InFlight = without(a.InFlight, reserved)
	return a
}

// RightPassword settles the attempt of a right password, which costs nothing.
func RightPassword(a mfa.Attempts, reserved time.Time) mfa.Attempts {
	return RightCode(ReleasePassword(a, reserved))
}

// WrongPassword settles the attempt of a wrong password: 5 in a minute or 20 in a
// rolling day lock for 30 minutes.
func WrongPassword(a mfa.Attempts, reserved, now time.Time) mfa.Attempts {
	return countPassword(ReleasePassword(a, reserved), now)
}

func countPassword(a mfa.Attempts, at time.Time) mfa.Attempts {
	a.Consecutive++
	a.Wrong = append(recent(a.Wrong, at, rolling), at)
	a.Wrong = a.Wrong[max(0, len(a.Wrong)-passwordsDay):]
	if len(a.Wrong) == passwordsDay || len(recent(a.Wrong, at, passwordWindow)) >= passwordBurst {
		a.LockedUntil = later(a.LockedUntil, at.Add(passwordLock))
	}
	return a
}

// abandoned counts reservations that were not settled within a minute as wrong: a
// process that was killed has still paid for its attempt. A reservation made during a
// lock is dropped instead: no password was looked at, and an endless run of attempts must
// not make a lock longer.
func abandoned(a mfa.Attempts, now time.Time) mfa.Attempts {
	for len(a.InFlight) > 0 && !now.Before(a.InFlight[0].Add(passwordWindow)) {
		at := a.InFlight[0]
		a.InFlight = slices.Clone(a.InFlight[1:])
		if !at.Before(a.LockedUntil) && !Exhausted(a) {
			a = countPassword(a, at)
		}
	}
	return a
}

// recent returns the times that are within a window before now.
func recent(times []time.Time, now time.Time, window time.Duration) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return !now.Before(t.Add(window)) })
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
