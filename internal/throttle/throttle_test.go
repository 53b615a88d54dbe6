package throttle_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// start is the time at which each test begins.
func start() time.Time { return time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC) }

// wrongCodes counts wrong codes at these times after start, with a threshold of five.
func wrongCodes(a mfa.Attempts, after ...time.Duration) mfa.Attempts {
	for _, d := range after {
		a = throttle.WrongCode(a, 5, start().Add(d))
	}
	return a
}

// wrongPasswords reserves and settles wrong passwords at these times after start.
func wrongPasswords(t *testing.T, a mfa.Attempts, after ...time.Duration) mfa.Attempts {
	t.Helper()
	for _, d := range after {
		a = throttle.WrongPassword(reserve(t, a, d), start().Add(d), start().Add(d))
	}
	return a
}

// reserve reserves a password attempt, which no lock and no other attempt prevents.
func reserve(t *testing.T, a mfa.Attempts, after time.Duration) mfa.Attempts {
	t.Helper()
	a, locked, err := throttle.ReservePassword(a, start().Add(after))
	if err != nil || locked {
		t.Fatalf("the attempt after %s: locked %v, %v", after, locked, err)
	}
	return a
}

func times(n int, each time.Duration) (out []time.Duration) {
	for i := range n {
		out = append(out, time.Duration(i)*each)
	}
	return out
}

func TestWrongAnswersLockForTheirTime(t *testing.T) {
	hour, minute := time.Hour, time.Minute
	tests := []struct {
		name string
		a    mfa.Attempts
		want time.Duration // of the lock, from start on; zero for no lock
	}{
		{"four wrong codes", wrongCodes(mfa.Attempts{}, times(4, 0)...), 0},
		{"the fifth wrong code", wrongCodes(mfa.Attempts{}, times(5, 0)...), 15 * minute},
		{"the sixth", wrongCodes(mfa.Attempts{}, times(6, hour)...), 5*hour + 30*minute},
		{"the seventh", wrongCodes(mfa.Attempts{}, times(7, hour)...), 7 * hour},
		{"the eighth", wrongCodes(mfa.Attempts{}, times(8, hour)...), 8 * hour},
		{"the tenth of a day locks until a day after the first", wrongCodes(mfa.Attempts{}, times(10, hour)...), 24 * hour},
		{"the tenth, when the first is a day old", wrongCodes(mfa.Attempts{}, append(times(9, 0), 24*hour)...), 25 * hour},
		{"the first wrong code after a right one", wrongCodes(throttle.RightCode(wrongCodes(mfa.Attempts{}, times(4, 0)...)), 0), 0},
		{"four wrong passwords in a minute", wrongPasswords(t, mfa.Attempts{}, times(4, time.Second)...), 0},
		{"the fifth in a minute", wrongPasswords(t, mfa.Attempts{}, times(5, time.Second)...), 30*minute + 4*time.Second},
		{"nineteen in a day", wrongPasswords(t, mfa.Attempts{}, times(19, minute)...), 0},
		{"the twentieth in a day", wrongPasswords(t, mfa.Attempts{}, times(20, minute)...), 49 * minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == 0 {
				if !tt.a.LockedUntil.IsZero() {
					t.Fatalf("locked for %s", tt.a.LockedUntil.Sub(start()))
				}
				return
			}
			end := start().Add(tt.want)
			if _, locked := throttle.Locked(tt.a, end.Add(-1)); !locked {
				t.Error("not locked just before the end")
			}
			if until, locked := throttle.Locked(tt.a, end); locked {
				t.Errorf("locked for %s", until.Sub(start()))
			}
		})
	}
}

func TestOneHundredWrongAnswersInARowExhaustACounter(t *testing.T) {
	a := wrongCodes(mfa.Attempts{}, times(99, 25*time.Hour)...)
	if throttle.Exhausted(a) {
		t.Fatal("exhausted by 99")
	}
	a, _ = throttle.Unlock(a, start().Add(99*25*time.Hour)) // which the count survives
	a = throttle.WrongCode(a, 5, start().Add(100*25*time.Hour))
	if !throttle.Exhausted(a) || !a.LockedUntil.IsZero() {
		t.Errorf("exhausted %v, locked until %s", throttle.Exhausted(a), a.LockedUntil)
	}
}

func TestUnlockForgetsTheLockAndWhatLedToIt(t *testing.T) {
	if _, changed := throttle.Unlock(mfa.Attempts{}, start()); changed {
		t.Error("there was nothing to unlock")
	}
	a, changed := throttle.Unlock(wrongCodes(mfa.Attempts{}, times(5, 0)...), start())
	if _, locked := throttle.Locked(a, start()); locked || !changed {
		t.Errorf("locked %v, changed %v", locked, changed)
	}
	if a = wrongCodes(a, times(4, 0)...); !a.LockedUntil.IsZero() {
		t.Error("the wrong codes before the unlock still count")
	}
	if a = wrongCodes(a, 0); a.LockedUntil.IsZero() {
		t.Error("the fifth wrong code after an unlock does not lock")
	}
}

func TestAttemptsInFlightAreBounded(t *testing.T) {
	a := wrongPasswords(t, mfa.Attempts{}, 0, 0)
	for range 3 {
		a = reserve(t, a, time.Second)
	}
	if _, _, err := throttle.ReservePassword(a, start().Add(time.Second)); !errors.Is(err, mfa.Unavailable) {
		t.Errorf("the sixth attempt of a minute: %v", err)
	}
	a = throttle.RightPassword(a, start().Add(time.Second))
	if len(a.InFlight) != 2 || a.Consecutive != 0 || len(a.Wrong) != 2 {
		t.Errorf("after a right password: %+v", a)
	}
	if a = throttle.ReleasePassword(a, start().Add(time.Second)); len(a.InFlight) != 1 || len(a.Wrong) != 2 {
		t.Errorf("after a release: %+v", a)
	}
}

func TestAbandonedAttemptsCountAsWrong(t *testing.T) {
	var a mfa.Attempts
	for range 5 {
		a = reserve(t, a, 0)
	}
	_, locked, err := throttle.ReservePassword(a, start().Add(time.Minute))
	if err != nil || !locked {
		t.Errorf("after five abandoned attempts: locked %v, %v", locked, err)
	}
	a = wrongPasswords(t, mfa.Attempts{}, times(5, 0)...)
	end := a.LockedUntil
	if a, locked, err = throttle.ReservePassword(a, start()); err != nil || !locked {
		t.Fatalf("locked %v, %v", locked, err)
	}
	if a, _, err = throttle.ReservePassword(a, start().Add(time.Minute)); err != nil || !a.LockedUntil.Equal(end) {
		t.Errorf("an attempt during a lock made it longer: %s, %v", a.LockedUntil, err)
	}
}

func TestAWrongCodeIsWorthANoticeOnceAnHour(t *testing.T) {
	told := mfa.Attempts{NoticeAt: start()}
	for _, both := range [][2]mfa.Attempts{{told, {}}, {{}, told}} {
		if throttle.NoticeDue(start().Add(time.Hour-1), both[0], both[1]) {
			t.Error("a second notice within the hour")
		}
		if !throttle.NoticeDue(start().Add(time.Hour), both[0], both[1]) {
			t.Error("no notice after an hour")
		}
	}
}

func TestTheGivenCountersStayAsTheyAre(t *testing.T) {
	before := wrongPasswords(t, mfa.Attempts{}, 0, 0)
	before.Wrong, before.InFlight = slices.Grow(before.Wrong, 8), append(make([]time.Time, 0, 8), start(), start().Add(1))
	copied := before
	copied.Wrong, copied.InFlight = slices.Clone(before.Wrong), slices.Clone(before.InFlight)
	throttle.WrongCode(before, 5, start())
	throttle.WrongPassword(before, start(), start())
	throttle.Unlock(before, start())
	for _, after := range []time.Duration{0, time.Hour} {
		if _, _, err := throttle.ReservePassword(before, start().Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(before, copied) {
		t.Errorf("%+v became %+v", copied, before)
	}
}
