package factor

import (
	"errors"
	mathrand "math/rand/v2"
	"testing"
	"time"
)

func TestResyncFindsAClockWithinTwoHours(t *testing.T) {
	secret := []byte(rfcSecret)
	step := alice().Now.Unix() / 30
	code := func(step int64) string { return referenceCode(secret, step, "SHA1", 6) }
	fresh := write(t, totpState(secret))
	for _, drift := range []int64{-239, -100, -2, 0, 2, 17, 240} {
		phone := step + drift
		c, err := totp{}.Resync(alice(), fresh, code(phone-1), code(phone))
		if err != nil {
			t.Fatalf("drift %+d: %v", drift, err)
		}
		refuse(t, totp{}, alice(), c, code(phone-1), ErrReplay)
		refuse(t, totp{}, alice(), c, code(phone), ErrReplay)
		if _, err := (totp{}).Resync(alice(), c, code(phone-1), code(phone)); !errors.Is(err, ErrReplay) {
			t.Errorf("drift %+d: the same pair again gave %v", drift, err)
		}
		if _, err := (totp{}).Resync(alice(), c, code(phone), code(phone+1)); drift < 240 && !errors.Is(err, ErrReplay) {
			t.Errorf("drift %+d: a pair with one spent code gave %v", drift, err)
		}
		accept(t, totp{}, alice().at(alice().Now.Add(30*time.Second)), c, code(phone+1))
	}
	for _, drift := range []int64{-240, 241, 500} {
		if _, err := (totp{}).Resync(alice(), fresh, code(step+drift-1), code(step+drift)); !errors.Is(err, ErrWrong) {
			t.Errorf("drift %+d: %v, want %v", drift, err, ErrWrong)
		}
	}
	for name, pair := range map[string][2]string{
		"codes in the wrong order": {code(step), code(step - 1)},
		"codes with a gap":         {code(step - 2), code(step)},
		"one code twice":           {code(step), code(step)},
		"a padded code":            {code(step - 1), code(step) + " "},
		"nothing":                  {"", ""},
	} {
		if _, err := (totp{}).Resync(alice(), fresh, pair[0], pair[1]); !errors.Is(err, ErrWrong) {
			t.Errorf("%s: %v, want %v", name, err, ErrWrong)
		}
	}
}

func TestAPhoneThatWasSetRightAgainCanBeResynced(t *testing.T) {
	secret := []byte(rfcSecret)
	code := func(step int64) string { return referenceCode(secret, step, "SHA1", 6) }
	step := alice().Now.Unix() / 30
	slow, err := totp{}.Resync(alice(), write(t, totpState(secret)), code(step-41), code(step-40))
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, totp{}, alice(), slow, code(step), ErrWrong)
	right, err := totp{}.Resync(alice(), slow, code(step-1), code(step))
	if err != nil {
		t.Fatal(err)
	}
	accept(t, totp{}, alice().at(alice().Now.Add(30*time.Second)), right, code(step+1))
	if _, err := (totp{}).Resync(alice(), right, code(step-41), code(step-40)); !errors.Is(err, ErrReplay) {
		t.Errorf("the old pair came back to life: %v", err)
	}
}

// TestInAnyHistoryTheAcceptedStepsOnlyGrow drives one credential through clocks
// that jump both ways, wrong phones, replays and resynchronizations, and
// compares each answer with a model that knows steps and no codes.
func TestInAnyHistoryTheAcceptedStepsOnlyGrow(t *testing.T) {
	for seed := range byte(20) {
		r := mathrand.New(seeded(seed))
		state := totpState(bytesFrom(t, seeded(seed), 32))
		state.Algorithm, state.Digits = "SHA256", 8 // so long that no two codes of a history are equal by chance
		c := write(t, state)
		code := func(step int64) string { return referenceCode(state.Secret, step, "SHA256", 8) }
		now, offset, last := int64(60_000_000), int64(0), int64(noStep)
		for range 300 {
			now += r.Int64N(9) - 4
			s := alice().at(time.Unix(now*30+r.Int64N(30), 0))
			var err, want error
			var next Cred
			if r.IntN(8) == 0 {
				phone := now + r.Int64N(500) - 250
				next, err = totp{}.Resync(s, c, code(phone), code(phone+1))
				switch {
				case phone < now-240 || phone+1 > now+240:
					want = ErrWrong
				case phone <= last:
					want = ErrReplay
				default:
					offset, last = phone+1-now, phone+1
				}
			} else {
				phone := now + offset + r.Int64N(7) - 3
				next, err = totp{}.Check(s, c, nil, code(phone))
				switch {
				case phone < now+offset-1 || phone > now+offset+1:
					want = ErrWrong
				case phone <= last:
					want = ErrReplay
				default:
					last = phone
				}
			}
			if !errors.Is(err, want) {
				t.Fatalf("seed %d: %v, want %v", seed, err, want)
			}
			if err == nil {
				c = next
			}
		}
		if last == noStep {
			t.Errorf("seed %d: nothing was accepted", seed)
		}
	}
}
