package factor

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Whatever is typed: no panic, and nothing but the very code is accepted.
func FuzzCode(f *testing.F) {
	v := totpCred{otpKey: otpKey{[]byte("12345678901234567890"), "SHA1", 6}, Period: 30}
	cred, err := encode(v)
	if err != nil {
		f.Fatal(err)
	}
	now := noon.Unix() / 30
	right := map[string]bool{}
	for d := int64(-1); d <= 1; d++ {
		code, err := v.code(uint64(now + d))
		if err != nil {
			f.Fatal(err)
		}
		right[code] = true
		f.Add(code)
		f.Add(" " + code)
	}
	f.Add("")
	f.Add("９９９９９９")
	f.Fuzz(func(t *testing.T, answer string) {
		_, err := TOTP{}.Check(subject(), cred, nil, answer)
		if (err == nil) != right[answer] {
			t.Errorf("%q: %v", answer, err)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	f.Add("7K3F-9QXM-2VTP-HB4D")
	f.Add("oil0 OIL0 oil0 OIL0")
	f.Fuzz(func(t *testing.T, answer string) {
		code, ok := Normalise(answer)
		if !ok {
			return
		}
		if len(code) != codeSymbols || strings.Trim(code, crockford) != "" {
			t.Errorf("%q became %q", answer, code)
		}
		if again, ok := Normalise(show(code).Reveal()); !ok || again != code {
			t.Errorf("%q became %q and then %q", answer, code, again)
		}
	})
}

func FuzzParseURI(f *testing.F) {
	f.Add("otpauth://totp/Acme:alice@acme.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseURI(text)
		if err != nil {
			return
		}
		again, err := u.Build()
		if err != nil {
			t.Fatalf("%q is read as %+v, which cannot be written: %v", text, u, err)
		}
		same, err := ParseURI(again.Reveal())
		if u.Params.Algorithm == "SHA1" {
			u.Params.Algorithm = ""
		}
		if u.Params.Digits == 6 {
			u.Params.Digits = 0
		}
		if u.Params.Period == 30 {
			u.Params.Period = 0
		}
		if err != nil || same != u {
			t.Errorf("%q is read as %+v and then as %+v (%v)", text, u, same, err)
		}
	})
}

func FuzzURI(f *testing.F) {
	f.Add("Acme", "alice@acme.example")
	f.Add("Acme&secret=AA", "a/b?c#d%20")
	f.Fuzz(func(t *testing.T, issuer, account string) {
		u := URI{Kind: mfa.KindTOTP, Issuer: issuer, Account: account, Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}
		text, err := u.Build()
		if err != nil {
			return
		}
		got, err := ParseURI(text.Reveal())
		if err != nil || got != u {
			t.Errorf("%q: %+v, %v", text.Reveal(), got, err)
		}
	})
}
