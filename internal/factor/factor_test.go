package factor

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestEveryKindIsFoundByItsNameAndOnlyOnce(t *testing.T) {
	seen := make(map[mfa.Kind]bool)
	for _, k := range All() {
		if seen[k.Info().Name] {
			t.Errorf("kind %s stands in the list twice", k.Info().Name)
		}
		seen[k.Info().Name] = true
		found, ok := NewSet(All()).ByName(k.Info().Name)
		if !ok || found.Info().Name != k.Info().Name {
			t.Errorf("ByName(%q) does not find it", k.Info().Name)
		}
	}
	if _, ok := NewSet(All()).ByName("carrier pigeon"); ok {
		t.Error("ByName found a kind that is not there")
	}
}

// What other code asks of a kind must be so, and stand in the one table.
func TestEveryKindIsWhatItsRowSays(t *testing.T) {
	if got := NewSet(All()).Table(); !slices.Equal(got, mfa.Kinds()) {
		t.Errorf("the kinds are %+v, and the table is %+v", got, mfa.Kinds())
	}
	for _, k := range All() {
		row := k.Info()
		digits, lookUp := k.Fits("123456") && k.Fits("12345678"), k.Fits("7K3F-0000-ABCD-WXYZ")
		if digits != (row.Form == mfa.FormDigits) || lookUp != (row.Form == mfa.FormLookUp) {
			t.Errorf("%s: fits digits %v, fits look-up codes %v, and its row says %q", row.Name, digits, lookUp, row.Form)
		}
		_, counted := k.(Counted)
		if counted != (row.Class == mfa.LookUpSet) {
			t.Errorf("%s: Counted %v, and its row says %q", row.Name, counted, row.Class)
		}
		_, reveal := enroll(t, k, alice())
		if scanned := !reveal.OtpauthURI.IsZero(); scanned && row.Class != mfa.Possession || row.Enrolls && row.Class != mfa.Possession {
			t.Errorf("%s: scanned %v, and its row says %+v", row.Name, scanned, row)
		}
	}
	if row := NewSet(All()).Info("carrier pigeon"); row.SecondFactor || row.Enrolls {
		t.Errorf("an unknown kind is %+v", row)
	}
}

// An answer is a look-up code if a kind whose row says so takes its form, and not by its text.
func TestTheTableDecidesWhichAnswersLookUp(t *testing.T) {
	all, otps := NewSet(All()), NewSet([]Kind{totp{}, hotp{}})
	for answer, want := range map[string]bool{
		"7K3F-0000-ABCD-WXYZ": true, "7K3F-0000-ABCD-WXYZ\n7k3f0000abcdwxyz": true,
		"123456": false, "12345678": false, "": false, "an answer of another form": false,
	} {
		if got := all.LooksUp(answer); got != want {
			t.Errorf("%q looks up: %v, want %v", answer, got, want)
		}
		if otps.LooksUp(answer) {
			t.Errorf("%q looks up where no kind of that form is known", answer)
		}
	}
}

func TestTheKindsOfferWhatTheirInterfacesSay(t *testing.T) {
	for _, test := range []struct {
		kind             mfa.Kind
		resyncs, counted bool
	}{
		{mfa.KindTOTP, true, false},
		{mfa.KindHOTP, true, false},
		{mfa.KindBackup, false, true},
		{mfa.KindRecovery, false, false},
		{mfa.KindSetPassword, false, false},
	} {
		k, ok := NewSet(All()).ByName(test.kind)
		if !ok {
			t.Fatalf("no kind %s", test.kind)
		}
		if _, ok := k.(Resyncer); ok != test.resyncs {
			t.Errorf("%s: Resyncer %v, want %v", test.kind, ok, test.resyncs)
		}
		if _, ok := k.(Counted); ok != test.counted {
			t.Errorf("%s: Counted %v, want %v", test.kind, ok, test.counted)
		}
	}
}

func TestAnAnswerFitsTheKindsOfItsFormOnly(t *testing.T) {
	otps := map[mfa.Kind]bool{mfa.KindTOTP: true, mfa.KindHOTP: true}
	for _, test := range []struct {
		name, answer string
		otp, lookup  bool
	}{
		{"six digits fit one-time passwords", "123456", true, false},
		{"eight digits fit one-time passwords", "12345678", true, false},
		{"seven digits fit nothing", "1234567", false, false},
		{"sixteen symbols fit look-up codes", "7K3F-0000-ABCD-WXYZ", false, true},
		{"sixteen digits fit look-up codes", "1234567890123456", false, true},
		{"seventeen symbols fit nothing", "7K3F-0000-ABCD-WXYZ0", false, false},
		{"a padded code fits nothing", " 123456", false, false},
		{"nothing fits nothing", "", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, k := range All() {
				want := test.lookup
				if otps[k.Info().Name] {
					want = test.otp
				}
				if got := k.Fits(test.answer); got != want {
					t.Errorf("%s fits %v, want %v", k.Info().Name, got, want)
				}
			}
		})
	}
}

func TestAskNamesTheKindAndTheLength(t *testing.T) {
	for _, k := range All() {
		c, _ := enroll(t, k, alice())
		state, prompt, err := k.Ask(alice(), c)
		if err != nil || state != nil || prompt.Kind != k.Info().Name {
			t.Errorf("%s: Ask gave state %q, prompt %+v, error %v", k.Info().Name, state, prompt, err)
		}
		want := 0
		if k.Fits("123456") {
			want = 6
		}
		if prompt.Digits != want {
			t.Errorf("%s: prompt asks for %d digits, want %d", k.Info().Name, prompt.Digits, want)
		}
	}
}

func TestASourceThatGivesTooLittleEnrollsNobody(t *testing.T) {
	for _, k := range All() {
		for _, have := range []int{0, 1, codeBytes - 1} {
			s := alice()
			s.Rand = bytes.NewReader(make([]byte, have))
			c, reveal, err := k.Enroll(s)
			if err == nil || c != nil || !reveal.Secret.IsZero() || len(reveal.Codes) > 0 {
				t.Errorf("%s enrolled with %d random bytes", k.Info().Name, have)
			}
		}
		s := alice()
		s.Rand = iotest.ErrReader(errors.New("no entropy"))
		if _, _, err := k.Enroll(s); err == nil {
			t.Errorf("%s enrolled although its source failed", k.Info().Name)
		}
	}
	for _, k := range []Kind{totp{}, hotp{}} {
		s := alice()
		s.Rand = bytes.NewReader(bytes.Repeat([]byte{7}, newSecretLen-1))
		if _, _, err := k.Enroll(s); err == nil {
			t.Errorf("%s enrolled with a secret that is one byte short", k.Info().Name)
		}
	}
}

func TestASourceThatGivesLittleAtATimeEnrollsTheSameSecret(t *testing.T) {
	for _, k := range All() {
		whole, slow := alice(), alice()
		whole.Rand, slow.Rand = seeded(1), iotest.OneByteReader(seeded(1))
		one, _ := enroll(t, k, whole)
		two, _ := enroll(t, k, slow)
		if !bytes.Equal(one, two) {
			t.Errorf("%s made another secret from a slow reader", k.Info().Name)
		}
	}
}

func TestACredentialIsReadStrictly(t *testing.T) {
	for _, k := range All() {
		good, _ := enroll(t, k, alice())
		text := string(good)
		field, _, _ := strings.Cut(text[2:], `"`)
		for name, bad := range map[string]string{
			"nothing":            "",
			"null":               "null",
			"an empty object":    "{}",
			"an array":           "[]",
			"cut short":          text[:len(text)-1],
			"trailing data":      text + "{}",
			"a trailing newline": text + "\n",
			"a leading space":    " " + text,
			"an unknown field":   strings.Replace(text, "{", `{"admin":true,`, 1),
			"a repeated field":   strings.Replace(text, "{", `{"`+field+`":null,`, 1),
			"a capital letter":   strings.Replace(text, field, strings.ToUpper(field), 1),
			"no first field":     "{" + text[strings.Index(text, `,`)+1:],
		} {
			_, err := k.Check(alice(), Cred(bad), nil, "123456")
			t.Run(string(k.Info().Name)+" refuses "+name, func(t *testing.T) { wantUnreadable(t, err) })
			if _, _, err := k.Ask(alice(), Cred(bad)); err == nil {
				t.Errorf("%s: Ask took a credential with %s", k.Info().Name, name)
			}
		}
	}
}

func TestOneKindDoesNotReadTheCredentialOfAnotherForm(t *testing.T) {
	for _, mine := range All() {
		c, _ := enroll(t, mine, alice())
		for _, other := range All() {
			if other.Info().Name == mine.Info().Name || mine.Fits("7K3F0000ABCDWXYZ") && other.Fits("7K3F0000ABCDWXYZ") {
				continue
			}
			_, err := other.Check(alice(), c, nil, "123456")
			wantUnreadable(t, err)
		}
	}
}
