package factor

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestTOTPAcceptsTheVectorsOfRFC6238(t *testing.T) {
	seeds := map[string]string{
		"SHA1":   rfcSecret,
		"SHA256": rfcSecret + rfcSecret[:12],
		"SHA512": rfcSecret + rfcSecret + rfcSecret + rfcSecret[:4],
	}
	for _, v := range []struct {
		seconds                 int64
		code1, code256, code512 string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	} {
		for alg, code := range map[string]string{"SHA1": v.code1, "SHA256": v.code256, "SHA512": v.code512} {
			t.Run(fmt.Sprintf("%s at %d", alg, v.seconds), func(t *testing.T) {
				state := totpCred{Secret: []byte(seeds[alg]), Algorithm: alg, Digits: 8, Period: 30, Last: noStep}
				next := accept(t, totp{}, alice().at(time.Unix(v.seconds, 0)), write(t, state), code)
				got, _, err := loadTOTP(next)
				if err != nil || got.Last != v.seconds/30 {
					t.Errorf("last step %d, error %v, want %d", got.Last, err, v.seconds/30)
				}
			})
		}
	}
}

func TestTOTPEnrollsASecretThatTheAppWouldUse(t *testing.T) {
	for _, p := range []mfa.OTPParams{
		{}, {Digits: 8}, {Period: 60}, {Algorithm: "SHA256"}, {Algorithm: "SHA512", Digits: 8, Period: 60},
	} {
		s := alice()
		s.Params = p
		c, reveal := enroll(t, totp{}, s)
		uri, err := ParseURI(reveal.OtpauthURI.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		if uri.Secret != reveal.Secret || uri.Issuer != s.Issuer || uri.Account != s.Account {
			t.Errorf("%+v: the URI and the typed secret differ", p)
		}
		secret, err := base32.StdEncoding.DecodeString(reveal.Secret.Reveal())
		if err != nil || len(secret) != newSecretLen {
			t.Fatalf("%+v: secret of %d bytes, error %v", p, len(secret), err)
		}
		step := s.Now.Unix() / int64(uri.Params.Period)
		accept(t, totp{}, s, c, referenceCode(secret, step, uri.Params.Algorithm, uri.Params.Digits))
	}
}

func TestTOTPRefusesParametersThatAreNotOffered(t *testing.T) {
	for _, test := range []struct {
		field  string
		params mfa.OTPParams
	}{
		{"algorithm", mfa.OTPParams{Algorithm: "MD5"}},
		{"algorithm", mfa.OTPParams{Algorithm: "sha1"}},
		{"digits", mfa.OTPParams{Digits: 7}},
		{"digits", mfa.OTPParams{Digits: -6}},
		{"period", mfa.OTPParams{Period: 15}},
		{"period", mfa.OTPParams{Period: -30}},
	} {
		s := alice()
		s.Params = test.params
		_, _, err := totp{}.Enroll(s)
		wantField(t, err, test.field)
	}
	for field, s := range map[string]Subject{"issuer": alice(), "account": alice()} {
		if field == "issuer" {
			s.Issuer = "Acme: East"
		} else {
			s.Account = "alice:root@acme.example"
		}
		_, _, err := totp{}.Enroll(s)
		wantField(t, err, field)
	}
}

// TestTOTPAcceptsTheStepsOfTheModel is row T3 of the security bar, for both values of totp_skew.
func TestTOTPAcceptsTheStepsOfTheModel(t *testing.T) {
	for skew := range 2 {
		for _, period := range []int{30, 60} {
			for _, phase := range []int64{0, 1, 17, 29} {
				acceptsTheStepsOfTheModel(t, skew, period, phase)
			}
		}
	}
}

func acceptsTheStepsOfTheModel(t *testing.T, skew, period int, phase int64) {
	t.Helper()
	state := totpState([]byte(rfcSecret))
	state.Period = period
	c := write(t, state)
	issued := alice().Now.Unix() + phase
	step := issued / int64(period)
	code := referenceCode(state.Secret, step, "SHA1", 6)
	for d := int64(-121); d <= 121; d++ {
		distance := (issued+d)/int64(period) - step
		s := alice().at(time.Unix(issued+d, 0))
		s.Skew = skew
		_, err := totp{}.Check(s, c, nil, code)
		want := error(ErrWrong)
		if distance >= -int64(skew) && distance <= int64(skew) {
			want = nil
		}
		if !errors.Is(err, want) {
			t.Errorf("skew %d, period %d, code of %d judged %+d s later: %v, want %v", skew, period, issued, d, err, want)
		}
	}
}

// TestOnlyTheExactDigitsAreAccepted is row T2 of the security bar.
func TestOnlyTheExactDigitsAreAccepted(t *testing.T) {
	counter := alice().Now.Unix() / 30
	code := referenceCode([]byte(rfcSecret), counter, "SHA1", 6)
	kinds := map[Kind]Cred{
		totp{}: write(t, totpState([]byte(rfcSecret))),
		hotp{}: write(t, hotpCred{Secret: []byte(rfcSecret), Digits: 6, Counter: counter}),
	}
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	arabic := strings.Map(func(r rune) rune { return r - '0' + '٠' }, code)
	bad := []string{"", wide, arabic, code[1:], code[:5], code + code, code[:3] + " " + code[3:], code[:3] + "-" + code[3:],
		"+" + code[1:], "-" + code[1:], " " + code[1:], code[:5] + " ", code[:5] + "\n", "0x" + code[2:], code[:5] + "\x00", "0" + code, code + "0", code + "00", "00" + code}
	for _, pad := range []string{" ", "\n", "\r\n", "\t", "\v", "\u00a0", "\x00", "\u200b", "\ufeff", "\u2028", "0", "+", "-", ".", "\xff"} {
		bad = append(bad, pad+code, code+pad, pad+code+pad)
	}
	for k, c := range kinds {
		for _, answer := range bad {
			refuse(t, k, alice(), c, answer, ErrWrong)
		}
		accept(t, k, alice(), c, code)
	}
}

func TestACodeKeepsItsLeadingZeros(t *testing.T) {
	secret := []byte(rfcSecret)
	counter := int64(0)
	for referenceCode(secret, counter, "SHA1", 6)[:2] != "00" {
		counter++
	}
	code := referenceCode(secret, counter, "SHA1", 6)
	s := alice().at(time.Unix(counter*30, 0))
	c := write(t, totpState(secret))
	accept(t, totp{}, s, c, code)
	refuse(t, totp{}, s, c, strings.TrimLeft(code, "0"), ErrWrong)
	refuse(t, totp{}, s, c, strings.TrimLeft(code, "0")+"00", ErrWrong)
}

// TestAShortSecretIsRefused is row T1 of the security bar; the library accepts
// the code of an empty secret.
func TestAShortSecretIsRefused(t *testing.T) {
	for n := range minSecretLen {
		secret := []byte(rfcSecret)[:n]
		counter := alice().Now.Unix() / 30
		for _, key := range [][]byte{secret, nil} {
			code := referenceCode(key, counter, "SHA1", 6)
			one, two := write(t, totpState(secret)), write(t, hotpCred{Secret: secret, Digits: 6, Counter: counter})
			_, err := totp{}.Check(alice(), one, nil, code)
			wantUnreadable(t, err)
			_, err = hotp{}.Check(alice(), two, nil, code)
			wantUnreadable(t, err)
			_, err = totp{}.Resync(alice(), one, code, referenceCode(key, counter+1, "SHA1", 6))
			wantUnreadable(t, err)
			_, err = hotp{}.Resync(alice(), two, code, referenceCode(key, counter+1, "SHA1", 6))
			wantUnreadable(t, err)
		}
	}
	code := referenceCode([]byte(rfcSecret)[:16], alice().Now.Unix()/30, "SHA1", 6)
	accept(t, totp{}, alice(), write(t, totpState([]byte(rfcSecret)[:16])), code)
}

func TestTOTPRefusesAStateItCouldNotHaveWritten(t *testing.T) {
	for name, change := range map[string]func(*totpCred){
		"a secret beyond the longest":  func(c *totpCred) { c.Secret = make([]byte, maxSecretLen+1) },
		"an unknown algorithm":         func(c *totpCred) { c.Algorithm = "MD5" },
		"no algorithm":                 func(c *totpCred) { c.Algorithm = "" },
		"seven digits":                 func(c *totpCred) { c.Digits = 7 },
		"no digits":                    func(c *totpCred) { c.Digits = 0 },
		"no period":                    func(c *totpCred) { c.Period = 0 },
		"an offset of over two hours":  func(c *totpCred) { c.Offset = 241 },
		"an offset of under two hours": func(c *totpCred) { c.Offset = -241 },
		"a last step before the first": func(c *totpCred) { c.Last = -2 },
		"a last step beyond all time":  func(c *totpCred) { c.Last = maxCounter + 1 },
	} {
		t.Run(name, func(t *testing.T) {
			state := totpState([]byte(rfcSecret))
			change(&state)
			_, err := totp{}.Check(alice(), write(t, state), nil, "123456")
			wantUnreadable(t, err)
		})
	}
}

// TestAStepIsAcceptedOnce is row T4 of the security bar for one credential.
func TestAStepIsAcceptedOnce(t *testing.T) {
	secret := []byte(rfcSecret)
	now := alice().Now
	step := now.Unix() / 30
	code := func(step int64) string { return referenceCode(secret, step, "SHA1", 6) }
	c := accept(t, totp{}, alice(), write(t, totpState(secret)), code(step))
	for d := -30; d <= 59; d++ {
		refuse(t, totp{}, alice().at(now.Add(time.Duration(d)*time.Second)), c, code(step), ErrReplay)
	}
	refuse(t, totp{}, alice(), c, code(step-1), ErrReplay)
	refuse(t, totp{}, alice(), c, code(step-2), ErrWrong)
	c = accept(t, totp{}, alice(), c, code(step+1))
	refuse(t, totp{}, alice(), c, code(step), ErrReplay)
	refuse(t, totp{}, alice(), c, code(step+1), ErrReplay)
}

func TestNoStepBefore1970IsAccepted(t *testing.T) {
	c := write(t, totpState([]byte(rfcSecret)))
	for _, seconds := range []int64{-31, -60, -1 << 40} {
		for step := int64(-3); step <= 3; step++ {
			refuse(t, totp{}, alice().at(time.Unix(seconds, 0)), c, referenceCode([]byte(rfcSecret), step, "SHA1", 6), ErrWrong)
		}
	}
	accept(t, totp{}, alice().at(time.Unix(-1, 0)), c, referenceCode([]byte(rfcSecret), 0, "SHA1", 6))
}

// TestWhereTwoStepsShareACodeItIsAcceptedOnce uses a step whose code equals the
// next one's.
func TestWhereTwoStepsShareACodeItIsAcceptedOnce(t *testing.T) {
	const twin = int64(910737)
	secret := []byte(rfcSecret)
	code := referenceCode(secret, twin, "SHA1", 6)
	if code != referenceCode(secret, twin+1, "SHA1", 6) {
		t.Fatal("the two steps do not share a code")
	}
	fresh := write(t, totpState(secret))
	c := accept(t, totp{}, alice().at(time.Unix(twin*30, 0)), fresh, code)
	for d := int64(-1); d <= 3; d++ {
		_, err := totp{}.Check(alice().at(time.Unix((twin+d)*30, 0)), c, nil, code)
		if err == nil {
			t.Errorf("the same digits were accepted twice, %d steps later", d)
		}
	}
	c = accept(t, totp{}, alice().at(time.Unix((twin-1)*30, 0)), fresh, code)
	refuse(t, totp{}, alice().at(time.Unix((twin+1)*30, 0)), c, code, ErrReplay)
}
