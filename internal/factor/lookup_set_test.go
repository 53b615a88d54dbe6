package factor

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// set is an answer of several codes.
func set(codes ...string) string { return strings.Join(codes, "\n") }

func TestASetSpendsItsFirstValidCodeAlone(t *testing.T) {
	k := kindNamed(t, mfa.KindBackup)
	c, reveal := enroll(t, k, alice())
	all := make([]string, 0, len(reveal.Codes))
	for _, code := range reveal.Codes {
		all = append(all, strings.ReplaceAll(code.Reveal(), "-", ""))
	}
	const wrong = "0000000000000000"
	c = accept(t, k, alice(), c, set(wrong, all[3], all[0], all[3], all[1]))
	refuse(t, k, alice(), c, set(wrong, all[3]), ErrReplay)
	refuse(t, k, alice(), c, set(wrong, wrong), ErrWrong)
	for i, spends := range []int{0, 1, 2, 4, 5, 6, 7, 8, 9} {
		refuse(t, k, alice(), c, all[3], ErrReplay)
		c = accept(t, k, alice(), c, set(all...))
		refuse(t, k, alice(), c, all[spends], ErrReplay)
		if left, err := backupKind().Left(c); err != nil || left != 8-i {
			t.Errorf("%d codes are left, %v", left, err)
		}
	}
	refuse(t, k, alice(), c, set(all...), ErrReplay)
}

// A set that holds one code twice was never drawn. If one of the two is spent, the code is.
func TestACodeThatIsTwiceInACredentialWorksOnce(t *testing.T) {
	for _, k := range lookupKinds(t) {
		c, reveal := enroll(t, k, alice())
		cred, err := decode[codesCred](k.Info().Name, c)
		if err != nil {
			t.Fatal(err)
		}
		if len(cred.Codes) < 2 { // this kind holds one code
			continue
		}
		for _, spent := range [][2]bool{{true, false}, {false, true}} {
			cred.Codes[1].Tag = cred.Codes[0].Tag
			cred.Codes[0].Spent, cred.Codes[1].Spent = spent[0], spent[1]
			refuse(t, k, alice(), write(t, cred), reveal.Codes[0].Reveal(), ErrReplay)
		}
		cred.Codes[0].Spent, cred.Codes[1].Spent = false, false
		next := accept(t, k, alice(), write(t, cred), reveal.Codes[0].Reveal())
		refuse(t, k, alice(), next, reveal.Codes[0].Reveal(), ErrReplay)
	}
}

func TestARecoveryOrSetPasswordCodeIsFoundInASet(t *testing.T) {
	for _, name := range []mfa.Kind{mfa.KindRecovery, mfa.KindSetPassword} {
		k := kindNamed(t, name)
		c, reveal := enroll(t, k, alice())
		answer := set("0000000000000000", reveal.Codes[0].Reveal())
		c = accept(t, k, alice(), c, answer)
		refuse(t, k, alice(), c, answer, ErrReplay)
	}
}

func TestWhatIsNoSetOfLookUpCodesIsWrong(t *testing.T) {
	for _, k := range lookupKinds(t) {
		c, reveal := enroll(t, k, alice())
		right := reveal.Codes[0].Reveal()
		for name, answer := range map[string]string{
			"an empty last line": right + "\n", "an empty first line": "\n" + right, "an empty line between": set(right, "", right),
			"a comment": set("# codes", right), "digits": set(right, "123456"), "carriage returns": right + "\r\n" + right,
			"a byte order mark": "\ufeff" + set(right, right), "commas": right + "," + right, "a vertical tab": right + "\v" + right,
			"a code too many": strings.Repeat(right+"\n", mfa.MaxBackupCodes) + right, "a code that is too short": set(right, right[1:]), "a letter that is no symbol": set(right, "U"+right[1:]),
		} {
			if k.Fits(answer) {
				t.Errorf("%s: %s has the form of an answer", k.Info().Name, name)
			}
			refuse(t, k, alice(), c, answer, ErrWrong)
		}
		accept(t, k, alice(), c, strings.Repeat(right+"\n", mfa.MaxBackupCodes-1)+right)
	}
	for _, k := range []Kind{kindNamed(t, mfa.KindTOTP), kindNamed(t, mfa.KindHOTP)} {
		if k.Fits(set("123456", "654321")) {
			t.Errorf("%s takes a set", k.Info().Name)
		}
	}
}
