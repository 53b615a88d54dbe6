package factor

import (
	"encoding/base32"
	"errors"
	mathrand "math/rand/v2"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// rfc4226Codes are the codes of counters 0 to 9 in RFC 4226 appendix D.
func rfc4226Codes() []string {
	return []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"}
}

func hotpCode(counter int64) string { return referenceCode([]byte(rfcSecret), counter, "SHA1", 6) }

func hotpAt(t *testing.T, counter int64) Cred {
	return write(t, hotpCred{Secret: []byte(rfcSecret), Digits: 6, Counter: counter})
}

func counterOf(t *testing.T, c Cred) int64 {
	t.Helper()
	state, _, err := loadHOTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return state.Counter
}

func TestHOTPAcceptsTheVectorsOfRFC4226InOrder(t *testing.T) {
	c := hotpAt(t, 0)
	for i, code := range rfc4226Codes() {
		c = accept(t, hotp{}, alice(), c, code)
		if got := counterOf(t, c); got != int64(i)+1 {
			t.Errorf("after code %d the counter is %d", i, got)
		}
	}
	for _, code := range rfc4226Codes() {
		refuse(t, hotp{}, alice(), c, code, ErrReplay)
	}
}

func TestHOTPEnrollsASecretThatTheTokenWouldUse(t *testing.T) {
	for _, digits := range []int{0, 6, 8} {
		s := alice()
		s.Params.Digits = digits
		c, reveal := enroll(t, hotp{}, s)
		uri, err := ParseURI(reveal.OtpauthURI.Reveal())
		if err != nil || uri.Kind != mfa.KindHOTP || uri.Counter != 0 || uri.Secret != reveal.Secret {
			t.Fatalf("URI says %+v, error %v", uri, err)
		}
		secret, err := base32.StdEncoding.DecodeString(reveal.Secret.Reveal())
		if err != nil || len(secret) != newSecretLen {
			t.Fatalf("secret of %d bytes, error %v", len(secret), err)
		}
		accept(t, hotp{}, s, c, referenceCode(secret, 0, "SHA1", uri.Params.Digits))
	}
}

func TestHOTPRefusesParametersThatAreNotOffered(t *testing.T) {
	for field, p := range map[string]mfa.OTPParams{
		"algorithm": {Algorithm: "SHA256"}, "digits": {Digits: 7}, "period": {Period: 30},
	} {
		s := alice()
		s.Params = p
		_, _, err := hotp{}.Enroll(s)
		wantField(t, err, field)
	}
}

func TestHOTPLooksTenCountersAheadAndTenBehind(t *testing.T) {
	for _, next := range []int64{0, 3, 1000} {
		for d := int64(-13); d <= 13; d++ {
			if next+d < 0 {
				continue
			}
			c, err := hotp{}.Check(alice(), hotpAt(t, next), nil, hotpCode(next+d))
			want := error(nil)
			switch {
			case d < -10 || d > 10:
				want = ErrWrong
			case d < 0:
				want = ErrReplay
			}
			if !errors.Is(err, want) {
				t.Errorf("counter %d, code of %+d: %v, want %v", next, d, err, want)
			}
			if err == nil && counterOf(t, c) != next+d+1 {
				t.Errorf("counter %d, code of %+d: the next counter is %d", next, d, counterOf(t, c))
			}
		}
	}
}

// TestWhereTwoCountersShareACodeItIsAcceptedOnce uses a counter whose code
// equals that of the third after it.
func TestWhereTwoCountersShareACodeItIsAcceptedOnce(t *testing.T) {
	const twin, apart = 103424, 3
	if hotpCode(twin) != hotpCode(twin+apart) {
		t.Fatal("the two counters do not share a code")
	}
	c := accept(t, hotp{}, alice(), hotpAt(t, twin), hotpCode(twin))
	if got := counterOf(t, c); got != twin+1 {
		t.Errorf("the later counter was taken: next is %d", got)
	}
	for next := counterOf(t, c); next <= twin+apart; next++ {
		refuse(t, hotp{}, alice(), hotpAt(t, next), hotpCode(twin), ErrReplay)
	}
	c = accept(t, hotp{}, alice(), hotpAt(t, twin+apart), hotpCode(twin+apart+1))
	refuse(t, hotp{}, alice(), c, hotpCode(twin), ErrReplay)
}

func TestHOTPResyncFindsATokenWithinAHundredCounters(t *testing.T) {
	const next = 500
	for _, test := range []struct {
		name          string
		first, second int64
		want          error
	}{
		{"the next two", next, next + 1, nil},
		{"beyond the look-ahead of one code", next + 50, next + 51, nil},
		{"the last two of the window", next + 99, next + 100, nil},
		{"beyond the window", next + 100, next + 101, ErrWrong},
		{"in the wrong order", next + 1, next, ErrWrong},
		{"with a gap", next, next + 2, ErrWrong},
		{"one code twice", next, next, ErrWrong},
		{"the first one spent", next - 1, next, ErrReplay},
		{"both spent", next - 10, next - 9, ErrReplay},
		{"spent long ago", next - 11, next - 10, ErrWrong},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := hotp{}.Resync(alice(), hotpAt(t, next), hotpCode(test.first), hotpCode(test.second))
			if !errors.Is(err, test.want) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			if err == nil && counterOf(t, c) != test.second+1 {
				t.Errorf("the next counter is %d, want %d", counterOf(t, c), test.second+1)
			}
		})
	}
	if _, err := (hotp{}).Resync(alice(), hotpAt(t, 0), hotpCode(0)+" ", hotpCode(1)); !errors.Is(err, ErrWrong) {
		t.Errorf("a padded code: %v, want %v", err, ErrWrong)
	}
}

func TestHOTPRefusesAStateItCouldNotHaveWritten(t *testing.T) {
	for name, state := range map[string]hotpCred{
		"a counter below zero":     {Secret: []byte(rfcSecret), Digits: 6, Counter: -1},
		"a counter beyond all use": {Secret: []byte(rfcSecret), Digits: 6, Counter: maxCounter + 1},
		"seven digits":             {Secret: []byte(rfcSecret), Digits: 7},
		"no digits":                {Secret: []byte(rfcSecret)},
		"an endless secret":        {Secret: make([]byte, maxSecretLen+1), Digits: 6},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hotp{}.Check(alice(), write(t, state), nil, "123456")
			wantUnreadable(t, err)
		})
	}
}

func TestInAnyHistoryTheCounterOnlyGrows(t *testing.T) {
	for seed := range byte(20) {
		r := mathrand.New(seeded(seed))
		secret := bytesFrom(t, seeded(seed), newSecretLen)
		c := write(t, hotpCred{Secret: secret, Digits: 8})
		code := func(counter int64) string { return referenceCode(secret, counter, "SHA1", 8) }
		next := int64(0)
		for range 300 {
			press := max(0, next+r.Int64N(30)-15)
			var err, want error
			var got Cred
			if r.IntN(8) == 0 {
				press = max(0, next+r.Int64N(130)-15)
				got, err = hotp{}.Resync(alice(), c, code(press), code(press+1))
				want = verdict(press, next, 99)
				press++
			} else {
				got, err = hotp{}.Check(alice(), c, nil, code(press))
				want = verdict(press, next, 10)
			}
			if !errors.Is(err, want) {
				t.Fatalf("seed %d, counter %d, code of %d: %v, want %v", seed, next, press, err, want)
			}
			if err == nil {
				c, next = got, press+1
			}
		}
	}
}

// verdict is the model of HOTP: it knows counters and no codes.
func verdict(press, next, ahead int64) error {
	switch {
	case press < next-10 || press > next+ahead:
		return ErrWrong
	case press < next:
		return ErrReplay
	default:
		return nil
	}
}
