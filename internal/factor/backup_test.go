package factor

import (
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func backupKind() backup { return backup{codes{mfa.KindBackup, mfa.MaxBackupCodes}} }

func TestASetHasAsManyBackupCodesAsAskedFor(t *testing.T) {
	for _, test := range []struct{ count, want int }{{0, 10}, {1, 1}, {10, 10}, {20, 20}} {
		s := alice()
		s.Count = test.count
		c, reveal := enroll(t, backupKind(), s)
		left, err := backupKind().Left(c)
		if err != nil || left != test.want || len(reveal.Codes) != test.want {
			t.Errorf("count %d: %d codes shown, %d left, error %v, want %d", test.count, len(reveal.Codes), left, err, test.want)
		}
	}
	for _, count := range []int{-1, 21, 1 << 40} {
		s := alice()
		s.Count = count
		_, _, err := backupKind().Enroll(s)
		wantField(t, err, "count")
	}
}

func TestEachBackupCodeWorksOnceAndSpendsNoOther(t *testing.T) {
	k := backupKind()
	c, reveal := enroll(t, k, alice())
	for i := range reveal.Codes {
		code := reveal.Codes[len(reveal.Codes)-1-i].Reveal()
		c = accept(t, k, alice(), c, code)
		refuse(t, k, alice(), c, code, ErrReplay)
		if left, err := k.Left(c); err != nil || left != len(reveal.Codes)-1-i {
			t.Errorf("after %d codes %d are left, error %v", i+1, left, err)
		}
	}
	for _, code := range reveal.Codes {
		refuse(t, k, alice(), c, code.Reveal(), ErrReplay)
	}
}

func TestACodeOfTheOldSetIsWrongInTheNewOne(t *testing.T) {
	k := backupKind()
	old, oldReveal := enroll(t, k, alice())
	s := alice()
	s.FactorID = "f-2"
	fresh, _ := enroll(t, k, s)
	for _, code := range oldReveal.Codes {
		refuse(t, k, s, fresh, code.Reveal(), ErrWrong)
		refuse(t, k, s, old, code.Reveal(), ErrWrong)
	}
}

// countingTagger counts the tags that were compared.
type countingTagger struct {
	hmacTagger
	compared *int
}

func (c countingTagger) VerifyTag(data, tag []byte) bool {
	*c.compared++
	return c.hmacTagger.VerifyTag(data, tag)
}

func TestEveryTagIsComparedWhateverMatched(t *testing.T) {
	k := backupKind()
	c, reveal := enroll(t, k, alice())
	for _, answer := range []string{reveal.Codes[0].Reveal(), reveal.Codes[9].Reveal(), "0000-0000-0000-0000"} {
		compared := 0
		s := alice()
		s.Tagger = countingTagger{hmacTagger{"pepper"}, &compared}
		_, _ = k.Check(s, c, nil, answer)
		if compared != 10 {
			t.Errorf("%d tags were compared, want 10", compared)
		}
	}
}

func TestLeftFailsOnAStateThatCannotBeRead(t *testing.T) {
	_, err := backupKind().Left(Cred("{}"))
	wantUnreadable(t, err)
}
