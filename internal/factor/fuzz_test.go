package factor

import (
	"errors"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// FuzzCode gives any text as an answer: accepted are the three codes of the
// window, byte for byte, and nothing else (row T2 of the security bar).
func FuzzCode(f *testing.F) {
	step := alice().Now.Unix() / 30
	window := make(map[string]bool)
	for d := int64(-1); d <= 1; d++ {
		code := referenceCode([]byte(rfcSecret), step+d, "SHA1", 6)
		window[code] = true
		for _, seed := range []string{code, code + " ", "\t" + code, code + "\n", "\u00a0" + code, code + "\x00", "0" + code, code[1:]} {
			f.Add(seed)
		}
	}
	f.Add("１２３４５６")
	cred := write(f, totpState([]byte(rfcSecret)))
	f.Fuzz(func(t *testing.T, answer string) {
		next, err := totp{}.Check(alice(), cred, nil, answer)
		if (err == nil) != window[answer] {
			t.Fatalf("answer %q gave %v", answer, err)
		}
		if err != nil && (!errors.Is(err, ErrWrong) || next != nil) {
			t.Fatalf("answer %q gave %v and a state", answer, err)
		}
		if err == nil {
			refuse(t, totp{}, alice(), next, answer, ErrReplay)
		}
	})
}

// FuzzNormalize compares with a model made of string functions.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"7K3F-0123-ABCD-WXYZ", "iIlL-oO00-1111-abcd", " 7k3f0123abcd wxyz", "uuuu-uuuu-uuuu-uuuu", "７K3F0123ABCDWXYZ", "\u212a"} {
		f.Add(seed)
	}
	replace := strings.NewReplacer(" ", "", "-", "", "I", "1", "L", "1", "O", "0", "i", "1", "l", "1", "o", "0")
	f.Fuzz(func(t *testing.T, answer string) {
		got, ok := Normalize(answer)
		model := replace.Replace(answer)
		for _, c := range crockford {
			if c >= 'A' {
				model = strings.ReplaceAll(model, string(c+'a'-'A'), string(c))
			}
		}
		valid := len(model) == codeLen && strings.Trim(model, crockford) == ""
		if ok != valid || ok && got != model {
			t.Fatalf("Normalize(%q) = %q, %v; the model says %q, %v", answer, got, ok, model, valid)
		}
		if !ok {
			return
		}
		for _, spelling := range []string{got, grouped(got), strings.ToLower(grouped(got))} {
			if again, ok := Normalize(spelling); !ok || again != got {
				t.Fatalf("%q does not come back: %q", spelling, again)
			}
		}
	})
}

// FuzzURI builds a URI from anything: what is built says what it was made from,
// to our parser and to that of the standard library (row I3 of the security bar).
func FuzzURI(f *testing.F) {
	f.Add(true, "Acme", "alice@acme.example", []byte(rfcSecret), "", 0, 0, int64(0))
	f.Add(true, "Acme&secret=AAAA", "a+b %41?#/@x", []byte(rfcSecret), "SHA512", 8, 60, int64(0))
	f.Add(false, "A:B", "x", []byte(rfcSecret)[:15], "SHA1", 6, 0, int64(7))
	f.Add(false, "Ä%", "\u202e", []byte(rfcSecret), "", 8, 0, int64(maxCounter))
	f.Fuzz(func(t *testing.T, timed bool, issuer, account string, secret []byte, alg string, digits, period int, counter int64) {
		u := URI{
			Kind: mfa.KindHOTP, Issuer: issuer, Account: account, Counter: counter,
			Secret: mfa.NewSecret(plainBase32().EncodeToString(secret)),
			Params: mfa.OTPParams{Algorithm: alg, Digits: digits, Period: period},
		}
		if timed {
			u.Kind = mfa.KindTOTP
		}
		raw, err := BuildURI(u)
		if err != nil {
			var e *mfa.Error
			if !errors.As(err, &e) || e.Code != mfa.Usage || e.Field == "" {
				t.Fatalf("a refusal that names no field: %v", err)
			}
			return
		}
		if strings.Contains(issuer+account, ":") || len(secret) < minSecretLen {
			t.Fatal("it should have been refused")
		}
		sameAfterParsing(t, u, raw.Reveal())
	})
}

// FuzzParseURI reads anything: what is taken can be written again and says the
// same, and no error repeats a piece of the input.
func FuzzParseURI(f *testing.F) {
	for _, u := range []URI{
		sampleURI(),
		{Kind: mfa.KindHOTP, Issuer: "A B", Account: "c+d", Secret: mfa.NewSecret(uriSecret), Counter: 9},
		{Kind: mfa.KindTOTP, Issuer: "Ä", Account: "x", Secret: mfa.NewSecret(uriSecret), Params: mfa.OTPParams{Algorithm: "SHA256", Digits: 8, Period: 60}},
	} {
		raw, err := BuildURI(u)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw.Reveal())
	}
	f.Add("otpauth://totp/Acme%3Aalice?secret=" + uriSecret + "&issuer=Acme&digits=6&" + uriSecret + "=1")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseURI(raw)
		if err != nil {
			wantField(t, err, "uri")
			noEcho(t, raw, err)
			return
		}
		again, err := BuildURI(u)
		if err != nil {
			t.Fatalf("%q was read but cannot be written: %v", raw, err)
		}
		sameAfterParsing(t, u, again.Reveal())
	})
}

// FuzzCred gives any bytes as a credential: each kind reads what it could have
// written and refuses the rest, and never takes it for a wrong code.
func FuzzCred(f *testing.F) {
	for _, k := range All() {
		s := alice()
		s.Rand = seeded(5)
		c, _ := enroll(f, k, s)
		f.Add([]byte(c))
	}
	f.Add([]byte(`{"secret":"","digits":6,"counter":0}`))
	f.Fuzz(func(t *testing.T, c []byte) {
		for _, k := range All() {
			_, _, asked := k.Ask(alice(), c)
			for _, answer := range []string{"755224", "00755224", "7K3F-0123-ABCD-WXYZ"} {
				next, err := k.Check(alice(), c, nil, answer)
				switch {
				case asked != nil:
					wantUnreadable(t, err)
				case err == nil:
					if _, _, err := k.Ask(alice(), next); err != nil {
						t.Fatalf("%s wrote what it cannot read: %v", k.Info().Name, err)
					}
				case !errors.Is(err, ErrWrong) && !errors.Is(err, ErrReplay):
					t.Fatalf("%s: Ask reads it, Check does not: %v", k.Info().Name, err)
				}
			}
		}
	})
}
