package factor

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestNormalizeForgivesWhatPeopleDo(t *testing.T) {
	for _, test := range []struct {
		name, answer, want string
	}{
		{"as shown", "7K3F-0123-ABCD-WXYZ", "7K3F0123ABCDWXYZ"},
		{"in one piece", "7K3F0123ABCDWXYZ", "7K3F0123ABCDWXYZ"},
		{"in small letters", "7k3f-0123-abcd-wxyz", "7K3F0123ABCDWXYZ"},
		{"with spaces", " 7K3F 0123  ABCD WXYZ ", "7K3F0123ABCDWXYZ"},
		{"with hyphens anywhere", "-7-K3F0123ABCDWXY-Z-", "7K3F0123ABCDWXYZ"},
		{"with I, L and O misread", "iIlL-oO00-1111-ABCD", "111100001111ABCD"},
		{"one short", "7K3F-0123-ABCD-WXY", ""},
		{"one long", "7K3F-0123-ABCD-WXYZ0", ""},
		{"with a U", "7K3F-0123-ABCD-WXYU", ""},
		{"with a small u", "7K3F-0123-ABCD-WXYu", ""},
		{"with a dot", "7K3F.0123.ABCD.WXYZ", ""},
		{"with a newline", "7K3F-0123-ABCD-WXYZ\n", ""},
		{"with a tab", "7K3F\t0123ABCDWXYZ", ""},
		{"with a NUL", "7K3F-0123-ABCD-WXYZ\x00", ""},
		{"with a non-breaking space", "7K3F\u00a00123ABCDWXYZ", ""},
		{"with an en dash", "7K3F–0123–ABCD–WXYZ", ""},
		{"with a Kelvin sign", "7\u212a3F-0123-ABCD-WXYZ", ""},
		{"with a dotless i", "7K3F-0\u013123-ABCD-WXYZ", ""},
		{"in full width", "７K3F-0123-ABCD-WXYZ", ""},
		{"empty", "", ""},
		{"hyphens only", "----", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := Normalize(test.answer)
			if ok != (test.want != "") || ok && got != test.want {
				t.Errorf("Normalize(%q) = %q, %v, want %q", test.answer, got, ok, test.want)
			}
		})
	}
}

// TestCodesAreEvenlySpreadAndNeverRepeat is row B1 of the security bar.
func TestCodesAreEvenlySpreadAndNeverRepeat(t *testing.T) {
	const n = 100_000
	source := seeded(9)
	var counts [codeLen][256]int
	seen := make(map[string]bool, n)
	for range n {
		code, err := drawCode(source)
		if err != nil {
			t.Fatal(err)
		}
		if again, ok := Normalize(grouped(code)); !ok || again != code || seen[code] {
			t.Fatalf("code %s is malformed or a repetition", code)
		}
		seen[code] = true
		for i := range codeLen {
			counts[i][code[i]]++
		}
	}
	const expected, limit = float64(n) / 32, 61.1 // chi-square of 31 degrees of freedom at p = 0.001
	for i := range codeLen {
		chi := 0.0
		for _, symbol := range []byte(crockford) {
			d := float64(counts[i][symbol]) - expected
			chi += d * d / expected
		}
		if chi > limit {
			t.Errorf("position %d: chi-square %.1f, want at most %.1f", i, chi, limit)
		}
	}
}

func TestARepeatingSourceMakesNoSet(t *testing.T) {
	s := alice()
	s.Rand = bytes.NewReader(make([]byte, 1000))
	if _, _, err := kindNamed(t, mfa.KindBackup).Enroll(s); err == nil {
		t.Error("a set of equal codes was made")
	}
}

// kindNamed returns a kind that is there.
func kindNamed(t testing.TB, name mfa.Kind) Kind {
	t.Helper()
	k, ok := NewSet(All()).ByName(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}

func lookupKinds(t testing.TB) []Kind {
	return []Kind{kindNamed(t, mfa.KindBackup), kindNamed(t, mfa.KindRecovery), kindNamed(t, mfa.KindSetPassword)}
}

func TestALookUpCodeWorksOnceHoweverItIsTyped(t *testing.T) {
	for _, k := range lookupKinds(t) {
		c, reveal := enroll(t, k, alice())
		shown := reveal.Codes[0].Reveal()
		spellings := []string{
			shown, strings.ToLower(shown), strings.ReplaceAll(shown, "-", ""), strings.ReplaceAll(shown, "-", " "),
			strings.NewReplacer("1", "I", "0", "O").Replace(shown), strings.NewReplacer("1", "l", "0", "o").Replace(shown),
		}
		for _, first := range spellings {
			next := accept(t, k, alice(), c, first)
			for _, second := range spellings {
				refuse(t, k, alice(), next, second, ErrReplay)
			}
		}
	}
}

func TestALookUpCodeOfNobodyIsWrong(t *testing.T) {
	for _, k := range lookupKinds(t) {
		c, reveal := enroll(t, k, alice())
		shown := reveal.Codes[0].Reveal()
		for _, answer := range []string{"", "123456", shown + "0", shown[1:], shown + "\n", "0000-0000-0000-0000"} {
			refuse(t, k, alice(), c, answer, ErrWrong)
		}
	}
}

// TestTheCodeOfOneNeverWorksForAnother is row B4 of the security bar.
func TestTheCodeOfOneNeverWorksForAnother(t *testing.T) {
	type owned struct {
		subject Subject
		cred    Cred
		code    string
	}
	var all []owned
	for i := range 50 {
		s := alice()
		switch i % 3 {
		case 0:
			s.UserID = fmt.Sprint(i)
		case 1:
			s.UserID = fmt.Sprintf("3f2c9a10-0000-4000-8000-%012d", i)
		default:
			s.UserID = fmt.Sprintf("user%d@acme.example", i)
		}
		c, reveal := enroll(t, backup{codes{mfa.KindBackup, mfa.MaxBackupCodes}}, s)
		all = append(all, owned{s, c, reveal.Codes[i%10].Reveal()})
	}
	k := kindNamed(t, mfa.KindBackup)
	for i, a := range all {
		accept(t, k, a.subject, a.cred, a.code)
		for j, b := range all {
			if i != j {
				refuse(t, k, b.subject, b.cred, a.code, ErrWrong) // his code in her field
				refuse(t, k, b.subject, a.cred, a.code, ErrWrong) // his row copied to hers
			}
		}
	}
}

func TestACodeIsBoundToKindUserFactorAndKey(t *testing.T) {
	for _, k := range lookupKinds(t) {
		s := alice()
		s.UserID, s.FactorID = "ab", "c"
		c, reveal := enroll(t, k, s)
		code := reveal.Codes[0].Reveal()
		for name, change := range map[string]func(*Subject){
			"another user":                       func(s *Subject) { s.UserID = "bb" },
			"another generation":                 func(s *Subject) { s.FactorID = "d" },
			"ids that run together the same way": func(s *Subject) { s.UserID, s.FactorID = "a", "bc" },
			"another key":                        func(s *Subject) { s.Tagger = hmacTagger{"salt"} },
		} {
			other := s
			change(&other)
			t.Run(string(k.Info().Name)+" refuses "+name, func(t *testing.T) { refuse(t, k, other, c, code, ErrWrong) })
		}
		if k.Info().Name == mfa.KindRecovery {
			refuse(t, kindNamed(t, mfa.KindSetPassword), s, c, code, ErrWrong)
			refuse(t, kindNamed(t, mfa.KindBackup), s, c, code, ErrWrong)
		}
	}
}

func TestACodeIsBoundToSomebody(t *testing.T) {
	for _, k := range lookupKinds(t) {
		c, reveal := enroll(t, k, alice())
		for _, change := range []func(*Subject){
			func(s *Subject) { s.UserID = "" },
			func(s *Subject) { s.FactorID = "" },
		} {
			s := alice()
			change(&s)
			if _, _, err := k.Enroll(s); err == nil {
				t.Errorf("%s enrolled nobody", k.Info().Name)
			}
			if _, err := k.Check(s, c, nil, reveal.Codes[0].Reveal()); err == nil || errors.Is(err, ErrWrong) || errors.Is(err, ErrReplay) {
				t.Errorf("%s judged a code of nobody: %v", k.Info().Name, err)
			}
		}
	}
}

func TestNoCodeIsKeptInClear(t *testing.T) {
	for _, k := range lookupKinds(t) {
		s := alice()
		s.Rand = iotest.OneByteReader(seeded(3))
		c, reveal := enroll(t, k, s)
		for _, code := range reveal.Codes {
			plain, _ := Normalize(code.Reveal())
			if bytes.Contains(c, []byte(plain)) || bytes.Contains(c, []byte(code.Reveal())) {
				t.Errorf("%s keeps a code in clear", k.Info().Name)
			}
		}
	}
}

func TestLookUpKindsRefuseAStateTheyCouldNotHaveWritten(t *testing.T) {
	for _, k := range lookupKinds(t) {
		for name, cred := range map[string]codesCred{
			"no codes":       {Codes: []keptCode{}},
			"an absent list": {},
			"an empty tag":   {Codes: []keptCode{{Tag: []byte{}}}},
			"too many codes": {Codes: make([]keptCode, mfa.MaxBackupCodes+1)},
		} {
			t.Run(string(k.Info().Name)+" refuses "+name, func(t *testing.T) {
				_, err := k.Check(alice(), write(t, cred), nil, "7K3F-0123-ABCD-WXYZ")
				wantUnreadable(t, err)
			})
		}
	}
}
