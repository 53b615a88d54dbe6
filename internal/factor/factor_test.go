package factor

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// keyedTags is a Tagger under a key of the test.
type keyedTags string

func (k keyedTags) Tag(data []byte) []byte {
	h := hmac.New(sha256.New, []byte(k))
	h.Write(data)
	return h.Sum(nil)
}

func (k keyedTags) VerifyTag(data, tag []byte) bool { return hmac.Equal(k.Tag(data), tag) }

var noon = time.Date(2026, 3, 14, 12, 0, 15, 0, time.UTC)

func subject() Subject {
	return Subject{
		UserID: "alice", FactorID: "one", Account: "alice@acme.example", Issuer: "Acme",
		Now: noon, Rand: rand.Reader, Tagger: keyedTags("pepper"),
	}
}

// enrolled makes a factor of a kind and returns it with what reads its codes.
func enrolled(t *testing.T, k Kind, s Subject) (Cred, mfa.Reveal) {
	t.Helper()
	c, r, err := k.Enroll(s)
	if err != nil {
		t.Fatal(err)
	}
	return c, r
}

func codeAt(t *testing.T, c Cred, step int64) string {
	t.Helper()
	v, err := readTOTP(c)
	if err != nil {
		t.Fatal(err)
	}
	code, err := v.code(uint64(step))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestEachSecondIsAcceptedAsTheModelSays(t *testing.T) {
	s := subject()
	c, _ := enrolled(t, TOTP{}, s)
	for d := -121; d <= 121; d++ {
		shown := noon.Add(time.Duration(d) * time.Second)
		_, err := TOTP{}.Check(s, c, nil, codeAt(t, c, shown.Unix()/30))
		step := noon.Unix()/30 - shown.Unix()/30
		if want := step >= -1 && step <= 1; (err == nil) != want {
			t.Errorf("%+d s: %v", d, err)
		}
	}
}

func TestAStepIsAcceptedOnceAndNoneBeforeIt(t *testing.T) {
	s := subject()
	c, _ := enrolled(t, TOTP{}, s)
	step := noon.Unix() / 30
	for _, try := range []struct {
		step int64
		want error
	}{
		{step, nil}, {step, ErrReplay}, {step - 1, ErrReplay}, {step + 1, nil}, {step, ErrReplay}, {step + 1, ErrReplay},
	} {
		next, err := TOTP{}.Check(s, c, nil, codeAt(t, c, try.step))
		if !errors.Is(err, try.want) {
			t.Fatalf("step %+d: %v", try.step-step, err)
		}
		if err == nil {
			c = next
		}
	}
}

func TestAPaddedOrForeignCodeIsRefused(t *testing.T) {
	s := subject()
	c, _ := enrolled(t, TOTP{}, s)
	right := codeAt(t, c, noon.Unix()/30)
	for _, bad := range []string{
		" " + right, right + " ", right + "\n", "\t" + right, right + "\u00a0", right + "\x00", "0" + right,
		right[:5], right + "0", "", "+" + right[1:], strings.Map(func(r rune) rune { return r - '0' + '０' }, right),
	} {
		if _, err := (TOTP{}).Check(s, c, nil, bad); !errors.Is(err, ErrWrong) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAShortSecretIsNeverUsed(t *testing.T) {
	for n := range minSecret {
		v := totpCred{otpKey: otpKey{make([]byte, n), "SHA1", 6}, Period: 30}
		code, err := v.code(uint64(noon.Unix() / 30))
		if err != nil {
			code = "000000"
		}
		c, err := encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (TOTP{}).Check(subject(), c, nil, code); err == nil || errors.Is(err, ErrWrong) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestAShortReadMakesNoSecret(t *testing.T) {
	for _, k := range All() {
		s := subject()
		s.Rand = io.LimitReader(rand.Reader, 7)
		if _, _, err := k.Enroll(s); err == nil {
			t.Errorf("%s was made of 7 bytes", k.Name())
		}
	}
}

func TestParametersThatDoNotExistAreRefused(t *testing.T) {
	for _, p := range []mfa.OTPParams{{Algorithm: "MD5"}, {Algorithm: "sha1"}, {Digits: 7}, {Digits: 10}, {Period: 1}, {Period: -30}} {
		s := subject()
		s.Params = p
		if _, _, err := (TOTP{}).Enroll(s); mfa.AsError(err).Code != mfa.Usage {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestADriftedPhoneIsBroughtBackInStepAndSpendsBothCodes(t *testing.T) {
	s := subject()
	c, _ := enrolled(t, TOTP{}, s)
	ahead := noon.Unix()/30 + 9 // four and a half minutes
	first, second := codeAt(t, c, ahead), codeAt(t, c, ahead+1)
	if _, err := (TOTP{}).Check(s, c, nil, first); !errors.Is(err, ErrWrong) {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{{second, first}, {first, first}, {first, codeAt(t, c, ahead+2)}} {
		if _, err := (TOTP{}).Resync(s, c, pair[0], pair[1]); !errors.Is(err, ErrWrong) {
			t.Errorf("not consecutive, but %v", err)
		}
	}
	c, err := TOTP{}.Resync(s, c, first, second)
	if err != nil {
		t.Fatal(err)
	}
	for _, spent := range []string{first, second} {
		if _, err := (TOTP{}).Check(s, c, nil, spent); err == nil {
			t.Error("a code of the resync is accepted again")
		}
	}
	if _, err := (TOTP{}).Resync(s, c, first, second); err == nil {
		t.Error("the resync is accepted again")
	}
	s.Now = noon.Add(30 * time.Second)
	if _, err := (TOTP{}).Check(s, c, nil, codeAt(t, c, ahead+2)); err != nil {
		t.Errorf("the drifted phone's next code: %v", err)
	}
}

func TestNoCodeIsEverAcceptedTwiceWhateverTheOrder(t *testing.T) {
	s := subject()
	c, _ := enrolled(t, TOTP{}, s)
	accepted := map[int64]bool{}
	state := uint32(1)
	for range 3000 {
		state = state*1664525 + 1013904223
		s.Now = noon.Add(time.Duration(state>>16%7200) * time.Second)
		step := s.Now.Unix()/30 + int64(state>>8%9) - 4
		code := codeAt(t, c, step)
		next, err := TOTP{}.Check(s, c, nil, code)
		if state%7 == 0 {
			next, err = TOTP{}.Resync(s, c, code, codeAt(t, c, step+1))
			if err == nil && accepted[step+1] {
				t.Fatal("a step was accepted twice by a resync")
			}
			if err == nil {
				accepted[step+1] = true
			}
		}
		if err == nil {
			if accepted[step] {
				t.Fatal("a step was accepted twice")
			}
			accepted[step], c = true, next
		}
	}
	if len(accepted) < 10 {
		t.Fatalf("only %d steps were accepted", len(accepted))
	}
}

func TestHOTPLooksTenAheadAndNeverBack(t *testing.T) {
	s := subject()
	c, _ := enrolled(t, HOTP{}, s)
	code := func(n uint64) string {
		h, err := readHOTP(c)
		if err != nil {
			t.Fatal(err)
		}
		text, err := h.code(n)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	check := func(n uint64) error {
		next, err := HOTP{}.Check(s, c, nil, code(n))
		if err == nil {
			c = next
		}
		return err
	}
	for _, try := range []struct {
		n    uint64
		want error
	}{{0, nil}, {0, ErrReplay}, {11, nil}, {5, ErrReplay}, {23, ErrWrong}, {22, nil}, {12, ErrWrong}} {
		if err := check(try.n); !errors.Is(err, try.want) {
			t.Fatalf("counter %d: %v", try.n, err)
		}
	}
	next, err := HOTP{}.Resync(s, c, code(100), code(101))
	if err != nil {
		t.Fatal(err)
	}
	c = next
	if err := check(101); !errors.Is(err, ErrReplay) {
		t.Errorf("after the resync: %v", err)
	}
	if err := check(102); err != nil {
		t.Errorf("after the resync: %v", err)
	}
}

func TestBackupCodesWorkOnceAndForNobodyElse(t *testing.T) {
	s := subject()
	c, r := enrolled(t, Backup{}, s)
	if len(r.Codes) != 10 {
		t.Fatalf("%d codes", len(r.Codes))
	}
	other := s
	other.UserID = "bob"
	oldSet := s
	oldSet.FactorID = "two"
	otherPepper := s
	otherPepper.Tagger = keyedTags("salt")
	for i, secret := range r.Codes {
		code := secret.Reveal()
		for _, wrong := range []Subject{other, oldSet, otherPepper} {
			if _, err := (Backup{}).Check(wrong, c, nil, code); !errors.Is(err, ErrWrong) {
				t.Errorf("for somebody else: %v", err)
			}
		}
		if _, err := (Recovery{}).Check(s, c, nil, code); !errors.Is(err, ErrWrong) {
			t.Errorf("as a recovery code: %v", err)
		}
		next, err := Backup{}.Check(s, c, nil, strings.ToLower(strings.ReplaceAll(code, "-", " ")))
		if err != nil {
			t.Fatal(err)
		}
		c = next
		if _, err := (Backup{}).Check(s, c, nil, code); !errors.Is(err, ErrReplay) {
			t.Errorf("a second time: %v", err)
		}
		if left, err := (Backup{}).Left(c); err != nil || left != 9-i {
			t.Errorf("%d left, %v", left, err)
		}
	}
	if bytes.Contains(c, []byte(r.Codes[0].Reveal())) {
		t.Error("the credential holds a code")
	}
}

func TestCodesAreSpreadEvenlyAndNeverRepeat(t *testing.T) {
	const n = 200_000
	seen := make(map[string]bool, n)
	var counts [codeSymbols][32]float64
	for range n {
		code, err := drawCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if seen[code] {
			t.Fatal("a code came twice")
		}
		seen[code] = true
		for i := range code {
			counts[i][strings.IndexByte(crockford, code[i])]++
		}
	}
	for i, symbols := range counts {
		chi := 0.0
		for _, have := range symbols {
			chi += (have - n/32.0) * (have - n/32.0) / (n / 32.0)
		}
		if chi > 80 { // 31 degrees of freedom: p < 0.000003
			t.Errorf("position %d: chi-square %.1f", i, chi)
		}
	}
}

func TestTheURIIsReadAsItWasWritten(t *testing.T) {
	for _, u := range []URI{
		{Kind: mfa.KindTOTP, Issuer: "Acme", Account: "alice@acme.example", Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
		{Kind: mfa.KindTOTP, Issuer: "Acme & Söhne+Co", Account: "a+b@acme.example", Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Params: mfa.OTPParams{Algorithm: "SHA256", Digits: 8, Period: 60}},
		{Kind: mfa.KindTOTP, Issuer: "Acme&secret=AAAA", Account: "x/y?z#w@acme.example", Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
		{Kind: mfa.KindHOTP, Issuer: "Acme", Account: "bob", Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Counter: 7},
	} {
		text, err := u.Build()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseURI(text.Reveal())
		if err != nil || got != u {
			t.Errorf("%s: %+v, %v", text.Reveal(), got, err)
		}
	}
}

func TestAHostileURIIsRefusedWithoutAnEcho(t *testing.T) {
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	for _, text := range []string{
		"", "http://totp/Acme:a?secret=" + secret + "&issuer=Acme", "otpauth://motp/Acme:a?secret=" + secret + "&issuer=Acme",
		"otpauth://totp/Acme:a?secret=" + secret + "&secret=" + secret + "&issuer=Acme",
		"otpauth://totp/Acme:a?secret=" + secret + "&issuer=Other", "otpauth://totp/Acme:a?secret=" + secret,
		"otpauth://totp/Acme:a?secret=JBSWY3DP&issuer=Acme", "otpauth://totp/Acme:a?secret=&issuer=Acme",
		"otpauth://totp/Acme:a?secret=" + secret + "&issuer=Acme&digits=7", "otpauth://totp/Acme:a?secret=" + secret + "&issuer=Acme&evil=1",
		"otpauth://totp/Acme:a:b?secret=" + secret + "&issuer=Acme", "otpauth://totp/:a?secret=" + secret + "&issuer=",
		"otpauth://totp/Acme:a?secret=" + secret + "&issuer=Acme&counter=1", "otpauth://hotp/Acme:a?secret=" + secret + "&issuer=Acme&period=30",
		"otpauth://totp/Acme:a?secret=jbswy3dp$ehpk3pxp&issuer=Acme", "otpauth://totp/Acme:a?secret=" + secret + "&issuer=Acme#" + secret,
	} {
		_, err := ParseURI(text)
		if mfa.AsError(err).Code != mfa.Usage || err == nil {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error holds the secret", text)
		}
	}
}

func TestANameWithAColonMakesNoURI(t *testing.T) {
	for _, u := range []URI{{Issuer: "A:B", Account: "a"}, {Issuer: "A", Account: "a:b"}, {Account: "a"}, {Issuer: "A"}} {
		if _, err := u.Build(); mfa.AsError(err).Code != mfa.Usage || err == nil {
			t.Errorf("%+v: %v", u, err)
		}
	}
}
